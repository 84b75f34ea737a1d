"""The exchange with desks: what they push is decided again, what is new is pulled."""
