"""Free slots: exactly the starts that booking would take, in every zone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dates import Dates
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import AppointmentId, HoursRuleId, OwnerId, ResourceId, ServiceId, Span, TimeBlockId
from shared.model.hours import HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.appointment.arguments import Reschedule, SegmentWish, WasBooked
from shared.mutations.appointment.wish import asked_by
from shared.rules import booking, hours, planning, wall_time
from shared.rules.plans import DEFAULTS, plan_row
from shared.rules.slots import Ask, Wishes, find_slots
from shared.rules.why_not import why_not
from shared.store import Changes
from shared.texts import sentence
from tests.support.random_book import RandomBook, random_book
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, NOW, TEN, Salon, made_id

DAYS = [
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
    ("Europe/London", date(2026, 3, 29)), ("Europe/London", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Africa/Cairo", date(2026, 4, 24)), ("Africa/Cairo", date(2026, 10, 29)),
    ("America/Santiago", date(2026, 4, 4)), ("America/Santiago", date(2026, 9, 6)),
    ("Asia/Kathmandu", date(2026, 5, 5)), ("Pacific/Apia", date(2026, 4, 5)),
]  # fmt: skip


def brute_force(book: RandomBook, ask: Ask, window: Span, wishes: Wishes) -> list[Appointment]:
    """Every minute of the window at which the book offers a start and takes the visit."""
    found, start = [], window.start
    while start < window.end:
        if on_grid(book, start) and (taken := tried(book, ask, start, wishes)) is not None:
            found.append(taken)
        start += timedelta(minutes=1)
    return found


def on_grid(book: RandomBook, start: datetime) -> bool:
    """Whether the clock on the wall shows an opening of the location or some steps after one."""
    local, owners = wall_time.local(start, book.location.zone), [OwnerId(book.location.id)]
    minute, step = local.hour * 60 + local.minute, book.tx.business().slot_step
    for behind in (0, 1):
        day, since = local.date() - timedelta(days=behind), minute + behind * 1440
        openings = hours.openings_of(book.tx.hours(owners), book.tx.exceptions(owners, day, day), day)
        if any(opens <= since < closes and (since - opens) % step == 0 for opens, closes in openings):
            return True
    return False


def tried(book: RandomBook, ask: Ask, start: datetime, wishes: Wishes) -> Appointment | None:
    """The visit as booking takes it at a start; None where it does not, or where it was not wished for."""
    nobody_else = partial(booking.free_places, book.tx)

    def free(visit: object, segment: object, resource: object, during: object) -> int:
        others = wishes.people and resource.kind is ResourceKind.STAFF and resource.id not in wishes.people  # type: ignore[attr-defined]
        return 0 if others else nobody_else(visit, segment, resource, during)  # type: ignore[arg-type]

    try:
        made = ask.at(book.tx, start, free=free)
        booking.place(book.tx, made, at=book.at, role=Role.TENANT_OWNER)
        planning.require_party(book.tx, made)
    except Refusal:
        return None
    begins, ends = (wall_time.local(one, made.zone) for one in (made.starts_at, made.ends_at))
    day_after = ends.date() != begins.date()
    in_time = wishes.latest >= 1440 or (not day_after and ends.hour * 60 + ends.minute <= wishes.latest)
    on_day = not wishes.weekdays or begins.weekday() in wishes.weekdays
    return made if on_day and in_time and wishes.earliest <= begins.hour * 60 + begins.minute else None


def asked(book: RandomBook, dice: Random) -> Ask:
    """A wish that some start could mend."""
    return Ask(visit=book.visit("wished", party=dice.choice((1, 1, 2, 4))), services=book.wish(dice))


def asked_or_moved(book: RandomBook, dice: Random) -> Ask:
    """The same, or a visit that there is: as it stands, or for another party, with other people, or something more."""
    there = book.tx.all(Appointment)
    if not there or dice.random() < 0.5:
        return asked(book, dice)
    visit = dice.choice(there)
    if dice.random() < 0.3:
        return Ask(visit=visit)
    if dice.random() < 0.2:
        # Of what is gone it keeps what was booked.
        book.tx.apply(Changes(removed=((Service, visit.segments[0].service_id or ""),)))
    again = [
        SegmentWish(
            service_id=one.service_id,
            resources=dice.choice((one.resources, one.resources[:1])),
            minutes=dice.choice((None, None, one.minutes + 5)),
            fill=dice.random() < 0.5,
            exchangeable=dice.choice(((), one.resources[1:])),
        )
        for one in visit.segments
    ]
    more = book.wish(dice)[:1] if dice.random() < 0.3 else ()
    return Ask(visit=replace(visit, party=dice.choice((visit.party, visit.party, 2))), services=(*again, *more))


def wishes_by_chance(book: RandomBook, dice: Random) -> Wishes:
    people = [one.id for one in book.resources if one.kind is ResourceKind.STAFF]
    return Wishes(
        people=tuple(dice.sample(people, dice.choice((0, 0, 1, 2)))),
        weekdays=tuple(sorted(dice.sample(range(7), 5))) if dice.random() < 0.3 else (),
        earliest=dice.choice((0, 0, 600)),
        latest=dice.choice((1440, 1440, 1000)),
    )


def found_by_rules(book: RandomBook, ask: Ask, window: Span, wishes: Wishes) -> Sequence[Appointment]:
    try:
        return find_slots(book.tx, ask, window, wishes, at=book.at, role=Role.TENANT_OWNER, count=10_000)
    except Refusal:
        return ()


@settings(max_examples=60)
@given(where=st.sampled_from(DAYS), seed=st.integers(0, 2**32))
def test_slots_are_exactly_what_booking_takes(where: tuple[str, date], seed: int) -> None:
    dice = Random(seed)
    book = random_book(dice, *where)
    ask, wishes = asked_or_moved(book, dice), wishes_by_chance(book, dice)
    midnight = wall_time.minute_of(book.day, 0, where[0])
    window = Span(midnight - timedelta(hours=3), midnight + timedelta(hours=30))
    assert list(found_by_rules(book, ask, window, wishes)) == brute_force(book, ask, window, wishes)


@settings(max_examples=60)
@given(where=st.sampled_from(DAYS), seed=st.integers(0, 2**32))
def test_a_slot_is_booked_as_it_was_offered(where: tuple[str, date], seed: int) -> None:
    dice = Random(seed)
    book = random_book(dice, *where)
    ask = asked(book, dice)
    midnight = wall_time.minute_of(book.day, 0, where[0])
    for slot in found_by_rules(book, ask, Span(midnight, midnight + timedelta(hours=30)), Wishes())[:5]:
        named = [
            SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes, fill=True)
            for one in slot.segments
        ]
        loose = [
            replace(one, exchangeable=tuple(other for other in one.resources if other not in wish.resources))
            for one, wish in zip(named, ask.services, strict=True)
        ]
        for services in (named, loose):
            again = replace(ask, services=tuple(services)).at(book.tx, slot.starts_at)
            assert set(again.resources) == set(slot.resources)
            booking.place(book.tx, again, at=book.at, role=Role.TENANT_OWNER)


@settings(max_examples=60)
@given(where=st.sampled_from(DAYS), seed=st.integers(0, 2**32))
def test_something_is_in_the_way_exactly_where_booking_refuses(where: tuple[str, date], seed: int) -> None:
    dice = Random(seed)
    book = random_book(dice, *where)
    ask = asked_or_moved(book, dice)
    midnight = wall_time.minute_of(book.day, 0, where[0])
    for _ in range(8):
        start = midnight + timedelta(minutes=dice.randrange(-120, 2000, 5))
        told = why_not(book.tx, ask, start, at=book.at, role=Role.TENANT_OWNER)
        assert bool(told) is (tried(book, ask, start, Wishes()) is None)
        assert all(sentence(one.code, one.details, Dates(zone=where[0], locale="en-US")) for one in told)


# One by one

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HALL = replace(
    ANA, id=ResourceId(made_id("hall")), name="Hall", kind=ResourceKind.ROOM, capacity=6, position=5, member_id=None
)  # fmt: skip
CLASS = replace(CUT, id=ServiceId(made_id("class")), name="Yoga", active=60, after=0, capacity=10)


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(HALL, CLASS)))
    return made


def wanted(*services: SegmentWish, party: int = 1) -> Ask:
    """A new visit with these."""
    visit = Appointment(
        id=AppointmentId(made_id("wished")), customer_id=None, location_id=LOCATION.id, starts_at=TEN, ends_at=TEN,
        zone=LOCATION.zone, wall_start="", segments=(), status=Status.BOOKED, source=Source.DESK, notes="", price=0,
        currency="EUR", steps=(), party=party,
    )  # fmt: skip
    return Ask(visit=visit, services=services)


def moved(salon: Salon, name: str, *services: SegmentWish, party: int | None = None) -> Ask:
    """A visit that there is, for which somebody looks for another place."""
    args = Reschedule(
        appointment_id=AppointmentId(made_id(name)), was=WasBooked(status=Status.BOOKED, start=TEN), start=TEN,
        segments=services or None, party=party,
    )  # fmt: skip
    return asked_by(salon.tx, args)


def by(*resources: Resource, of: Service | None = CUT, **more: Any) -> SegmentWish:
    return SegmentWish(service_id=None if of is None else of.id, resources=tuple(one.id for one in resources), **more)


def free(
    salon: Salon,
    ask: Ask,
    wishes: Wishes | None = None,
    *,
    since: datetime = TEN,
    until: datetime = TEN + DAY,
    count: int = 2,
) -> list[int]:
    """When it could be, in minutes from ten."""
    found = find_slots(salon.tx, ask, Span(since, until), wishes, at=NOW, role=Role.TENANT_STAFF, count=count)
    return [(one.starts_at - TEN) // MINUTE for one in found]


def opens(salon: Salon, since: int, until: int, weekday: int = 1) -> None:
    """The hours of Tuesdays, or another day, and no others."""
    rule = HoursRuleId(made_id("rule"))
    row = HoursRule(id=rule, owner_id=OwnerId(LOCATION.id), weekday=weekday, opens=since, closes=until)
    salon.tx.apply(Changes(put=(row,)))


def away(salon: Salon, one: Resource, since: datetime, until: datetime) -> None:
    row = TimeBlockId(made_id(f"{one.id} {since}"))
    salon.tx.apply(Changes(put=(
        TimeBlock(id=row, resource_id=one.id, starts_at=since, ends_at=until, reason="Away"),
    )))  # fmt: skip


def test_a_visit_that_is_moved_is_not_in_its_own_way_and_others_are(salon: Salon) -> None:
    salon.book("mine")
    salon.book("other", TEN + 60 * MINUTE)
    assert free(salon, moved(salon, "mine")) == [0, 120]
    assert free(salon, moved(salon, "mine", by(ANA))) == [0, 120]


def test_a_visit_that_is_moved_takes_as_long_as_it_was_booked_for(salon: Salon) -> None:
    salon.book("mine")
    salon.tx.apply(Changes(put=(replace(CUT, active=90),)))
    opens(salon, 10 * 60, 11 * 60)
    assert free(salon, moved(salon, "mine"), count=9) == free(salon, moved(salon, "mine", by(ANA)), count=9) == [0, 15]
    assert free(salon, wanted(by(ANA))) == []


def test_of_one_service_twice_each_takes_as_long_as_its_own_was_booked_for(salon: Salon) -> None:
    terms = (Terms(resource_id=ANA.id, active=40), Terms(resource_id=BEN.id, active=60))
    salon.tx.apply(Changes(put=(replace(CUT, after=0, terms=terms),)))
    both = [{"service_id": CUT.id, "resources": [one.id]} for one in (ANA, BEN)]
    assert salon.book("both", segments=both).code is None
    opens(salon, 10 * 60, 11 * 60 + 40)
    assert free(salon, moved(salon, "both")) == free(salon, moved(salon, "both", by(ANA), by(BEN))) == [0]


def test_a_smaller_party_takes_fewer_places_of_what_no_service_names(salon: Salon) -> None:
    talk = [{"service_id": None, "resources": [HALL.id], "minutes": 60}]
    assert salon.book("talk", party=5, title="Talk", segments=talk).code is None
    assert salon.book("yoga", TEN + 60 * MINUTE, party=4, segments=[
        {"service_id": CLASS.id, "resources": [HALL.id]},
    ]).code is None  # fmt: skip
    assert free(salon, moved(salon, "talk")) == [0, 120]
    assert free(salon, moved(salon, "talk", by(HALL, of=None), party=2)) == [0, 15]


def test_where_a_service_is_gone_who_is_needed_for_a_part_of_it_is_looked_for_in_that_part(salon: Salon) -> None:
    hands_on = Need(kind=ResourceKind.STAFF, during=During.HANDS_ON)
    tint = replace(CUT, processing=60, finishing=15, after=0, needs=(hands_on,))
    salon.tx.apply(Changes(put=(tint,)))
    assert salon.book("tint").code is None
    short = [{"service_id": None, "resources": [ANA.id], "minutes": 60}]
    assert salon.book("meanwhile", TEN + 45 * MINUTE, segments=short).code is None
    salon.tx.apply(Changes(removed=((Service, CUT.id),)))
    for ask in (moved(salon, "tint"), moved(salon, "tint", by(ANA))):
        assert free(salon, ask) == [0, 105]


@pytest.mark.parametrize(
    ("wishes", "starts"),
    [
        (Wishes(), [0, 15, 30, 45, 60, 75]),
        (Wishes(earliest=10 * 60 + 1), [15, 30, 45, 60, 75]),
        (Wishes(earliest=10 * 60 + 15, latest=11 * 60), [15]),
        (Wishes(latest=10 * 60 + 44), []),
        (Wishes(weekdays=(1,)), [0, 15, 30, 45, 60, 75]),
        (Wishes(weekdays=(0, 2)), []),
        (Wishes(people=(BEN.id,)), [30, 45, 60, 75]),
    ],
)
def test_starts_are_those_that_were_wished_for(salon: Salon, wishes: Wishes, starts: list[int]) -> None:
    opens(salon, 10 * 60, 12 * 60)
    salon.tx.apply(Changes(put=(replace(CUT, after=0),)))
    away(salon, BEN, TEN, TEN + 30 * MINUTE)
    assert free(salon, wanted(by(fill=True)), wishes, count=99) == starts


def test_who_wants_to_be_home_by_an_hour_does_not_stay_over_midnight(salon: Salon) -> None:
    opens(salon, 23 * 60, 26 * 60)
    every = range(13 * 60, 15 * 60 + 30, 15)
    assert free(salon, wanted(by(ANA)), count=99) == [*every]
    by_midnight = free(salon, wanted(by(ANA)), Wishes(latest=23 * 60 + 59), count=99)
    # From eleven to a quarter to twelve, and then those of the next day.
    assert by_midnight == [13 * 60, *(one for one in every if one >= 14 * 60)]


def test_what_was_named_and_meets_a_need_is_enough_for_it(salon: Salon) -> None:
    room = Need(kind=ResourceKind.ROOM, any_of=(HALL.id,))
    salon.tx.apply(Changes(put=(replace(CUT, after=0, needs=(Need(kind=ResourceKind.STAFF), room)),)))
    away(salon, BEN, TEN, TEN + DAY)
    away(salon, ANA, TEN, TEN + 20 * MINUTE)
    away(salon, HALL, TEN + 80 * MINUTE, TEN + 100 * MINUTE)
    for since, until in ((125, 130), (0, 10)):
        away(salon, HALL, TEN + since * MINUTE, TEN + until * MINUTE)
    opens(salon, 10 * 60, 13 * 60)
    assert free(salon, wanted(by(ANA, fill=True)), count=99) == [30, 135]


@pytest.mark.parametrize(
    ("day", "walls"),
    [
        (date(2026, 3, 29), "01:30 03:00 03:30 04:00 04:30"),
        (date(2026, 10, 25), "01:30 02:00 02:30 02:00 02:30 03:00 03:30 04:00 04:30"),
    ],
)
def test_an_hour_that_is_skipped_has_no_starts_and_one_that_comes_twice_has_them_twice(
    salon: Salon, day: date, walls: str
) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, slot_step=30), replace(CUT, active=30, after=0))))
    opens(salon, 90, 5 * 60, weekday=6)
    midnight = wall_time.minute_of(day, 0, LOCATION.zone)
    found = find_slots(
        salon.tx, wanted(by(ANA)), Span(midnight, midnight + DAY), at=midnight - DAY, role=Role.TENANT_STAFF,
        count=99,
    )  # fmt: skip
    assert [one.wall_start[11:16] for one in found] == walls.split()
    steps = [other.starts_at - one.starts_at for one, other in pairwise(found)]
    assert set(steps) == {30 * MINUTE}


def test_more_people_than_a_room_has_places_for_find_no_start(salon: Salon) -> None:
    salon.book("one", party=1, segments=[{"service_id": CLASS.id, "resources": [HALL.id]}])
    assert free(salon, wanted(by(HALL, of=CLASS), party=6)) == [60, 75]
    assert free(salon, wanted(by(HALL, of=CLASS), party=7)) == []


def test_nothing_is_free_beyond_what_the_business_books(salon: Salon) -> None:
    last = NOW + BUSINESS.max_advance * DAY
    assert free(salon, wanted(by(ANA)), since=last - DAY, until=last) != []
    assert free(salon, wanted(by(ANA)), since=last + MINUTE, until=last + DAY) == []


def test_where_the_month_is_full_a_visit_can_be_moved_but_none_be_added(salon: Salon) -> None:
    salon.book("mine")
    tier = DEFAULTS[Tier.FREE]
    full = replace(tier, limits={**tier.limits, Limit.APPOINTMENTS_A_MONTH: 1})
    salon.tx.apply(Changes(put=(plan_row(BUSINESS.id, Tier.FREE, full),)))
    assert free(salon, moved(salon, "mine")) == [0, 15]
    assert free(salon, wanted(by(BEN))) == []
    # Another month has room.
    assert free(salon, wanted(by(BEN)), until=TEN + 30 * DAY, count=1) == [(27 * 24 - 10) * 60]


def test_what_no_start_can_mend_is_said_instead_of_looked_for(salon: Salon) -> None:
    with pytest.raises(Refusal) as refused:
        free(salon, wanted(by(HALL), party=2))
    assert (refused.value.code, refused.value.details["what"]) == (Code.INVALID, "party")
    two = replace(CUT, needs=(Need(kind=ResourceKind.STAFF, count=3),))
    salon.tx.apply(Changes(put=(two,)))
    with pytest.raises(Refusal) as refused:
        free(salon, wanted(by(fill=True)))
    assert refused.value.code is Code.NEED_UNMET


# Each of ten people does it at their own pace, and all but the last are away.

CROWD = [
    replace(BEN, id=ResourceId(made_id(f"one of ten {number}")), name=f"{number}", position=10 + number)
    for number in range(10)
]
PACED = replace(
    CUT, after=0, needs=(Need(kind=ResourceKind.STAFF, any_of=tuple(one.id for one in CROWD)),),
    terms=tuple(Terms(resource_id=one.id, active=20 + number) for number, one in enumerate(CROWD)),
)  # fmt: skip


@pytest.mark.parametrize("times", [1, 2, 20])
def test_however_many_paces_there_are_the_next_start_is_found(salon: Salon, times: int) -> None:
    salon.tx.apply(Changes(put=(PACED, *CROWD)))
    for one in CROWD:
        away(salon, one, NOW, TEN + (DAY if one is not CROWD[-1] else 50 * MINUTE))
    ask = wanted(*[by(of=PACED, fill=True)] * times)
    (found,) = find_slots(salon.tx, ask, Span(TEN, TEN + 80 * MINUTE), at=NOW, role=Role.TENANT_STAFF, count=1)
    assert found.starts_at == TEN + 60 * MINUTE
    assert [(one.resources, one.minutes) for one in found.segments] == [((CROWD[-1].id,), 29)] * times
