"""What the server does by itself, in rounds."""
