"""Why a visit cannot stand where it is asked for: each rule by itself, and all of them at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import AppointmentId, HoursExceptionId, HoursRuleId, OwnerId, ResourceId, Span, TimeBlockId
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.model.resource import ResourceKind
from shared.model.service import Need
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules.plans import DEFAULTS, plan_row
from shared.rules.slots import Ask, find_slots
from shared.rules.why_not import why_not
from shared.store import Changes
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, MIRA, NOW, TEN, Salon, made_id

HOUR = timedelta(hours=1)
TUESDAY = date(2026, 5, 5)


@pytest.fixture
def salon() -> Salon:
    return Salon()


def put(salon: Salon, *rows: HoursRule | HoursException | TimeBlock) -> None:
    salon.tx.apply(Changes(put=rows))


def ask(*resources: ResourceId, party: int = 1, fill: bool = False) -> Ask:
    """A cut of Mira's, with these."""
    visit = Appointment(
        id=AppointmentId(made_id("wished")), customer_id=MIRA.id, location_id=LOCATION.id, starts_at=TEN, ends_at=TEN,
        zone=LOCATION.zone, wall_start="", segments=(), status=Status.BOOKED, source=Source.DESK, notes="", price=0,
        currency="EUR", steps=(), party=party,
    )  # fmt: skip
    return Ask(visit=visit, services=(SegmentWish(service_id=CUT.id, resources=resources, fill=fill),))


def told(salon: Salon, wish: Ask, *, at: datetime = NOW, role: Role = Role.TENANT_STAFF) -> Sequence[Refusal]:
    return why_not(salon.tx, wish, TEN, at=at, role=role)


def hours(salon: Salon) -> None:
    rule = HoursRule(
        id=HoursRuleId(made_id("rule")), owner_id=OwnerId(ANA.id), weekday=1, opens=11 * 60, closes=18 * 60
    )  # fmt: skip
    put(salon, rule)


def holiday(salon: Salon) -> None:
    owner = OwnerId(LOCATION.id)
    row = HoursException(
        id=HoursExceptionId(made_id("holiday")), owner_id=owner, day=TUESDAY, opens=None, closes=None
    )  # fmt: skip
    put(salon, row)


def block(salon: Salon) -> None:
    row = TimeBlock(
        id=TimeBlockId(made_id("block")), resource_id=ANA.id, starts_at=TEN, ends_at=TEN + HOUR, reason="Leave"
    )  # fmt: skip
    put(salon, row)


def another_visit(salon: Salon) -> None:
    salon.book("other")


def their_buffer(salon: Salon) -> None:
    """It ends as the wished one begins, and five minutes are kept after it."""
    salon.book("other", TEN - timedelta(minutes=45))


def our_buffer(salon: Salon) -> None:
    salon.book("other", TEN + timedelta(minutes=45))


def horizon(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, max_advance=0),)))


def limit(salon: Salon) -> None:
    salon.book("first of the month", TEN + 5 * HOUR)
    free = DEFAULTS[Tier.FREE]
    full = replace(free, limits={**free.limits, Limit.APPOINTMENTS_A_MONTH: 1})
    salon.tx.apply(Changes(put=(plan_row(BUSINESS.id, Tier.FREE, full),)))


def blocked_customer(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(MIRA, blocked=True),)))


RULES: dict[str, tuple[Callable[[Salon], None], Code, dict[str, object]]] = {
    "hours": (hours, Code.OUTSIDE_HOURS, {"resource": ANA.id}),
    "a holiday": (holiday, Code.OUTSIDE_HOURS, {"resource": LOCATION.id}),
    "a block": (block, Code.BLOCKED, {"resource": ANA.id, "reason": "Leave"}),
    "another visit": (another_visit, Code.SLOT_TAKEN, {"whose": MIRA.name, "buffer": ""}),
    "their buffer": (their_buffer, Code.SLOT_TAKEN, {"resource": ANA.id, "buffer": "theirs"}),
    "our buffer": (our_buffer, Code.SLOT_TAKEN, {"resource": ANA.id, "buffer": "ours"}),
    "the horizon": (horizon, Code.TOO_FAR_AHEAD, {"days": 0}),
    "the plan's limit": (limit, Code.LIMIT_REACHED, {"limit": "appointments_a_month", "most": 1}),
    "the customer": (blocked_customer, Code.CUSTOMER_BLOCKED, {}),
}


def has(refusal: Refusal, details: dict[str, object]) -> bool:
    return refusal.details.items() >= details.items()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_in_the_way_is_named_and_nothing_else(salon: Salon, rule: str) -> None:
    assert told(salon, ask(ANA.id)) == ()
    stand, code, details = RULES[rule]
    stand(salon)
    (one,) = told(salon, ask(ANA.id))
    assert one.code is code
    assert has(one, details)


def test_all_of_them_are_named_at_once(salon: Salon) -> None:
    their_buffer(salon)
    for stand in (hours, holiday, block, horizon, limit, blocked_customer):
        stand(salon)
    found = told(salon, ask(ANA.id))
    wanted = {name: RULES[name] for name in RULES if name not in ("another visit", "our buffer")}
    missing = [
        name
        for name, (_, code, details) in wanted.items()
        if not any(one.code is code and has(one, details) for one in found)
    ]
    assert missing == []
    assert len(found) == len(wanted)


@pytest.mark.parametrize(("minutes", "code"), [(119, Code.TOO_SOON), (120, None)])
def test_a_customer_is_held_to_the_notice_and_the_desk_is_not(salon: Salon, minutes: int, code: Code | None) -> None:
    at = TEN - timedelta(minutes=minutes)
    assert [one.code for one in told(salon, ask(ANA.id), at=at, role=Role.CUSTOMER)] == ([code] if code else [])
    assert told(salon, ask(ANA.id), at=at) == ()
    assert salon.book("by herself", role=Role.CUSTOMER, at=at).code is code
    assert salon.book("at the desk", TEN + 2 * HOUR, at=TEN + 2 * HOUR).code is None


def test_free_slots_begin_after_the_notice_of_a_customer_and_at_once_at_the_desk(salon: Salon) -> None:
    at, window = TEN - timedelta(minutes=61), Span(TEN - HOUR, TEN + 6 * HOUR)
    first = {
        role: find_slots(salon.tx, ask(ANA.id), window, at=at, role=role, count=1)[0].starts_at
        for role in (Role.CUSTOMER, Role.TENANT_STAFF)
    }
    # 8:59 and two hours; the starts are a quarter of an hour apart.
    assert first == {Role.CUSTOMER: TEN + HOUR, Role.TENANT_STAFF: TEN - HOUR}


def test_the_last_start_is_as_far_ahead_as_the_business_books(salon: Salon) -> None:
    last = NOW + timedelta(days=BUSINESS.max_advance)
    assert salon.book("last", last).code is None
    assert salon.book("too far", last + timedelta(minutes=1)).code is Code.TOO_FAR_AHEAD


def test_places_that_are_taken_are_counted(salon: Salon) -> None:
    hall = replace(ANA, id=ResourceId(made_id("hall")), name="Hall", kind=ResourceKind.ROOM, capacity=3, member_id=None)
    salon.tx.apply(Changes(put=(hall, replace(CUT, capacity=3))))
    salon.book("other", party=2, segments=[{"service_id": CUT.id, "resources": [hall.id]}])
    (one,) = told(salon, ask(hall.id, party=2))
    assert (one.code, one.details["capacity"], one.details["taken"], one.details["wanted"]) == (
        Code.SLOT_TAKEN, 3, 2, 2,
    )  # fmt: skip


def test_where_nobody_is_free_it_says_of_each_why(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(CUT, needs=(Need(kind=ResourceKind.STAFF),)),)))
    block(salon)
    salon.book("bens", segments=[{"service_id": CUT.id, "resources": [BEN.id]}])
    found = told(salon, ask(fill=True))
    assert [(one.code, one.details.get("resource")) for one in found] == [
        (Code.SLOT_TAKEN, None), (Code.BLOCKED, ANA.id), (Code.SLOT_TAKEN, BEN.id),
    ]  # fmt: skip


def test_a_request_that_holds_nothing_stands_where_another_visit_does(salon: Salon) -> None:
    another_visit(salon)
    asks = ask(ANA.id)
    request = replace(asks, visit=replace(asks.visit, status=Status.REQUESTED))
    assert [one.code for one in told(salon, request)] == [Code.SLOT_TAKEN]
    salon.tx.apply(Changes(put=(replace(BUSINESS, requests_hold=False),)))
    assert told(salon, request) == ()
    blocked_customer(salon)
    assert [one.code for one in told(salon, request)] == [Code.CUSTOMER_BLOCKED]


def test_somebody_who_is_gone_is_told_and_nothing_else_of_them(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(ANA, archived=True),)))
    for stand in (another_visit, block):
        stand(salon)
    (one,) = told(salon, ask(ANA.id))
    assert (one.code, one.details["name"]) == (Code.ARCHIVED, ANA.name)
    (one,) = told(salon, ask(ResourceId(made_id("nobody"))))
    assert (one.code, one.details["subject"]) == (Code.NOT_FOUND, made_id("nobody"))


def test_what_nothing_here_can_meet_is_told_once_beside_the_rest(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(CUT, needs=(Need(kind=ResourceKind.ROOM, pool="Sauna"),)),)))
    for stand in (blocked_customer, another_visit, block):
        stand(salon)
    found = told(salon, ask(fill=True))
    assert [one.code for one in found] == [Code.CUSTOMER_BLOCKED, Code.NEED_UNMET]


def test_a_holiday_is_told_once_however_many_could_have_done_it(salon: Salon) -> None:
    for one in (ANA, BEN):
        salon.book(f"of {one.name}", segments=[{"service_id": CUT.id, "resources": [one.id]}])
    holiday(salon)
    assert [(one.code, one.details.get("resource")) for one in told(salon, ask(fill=True))] == [
        (Code.SLOT_TAKEN, None), (Code.OUTSIDE_HOURS, LOCATION.id), (Code.SLOT_TAKEN, ANA.id),
        (Code.SLOT_TAKEN, BEN.id),
    ]  # fmt: skip


def test_where_no_room_is_free_nothing_is_told_of_people_who_are_not_needed(salon: Salon) -> None:
    room = replace(ANA, id=ResourceId(made_id("room")), kind=ResourceKind.ROOM, name="Room 1", member_id=None, pool="A")
    needs = (Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="A"))
    other = replace(room, id=ResourceId(made_id("other room")), name="Room 2", position=1)
    salon.tx.apply(Changes(put=(room, other, replace(CUT, needs=needs))))
    for one in (room, other):
        salon.book(f"in {one.name}", segments=[{"service_id": None, "resources": [one.id], "minutes": 30}])
    away = TimeBlock(
        id=TimeBlockId(made_id("bens")), resource_id=BEN.id, starts_at=TEN, ends_at=TEN + HOUR, reason="Leave"
    )  # fmt: skip
    put(salon, away)
    assert [(one.code, one.details.get("resource")) for one in told(salon, ask(fill=True))] == [
        (Code.SLOT_TAKEN, None), (Code.SLOT_TAKEN, room.id), (Code.SLOT_TAKEN, other.id),
    ]  # fmt: skip


def test_of_several_services_only_those_are_told_of_that_others_could_have_done(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(CUT, needs=(Need(kind=ResourceKind.STAFF),)),)))
    later = TEN + timedelta(minutes=45 + 30)
    for one in (ANA, BEN):
        salon.book(f"of {one.name}", later, segments=[{"service_id": CUT.id, "resources": [one.id]}])
    # Ana would be in the way of a first part that is Ben's; but nobody looked for another one there.
    put(salon, TimeBlock(id=TimeBlockId(made_id("anas")), resource_id=ANA.id, starts_at=TEN, ends_at=later, reason="-"))
    bens, talk, last = (
        SegmentWish(service_id=CUT.id, resources=(BEN.id,), exchangeable=(BEN.id,)),
        SegmentWish(service_id=None, resources=(BEN.id,), minutes=30),
        SegmentWish(service_id=CUT.id, resources=(), fill=True),
    )
    found = told(salon, replace(ask(), services=(bens, talk, last)))
    assert [(one.code, one.details.get("resource")) for one in found] == [
        (Code.SLOT_TAKEN, None), (Code.SLOT_TAKEN, BEN.id), (Code.SLOT_TAKEN, ANA.id),
    ]  # fmt: skip


def test_nobody_else_is_named_to_a_customer(salon: Salon) -> None:
    another_visit(salon)
    (one,) = told(salon, ask(ANA.id), role=Role.CUSTOMER)
    assert (one.code, one.details["whose"]) == (Code.SLOT_TAKEN, "")
