"""Who does a service, and where: pools, people with terms of their own, several services in a row."""

from dataclasses import replace
from typing import Any

import pytest

from shared.errors import Code
from shared.model.appointment import Appointment
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.decide import OutcomeKind
from shared.store import Changes
from tests.support.salon import ANA, BEN, CUT, TEN, Salon, made_id, was, wire

ROOMS = [
    Resource(
        id=ResourceId(made_id(f"room-{number}")), location_id=ANA.location_id, kind=ResourceKind.ROOM,
        name=f"Room {number}", capacity=1, colour="", position=10 + number, pool="Treatment",
    )
    for number in (1, 2)
]  # fmt: skip
PEEL = Service(
    id=ServiceId(made_id("peel")), name="Peel", category="", colour="", price=5000, before=0, active=30, processing=0,
    finishing=0, after=0, needs=(Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="Treatment")),
)  # fmt: skip
FACIAL = replace(
    PEEL, id=ServiceId(made_id("facial")), name="Facial",
    terms=(Terms(resource_id=ANA.id, active=45), Terms(resource_id=BEN.id, price=6500, active=60)),
)  # fmt: skip


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(*ROOMS, PEEL, FACIAL)))
    return made


def wish(service: Service, *resources: Resource, **more: Any) -> dict[str, Any]:
    return {"service_id": service.id, "resources": [one.id for one in resources], "fill": True, **more}


def found(salon: Salon, name: str) -> Appointment:
    one = salon.tx.find(Appointment, made_id(name))
    assert one is not None
    return one


def names(salon: Salon, name: str) -> list[str]:
    taken = [salon.tx.find(Resource, one) for one in found(salon, name).resources]
    return [one.name for one in taken if one]


def test_the_first_that_are_free_are_taken_and_then_the_next(salon: Salon) -> None:
    for name in ("first", "second"):
        assert salon.book(name, segments=[wish(PEEL)]).outcome is OutcomeKind.APPLIED
    assert (names(salon, "first"), names(salon, "second")) == (["Ana", "Room 1"], ["Ben", "Room 2"])
    refused = salon.book("third", segments=[wish(PEEL)])
    assert (refused.code, refused.details) == (Code.SLOT_TAKEN, {"kind": "STAFF", "pool": "", "count": 1})


def test_what_may_be_exchanged_is_another_where_it_is_taken_and_that_is_told(salon: Salon) -> None:
    salon.book("first", segments=[wish(PEEL, ANA, ROOMS[0])])
    second = salon.book("second", segments=[wish(PEEL, BEN, ROOMS[0], exchangeable=[ROOMS[0].id])])
    assert second.outcome is OutcomeKind.ADJUSTED
    assert second.adjusted == {"exchanged": [ROOMS[0].id], "taken": [ROOMS[1].id]}
    assert names(salon, "second") == ["Ben", "Room 2"]


@pytest.mark.parametrize("named", [ROOMS[1].id, made_id("a room of another business")])
def test_what_nobody_named_is_not_told_to_have_been_exchanged(salon: Salon, named: str) -> None:
    booked = salon.book("first", segments=[wish(PEEL, ANA, ROOMS[0], exchangeable=[named])])
    assert (booked.outcome, booked.adjusted) == (OutcomeKind.APPLIED, None)


def test_what_was_chosen_by_hand_is_never_exchanged(salon: Salon) -> None:
    salon.book("first", segments=[wish(PEEL, ANA, ROOMS[0])])
    assert salon.book("second", segments=[wish(PEEL, BEN, ROOMS[0])]).code is Code.SLOT_TAKEN


def test_a_service_that_says_nothing_of_what_it_needs_is_done_by_a_person(salon: Salon) -> None:
    salon.book("first", segments=[wish(CUT)])
    salon.book("second", segments=[wish(CUT, ANA, exchangeable=[ANA.id])])
    assert (names(salon, "first"), names(salon, "second")) == (["Ana"], ["Ben"])


def test_a_need_that_the_location_cannot_meet_is_another_refusal_than_a_taken_slot(salon: Salon) -> None:
    sauna = replace(PEEL, id=ServiceId(made_id("sauna")), needs=(Need(kind=ResourceKind.ROOM, pool="Sauna"),))
    salon.tx.apply(Changes(put=(sauna,)))
    assert salon.book("first", segments=[wish(sauna)]).code is Code.NEED_UNMET


@pytest.mark.parametrize("service", [PEEL, FACIAL])
def test_a_need_that_nobody_meets_is_told_as_it_is_whoever_has_terms(salon: Salon, service: Service) -> None:
    needs = (Need(kind=ResourceKind.STAFF, pool="Doctors", count=2), service.needs[1])
    salon.tx.apply(Changes(put=(replace(service, needs=needs),)))
    refused = salon.book("first", segments=[wish(service)])
    assert (refused.code, refused.details) == (Code.NEED_UNMET, {"kind": "STAFF", "pool": "Doctors", "count": 2})


def test_who_alone_can_do_a_part_is_left_for_it_where_another_can_do_the_rest(salon: Salon) -> None:
    led = Need(kind=ResourceKind.STAFF, any_of=(ANA.id,))
    pair = replace(PEEL, id=ServiceId(made_id("pair")), needs=(Need(kind=ResourceKind.STAFF), led))
    salon.tx.apply(Changes(put=(pair,)))
    assert salon.book("first", segments=[wish(pair)]).outcome is OutcomeKind.APPLIED
    assert names(salon, "first") == ["Ben", "Ana"]


def test_where_both_parts_are_one_persons_alone_it_is_taken(salon: Salon) -> None:
    led = Need(kind=ResourceKind.STAFF, any_of=(ANA.id,))
    both = replace(PEEL, id=ServiceId(made_id("both")), needs=(led, led, Need(kind=ResourceKind.STAFF)))
    salon.tx.apply(Changes(put=(both,)))
    assert salon.book("first", segments=[wish(both)]).code is Code.SLOT_TAKEN


def test_length_and_price_are_those_of_whoever_does_it(salon: Salon) -> None:
    salon.book("first", segments=[wish(FACIAL)])
    salon.book("second", segments=[wish(FACIAL)])
    first, second = found(salon, "first").segments[0], found(salon, "second").segments[0]
    assert [(one.minutes, one.price) for one in (first, second)] == [(45, 5000), (60, 6500)]


def test_terms_hold_where_another_person_was_named_for_another_need(salon: Salon) -> None:
    helper = Need(kind=ResourceKind.STAFF, any_of=(BEN.id,))
    led = Need(kind=ResourceKind.STAFF, any_of=(ANA.id,))
    pair = replace(FACIAL, id=ServiceId(made_id("pair")), needs=(led, helper))
    salon.tx.apply(Changes(put=(pair,)))
    assert salon.book("first", segments=[wish(pair, BEN)]).outcome is OutcomeKind.APPLIED
    assert found(salon, "first").segments[0].minutes == 45


def test_two_of_a_kind_are_found_where_one_of_them_has_terms(salon: Salon) -> None:
    two = replace(FACIAL, id=ServiceId(made_id("two")), needs=(Need(kind=ResourceKind.STAFF, count=2),))
    salon.tx.apply(Changes(put=(two,)))
    assert salon.book("first", segments=[wish(two)]).outcome is OutcomeKind.APPLIED
    assert names(salon, "first") == ["Ana", "Ben"]


def test_who_is_free_for_a_phase_only_is_not_taken_for_all_of_it(salon: Salon) -> None:
    needs = (Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.STAFF, during=During.ACTIVE))
    long = replace(PEEL, id=ServiceId(made_id("long")), processing=60, needs=needs)
    salon.tx.apply(Changes(put=(long,)))
    salon.book("later", TEN.replace(minute=45), segments=[{"service_id": CUT.id, "resources": [BEN.id]}])
    assert salon.book("first", segments=[wish(long)]).outcome is OutcomeKind.APPLIED
    assert [part.resource_id for part in found(salon, "first").segments[0].parts] == [BEN.id]


def test_several_services_in_a_row_stay_with_the_same_people(salon: Salon) -> None:
    salon.book("first", segments=[wish(PEEL, BEN), wish(FACIAL), wish(CUT)])
    visit = found(salon, "first")
    assert [one.resources[0] for one in visit.segments] == [BEN.id, BEN.id, BEN.id]
    assert visit.segments[1].resources[1] == visit.segments[0].resources[1]
    assert (visit.ends_at - visit.starts_at).seconds // 60 == 30 + 60 + 45


@pytest.mark.parametrize("again", [(ANA, BEN), (BEN, ANA), (ANA, BEN, ANA), (ANA,), (BEN,)])
def test_one_service_twice_keeps_for_each_what_it_was_booked_with(salon: Salon, again: tuple[Resource, ...]) -> None:
    salon.book("first", segments=[{**wish(FACIAL, one), "fill": False} for one in (ANA, BEN)])
    booked = {one.resources[0]: one for one in found(salon, "first").segments}
    assert [(one.price, one.active) for one in booked.values()] == [(5000, 45), (6500, 60)]
    dearer = replace(FACIAL, price=9900, terms=())
    salon.tx.apply(Changes(put=(dearer,)))
    moved = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked"), start=wire(TEN),
        segments=[{"service_id": FACIAL.id, "resources": [one.id]} for one in again],
    )  # fmt: skip
    assert moved.outcome is OutcomeKind.APPLIED
    told = [(one.resources[0], one.price, one.active) for one in found(salon, "first").segments[:2]]
    assert told == [(one.id, booked[one.id].price, booked[one.id].active) for one in again[:2]]
    assert found(salon, "first").price == sum(one.price for one in found(salon, "first").segments)


def test_one_of_several_services_that_does_not_fit_refuses_them_all(salon: Salon) -> None:
    for number, one in enumerate((ANA, BEN)):
        salon.book(f"later-{number}", TEN.replace(minute=45), segments=[{"service_id": CUT.id, "resources": [one.id]}])
    assert salon.book("first", segments=[wish(PEEL), wish(PEEL)]).code is Code.SLOT_TAKEN
    assert salon.tx.find(Appointment, made_id("first")) is None
