"""What every entity is built from: ids, spans, and the decorator of a value object."""

import dataclasses
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, NewType, TypeVar, dataclass_transform

from shared import ids

T = TypeVar("T")

LONGEST_LINE: Final = 200
"""Characters of a name, a reason and whatever else stands in one line."""
LONGEST_TEXT: Final = 4000
"""Characters of a note and whatever else has lines."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a text that arrives must look like, as the codec and the document of the protocol know it.

    The codec asks it without a call of Python: a booking names five ids beside the three of its edit.
    """

    regex: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return {**handler(source), "pattern": self.regex}


Uuid = Annotated[str, _Pattern(f"^{ids.CANONICAL}$")]
"""The text of a UUID in its canonical lower-case form; the codec refuses any other."""

BusinessId = NewType("BusinessId", Uuid)
LocationId = NewType("LocationId", Uuid)
ResourceId = NewType("ResourceId", Uuid)
ServiceId = NewType("ServiceId", Uuid)
HoursRuleId = NewType("HoursRuleId", Uuid)
HoursExceptionId = NewType("HoursExceptionId", Uuid)
TimeBlockId = NewType("TimeBlockId", Uuid)
CustomerId = NewType("CustomerId", Uuid)
AppointmentId = NewType("AppointmentId", Uuid)
AllocationId = NewType("AllocationId", Uuid)
SeriesId = NewType("SeriesId", Uuid)
KeptApartId = NewType("KeptApartId", Uuid)
NoteId = NewType("NoteId", Uuid)
WaitlistEntryId = NewType("WaitlistEntryId", Uuid)
PaymentId = NewType("PaymentId", Uuid)
AttentionItemId = NewType("AttentionItemId", Uuid)
UserId = NewType("UserId", Uuid)
SessionId = NewType("SessionId", Uuid)
ReplicaId = NewType("ReplicaId", Uuid)
MutationId = NewType("MutationId", Uuid)
OwnerId = NewType("OwnerId", Uuid)
"""A location or a resource: whatever can have opening hours."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[T]) -> type[T]:
    """A frozen, slotted, keyword-only dataclass."""
    return _quickly_made(dataclass(frozen=True, slots=True, kw_only=True)(cls))


def _quickly_made(cls: type[T]) -> type[T]:
    """The same class, made in a third of the time and made again in a fifth: a booking makes some forty values.

    The initialiser of a frozen dataclass makes a call for each field. This one sets the fields while the object is one
    of a class of the same slots that is not frozen, and nobody has seen it yet. So do what `replace` asks, by its
    name in Python 3.13, and `__of__`, which makes one of the values of all fields in their order.
    """
    given = fields(cls)  # type: ignore[arg-type]
    if cls.__bases__ != (object,) or hasattr(cls, "__post_init__"):
        # What it has from its base makes one of the base again.
        setattr(cls, "__replace__", dataclasses.replace)  # noqa: B010
        return cls
    if not all(one.init and one.kw_only and one.default_factory is MISSING for one in given):
        return cls
    known: dict[str, Any] = {
        "_set": object.__setattr__, "_new": object.__new__, "_put": setattr, "_Frozen": cls,
        "_Open": type(f"_Open{cls.__name__}", (), {"__slots__": tuple(one.name for one in given)}),
    }  # fmt: skip
    named = []
    for one in given:
        has_default = one.default is not MISSING
        named.append(f"{one.name}=_default_{one.name}" if has_default else one.name)
        known |= {f"_default_{one.name}": one.default} if has_default else {}
    lines = [
        f"def __init__(self, *, {', '.join(named)}) -> None:" if named else "def __init__(self) -> None:",
        "    _set(self, '__class__', _Open)",
        *(f"    self.{one.name} = {one.name}" for one in given),
        "    self.__class__ = _Frozen",
        "def __replace__(self, /, **changes):",
        "    made = _new(_Open)",
        *(f"    made.{one.name} = self.{one.name}" for one in given),
        "    for name, value in changes.items():",
        "        _put(made, name, value)",
        "    made.__class__ = _Frozen",
        "    return made",
        "def __of__(values):",
        "    made = _new(_Open)",
        f"    {''.join(f'made.{one.name}, ' for one in given)} = values" if given else "    () = values",
        "    made.__class__ = _Frozen",
        "    return made",
    ]
    exec("\n".join(lines), known)  # noqa: S102 - as dataclasses makes the one that this replaces
    made = known["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = cls.__init__.__annotations__
    setattr(cls, "__init__", made)  # noqa: B010
    setattr(cls, "__replace__", known["__replace__"])  # noqa: B010
    setattr(cls, "__of__", staticmethod(known["__of__"]))  # noqa: B010
    return cls


if TYPE_CHECKING:
    # What may be given is checked as it is for its namesake.
    from dataclasses import replace as replace
else:

    def replace(one, /, **changes):
        """The same with other values in these fields, as `dataclasses.replace` gives it."""
        made_again = getattr(one, "__replace__", None)
        return dataclasses.replace(one, **changes) if made_again is None else made_again(**changes)


@dataclass(frozen=True, slots=True)
class Span:
    """The half-open stretch of time `[start, end)`, both aware UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share an instant; spans that touch do not."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        """Whether all of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    @property
    def minutes(self) -> int:
        """Its length in whole minutes."""
        return (self.end - self.start) // timedelta(minutes=1)
