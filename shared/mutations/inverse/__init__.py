"""The way back from every edit: the ordinary mutations that undo it, worked out from what it changed."""

from shared.mutations.inverse import apart, appointment, attention, fields, hours, series, waitlist

NOUNS = (apart, appointment, attention, fields, hours, series, waitlist)
"""The modules whose import fills the table of inverses."""
