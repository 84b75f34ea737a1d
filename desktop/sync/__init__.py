"""How the desk speaks with the server: only HTTP, no SQL, no Qt."""
