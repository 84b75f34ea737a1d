"""What a business asks about some days of a location, in figures: pure, and the same at the desk and at the server."""
