"""What a mutation is, and the table of all that were ever released."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar, dataclass_transform

from annotated_types import MaxLen, Predicate

from shared.model.base import MutationId, UserId, value
from shared.model.member import Role
from shared.model.registry import structured
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

A = TypeVar("A")
T = TypeVar("T")


def _is_instant(moment: datetime) -> bool:
    return moment.utcoffset() == timedelta(0) and not moment.microsecond and 1900 <= moment.year < 2200


Instant = Annotated[datetime, Predicate(_is_instant)]
"""An aware UTC instant in whole seconds."""
Line = Annotated[str, MaxLen(200)]
Text = Annotated[str, MaxLen(4000)]


@dataclass_transform(frozen_default=True, kw_only_default=True)
def arguments(cls: type[T]) -> type[T]:
    """A value object that arrives over the wire: unknown fields and wrong types are refused by the codec."""
    made = value(cls)
    made.__pydantic_config__ = {"strict": True, "extra": "forbid"}  # type: ignore[attr-defined]
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person whose rights decide, and whom they act as where the two differ."""

    user_id: UserId
    role: Role
    name: str = ""
    as_whom: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a mutation knows beside its arguments: when it was made, by whom, and its own id."""

    at: datetime
    actor: Actor
    mutation_id: MutationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation(Generic[A]):
    """One named change: its arguments, the capability it needs, what it reads, and the function that decides it."""

    name: str
    version: int
    capability: Capability
    arguments: type[A]
    run: Callable[[Reads, Context, A], Changes]
    wants: Callable[[A], Wanted]
    """What it reads, as far as its arguments tell."""
    subject: Callable[[A], str]
    """The row that it is about."""
    wants_next: Callable[[Reads, A], Wanted] = field(default=lambda reads, args: Wanted())
    """What it reads besides, as far as the rows tell that it wanted first."""
    depends_on: Callable[[A], tuple[str, ...]] = field(default=lambda args: ())
    """Rows that must exist before it, and may have been refused."""
    refreshed: Callable[[Reads, A], A] = field(default=lambda reads, args: args)
    """The same wish made against what stands there now: for a person who has seen both and keeps theirs."""
    again: Callable[[Reads, Context, A], Changes] | None = None
    """Decides it once more after it was done and undone; None where `run` does."""

    def parse(self, args: object) -> A:
        """The arguments of JSON values that were checked before."""
        return structured(args, self.arguments)


MUTATIONS: Final[dict[str, Mutation[Any]]] = {}
"""Every mutation by name. Names are never renamed or reused."""


def register(mutation: Mutation[Any]) -> Mutation[Any]:
    """Add a mutation to the table; a name can be taken once."""
    if mutation.name in MUTATIONS:
        raise ValueError(f"mutation registered twice: {mutation.name}")
    MUTATIONS[mutation.name] = mutation
    return mutation
