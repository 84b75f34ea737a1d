"""Free slots: exactly the starts that booking would take, in every zone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dates import Dates
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.base import OwnerId, Span
from shared.model.member import Role
from shared.model.resource import ResourceKind
from shared.mutations.appointment.arguments import SegmentWish
from shared.rules import booking, hours, planning, wall_time
from shared.rules.slots import Ask, Wishes, find_slots
from shared.rules.why_not import why_not
from shared.texts import sentence
from tests.support.random_book import RandomBook, random_book

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
    ask, wishes = asked(book, dice), wishes_by_chance(book, dice)
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
    ask = asked(book, dice)
    midnight = wall_time.minute_of(book.day, 0, where[0])
    for _ in range(8):
        start = midnight + timedelta(minutes=dice.randrange(-120, 2000, 5))
        told = why_not(book.tx, ask, start, at=book.at, role=Role.TENANT_OWNER)
        assert bool(told) is (tried(book, ask, start, Wishes()) is None)
        assert all(sentence(one.code, one.details, Dates(zone=where[0], locale="en-US")) for one in told)
