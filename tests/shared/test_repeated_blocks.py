"""Blocks that repeat: made by a rule, gone on with, and ended."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import instant_text
from shared.errors import Code
from shared.model.base import MutationId, SeriesId
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.resource import Resource
from shared.mutations.block.reach import repeated_id
from shared.mutations.decide import Decision, effect
from shared.mutations.inverse.table import Done, Edit, way_back
from shared.mutations.registry import MUTATIONS, Actor, Context
from shared.protocol.codec import arguments_of, sendable
from shared.rules.series import dates_of
from tests.support.edits_of_each_kind import LUNCHES
from tests.support.memory import MemoryTx
from tests.support.salon import ANA, BEN, LOCATION, NOW, OWNER_USER, TEN, Salon, made_id, wire


@pytest.fixture
def salon() -> Salon:
    return Salon()


def lunches(salon: Salon, role: Role = Role.TENANT_MANAGER, **changes: object) -> Decision:
    return salon.send("block.repeat", role=role, **(LUNCHES[1] | changes))


def days(salon: Salon) -> list[str]:
    """When blocks begin that nobody has freed."""
    return sorted(instant_text(one.starts_at) for one in salon.tx.all(TimeBlock) if not one.archived)


def days_of(salon: Salon, whose: Resource) -> list[str]:
    """The same of one person."""
    mine = (one for one in salon.tx.all(TimeBlock) if one.resource_id == whose.id and not one.archived)
    return sorted(instant_text(one.starts_at) for one in mine)


def test_a_lunch_is_blocked_every_week(salon: Salon) -> None:
    assert lunches(salon).code is None
    assert days(salon) == [f"2026-{day}T10:00:00Z" for day in ("05-07", "05-14", "05-21", "05-28")]
    told = salon.book(
        "visit", TEN + timedelta(days=2, hours=2), segments=[{"service_id": None, "resources": [BEN.id], "minutes": 30}]
    )
    assert told.code is Code.BLOCKED


@pytest.mark.parametrize(("before", "count"), [(15, 2), (16, 2), (17, 3), (31, 5)])
def test_how_many_there_will_be_is_known_before_they_are_made(salon: Salon, before: int, count: int) -> None:
    args = LUNCHES[1] | {"before": wire(TEN + timedelta(days=before, hours=2))}
    told = dates_of(args["first"], LOCATION.zone, args["rrule"], before=TEN + timedelta(days=before, hours=2), limit=9)
    lunches(salon, before=args["before"])
    assert [instant_text(one.start) for one in told] == days(salon)
    assert len(told) == count


def test_said_again_with_a_later_day_it_goes_on_and_brings_nothing_back(salon: Salon) -> None:
    lunches(salon)
    (first, *_) = sorted(salon.tx.all(TimeBlock), key=lambda one: one.starts_at)
    salon.send("block.remove", role=Role.TENANT_MANAGER, block_id=first.id)
    lunches(salon, before=wire(TEN + timedelta(days=40)))
    assert [day[:10] for day in days(salon)] == ["2026-05-14", "2026-05-21", "2026-05-28", "2026-06-04", "2026-06-11"]


def test_an_end_frees_what_is_ahead(salon: Salon) -> None:
    lunches(salon)
    ended: dict[str, Any] = {
        "series_id": made_id("lunch"),
        "resource_id": BEN.id,
        "was": "FREQ=WEEKLY",
        "since": "2026-05-21T12:00:00/0",
    }
    assert salon.send("block.end_repeat", role=Role.TENANT_MANAGER, **ended).code is None
    assert len(days(salon)) == 2
    assert salon.send("block.end_repeat", role=Role.TENANT_MANAGER, **ended).code is Code.CHANGED_MEANWHILE
    lunches(salon, before=wire(TEN + timedelta(days=60)))
    assert len(days(salon)) == 2


def test_staff_block_their_own_time_only(salon: Salon) -> None:
    assert lunches(salon, Role.TENANT_STAFF).code is Code.NOT_ALLOWED
    assert lunches(salon, Role.TENANT_STAFF, resource_id=ANA.id).code is None


def test_a_rule_of_blocks_is_no_series_of_visits(salon: Salon) -> None:
    lunches(salon)
    told = salon.send("series.extend", series_id=made_id("lunch"), before=wire(TEN + timedelta(days=60)))
    assert told.code is Code.NOT_FOUND


@pytest.mark.parametrize("day", ["0001-01-01", "1900-12-31", "2199-01-01", "9999-12-31"])
def test_a_year_that_nobody_books_in_is_refused_by_its_name(salon: Salon, day: str) -> None:
    told = lunches(salon, first=f"{day}T00:00:00")
    assert (told.code, told.details and told.details["field"]) == (Code.INVALID, "first")


def test_a_first_time_in_the_missing_hour_is_refused(salon: Salon) -> None:
    assert lunches(salon, first="2026-03-29T02:30:00").code is Code.INVALID


def test_staff_take_no_blocked_time_of_another(salon: Salon) -> None:
    span: dict[str, Any] = {"start": wire(TEN), "end": wire(TEN + timedelta(hours=1))}
    put: dict[str, Any] = {"block_id": made_id("leave"), **span}
    assert salon.send("block.put", role=Role.TENANT_MANAGER, resource_id=BEN.id, **put).code is None
    assert salon.send("block.put", resource_id=ANA.id, **put).code is Code.NOT_ALLOWED


def test_staff_go_on_with_no_rule_of_another(salon: Salon) -> None:
    lunches(salon)
    further = {"resource_id": ANA.id, "before": wire(TEN + timedelta(days=60))}
    assert lunches(salon, Role.TENANT_STAFF, **further).code is Code.NOT_ALLOWED


def test_staff_put_no_block_beside_a_rule_of_another(salon: Salon) -> None:
    lunches(salon)
    span = {"start": wire(TEN + timedelta(days=900)), "end": wire(TEN + timedelta(days=901))}
    put: dict[str, Any] = {"block_id": made_id("far"), "resource_id": ANA.id, **span}
    assert salon.send("block.put", **put, origin=made_id("lunch")).code is Code.NOT_ALLOWED
    assert salon.send("block.put", **put, origin=made_id("an imported event")).code is None


def take_date(salon: Salon, original: str) -> Decision:
    """Ana, of the staff, gives a block of her own the id of a date of Ben's lunches."""
    span: dict[str, Any] = {"start": wire(TEN + timedelta(days=3)), "end": wire(TEN + timedelta(days=3, hours=1))}
    block = repeated_id(SeriesId(made_id("lunch")), original)
    return salon.send("block.put", block_id=block, resource_id=ANA.id, reason="Mine", **span)


@pytest.mark.parametrize("by", [Role.TENANT_MANAGER, Role.TENANT_OWNER])
def test_a_block_of_somebody_else_takes_no_date_of_a_rule(salon: Salon, by: Role) -> None:
    lunches(salon)
    assert take_date(salon, "2026-06-04T12:00:00/0").code is None
    further = {"before": wire(TEN + timedelta(days=40))}
    assert lunches(salon, by, **further).code is None
    assert [day[:10] for day in days_of(salon, BEN)] == [
        "2026-05-07", "2026-05-14", "2026-05-21", "2026-05-28", "2026-06-04", "2026-06-11",
    ]  # fmt: skip
    (mine,) = (one for one in salon.tx.all(TimeBlock) if one.resource_id == ANA.id)
    assert (mine.reason, mine.origin, mine.archived) == ("Mine", "", False), "what was entered is kept"
    # Said once more it makes nothing, and the date can neither be taken again nor changed by who took it.
    before = len(salon.tx.all(TimeBlock))
    assert lunches(salon, by, **further).code is None
    assert take_date(salon, "2026-06-04T12:00:00/0").code is Code.NOT_ALLOWED
    assert len(salon.tx.all(TimeBlock)) == before


def test_what_made_way_for_a_date_does_not_come_back_into_it(salon: Salon) -> None:
    lunches(salon)
    take_date(salon, "2026-06-04T12:00:00/0")
    before = MemoryTx(*salon.tx.rows.values())
    args = LUNCHES[1] | {"before": wire(TEN + timedelta(days=40))}
    assert lunches(salon, before=args["before"]).code is None
    actor = Actor(user_id=OWNER_USER, role=Role.TENANT_MANAGER)
    ctx = Context(at=NOW, actor=actor, mutation_id=MutationId(made_id("undone")))
    done = Done(before=before, after=salon.tx, ctx=ctx, args=arguments_of("block.repeat", 1, args))
    for edit in way_back("block.repeat", done):
        effect(salon.tx, ctx, edit.name, edit.args)
    assert [day[:10] for day in days_of(salon, BEN)] == ["2026-05-07", "2026-05-14", "2026-05-21", "2026-05-28"]
    assert len(days_of(salon, ANA)) == 1


def test_a_rule_that_has_made_nothing_yet_is_not_whose_block_took_its_first_date(salon: Salon) -> None:
    lunches(salon, Role.TENANT_STAFF, resource_id=ANA.id, before=wire(TEN))
    assert days(salon) == []
    block = repeated_id(SeriesId(made_id("lunch")), "2026-05-07T12:00:00/0")
    span: dict[str, Any] = {"start": wire(TEN + timedelta(days=3)), "end": wire(TEN + timedelta(days=3, hours=1))}
    taken = salon.send("block.put", role=Role.TENANT_MANAGER, block_id=block, resource_id=BEN.id, **span)
    assert taken.code is None
    assert lunches(salon, Role.TENANT_STAFF, resource_id=ANA.id).code is None
    assert len(days_of(salon, ANA)) == 4
    assert len(days_of(salon, BEN)) == 1


def test_a_date_that_was_moved_or_given_to_somebody_else_is_not_made_again(salon: Salon) -> None:
    lunches(salon)
    (first, second, *_) = sorted(salon.tx.all(TimeBlock), key=lambda one: one.starts_at)
    put: dict[str, Any] = {"start": wire(TEN), "end": wire(TEN + timedelta(hours=1)), "origin": made_id("lunch")}
    for block, whose in ((first, BEN), (second, ANA)):
        moved = salon.send("block.put", role=Role.TENANT_MANAGER, block_id=block.id, resource_id=whose.id, **put)
        assert moved.code is None
    lunches(salon, before=wire(TEN + timedelta(days=40)))
    assert len(days_of(salon, BEN)) == 5
    assert len(days_of(salon, ANA)) == 1


def test_staff_end_and_change_no_rule_of_another(salon: Salon) -> None:
    lunches(salon)
    ended: dict[str, Any] = {"series_id": made_id("lunch"), "resource_id": ANA.id, "was": "FREQ=WEEKLY"}
    assert salon.send("block.end_repeat", **ended).code is Code.NOT_ALLOWED
    turned: dict[str, Any] = {"was_archived": False, "rrule": "FREQ=YEARLY", "archived": False}
    assert salon.send("block.rule_back", **ended, **turned).code is Code.NOT_ALLOWED


def test_staff_go_on_with_their_own_rule_and_end_it(salon: Salon) -> None:
    lunches(salon, Role.TENANT_STAFF, resource_id=ANA.id)
    further = {"resource_id": ANA.id, "before": wire(TEN + timedelta(days=60))}
    assert lunches(salon, Role.TENANT_STAFF, **further).code is None
    ended: dict[str, Any] = {"series_id": made_id("lunch"), "resource_id": ANA.id, "was": "FREQ=WEEKLY"}
    assert salon.send("block.end_repeat", **ended).code is None
    assert days(salon) == []


def change(salon: Salon, name: str, args: Mapping[str, Any]) -> list[Edit]:
    """Let a manager make an edit; its way back."""
    before = MemoryTx(*salon.tx.rows.values())
    actor = Actor(user_id=OWNER_USER, role=Role.TENANT_MANAGER)
    ctx = Context(at=NOW, actor=actor, mutation_id=MutationId(made_id("changed")))
    given = arguments_of(name, MUTATIONS[name].version, args)
    effect(salon.tx, ctx, name, given)
    return [*way_back(name, Done(before=before, after=salon.tx, ctx=ctx, args=given))]


def turn(salon: Salon, edits: list[Edit]) -> list[Edit]:
    """Make the edits of a way back; theirs."""
    back = [change(salon, one.name, sendable(one.name, MUTATIONS[one.name].version, one.args)) for one in edits]
    return [one for each in reversed(back) for one in each]


def ending(was: str = "FREQ=WEEKLY", since: str = "") -> dict[str, Any]:
    return {"series_id": made_id("lunch"), "resource_id": BEN.id, "was": was, "since": since}


def free(salon: Salon, day: str) -> None:
    block = repeated_id(SeriesId(made_id("lunch")), f"2026-{day}T12:00:00/0")
    assert salon.send("block.remove", role=Role.TENANT_MANAGER, block_id=block).code is None


def month_days(salon: Salon) -> list[str]:
    return [day[5:10] for day in days(salon)]


def test_ends_that_are_taken_back_one_by_one_leave_free_what_was_freed_by_itself(salon: Salon) -> None:
    lunches(salon)
    free(salon, "05-21")
    later = change(salon, "block.end_repeat", ending(since="2026-05-21T12:00:00/0"))
    assert month_days(salon) == ["05-07", "05-14"]
    cut = "FREQ=WEEKLY;UNTIL=20260521T095959Z"
    earlier = change(salon, "block.end_repeat", ending(cut, "2026-05-14T12:00:00/0"))
    assert month_days(salon) == ["05-07"]
    again = turn(salon, earlier)
    assert month_days(salon) == ["05-07", "05-14"]
    turn(salon, turn(salon, again))
    turn(salon, later)
    assert month_days(salon) == ["05-07", "05-14", "05-28"]
    lunches(salon, before=wire(TEN + timedelta(days=33)))
    assert month_days(salon) == ["05-07", "05-14", "05-28", "06-04"]


def test_what_was_brought_back_by_itself_before_an_end_comes_back_with_it(salon: Salon) -> None:
    lunches(salon)
    (back,) = change(
        salon, "block.remove", {"block_id": repeated_id(SeriesId(made_id("lunch")), "2026-05-14T12:00:00/0")}
    )
    turn(salon, change(salon, "block.end_repeat", ending()))
    assert month_days(salon) == ["05-07", "05-21", "05-28"]
    turn(salon, [back])
    turn(salon, change(salon, "block.end_repeat", ending()))
    assert month_days(salon) == ["05-07", "05-14", "05-21", "05-28"]


def test_what_was_freed_since_of_what_an_end_has_left_stays_free_when_that_is_taken_back(salon: Salon) -> None:
    lunches(salon)
    back = change(salon, "block.end_repeat", ending(since="2026-05-14T12:00:00/0"))
    free(salon, "05-07")
    turn(salon, back)
    assert month_days(salon) == ["05-14", "05-21", "05-28"]


def test_a_block_of_the_rule_that_stands_on_none_of_its_dates_comes_and_goes_with_an_end(salon: Salon) -> None:
    lunches(salon)
    put: dict[str, Any] = {
        "block_id": made_id("one more"), "resource_id": BEN.id, "start": wire(TEN + timedelta(days=20)),
        "end": wire(TEN + timedelta(days=20, hours=1)), "origin": made_id("lunch"),
    }  # fmt: skip
    assert salon.send("block.put", role=Role.TENANT_MANAGER, **put).code is None
    before = days(salon)
    back = change(salon, "block.end_repeat", ending())
    assert (days(salon), len(back)) == ([], 2)
    again = turn(salon, back)
    assert days(salon) == before
    turn(salon, again)
    assert days(salon) == []


def test_an_end_that_changes_nothing_of_its_rule_is_taken_back_block_by_block(salon: Salon) -> None:
    lunches(salon, rrule="FREQ=WEEKLY;UNTIL=20260522T000000Z")
    moved = repeated_id(SeriesId(made_id("lunch")), "2026-05-21T12:00:00/0")
    put: dict[str, Any] = {
        "block_id": moved, "resource_id": BEN.id, "start": wire(TEN + timedelta(days=30)),
        "end": wire(TEN + timedelta(days=30, hours=1)), "origin": made_id("lunch"),
    }  # fmt: skip
    assert salon.send("block.put", role=Role.TENANT_MANAGER, **put).code is None
    before = days(salon)
    back = change(salon, "block.end_repeat", ending("FREQ=WEEKLY;UNTIL=20260522T000000Z", "2026-05-28T12:00:00/0"))
    assert [one.name for one in back] == ["block.put"]
    turn(salon, back)
    assert days(salon) == before


@pytest.mark.parametrize("rrule", ["every now and then", "FREQ=DAILY;BYSETPOS=2", "FREQ=SECONDLY"])
def test_a_rule_is_taken_back_to_nothing_that_no_rule_says(salon: Salon, rrule: str) -> None:
    lunches(salon)
    was: dict[str, Any] = {"series_id": made_id("lunch"), "resource_id": BEN.id, "was": "FREQ=WEEKLY"}
    back = was | {"was_archived": False, "rrule": rrule, "archived": False}
    told = salon.send("block.rule_back", role=Role.TENANT_MANAGER, **back)
    assert told.code is Code.INVALID
