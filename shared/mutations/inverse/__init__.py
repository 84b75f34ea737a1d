"""The way back from every edit: the ordinary mutations that undo it, worked out from what it changed."""

from shared.mutations.inverse import appointment, attention, fields, hours, series

NOUNS = (appointment, attention, fields, hours, series)
"""The modules whose import fills the table of inverses."""
