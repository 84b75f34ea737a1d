"""Bugs on purpose (design: sync): where one of them is not found, none that is no purpose would be."""
