"""What a mutation is, and the table of all that were ever released."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Generic, TypeVar, dataclass_transform

from annotated_types import MaxLen

from shared.errors import Code, Refusal
from shared.model.base import LONGEST_LINE, LONGEST_TEXT, MutationId, UserId, value
from shared.model.member import Role
from shared.model.registry import structured
from shared.rules.permissions import Capability
from shared.store import Changes, Reads, Wanted

A = TypeVar("A")
T = TypeVar("T")

Upcaster = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""JSON arguments of one version made those of the next: pure, and without a look at anything else."""


UNTOLD: Final = 1_000_000
"""What an edit makes whose arguments do not tell: it shares a transaction with nothing, for it may take long."""


def _instant(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0) or moment.microsecond or not 1900 <= moment.year < 2200:
        raise ValueError("an instant is in UTC and in whole seconds, from the year 1900 to 2199")
    # Instants of one zone object are compared ten times as fast as the codec's with those of a store.
    return moment.replace(tzinfo=UTC)


class _AsInstant:
    """What the codec asks for an instant that has arrived."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return {
            "type": "function-after", "function": {"type": "no-info", "function": _instant}, "schema": handler(source),
        }  # fmt: skip


Instant = Annotated[datetime, _AsInstant()]
"""An aware UTC instant in whole seconds."""
Line = Annotated[str, MaxLen(LONGEST_LINE)]
Text = Annotated[str, MaxLen(LONGEST_TEXT)]


def as_before(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The upcaster of a version that only added what may be left out, and means then what it meant before."""
    return args


@dataclass_transform(frozen_default=True, kw_only_default=True)
def arguments(cls: type[T]) -> type[T]:
    """A value object that arrives over the wire: unknown fields and wrong types are refused by the codec."""
    made = value(cls)
    made.__pydantic_config__ = {"strict": True, "extra": "forbid"}  # type: ignore[attr-defined]
    return made


@value
class Actor:
    """Who makes an edit, and as whom where they masquerade: then `role` and `name` are those of the other."""

    user_id: UserId
    role: Role
    name: str = ""
    as_whom: UserId | None = None

    @property
    def acts_as(self) -> UserId:
        """Whose rights decide, and whose own is what is only for oneself."""
        return self.as_whom or self.user_id


@value
class Origin:
    """Who entered an edit and when."""

    author_id: UserId | None
    as_whom: UserId | None
    at: datetime


@value
class Context:
    """What a mutation knows beside its arguments: when it was made, by whom, and its own id."""

    at: datetime
    actor: Actor
    mutation_id: MutationId
    origin: Origin | None = None
    """Where another person decides again what somebody entered: by whose rights is `actor`, whose words is this."""
    takes_back: bool = False
    """Whether it takes back what its person did before, or does it again."""
    taken_back_at: frozenset[datetime] | None = None
    """When all that it takes back was made, as the server counts it; None where that is not known."""
    ways_back: frozenset[str] | None = None
    """What takes that back, in short, as the server has worked it out; None where nobody has to ask."""
    notes_ways: bool = True
    """Whether what takes it back is worked out: not where what its person saw may be missing from the book."""
    decided_at: datetime | None = None
    """The server's present, by which time has gone on since it was made; None where that makes no difference."""

    @property
    def entered(self) -> Origin:
        """Who entered it and when, whoever decides it."""
        return self.origin or Origin(author_id=self.actor.user_id, as_whom=self.actor.as_whom, at=self.at)

    def may_take_back(self, made_at: datetime) -> bool:
        """Whether what was made at an instant may be what it takes back."""
        return not self.takes_back or self.taken_back_at is None or made_at in self.taken_back_at


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
    makes: Callable[[A], int] = field(default=lambda args: 1)
    """How many visits it decides at most, as far as its arguments tell: so much longer than one it may take."""
    depends_on: Callable[[A], tuple[str, ...]] = field(default=lambda args: ())
    """Rows that must exist before it, and may have been refused."""
    refreshed: Callable[[Reads, A], A] = field(default=lambda reads, args: args)
    """The same wish made against what stands there now: for a person who has seen both and keeps theirs."""
    again: Callable[[Reads, Context, A], Changes] | None = None
    """Decides it once more after it was done and undone; None where `run` does."""
    stands: Callable[[Reads, A], bool] | None = None
    """Whether what it makes is there and holds; None where that cannot be told, or it makes nothing of its own."""
    reopens: Callable[[Reads, A], Changes] = field(default=lambda reads, args: Changes())
    """Brings back what it is about as that stood before it was ended meanwhile, holding nothing yet."""
    takes_back_latest: bool = False
    """Takes back whatever its row has come to last: of edits made together, what one before it has just made."""
    never_dropped: bool = False
    """What it writes down is lost with nothing else: refused, it stands by itself until a person attaches it."""
    attached: Callable[[A, str, str], A] | None = None
    """The same words about another row, which the last two name: what kind it is, and its id."""

    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)
    """What makes each version's arguments those of the next; for good, since an edit may be pushed years later."""

    def upcast(self, version: int, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """JSON arguments of a version in the form of the newest one.

        Refused as invalid: a version that never was, and what not even that version would have taken.
        """
        if not 1 <= version <= self.version:
            raise Refusal(Code.INVALID, what="mutation", name=self.name, v=version)
        for step in range(version, self.version):
            try:
                args = self.upcasters[step](args)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                why = f"these are no arguments of version {step}"
                raise Refusal(Code.INVALID, what="field", field="args", why=why) from error
        return args

    def parse(self, args: Mapping[str, Any], version: int | None = None) -> A:
        """The arguments of JSON values that were checked before, in the newest version where none is named."""
        return structured(args if version is None else self.upcast(version, args), self.arguments)


MUTATIONS: Final[dict[str, Mutation[Any]]] = {}
"""Every mutation by name. Names are never renamed or reused."""


def register(mutation: Mutation[Any]) -> Mutation[Any]:
    """Add a mutation to the table; a name can be taken once, and every version must lead to the newest."""
    if mutation.name in MUTATIONS:
        raise ValueError(f"mutation registered twice: {mutation.name}")
    if mutation.upcasters.keys() != set(range(1, mutation.version)):
        raise ValueError(f"an earlier version of {mutation.name} leads nowhere")
    MUTATIONS[mutation.name] = mutation
    return mutation
