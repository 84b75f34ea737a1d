"""The way back from every edit: the ordinary mutations that undo it, worked out from what it changed."""

from shared.mutations.inverse import appointment, attention, fields, hours, series, waitlist

NOUNS = (appointment, attention, fields, hours, series, waitlist)
"""The modules whose import fills the table of inverses."""
