"""Pushes that nobody's desk makes: good ones, of which something was put out of shape by chance."""

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import orjson

from shared.ids import new_id
from tests.support.edits_of_each_kind import BEFORE_AND_EDIT
from tests.support.wire_desk import WireDesk

VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, -(2**63), 1.5, 1e308, "", " ", "0", "null", "\x00", "\x7f",
    "\u202e", "\u2028", "\ufeff", "🧨" * 50, "é\u0301" * 100, "A" * 10_000, "' OR 1=1 --", "{{7*7}}", "%s%n", "../..",
    "\\", '"', "<script>", "$ref", "__class__", [], {}, [[]], [{}], [None] * 300, {"": ""}, {"$": {"$": {}}},
    "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2026-02-30T10:00:00Z",
    "2026-05-04T10:00:00+14:00", "2026-05-04T10:00:00.5Z", "2026-05-04", "24:00", "Europe/../etc", "UTC\x00",
    "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "EUR", "TENANT_OWNER", "SUPERUSER",
)  # fmt: skip
RAW: Final = (
    b"\x00",
    b"\xff\xfe",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"9" * 400,
    b"NaN",
    b"-",
    b"e9",
)


class Hostile:
    """Makes the bodies of hostile pushes for a desk."""

    def __init__(self, desk: WireDesk, dice: random.Random) -> None:
        self._desk, self._dice = desk, dice

    def body(self, *, ahead: int = 0) -> bytes:
        """The next; `ahead` of its turn a push whose shape is still good is not taken either."""
        body = self._next(ahead)
        while ahead and self._is_in_turn(body):
            body = self._next(ahead)  # chance had put the very number there
        return body

    def _is_in_turn(self, body: bytes) -> bool:
        try:
            return bool(orjson.loads(body)["mutations"][0]["seq"] == self._desk.seq + 1)
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return False

    def _next(self, ahead: int) -> bytes:
        before = self._desk.seq
        self._desk.seq += ahead
        push = self._desk.envelope(*(self._edit() for _ in range(self._dice.choice((1, 1, 2, 5)))))
        self._desk.seq = before
        for _ in range(self._dice.choice((1, 1, 2, 4))):
            self._dice.choice(_CHANGES)(self._dice, push)
        raw = json.dumps(push, ensure_ascii=False, separators=(",", ":")).encode()  # of any depth
        return self._torn(raw) if self._dice.random() < 0.3 else raw

    def _edit(self) -> dict[str, Any]:
        name, args = self._dice.choice(list(BEFORE_AND_EDIT.values()))[1]
        return self._desk.edit(name, orjson.loads(orjson.dumps(args)))

    def _torn(self, raw: bytes) -> bytes:
        place, other = sorted(self._dice.randrange(len(raw) + 1) for _ in range(2))
        return self._dice.choice(
            (
                raw[:place],
                raw[:place] + raw[other:],
                raw[:place] + self._dice.choice(RAW) + raw[place:],
                raw[:place] + raw[place:other] * 2 + raw[other:],
                raw[:place] + bytes([self._dice.randrange(256)]) + raw[place + 1 :],
            )
        )


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree of JSON: what it stands in, and under which key or index."""
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    else:
        inside = []
    return [(value, key) for key, _ in inside] + [place for _, one in inside for place in _nodes(one)]


def _replace(dice: random.Random, push: dict[str, Any]) -> None:
    if nodes := _nodes(push):
        holder, key = dice.choice(nodes)
        holder[key] = deepcopy(dice.choice(VALUES))


def _drop(dice: random.Random, push: dict[str, Any]) -> None:
    if nodes := _nodes(push):
        holder, key = dice.choice(nodes)
        del holder[key]


def _add(dice: random.Random, push: dict[str, Any]) -> None:
    holders = [push, *(holder[key] for holder, key in _nodes(push) if isinstance(holder[key], dict))]
    name = dice.choice(("", "role", "tenant", "id", "__proto__", "v", new_id()))
    dice.choice(holders)[name] = deepcopy(dice.choice(VALUES))


def _swap(dice: random.Random, push: dict[str, Any]) -> None:
    if nodes := _nodes(push):
        (one, a), (other, b) = dice.choice(nodes), dice.choice(nodes)
        # A tree within itself has no text.
        if not isinstance(one[a], dict | list) and not isinstance(other[b], dict | list):
            one[a], other[b] = other[b], one[a]


def _nest(dice: random.Random, push: dict[str, Any]) -> None:
    if nodes := _nodes(push):
        holder, key = dice.choice(nodes)
        for _ in range(dice.choice((1, 3, 30))):
            holder[key] = [holder[key]]


def _rename(dice: random.Random, push: dict[str, Any]) -> None:
    edits = push.get("mutations")
    if isinstance(edits, list) and edits and isinstance(edits[0], dict):
        edits[0]["name"] = dice.choice((*BEFORE_AND_EDIT, "plan.set", "member.set", "business.change", ""))


_CHANGES: Final[tuple[Callable[[random.Random, dict[str, Any]], None], ...]] = (
    _replace, _replace, _replace, _drop, _drop, _add, _swap, _nest, _rename,
)  # fmt: skip
