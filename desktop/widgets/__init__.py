"""The pieces that views are made of."""
