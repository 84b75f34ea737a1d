"""Visits that repeat: booked, gone on with, changed, ended and taken back, in every order with edits of one of them."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Code
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import MutationId, SeriesId
from shared.model.member import Role
from shared.model.plan import Feature, Tier
from shared.model.series import Series
from shared.mutations.attention import seen_of
from shared.mutations.decide import Decision, OutcomeKind, decide
from shared.mutations.inverse.table import Done, way_back
from shared.mutations.registry import Actor, Context
from shared.protocol.codec import arguments_of
from shared.rules import capacity
from shared.rules import series as rules
from shared.rules.plans import DEFAULTS, plan_row
from shared.store import Changes
from tests.support.salon import (
    ANA,
    BEN,
    BUSINESS,
    CUT,
    LOCATION,
    MIRA,
    NOW,
    OWNER_USER,
    TEN,
    Salon,
    made_id,
    wire,
)

SERIES, NEXT = made_id("series"), made_id("next series")
WEEK = timedelta(days=7)


def series_of(**changes: Any) -> dict[str, Any]:
    """The arguments of a weekly cut at Ana's, ten times."""
    return {
        "series_id": SERIES,
        "customer_id": MIRA.id,
        "location_id": LOCATION.id,
        "first": "2026-05-05T10:00:00",
        "rrule": "FREQ=WEEKLY;COUNT=10",
        "wishes": [{"service_id": CUT.id, "resources": [ANA.id]}],
        "before": wire(TEN + 52 * WEEK),
    } | changes


def change_of(**changes: Any) -> dict[str, Any]:
    """The arguments that put it an hour later from the third one on."""
    return {
        "series_id": SERIES,
        "new_id": NEXT,
        "was": "FREQ=WEEKLY;COUNT=10",
        "since": "2026-05-19T10:00:00/0",
        "first": "2026-05-19T11:00:00",
        "rrule": "FREQ=WEEKLY;COUNT=8",
        "before": wire(TEN + 52 * WEEK),
    } | changes


def at(weeks: int, hours: float = 0) -> datetime:
    return TEN + weeks * WEEK + timedelta(hours=hours)


@pytest.fixture
def salon() -> Salon:
    return Salon()


def book(salon: Salon, **changes: Any) -> Decision:
    return salon.send("series.book", **series_of(**changes))


def visits(salon: Salon, series: str = SERIES) -> list[Appointment]:
    return sorted(salon.tx.occurrences_of(series), key=lambda one: (one.starts_at, one.id))  # type: ignore[arg-type]


def standing(salon: Salon, series: str = SERIES) -> list[datetime]:
    return [one.starts_at for one in visits(salon, series) if one.status is not Status.CANCELLED]


def items(salon: Salon) -> list[AttentionItem]:
    return [one for one in salon.tx.all(AttentionItem) if one.state is AttentionState.OPEN]


def row(salon: Salon, series: str = SERIES) -> Series:
    found = salon.tx.find(Series, series)
    assert found is not None
    return found


def move_one(salon: Salon, weeks: int, hours: float, **more: Any) -> Decision:
    one = visits(salon)[weeks]
    return salon.send(
        "appointment.reschedule",
        appointment_id=one.id,
        was={"status": one.status.value, "start": wire(one.starts_at)},
        start=wire(at(weeks, hours)),
        **more,
    )


# Booking


def test_books_every_date_as_an_ordinary_visit(salon: Salon) -> None:
    assert book(salon).outcome is OutcomeKind.APPLIED
    assert standing(salon) == [at(week) for week in range(10)]
    first = visits(salon)[0]
    assert (first.original_start, first.series_id, first.price) == ("2026-05-05T10:00:00/0", SERIES, CUT.price)
    assert all(salon.tx.allocations_of(one.id) for one in visits(salon))


def test_what_is_booked_twice_is_there_once(salon: Salon) -> None:
    book(salon)
    assert book(salon).outcome is OutcomeKind.APPLIED
    assert len(visits(salon)) == 10


def test_two_of_ten_that_are_taken_are_told_and_wait_for_a_person(salon: Salon) -> None:
    salon.book("other", at(2))
    salon.book("another", at(4))
    told = book(salon)
    assert told.outcome is OutcomeKind.ADJUSTED
    assert told.adjusted is not None
    assert [(one["original"], one["code"]) for one in told.adjusted["clashes"]] == [
        ("2026-05-19T10:00:00/0", "slot_taken"),
        ("2026-06-02T10:00:00/0", "slot_taken"),
    ]
    assert len(standing(salon)) == 8
    assert [(one.name, one.code) for one in items(salon)] == [("appointment.book", "slot_taken")] * 2


def test_a_date_that_waits_is_booked_at_another_time_as_one_of_the_series(salon: Salon) -> None:
    salon.book("other", at(2))
    book(salon)
    (item,) = items(salon)
    told = salon.send("attention.resolve", item_id=item.id, choice="move", start=wire(at(2, 2)))
    assert told.code is None
    assert at(2, 2) in standing(salon)
    assert items(salon) == []


def test_all_are_refused_where_the_business_wants_it_so(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, series_clash="refuse"),)))
    salon.book("other", at(2))
    told = book(salon)
    assert (told.code, told.details and (told.details["count"], told.details["of"])) == (Code.SERIES_CLASH, (1, 10))
    assert visits(salon) == []


def test_a_series_of_which_no_date_can_be_had_is_refused(salon: Salon) -> None:
    salon.book("other", TEN)
    assert book(salon, rrule="FREQ=WEEKLY;COUNT=1").code is Code.SERIES_CLASH


def test_a_first_time_in_the_missing_hour_is_refused(salon: Salon) -> None:
    told = book(salon, first="2026-03-29T02:30:00")
    assert (told.code, told.details and told.details["what"]) == (Code.INVALID, "wall_time")


def test_a_series_needs_the_plan(salon: Salon) -> None:
    free = DEFAULTS[Tier.FREE]
    without = replace(free, features=free.features - {Feature.SERIES})
    salon.tx.apply(Changes(put=(plan_row(BUSINESS.id, Tier.FREE, without),)))
    assert book(salon).code is Code.FEATURE_NOT_IN_PLAN


def test_keeps_the_wall_time_over_the_change_of_the_clocks(salon: Salon) -> None:
    book(salon, first="2026-10-20T10:00:00", before=wire(TEN + timedelta(days=300)))
    assert [one.starts_at.hour for one in visits(salon)][:3] == [8, 9, 9]


def test_a_visit_that_stands_there_becomes_the_first(salon: Salon) -> None:
    salon.book("visit")
    assert book(salon, visit_id=made_id("visit")).code is None
    assert standing(salon) == [at(week) for week in range(10)]
    assert visits(salon)[0].id == made_id("visit")
    assert (
        salon.send("series.change", **change_of(since="2026-05-05T10:00:00/0", first="2026-05-05T11:00:00")).code
        is None
    )
    assert visits(salon, NEXT)[0].id == made_id("visit")


def test_a_visit_that_was_moved_meanwhile_becomes_no_first_one(salon: Salon) -> None:
    salon.book("visit", at(0, 1))
    assert book(salon, visit_id=made_id("visit")).code is Code.CHANGED_MEANWHILE


@pytest.mark.parametrize(
    ("rrule", "most"),
    [("FREQ=DAILY", 100), ("FREQ=DAILY;COUNT=3", 3), ("rrule:count = 7;freq=DAILY", 7), ("FREQ=DAILY;COUNT=999", 100),
     ("FREQ=DAILY;COUNT=²", 100), ("COUNT", 100), ("COUNT=", 100), ("COUNT=9;COUNT=2", 2), ("", 100)],
)  # fmt: skip
def test_how_many_visits_a_rule_comes_to_at_most_is_known_of_any_text(rrule: str, most: int) -> None:
    assert rules.most_made(rrule) == most


YEARS = ["0001-01-01", "1582-10-15", "1900-12-31", "2199-01-01", "9999-12-31"]
"""Days of which another zone, or two hours more, may have none, and that nobody books."""


@pytest.mark.parametrize("day", YEARS)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_year_that_nobody_books_in_is_refused_by_its_name(salon: Salon, day: str, zone: str) -> None:
    salon.tx.apply(Changes(put=(replace(LOCATION, zone=zone),)))
    why = "its year is to be from 1901 to 2198"
    for changes in ({"first": f"{day}T00:00:00"}, {"exdates": [f"{day}T23:59:59/0"]}):
        told = book(salon, **changes)
        assert (told.code, told.details) == (Code.INVALID, {"what": "field", "field": next(iter(changes)), "why": why})


@pytest.mark.parametrize("day", YEARS)
@pytest.mark.parametrize("field", ["first", "since"])
def test_nor_is_a_series_changed_from_or_to_such_a_year(salon: Salon, day: str, field: str) -> None:
    book(salon)
    told = salon.send("series.change", **change_of(**{field: f"{day}T10:00:00"}))
    assert told.code is Code.INVALID
    assert told.details is not None
    assert told.details["field"] == field


@pytest.mark.parametrize("day", YEARS)
def test_a_series_that_ends_from_such_a_year_on_ends_as_a_whole_or_not_at_all(salon: Salon, day: str) -> None:
    book(salon)
    told = salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10", since=f"{day}T10:00:00/0")
    assert told.code is Code.INVALID or row(salon).archived


@pytest.mark.parametrize("first", ["soon", "2026-05-05T10:00:00+02:00", "2026-05-05T10:00:00.5", ""])
def test_a_start_that_is_no_local_time_is_refused(salon: Salon, first: str) -> None:
    assert book(salon, first=first).code is Code.INVALID


def test_makes_no_more_than_a_hundred_at_once_and_goes_on_from_there(salon: Salon) -> None:
    book(salon, rrule="FREQ=DAILY")
    assert len(visits(salon)) == 100
    assert salon.send("series.extend", series_id=SERIES, before=wire(TEN + timedelta(days=150))).code is None
    assert len(visits(salon)) == 150


def test_going_on_does_not_try_again_what_was_taken(salon: Salon) -> None:
    salon.book("other", at(2))
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(5)))
    (item,) = items(salon)
    salon.send("attention.resolve", item_id=item.id, choice="drop")
    salon.send("series.extend", series_id=SERIES, before=wire(at(8)))
    assert standing(salon) == [at(week) for week in (0, 1, 3, 4, 5, 6, 7)]
    assert items(salon) == []


def test_what_is_moved_alone_is_not_made_again(salon: Salon) -> None:
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(3)))
    move_one(salon, 1, 4)
    salon.send("series.extend", series_id=SERIES, before=wire(at(5)))
    assert standing(salon) == [at(0), at(1, 4), at(2), at(3), at(4)]


# Changing


def test_this_and_following_go_on_as_another_series(salon: Salon) -> None:
    book(salon)
    before = {one.id for one in visits(salon)}
    assert salon.send("series.change", **change_of()).outcome is OutcomeKind.APPLIED
    assert standing(salon) == [at(0), at(1)]
    assert standing(salon, NEXT) == [at(week, 1) for week in range(2, 10)]
    assert {one.id for one in (*visits(salon), *visits(salon, NEXT))} == before
    assert row(salon, NEXT).follows_id == SERIES
    assert not row(salon).archived
    assert salon.send("series.extend", series_id=SERIES, before=wire(at(30))).code is None
    assert standing(salon) == [at(0), at(1)]


def test_what_was_moved_or_cancelled_alone_stays_so(salon: Salon) -> None:
    book(salon)
    move_one(salon, 3, 5)
    one = visits(salon)[4]
    salon.send("appointment.cancel", appointment_id=one.id, was={"status": "booked", "start": wire(one.starts_at)})
    salon.send("series.change", **change_of())
    assert standing(salon) == [at(0), at(1), at(3, 5)]
    assert standing(salon, NEXT) == [at(week, 1) for week in (2, 5, 6, 7, 8, 9)]


def test_past_and_completed_ones_stay_as_they_are(salon: Salon) -> None:
    book(salon)
    for one in visits(salon)[:4]:
        salon.send(
            "appointment.complete",
            at=one.starts_at,
            appointment_id=one.id,
            was={"status": "booked", "start": wire(one.starts_at)},
        )
    everything = change_of(since="2026-05-05T10:00:00/0", first="2026-05-05T11:00:00", rrule="FREQ=WEEKLY;COUNT=10")
    told = salon.send("series.change", **everything)
    assert told.code is None
    assert standing(salon) == [at(week) for week in range(4)]
    assert standing(salon, NEXT) == [at(week, 1) for week in range(4, 10)]


def test_a_shift_onto_ones_own_places_is_no_clash(salon: Salon) -> None:
    book(salon)
    told = salon.send("series.change", **change_of(first="2026-05-26T10:00:00"))
    assert told.outcome is OutcomeKind.APPLIED
    assert standing(salon, NEXT) == [at(week) for week in range(3, 11)]


def test_one_that_finds_no_place_stays_and_waits_for_a_person(salon: Salon) -> None:
    book(salon)
    salon.book("other", at(4, 1))
    told = salon.send("series.change", **change_of())
    assert told.outcome is OutcomeKind.ADJUSTED
    assert standing(salon) == [at(0), at(1), at(4)]
    (item,) = items(salon)
    assert (item.name, item.subject_id) == ("appointment.reschedule", visits(salon)[2].id)
    assert salon.send("attention.resolve", item_id=item.id, choice="move", start=wire(at(4, 3))).code is None
    assert standing(salon) == [at(0), at(1), at(4, 3)]


def test_one_that_stays_keeps_others_off_its_place(salon: Salon) -> None:
    """Shifted by a week, each goes to where the next one was: one that cannot go on stops the one before it."""
    book(salon, rrule="FREQ=WEEKLY;COUNT=4")
    salon.book("other", at(4))
    told = salon.send(
        "series.change",
        **change_of(
            was="FREQ=WEEKLY;COUNT=4",
            since="2026-05-05T10:00:00/0",
            first="2026-05-12T10:00:00",
            rrule="FREQ=WEEKLY;COUNT=4",
        ),
    )
    assert told.code is Code.SERIES_CLASH
    assert standing(salon) == [at(week) for week in range(4)]


def test_a_date_that_clashed_and_was_booked_by_a_person_goes_along(salon: Salon) -> None:
    salon.book("other", at(4))
    book(salon)
    (item,) = items(salon)
    salon.send("appointment.cancel", appointment_id=made_id("other"), was={"status": "booked", "start": wire(at(4))})
    salon.send("attention.resolve", item_id=item.id, choice="keep")
    salon.send("series.change", **change_of())
    assert standing(salon) == [at(0), at(1)]
    assert standing(salon, NEXT) == [at(week, 1) for week in range(2, 10)]


def test_one_that_waits_for_a_person_is_not_cancelled_by_another_change(salon: Salon) -> None:
    book(salon)
    salon.book("other", at(4, 1))
    salon.send("series.change", **change_of())
    again = change_of(new_id=made_id("third"), since="2026-05-12T10:00:00/0", first="2026-05-12T12:00:00")
    assert salon.send("series.change", **again | {"was": row(salon).rrule, "rrule": row(salon).rrule}).code is None
    assert standing(salon) == [at(0), at(4)]
    assert [one.subject_id for one in items(salon)] == [visits(salon)[1].id]


def test_another_rule_cancels_what_it_has_not_and_makes_what_it_has(salon: Salon) -> None:
    book(salon)
    told = salon.send("series.change", **change_of(first="2026-05-19T10:00:00", rrule="FREQ=WEEKLY;INTERVAL=2;COUNT=5"))
    assert told.code is None
    assert standing(salon, NEXT) == [at(week) for week in (2, 4, 6, 8, 10)]
    assert [one.cancel_reason for one in visits(salon) if one.status is Status.CANCELLED] == [
        "The series was changed"
    ] * 4


def test_other_people_and_another_length(salon: Salon) -> None:
    book(salon)
    wishes = [{"service_id": CUT.id, "resources": [BEN.id], "minutes": 60}]
    salon.send("series.change", **change_of(first="2026-05-19T10:00:00", wishes=wishes))
    assert {(one.resources, one.segments[0].minutes) for one in visits(salon, NEXT)} == {((BEN.id,), 60)}
    assert {(one.resources, one.segments[0].minutes) for one in visits(salon)} == {((ANA.id,), 45)}


def test_a_rule_with_many_more_dates_cancels_none_that_it_has(salon: Salon) -> None:
    book(salon, rrule="FREQ=WEEKLY")
    weekly = {one.id for one in visits(salon)}
    assert _oftener(salon, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR").code is None
    assert weekly <= {one.id for one in visits(salon, NEXT)}
    assert standing(salon) == []
    # No date is left empty before the last: nobody would look for it there later on.
    wanted = rules.dates(row(salon, NEXT), before=at(51, 1), limit=1000)
    assert standing(salon, NEXT) == [one.start for one in wanted]
    assert len(wanted) == 51 * 5 + 1


def test_a_change_to_too_many_dates_is_refused_and_can_be_made_from_a_later_one_on(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, max_advance=900),)))
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(120)))
    told = _oftener(salon, "FREQ=DAILY")
    assert (told.code, told.details) == (Code.INVALID, {"what": "rrule", "problem": "too_many", "most": 500})
    assert len(standing(salon)) == 100
    assert _oftener(salon, "FREQ=DAILY", from_week=40).code is None


def _oftener(salon: Salon, rrule: str, *, from_week: int = 0) -> Decision:
    day = at(from_week).date()
    return salon.send(
        "series.change",
        **change_of(
            was="FREQ=WEEKLY",
            since=f"{day}T10:00:00/0",
            first=f"{day}T10:00:00",
            rrule=rrule,
        ),
    )


def test_two_changes_of_one_series_do_not_both_hold(salon: Salon) -> None:
    book(salon)
    salon.send("series.change", **change_of())
    told = salon.send("series.change", **change_of(new_id=made_id("third"), first="2026-05-19T13:00:00"))
    assert told.code is Code.CHANGED_MEANWHILE


# Ending


def test_an_end_cancels_what_is_ahead(salon: Salon) -> None:
    book(salon)
    move_one(salon, 5, 5)
    told = salon.send(
        "series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10", since="2026-05-19T10:00:00/0", reason="Moves away"
    )
    assert told.code is None
    assert standing(salon) == [at(0), at(1)]
    assert {one.cancel_reason for one in visits(salon)} == {"", "Moves away"}


def test_what_has_ended_makes_nothing_more(salon: Salon) -> None:
    book(salon)
    salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10")
    assert standing(salon) == []
    assert salon.send("series.extend", series_id=SERIES, before=wire(at(20))).code is Code.ARCHIVED
    assert salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10").code is None


def test_an_end_goes_by_the_original_start_wherever_a_visit_was_moved_to(salon: Salon) -> None:
    book(salon)
    ids = [one.id for one in visits(salon)]
    for week, to in ((1, 8.5), (5, 0.5), (6, 7.5)):
        one = salon.tx.find(Appointment, ids[week])
        assert one is not None
        seen = {"status": "booked", "start": wire(one.starts_at)}
        moved = salon.send("appointment.reschedule", appointment_id=one.id, was=seen, start=wire(TEN + to * WEEK))
        assert moved.code is None
    ended = salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10", since="2026-05-19T10:00:00/0")
    assert ended.code is None
    assert standing(salon) == [at(0), TEN + 8.5 * WEEK]


def left_behind(salon: Salon) -> Appointment:
    """A visit of the sixth week that stayed where somebody has moved it when the series changed from the third on."""
    book(salon)
    move_one(salon, 5, 4)
    assert salon.send("series.change", **change_of()).code is None
    return next(one for one in visits(salon) if one.starts_at == at(5, 4))


def end(salon: Salon, since: str, **more: Any) -> Decision:
    return salon.send("series.end", **{"series_id": SERIES, "was": row(salon).rrule, "since": since} | more)


def test_an_end_before_a_change_leaves_what_that_has_left_behind(salon: Salon) -> None:
    """It stands among the visits of the series that goes on, which does not end by this."""
    left_behind(salon)
    assert end(salon, "2026-05-12T10:00:00/0").code is None
    assert standing(salon) == [at(0), at(5, 4)]
    assert standing(salon, NEXT) == [at(week, 1) for week in (2, 3, 4, 6, 7, 8, 9)]


def test_one_that_waits_for_a_person_is_not_cancelled_by_an_end_before_it(salon: Salon) -> None:
    book(salon)
    salon.book("other", at(4, 1))
    salon.send("series.change", **change_of())
    assert end(salon, "2026-05-05T10:00:00/0").code is None
    assert standing(salon) == [at(4)]
    assert [one.subject_id for one in items(salon)] == [one.id for one in visits(salon) if one.starts_at == at(4)]


def test_an_end_of_all_and_one_from_a_visit_left_behind_cancel_it(salon: Salon) -> None:
    for since in ("", left_behind(salon).original_start):
        again = Salon()
        left = left_behind(again)
        rule = row(again).rrule
        assert end(again, since).code is None
        found = again.tx.find(Appointment, left.id)
        assert found is not None
        assert found.status is Status.CANCELLED
        assert row(again).rrule == rule
        assert standing(again) == ([] if not since else [at(0), at(1)])
        assert standing(again, NEXT) == [at(week, 1) for week in (2, 3, 4, 6, 7, 8, 9)]


def test_what_a_change_of_all_has_left_behind_is_ended_by_whoever_names_it(salon: Salon) -> None:
    book(salon)
    move_one(salon, 5, 4)
    everything = change_of(since="2026-05-05T10:00:00/0", first="2026-05-05T11:00:00", rrule="FREQ=WEEKLY;COUNT=10")
    salon.send("series.change", **everything)
    assert row(salon).archived
    # Whoever does not know of the change meant the visits that go on.
    stale = end(salon, "", was="FREQ=WEEKLY;COUNT=10")
    assert (stale.code, standing(salon)) == (Code.CHANGED_MEANWHILE, [at(5, 4)])
    assert end(salon, visits(salon)[0].original_start).code is None
    assert standing(salon) == []


def test_of_a_series_that_has_ended_as_a_whole_every_visit_from_one_on_is_ended(salon: Salon) -> None:
    left = left_behind(salon)
    end(salon, "2026-05-05T10:00:00/0")
    assert (row(salon).archived, standing(salon)) == (True, [left.starts_at])
    first = next(one for one in visits(salon) if one.starts_at == at(0))
    was = {"status": "cancelled", "start": wire(at(0))}
    back = salon.send("appointment.undo_step", appointment_id=first.id, was=was)
    assert (back.code, standing(salon)) == (None, [at(0), left.starts_at])
    assert end(salon, "one day").code is Code.INVALID
    assert end(salon, first.original_start).code is None
    assert standing(salon) == []


def test_what_is_said_of_an_original_start_that_is_none_stops_no_end(salon: Salon) -> None:
    book(salon)
    odd = salon.book("odd", at(2, 3), series_id=SERIES, original_start="9999 or so")
    assert odd.code is None
    assert end(salon, "2026-05-19T10:00:00/0").code is None
    assert standing(salon) == [at(0), at(1)]
    assert end(salon, "one day").code is Code.INVALID


def test_a_series_that_has_ended_is_not_ended_from_a_later_date_on(salon: Salon) -> None:
    book(salon)
    end(salon, "2026-05-19T10:00:00/0")
    rule = row(salon).rrule
    assert end(salon, "2026-06-09T10:00:00/0").code is None
    assert row(salon).rrule == rule
    assert salon.send("series.extend", series_id=SERIES, before=wire(at(9))).code is None
    assert standing(salon) == [at(0), at(1)]


# Desks that were apart


def _change(salon: Salon) -> Decision:
    return salon.send("series.change", **change_of())


def _extend(salon: Salon) -> Decision:
    return salon.send("series.extend", series_id=SERIES, before=wire(at(12)))


def _end(salon: Salon) -> Decision:
    return salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY", since="2026-06-16T10:00:00/0")


def _one(name: str, weeks: int, **args: Any) -> Any:
    def send(salon: Salon) -> Decision:
        return salon.send(name, appointment_id=IDS[weeks], was={"status": "booked", "start": wire(at(weeks))}, **args)

    return send


def _ids() -> list[str]:
    salon = Salon()
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(10)))
    return [one.id for one in visits(salon)]


IDS = _ids()
EDITS = {
    "change": lambda salon: salon.send("series.change", **change_of(was="FREQ=WEEKLY", rrule="FREQ=WEEKLY")),
    "extend": _extend,
    "end": _end,
    "move": _one("appointment.reschedule", 3, start=wire(at(3, 4))),
    "cancel": _one("appointment.cancel", 4),
}


@pytest.mark.parametrize("order", list(permutations(EDITS)), ids=lambda order: " ".join(order))
def test_edits_of_a_series_and_of_one_of_it_meet_in_every_order(order: tuple[str, ...]) -> None:
    """Each is taken or waits for a person; no place is taken twice, and no date has two visits."""
    salon = Salon()
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(10)))
    told = {name: EDITS[name](salon) for name in order}
    for name, decision in told.items():
        assert decision.code in (None, Code.CHANGED_MEANWHILE, Code.WRONG_STATUS), (name, decision)
        assert (decision.code is None) == (decision.item_id is None)
    everything = [one for one in salon.tx.all(Appointment) if one.series_id in (SERIES, NEXT)]
    open_ones = [one for one in everything if one.status is not Status.CANCELLED]
    weeks = [one.starts_at.isocalendar().week for one in open_ones]
    assert len(weeks) == len(set(weeks))
    for one in open_ones:
        (held,) = salon.tx.allocations_of(one.id)
        others = [other for other in salon.tx.overlapping([ANA.id], capacity.span_of(held)) if other.id != held.id]
        assert others == []
    moved, cancelled = (salon.tx.find(Appointment, IDS[weeks]) for weeks in (3, 4))
    assert moved is not None
    assert cancelled is not None
    if order.index("move") < order.index("change"):
        assert moved.starts_at == at(3, 4)
    if order.index("cancel") < order.index("change"):
        assert cancelled.status is Status.CANCELLED


def test_a_person_keeps_the_move_that_met_a_change(salon: Salon) -> None:
    book(salon, rrule="FREQ=WEEKLY", before=wire(at(10)))
    EDITS["change"](salon)
    told = EDITS["move"](salon)
    assert told.code is Code.CHANGED_MEANWHILE
    assert salon.send("attention.resolve", item_id=told.item_id, choice="keep").code is None
    moved = salon.tx.find(Appointment, IDS[3])
    assert moved is not None
    assert moved.starts_at == at(3, 4)


# Kept by a person who has seen what another made of the series


def keep(salon: Salon, told: Decision) -> Code | None:
    assert told.code is Code.CHANGED_MEANWHILE
    return salon.send("attention.resolve", item_id=told.item_id, choice="keep").code


def end_seen(salon: Salon, since: str = "") -> Decision:
    """An end by somebody who has seen the series as it was booked."""
    return salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10", since=since)


@pytest.mark.parametrize(
    ("since", "left", "left_of_next"),
    [
        ("2026-05-26T10:00:00/0", [at(0), at(1)], [at(2, 1)]),
        ("2026-05-19T10:00:00/0", [at(0), at(1)], []),
        ("2026-05-12T10:00:00/0", [at(0)], []),
        ("", [], []),
    ],
)
def test_an_end_that_is_kept_ends_what_goes_on_from_there(
    salon: Salon, since: str, left: list[datetime], left_of_next: list[datetime]
) -> None:
    book(salon)
    _change(salon)
    assert keep(salon, end_seen(salon, since)) is None
    assert (standing(salon), standing(salon, NEXT)) == (left, left_of_next)
    assert items(salon) == []


def test_an_end_that_is_kept_follows_through_every_change(salon: Salon) -> None:
    book(salon)
    _change(salon)
    again = change_of(
        series_id=NEXT, new_id=made_id("third"), was="FREQ=WEEKLY;COUNT=8", since="2026-06-02T11:00:00/0",
        first="2026-06-03T09:00:00", rrule="FREQ=WEEKLY;COUNT=6",
    )  # fmt: skip
    assert salon.send("series.change", **again).code is None
    assert keep(salon, end_seen(salon, "2026-05-26T10:00:00/0")) is None
    assert [len(standing(salon, one)) for one in (SERIES, NEXT, made_id("third"))] == [2, 1, 0]


def test_an_end_that_is_kept_ends_what_a_change_has_left_behind(salon: Salon) -> None:
    book(salon)
    move_one(salon, 5, 3)
    _change(salon)
    assert keep(salon, end_seen(salon, "2026-05-26T10:00:00/0")) is None
    assert standing(salon) == [at(0), at(1)]


def test_an_end_that_is_kept_leaves_what_was_another_series_before(salon: Salon) -> None:
    book(salon)
    _change(salon)
    rest = row(salon).rrule
    sooner = change_of(
        new_id=made_id("third"), was=rest, since="2026-05-12T10:00:00/0", first="2026-05-12T12:00:00",
        rrule="FREQ=WEEKLY;COUNT=1",
    )  # fmt: skip
    assert salon.send("series.change", **sooner).code is None
    assert keep(salon, salon.send("series.end", series_id=SERIES, was=rest)) is None
    assert [len(standing(salon, one)) for one in (SERIES, NEXT, made_id("third"))] == [0, 8, 0]


def made_until(salon: Salon, rrule: str, weeks: int) -> datetime:
    """A series that was gone on with until a week; when that was done last."""
    book(salon, rrule=rrule)
    now = NOW
    while standing(salon)[-1] < at(weeks - 1):
        now = max(now, standing(salon)[-1] - 40 * WEEK)
        assert salon.send("series.extend", at=now, series_id=SERIES, before=wire(at(weeks))).code is None
    return now


def an_hour_later_from(after: timedelta) -> dict[str, str]:
    """What a change says of the date from which on it puts the series an hour later."""
    since = rules.shifted("2026-05-05T10:00:00/0", after)
    return {"since": since, "first": rules.shifted(since, timedelta(hours=1)).removesuffix("/0")}


@pytest.mark.parametrize("week", [50, 99, 100, 115])
def test_an_end_of_an_old_series_that_is_kept_ends_what_goes_on_from_there(salon: Salon, week: int) -> None:
    """A salon's oldest regular has come more than a hundred times."""
    made_until(salon, "FREQ=WEEKLY", 132)
    now = at(week - 3)
    change = change_of(was="FREQ=WEEKLY", rrule="FREQ=WEEKLY", before=wire(at(132)), **an_hour_later_from(week * WEEK))
    assert salon.send("series.change", at=now, **change).code is None
    told = salon.send("series.end", at=now, series_id=SERIES, was="FREQ=WEEKLY")
    assert told.code is Code.CHANGED_MEANWHILE
    assert salon.send("attention.resolve", at=now, item_id=told.item_id, choice="keep").code is None
    assert [one for one in standing(salon) if one >= now] == standing(salon, NEXT) == []
    assert row(salon, NEXT).archived


def test_an_end_that_is_kept_follows_to_what_begins_more_than_a_hundred_dates_later(salon: Salon) -> None:
    made_until(salon, "FREQ=DAILY", 50)
    was, third = "FREQ=DAILY", made_id("third")
    for name, day in ((NEXT, 250), (third, 20)):
        change = change_of(
            new_id=name, was=was, rrule=was if name == NEXT else "FREQ=DAILY;COUNT=230", before=wire(at(50)),
            **an_hour_later_from(timedelta(days=day)),
        )  # fmt: skip
        assert salon.send("series.change", **change).code is None
        was = row(salon).rrule
    told = salon.send("series.end", series_id=SERIES, was="FREQ=DAILY")
    assert keep(salon, told) is None
    assert [len(standing(salon, one)) for one in (SERIES, third, NEXT)] == [0, 0, 0]


def test_a_change_that_is_kept_is_one_of_what_goes_on_from_there(salon: Salon) -> None:
    book(salon)
    _change(salon)
    wish = change_of(
        new_id=made_id("third"), since="2026-05-26T10:00:00/0", first="2026-05-26T15:00:00",
        rrule="FREQ=WEEKLY;COUNT=7",
    )  # fmt: skip
    assert keep(salon, salon.send("series.change", **wish)) is None
    assert standing(salon, NEXT) == [at(2, 1)]
    assert standing(salon, made_id("third")) == [at(week, 5) for week in range(3, 10)]
    assert row(salon, made_id("third")).follows_id == NEXT


def test_a_change_of_what_is_two_series_by_now_stays_with_a_person(salon: Salon) -> None:
    book(salon)
    _change(salon)
    wish = change_of(
        new_id=made_id("third"), since="2026-05-12T10:00:00/0", first="2026-05-12T15:00:00",
        rrule="FREQ=WEEKLY;COUNT=9",
    )  # fmt: skip
    assert keep(salon, salon.send("series.change", **wish)) is Code.CHANGED_MEANWHILE
    assert len(items(salon)) == 1
    assert (len(standing(salon)), len(standing(salon, NEXT))) == (2, 8)


def test_a_change_of_what_has_ended_meanwhile_stays_with_a_person(salon: Salon) -> None:
    book(salon)
    end_seen(salon, "2026-05-12T10:00:00/0")
    assert keep(salon, _change(salon)) is Code.CHANGED_MEANWHILE
    assert standing(salon) == [at(0)]


def test_what_says_no_rule_that_was_seen_is_not_kept(salon: Salon) -> None:
    book(salon)
    told = salon.send("series.end", series_id=SERIES, was="every week", since="2026-05-19T10:00:00/0")
    assert keep(salon, told) is Code.INVALID


def test_what_says_no_rule_that_was_seen_can_be_let_go(salon: Salon) -> None:
    book(salon)
    salon.send("series.end", series_id=SERIES, was="every week", since="2026-05-19T10:00:00/0")
    (item,) = items(salon)
    told = salon.send("attention.resolve", item_id=item.id, choice="drop", seen=seen_of(salon.tx, item))
    assert told.outcome is OutcomeKind.APPLIED


# Under what was put over one of its visits


def squeeze_in(salon: Salon) -> None:
    told = salon.book("squeezed", at(3), role=Role.TENANT_OWNER, override="A regular")
    assert told.outcome is OutcomeKind.APPLIED


def longer() -> dict[str, Any]:
    """The arguments that make it longer where it is, from the third one on."""
    wish = {"service_id": CUT.id, "resources": [ANA.id], "minutes": 60}
    return change_of(first="2026-05-19T10:00:00", wishes=[wish])


def test_a_visit_over_which_another_was_put_is_changed_where_it_is_with_its_series(salon: Salon) -> None:
    book(salon)
    squeeze_in(salon)
    assert salon.send("series.change", **longer()).outcome is OutcomeKind.APPLIED
    assert standing(salon, NEXT) == [at(week) for week in range(2, 10)]
    assert all(len(salon.tx.allocations_of(one.id)) == 1 for one in visits(salon, NEXT))
    assert items(salon) == []


def test_a_change_of_a_series_is_taken_back_under_what_was_put_over_it_since(salon: Salon) -> None:
    book(salon)
    before, args = deepcopy(salon.tx), arguments_of("series.change", 1, longer())
    assert salon.send("series.change", **longer()).outcome is OutcomeKind.APPLIED
    actor = Actor(user_id=OWNER_USER, role=Role.TENANT_OWNER)
    ctx = Context(at=NOW, actor=actor, mutation_id=MutationId(made_id("back")))
    (back,) = way_back("series.change", Done(before=before, after=salon.tx, ctx=ctx, args=args))
    squeeze_in(salon)
    assert decide(salon.tx, ctx, back.name, back.args, {}).outcome is OutcomeKind.APPLIED
    assert standing(salon) == [at(week) for week in range(10)]
    assert [salon.tx.allocations_of(one.id)[0].over for one in visits(salon)] == [False] * 10


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=-2), timedelta(hours=1)])
def test_what_its_person_cancelled_elsewhere_with_the_words_of_an_end_stays_so(salon: Salon, late: timedelta) -> None:
    """By a clock that is an hour off nothing tells the two apart, and all of it comes back: it is better seen."""
    book(salon)
    before = deepcopy(salon.tx)
    words: dict[str, Any] = {"reason": "Moves away"}
    gone = visits(salon)[1]
    seen = {"status": "booked", "start": wire(gone.starts_at)}
    salon.send("appointment.cancel", role=Role.TENANT_OWNER, appointment_id=gone.id, was=seen, **words)
    end = {"series_id": SERIES, "was": "FREQ=WEEKLY;COUNT=10"} | words
    done = NOW + timedelta(minutes=1)
    salon.send("series.end", role=Role.TENANT_OWNER, at=done, **end)
    assert standing(salon) == []
    # As the desk knows it, where it was made.
    args = arguments_of("series.end", 1, end)
    actor = Actor(user_id=OWNER_USER, role=Role.TENANT_OWNER)
    ctx = Context(at=done + late, actor=actor, mutation_id=MutationId(made_id("end")))
    after = deepcopy(before)
    decide(after, ctx, "series.end", args, {})
    (back,) = way_back("series.end", Done(before=before, after=after, ctx=ctx, args=args))
    assert decide(salon.tx, ctx, back.name, back.args, {}).outcome is OutcomeKind.APPLIED
    weeks = [week for week in range(10) if week != 1 or late > timedelta(minutes=1)]
    assert standing(salon) == [at(week) for week in weeks]


@pytest.mark.parametrize("seen", [{}, {"party": 1}, {"party": 2}, {"booked": []}, {"booked": "as it is"}])
def test_what_is_booked_in_a_visit_is_not_lost_with_what_takes_its_series_back(
    salon: Salon, seen: dict[str, Any]
) -> None:
    """An edit of the first version does not say what it saw, and takes whatever is there."""
    book(salon, rrule="FREQ=WEEKLY;COUNT=1")
    (one,) = visits(salon)
    if seen.get("booked") == "as it is":
        seen = {"booked": [{"service_id": CUT.id, "resources": [ANA.id], "minutes": 45}]}
    back = {
        "appointment_id": one.id, "was": {"status": "booked", "start": wire(one.starts_at)}, "until": wire(one.ends_at),
        "resources": [ANA.id], "to": "ended", "series_id": SERIES, "original_start": one.original_start,
    }  # fmt: skip
    told = salon.send("series.turn_back", series_id=SERIES, rules=[], visits=[back | seen])
    is_other = seen in ({"party": 2}, {"booked": []})
    assert told.code is (Code.CHANGED_MEANWHILE if is_other else None)
    assert standing(salon) == ([at(0)] if is_other else [])


def test_a_series_that_comes_after_a_merge_is_the_kept_ones(salon: Salon) -> None:
    kept = made_id("kept")
    salon.send("customer.create", customer_id=kept, name="Mira Holm")
    salon.send("customer.merge", role=Role.TENANT_OWNER, kept_id=kept, merged_id=MIRA.id)
    assert book(salon).outcome is OutcomeKind.APPLIED
    (series,) = salon.tx.all(Series)
    assert {series.customer_id, *(one.customer_id for one in visits(salon))} == {kept}


def close(salon: Salon, week: int, *, completed: bool) -> Appointment:
    """One of the visits, paid ahead and closed; completed too, or open as it is after a step back."""
    one = visits(salon)[week]
    status = Status.COMPLETED if completed else one.status
    salon.tx.apply(Changes(put=(replace(one, status=status, locked=True),)))
    return visits(salon)[week]


@pytest.mark.parametrize("completed", [True, False])
def test_an_end_leaves_what_is_paid_and_closed_and_tells_it(salon: Salon, *, completed: bool) -> None:
    book(salon)
    closed = close(salon, 3, completed=completed)
    ended = salon.send("series.end", series_id=SERIES, was="FREQ=WEEKLY;COUNT=10", since="2026-05-12T10:00:00/0")
    assert ended.outcome is OutcomeKind.ADJUSTED
    assert ended.adjusted == {"closed": [{"original": closed.original_start, "start": wire(closed.starts_at)}]}
    assert standing(salon) == [at(0), at(3)]
    assert visits(salon)[3] == closed


@pytest.mark.parametrize("completed", [True, False])
def test_a_change_leaves_what_is_paid_and_closed_and_tells_it(salon: Salon, *, completed: bool) -> None:
    book(salon)
    closed = close(salon, 4, completed=completed)
    changed = salon.send("series.change", **change_of())
    assert changed.adjusted == {"closed": [{"original": closed.original_start, "start": wire(closed.starts_at)}]}
    assert closed in visits(salon)
    assert at(4, 1) not in standing(salon, NEXT)
    assert at(5, 1) in standing(salon, NEXT)


@pytest.mark.parametrize("said", [{"rrule": "at times"}, {"rrule": "FREQ=DAILY;BYSETPOS=2"}, {"exdates": ["never"]}])
def test_a_series_is_taken_back_to_nothing_that_no_series_says(salon: Salon, said: dict[str, Any]) -> None:
    salon.send("series.book", **series_of())
    rule = "FREQ=WEEKLY;COUNT=10"
    back = {"series_id": SERIES, "was": rule, "was_archived": False, "rrule": rule, "archived": False, "exdates": []}
    told = salon.send("series.turn_back", series_id=SERIES, rules=[back | said], visits=[])
    assert told.code is Code.INVALID


# Rules that are cut in two and moved


def rule_of(rrule: str, start: datetime) -> Series:
    return Series(
        id=SeriesId(SERIES), customer_id=MIRA.id, location_id=LOCATION.id, zone=LOCATION.zone, start=start.isoformat(),
        rrule=rrule, exdates=(), segments=(), notes="",
    )  # fmt: skip


def walls(series: Series, limit: int = 60) -> list[datetime]:
    return [one.local for one in rules.dates(series, before=None, limit=limit)]


STARTS = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-12-31")).map(
    lambda wall: wall.replace(minute=0, second=0, microsecond=0, fold=0)
)
REPEATS = st.sampled_from((
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=-1", "RRULE:FREQ=WEEKLY", "freq=weekly; interval = 2 ",
))  # fmt: skip


@given(start=STARTS, repeats=REPEATS, count=st.sampled_from((";COUNT=", "; count = ")), data=st.data())
def test_what_is_before_a_date_and_the_rest_are_the_whole(
    start: datetime, repeats: str, count: str, data: st.DataObject
) -> None:
    whole = rule_of(f"{repeats}{count}{data.draw(st.integers(1, 20))}", start)
    dates = walls(whole)
    since = data.draw(st.sampled_from(dates))
    original = rules.original_of(since)
    before = replace(whole, rrule=rules.cut(whole, original))
    rest = replace(whole, start=since.isoformat(), rrule=rules.rest(whole, original))
    place = dates.index(since)
    assert walls(rest) == dates[place:]
    # Before the first there is nothing, and no rule that says so.
    assert place == 0 or walls(before) == dates[:place]


@given(start=STARTS, repeats=REPEATS)
def test_the_rest_of_what_never_ends_never_ends(start: datetime, repeats: str) -> None:
    series = rule_of(repeats, start)
    assert rules.rest(series, rules.original_of(walls(series, 3)[-1])) == repeats


DAYS_OF_WEEK = st.lists(st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU")), min_size=1, unique=True)


@given(
    named=DAYS_OF_WEEK, every=st.sampled_from(("", "INTERVAL=2;", "INTERVAL=3;WKST=SU;")), days=st.integers(-10, 10),
    start=STARTS,
)  # fmt: skip
def test_days_of_the_week_are_moved_with_their_visits(named: list[str], every: str, days: int, start: datetime) -> None:
    # At noon: an hour that a clock skips is another test's.
    series = rule_of(f"FREQ=WEEKLY;{every}BYDAY={','.join(named)};COUNT=8", start.replace(hour=12))
    first, shift = walls(series)[0], timedelta(days=days)
    series = replace(series, start=first.isoformat())
    moved = replace(series, start=(first + shift).isoformat(), rrule=rules.moved_days(series.rrule, days))
    assert walls(moved) == [one + shift for one in walls(series)]


@pytest.mark.parametrize("rrule", ["FREQ=WEEKLY;COUNT=3", "FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=MO,-1FR"])
def test_a_rule_that_goes_by_its_start_or_by_the_month_names_no_other_days(rrule: str) -> None:
    assert rules.moved_days(rrule, 2) == rrule
