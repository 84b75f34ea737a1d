"""A slip that is taken back at once, away, where another desk meant what it did: two real replicas, a real server."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from desktop.store import finding
from desktop.store.fork import begin_again
from shared.clock import instant_text, now
from shared.errors import Code
from shared.ids import new_id
from shared.model.appointment import Appointment, Status
from shared.model.base import OwnerId, SeriesId, WaitlistEntryId
from shared.model.customer import Customer
from shared.model.hours import HoursException, TimeBlock
from shared.model.registry import Entity
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.attention import seen_of
from shared.mutations.block.reach import repeated_id
from shared.mutations.hours import exception_id
from syncserver.services.sync.endings.ending import ENDINGS, end
from tests.support.moving_clock import moved
from tests.support.replica_desk import ReplicaDesk
from tests.sync.test_matrix import DAYS, Case, Pair, Wish, begin
from tests.sync.test_matrix import pair as pair

Prepared = tuple[type[Entity], str, Wish]
"""Something that both desks know, and the edit that ends it."""


def cancelled(pair: Pair, case: Case) -> Prepared:
    return Appointment, case.visit, ("appointment.cancel", case.was)


def freed(pair: Pair, case: Case) -> Prepared:
    block = new_id()
    times = {"start": case.after(5), "end": case.after(6)}
    pair.a.edit("block.put", {"block_id": block, "resource_id": case.shop.ana, "reason": "Leave", **times})
    return TimeBlock, block, ("block.remove", {"block_id": block})


def withdrawn(pair: Pair, case: Case) -> Prepared:
    entry = new_id()
    where = {"customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", {"entry_id": entry, "wish": {"service_id": case.shop.cut}, **where})
    return WaitlistEntry, entry, ("waitlist.withdraw", {"entry_id": entry})


ENDED: dict[str, Callable[[Pair, Case], Prepared]] = {"cancelled": cancelled, "freed": freed, "withdrawn": withdrawn}


def prepared(pair: Pair, how: str) -> Prepared:
    made = ENDED[how](pair, begin(pair))
    pair.drain()
    assert not is_over(pair.b, made)
    return made


def is_over(desk: ReplicaDesk, made: Prepared) -> bool:
    """Whether it stands as ended in a desk's book."""
    kind, row_id, _ = made
    match desk.replica.tx().find(kind, row_id):
        case Appointment(status=status):
            return status is Status.CANCELLED
        case TimeBlock(archived=archived):
            return archived
        case WaitlistEntry(state=state):
            return state is WaitlistState.WITHDRAWN
    raise AssertionError(made)


@pytest.mark.parametrize("how", ENDED)
def test_what_another_desk_has_ended_stays_ended(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    _, row_id, edit = made
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    turned = pair.b.replica.undo()
    assert turned is not None
    assert turned.refusals == ()
    assert not is_over(pair.b, made)
    pair.a.push()
    pair.b.pull()
    # Before its own two edits are sent, too.
    assert is_over(pair.b, made)
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)
    assert not [one for one in pair.a.rows()["attention_item"].values() if row_id in str(one)]


@pytest.mark.parametrize("how", ENDED)
def test_what_was_so_already_is_not_offered_to_be_taken_back(pair: Pair, how: str) -> None:
    _, row_id, edit = prepared(pair, how)
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    step = pair.b.replica.undo_stack().done()
    assert step is not None
    assert step.subject == row_id
    pair.drain()
    step = pair.b.replica.undo_stack().done()
    assert step is None or step.subject != row_id


@pytest.mark.parametrize("how", ENDED)
def test_an_undo_that_waits_when_its_edit_is_acknowledged_changes_nothing(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    edit = made[-1]
    pair.a.edit(*edit)
    pair.b.edit(*edit)
    under_way = [dict(one) for one in pair.b.replica.unsent(500)]
    pair.a.push()
    pair.b.wire.push(*under_way)
    assert pair.b.replica.undo() is not None
    pair.b.pull()
    assert is_over(pair.b, made)
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)


@pytest.mark.parametrize("how", ENDED)
def test_what_was_ended_here_alone_comes_back_and_goes_again(pair: Pair, how: str) -> None:
    made = prepared(pair, how)
    pair.b.edit(*made[-1])
    pair.b.replica.undo()
    pair.drain()
    pair.require_agreement()
    assert not is_over(pair.a, made)
    pair.b.replica.redo()
    pair.drain()
    pair.require_agreement()
    assert is_over(pair.a, made)


def test_what_another_desk_has_corrected_since_is_not_what_is_taken_back(pair: Pair) -> None:
    case = begin(pair)
    pair.b.edit("customer.update", case.field("language", "", "de"))
    pair.drain()
    pair.a.edit("customer.update", case.field("language", "de", "fr"))
    assert pair.b.replica.undo() is not None
    pair.drain()
    pair.require_agreement()
    found = pair.a.replica.tx().find(Customer, case.customer)
    assert found is not None
    assert found.language == "fr"
    (item,) = [one for one in pair.a.rows()["attention_item"].values() if case.customer in one]
    assert "changed_meanwhile" in item


def test_what_another_desk_has_offered_since_is_not_taken_back(pair: Pair) -> None:
    case = begin(pair)
    entry = new_id()
    where = {"customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", {"entry_id": entry, "wish": {"service_id": case.shop.cut}, **where})
    pair.drain()
    slot = {"entry_id": entry, "resources": [case.shop.ana]}
    pair.a.edit("waitlist.offer", slot | {"start": case.after(5), "until": case.after(4)})
    pair.drain()
    # Away, one takes the offer back while the other has done so and offered another time.
    assert pair.a.replica.undo() is not None
    pair.b.edit("waitlist.put_back", {"entry_id": entry, "was": "offered", "state": "waiting"})
    pair.b.edit("waitlist.offer", slot | {"start": case.after(7), "until": case.after(6)})
    pair.b.push()
    pair.drain()
    pair.require_agreement()
    found = pair.a.replica.tx().find(WaitlistEntry, entry)
    assert found is not None
    assert found.offer is not None
    assert instant_text(found.offer.start) == case.after(7)


Corrected = tuple[tuple[Wish, ...], Wish, tuple[str, str]]
"""What one desk does, the last of which it takes back; what another makes of that; and the row that it is about."""


def preferred(case: Case) -> Corrected:
    def to(was: str | None, person: str) -> Wish:
        return "customer.update", case.field("preferred_id", was, person)

    return (to(None, case.shop.ana),), to(case.shop.ana, case.shop.ben), ("customer", case.customer)


def member(case: Case) -> Corrected:
    first, then, last = list(case.shop.users.values())[:3]

    def to(was: str | None, user: str) -> Wish:
        edits = [{"field": "member_id", "was": was, "value": user}]
        return "resource.update", {"resource_id": case.shop.ben, "edits": edits}

    return (to(None, first), to(first, then)), to(then, last), ("resource", case.shop.ben)


def terms(case: Case) -> Corrected:
    peel = new_id()

    def put(active: int) -> Wish:
        own = {"resource_id": case.shop.ben, "active": active}
        return "service.update", {"service_id": peel, "terms_put": [own]}

    made = ("service.create", {"service_id": peel, "name": "Peel", "active": 45})
    return (made, put(50), put(60)), put(70), ("service", peel)


def needs(case: Case) -> Corrected:
    peel = new_id()

    def put(count: int) -> Wish:
        lamps = {"kind": "EQUIPMENT", "pool": "Lamp", "count": count}
        return "service.update", {"service_id": peel, "needs_put": [lamps]}

    made = ("service.create", {"service_id": peel, "name": "Peel", "active": 45})
    return (made, put(1), put(2)), put(3), ("service", peel)


def wish(case: Case) -> Corrected:
    entry, base = new_id(), {"service_id": case.shop.cut}
    where = {"customer_id": case.customer, "location_id": case.shop.location}

    def change(was: str, words: str) -> Wish:
        return "waitlist.change", {"entry_id": entry, "was": base | {"notes": was}, "wish": base | {"notes": words}}

    added = ("waitlist.add", {"entry_id": entry, "wish": base, **where})
    theirs = change("Only mornings", "Only after her operation")
    return (added, change("", "Only mornings")), theirs, ("waitlist_entry", entry)


def closed(case: Case) -> Corrected:
    date = date_of(case)
    half = ("hours.except", date | {"opens": 540, "closes": 720, "reason": "Half day"})
    return (("hours.except", date | {"reason": "Closed"}),), half, ("hours_exception", date_id(case))


def opened(case: Case) -> Corrected:
    date = date_of(case)
    long, half = (date | {"opens": opens, "closes": opens + 180} for opens in (600, 540))
    mine = (("hours.except", long), ("hours.clear", date))
    return mine, ("hours.except", half), ("hours_exception", date_id(case))


def date_of(case: Case) -> dict[str, str]:
    return {"owner_id": case.shop.ben, "day": case.start.date().isoformat()}


def date_id(case: Case) -> str:
    return exception_id(OwnerId(case.shop.ben), case.start.date())


def leave(case: Case) -> dict[str, str]:
    return {"resource_id": case.shop.ben, "start": case.after(1), "end": case.after(2), "reason": "Leave"}


def put(case: Case) -> Corrected:
    block, seen = {"block_id": new_id()}, leave(case)
    moved = seen | {"start": case.after(3), "end": case.after(5), "reason": "Surgery", "was": seen}
    return (("block.put", block | seen),), ("block.put", block | moved), ("time_block", block["block_id"])


def explained(case: Case) -> Corrected:
    block, seen, training = {"block_id": new_id()}, leave(case), leave(case) | {"reason": "Training"}
    mine = (("block.put", block | seen), ("block.put", block | training | {"was": seen}))
    theirs = seen | {"reason": "Surgery", "was": training}
    return mine, ("block.put", block | theirs), ("time_block", block["block_id"])


def lunch(case: Case) -> Corrected:
    series, first = new_id(), wall(case.start + timedelta(hours=3))
    rule = {
        "series_id": series, "resource_id": case.shop.ben, "first": first, "minutes": 60,
        "rrule": "FREQ=DAILY;COUNT=1", "before": case.after(72), "reason": "Lunch",
    }  # fmt: skip
    block = repeated_id(SeriesId(series), f"{first}/0")
    seen = leave(case) | {"start": case.after(3), "end": case.after(4), "reason": "Lunch"}
    moved = seen | {"start": case.after(5), "end": case.after(6), "block_id": block, "origin": series, "was": seen}
    return (("block.repeat", rule),), ("block.put", moved), ("time_block", block)


TIMES: Final = (closed, opened, put, explained, lunch)


@pytest.mark.parametrize("has_pulled", [False, True])
@pytest.mark.parametrize("corrected", [preferred, member, terms, needs, wish, *TIMES])
def test_what_another_desk_has_made_of_it_stands(
    pair: Pair, corrected: Callable[[Case], Corrected], *, has_pulled: bool
) -> None:
    mine, theirs, (table, row_id) = corrected(begin(pair))
    for edit in mine:
        pair.a.edit(*edit)
    pair.drain()
    pair.b.edit(*theirs)
    pair.b.push()
    pair.b.pull()
    made = pair.b.rows()[table][row_id]
    if has_pulled:
        pair.a.pull()
    turned = pair.a.replica.undo()
    assert turned is not None
    # What it knows of is refused at once; of the rest the server says so.
    assert {one.code for one in turned.refusals} == ({Code.CHANGED_MEANWHILE} if has_pulled else set())
    pair.drain()
    pair.require_agreement()
    assert pair.a.rows()[table][row_id] == made


@pytest.mark.parametrize("corrected", TIMES)
def test_who_has_seen_what_another_desk_has_made_of_it_can_still_take_it_back(
    pair: Pair, corrected: Callable[[Case], Corrected]
) -> None:
    mine, theirs, (table, row_id) = corrected(begin(pair))
    for edit in mine:
        pair.a.edit(*edit)
    pair.drain()
    pair.b.edit(*theirs)
    pair.b.push()
    known = {one.id for one in finding.open_items(pair.a.replica.database)}
    pair.a.replica.undo()
    pair.drain()
    made = pair.a.rows()[table][row_id]
    (item,) = (one for one in finding.open_items(pair.a.replica.database) if one.id not in known)
    assert item.code == Code.CHANGED_MEANWHILE
    pair.a.edit("attention.resolve", {"item_id": item.id, "choice": "keep", "seen": seen_of(pair.a.replica.tx(), item)})
    pair.drain()
    pair.require_agreement()
    assert pair.b.rows()[table].get(row_id) != made


@pytest.mark.parametrize("corrected", TIMES)
def test_what_nobody_else_has_touched_is_taken_back_and_done_again(
    pair: Pair, corrected: Callable[[Case], Corrected]
) -> None:
    (*before, last), _, (_, row_id) = corrected(begin(pair))
    for edit in before:
        pair.a.edit(*edit)
    first = standing(pair.a, row_id)
    pair.a.edit(*last)
    made = standing(pair.a, row_id)
    pair.drain()
    for turn, stands in ((pair.a.replica.undo, first), (pair.a.replica.redo, made), (pair.a.replica.undo, first)):
        turned = turn()
        assert turned is not None
        assert turned.refusals == ()
        pair.drain()
        pair.require_agreement()
        assert standing(pair.b, row_id) == stands


def standing(desk: ReplicaDesk, row_id: str) -> Entity | None:
    """The hours of a date, or the blocked time, where it holds."""
    tx = desk.replica.tx()
    found = tx.find(TimeBlock, row_id)
    return tx.find(HoursException, row_id) if found is None or found.archived else found


def test_what_was_freed_is_not_freed_again_where_another_desk_has_moved_it_in_between(pair: Pair) -> None:
    case = begin(pair)
    block, seen = {"block_id": new_id()}, leave(case)
    pair.a.edit("block.put", block | seen)
    pair.a.edit("block.remove", block)
    assert pair.a.replica.undo() is not None
    pair.drain()
    pair.b.edit("block.put", block | seen | {"start": case.after(4), "end": case.after(5), "was": seen})
    pair.b.push()
    pair.b.pull()
    made = pair.b.replica.tx().find(TimeBlock, block["block_id"])
    redone = pair.a.replica.redo()
    assert redone is not None
    assert redone.refusals == ()
    pair.drain()
    pair.require_agreement()
    assert made is not None
    assert pair.a.replica.tx().find(TimeBlock, block["block_id"]) == made


def wall(start: datetime) -> str:
    """The local start, as a rule says it."""
    return start.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None).isoformat()


DAILY: Final = "FREQ=DAILY;COUNT=3"


def series_of(pair: Pair, case: Case) -> SeriesId:
    """Three visits of Ana's that both desks know, of which the second could not be had where it is wished for."""
    # No other case has its days.
    for _ in range(2):
        next(DAYS)
    series = SeriesId(new_id())
    pair.a.edit("appointment.book", case.booking(new_id(), case.after(24 + 3)))
    pair.a.edit("series.book", {
        "series_id": series, "customer_id": case.customer, "location_id": case.shop.location,
        "first": wall(case.start + timedelta(hours=3)), "rrule": DAILY,
        "wishes": [{"service_id": case.shop.cut, "resources": [case.shop.ana]}], "before": case.after(240),
    })  # fmt: skip
    pair.drain()
    assert standings(pair.b, series) == ["booked"] * 2
    return series


def find_a_place(pair: Pair, case: Case, series: SeriesId) -> None:
    """B finds another place for that date, of which A does not hear."""
    (item,) = waiting_about(pair.b, series)
    pair.b.edit("attention.resolve", {"item_id": item, "choice": "move", "start": case.after(24 + 6)})
    pair.b.push()


def cancel_first(desk: ReplicaDesk, series: SeriesId) -> None:
    first = visits(desk, series)[0]
    was = {"status": "booked", "start": instant_text(first.starts_at)}
    desk.edit("appointment.cancel", {"appointment_id": first.id, "was": was})


def visits(desk: ReplicaDesk, series: SeriesId) -> list[Appointment]:
    return sorted(desk.replica.tx().occurrences_of(series), key=lambda one: one.original_start)


def standings(desk: ReplicaDesk, series: SeriesId) -> list[str]:
    """What became of the visits of a series, in their order."""
    return [one.status.value for one in visits(desk, series)]


def waiting_about(desk: ReplicaDesk, row_id: str) -> list[str]:
    """The items about a row that wait for a person."""
    return [key for key, row in desk.rows()["attention_item"].items() if row_id in str(row) and "open" in row]


def end_series(desk: ReplicaDesk, series: SeriesId) -> None:
    desk.edit("series.end", {"series_id": series, "was": DAILY, "reason": "Moves away"})


def take_back(desk: ReplicaDesk) -> None:
    turned = desk.replica.undo()
    assert turned is not None
    assert turned.refusals == ()


def make_again(desk: ReplicaDesk) -> None:
    turned = desk.replica.redo()
    assert turned is not None
    assert turned.refusals == ()


@pytest.mark.parametrize("pulled", [False, True])
def test_an_end_of_a_series_is_taken_back_with_what_it_ended_unseen(pair: Pair, *, pulled: bool) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    find_a_place(pair, case, series)
    end_series(pair.a, series)
    if pulled:
        pair.a.push()
        pair.a.pull()
    for how, standing in (
        (take_back, "booked"),
        (lambda desk: desk.replica.redo(), "cancelled"),
        (take_back, "booked"),
    ):
        how(pair.a)
        pair.drain()
        pair.require_agreement()
        assert standings(pair.a, series) == [standing] * 3
        assert not waiting_about(pair.a, series)


def test_an_end_that_is_made_again_before_anybody_has_heard_of_it_ends_what_was_unseen(pair: Pair) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    find_a_place(pair, case, series)
    end_series(pair.a, series)
    take_back(pair.a)
    make_again(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.b, series) == ["cancelled"] * 3
    assert not waiting_about(pair.a, series)


def test_an_end_is_taken_back_of_which_the_desk_knew_of_nothing_that_it_ends(pair: Pair) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    last = visits(pair.b, series)[-1]
    was = {"status": "booked", "start": instant_text(last.starts_at)}
    pair.b.edit("appointment.cancel", {"appointment_id": last.id, "was": was})
    cancel_first(pair.b, series)
    pair.drain()
    find_a_place(pair, case, series)
    # It knows of nothing to be cancelled.
    end_series(pair.a, series)
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.a, series) == ["cancelled", "booked", "cancelled"]


def test_what_another_desk_has_cancelled_stays_so_when_the_end_of_its_series_is_taken_back(pair: Pair) -> None:
    series = series_of(pair, begin(pair))
    cancel_first(pair.b, series)
    pair.b.push()
    end_series(pair.a, series)
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.a, series) == ["cancelled", "booked"]


@pytest.mark.parametrize("pulled", [False, True])
def test_an_end_is_taken_back_of_what_another_desk_had_moved_before(pair: Pair, *, pulled: bool) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    waiting = waiting_about(pair.a, series)
    first = visits(pair.b, series)[0]
    line = {"service_id": case.shop.cut, "minutes": 45}
    seen = {
        "status": "booked", "start": instant_text(first.starts_at),
        "segments": [line | {"resources": [case.shop.ana]}],
    }  # fmt: skip
    pair.b.edit("appointment.reschedule", {
        "appointment_id": first.id, "was": seen, "start": case.after(6),
        "segments": [line | {"resources": [case.shop.ben]}],
    })  # fmt: skip
    pair.b.push()
    end_series(pair.a, series)
    if pulled:
        pair.a.push()
        pair.a.pull()
    for how, standing in ((take_back, "booked"), (make_again, "cancelled"), (take_back, "booked")):
        how(pair.a)
        pair.drain()
        pair.require_agreement()
        assert standings(pair.a, series) == [standing] * 2
        moved = visits(pair.a, series)[0]
        assert (instant_text(moved.starts_at), moved.resources) == (case.after(6), (case.shop.ben,))
        assert waiting_about(pair.a, series) == waiting


def test_an_end_is_taken_back_beside_whom_another_desk_had_let_arrive(pair: Pair) -> None:
    series = series_of(pair, begin(pair))
    first = visits(pair.b, series)[0]
    was = {"status": "booked", "start": instant_text(first.starts_at)}
    pair.b.edit("appointment.arrive", {"appointment_id": first.id, "was": was})
    pair.b.push()
    end_series(pair.a, series)
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.a, series) == ["arrived", "booked"]


def test_an_end_is_taken_back_by_nobody_where_another_desk_s_move_has_lost_its_place(pair: Pair) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    first = visits(pair.b, series)[0]
    was = {"status": "booked", "start": instant_text(first.starts_at)}
    pair.b.edit("appointment.reschedule", {"appointment_id": first.id, "was": was, "start": case.after(6)})
    pair.b.push()
    end_series(pair.a, series)
    pair.a.push()
    pair.b.pull()
    pair.b.edit("appointment.book", case.booking(new_id(), case.after(6)))
    pair.b.push()
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.a, series) == ["cancelled"] * 2
    assert waiting_about(pair.a, series)


def test_an_end_is_taken_back_by_nobody_where_what_it_ended_unseen_has_lost_its_place(pair: Pair) -> None:
    case = begin(pair)
    series = series_of(pair, case)
    find_a_place(pair, case, series)
    end_series(pair.a, series)
    pair.a.push()
    pair.b.pull()
    pair.b.edit("appointment.book", case.booking(new_id(), case.after(24 + 6)))
    pair.b.push()
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert standings(pair.a, series) == ["cancelled"] * 3
    assert waiting_about(pair.a, series)


@pytest.mark.parametrize("reason", ["a slip", "she has moved away"])
@pytest.mark.parametrize("pulled", [False, True])
def test_a_cancellation_that_was_made_anew_is_not_taken_back_as_the_first(
    pair: Pair, reason: str, *, pulled: bool
) -> None:
    case = begin(pair)
    pair.a.edit("appointment.cancel", case.was | {"reason": "a slip"})
    pair.drain()
    was = case.was["was"] | {"status": "cancelled"}
    with moved(timedelta(minutes=1)):
        pair.b.edit("appointment.undo_step", {"appointment_id": case.visit, "was": was})
        pair.b.edit("appointment.cancel", case.was | {"reason": reason})
        pair.b.push()
        if pulled:
            pair.a.pull()
        turned = pair.a.replica.undo()
        assert turned is not None
        pair.drain()
        pair.require_agreement()
        assert state_of(pair.a, case.visit) == (Status.CANCELLED, reason)
        told = [one.code for one in turned.refusals]
        items = waiting_about(pair.a, case.visit)
        assert (told, len(items)) in (([Code.CHANGED_MEANWHILE], 0), ([], 1))
        # Whoever has seen that it stands cancelled may still take that back.
        for item in items:
            pair.a.edit("attention.resolve", {"item_id": item, "choice": "keep"})
            pair.drain()
            pair.require_agreement()
            assert state_of(pair.a, case.visit) == (Status.BOOKED, "")


def language(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    slip, meant = case.field("language", "", "fr"), case.field("language", "", "de")
    return case.customer, ("customer.update", slip), ("customer.update", meant)


def price(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    known = pair.a.replica.tx().find(Service, case.shop.cut)
    assert known is not None
    was = known.price

    def at(more: int) -> Wish:
        edits = [{"field": "price", "was": was, "value": was + more}]
        return "service.update", {"service_id": case.shop.cut, "edits": edits}

    return case.shop.cut, at(1000), at(500)


def closed_day(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    day = {"owner_id": case.shop.location, "day": (case.start + timedelta(days=300)).date().isoformat()}
    return (
        case.shop.location,
        ("hours.except", day | {"opens": 540, "closes": 720}),
        ("hours.except", day | {"reason": "Christmas"}),
    )


def offered(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    _, entry, withdrawal = withdrawn(pair, case)
    until = instant_text(case.start - timedelta(hours=2))
    offer = {"entry_id": entry, "start": case.after(5), "resources": [case.shop.ana], "until": until}
    return entry, withdrawal, ("waitlist.offer", offer)


def consented(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    def say(*, given: bool) -> Wish:
        return "customer.consent", {"customer_id": case.customer, "to": "reminders", "given": given}

    return case.customer, say(given=True), say(given=False)


def wished(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return wish_of(pair, case, "notes", "b")


def wish_of(pair: Pair, case: Case, field: str, value: Any) -> tuple[str, Wish, Wish]:
    """A slip in the notes of a wish, and what another desk makes of a field of it."""
    _, entry, _ = withdrawn(pair, case)
    was = {"service_id": case.shop.cut}

    def change(field: str, value: Any) -> Wish:
        return "waitlist.change", {"entry_id": entry, "was": was, "wish": was | {field: value}}

    return entry, change("notes", "a"), change(field, value)


def block_of(
    pair: Pair, case: Case, slip: dict[str, str], meant: dict[str, str], *, reason: str = "Leave"
) -> tuple[str, Wish, Wish]:
    """A slip in what a block says, and what another desk makes of it."""
    block = new_id()
    seen = {"resource_id": case.shop.ana, "start": case.after(5), "end": case.after(6), "reason": reason}
    pair.a.edit("block.put", {"block_id": block} | seen)

    def change(said: dict[str, str]) -> Wish:
        return "block.put", {"block_id": block, "was": seen} | seen | said

    return block, change(slip), change(meant)


def moved_block(case: Case) -> dict[str, str]:
    return {"start": case.after(7), "end": case.after(8)}


def explained_block(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return block_of(pair, case, {"reason": "Training"}, {"reason": "Surgery"})


def block_explained_alike(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    """Both say the same reason, where none had stood: the other desk's stays when the slip is taken back."""
    said = {"reason": "Surgery"}
    return block_of(pair, case, said | moved_block(case), said, reason="")


@pytest.mark.parametrize(
    "how", [language, price, closed_day, offered, consented, wished, explained_block, block_explained_alike]
)
@pytest.mark.parametrize("together", [False, True])
def test_what_a_slip_passed_over_unseen_is_not_lost_in_silence(
    pair: Pair, how: Callable[[Pair, Case], tuple[str, Wish, Wish]], *, together: bool
) -> None:
    row, slip, meant = how(pair, begin(pair))
    pair.drain()
    others = waiting_about(pair.a, row)
    pair.b.edit(*meant)
    pair.b.push()
    with moved(timedelta(minutes=1)):
        pair.a.edit(*slip)
        if not together:
            pair.a.push()
        turned = pair.a.replica.undo()
        assert turned is not None
        assert not turned.refusals
        pair.drain()
        pair.require_agreement()
        (item,) = {*waiting_about(pair.a, row)} - {*others}
        # Whoever has been told may take it back all the same.
        pair.a.edit("attention.resolve", {"item_id": item, "choice": "keep"})
        pair.drain()
        pair.require_agreement()
        assert waiting_about(pair.a, row) == others


@pytest.mark.parametrize("away", ["until it is over", "while it is over"])
def test_a_slip_is_taken_back_where_time_alone_has_passed_over_what_stood_there(pair: Pair, away: str) -> None:
    case, entry = begin(pair), new_id()
    who = {"entry_id": entry, "customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", who | {"wish": {"service_id": case.shop.cut}})
    slot = {"start": case.after(5), "resources": [case.shop.ana], "until": instant_text(now() + timedelta(minutes=1))}
    pair.a.edit("waitlist.offer", {"entry_id": entry, **slot})
    pair.drain()
    made_after = timedelta(seconds=20) if away == "until it is over" else timedelta(minutes=3)
    with moved(made_after):
        pair.a.edit("waitlist.withdraw", {"entry_id": entry})
        turned = pair.a.replica.undo()
        assert turned is not None
    with moved(timedelta(minutes=4)):
        lapse(pair)
        pair.drain()
        assert not waiting_about(pair.a, entry)
        lapse(pair)
        pair.drain()
        pair.require_agreement()
        row = pair.b.replica.tx().find(WaitlistEntry, WaitlistEntryId(entry))
        assert row is not None
        assert (row.state, row.offer) == (WaitlistState.WAITING, None)


def test_a_slip_is_taken_back_where_the_last_day_of_the_wish_is_over(pair: Pair) -> None:
    case, entry = begin(pair), new_id()
    tomorrow = now().date() + timedelta(days=1)
    who = {"entry_id": entry, "customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", who | {"wish": {"service_id": case.shop.cut, "to_day": tomorrow.isoformat()}})
    pair.drain()
    pair.a.edit("waitlist.withdraw", {"entry_id": entry})
    assert pair.a.replica.undo() is not None
    lapse(pair, timedelta(days=3))
    pair.drain()
    pair.require_agreement()
    assert not waiting_about(pair.a, entry)


def test_an_offer_that_another_desk_has_taken_back_is_not_made_again_by_a_slip(pair: Pair) -> None:
    case, entry = begin(pair), new_id()
    who = {"entry_id": entry, "customer_id": case.customer, "location_id": case.shop.location}
    pair.a.edit("waitlist.add", who | {"wish": {"service_id": case.shop.cut}})
    pair.drain()
    slot = {"start": case.after(5), "resources": [case.shop.ana], "until": instant_text(now() + timedelta(hours=1))}
    pair.b.edit("waitlist.offer", {"entry_id": entry, **slot})
    pair.drain()
    assert pair.b.replica.undo() is not None
    pair.b.push()
    pair.a.edit("waitlist.withdraw", {"entry_id": entry})
    assert pair.a.replica.undo() is not None
    pair.drain()
    pair.require_agreement()
    assert len(waiting_about(pair.a, entry)) == 1


def lapse(pair: Pair, later: timedelta = timedelta()) -> None:
    """Let the server write down what time has made of it."""
    for one in ENDINGS:
        end(pair.engine, pair.shop.tenant, one, now() + later)


def language_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    more = {"customer_id": case.customer, "edits": [], "tags_added": ["regular"]}
    return case.customer, language(pair, case)[1], ("customer.update", more)


def wish_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return wish_of(pair, case, "earliest", 600)


def terms_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    row, slip, _ = price(pair, case)
    return (
        row,
        slip,
        ("service.update", {"service_id": row, "edits": [], "terms_put": [{"resource_id": case.shop.ben}]}),
    )


def merged_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    kept = new_id()
    pair.a.edit("customer.create", {"customer_id": kept, "name": "Ida Brandt"})
    return kept, language(pair, case)[1], ("customer.merge", {"kept_id": kept, "merged_id": case.customer})


def block_moved_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return block_of(pair, case, {"reason": "Training"}, moved_block(case))


def block_given_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return block_of(pair, case, {"reason": ""}, {"resource_id": case.shop.ben})


def block_explained_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return block_of(pair, case, moved_block(case), {"reason": "Surgery"})


def block_said_nothing_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    return block_of(pair, case, {"resource_id": case.shop.ben}, {"reason": ""})


def freed_block_beside(pair: Pair, case: Case) -> tuple[str, Wish, Wish]:
    row, _, beside = block_of(pair, case, {}, moved_block(case))
    return row, ("block.remove", {"block_id": row}), beside


BLOCKS_BESIDE: Final = (
    block_moved_beside, block_given_beside, block_explained_beside, block_said_nothing_beside
)  # fmt: skip


@pytest.mark.parametrize(
    "how", [language_beside, wish_beside, terms_beside, merged_beside, freed_block_beside, *BLOCKS_BESIDE]
)
def test_what_others_have_changed_beside_a_slip_is_in_nobodys_way(
    pair: Pair, how: Callable[[Pair, Case], tuple[str, Wish, Wish]]
) -> None:
    row, slip, beside = how(pair, begin(pair))
    pair.drain()
    others = waiting_about(pair.a, row)
    pair.b.edit(*beside)
    pair.b.push()
    pair.b.pull()
    meant = pair.b.rows()
    pair.a.edit(*slip)
    take_back(pair.a)
    pair.drain()
    pair.require_agreement()
    assert waiting_about(pair.a, row) == others
    assert pair.a.rows() == meant


@pytest.mark.parametrize("how", [language_beside, wish_beside, terms_beside, *BLOCKS_BESIDE])
@pytest.mark.parametrize("together", [False, True])
def test_what_others_have_changed_beside_a_slip_is_in_nobodys_way_when_it_is_made_again(
    pair: Pair, how: Callable[[Pair, Case], tuple[str, Wish, Wish]], *, together: bool
) -> None:
    row, slip, beside = how(pair, begin(pair))
    pair.drain()
    others = waiting_about(pair.a, row)
    pair.b.edit(*beside)
    pair.b.push()
    pair.b.pull()
    meant = pair.b.rows()
    pair.a.edit(*slip)
    for turn in (take_back, make_again, take_back):
        if not together:
            pair.a.push()
        turn(pair.a)
    pair.drain()
    pair.require_agreement()
    assert waiting_about(pair.a, row) == others
    assert pair.a.rows() == meant


@pytest.mark.parametrize("how", [language, price, closed_day, offered, consented, wished])
def test_a_slip_over_what_was_seen_is_taken_back_and_made_again(
    pair: Pair, how: Callable[[Pair, Case], tuple[str, Wish, Wish]]
) -> None:
    _, slip, _ = how(pair, begin(pair))
    pair.drain()
    before = pair.a.rows()
    pair.a.edit(*slip)
    pair.drain()
    after = pair.a.rows()
    for turn, wanted in ((take_back, before), (make_again, after), (take_back, before)):
        turn(pair.a)
        pair.drain()
        pair.require_agreement()
        assert pair.a.rows() == wanted


def rename(desk: ReplicaDesk) -> None:
    """The book of a desk begins again under another name: what waits in it is dated anew."""
    name = new_id()
    begin_again(desk.replica.database, name, offer_sent=False)
    desk.wire.replica = name
    desk.wire.renew()
    desk.replica.registered(desk.wire.try_register().json())


def say_text(case: Case, *, given: bool) -> Wish:
    return "customer.consent", {"customer_id": case.customer, "to": "text", "given": given}


def last_words(desk: ReplicaDesk, case: Case) -> list[bool]:
    found = desk.replica.tx().find(Customer, case.customer)
    assert found is not None
    return [one.given for one in found.consents]


@pytest.mark.parametrize("sent", [False, True], ids=["all of it waits", "what was said before was sent"])
def test_a_slip_about_a_consent_is_taken_back_where_the_book_took_another_name_in_between(
    pair: Pair, *, sent: bool
) -> None:
    case = begin(pair)
    pair.a.edit(*say_text(case, given=True))
    if sent:
        pair.drain()
    pair.a.edit(*say_text(case, given=False))
    take_back(pair.a)
    with moved(timedelta(minutes=2)):
        rename(pair.a)
        pair.drain()
        pair.require_agreement()
        assert not waiting_about(pair.a, case.customer)
        assert last_words(pair.b, case) == [True]
        make_again(pair.a)
        rename(pair.a)
        pair.drain()
        pair.require_agreement()
        assert not waiting_about(pair.a, case.customer)
        assert last_words(pair.b, case) == [False]


@pytest.mark.parametrize("renamed", [False, True])
def test_what_somebody_else_was_told_about_a_consent_in_between_is_not_lost_in_silence(
    pair: Pair, *, renamed: bool
) -> None:
    case = begin(pair)
    pair.a.edit(*say_text(case, given=True))
    pair.drain()
    with moved(timedelta(minutes=1)):
        pair.b.edit(*say_text(case, given=False))
        pair.b.push()
    with moved(timedelta(minutes=2)):
        pair.a.edit(*say_text(case, given=False))
        take_back(pair.a)
        if renamed:
            rename(pair.a)
        pair.drain()
        pair.require_agreement()
        assert len(waiting_about(pair.a, case.customer)) == 1
        assert last_words(pair.a, case) == [False]


def test_the_same_word_that_somebody_else_was_told_later_keeps_its_time(pair: Pair) -> None:
    case = begin(pair)
    pair.a.edit(*say_text(case, given=True))
    pair.drain()
    with moved(timedelta(minutes=1)):
        pair.b.edit(*say_text(case, given=True))
        pair.b.push()
    with moved(timedelta(minutes=2)):
        pair.a.edit(*say_text(case, given=False))
        take_back(pair.a)
        pair.drain()
        pair.require_agreement()
        assert len(waiting_about(pair.a, case.customer)) == 1


def state_of(desk: ReplicaDesk, visit: str) -> tuple[Status, str]:
    """How a visit stands, and why it was cancelled."""
    found = desk.replica.tx().find(Appointment, visit)
    assert found is not None
    return found.status, found.cancel_reason


def lunches(pair: Pair, case: Case) -> SeriesId:
    """Three lunches of Ben's, which both desks know; of three more A does not hear."""
    series = SeriesId(new_id())
    rule = {
        "series_id": series, "resource_id": case.shop.ben, "first": wall(case.start + timedelta(hours=3)),
        "minutes": 60, "rrule": "FREQ=WEEKLY", "reason": "Lunch",
    }  # fmt: skip
    pair.a.edit("block.repeat", rule | {"before": case.after(20 * 24)})
    pair.drain()
    pair.b.edit("block.repeat", rule | {"before": case.after(40 * 24)})
    pair.b.push()
    return series


def blocks(desk: ReplicaDesk, series: SeriesId) -> list[TimeBlock]:
    found = (desk.replica.tx().find(TimeBlock, key) for key in desk.rows()["time_block"])
    return sorted((one for one in found if one and one.origin == series), key=lambda one: one.starts_at)


def blocked(desk: ReplicaDesk, series: SeriesId) -> list[bool]:
    """Which blocks of a rule stand, in their order."""
    return [not one.archived for one in blocks(desk, series)]


@pytest.mark.parametrize("pulled", [False, True])
@pytest.mark.parametrize("week", [0, 1])
def test_an_end_of_blocks_is_taken_back_with_what_it_freed_unseen(pair: Pair, week: int, *, pulled: bool) -> None:
    case = begin(pair)
    series = lunches(pair, case)
    # What was freed by itself stays so: what both know of, and what B alone does.
    pair.a.edit("block.remove", {"block_id": blocks(pair.a, series)[2].id})
    pair.a.push()
    pair.b.edit("block.remove", {"block_id": blocks(pair.b, series)[4].id})
    pair.b.push()
    since = f"{wall(case.start + timedelta(days=7 * week, hours=3))}/0"
    pair.a.edit(
        "block.end_repeat", {"series_id": series, "resource_id": case.shop.ben, "was": "FREQ=WEEKLY", "since": since}
    )
    if pulled:
        pair.a.push()
        pair.a.pull()
    before = [True, True, False, True, False, True]
    ended = [True] * week + [False] * (6 - week)
    for how, expected in ((take_back, before), (make_again, ended), (take_back, before)):
        how(pair.a)
        pair.drain()
        pair.require_agreement()
        assert blocked(pair.a, series) == expected
        assert not waiting_about(pair.a, series)


def test_nobody_names_more_than_twenty(pair: Pair) -> None:
    case = begin(pair)
    pair.a.edit("customer.update", case.field("alert", "", "Latex"))
    (sent,) = (dict(one) for one in pair.a.replica.unsent(500))
    assert pair.a.wire.try_push(sent | {"undoes": [new_id() for _ in range(21)]}).status_code == 422
    pair.drain()
    pair.require_agreement()
