"""Which function knows the way back from which mutation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from shared.mutations.registry import Context
from shared.store import Reads

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit to be made: a mutation and its arguments as their value object."""

    name: str
    args: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[A]):
    """An edit that changed something: what was there before it and is there after it, and under which circumstances."""

    before: Reads
    after: Reads
    ctx: Context
    args: A


Edits = tuple[Edit, ...]
Inverse = Callable[[Done[Any]], Edits]

INVERSES: Final[dict[str, Inverse]] = {}
"""By the name of the mutation. Each makes edits whose own inverses lead forward again: redo is the undo of an undo."""

ONE_WAY: Final[Mapping[str, str]] = {
    "appointment.expire": "the server alone lets a request expire; a person takes a step back instead",
    "customer.erase": "what was erased is gone",
    "customer.merge": "nothing says any more which row was whose",
    "note.add": "what is written down is corrected by adding",
    "payment.refund": "money that changed hands is not taken back: it is taken once more",
    "payment.take": "money that changed hands is given back by a refund, and stays in the history",
    "plan.set": "nobody at a desk makes it: the platform sets the plan that was there once more",
}
"""Mutations that no edit takes back, and why; a test wants every mutation in one of the two tables."""


def inverts(*names: str) -> Callable[[Inverse], Inverse]:
    """Let a function answer for mutations."""

    def take(inverse: Inverse) -> Inverse:
        INVERSES.update(dict.fromkeys(names, inverse))
        return inverse

    return take


def way_back(name: str, done: Done[Any]) -> Edits:
    """The edits that take one back, in the order in which they are to be made; none where there is no way back."""
    inverse = INVERSES.get(name)
    return () if inverse is None else inverse(done)
