"""A named edit that is ready to be made."""

from typing import Any

from shared.model.base import value


@value
class Operation:
    """One mutation with its arguments; `label` names in a person's words what undo would undo: *booking*, *arrival*.

    Operations of one `macro` that follow one another are undone as one.
    """

    name: str
    args: Any
    label: str
    macro: str = ""
