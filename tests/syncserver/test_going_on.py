"""Visits and blocked time that repeat go on by themselves as time does, once, whoever looks, and clashes are listed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from shared.clock import instant_text, now
from shared.ids import derived_id, new_id
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem
from shared.model.base import SeriesId
from shared.model.business import Business, Location
from shared.model.hours import TimeBlock
from shared.model.plan import Tier
from shared.model.registry import E, entity_type
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id
from syncserver.services.jobs.overdue import Overdue, end_overdue
from syncserver.services.platform.plans import set_terms
from syncserver.services.server import Server, open_server
from syncserver.services.sync.endings.ending import GOING_ON
from syncserver.services.sync.endings.lapsing import SERVER
from syncserver.services.sync.gateway import Edit
from syncserver.settings import Settings
from syncserver.store.handles import Connection
from syncserver.store.tenancy import control_transaction, tenant_transaction
from tests.support.moving_clock import moved
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

AHEAD = 60
"""Days that may be booked ahead: a quarter of it is the stride."""
WEEK = timedelta(days=7)


@pytest.fixture
def server(engine: Engine, settings: Settings) -> Server:
    return open_server(engine, settings)


@pytest.fixture
def mine(desk: DeskMaker, engine: Engine, shop: Shop) -> WireDesk:
    made = desk()
    limit_ahead(engine, shop)
    (location,) = rows(engine, shop, Location)
    # A clock that nobody turns: weeks are weeks.
    put_rows(engine, shop.tenant, replace(location, zone="UTC"))
    return made


def limit_ahead(engine: Engine, shop: Shop, clash: str = "part") -> None:
    (business,) = rows(engine, shop, Business)
    put_rows(engine, shop.tenant, replace(business, max_advance=AHEAD, series_clash=clash))


def rows(engine: Engine, shop: Shop, cls: type[E]) -> list[E]:
    kind = entity_type(cls)
    return [kind.decode(row) for row in stored_rows(engine, shop.tenant)[kind.table].values()]


def starts(engine: Engine, shop: Shop) -> list[datetime]:
    """When visits stand."""
    visits = rows(engine, shop, Appointment)
    return sorted(one.starts_at for one in visits if one.status is not Status.CANCELLED)


def booked(desk: WireDesk, rrule: str = "FREQ=WEEKLY", *, weeks: int = 2, first: datetime | None = None) -> str:
    """A series of which so many weeks are made."""
    made, start = new_id(), first or next_day(10)
    args = {
        "series_id": made, "customer_id": desk.shop.customer, "location_id": desk.shop.location,
        "first": f"{start:%Y-%m-%dT%H:%M:%S}", "rrule": rrule,
        "wishes": [{"service_id": desk.shop.cut, "resources": [desk.shop.ana]}],
        "before": instant_text(start + weeks * WEEK),
    }  # fmt: skip
    assert [one["outcome"] for one in desk.push(desk.edit("series.book", args))] == ["applied"]
    return made


def logged(engine: Engine, shop: Shop, name: str = "series.extend") -> list[tuple[str, str]]:
    asked = f"SELECT user_id::text, outcome FROM mutation_log WHERE name = '{name}' ORDER BY version"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return [(row.user_id, row.outcome) for row in connection.exec_driver_sql(asked)]


def look(server: Server, shop: Shop) -> int:
    return end_overdue(server, shop.tenant, GOING_ON).made


def test_a_series_is_booked_as_far_as_may_be_and_then_again(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    booked(mine)
    assert look(server, shop) == 1
    first, *_, last = starts(engine, shop)
    assert last <= now() + timedelta(days=AHEAD) < last + WEEK
    assert len(starts(engine, shop)) == (last - first).days // 7 + 1
    assert look(server, shop) == 0
    with moved(timedelta(days=8)):
        assert look(server, shop) == 0
    with moved(timedelta(days=22)):
        assert look(server, shop) == 1
        assert look(server, shop) == 0
        assert now() + timedelta(days=AHEAD) < starts(engine, shop)[-1] + WEEK
    assert logged(engine, shop) == [(SERVER.user_id, "applied")] * 2


def test_a_desk_hears_of_it(server: Server, shop: Shop, mine: WireDesk) -> None:
    booked(mine)
    mine.pull()
    before = len(mine.rows["appointment"])
    look(server, shop)
    mine.pull()
    assert len(mine.rows["appointment"]) > before


def test_one_that_counts_ends_where_it_has_counted(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    booked(mine, "FREQ=WEEKLY;COUNT=4")
    assert look(server, shop) == 1
    assert len(starts(engine, shop)) == 4
    with moved(timedelta(days=30)):
        assert look(server, shop) == 0


def test_one_that_has_ended_is_not_gone_on_with(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    made = booked(mine)
    ended = mine.push(mine.edit("series.end", {"series_id": made, "was": "FREQ=WEEKLY"}))
    assert [one["outcome"] for one in ended] == ["applied"]
    assert look(server, shop) == 0
    over = booked(mine, f"FREQ=WEEKLY;UNTIL={next_day(10):%Y%m%d}", weeks=1)
    assert over
    with moved(timedelta(days=3)):
        assert look(server, shop) == 0


def test_what_a_person_has_cancelled_is_not_booked_again(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    booked(mine)
    second = max(rows(engine, shop, Appointment), key=lambda one: one.starts_at)
    was = {"status": "booked", "start": instant_text(second.starts_at)}
    mine.push(mine.edit("appointment.cancel", {"appointment_id": second.id, "was": was}))
    look(server, shop)
    assert second.starts_at not in starts(engine, shop)
    assert second.starts_at + WEEK in starts(engine, shop)


def test_a_clash_is_listed_once_and_the_rest_is_booked(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    booked(mine)
    taken = next_day(10) + 3 * WEEK
    assert mine.push(mine.booking(taken))[0]["outcome"] == "applied"
    look(server, shop)
    assert len(starts(engine, shop)) == len({*starts(engine, shop)})
    assert taken + WEEK in starts(engine, shop)
    (item,) = rows(engine, shop, AttentionItem)
    assert (item.name, item.code) == ("appointment.book", "slot_taken")
    assert look(server, shop) == 0
    assert [outcome for _, outcome in logged(engine, shop)] == ["adjusted"]


def test_all_or_nothing_leaves_it_to_a_person_and_asks_once(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    limit_ahead(engine, shop, "all")
    booked(mine)
    before = len(starts(engine, shop))
    mine.push(mine.booking(next_day(10) + 3 * WEEK))
    for _ in range(2):
        look(server, shop)
    assert len(starts(engine, shop)) == before + 1
    (item,) = rows(engine, shop, AttentionItem)
    assert (item.name, item.code) == ("series.extend", "series_clash")


def test_two_servers_at_once_do_it_once(engine: Engine, settings: Settings, shop: Shop, mine: WireDesk) -> None:
    for hour in (10, 12, 14):
        booked(mine, first=next_day(hour))
    servers = [open_server(engine, settings) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        made = list(threads.map(lambda one: look(one, shop), servers))
    assert sum(made) == 3
    assert len(logged(engine, shop)) == 3
    visits = rows(engine, shop, Appointment)
    assert len({(one.series_id, one.original_start) for one in visits}) == len(visits)


def test_a_plan_without_series_makes_no_more(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    booked(mine)
    before = starts(engine, shop)
    with control_transaction(engine) as connection:
        set_terms(connection, shop.tenant, Tier.FREE)
    Overdue(server, GOING_ON).look()
    assert len(starts(engine, shop)) >= len(before)
    assert not rows(engine, shop, AttentionItem)


def test_blocked_time_goes_on_too(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    start = next_day(12)
    args = {
        "series_id": new_id(), "resource_id": shop.ben, "first": f"{start:%Y-%m-%dT%H:%M:%S}", "minutes": 30,
        "rrule": "FREQ=WEEKLY", "before": instant_text(start + 2 * WEEK), "reason": "Break",
    }  # fmt: skip
    mine.push(mine.edit("block.repeat", args))
    (second, *_) = sorted(rows(engine, shop, TimeBlock), key=lambda one: one.starts_at)
    mine.push(mine.edit("block.remove", {"block_id": second.id}))
    assert look(server, shop) == 1
    blocks = rows(engine, shop, TimeBlock)
    assert {(one.ends_at - one.starts_at, one.reason, one.resource_id) for one in blocks} == {
        (timedelta(minutes=30), "Break", shop.ben)
    }
    assert len(blocks) > 6
    assert sum(one.archived for one in blocks) == 1
    assert look(server, shop) == 0
    assert logged(engine, shop, "block.repeat")[1:] == [(SERVER.user_id, "applied")]


def test_a_rule_that_is_read_by_nobody_holds_up_no_other(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    made = booked(mine)
    (series,) = [one for one in rows(engine, shop, Series) if one.id == made]
    put_rows(engine, shop.tenant, replace(series, rrule="FREQ=SOMETIMES"))
    booked(mine, first=next_day(14))
    assert look(server, shop) == 1


def repeated(desk: WireDesk, rrule: str = "FREQ=WEEKLY") -> str:
    """Blocked time that repeats, of which two weeks are made."""
    made, start = new_id(), next_day(12)
    args = {
        "series_id": made, "resource_id": desk.shop.ana, "first": f"{start:%Y-%m-%dT%H:%M:%S}", "minutes": 30,
        "rrule": rrule, "before": instant_text(start + 2 * WEEK),
    }  # fmt: skip
    assert [one["outcome"] for one in desk.push(desk.edit("block.repeat", args))] == ["applied"]
    return made


def test_a_freed_date_of_blocks_that_an_end_has_noted_is_counted_once(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    rrule = "FREQ=WEEKLY;COUNT=3"
    rule = {"series_id": repeated(mine, rrule), "resource_id": shop.ana, "was": rrule}
    first = min(rows(engine, shop, TimeBlock), key=lambda one: one.starts_at)
    back = {"was_archived": True, "rrule": rrule, "archived": False, "ended": {"at": instant_text(now()), "since": ""}}
    told = mine.push(
        mine.edit("block.remove", {"block_id": first.id}),
        mine.edit("block.end_repeat", rule),
        mine.edit("block.rule_back", rule | back),
    )
    assert [one["outcome"] for one in told] == ["applied"] * 3
    assert look(server, shop) == 1
    assert sorted(one.archived for one in rows(engine, shop, TimeBlock)) == [False, False, True]


def test_a_count_beyond_all_numbers_keeps_nothing_from_going_on(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    repeated(mine, "FREQ=WEEKLY;COUNT=99999999999999999999")
    assert look(server, shop) == 1
    assert logged(engine, shop, "block.repeat")[-1] == (SERVER.user_id, "applied")


@pytest.mark.parametrize("length", [timedelta(seconds=20), timedelta(days=400)])
def test_blocks_of_a_length_that_no_rule_has_keep_nothing_from_going_on(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk, length: timedelta
) -> None:
    made = repeated(mine)
    for number in range(4):
        start = next_day(14 + number)
        args = {
            "block_id": new_id(), "resource_id": shop.ana, "start": instant_text(start),
            "end": instant_text(start + length), "origin": made,
        }  # fmt: skip
        assert [one["outcome"] for one in mine.push(mine.edit("block.put", args))] == ["applied"]
    assert look(server, shop) == 1
    assert logged(engine, shop, "block.repeat")[-1] == (SERVER.user_id, "applied")


def test_a_bug_in_one_business_holds_up_no_other(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    booked(mine)
    open_shop(engine)
    seen: list[str] = []

    def due(connection: Connection, _: datetime) -> list[Edit]:
        seen.append(str(connection.exec_driver_sql("SELECT current_schema()").scalar_one()))
        raise ValueError("a row that nobody foresaw")

    Overdue(server, [replace(GOING_ON[0], due=due)]).look()
    assert len(set(seen)) >= 2


def test_a_block_of_ones_own_takes_no_date_to_come_of_a_colleagues_rule(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    start, made = next_day(12), repeated(mine)
    third = start + 2 * WEEK
    taken = repeated_id(SeriesId(made), f"{third:%Y-%m-%dT%H:%M:%S}/0")
    args = {
        "block_id": taken, "resource_id": shop.ben, "start": instant_text(start),
        "end": instant_text(start + timedelta(hours=1)), "reason": "Mine",
    }  # fmt: skip
    assert [one["outcome"] for one in mine.push(mine.edit("block.put", args))] == ["applied"]
    assert look(server, shop) == 1
    blocks = rows(engine, shop, TimeBlock)
    assert [(one.resource_id, one.starts_at) for one in blocks if one.id == taken] == [(shop.ana, third)]
    assert [one.reason for one in blocks if one.resource_id == shop.ben] == ["Mine"]
    assert look(server, shop) == 0


def take_ids(desk: WireDesk, made: str, third: datetime, *, beside: int) -> str:
    """Give edits of the desk's own the id under which a rule goes on with a date, and the next ones; the one left."""
    first = derived_id("goes on", made, f"{third:%Y-%m-%dT%H:%M:%S}/0")
    further = [derived_id("beside", first, str(number)) for number in range(beside + 1)]
    edits = [
        desk.edit("customer.create", {"customer_id": new_id(), "name": "Ana Holm"}, id=one)
        for one in (first, *further[:-1])
    ]
    assert {told["outcome"] for told in desk.push(*edits)} == {"applied"}
    return further[-1]


def ours(engine: Engine, shop: Shop, name: str) -> list[str]:
    asked = f"SELECT id::text FROM mutation_log WHERE name = '{name}' AND user_id = '{SERVER.user_id}'"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return list(connection.exec_driver_sql(asked).scalars())


@pytest.mark.parametrize("beside", [0, 1, 7, 8, 45])
def test_a_desk_that_takes_the_ids_of_the_server_keeps_no_series_from_going_on(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk, beside: int
) -> None:
    left = take_ids(mine, booked(mine), next_day(10) + 2 * WEEK, beside=beside)
    assert look(server, shop) == 1
    assert ours(engine, shop, "series.extend") == [left]
    assert len(starts(engine, shop)) > 6
    assert look(server, shop) == 0


def test_nor_blocked_time(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    left = take_ids(mine, repeated(mine), next_day(12) + 2 * WEEK, beside=0)
    assert look(server, shop) == 1
    assert ours(engine, shop, "block.repeat") == [left]
    assert look(server, shop) == 0


def test_what_was_refused_under_another_id_is_asked_once(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    limit_ahead(engine, shop, "all")
    left = take_ids(mine, booked(mine), next_day(10) + 2 * WEEK, beside=2)
    mine.push(mine.booking(next_day(10) + 3 * WEEK))
    for _ in range(2):
        look(server, shop)
    assert logged(engine, shop) == [(SERVER.user_id, "rejected")]
    assert ours(engine, shop, "series.extend") == [left]


def test_two_servers_find_the_same_id(engine: Engine, settings: Settings, shop: Shop, mine: WireDesk) -> None:
    left = take_ids(mine, booked(mine), next_day(10) + 2 * WEEK, beside=3)
    servers = [open_server(engine, settings) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(lambda one: look(one, shop), servers)) == 1
    assert ours(engine, shop, "series.extend") == [left]


def test_ids_that_are_taken_once_the_server_has_its_own_change_nothing(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    made = booked(mine)
    assert look(server, shop) == 1
    (first,) = ours(engine, shop, "series.extend")
    edits = [
        mine.edit("customer.create", {"customer_id": new_id(), "name": "Ana Holm"}, id=one)
        for one in (first, derived_id("beside", first, "0"))
    ]
    assert [told["outcome"] for told in mine.push(*edits)] == ["quarantined", "applied"]
    assert first == derived_id("goes on", made, f"{next_day(10) + 2 * WEEK:%Y-%m-%dT%H:%M:%S}/0")
    assert look(server, shop) == 0
