"""Blocking time, once and again and again; importing this registers all of it."""

from shared.mutations.block import one as one
from shared.mutations.block import repeating as repeating
