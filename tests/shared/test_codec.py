"""Strict JSON in: what does not fit is refused with a sentence, nothing is guessed."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dates import Dates
from shared.errors import Code, Refusal
from shared.ids import new_id
from shared.model.registry import unstructured
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of, decode, encode, sendable, strict_json, told
from shared.protocol.messages import (
    MAX_ARGS,
    MAX_BODY,
    MAX_ELAPSED,
    MOST_UNDONE,
    HandIn,
    Push,
    Pushed,
)
from shared.texts import sentence
from tests.support.salon import booking_of, made_id


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": 1, "a": 2}', "the name 'a' stands twice"),
        (b'{"a": {"b": 1, "b": 1}}', "the name 'b' stands twice"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": 9007199254740993}', "an integer lies beyond 2^53"),
        (b'{"a": ' + b"9" * 5000 + b"}", "an integer lies beyond 2^53"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"a": ', "not JSON at line 1"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": 1e999}', "too large"),
    ],
)
def test_refuses_what_is_not_strict_json(body: bytes, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        strict_json(body)
    assert why in sentence(refused.value.code, refused.value.details, Dates())


def test_looks_once_at_each_of_many_names() -> None:
    """A body of a megabyte holds so many that comparing each with each would take minutes."""
    names = ",".join(f'"{number:05x}":0' for number in range(95_000))
    with pytest.raises(Refusal, match="invalid") as refused:
        strict_json(f'{{{names},"1729f":0,"17317":0}}'.encode())
    assert refused.value.details["why"] == "the name '1729f' stands twice in one object"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    assert _refused(body) in (None, Code.INVALID)


def _refused(body: bytes) -> Code | None:
    try:
        strict_json(body)
    except Refusal as refusal:
        return refusal.code
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_how_a_body_is_written_changes_nothing(value: object) -> None:
    """Written as desks write it a body is read a shorter way."""
    spaced = json.dumps(value, ensure_ascii=False, indent=1).encode(errors="surrogatepass")
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    assert _read(compact) == _read(spaced)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}', b'{"a":1,"a":1}', b'{"a":{"b":1,"b":1}}', b'{"a":9007199254740993}', b'{"a":1e999}',
        b'{"a":NaN}', b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b'"\xed\xa0\x80"',
    ],
)  # fmt: skip
def test_nothing_is_taken_because_it_is_compact(body: bytes) -> None:
    assert _refused(body) is Code.INVALID


def _read(body: bytes) -> object:
    try:
        # What a float looks like is part of the value: 1.0 is no integer.
        return repr(strict_json(body))
    except Refusal as refusal:
        return refusal.code


@given(JSON)
def test_no_value_is_taken_for_a_push_unless_it_is_one(value: object) -> None:
    with pytest.raises(Refusal):
        decode(strict_json(json.dumps(value).encode()), Push)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": "2026-05-05T08:00:00.5Z"}, "start"),
        ({"start": "2026-05-05T08:00:00+02:00"}, "start"),
        ({"start": "2026-05-05T08:00:00"}, "start"),
        ({"start": 1_700_000_000}, "start"),
        ({"start": "9999-12-31T23:59:59Z"}, "start"),
        ({"appointment_id": "1"}, "appointment_id"),
        ({"appointment_id": made_id("x").upper()}, "appointment_id"),
        ({"appointment_id": made_id("x") + "\n"}, "appointment_id"),
        ({"appointment_id": "\n" + made_id("x")}, "appointment_id"),
        ({"appointment_id": made_id("x") * 2}, "appointment_id"),
        ({"appointment_id": made_id("x").replace("-", "\u2010")}, "appointment_id"),
        ({"start": "1899-12-31T23:59:59Z"}, "start"),
        ({"segments": [{"service_id": None, "resources": ["; drop table"]}]}, "segments"),
        ({"role": "TENANT_OWNER"}, "role"),
        ({"tenant": "acme"}, "tenant"),
        ({"notes": "x" * 4001}, "notes"),
        ({"status": "completed"}, "status"),
    ],
)
def test_refuses_arguments_that_do_not_fit(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        arguments_of("appointment.book", 1, booking_of("first") | changes)
    assert field in str(refused.value.details["field"])


@pytest.mark.parametrize("written", ["2026-05-05T08:00:00Z", "2026-05-05T08:00:00+00:00", "2026-05-05 08:00:00.000Z"])
def test_an_instant_that_arrives_is_in_the_zone_object_that_a_store_has(written: str) -> None:
    start = arguments_of("appointment.book", 1, booking_of("first") | {"start": written}).start
    assert start == datetime(2026, 5, 5, 8, tzinfo=UTC)
    assert start.tzinfo is UTC


def test_says_what_an_instant_is() -> None:
    with pytest.raises(Refusal) as refused:
        arguments_of("appointment.book", 1, booking_of("first") | {"start": "2026-05-05T08:00:00+02:00"})
    assert "an instant is in UTC and in whole seconds" in str(refused.value.details["why"])


def test_refuses_an_unknown_mutation_and_a_version_that_never_was() -> None:
    for name, version in (("appointment.delete", 1), ("appointment.book", 3), ("appointment.book", 0)):
        with pytest.raises(Refusal):
            arguments_of(name, version, booking_of("first"))


def test_a_backslash_before_u0000_is_no_nul() -> None:
    assert strict_json(b'{"notes":"C:\\\\u0000"}') == {"notes": "C:\\u0000"}
    for body in (b'{"notes":"a\\u0000"}', b'{"notes":"\\\\\\u0000"}'):
        with pytest.raises(Refusal):
            strict_json(body)


def test_what_is_kept_of_an_exception_of_the_hours_is_read_back() -> None:
    args = arguments_of("hours.except", 1, {"owner_id": new_id(), "day": "2026-05-04"})
    assert MUTATIONS["hours.except"].parse(unstructured(args)) == args


def taken_back(visits: int, say: Callable[..., Mapping[str, Any]] = sendable) -> Mapping[str, Any]:
    """A series as a push says that it is taken back, with so many visits of fifty people each."""
    visit = {
        "appointment_id": new_id(), "was": {"status": "booked", "start": "2026-05-04T08:00:00Z"},
        "until": "2026-05-04T09:00:00Z", "resources": [new_id()] * 50, "to": "moved", "series_id": None,
        "original_start": "",
    }  # fmt: skip
    args = {"series_id": new_id(), "rules": [], "visits": [visit] * visits}
    return say("series.turn_back", 4, arguments_of("series.turn_back", 4, args))


def test_an_edit_that_no_push_has_room_for_is_refused_before_it_is_queued() -> None:
    none, one = (len(encode(taken_back(visits))) for visits in (0, 1))
    # Each but the first has a comma before it.
    most = (MAX_ARGS - none + 1) // (one - none + 1)
    assert MAX_ARGS - 3000 < len(encode(taken_back(most))) <= MAX_ARGS
    with pytest.raises(Refusal) as refused:
        taken_back(most + 1)
    assert (refused.value.code, refused.value.details) == (Code.INVALID, {"what": "size"})
    # Kept as what takes a change back it hinders nothing.
    assert len(encode(taken_back(most + 1, told))) > MAX_ARGS


def test_the_largest_edit_has_room_in_a_message_of_it_alone_whatever_else_that_holds() -> None:
    pushed = Pushed(
        seq=2**53, id=new_id(), name="n" * 100, v=1_000_000, args={}, author=new_id(), lease="l" * 2000,
        elapsed=MAX_ELAPSED, was_version=2**53, was_outcome="quarantined", was_code="c" * 100, made_by=new_id(),
        undoes=(new_id(),) * MOST_UNDONE,
    )  # fmt: skip
    push = Push(replica=new_id(), epoch="e" * 100, schema=1_000_000, mutations=(pushed,))
    part = HandIn(ticket="t" * 1024, replica=new_id(), mutations=(pushed,), last=False, books_left=1000)
    assert max(len(encode(one)) for one in (push, part)) + MAX_ARGS <= MAX_BODY
