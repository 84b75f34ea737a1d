"""Two desks that change one visit and do not know of one another: what goes together, and what a person is asked."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.decide import Decision
from shared.store import Changes
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, TEN, Salon, made_id, was, wire

VISIT = made_id("visit")
NOON = wire(TEN.replace(hour=10))
CLASS = replace(CUT, id=ServiceId(made_id("class")), name="Class", capacity=6)
WASH = replace(CUT, id=ServiceId(made_id("wash")), name="Wash", active=20, price=1000, capacity=6)
ROOM = Resource(
    id=ResourceId(made_id("room")), location_id=LOCATION.id, kind=ResourceKind.ROOM, name="Room 1", capacity=1,
    colour="", position=3,
)  # fmt: skip
SERVICES: dict[str, Service] = {"Cut": CUT, "Colour": COLOUR, "Class": CLASS, "Wash": WASH}
Line = tuple[str, tuple[Resource, ...], int]
CUT_BY_ANA: Line = ("Cut", (ANA,), 45)
COLOUR_BY_BEN: Line = ("Colour", (BEN,), 80)


def line(one: Line, **more: Any) -> dict[str, Any]:
    name, people, minutes = one
    return {"service_id": SERVICES[name].id, "resources": [each.id for each in people], "minutes": minutes, **more}


def change(*lines: Line, seen: tuple[Line, ...] = (CUT_BY_ANA, COLOUR_BY_BEN), **more: Any) -> dict[str, Any]:
    """The arguments that make of what was seen in the visit what the lines say."""
    before = {"segments": [line(one) for one in seen]} if lines else {}
    segments = {"segments": [line(one) for one in lines]} if lines else {}
    return {"appointment_id": VISIT, "was": was("booked") | before | more.pop("was", {}), **segments, **more}


def come(party: int, seen: int = 1) -> dict[str, Any]:
    return change(party=party, was={"party": seen})


def book() -> Salon:
    """A cut by Ana and then a colour by Ben."""
    salon = Salon()
    salon.tx.apply(Changes(put=(CLASS, WASH, ROOM, *(replace(one, capacity=6) for one in (CUT, COLOUR)))))
    booked = [line(CUT_BY_ANA), line(COLOUR_BY_BEN)]
    assert salon.book("visit", segments=booked).code is None
    return salon


@pytest.fixture
def salon() -> Salon:
    return book()


def send(salon: Salon, args: dict[str, Any]) -> Decision:
    return salon.send("appointment.reschedule", **args)


def visit(salon: Salon) -> Appointment:
    found = salon.tx.find(Appointment, VISIT)
    assert found is not None
    return found


def lines(salon: Salon) -> list[Line]:
    resources = {one.id: one for one in salon.tx.all(Resource)}
    return [
        (one.name, tuple(resources[each] for each in one.resources), one.minutes) for one in visit(salon).segments
    ]  # fmt: skip


MOVED = change(start=NOON)
BY_BEN = change(("Cut", (BEN,), 45), COLOUR_BY_BEN)
COLOUR_BY_ANA = change(CUT_BY_ANA, ("Colour", (ANA,), 80))
LONGER = change(("Cut", (ANA,), 60), COLOUR_BY_BEN)
WASHED = change(CUT_BY_ANA, COLOUR_BY_BEN, ("Wash", (ANA,), 20))
BEFORE = change(("Wash", (ANA,), 20), CUT_BY_ANA, COLOUR_BY_BEN)
TURNED = change(COLOUR_BY_BEN, CUT_BY_ANA)
NO_COLOUR = change(CUT_BY_ANA)
EDITS = {
    "moved": MOVED, "by ben": BY_BEN, "colour by ana": COLOUR_BY_ANA, "longer": LONGER, "washed": WASHED,
    "before": BEFORE, "turned": TURNED, "no colour": NO_COLOUR, "three": come(3),
}  # fmt: skip
CONTEST = {
    frozenset(pair)
    for pair in (
        ("washed", "before"), ("washed", "turned"), ("washed", "no colour"), ("before", "turned"),
        ("before", "no colour"), ("turned", "no colour"), ("no colour", "colour by ana"),
    )
}  # fmt: skip
"""What cannot both hold: two lists of services, and a service that one takes out and another gives to somebody."""


@pytest.mark.parametrize(("first", "second"), list(permutations(EDITS, 2)))
def test_what_goes_together_holds_in_either_order_and_the_rest_is_asked_about(
    salon: Salon, first: str, second: str
) -> None:
    assert send(salon, EDITS[first]).code is None
    before = visit(salon)
    told = send(salon, EDITS[second])
    if {first, second} in CONTEST:
        assert told.code is Code.CHANGED_MEANWHILE
        assert visit(salon) == before
        assert salon.tx.find(AttentionItem, told.item_id or "") is not None
        return
    assert told.code is None
    other = book()
    for name in (second, first):
        assert send(other, EDITS[name]).code is None
    assert visit(other) == visit(salon)


@pytest.mark.parametrize("name", EDITS)
def test_the_same_change_at_two_desks_is_one(salon: Salon, name: str) -> None:
    for _ in range(2):
        assert send(salon, EDITS[name]).code is None
    assert visit(salon).sequence == 1


def test_all_that_goes_together_holds(salon: Salon) -> None:
    for args in (MOVED, BY_BEN, LONGER, WASHED, come(3)):
        assert send(salon, args).code is None
    assert lines(salon) == [("Cut", (BEN,), 60), COLOUR_BY_BEN, ("Wash", (ANA,), 20)]
    assert (wire(visit(salon).starts_at), visit(salon).party) == (NOON, 3)


# Beside a naive model: what there is of a visit, part by part

Parts = dict[Any, Any]
LENGTHS = {name: service.minutes for name, service in SERVICES.items()}
BASE = (CUT_BY_ANA, COLOUR_BY_BEN)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[tuple[Line, ...], int, str]:
    """What somebody wants to be there: most of it what was there before."""
    before = {name: (people, minutes) for name, people, minutes in BASE}
    names = draw(st.sampled_from((
        ("Cut", "Colour"), ("Cut", "Colour"), ("Colour", "Cut"), ("Cut",), ("Cut", "Colour", "Wash"), ("Class", "Cut"),
    )))  # fmt: skip

    def one(name: str) -> Line:
        other = (draw(st.sampled_from(((ANA,), (BEN,)))), draw(st.sampled_from((LENGTHS[name], LENGTHS[name] + 15))))
        who, length = before[name] if name in before and draw(st.booleans()) else other
        return name, who, length

    lines = tuple(one(name) for name in names)
    return lines, draw(st.sampled_from((1, 1, 2, 3))), draw(st.sampled_from((wire(TEN), wire(TEN), NOON)))


def parts_of(lines: tuple[Line, ...], party: int, start: str) -> Parts:
    which = {"services": tuple(name for name, _, _ in lines), "party": party, "start": start}
    who = {("who", name): people for name, people, _ in lines}
    return which | who | {("length", name): minutes for name, _, minutes in lines}


def changed(wish: Parts) -> Parts:
    before = parts_of(BASE, 1, wire(TEN))
    return {part: wish.get(part) for part in {*before, *wish} if wish.get(part) != before.get(part)}


def edit_of(lines: tuple[Line, ...], party: int, start: str) -> dict[str, Any]:
    seen = {"segments": [line(one) for one in BASE], "party": 1}
    more: dict[str, Any] = {} if lines == BASE else {"segments": [line(one) for one in lines]}
    more |= {} if party == 1 else {"party": party}
    more |= {} if start == wire(TEN) else {"start": start}
    return {"appointment_id": VISIT, "was": was("booked") | seen, **more}


@settings(max_examples=150)
@given(one=wishes(), other=wishes())
def test_two_wishes_come_to_what_a_naive_model_makes_of_them(
    one: tuple[tuple[Line, ...], int, str], other: tuple[tuple[Line, ...], int, str]
) -> None:
    salon = book()
    assert send(salon, edit_of(*one)).code is None
    first, second = changed(parts_of(*one)), changed(parts_of(*other))
    contested = any(second[part] != first[part] for part in first.keys() & second.keys())
    told = send(salon, edit_of(*other))
    assert (told.code is Code.CHANGED_MEANWHILE) is contested, told
    expected = parts_of(BASE, 1, wire(TEN)) | first | ({} if contested else second)
    there = parts_of(tuple(lines(salon)), visit(salon).party, wire(visit(salon).starts_at))
    assert there == {part: found for part, found in expected.items() if found is not None}


# What a person is told, and what becomes of it


def test_two_persons_for_one_service_are_told_with_both_sides(salon: Salon) -> None:
    send(salon, change(("Cut", (BEN,), 45), COLOUR_BY_BEN, party=2, was={"party": 1}))
    told = send(salon, change(("Cut", (ROOM,), 45), COLOUR_BY_BEN, party=3, was={"party": 1}))
    assert told.code is Code.CHANGED_MEANWHILE
    assert told.details is not None
    stands = {"status": "booked", "start": wire(TEN)}
    colour = {"service_id": COLOUR.id, "name": "Colour", "with": ["Ben"], "minutes": 80}
    cut = {"service_id": CUT.id, "name": "Cut", "minutes": 45}
    assert told.details["was"] == stands | {
        "booked": [cut | {"with": ["Ana"]}, colour], "party": 1,
    }  # fmt: skip
    assert told.details["now"] == stands | {
        "booked": [cut | {"with": ["Ben"]}, colour], "party": 2,
    }  # fmt: skip


def test_a_service_that_was_taken_out_is_named_all_the_same(salon: Salon) -> None:
    send(salon, NO_COLOUR)
    told = send(salon, COLOUR_BY_ANA)
    assert told.details is not None
    assert [one["name"] for one in told.details["was"]["booked"]] == ["Cut", "Colour"]
    gone = [{"service_id": made_id("nowhere"), "resources": [made_id("nobody")], "minutes": 10}]
    told = send(salon, change(("Wash", (ANA,), 20)) | {"was": was("booked") | {"segments": gone}})
    assert told.details is not None
    assert told.details["was"]["booked"] == [{"service_id": made_id("nowhere"), "name": "", "with": [], "minutes": 10}]


def test_two_lengths_and_two_starts_are_asked_about(salon: Salon) -> None:
    send(salon, LONGER)
    assert send(salon, change(("Cut", (ANA,), 75), COLOUR_BY_BEN)).code is Code.CHANGED_MEANWHILE
    send(salon, MOVED)
    assert send(salon, change(start=wire(TEN.replace(hour=12)))).code is Code.CHANGED_MEANWHILE
    assert send(salon, change(start=wire(TEN))).code is Code.CHANGED_MEANWHILE


def test_a_visit_without_a_service_meets_another_change_of_it(salon: Salon) -> None:
    bare = {"service_id": None, "resources": [ANA.id], "minutes": 30}
    salon.book("bare", TEN.replace(hour=13), segments=[bare], title="Talk")
    seen = {"appointment_id": made_id("bare"), "was": was("booked", TEN.replace(hour=13)) | {"segments": [bare]}}
    assert send(salon, seen | {"segments": [bare | {"resources": [BEN.id]}]}).code is None
    told = send(salon, seen | {"segments": [bare | {"resources": [ROOM.id]}]})
    assert told.details is not None
    talk = {"service_id": None, "name": "Talk", "minutes": 30}
    assert told.details["now"]["booked"] == [talk | {"with": ["Ben"]}]
    assert told.details["was"]["booked"] == [talk | {"with": ["Ana"]}]


def test_who_is_found_for_a_service_that_both_add_is_whoever_was_found_first(salon: Salon) -> None:
    """A desk names whom it has found and lets the server exchange them: that is no wish that another one breaks."""
    by = {one: line(("Wash", (one,), 20), fill=True, exchangeable=[one.id]) for one in (ANA, BEN)}
    for one in (ANA, BEN):
        wish = change(CUT_BY_ANA, COLOUR_BY_BEN)
        assert send(salon, wish | {"segments": [*wish["segments"], by[one]]}).code is None
    assert lines(salon)[2] == ("Wash", (ANA,), 20)
    wish = change(CUT_BY_ANA, COLOUR_BY_BEN, ("Wash", (BEN,), 20))
    assert send(salon, wish).code is Code.CHANGED_MEANWHILE


def test_a_service_keeps_its_new_length_where_another_names_none(salon: Salon) -> None:
    send(salon, LONGER)
    wish = change(("Cut", (BEN,), 45), COLOUR_BY_BEN)
    wish["segments"][0]["minutes"] = None
    assert send(salon, wish).code is None
    assert lines(salon) == [("Cut", (BEN,), 60), COLOUR_BY_BEN]


def test_another_status_is_still_asked_about(salon: Salon) -> None:
    salon.send("appointment.confirm", appointment_id=VISIT, was=was("booked"))
    told = send(salon, come(3))
    assert told.code is Code.CHANGED_MEANWHILE
    assert told.details is not None
    assert (told.details["was"]["status"], told.details["now"]["status"]) == ("booked", "confirmed")


def test_an_edit_of_an_earlier_version_says_nothing_of_what_it_saw_and_counts_as_it_did(salon: Salon) -> None:
    send(salon, BY_BEN)
    send(salon, come(3))
    old = {"appointment_id": VISIT, "was": was("booked"), "start": wire(TEN), "party": 2}
    assert send(salon, old | {"segments": [line(CUT_BY_ANA)]}).code is None
    assert (lines(salon), visit(salon).party) == ([CUT_BY_ANA], 2)
    send(salon, MOVED)
    assert send(salon, old | {"party": 3}).code is Code.CHANGED_MEANWHILE


def test_who_keeps_theirs_keeps_what_the_other_has_changed_besides(salon: Salon) -> None:
    send(salon, change(("Cut", (BEN,), 60), COLOUR_BY_BEN, start=NOON))
    told = send(salon, change(("Cut", (ROOM,), 45), COLOUR_BY_BEN, party=2, was={"party": 1}))
    assert told.code is Code.CHANGED_MEANWHILE
    assert salon.send("attention.resolve", item_id=told.item_id, choice="keep").code is None
    assert lines(salon) == [("Cut", (ROOM,), 60), COLOUR_BY_BEN]
    assert (wire(visit(salon).starts_at), visit(salon).party) == (NOON, 2)


def test_who_keeps_a_service_that_was_taken_out_has_it_again(salon: Salon) -> None:
    send(salon, NO_COLOUR)
    told = send(salon, COLOUR_BY_ANA)
    assert salon.send("attention.resolve", item_id=told.item_id, choice="keep").code is None
    assert lines(salon) == [CUT_BY_ANA, ("Colour", (ANA,), 80)]


def test_an_item_is_moved_to_where_the_visit_once_was(salon: Salon) -> None:
    send(salon, change(("Cut", (BEN,), 45), COLOUR_BY_BEN, start=NOON))
    told = send(salon, change(("Cut", (ROOM,), 45), COLOUR_BY_BEN))
    assert salon.send("attention.resolve", item_id=told.item_id, choice="move", start=wire(TEN)).code is None
    assert (lines(salon)[0], wire(visit(salon).starts_at)) == (("Cut", (ROOM,), 45), wire(TEN))


def test_a_change_of_what_is_not_there_stays_what_it_is(salon: Salon) -> None:
    told = send(salon, BY_BEN | {"appointment_id": made_id("never")})
    assert told.code is Code.NOT_FOUND
    assert salon.send("attention.resolve", item_id=told.item_id, choice="keep").code is Code.NOT_FOUND


@pytest.mark.parametrize(
    "more",
    [
        {"was": was("booked") | {"party": 0}},
        {"was": was("booked") | {"party": True}},
        {"was": was("booked") | {"segments": [{"service_id": CUT.id, "resources": [], "minutes": -1}]}},
        {"was": was("booked") | {"segments": [line(CUT_BY_ANA)] * 101}},
        {"was": was("booked") | {"segments": [line(CUT_BY_ANA) | {"fill": True}]}},
        {"was": was("booked") | {"services": []}},
    ],
)
def test_what_nobody_can_have_seen_is_refused(salon: Salon, more: dict[str, Any]) -> None:
    before = visit(salon)
    with pytest.raises(Refusal) as refused:
        send(salon, COLOUR_BY_ANA | more)
    assert refused.value.code is Code.INVALID
    assert visit(salon) == before
