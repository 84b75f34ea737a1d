"""What visits hold: phases and gaps, buffers at either end, several resources, parties and units."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.errors import Code
from shared.model.appointment import Allocation, Appointment, Source, Status
from shared.model.base import AppointmentId, ResourceId, ServiceId, Span
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service
from shared.mutations.appointment.arguments import SegmentWish
from shared.mutations.decide import OutcomeKind
from shared.rules.slots import Ask, find_slots
from shared.store import Changes
from tests.support.salon import ANA, BEN, BUSINESS, CUT, TEN, Salon, booking_of, made_id, was, wire

MINUTE = timedelta(minutes=1)
HANDS_ON = Need(kind=ResourceKind.STAFF, during=During.HANDS_ON)
TINT = Service(
    id=ServiceId(made_id("tint")), name="Tint", category="", colour="", price=8000, before=5, active=30, processing=30,
    finishing=20, after=10, needs=(HANDS_ON,),
)  # fmt: skip
BRIEF = replace(CUT, id=ServiceId(made_id("brief")), name="Brief", active=30, after=0)
CLASS = replace(CUT, id=ServiceId(made_id("class")), name="Yoga", active=60, after=0, capacity=6)
HALL = Resource(
    id=ResourceId(made_id("hall")), location_id=ANA.location_id, kind=ResourceKind.ROOM, name="Hall", capacity=6,
    colour="", position=5,
)  # fmt: skip
KIT = replace(HALL, id=ResourceId(made_id("kit")), kind=ResourceKind.EQUIPMENT, name="Kit", capacity=3, position=6)


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(TINT, BRIEF, CLASS, HALL, KIT)))
    return made


def of(service: Service, *resources: Resource, **more: Any) -> list[dict[str, Any]]:
    """One segment."""
    return [{"service_id": service.id, "resources": [one.id for one in resources], **more}]


def held(salon: Salon, resource: Resource) -> list[tuple[int, int]]:
    """When a resource is held, in minutes from ten o'clock."""
    rows = [one for one in salon.tx.all(Allocation) if one.resource_id == resource.id]
    return sorted(((one.starts_at - TEN) // MINUTE, (one.ends_at - TEN) // MINUTE) for one in rows)


def test_who_is_needed_hands_on_is_free_while_it_takes_effect(salon: Salon) -> None:
    salon.book("tint", segments=of(TINT, ANA))
    assert held(salon, ANA) == [(-5, 30), (60, 90)]


def test_a_short_service_fits_into_the_gap_exactly_and_a_minute_more_does_not(salon: Salon) -> None:
    salon.book("tint", segments=of(TINT, ANA))
    gap = TEN + 30 * MINUTE
    assert salon.book("longer", gap, segments=of(BRIEF, ANA, minutes=31)).code is Code.SLOT_TAKEN
    assert salon.book("later", gap + MINUTE, segments=of(BRIEF, ANA)).code is Code.SLOT_TAKEN
    assert salon.book("earlier", gap - MINUTE, segments=of(BRIEF, ANA)).code is Code.SLOT_TAKEN
    assert salon.book("fits", gap, segments=of(BRIEF, ANA)).outcome is OutcomeKind.APPLIED


def test_a_buffer_belongs_to_whoever_is_there_at_that_end(salon: Salon) -> None:
    helper = Need(kind=ResourceKind.STAFF, any_of=(BEN.id,), during=During.ACTIVE)
    both = replace(TINT, id=ServiceId(made_id("both")), needs=(Need(kind=ResourceKind.STAFF, any_of=(ANA.id,)), helper))
    salon.tx.apply(Changes(put=(both,)))
    salon.book("both", segments=of(both, ANA, BEN))
    # Ben helps to begin and to get ready; he has left when it is tidied up.
    assert (held(salon, ANA), held(salon, BEN)) == ([(-5, 90)], [(-5, 30)])


def test_who_takes_part_in_a_phase_without_length_is_not_held_at_all(salon: Salon) -> None:
    throughout = Need(kind=ResourceKind.STAFF, any_of=(ANA.id,))
    nowhere = Need(kind=ResourceKind.STAFF, any_of=(BEN.id,), during=During.ACTIVE)
    quiet = replace(TINT, id=ServiceId(made_id("quiet")), active=0, needs=(throughout, nowhere))
    salon.tx.apply(Changes(put=(quiet,)))
    filled = salon.book("quiet", segments=of(quiet, fill=True))
    assert filled.outcome is OutcomeKind.APPLIED
    assert (held(salon, ANA), held(salon, BEN)) == ([(-5, 60)], [])


def test_two_buffers_do_not_overlap_each_other(salon: Salon) -> None:
    salon.book("first", segments=of(TINT, ANA))
    ends = TEN + 80 * MINUTE
    assert salon.book("close", ends + 14 * MINUTE, segments=of(TINT, ANA)).code is Code.SLOT_TAKEN
    assert salon.book("far", ends + 15 * MINUTE, segments=of(TINT, ANA)).outcome is OutcomeKind.APPLIED


def test_of_several_resources_all_are_taken_or_none(salon: Salon) -> None:
    salon.book("bens", segments=of(CUT, BEN))
    assert salon.book("both", segments=of(CUT, ANA, BEN)).code is Code.SLOT_TAKEN
    assert held(salon, ANA) == []


def test_a_party_takes_seats_and_the_fullest_instant_counts(salon: Salon) -> None:
    def come(name: str, start: datetime, party: int) -> Code | None:
        return salon.book(name, start, party=party, segments=of(CLASS, HALL)).code

    assert come("four", TEN, 4) is None
    assert come("later", TEN + 60 * MINUTE, 5) is None
    # Between the two are but two seats, then one.
    assert come("across", TEN + 30 * MINUTE, 2) is Code.SLOT_TAKEN
    assert come("last", TEN + 30 * MINUTE, 1) is None
    assert come("full", TEN + 60 * MINUTE, 1) is Code.SLOT_TAKEN


def test_a_party_larger_than_the_service_takes_is_refused(salon: Salon) -> None:
    refused = salon.book("crowd", party=7, segments=of(CLASS, HALL))
    assert (refused.code, refused.details) == (Code.INVALID, {"what": "party", "most": 6, "name": "Yoga"})


def test_of_a_kit_as_many_are_taken_as_are_needed(salon: Salon) -> None:
    two = Need(kind=ResourceKind.EQUIPMENT, count=2)
    cupping = replace(BRIEF, id=ServiceId(made_id("cupping")), needs=(Need(kind=ResourceKind.STAFF), two))
    salon.tx.apply(Changes(put=(cupping,)))
    assert salon.book("first", segments=of(cupping, fill=True)).code is None
    assert [one.units for one in salon.tx.all(Allocation) if one.resource_id == KIT.id] == [2]
    # Ben is free, and one of the kit is left.
    refused = salon.book("second", segments=of(cupping, fill=True))
    assert (refused.code, refused.details) == (Code.SLOT_TAKEN, {"kind": "EQUIPMENT", "pool": "", "count": 2})


def test_of_two_parts_that_meet_the_larger_number_of_places_counts_while_both_do(salon: Salon) -> None:
    one, two = (Need(kind=ResourceKind.EQUIPMENT, count=count) for count in (1, 2))
    first = replace(BRIEF, id=ServiceId(made_id("first")), after=10, needs=(one,))
    second = replace(BRIEF, id=ServiceId(made_id("second")), before=5, needs=(two,))
    salon.tx.apply(Changes(put=(first, second)))
    assert salon.book("both", segments=[*of(first, KIT, fill=True), *of(second, KIT, fill=True)]).code is None
    rows = sorted(salon.tx.all(Allocation), key=lambda one: one.starts_at)
    assert [((one.starts_at - TEN) // MINUTE, (one.ends_at - TEN) // MINUTE, one.units) for one in rows] == [
        (0, 25, 1), (25, 60, 2),
    ]  # fmt: skip


def test_of_two_parts_apart_each_holds_its_own_places(salon: Salon) -> None:
    one, two = (Need(kind=ResourceKind.EQUIPMENT, count=count) for count in (1, 2))
    first = replace(BRIEF, id=ServiceId(made_id("first")), needs=(one,))
    second = replace(first, id=ServiceId(made_id("second")), needs=(two,))
    salon.tx.apply(Changes(put=(first, second)))
    between = of(BRIEF, ANA)
    assert salon.book("all", segments=[*of(first, KIT), *between, *of(second, KIT, fill=True)]).code is None
    rows = sorted((one for one in salon.tx.all(Allocation) if one.resource_id == KIT.id), key=lambda one: one.starts_at)
    assert [((one.starts_at - TEN) // MINUTE, (one.ends_at - TEN) // MINUTE, one.units) for one in rows] == [
        (0, 30, 1), (60, 90, 2),
    ]  # fmt: skip


def test_a_visit_whose_service_is_gone_is_moved_as_it_was_booked(salon: Salon) -> None:
    salon.book("tint", segments=of(TINT, ANA))
    salon.tx.apply(Changes(removed=((Service, TINT.id),)))
    later = TEN + 60 * MINUTE
    moved = salon.send(
        "appointment.reschedule", appointment_id=made_id("tint"), was=was("booked"), start=wire(later),
        segments=of(TINT, ANA, BEN),
    )  # fmt: skip
    assert moved.outcome is OutcomeKind.APPLIED
    # Ben, of whom nothing was said then, is there throughout.
    assert (held(salon, ANA), held(salon, BEN)) == ([(55, 90), (120, 150)], [(55, 150)])
    again = salon.book("another", segments=of(TINT, ANA))
    assert (again.code, again.details and again.details["what"]) == (Code.NOT_FOUND, "service")


def test_moving_never_conflicts_with_itself(salon: Salon) -> None:
    salon.book("tint", segments=of(TINT, ANA))
    for minutes in (10, 30, 60):
        now = salon.tx.find(Appointment, made_id("tint"))
        assert now is not None
        moved = salon.send(
            "appointment.reschedule", appointment_id=now.id, was=was("booked", now.starts_at),
            start=wire(now.starts_at + minutes * MINUTE),
        )  # fmt: skip
        assert moved.outcome is OutcomeKind.APPLIED


def test_a_lowered_capacity_keeps_what_is_there_and_marks_what_is_too_much(salon: Salon) -> None:
    for name in ("first", "second", "third"):
        salon.book(name, party=2, segments=of(CLASS, HALL))
    lower: dict[str, Any] = {"resource_id": HALL.id, "edits": [{"field": "capacity", "was": 6, "value": 4}]}
    assert salon.send("resource.update", role=Role.TENANT_OWNER, **lower).outcome is OutcomeKind.APPLIED
    assert sorted(one.over for one in salon.tx.all(Allocation)) == [False, False, True]
    assert salon.book("fourth", party=1, segments=of(CLASS, HALL)).code is Code.SLOT_TAKEN


def test_a_no_show_that_is_taken_back_is_checked_again(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.no_show", appointment_id=made_id("first"), was=was("booked"), at=TEN)
    salon.book("second")
    back = salon.send("appointment.undo_step", appointment_id=made_id("first"), was=was("no_show"), at=TEN)
    assert back.code is Code.SLOT_TAKEN


def test_confirming_one_of_two_requests_refuses_the_other(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, requests_hold=False),)))
    for name in ("one", "other"):
        assert salon.book(name, status="requested").outcome is OutcomeKind.APPLIED
    first, second = (
        salon.send("appointment.confirm", appointment_id=made_id(name), was=was("requested"))
        for name in ("one", "other")
    )
    assert (first.outcome, second.code) == (OutcomeKind.APPLIED, Code.SLOT_TAKEN)


def minutes_of(start: int, service: Service, part: str) -> Iterator[int]:
    """Minute by minute when somebody is held, told without spans: `all`, `hands_on` or `active`."""
    length = service.active + service.processing + service.finishing
    there = [
        part == "all"
        or minute < service.active
        or (part == "hands_on" and minute >= service.active + service.processing)
        for minute in range(length)
    ]
    yield from (start + minute for minute, here in enumerate(there) if here)
    if there[0]:
        yield from range(start - service.before, start)
    if there[-1]:
        yield from range(start + length, start + length + service.after)


class AllocationMachine(RuleBasedStateMachine):
    """Visits are booked, moved and cancelled, and a list of minutes knows what is taken and where there is room."""

    def __init__(self) -> None:
        super().__init__()
        self.salon = Salon()
        self.salon.tx.apply(Changes(put=(TINT, BRIEF, CLASS, HALL)))
        self.names = (f"visit-{number}" for number in count())
        self.taken: dict[str, tuple[int, Service, int]] = {}

    def _minutes(self, resource: Resource, but: str = "") -> dict[int, int]:
        seats: dict[int, int] = {}
        for name, (start, service, party) in self.taken.items():
            if name != but and resource.id == self._who(service).id:
                for minute in minutes_of(start, service, "hands_on" if service is TINT else "all"):
                    seats[minute] = seats.get(minute, 0) + (party if resource.capacity > 1 else 1)
        return seats

    def _who(self, service: Service) -> Resource:
        return HALL if service is CLASS else ANA

    def _fits(self, start: int, service: Service, party: int, but: str = "") -> bool:
        resource = self._who(service)
        seats, wanted = self._minutes(resource, but), party if resource.capacity > 1 else 1
        there = minutes_of(start, service, "hands_on" if service is TINT else "all")
        return all(seats.get(minute, 0) + wanted <= resource.capacity for minute in there)

    @rule(
        start=st.integers(0, 240), service=st.sampled_from([TINT, BRIEF, CUT, CLASS]),
        party=st.integers(1, 4),
    )  # fmt: skip
    def book(self, start: int, service: Service, party: int) -> None:
        name, party = next(self.names), party if service is CLASS else 1
        fits = self._fits(start, service, party)
        wish = booking_of(name, TEN + start * MINUTE) | {"segments": of(service, self._who(service)), "party": party}
        assert (self.salon.send("appointment.book", **wish).outcome is OutcomeKind.APPLIED) is fits
        if fits:
            self.taken[name] = (start, service, party)

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), to=st.integers(0, 240))
    def move(self, data: st.DataObject, to: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.taken)))
        start, service, party = self.taken[name]
        fits = self._fits(to, service, party, but=name)
        moved = self.salon.send(
            "appointment.reschedule", appointment_id=made_id(name), was=was("booked", TEN + start * MINUTE),
            start=wire(TEN + to * MINUTE),
        )  # fmt: skip
        assert (moved.outcome is OutcomeKind.APPLIED) is fits
        if fits:
            self.taken[name] = (to, service, party)

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.taken)))
        start, _, _ = self.taken.pop(name)
        gone: dict[str, Any] = {"appointment_id": made_id(name), "was": was("booked", TEN + start * MINUTE)}
        assert self.salon.send("appointment.cancel", **gone).outcome is OutcomeKind.APPLIED

    @rule(
        since=st.integers(0, 240), service=st.sampled_from([TINT, BRIEF, CUT, CLASS]),
        party=st.integers(1, 4),
    )  # fmt: skip
    def look_for_slots(self, since: int, service: Service, party: int) -> None:
        """The next five starts on a quarter of an hour at which the minutes are free."""
        party = party if service is CLASS else 1
        window = Span(TEN + since * MINUTE, TEN + (since + 240) * MINUTE)
        found = find_slots(self.salon.tx, self._ask(service, party), window, at=TEN, role=Role.TENANT_STAFF)
        fit = [one for one in range(since, since + 240) if one % 15 == 0 and self._fits(one, service, party)]
        assert [(one.starts_at - TEN) // MINUTE for one in found] == fit[:5]

    def _ask(self, service: Service, party: int) -> Ask:
        wish = SegmentWish(service_id=service.id, resources=(self._who(service).id,))
        visit = Appointment(
            id=AppointmentId(made_id("wished")), customer_id=None, location_id=ANA.location_id, starts_at=TEN,
            ends_at=TEN, zone=BUSINESS.zone, wall_start="", segments=(), status=Status.BOOKED, source=Source.DESK,
            notes="", price=0, currency=BUSINESS.currency, steps=(), party=party,
        )  # fmt: skip
        return Ask(visit=visit, services=(wish,))

    @invariant()
    def what_is_held_is_what_the_minutes_say(self) -> None:
        for resource in (ANA, HALL):
            assert self._held(resource) == self._minutes(resource)

    def _held(self, resource: Resource) -> dict[int, int]:
        rows: Sequence[Allocation] = [one for one in self.salon.tx.all(Allocation) if one.resource_id == resource.id]
        seats: dict[int, int] = {}
        for one in rows:
            for minute in range((one.starts_at - TEN) // MINUTE, (one.ends_at - TEN) // MINUTE):
                seats[minute] = seats.get(minute, 0) + one.units
        return seats


TestAllocationAgainstMinutes = AllocationMachine.TestCase
