"""How the database came to be what it is: one tree for the control schema, one that every tenant's schema runs."""
