"""Signs what the server gives out, with keys that are changed in time."""
