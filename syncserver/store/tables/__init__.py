"""The tables as SQLAlchemy sees them; the migrations made them, and a test compares the two."""
