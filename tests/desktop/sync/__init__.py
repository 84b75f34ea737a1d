"""Syncing without a window: the engine, the session, what the network's faults mean."""
