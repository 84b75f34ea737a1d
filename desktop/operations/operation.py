"""A named edit that is ready to be made."""

from typing import Any

from shared.model.base import value


@value
class Operation:
    """One mutation with its arguments; `label` says in a person's words what it does, and what undo would undo."""

    name: str
    args: Any
    label: str
