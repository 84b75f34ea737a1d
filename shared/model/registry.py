"""Which entities there are, their columns, and the one codec between an entity and its row on the wire.

A row on the wire is a JSON array in column order. Instants are `2026-05-04T09:00:00Z`, dates `2026-05-04`, ids and
enumerations text; a `json` column holds nested JSON. Both stores keep the same values, so that rows compare byte for
byte.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, Generic, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import orjson
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_unstructure_fn, override

from shared.clock import instant_text, parse_instant
from shared.model.apart import KeptApart
from shared.model.appointment import Allocation, Appointment, Segment
from shared.model.attention import AttentionItem
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Member
from shared.model.note import Note
from shared.model.payment import Payment
from shared.model.plan import Plan
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Need, Service
from shared.model.waitlist import WaitlistEntry

Entity = (
    Business
    | Plan
    | Location
    | Resource
    | Service
    | HoursRule
    | HoursException
    | TimeBlock
    | Customer
    | KeptApart
    | Appointment
    | Allocation
    | AttentionItem
    | Member
    | Note
    | Series
    | WaitlistEntry
    | Payment
)
E = TypeVar("E", bound=Entity)


class Kind(StrEnum):
    """What a column holds; each store maps it to a type of its own."""

    ID = "id"
    TEXT = "text"
    INT = "int"
    BOOL = "bool"
    INSTANT = "instant"
    DATE = "date"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an entity's table."""

    name: str
    kind: Kind
    nullable: bool


def canonical(value: object) -> str:
    """The one JSON text of a value: keys sorted, nothing between tokens, UTF-8 (RFC 8785 in spirit)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


_Step = Callable[[Any], Any]
# As `value` is, without a call of Python.
_value_of: Final[_Step] = attrgetter("_value_")


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _plain(hint: Any) -> tuple[Any, bool]:
    """A type hint without its null, and whether it had one."""
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        return members[0], True
    return hint, False


def _is_choice(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, StrEnum)


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and len(get_args(hint)) == 2 and type(None) in get_args(hint)


_converter = Converter(forbid_extra_keys=False, detailed_validation=False)
_converter.register_unstructure_hook(datetime, instant_text)
_converter.register_structure_hook(datetime, lambda text, _: parse_instant(text))
_converter.register_unstructure_hook(date, date.isoformat)
_converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
_converter.register_unstructure_hook_func(_is_choice, _value_of)


def _tuple_unstructurer(hint: Any) -> _Step:
    """Makes a list of a tuple, whose items are all of one kind."""
    hook = _converter.get_unstructure_hook(get_args(hint)[0])
    return list if hook is identity else lambda items: [hook(item) for item in items]


def _optional_unstructurer(hint: Any) -> _Step:
    """As the converter's own, but without a call for what is told as it is."""
    hook = _converter.get_unstructure_hook(_plain(hint)[0])
    return hook if hook is identity else lambda value: None if value is None else hook(value)


_converter.register_unstructure_hook_factory(_is_tuple, _tuple_unstructurer)
_converter.register_unstructure_hook_factory(_is_optional, _optional_unstructurer)


def _tuple_structurer(hint: Any) -> Callable[[Any, Any], Any]:
    """Makes a tuple of a list. How an item is made is looked up once, not for each list: a day has thousands."""
    item = get_args(hint)[0]
    hook = _converter.get_structure_hook(item)
    return lambda items, _: tuple([hook(one, item) for one in items])


_converter.register_structure_hook_factory(_is_tuple, _tuple_structurer)
# What was added to a nested value after rows of it were stored is left out where it says nothing: rows of before are
# the same text, byte for byte.
_later = override(omit_if_default=True)
_converter.register_unstructure_hook(Segment, make_dict_unstructure_fn(Segment, _converter, parts=_later))
_converter.register_unstructure_hook(
    Need, make_dict_unstructure_fn(Need, _converter, pool=_later, count=_later, during=_later)
)


def unstructured(value: object) -> Any:
    """A value object as JSON values."""
    return _converter.unstructure(value)


def said(value: object) -> Any:
    """A value object as JSON values without what is as where it is left out: what a later version adds changes nothing.

    For what is compared with what an earlier version has kept of it.
    """
    if isinstance(value, tuple):
        return [said(one) for one in value]
    if not is_dataclass(value):
        return unstructured(value)
    cls: type[Any] = type(value)
    if (defaults := _defaults.get(cls)) is None:
        defaults = _defaults[cls] = [(field.name, field.default) for field in fields(value)]
    return {name: said(one) for name, default in defaults if (one := getattr(value, name)) != default}


_defaults: dict[type[Any], Sequence[tuple[str, Any]]] = {}
"""The fields of value objects, for it takes long to ask for them."""


_S = TypeVar("_S")


def structured(value: object, cls: type[_S]) -> _S:
    """The value object that was made JSON values; for what was checked before, such as what a store holds."""
    return _converter.structure(value, cls)


def _kind(hint: Any) -> Kind:
    if isinstance(hint, NewType):
        return Kind.ID
    if isinstance(hint, type) and issubclass(hint, datetime):
        return Kind.INSTANT
    by_type = {str: Kind.TEXT, bool: Kind.BOOL, int: Kind.INT, date: Kind.DATE}
    if _is_choice(hint):
        return Kind.TEXT
    return by_type.get(hint, Kind.JSON)


def _encoder(hint: Any, kind: Kind) -> _Step | None:
    if kind is Kind.INSTANT:
        return instant_text
    if kind is Kind.DATE:
        return date.isoformat
    if kind is Kind.JSON:
        return _converter.get_unstructure_hook(hint) if _is_tuple(hint) else _converter.unstructure
    if _is_choice(hint):
        return _value_of
    return None


def _decoder(hint: Any, kind: Kind) -> _Step | None:
    if kind is Kind.INSTANT:
        return parse_instant
    if kind is Kind.DATE:
        return date.fromisoformat
    if kind is Kind.JSON:
        if get_origin(hint) is Mapping or hint is Mapping:
            return None
        if get_origin(hint) is tuple and get_args(hint)[0] in (str,):
            return tuple
        hook = _converter.get_structure_hook(hint)
        return lambda value: hook(value, hint)
    if _is_choice(hint):
        return cast(_Step, hint)
    return None


class EntityType(Generic[E]):
    """An entity as both stores know it: table name, columns, and the codec of its rows."""

    def __init__(self, table: str, cls: type[E]) -> None:
        self.table: Final = table
        self.cls: Final = cls
        hints = get_type_hints(cls)
        columns, encoders, decoders = [], [], []
        for position, field in enumerate(fields(cls)):
            hint, nullable = _plain(hints[field.name])
            kind = _kind(hint)
            columns.append(Column(field.name, kind, nullable))
            if (encode := _encoder(hint, kind)) is not None:
                encoders.append((position, encode))
            if (decode := _decoder(hint, kind)) is not None:
                decoders.append((position, decode))
        self.columns: Final = tuple(columns)
        self.names: Final = tuple(column.name for column in columns)
        self._read = attrgetter(*self.names)
        self._made_of: Callable[[Sequence[Any]], E] = getattr(cls, "__of__")  # noqa: B009 - every entity is a value
        self._encoders = tuple(encoders)
        self._decoders = tuple(decoders)

    def encode(self, entity: E) -> list[Any]:
        """The entity's row on the wire."""
        row = list(self._read(entity))
        for position, encode in self._encoders:
            if row[position] is not None:
                row[position] = encode(row[position])
        return row

    def decode(self, row: Sequence[Any]) -> E:
        """The entity of a row on the wire; ValueError where the row is not of this shape."""
        values = list(row)
        for position, decode in self._decoders:
            if values[position] is not None:
                values[position] = decode(values[position])
        return self._made_of(values)


ENTITIES: Final[Mapping[str, EntityType[Any]]] = {
    entity.table: entity
    for entity in (
        EntityType("business", Business),
        EntityType("plan", Plan),
        EntityType("location", Location),
        EntityType("member", Member),
        EntityType("resource", Resource),
        EntityType("service", Service),
        EntityType("hours_rule", HoursRule),
        EntityType("hours_exception", HoursException),
        EntityType("time_block", TimeBlock),
        EntityType("customer", Customer),
        EntityType("kept_apart", KeptApart),
        EntityType("series", Series),
        EntityType("appointment", Appointment),
        EntityType("allocation", Allocation),
        EntityType("waitlist_entry", WaitlistEntry),
        EntityType("payment", Payment),
        EntityType("note", Note),
        EntityType("attention_item", AttentionItem),
    )
}
"""Every entity by the name of its table, in the order in which a first sync sends them."""

_BY_CLASS: Final[Mapping[type, EntityType[Any]]] = {entity.cls: entity for entity in ENTITIES.values()}


def entity_type(cls: type[E]) -> EntityType[E]:
    """The registered type of an entity class."""
    return _BY_CLASS[cls]


def type_of(entity: E) -> EntityType[E]:
    """The registered type of an entity."""
    return _BY_CLASS[type(entity)]


SCHEMA_VERSION: Final = 5
"""Counts up with every change of the columns above; a replica of another schema is loaded afresh."""
