"""Businesses that are invented, to try the product with."""
