"""What the server does, without FastAPI and without SQL."""
