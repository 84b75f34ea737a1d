"""The tables of `shared/PROTOCOL.md` that say what each mutation takes; run as a module it prints them anew."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

import orjson
from annotated_types import Ge, Le, MaxLen, MinLen

from shared.model.base import Uuid
from shared.mutations import decide
from shared.mutations.registry import MUTATIONS

_PLAIN: dict[Any, str] = {str: "text", int: "integer", bool: "true or false", date: "date", Any: "any JSON value"}


def tables() -> str:
    """A section for each mutation, then the objects that stand inside their arguments."""
    assert decide.NOUNS
    inside: dict[str, type[Any]] = {}
    sections = []
    for name, mutation in sorted(MUTATIONS.items()):
        sections.append(f"#### `{name}` v{mutation.version}, needs `{mutation.capability}`")
        sections.append(_table(mutation.arguments, inside))
    sections.append("#### Objects inside")
    shown: set[str] = set()
    while missing := sorted(set(inside) - shown):
        for name in missing:
            shown.add(name)
            sections += [f"`{name}`", _table(inside[name], inside)]
    return "\n\n".join(sections)


def _table(cls: type[Any], inside: dict[str, type[Any]]) -> str:
    hints = get_type_hints(cls, include_extras=True)
    rows = [f"| `{one.name}` | {_shape(hints[one.name], inside)} | {_default(one)} |" for one in fields(cls)]
    return "\n".join(["| field | shape | where it is left out |", "| --- | --- | --- |", *rows])


def _default(one: Field[Any]) -> str:
    if one.default is MISSING:
        return "refused"
    return "`[]`" if one.default == () else f"`{_literal(one.default)}`"


def _literal(told: object) -> str:
    return orjson.dumps(told).decode()


def _shape(hint: Any, inside: dict[str, type[Any]]) -> str:
    if isinstance(hint, NewType) or hint == Uuid:
        return "id"
    origin = get_origin(hint)
    if origin is Annotated:
        return _limited(get_args(hint), inside)
    if origin is Literal:
        return ", ".join(f'`"{one}"`' for one in get_args(hint))
    if origin in (Union, types.UnionType):
        return " or ".join(_shape(one, inside) for one in get_args(hint))
    if origin is tuple:
        return f"list of {_shape(get_args(hint)[0], inside)}"
    if is_dataclass(hint) and isinstance(hint, type):
        inside[hint.__name__] = hint
        return f"`{hint.__name__}`"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return ", ".join(f'`"{one}"`' for one in hint)
    if origin is not None and issubclass(origin, Mapping):
        return "object"
    return "null" if hint is type(None) else _PLAIN[hint]


def _limited(parts: tuple[Any, ...], inside: dict[str, type[Any]]) -> str:
    hint, limits = parts[0], parts[1:]
    if hint is datetime:
        return "instant"
    if hint is Any:
        return "any JSON value of at most 40,000 characters"
    return ", ".join([_shape(hint, inside), *_limits(limits)])


def _limits(limits: tuple[Any, ...]) -> Iterator[str]:
    for one in limits:
        if isinstance(one, Ge):
            yield f"from {one.ge}"
        elif isinstance(one, Le):
            yield f"to {one.le}"
        elif isinstance(one, MinLen):
            yield f"at least {one.min_length}"
        elif isinstance(one, MaxLen):
            yield f"at most {one.max_length}"


if __name__ == "__main__":
    print(tables())
