"""Strict JSON in, value objects out: what does not fit is refused with a sentence that names the place."""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import orjson

from shared.errors import Code, Refusal
from shared.model.registry import canonical, unstructured
from shared.mutations.registry import MUTATIONS
from shared.protocol.messages import MAX_ARGS

if TYPE_CHECKING:
    from pydantic import TypeAdapter

M = TypeVar("M")

LARGEST_INT: Final = 2**53
"""The largest integer that every JSON reader keeps exact (RFC 8259, section 6)."""


_ESCAPED_NUL: Final = "\\u0000"
# Escaped as orjson escapes it; a backslash that stands for itself is two of them.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        # One look at each name: strangers choose how many there are.
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise Refusal(Code.INVALID, what="json", why=f"the name {twice!r} stands twice in one object")
    return made


def _constant(text: str) -> Any:
    raise Refusal(Code.INVALID, what="json", why=f"{text} is no JSON number")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INT:
        raise Refusal(Code.INVALID, what="json", why="an integer lies beyond 2^53")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Refusal(Code.INVALID, what="json", why="a number is too large to be kept")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_number)


def strict_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Refused as invalid: broken JSON or UTF-8, a name twice in one object, NaN and infinities, integers beyond 2^53,
    NUL characters and lone surrogates.
    """
    return _strict(body)[0]


def _strict(body: bytes) -> tuple[Any, str]:
    """The value, and a JSON text of it with nothing between tokens."""
    plain = _as_we_write(body)
    if plain is not None:
        return plain
    try:
        value = _decoder.decode(body.decode())
        text = canonical(value)
    except UnicodeDecodeError as error:
        raise Refusal(Code.INVALID, what="json", why="the body is not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Refusal(Code.INVALID, what="json", why=f"the body is not JSON{where}") from error
    except (TypeError, orjson.JSONEncodeError) as error:
        raise Refusal(Code.INVALID, what="json", why="a text holds half a character") from error
    # The plain look is fast, and nearly always enough.
    if _ESCAPED_NUL in text and _NUL.search(text):
        raise Refusal(Code.INVALID, what="json", why="a text holds a NUL character")
    return value, text


def _as_we_write(body: bytes) -> tuple[Any, str] | None:
    """The value and the text of a body that is written as we write it; None for what wants a closer look.

    What reads back as the very same bytes has said nothing twice, and nothing that was rounded or replaced.
    """
    try:
        value = orjson.loads(body)
        if orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) != body or _ESCAPED_NUL.encode() in body:
            return None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value, body.decode()


_adapters: dict[type[Any], "TypeAdapter[Any]"] = {}


def _adapter(cls: type[Any]) -> "TypeAdapter[Any]":
    if (made := _adapters.get(cls)) is None:
        # pydantic takes 60 ms to load, and the book is on the screen before anything is edited or sent.
        from pydantic import TypeAdapter

        made = _adapters[cls] = TypeAdapter(cls)
    return made


def message_of(body: bytes, cls: type[M]) -> M:
    """The message of a request's body; refused as invalid where it is not strict JSON or does not fit."""
    return _fitting(_strict(body)[1], cls)


def decode(value: object, cls: type[M], *, at: str = "") -> M:
    """The message of JSON values; refused as invalid with the place and the reason where it does not fit."""
    return _fitting(canonical(value), cls, at=at)


def _fitting(text: str, cls: type[M], *, at: str = "") -> M:
    adapter = _adapter(cls)
    try:
        return cast(M, adapter.validate_json(text))
    except ValueError as error:
        raise _unfit(error, at) from error


def _unfit(error: ValueError, at: str) -> Refusal:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        raise error
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in (*((at,) if at else ()), *first["loc"]))
    return Refusal(Code.INVALID, what="field", field=place, why=first["msg"])


def arguments_of(name: str, version: int, args: object, *, at: str = "") -> Any:
    """The checked arguments of a mutation, those of an earlier version made the newest.

    Unknown names and versions are refused as invalid.
    """
    mutation = MUTATIONS.get(name)
    if mutation is None or not isinstance(args, Mapping):
        raise Refusal(Code.INVALID, what="mutation", name=name, v=version)
    return decode(mutation.upcast(version, args), mutation.arguments, at=at)


def is_newer(name: str, version: int) -> bool:
    """Whether a version of a mutation is one that only a newer program knows."""
    return name in MUTATIONS and version > MUTATIONS[name].version


def told(name: str, version: int, args: object) -> Mapping[str, Any]:
    """A mutation's arguments as JSON values, refused as invalid where they are none, however large they are."""
    sent = cast("Mapping[str, Any]", unstructured(args))
    try:
        body = canonical(sent).encode()
    except TypeError as error:
        raise Refusal(Code.INVALID, what="json", why="a text holds half a character") from error
    arguments_of(name, version, strict_json(body))
    return sent


def sendable(name: str, version: int, args: object) -> Mapping[str, Any]:
    """A mutation's arguments as the JSON values that a push of them holds; refused as invalid what a server refuses.

    Asked before an edit is queued: one that no server takes would hold up all that come after it.
    """
    sent = told(name, version, args)
    if len(canonical(sent).encode()) > MAX_ARGS:
        raise Refusal(Code.INVALID, what="size")
    return sent


def json_schema(cls: type[Any]) -> dict[str, Any]:
    """The JSON schema of a message or of a mutation's arguments, for the OpenAPI document."""
    return _adapter(cls).json_schema(ref_template="#/components/schemas/{model}")


def encode(message: object) -> bytes:
    """The JSON text of a message; fields that are null stay in it."""
    return orjson.dumps(unstructured(message))
