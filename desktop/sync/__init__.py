"""Talking to the server: transport, engine, session, secrets."""
