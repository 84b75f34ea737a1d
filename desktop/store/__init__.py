"""The encrypted replica, its outbox and its migrations: the only SQL of the desktop."""
