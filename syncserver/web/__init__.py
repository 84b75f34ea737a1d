"""Dependencies, error rendering and middleware of the routes."""
