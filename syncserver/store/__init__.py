"""Everything that is SQL on the server."""
