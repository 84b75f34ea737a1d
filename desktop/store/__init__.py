"""The encrypted replica: the only place on the desk that speaks SQL."""
