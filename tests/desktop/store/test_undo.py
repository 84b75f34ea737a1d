"""Undo and redo of every mutation over the replica, in its own transaction and across everything that may happen."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.operations import customers
from desktop.store import finding
from desktop.store.fork import begin_again
from desktop.store.replica import Edited, Replica
from desktop.store.turning import PART, Turned
from desktop.store.undo import KEPT, Step
from shared import ids
from shared.errors import Code
from shared.model.appointment import Appointment, Status
from shared.model.appointment import Step as Taken
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AppointmentId, AttentionItemId, HoursRuleId, MutationId, OwnerId, SeriesId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import Entity
from shared.model.resource import ResourceKind
from shared.model.service import Need, Service, Terms
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.appointment import series_occurrence_id
from shared.mutations.hours import openings_of
from shared.mutations.inverse.appointment import UNDONE
from shared.mutations.inverse.table import INVERSES, ONE_WAY
from shared.mutations.payment import waiting_in
from shared.mutations.registry import MUTATIONS
from shared.mutations.series.placing import item_of_clash
from shared.mutations.service import to_sets
from shared.protocol.codec import arguments_of
from shared.store import Changes
from tests.support.book_shown import book_of
from tests.support.edits_of_each_kind import (
    ACCEPTED,
    BEFORE_AND_EDIT,
    BOOKED,
    ENTRY,
    ITEM,
    LATER,
    ONE_WAY_EDITS,
    REPEATED,
    ROWS,
    SERIES,
    TAKEN,
    VISIT,
    WAITING,
    Wish,
    refused_booking,
)
from tests.support.moving_clock import stopped
from tests.support.replicas import FIRST_TABLES, KEY, contents, filled, patch
from tests.support.salon import (
    ANA,
    BEN,
    COLOUR,
    CUT,
    LOCATION,
    MEMBER,
    MIRA,
    OWNER_USER,
    STAFF_USER,
    TEN,
    Salon,
    booking_of,
    made_id,
    was,
    wire,
)


@pytest.fixture(autouse=True)
def _as_it_begins() -> Iterator[None]:
    with stopped(TEN):
        yield


def opened(path: Path, role: Role = Role.TENANT_OWNER) -> Replica:
    """A replica of the salon with somebody of a role at the desk."""
    replica = filled(path, Salon())
    replica.apply_lines(patch(2, replace(MEMBER, role=role), *ROWS))
    return replica


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    made = opened(tmp_path / "book.db")
    yield made
    made.close()


def edit(replica: Replica, name: str, args: Mapping[str, Any], **more: str) -> Edited:
    return replica.edit(name, arguments_of(name, 1, args), label=name, **more)


def as_owner(salon: Salon) -> list[Entity]:
    """What is in a salon where Ana is the owner."""
    return [replace(MEMBER, role=Role.TENANT_OWNER) if row == MEMBER else row for row in salon.tx.rows.values()]


def undo(replica: Replica) -> Turned:
    turned = replica.undo()
    assert turned is not None
    return turned


def redo(replica: Replica) -> Turned:
    turned = replica.redo()
    assert turned is not None
    return turned


def test_every_mutation_has_a_way_back_or_a_reason() -> None:
    assert set(MUTATIONS) == set(INVERSES) | set(ONE_WAY)
    assert not set(INVERSES) & set(ONE_WAY)
    assert set(BEFORE_AND_EDIT) == set(INVERSES)
    assert set(ONE_WAY_EDITS) == set(ONE_WAY)


@pytest.mark.parametrize("name", sorted(BEFORE_AND_EDIT))
def test_undo_brings_back_what_was_and_redo_what_was_made(replica: Replica, name: str) -> None:
    before, wish = BEFORE_AND_EDIT[name]
    for one in before:
        edit(replica, *one)
    start = book_of(replica)
    edit(replica, *wish)
    made = book_of(replica)
    for _ in range(2):
        assert undo(replica).refusals == ()
        assert book_of(replica) == start
        assert redo(replica).refusals == ()
        assert book_of(replica) == made
    for _ in range(1 + len(before)):
        assert undo(replica).refusals == ()
    assert replica.undo() is None


@pytest.mark.parametrize("name", sorted(BEFORE_AND_EDIT))
def test_what_the_desk_undoes_the_server_takes(replica: Replica, name: str) -> None:
    """The undo of an edit that waits is a later edit: the authority decides all of it, and has the same book."""
    before, wish = BEFORE_AND_EDIT[name]
    for one in (*before, wish):
        edit(replica, *one)
    undo(replica), redo(replica), undo(replica)
    salon = Salon()
    salon.tx.apply(Changes(put=ROWS))
    waiting = replica.outbox.all()
    for sent in waiting:
        assert salon.send(sent.name, role=Role.TENANT_OWNER, at=sent.at, **sent.args).code is None
    here = book_of(replica)
    replica.apply_lines(patch(3, *as_owner(salon), last_seq=len(waiting), of=replica))
    assert replica.outbox.count() == 0
    assert book_of(replica) == here


def test_a_booking_that_was_taken_back_stays_in_the_history(replica: Replica) -> None:
    edit(replica, *BOOKED)
    undo(replica)
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert [one.status for one in found.steps] == [Status.BOOKED, Status.CANCELLED]
    assert (found.cancel_reason, found.cancelled_by) == (UNDONE, "business")
    redo(replica)
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert [one.status for one in found.steps] == [Status.BOOKED]
    assert (found.cancel_reason, found.cancelled_by) == ("", "")


def test_the_way_back_is_there_after_a_restart(tmp_path: Path) -> None:
    first = opened(tmp_path / "again.db")
    start = book_of(first)
    edit(first, *BOOKED)
    made = book_of(first)
    first.close()
    second = Replica(tmp_path / "again.db", KEY)
    undo(second)
    assert book_of(second) == start
    second.close()
    third = Replica(tmp_path / "again.db", KEY)
    redo(third)
    assert book_of(third) == made
    third.close()


def test_a_file_of_the_version_before_gets_what_it_lacks(tmp_path: Path) -> None:
    first = opened(tmp_path / "old.db")
    for statement in FIRST_TABLES:
        first.database.run(statement)
    first.close()
    second = Replica(tmp_path / "old.db", KEY)
    edit(second, *BOOKED)
    assert undo(second).made == 1
    second.close()


def test_nothing_to_undo_is_said_so(replica: Replica) -> None:
    assert (replica.undo(), replica.redo()) == (None, None)
    assert (replica.undo_stack().done(), replica.undo_stack().undone()) == (None, None)


def test_an_edit_that_changes_nothing_is_no_step(replica: Replica) -> None:
    edit(replica, *BOOKED)
    assert edit(replica, *BOOKED).step is None
    assert undo(replica).step.label == "appointment.book"
    assert replica.undo() is None


def test_a_new_edit_drops_what_could_be_done_again(replica: Replica) -> None:
    edit(replica, *BOOKED)
    undo(replica)
    edit(replica, "appointment.book", booking_of("other"))
    assert replica.redo() is None


def test_each_person_undoes_their_own(replica: Replica) -> None:
    mine = edit(replica, *BOOKED).step
    ana = replica.identity()
    replica.identify(replace(ana, user_id=made_id("cleo"), user_name="Cleo", role=Role.TENANT_STAFF.value))
    assert replica.undo() is None
    edit(replica, "appointment.book", booking_of("other", TEN + timedelta(hours=1)))
    undo(replica)
    replica.identify(ana)
    assert replica.redo() is None
    assert undo(replica).step.number == mine


def test_the_oldest_steps_go_first(replica: Replica) -> None:
    for number in range(KEPT + 3):
        edit(replica, "customer.create", {"customer_id": made_id(f"c {number}"), "name": f"Jo {number}"})
    undone = 0
    while replica.undo() is not None:
        undone += 1
    assert undone == KEPT


def test_edits_of_one_macro_are_one_step(replica: Replica) -> None:
    jo = made_id("jo")
    start = book_of(replica)
    edit(replica, "customer.create", {"customer_id": jo, "name": "Jo Weiß"}, macro="one")
    edit(replica, "appointment.book", booking_of("visit") | {"customer_id": jo}, macro="one")
    made = book_of(replica)
    assert replica.undo_stack().done() == Step(number=1, label="appointment.book", subject=VISIT, count=2)
    assert undo(replica).made == 2
    assert book_of(replica) == start
    assert redo(replica).made == 2
    assert book_of(replica) == made


def test_a_series_of_which_one_visit_was_moved_since_is_not_taken_back(replica: Replica) -> None:
    edit(replica, *REPEATED)
    cleo = replace(replica.identity(), user_id=made_id("cleo"), user_name="Cleo")
    ana = replica.identity()
    replica.identify(cleo)
    second = series_occurrence_id(SeriesId(SERIES), "2026-05-12T10:00:00/0")
    week = TEN + timedelta(days=7)
    move = {"appointment_id": second, "was": was("booked", week), "start": wire(week + timedelta(hours=2))}
    edit(replica, "appointment.reschedule", move)
    moved = book_of(replica)
    replica.identify(ana)
    turned = undo(replica)
    assert [one.code for one in turned.refusals] == [Code.CHANGED_MEANWHILE]
    assert book_of(replica) == moved


def decided(replica: Replica, meanwhile: tuple[Wish, ...], *, undone: int) -> Salon:
    """What the authority makes of what waits, where another desk's edits come before the last that undo."""
    salon = Salon()
    waiting = [(one.name, one.args, one.at) for one in replica.outbox.all()]
    theirs = [(name, args, TEN) for name, args in meanwhile]
    for name, args, at in [*waiting[:-undone], *theirs, *waiting[-undone:]]:
        salon.send(name, role=Role.TENANT_OWNER, at=at, **args)
    return salon


def test_a_date_waits_on_where_its_series_is_not_taken_back(replica: Replica) -> None:
    edit(replica, *TAKEN)
    edit(replica, *REPEATED)
    assert undo(replica).made == 1
    second = series_occurrence_id(SeriesId(SERIES), "2026-05-19T10:00:00/0")
    theirs = ("appointment.confirm", {"appointment_id": second, "was": was("booked", TEN + timedelta(days=14))})
    item = item_of_clash(SeriesId(SERIES), "2026-05-12T10:00:00/0")
    for meanwhile, state in (((), AttentionState.DROPPED), ((theirs,), AttentionState.OPEN)):
        found = decided(replica, meanwhile, undone=1).tx.find(AttentionItem, item)
        assert found is not None
        assert found.state is state


def test_a_date_that_waited_is_closed_and_opened_with_its_series(replica: Replica) -> None:
    edit(replica, *TAKEN)
    edit(replica, *REPEATED)
    item = item_of_clash(SeriesId(SERIES), "2026-05-12T10:00:00/0")
    for turn, state in ((undo, AttentionState.DROPPED), (redo, AttentionState.OPEN)) * 2:
        assert turn(replica).refusals == ()
        found = replica.tx().find(AttentionItem, item)
        assert found is not None
        assert found.state is state


def test_the_end_of_a_series_leaves_what_waits_of_its_dates_however_often_it_is_undone(replica: Replica) -> None:
    edit(replica, *TAKEN)
    edit(replica, *REPEATED)
    edit(replica, "series.end", {"series_id": SERIES, "was": REPEATED[1]["rrule"]})
    undo(replica), redo(replica)
    item = replica.tx().find(AttentionItem, item_of_clash(SeriesId(SERIES), "2026-05-12T10:00:00/0"))
    assert item is not None
    assert item.state is AttentionState.OPEN


def test_a_visit_that_was_cancelled_in_the_same_second_before_stays_so_when_an_end_is_taken_back(
    replica: Replica,
) -> None:
    edit(replica, *REPEATED)
    second = series_occurrence_id(SeriesId(SERIES), "2026-05-12T10:00:00/0")
    edit(replica, "appointment.cancel", {"appointment_id": second, "was": was("booked", TEN + timedelta(days=7))})
    start = book_of(replica)
    edit(replica, "series.end", {"series_id": SERIES, "was": REPEATED[1]["rrule"]})
    made = book_of(replica)
    for _ in range(2):
        assert undo(replica).refusals == ()
        assert book_of(replica) == start
        assert redo(replica).refusals == ()
        assert book_of(replica) == made


def test_the_end_of_what_goes_on_from_a_series_is_taken_back_with_its_own(replica: Replica) -> None:
    before, change = BEFORE_AND_EDIT["series.change"]
    edit(replica, *before[0])
    edit(replica, *change)
    refused = AttentionItem(
        id=AttentionItemId(made_id("end")), mutation_id=MutationId(made_id("of end")), name="series.end",
        args={"series_id": SERIES, "was": REPEATED[1]["rrule"]}, code=Code.CHANGED_MEANWHILE.value, details={},
        subject_id=SERIES, author_id=MEMBER.id, as_whom=None, made_at=TEN, state=AttentionState.OPEN,
    )  # fmt: skip
    replica.apply_lines(patch(3, refused))
    start = book_of(replica)
    edit(replica, "attention.resolve", {"item_id": refused.id, "choice": "keep"})
    made = book_of(replica)
    assert made != start
    for _ in range(2):
        assert undo(replica).refusals == ()
        assert book_of(replica) == start
        assert redo(replica).refusals == ()
        assert book_of(replica) == made


def test_who_is_booked_waits_no_more_where_the_booking_is_not_taken_back(replica: Replica) -> None:
    edit(replica, *WAITING)
    edit(replica, *ACCEPTED)
    undo(replica)
    theirs = ("appointment.confirm", {"appointment_id": VISIT, "was": was("booked", TEN + timedelta(hours=3))})
    for meanwhile, state in (((), WaitlistState.WAITING), ((theirs,), WaitlistState.BOOKED)):
        entry = decided(replica, meanwhile, undone=2).tx.find(WaitlistEntry, ENTRY)
        assert entry is not None
        assert entry.state is state
        assert (entry.appointment_id == VISIT) is (state is WaitlistState.BOOKED)


def test_the_undo_of_another_service_gives_back_what_was_booked(replica: Replica) -> None:
    edit(replica, *BOOKED)
    other = replace(CUT, price=6000, active=40, after=15)
    before = replica.tx().find(Appointment, VISIT)
    assert before is not None
    changed_elsewhere(replica, 3, before, *replica.tx().allocations_of(before.id), other)
    segments = [{"service_id": COLOUR.id, "resources": [ANA.id]}]
    edit(replica, "appointment.reschedule", {"appointment_id": VISIT, "was": was("booked"), "segments": segments})
    made = replica.tx().find(Appointment, VISIT)
    assert made is not None
    for turn, booked in ((undo, before), (redo, made)) * 2:
        assert turn(replica).refusals == ()
        now = replica.tx().find(Appointment, VISIT)
        assert now is not None
        assert (now.segments, now.price, now.ends_at) == (booked.segments, booked.price, booked.ends_at)


def test_the_undo_of_hours_leaves_what_another_has_set_since(replica: Replica) -> None:
    before, wish = BEFORE_AND_EDIT["hours.set"]
    edit(replica, *before[0])
    edit(replica, *wish)
    first, *others = sorted(replica.tx().hours([OwnerId(ANA.id)]), key=lambda one: one.opens)
    changed_elsewhere(replica, 3, replace(first, opens=660), *others)
    theirs = book_of(replica)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert book_of(replica) == theirs


def test_the_visit_that_became_the_first_of_a_series_stays_when_that_is_taken_back(replica: Replica) -> None:
    edit(replica, *BOOKED)
    start = book_of(replica)
    edit(replica, "series.book", REPEATED[1] | {"visit_id": VISIT})
    made = book_of(replica)
    for _ in range(2):
        assert undo(replica).refusals == ()
        assert book_of(replica) == start
        assert redo(replica).refusals == ()
        assert book_of(replica) == made


def test_a_change_of_a_series_is_not_taken_back_where_another_was_made_since(replica: Replica) -> None:
    before, wish = BEFORE_AND_EDIT["series.change"]
    edit(replica, *before[0])
    edit(replica, *wish)
    ana = replica.identity()
    replica.identify(replace(ana, user_id=made_id("cleo"), user_name="Cleo"))
    edit(replica, "series.end", {"series_id": wish[1]["new_id"], "was": wish[1]["rrule"]})
    replica.identify(ana)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]


def test_a_macro_that_another_edit_came_between_is_two_steps(replica: Replica) -> None:
    for name, macro in (("a", "one"), ("b", ""), ("c", "one")):
        edit(replica, "customer.create", {"customer_id": made_id(name), "name": name}, macro=macro)
    assert [undo(replica).made for _ in range(3)] == [1, 1, 1]


def test_only_the_step_that_is_asked_for_is_undone(replica: Replica) -> None:
    first = edit(replica, *BOOKED).step
    edit(replica, "appointment.confirm", {"appointment_id": VISIT, "was": was("booked")})
    assert replica.undo(first) is None
    assert replica.undo_stack().done() is not None


def changed_elsewhere(replica: Replica, version: int, *rows: Any) -> None:
    """Take what another desk has made of rows; what waited here was decided before."""
    last = max((one.seq for one in replica.outbox.all()), default=0)
    replica.apply_lines(patch(version, *rows, last_seq=last, of=replica))


def test_an_undo_that_the_world_has_moved_on_from_is_refused_and_harmless(replica: Replica) -> None:
    edit(replica, "customer.update", {"customer_id": MIRA.id, "tags_added": ["vip"]})
    edit(replica, *BOOKED)
    visit = replica.tx().find(Appointment, VISIT)
    assert visit is not None
    held = replica.tx().allocations_of(visit.id)
    changed_elsewhere(replica, 3, replace(visit, status=Status.ARRIVED), *held, replace(MIRA, tags=("vip",)))
    before = contents(replica)
    turned = undo(replica)
    assert ([one.code for one in turned.refusals], turned.made) == ([Code.CHANGED_MEANWHILE], 0)
    assert contents(replica) == before
    assert replica.outbox.count() == 0
    assert undo(replica).step.label == "customer.update"


@pytest.mark.parametrize(
    ("field", "theirs"), [("alert", replace(MIRA, alert="Knows Jo")), ("name", replace(MIRA, name="Mira Berg"))]
)
def test_a_field_that_another_desk_has_changed_since_is_left_alone(
    replica: Replica, field: str, theirs: Customer
) -> None:
    edits = [{"field": field, "was": getattr(MIRA, field), "value": "Here"}]
    edit(replica, "customer.update", {"customer_id": MIRA.id, "edits": edits})
    changed_elsewhere(replica, 3, theirs)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert replica.tx().find(Customer, MIRA.id) == theirs


def test_other_fields_and_tags_of_the_row_are_nobody_s_matter(replica: Replica) -> None:
    edits = [{"field": "name", "was": "Mira Holm", "value": "Mira Lund"}]
    edit(replica, "customer.update", {"customer_id": MIRA.id, "edits": edits, "tags_added": ["vip"]})
    changed_elsewhere(replica, 3, replace(MIRA, name="Mira Lund", notes="Theirs", tags=("theirs", "vip")))
    assert undo(replica).refusals == ()
    assert replica.tx().find(Customer, MIRA.id) == replace(MIRA, notes="Theirs", tags=("theirs",))


def test_what_another_desk_has_added_to_a_service_since_stays(replica: Replica) -> None:
    staff, room = Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM)
    mine, theirs = Terms(resource_id=ANA.id, price=7000), Terms(resource_id=BEN.id, active=60)
    replica.edit("service.update", to_sets(CUT, [staff], [mine]))
    changed_elsewhere(replica, 3, replace(CUT, needs=(staff, room), terms=(mine, theirs)))
    assert undo(replica).refusals == ()
    assert replica.tx().find(Service, CUT.id) == replace(CUT, needs=(room,), terms=(theirs,))


@pytest.mark.parametrize("theirs", [{"terms": (Terms(resource_id=ANA.id, price=8000),)}, {"needs": ()}], ids=repr)
def test_what_another_desk_has_changed_of_what_was_put_is_left_alone(replica: Replica, theirs: dict[str, Any]) -> None:
    staff, mine = Need(kind=ResourceKind.STAFF), Terms(resource_id=ANA.id, price=7000)
    replica.edit("service.update", to_sets(CUT, [staff], [mine]))
    changed = replace(replace(CUT, needs=(staff,), terms=(mine,)), **theirs)
    changed_elsewhere(replica, 3, changed)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert replica.tx().find(Service, CUT.id) == changed


def test_hours_that_another_desk_has_set_beside_them_stay_when_they_are_taken_back(replica: Replica) -> None:
    """Another season before them takes the place in the day that their rows are named by."""
    owner = OwnerId(ANA.id)
    mine, more = ({"opens": opens, "closes": opens + 180} for opens in (600, 840))
    for openings, was_open in (([mine], []), ([mine, more], [mine])):
        edit(replica, "hours.set", {"owner_id": owner, "weekday": 4, "openings": openings, "was": was_open})
    first, second = sorted(replica.tx().hours([owner]), key=lambda one: one.opens)
    summer = replace(first, opens=480, valid_from=date(2026, 6, 1))
    third = HoursRuleId(ids.derived_id("hours", owner, "4", "2"))
    changed_elsewhere(replica, 3, summer, replace(first, id=second.id), replace(second, id=third))
    assert undo(replica).refusals == ()
    assert [one.opens for one in openings_of(replica.tx(), owner, 4)] == [480, 600]


def test_hours_that_another_desk_has_set_since_are_left_alone(replica: Replica) -> None:
    wish = BEFORE_AND_EDIT["hours.set"]
    edit(replica, *wish[0][0])
    edit(replica, *wish[1])
    rules = [replace(rule, closes=rule.closes + 60) for rule in replica.tx().hours([wish[1][1]["owner_id"]])]
    changed_elsewhere(replica, 3, *rules)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert list(replica.tx().hours([wish[1][1]["owner_id"]])) == rules


def test_a_slot_that_was_given_away_meanwhile_is_not_taken_twice(replica: Replica) -> None:
    edit(replica, *BOOKED)
    edit(replica, "appointment.cancel", {"appointment_id": VISIT, "was": was("booked")})
    salon = Salon()
    salon.book("theirs")
    cancelled = replica.tx().find(Appointment, VISIT)
    assert cancelled is not None
    changed_elsewhere(replica, 3, *salon.tx.rows.values(), cancelled)
    assert [one.code for one in undo(replica).refusals] == [Code.SLOT_TAKEN]


def test_a_new_customer_who_has_bookings_since_stays(replica: Replica) -> None:
    jo = made_id("jo")
    edit(replica, "customer.create", {"customer_id": jo, "name": "Jo Weiß"})
    made = replica.tx().find(Customer, jo)
    assert made is not None
    salon = Salon()
    salon.tx.apply(Changes(put=(made,)))
    salon.book("theirs", customer_id=jo)
    changed_elsewhere(replica, 3, *salon.tx.rows.values())
    assert [one.code for one in undo(replica).refusals] == [Code.IN_USE]


def test_staff_take_back_the_customer_that_they_added(tmp_path: Path) -> None:
    replica = opened(tmp_path / "staff.db", Role.TENANT_STAFF)
    edit(replica, "customer.create", {"customer_id": made_id("jo"), "name": "Jo Weiß"})
    assert undo(replica).refusals == ()
    found = replica.tx().find(Customer, made_id("jo"))
    assert found is not None
    assert found.archived
    replica.close()


def test_a_right_that_was_lost_is_no_longer_used(replica: Replica) -> None:
    edit(replica, "resource.update", BEFORE_AND_EDIT["resource.update"][1][1])
    changed_elsewhere(replica, 3, replace(BEN, capacity=2), replace(MEMBER, role=Role.TENANT_STAFF))
    assert [one.code for one in undo(replica).refusals] == [Code.NOT_ALLOWED]


def test_of_many_edits_what_can_be_undone_is(replica: Replica) -> None:
    for number in range(3):
        one = {"customer_id": made_id(f"c {number}"), "name": f"Jo {number}"}
        edit(replica, "customer.create", one, macro="file")
    second = replica.tx().find(Customer, made_id("c 1"))
    assert second is not None
    rows = [replica.tx().find(Customer, made_id(f"c {number}")) for number in (0, 2)]
    changed_elsewhere(replica, 3, *rows, replace(second, phones=("+49 30 1",)))
    turned = undo(replica)
    assert (turned.made, [one.code for one in turned.refusals]) == (2, [Code.CHANGED_MEANWHILE])
    assert redo(replica).made == 2
    assert replica.tx().find(Customer, made_id("c 1")) == replace(second, phones=("+49 30 1",))


def test_a_step_of_very_many_edits_is_turned_in_parts(tmp_path: Path) -> None:
    """Killed in the middle, it goes on where it was."""
    replica = opened(tmp_path / "many.db")
    start = book_of(replica)
    replica.edit_all([replace(customers.create(name=f"Jo {one}"), macro="file") for one in range(PART + 5)])
    made = book_of(replica)
    first = undo(replica)
    assert (first.made, first.goes_on) == (PART, True)
    replica.close()
    replica = Replica(tmp_path / "many.db", KEY)
    last = replica.undo(first.step.number)
    assert last is not None
    assert (last.made, last.goes_on, last.step.count) == (5, False, PART + 5)
    assert book_of(replica) == start
    assert [redo(replica).made for _ in range(2)] == [PART, 5]
    assert book_of(replica) == made
    undo(replica)
    edit(replica, *BOOKED)
    assert replica.undo(first.step.number) is None
    assert [undo(replica).made for _ in range(2)] == [1, 5]
    assert book_of(replica) == start
    replica.close()


def test_an_edit_that_the_server_refused_is_no_step_any_more(replica: Replica) -> None:
    edit(replica, "customer.update", {"customer_id": MIRA.id, "tags_added": ["vip"]})
    changed_elsewhere(replica, 3, replace(MIRA, tags=("vip",)))
    edit(replica, *BOOKED)
    lines = list(patch(4, last_seq=2, of=replica))
    lines[-1]["outcomes"][-1]["outcome"] = "rejected"
    replica.apply_lines(iter(lines))
    assert replica.tx().find(Appointment, VISIT) is None
    assert undo(replica).step.label == "customer.update"


def test_an_undo_that_the_server_refused_is_not_done_again(replica: Replica) -> None:
    edit(replica, *BOOKED)
    visit = replica.tx().find(Appointment, VISIT)
    assert visit is not None
    held = replica.tx().allocations_of(visit.id)
    changed_elsewhere(replica, 3, visit, *held)
    undo(replica)
    lines = list(patch(4, replace(visit, status=Status.ARRIVED), last_seq=2, of=replica))
    lines[-1]["outcomes"][-1]["outcome"] = "rejected"
    replica.apply_lines(iter(lines))
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert found.status is Status.ARRIVED
    assert (replica.undo(), replica.redo()) == (None, None)


def test_it_survives_a_reset_and_another_name(replica: Replica) -> None:
    edit(replica, *BOOKED)
    edit(replica, "appointment.arrive", {"appointment_id": VISIT, "was": was("booked")})
    undo(replica)
    replica.apply_lines(patch(9, *as_owner(Salon())))
    begin_again(replica.database, made_id("another replica"), offer_sent=True)
    redo(replica)
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert found.status is Status.ARRIVED
    assert [undo(replica).refusals for _ in range(2)] == [(), ()]


def test_a_settled_item_opens_again_and_can_be_settled_anew(replica: Replica) -> None:
    """The visit that its settling booked was cancelled by the undo: settled anew, it is booked again."""
    edit(replica, "attention.resolve", {"item_id": ITEM, "choice": "move", "start": LATER})
    undo(replica)
    item = replica.tx().find(AttentionItem, ITEM)
    assert item is not None
    assert (item.state, item.settled_by) == (AttentionState.OPEN, None)
    edit(replica, "attention.resolve", {"item_id": ITEM, "choice": "keep"})
    found = replica.tx().find(Appointment, made_id("wished"))
    assert found is not None
    assert (found.status, found.starts_at) == (Status.CONFIRMED, TEN)


def test_what_was_gathered_waits_under_its_item_again(replica: Replica) -> None:
    """Refused once more it had become an item of its own; that one goes, and comes back with the redo."""
    late = replace(refused_booking().gathered[0], name="customer.update", args={"customer_id": made_id("nobody")})
    item = replace(refused_booking(), gathered=(late,))
    changed_elsewhere(replica, 3, item)
    edit(replica, "attention.resolve", {"item_id": ITEM, "choice": "move", "start": LATER})
    assert open_items(replica) == ["customer.update"]
    undo(replica)
    assert open_items(replica) == ["appointment.book"]
    redo(replica)
    assert open_items(replica) == ["customer.update"]


def an_item(name: str, mutation: str, args: Mapping[str, Any], subject: str, *gathered: Gathered) -> AttentionItem:
    """An edit that the server has refused, with what stands on it."""
    return AttentionItem(
        id=AttentionItemId(made_id(name)), mutation_id=MutationId(made_id(f"of {name}")), name=mutation, args=args,
        code="slot_taken", details={}, subject_id=subject, author_id=STAFF_USER, as_whom=None, made_at=TEN,
        state=AttentionState.OPEN, gathered=gathered,
    )  # fmt: skip


def late(name: str, mutation: str, args: Mapping[str, Any]) -> Gathered:
    return Gathered(mutation_id=MutationId(made_id(name)), name=mutation, args=args, author_id=STAFF_USER, made_at=TEN)


def paid(replica: Replica) -> list[str]:
    """The payments that wait under open items."""
    return [one.id for one in waiting_in(finding.open_items(replica.database))]


PAID = {
    "payment_id": made_id("p"), "appointment_id": made_id("one"), "location_id": LOCATION.id, "kind": "balance",
    "method": "cash", "amount": 4500, "currency": "EUR",
}  # fmt: skip


@pytest.mark.parametrize("choice", [{"choice": "move", "start": LATER}, {"choice": "drop"}])
def test_the_undo_of_one_choice_leaves_the_other_item(replica: Replica, choice: dict[str, str]) -> None:
    """Two bookings that were refused, and an exchange of the two that waits under the first."""
    swap = {
        "appointment_id": made_id("one"), "was": was("booked"), "resources": [ANA.id], "other_id": made_id("two"),
        "other_was": was("booked", TEN + timedelta(hours=1)), "other_resources": [BEN.id],
    }  # fmt: skip
    waits = late("swap", "appointment.swap", swap)
    first = an_item("a", "appointment.book", booking_of("one"), made_id("one"), waits)
    with_ben = [{"service_id": CUT.id, "resources": [BEN.id]}]
    two = booking_of("two", TEN + timedelta(hours=1)) | {"segments": with_ben}
    changed_elsewhere(replica, 3, first, an_item("b", "appointment.book", two, made_id("two")))
    edit(replica, "attention.resolve", {"item_id": first.id, **choice})
    for turned in (undo, redo, undo):
        assert turned(replica).refusals == ()
    items = {str(one.id): one for one in finding.open_items(replica.database)}
    assert items.keys() == {ITEM, made_id("a"), made_id("b")}, "nobody has chosen anything for the second booking"
    # It waits under one of the two, and so is made once.
    assert [one.mutation_id for row in ("a", "b") for one in items[made_id(row)].gathered] == [waits.mutation_id]


def test_the_redo_of_a_dropped_item_keeps_the_money_that_came_under_it_meanwhile(replica: Replica) -> None:
    item = an_item("a", "appointment.book", booking_of("one"), made_id("one"))
    changed_elsewhere(replica, 3, item)
    edit(replica, "attention.resolve", {"item_id": item.id, "choice": "drop"})
    undo(replica)
    changed_elsewhere(replica, 4, replace(item, gathered=(late("pay", "payment.take", PAID),)))
    assert redo(replica).refusals == ()
    assert paid(replica) == [made_id("p")]
    undo(replica)
    assert paid(replica) == [made_id("p")]


def test_the_undo_of_a_drop_counts_no_money_twice(replica: Replica) -> None:
    item = an_item("a", "appointment.book", booking_of("one"), made_id("one"), late("pay", "payment.take", PAID))
    changed_elsewhere(replica, 3, item)
    edit(replica, "attention.resolve", {"item_id": item.id, "choice": "drop"})
    assert undo(replica).refusals == ()
    assert sorted(open_items(replica)) == ["appointment.book", "appointment.book", "payment.take"]
    assert paid(replica) == [made_id("p")]


def test_an_item_that_gathered_more_since_is_not_dropped_by_an_undo(replica: Replica) -> None:
    """A gathered edit became an item of its own; what came under that meanwhile nobody has looked at."""
    lost = late("lost", "customer.update", {"customer_id": made_id("nobody"), "edits": []})
    item = an_item("a", "appointment.book", booking_of("one"), made_id("one"), lost)
    changed_elsewhere(replica, 3, item)
    edit(replica, "attention.resolve", {"item_id": item.id, "choice": "move", "start": LATER})
    (own,) = (one for one in finding.open_items(replica.database) if one.name == "customer.update")
    settled, visit = replica.tx().find(AttentionItem, item.id), replica.tx().find(Appointment, made_id("one"))
    assert settled is not None
    assert visit is not None
    more = late("more", "customer.update", {"customer_id": made_id("nobody"), "tags_added": ["vip"]})
    held = replica.tx().allocations_of(visit.id)
    changed_elsewhere(replica, 4, settled, visit, *held, replace(own, gathered=(more,)))
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert open_items(replica) == ["appointment.book", "customer.update"]


def open_items(replica: Replica) -> list[str]:
    return [row[0] for row in replica.database.rows("SELECT name FROM attention_item WHERE state = 'open'")]


def test_a_booking_over_a_rule_comes_back_over_it(replica: Replica) -> None:
    edit(replica, "appointment.book", booking_of("first"))
    edit(replica, "appointment.book", booking_of("visit") | {"override": "A regular"})
    move = {"appointment_id": VISIT, "was": was("booked"), "start": wire(TEN + timedelta(hours=2))}
    edit(replica, "appointment.reschedule", move)
    moved = replica.tx().find(Appointment, VISIT)
    assert moved is not None
    assert moved.override_reason == ""
    assert undo(replica).refusals == ()
    edit(replica, "appointment.cancel", {"appointment_id": VISIT, "was": was("booked")})
    assert undo(replica).refusals == ()
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert found.override_reason == "A regular"
    assert [one.over for one in replica.tx().allocations_of(found.id)] == [True]


def test_a_move_s_undo_leaves_the_room_that_another_desk_has_chosen(replica: Replica) -> None:
    edit(replica, *BOOKED)
    move = {"appointment_id": VISIT, "was": was("booked"), "start": LATER}
    edit(replica, "appointment.reschedule", move)
    moved = replica.tx().find(Appointment, VISIT)
    assert moved is not None
    segments = tuple(replace(one, resources=(BEN.id,)) for one in moved.segments)
    (held,) = replica.tx().allocations_of(moved.id)
    changed_elsewhere(replica, 3, replace(moved, segments=segments), replace(held, resource_id=BEN.id))
    assert undo(replica).refusals == ()
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    assert (found.starts_at, found.resources) == (TEN, (BEN.id,))


def visit_of(replica: Replica) -> Appointment:
    found = replica.tx().find(Appointment, VISIT)
    assert found is not None
    return found


def given_to_ben(replica: Replica) -> None:
    """Book the visit with Ana, and give it to Ben."""
    edit(replica, *BOOKED)
    seen = {"service_id": CUT.id, "resources": [ANA.id], "minutes": 45}
    args = {"appointment_id": VISIT, "was": was("booked") | {"segments": [seen]}}
    edit(replica, "appointment.reschedule", args | {"segments": [seen | {"resources": [BEN.id]}]})


def test_the_undo_of_who_does_it_leaves_when_and_how_long_another_desk_has_made_it(replica: Replica) -> None:
    given_to_ben(replica)
    now, (held,) = visit_of(replica), replica.tx().allocations_of(AppointmentId(VISIT))
    later = TEN + timedelta(hours=1)
    segments = tuple(replace(one, active=60) for one in now.segments)
    theirs = replace(
        now, starts_at=later, ends_at=later + timedelta(hours=1), wall_start="2026-05-05T11:00:00", segments=segments
    )
    changed_elsewhere(
        replica, 3, theirs, replace(held, starts_at=later, ends_at=later + timedelta(minutes=65))
    )  # fmt: skip
    assert undo(replica).refusals == ()
    back = visit_of(replica)
    assert (back.starts_at, back.resources, back.segments[0].minutes) == (later, (ANA.id,), 60)
    assert redo(replica).refusals == ()
    assert visit_of(replica).resources == (BEN.id,)


def test_what_another_desk_has_given_to_somebody_else_since_is_not_taken_back(replica: Replica) -> None:
    given_to_ben(replica)
    now = visit_of(replica)
    wash = replace(now.segments[0], service_id=COLOUR.id, name="Colour")
    (held,) = replica.tx().allocations_of(now.id)
    changed_elsewhere(replica, 3, replace(now, segments=(wash,)), held)
    before = contents(replica)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert contents(replica) == before


def test_a_series_of_which_one_visit_is_booked_otherwise_since_is_not_taken_back(replica: Replica) -> None:
    edit(replica, *REPEATED)
    ana = replica.identity()
    replica.identify(replace(ana, user_id=made_id("cleo"), user_name="Cleo"))
    second = series_occurrence_id(SeriesId(SERIES), "2026-05-12T10:00:00/0")
    other = [{"service_id": None, "resources": [ANA.id], "minutes": 45}]
    week = TEN + timedelta(days=7)
    edit(
        replica, "appointment.reschedule", {"appointment_id": second, "was": was("booked", week), "segments": other}
    )  # fmt: skip
    changed = book_of(replica)
    replica.identify(ana)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    assert book_of(replica) == changed


def test_what_another_version_wrote_is_let_go_of(replica: Replica) -> None:
    edit(replica, *BOOKED)
    replica.database.run("UPDATE undo SET edits = '[[\"appointment.fly\",1,{}]]'")
    assert [one.code for one in undo(replica).refusals] == [Code.INVALID]
    assert replica.undo() is None


def test_the_undo_of_a_cancellation_leaves_the_one_that_another_desk_has_made(replica: Replica) -> None:
    edit(replica, *BOOKED)
    seen = replica.tx().find(Appointment, VISIT)
    assert seen is not None
    changed_elsewhere(replica, 3, seen, *replica.tx().allocations_of(seen.id))
    edit(replica, "appointment.cancel", {"appointment_id": VISIT, "was": was("booked"), "by": "business"})
    step = Taken(status=Status.CANCELLED, at=TEN, by=OWNER_USER, as_whom=None)
    theirs = replace(seen, status=Status.CANCELLED, cancel_reason="Broke her leg", steps=(*seen.steps, step))
    changed_elsewhere(replica, 4, theirs)
    assert [one.code for one in undo(replica).refusals] == [Code.CHANGED_MEANWHILE]
    left = replica.tx().find(Appointment, VISIT)
    assert left is not None
    assert left.cancel_reason == "Broke her leg"
