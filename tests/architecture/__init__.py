"""Rules about the code itself: what may be said where."""
