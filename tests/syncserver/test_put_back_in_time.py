"""What the server decided by itself since the backup is made again between what desks hand in, in its time (P30)."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.clock import instant_text
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem
from shared.model.base import MutationId
from shared.model.business import Business, Location
from shared.model.member import Role
from shared.model.registry import E, entity_type
from syncserver.services.jobs.overdue import end_overdue
from syncserver.services.server import open_server
from syncserver.services.sync import recovery, timeline
from syncserver.services.sync.endings.ending import ENDINGS, GOING_ON, Ending
from syncserver.services.sync.gateway import Edit
from syncserver.services.sync.recovery import end_recovery
from syncserver.store.faults import TookTooLong
from syncserver.store.recoveries import Offer, recovering
from tests.support.moving_clock import moved
from tests.support.shop import put_rows, stored_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.test_put_back import WAIT, Stage, begin_again, customer, decided, offer, spoken, stage

__all__ = ["stage"]
LIFE = timedelta(minutes=90)
MINUTE = timedelta(minutes=1)
NOON = next_day(12, days=2)


def rows(stage: Stage, cls: type[E]) -> list[E]:
    kind = entity_type(cls)
    return [kind.decode(row) for row in stored_rows(stage.engine, stage.shop.tenant)[kind.table].values()]


def standing(stage: Stage) -> list[tuple[str, str]]:
    """What became of each visit, in the order in which they were made."""
    made = sorted(rows(stage, Appointment), key=lambda one: one.steps[0].at)
    return [(one.customer_id or "", one.status.value) for one in made]


def statuses(stage: Stage) -> list[str]:
    return [status for _, status in standing(stage)]


def look(stage: Stage, endings: Sequence[Ending] = ENDINGS) -> int:
    """What the server's own job makes."""
    return end_overdue(open_server(stage.engine, stage.settings), stage.shop.tenant, endings).made


def requests_last(stage: Stage) -> None:
    """Requests hold their place, and wait for an answer for ninety minutes."""
    (business,) = rows(stage, Business)
    put_rows(stage.engine, stage.shop.tenant, replace(business, request_life=90, requests_hold=True))


def requested(desk: WireDesk, start: datetime = NOON) -> Json:
    return desk.booking(start, status="requested")


def confirmed(desk: WireDesk, asked: Json, status: str = "requested") -> Json:
    args = asked["args"]
    was = {"status": status, "start": args["start"]}
    return desk.edit("appointment.confirm", {"appointment_id": args["appointment_id"], "was": was})


def at_again(desk: WireDesk, address: str) -> WireDesk:
    """The desk later on the same day, its sessions' tokens grown too old."""
    desk.http.base_url = address
    desk.sign_in()
    desk.register()
    return desk


def handed_in_again(
    stage: Stage, desk: WireDesk, sent: Sequence[Json], after: timedelta, **other: Any
) -> list[Json]:  # fmt: skip
    """What comes of what a desk had sent, once the database was put back and all is decided."""
    stage.put_back()
    with stage.serving() as address:
        with moved(after):
            desk.http.base_url = address
            desk.sign_in()
            edits = begin_again(desk, address, [{**one, "author": desk.session, **other} for one in sent])
            assert offer(desk, edits) == {"taken": len(edits)}
        with moved(after + WAIT):
            assert not desk.try_register().json()["recovering"]
            outcomes = desk.push(*edits)
            desk.pull()
        assert not recovering(stage.engine)
        return outcomes


def applied(outcomes: Sequence[Json]) -> list[bool]:
    return [one["outcome"] == "applied" for one in outcomes]


def test_a_request_of_the_backup_runs_out_before_its_place_is_given_away(stage: Stage) -> None:
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        desk.push(requested(desk))
        desk.pull()
    stage.back_up()
    with stage.serving() as address, moved(LIFE + MINUTE):
        assert look(stage) == 1
        sent = decided(at_again(desk, address), desk.booking(NOON))
    stood = statuses(stage)
    assert applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)) == [True]
    assert statuses(stage) == stood == ["expired", "booked"]
    assert not rows(stage, AttentionItem)


def test_a_request_that_is_handed_in_runs_out_among_what_is(stage: Stage) -> None:
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        sent = decided(desk, requested(desk), customer(desk, "Between"))
        with moved(LIFE + MINUTE):
            at_again(desk, address)
            assert look(stage) == 1
            sent += decided(desk, customer(desk, "Later"), desk.booking(NOON), customer(desk, "Last"))
    stood = statuses(stage)
    assert all(applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)))
    assert statuses(stage) == stood == ["expired", "booked"]
    assert not rows(stage, AttentionItem)


def test_a_request_that_was_answered_in_time_does_not_run_out(stage: Stage) -> None:
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        asked = requested(desk)
        desk.push(asked)
        desk.pull()
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        sent = decided(desk, confirmed(desk, asked))
        with moved(LIFE + MINUTE):
            at_again(desk, address)
            assert look(stage) == 0
            sent += decided(desk, customer(desk, "Later"))
    assert all(applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)))
    assert statuses(stage) == ["booked"]


def test_an_edit_of_which_nobody_knows_when_it_was_made_brings_no_time_with_it(stage: Stage) -> None:
    """The key of its lease went with the history: it counts as made now, and stands before what came in time."""
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        asked = requested(desk)
        desk.push(asked)
        desk.pull()
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        first, second = decided(desk, customer(desk, "Of an unknown hour"), confirmed(desk, asked))
    sent = [{**first, "lease": "of a key that is lost"}, second]
    assert all(applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)))
    assert statuses(stage) == ["booked"]


def test_a_request_that_was_confirmed_before_the_job_came_stays_confirmed(stage: Stage) -> None:
    """Another one, which came to its end as well, has lost its hour to somebody by then."""
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        asked = requested(desk)
        desk.push(asked, requested(desk, NOON + timedelta(hours=2)))
        desk.pull()
    stage.back_up()
    with stage.serving() as address, moved(LIFE + timedelta(seconds=20)):
        sent = decided(at_again(desk, address), confirmed(desk, asked))
        assert look(stage) == 1
        sent += decided(desk, customer(desk, "Later"), desk.booking(NOON + timedelta(hours=2)))
    stood = statuses(stage)
    assert all(applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)))
    assert statuses(stage) == stood
    assert sorted(stood) == ["booked", "booked", "expired"]


@pytest.mark.parametrize("before", [None, (recovery, "record_then"), (timeline, "end_within")])
def test_what_another_process_decides_meanwhile_lets_nothing_run_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, before: tuple[Any, str] | None
) -> None:
    """A booking is refused, for who had freed its hour does not come; a request was confirmed later, and in time."""
    requests_last(stage)
    slot = NOON + timedelta(hours=3)
    with stage.serving() as address:
        desk, away = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
        asked, held = requested(desk), desk.booking(slot)
        desk.push(asked, held)
        desk.pull()
    stage.back_up()
    with stage.serving() as address, moved(LIFE + timedelta(seconds=20)):
        was = {"status": "booked", "start": held["args"]["start"]}
        freed = {"appointment_id": held["args"]["appointment_id"], "was": was}
        decided(at_again(away, address), away.edit("appointment.cancel", freed))
        sent = decided(at_again(desk, address), desk.booking(slot), confirmed(desk, asked))
    stage.put_back()
    with stage.serving() as address:
        with moved(LIFE + 2 * MINUTE):
            desk.http.base_url = address
            desk.sign_in()
            edits = begin_again(desk, address, [{**one, "author": desk.session} for one in sent])
            assert offer(desk, edits) == {"taken": 2}
        with moved(LIFE + 2 * MINUTE + WAIT):
            with monkeypatch.context() as patch:
                if before is not None:
                    let_another_decide(patch, stage, before)
                end_recovery(stage.engine, stage.shop.tenant)
            assert not desk.try_register().json()["recovering"]
            assert applied(desk.push(*edits)) == [False, True]
    assert sorted(statuses(stage)) == ["booked", "booked"]


def let_another_decide(patch: pytest.MonkeyPatch, stage: Stage, before: tuple[Any, str]) -> None:
    """Before a function first takes the clock another process decides one edit, and gets no further."""
    as_ever = getattr(*before)

    def interrupted(*given: Any) -> Any:
        patch.setattr(*before, as_ever)
        with pytest.MonkeyPatch.context() as dies:
            dies.setattr(timeline.Timeline, "note", dying)
            with pytest.raises(StorageFault):
                end_recovery(stage.engine, stage.shop.tenant)
        return as_ever(*given)

    patch.setattr(*before, interrupted)


def test_what_one_desk_had_done_away_from_the_server_is_not_cut_by_time(stage: Stage) -> None:
    """A request was made and confirmed in time, and pushed with another one after both their lives."""
    requests_last(stage)
    with stage.serving() as address:
        away, other = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    with stage.serving() as address:
        asked, left = requested(away), requested(away, NOON + timedelta(hours=2))
        made = [asked, left, confirmed(away, asked)]
        made = [{**one, "seq": seq} for seq, one in enumerate(made, start=asked["seq"])]
        with moved(LIFE + MINUTE):
            theirs = decided(at_again(other, address), customer(other, "Meanwhile"))
            at_again(away, address)
            mine = decided(away, *[{**one, "author": away.session} for one in made])
            assert look(stage) == 1
    stage.put_back()
    with stage.serving() as address:
        pushed = []
        with moved(LIFE + 2 * MINUTE):
            for one, sent in ((other, theirs), (away, mine)):
                one.http.base_url = address
                one.sign_in()
                edits = begin_again(one, address, [{**each, "author": one.session} for each in sent])
                assert offer(one, edits) == {"taken": len(edits)}
                pushed.append((one, edits))
        with moved(LIFE + 2 * MINUTE + WAIT):
            assert not away.try_register().json()["recovering"]
            assert all(all(applied(one.push(*edits))) for one, edits in pushed)
    assert sorted(statuses(stage)) == ["booked", "expired"]


def test_what_is_made_late_and_pushed_last_hides_nothing_that_was_due(stage: Stage) -> None:
    """A colleague's customer, whose desk does not come; a booking of an hour that ran out; and somebody's morning."""
    requests_last(stage)
    with stage.serving() as address:
        desk, other, away = (
            stage.desk(address, role) for role in (Role.TENANT_OWNER, Role.TENANT_STAFF, Role.TENANT_MANAGER)
        )
        desk.push(requested(desk))
        desk.pull()
    stage.back_up()
    theirs = new_id()
    with stage.serving() as address:
        desk.http.base_url = other.http.base_url = address
        decided(other, customer(other, "Somebody", theirs))
        sent = decided(desk, spoken(desk, theirs, "", "French"))
        morning = customer(away, "Of the morning")
        with moved(LIFE + MINUTE):
            assert look(stage) == 1
            sent += decided(at_again(desk, address), desk.booking(NOON))
            at_again(away, address)
            late = decided(away, {**morning, "author": away.session})
    stage.put_back()
    with stage.serving() as address:
        with moved(LIFE + 2 * MINUTE):
            for one, edits in ((desk, sent), (away, late)):
                one.http.base_url = address
                one.sign_in()
                again = begin_again(one, address, [{**each, "author": one.session} for each in edits])
                assert offer(one, again) == {"taken": len(again)}
        with moved(LIFE + 2 * MINUTE + WAIT):
            assert not desk.try_register().json()["recovering"]
    assert statuses(stage) == ["expired", "booked"]


def test_what_time_could_not_help_is_decided_together(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customers of another desk, say, which does not come: each edit of them is refused."""
    with stage.serving() as address:
        desk, other = stage.desk(address), stage.desk(address, Role.TENANT_STAFF)
    stage.back_up()
    theirs = [new_id() for _ in range(40)]
    with stage.serving() as address:
        desk.http.base_url = other.http.base_url = address
        decided(other, *[customer(other, "Somebody", one) for one in theirs])
        sent = decided(desk, *[spoken(desk, one, "", "French") for one in theirs])
    times, as_ever = list[int](), recovery._decide

    def counted(connection: Any, tenant: Any, offers: Sequence[Offer]) -> Any:
        times.append(len(offers))
        return as_ever(connection, tenant, offers)

    monkeypatch.setattr(recovery, "_decide", counted)
    assert not any(applied(handed_in_again(stage, desk, sent, MINUTE)))
    assert sum(times) <= 3 * len(theirs)


def goes_on(stage: Stage) -> None:
    (business,) = rows(stage, Business)
    (location,) = rows(stage, Location)
    put_rows(stage.engine, stage.shop.tenant, replace(business, max_advance=60, series_clash="part"))
    put_rows(stage.engine, stage.shop.tenant, replace(location, zone="UTC"))


def a_series(desk: WireDesk, start: datetime) -> Json:
    """Weekly, without an end, of which two visits are made."""
    args = {
        "series_id": new_id(), "customer_id": desk.shop.customer, "location_id": desk.shop.location,
        "first": f"{start:%Y-%m-%dT%H:%M:%S}", "rrule": "FREQ=WEEKLY",
        "wishes": [{"service_id": desk.shop.cut, "resources": [desk.shop.ana]}],
        "before": instant_text(start + timedelta(days=13)),
    }  # fmt: skip
    return desk.edit("series.book", args)


def cancelled_for_another(stage: Stage, desk: WireDesk, known: Collection[str]) -> list[Json]:
    """The first visit that the server has made is cancelled, and its hour given to somebody."""
    gone = min((one for one in rows(stage, Appointment) if one.id not in known), key=lambda one: one.starts_at)
    was = {"status": gone.status.value, "start": instant_text(gone.starts_at)}
    args = {"appointment_id": gone.id, "was": was, "reason": "ill", "by": "customer"}
    return decided(desk, desk.edit("appointment.cancel", args), desk.booking(gone.starts_at))


def by_start(stage: Stage) -> list[tuple[datetime, Status]]:
    return sorted((one.starts_at, one.status) for one in rows(stage, Appointment))


def test_a_series_of_the_backup_goes_on_before_its_further_visits_are_changed(stage: Stage) -> None:
    goes_on(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        desk.push(a_series(desk, next_day(10)))
        desk.pull()
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        known = {one.id for one in rows(stage, Appointment)}
        assert look(stage, GOING_ON) == 1
        sent = cancelled_for_another(stage, desk, known)
    stood = by_start(stage)
    assert applied(handed_in_again(stage, desk, sent, MINUTE)) == [True, True]
    assert look(stage, GOING_ON) == 0
    assert by_start(stage) == stood
    assert not rows(stage, AttentionItem)


def test_a_series_that_is_handed_in_goes_on_among_what_is(stage: Stage) -> None:
    goes_on(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        sent = decided(desk, customer(desk, "First"), a_series(desk, next_day(10)))
        known = {one.id for one in rows(stage, Appointment)}
        assert look(stage, GOING_ON) == 1
        sent += cancelled_for_another(stage, desk, known)
    stood = by_start(stage)
    assert all(applied(handed_in_again(stage, desk, sent, MINUTE)))
    assert by_start(stage) == stood
    assert not rows(stage, AttentionItem)


def test_who_had_booked_before_a_series_went_on_keeps_the_hour(stage: Stage) -> None:
    """What goes on is made hours after it may be; until then the hour is free."""
    goes_on(stage)
    first = next_day(10)
    with stage.serving() as address:
        desk = stage.desk(address)
        desk.push(a_series(desk, first))
        desk.pull()
    stage.back_up()
    with stage.serving() as address:
        desk.http.base_url = address
        sent = decided(desk, desk.booking(first + timedelta(days=14)))
        look(stage, GOING_ON)
    stood = by_start(stage)
    assert applied(handed_in_again(stage, desk, sent, MINUTE)) == [True]
    look(stage, GOING_ON)
    assert by_start(stage) == stood


def failing(*_: object) -> Any:
    raise ZeroDivisionError


def dying(*_: object) -> Any:
    raise StorageFault("away")


def too_long(*_: object) -> Any:
    raise TookTooLong("five seconds")


def never_over(*_: object) -> list[Edit]:
    """Something that stays due, whatever is made."""
    return [Edit(id=MutationId(new_id()), name="customer.create", args={}, at=NOON)]


def made_nothing(*_: object) -> tuple[int, int]:
    return 0, 1


def made_one(*_: object) -> tuple[int, int]:
    return 1, 1


def with_a_request(stage: Stage) -> tuple[WireDesk, list[Json]]:
    """A desk with what it had sent after a request of the backup had run out: somebody, and who has its hour."""
    requests_last(stage)
    with stage.serving() as address:
        desk = stage.desk(address)
        desk.push(requested(desk))
        desk.pull()
    stage.back_up()
    with stage.serving() as address, moved(LIFE + MINUTE):
        at_again(desk, address)
        assert look(stage) == 1
        return desk, decided(desk, customer(desk, "One"), desk.booking(NOON), customer(desk, "Two"))


def breaking(patch: pytest.MonkeyPatch, **other: Any) -> None:
    patch.setattr(timeline, "ENDINGS", [replace(one, **other) for one in ENDINGS])


@pytest.mark.parametrize("fails", [failing, too_long])
def test_what_is_due_that_cannot_be_told_holds_up_no_recovery(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fails: Any
) -> None:
    desk, sent = with_a_request(stage)
    breaking(monkeypatch, due=fails)
    assert applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)) == [True, False, True]
    assert statuses(stage) == ["requested"]


@pytest.mark.parametrize("fails", [failing, too_long, made_nothing])
def test_what_is_due_that_cannot_be_made_holds_up_no_recovery(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fails: Any
) -> None:
    desk, sent = with_a_request(stage)
    monkeypatch.setattr(timeline, "end_within", fails)
    assert applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)) == [True, False, True]
    assert statuses(stage) == ["requested"]


def test_what_comes_due_again_and_again_holds_up_no_recovery(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one ending brought about another, in a circle."""
    desk, sent = with_a_request(stage)
    breaking(monkeypatch, due=never_over)
    monkeypatch.setattr(timeline, "end_within", made_one)
    assert applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)) == [True, False, True]


def test_an_edit_that_fails_once_time_has_gone_on_holds_up_no_recovery(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own function, say, of which nobody knew that it fails so."""

    def fails_once_it_is_booked(one: Offer, outcome: str | None) -> int:
        return failing() if (one.name, outcome) == ("appointment.book", "applied") else as_ever(one, outcome)

    desk, sent = with_a_request(stage)
    as_ever = recovery._likeness
    monkeypatch.setattr(recovery, "_likeness", fails_once_it_is_booked)
    assert applied(handed_in_again(stage, desk, sent, LIFE + 2 * MINUTE)) == [True, False, True]


@pytest.mark.parametrize("where", ["told", "made"])
def test_trouble_that_passes_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    desk, sent = with_a_request(stage)
    stage.put_back()
    with stage.serving() as address, moved(LIFE + 2 * MINUTE):
        desk.http.base_url = address
        desk.sign_in()
        offer(desk, begin_again(desk, address, [{**one, "author": desk.session} for one in sent]))
        with monkeypatch.context() as patch:
            if where == "told":
                breaking(patch, due=dying)
            else:
                patch.setattr(timeline, "end_within", dying)
            with pytest.raises(StorageFault):
                end_recovery(stage.engine, stage.shop.tenant)
        assert recovering(stage.engine)
        end_recovery(stage.engine, stage.shop.tenant)
    assert statuses(stage) == ["expired", "booked"]


def test_it_is_made_again_with_what_stands_on_it_or_not_where_recovery_is_killed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_once_it_is_booked(one: Offer, outcome: str | None) -> int:
        if (one.name, outcome) == ("appointment.book", "applied"):
            raise StorageFault("away")
        return as_ever(one, outcome)

    desk, sent = with_a_request(stage)
    as_ever = recovery._likeness
    stage.put_back()
    with stage.serving() as address, moved(LIFE + 2 * MINUTE):
        desk.http.base_url = address
        desk.sign_in()
        offer(desk, begin_again(desk, address, [{**one, "author": desk.session} for one in sent]))
        with monkeypatch.context() as dies:
            dies.setattr(recovery, "_likeness", dies_once_it_is_booked)
            with pytest.raises(StorageFault):
                end_recovery(stage.engine, stage.shop.tenant)
        assert statuses(stage) == ["requested"]
        end_recovery(stage.engine, stage.shop.tenant)
    assert statuses(stage) == ["expired", "booked"]
