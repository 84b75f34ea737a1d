"""Writing down what the team should know."""

from typing import Final

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import NoteId
from shared.model.note import NoteAbout
from shared.mutations.note import Add

LONGEST: Final = 4000
"""Characters that a note takes."""


def add(about: NoteAbout, subject_id: str, text: str) -> Operation:
    """Add a note to a customer or a visit."""
    args = Add(note_id=NoteId(ids.new_id()), about=about.value, subject_id=subject_id, text=text)
    return Operation(name="note.add", args=args, label="note")
