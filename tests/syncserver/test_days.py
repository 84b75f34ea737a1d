"""The days around today are the rows that a pull has of them, for whoever may pull, and for nobody else."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
import zstandard
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.appointment import Status
from shared.model.base import (
    CustomerId,
    HoursExceptionId,
    HoursRuleId,
    LocationId,
    OwnerId,
    ResourceId,
    TimeBlockId,
)
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.registry import ENTITIES, Entity
from shared.rules.permissions import Capability
from shared.rules.views import HELD_BY
from shared.rules.wall_time import day_span, local
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.services.sync import days
from syncserver.store.tenancy import tenant_transaction
from syncserver.web.turns import OneByOne
from tests.support.shop import Shop, open_shop, put_rows, stored_rows, visit_at
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker

BERLIN = "Europe/Berlin"
HELD = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)
Rows = dict[str, dict[str, Any]]


def asked(desk: WireDesk, **query: str) -> httpx2.Response:
    return desk.http.get("/v1/sync/days", params=query)


def told(reply: httpx2.Response) -> Rows:
    """The rows of an answer by table and id."""
    assert reply.status_code == 200, reply.text
    found: Rows = {}
    for table in reply.json()["tables"]:
        assert tuple(table["columns"]) == ENTITIES[table["table"]].names
        found[table["table"]] = {row[0]: row for row in table["rows"]}
    return found


def today() -> date:
    return local(clock.now(), BERLIN).date()


def midnight(days: int) -> datetime:
    """The first instant of a day so many days from today, where the shop is."""
    return day_span(today() + timedelta(days=days), BERLIN).start


class Beside:
    """A shop with what stands in its three days, and beside it all that does not."""

    def __init__(self, engine: Engine, shop: Shop) -> None:
        minute = timedelta(minutes=1)
        elsewhere, chair = LocationId(new_id()), ResourceId(new_id())
        others = [Customer(id=CustomerId(new_id()), name=f"Other {one}") for one in range(3)]
        self.inside = [
            visit_at(shop, midnight(-1) - timedelta(minutes=59)),
            visit_at(shop, midnight(-1)),
            visit_at(shop, clock.now()),
            replace(visit_at(shop, midnight(2) - minute), customer_id=None),
        ]
        self.outside = [
            replace(visit_at(shop, midnight(-1) - timedelta(hours=1)), customer_id=others[0].id),
            replace(visit_at(shop, midnight(2)), customer_id=others[0].id),
            replace(visit_at(shop, clock.now()), status=Status.CANCELLED, customer_id=others[1].id),
            replace(visit_at(shop, clock.now()), location_id=elsewhere, customer_id=others[2].id),
        ]
        self.kept = [
            HoursRule(id=HoursRuleId(new_id()), owner_id=OwnerId(one), weekday=0, opens=540, closes=1020)
            for one in (shop.location, shop.ana)
        ]
        self.dated = [self.closed(shop.ben, days) for days in (-2, 1)]
        self.blocks = [self.block(shop.ana, midnight(0), minute * 60)]
        ana = next(row for row in stored_rows(engine, shop.tenant)["resource"].values() if row[0] == shop.ana)
        left: list[Entity] = [
            HoursRule(id=HoursRuleId(new_id()), owner_id=OwnerId(chair), weekday=0, opens=540, closes=1020),
            *(self.closed(shop.ben, days) for days in (-3, 2)),
            self.closed(chair, 0),
            self.block(chair, midnight(0), minute * 60),
            self.block(shop.ana, midnight(-1) - minute, minute),
            replace(self.block(shop.ana, midnight(0), minute), archived=True),
        ]
        put_rows(
            engine,
            shop.tenant,
            Location(id=elsewhere, name=f"other {shop.canary}", zone="America/New_York", address=""),
            Location(id=LocationId(new_id()), name="A closed one", zone=BERLIN, address="", archived=True),
            replace(ENTITIES["resource"].decode(ana), id=chair, location_id=elsewhere, member_id=None),
            replace(ENTITIES["resource"].decode(ana), id=ResourceId(new_id()), archived=True, member_id=None),
            *others,
            *self.inside,
            *self.outside,
            *self.kept,
            *self.dated,
            *self.blocks,
            *left,
        )
        self.elsewhere, self.chair = elsewhere, chair

    def closed(self, owner: str, days: int) -> HoursException:
        day = today() + timedelta(days=days)
        return HoursException(id=HoursExceptionId(new_id()), owner_id=OwnerId(owner), day=day, opens=None, closes=None)

    def block(self, resource: ResourceId, start: datetime, length: timedelta) -> TimeBlock:
        return TimeBlock(
            id=TimeBlockId(new_id()), resource_id=resource, starts_at=start, ends_at=start + length, reason="Away"
        )


@pytest.fixture
def beside(engine: Engine, shop: Shop) -> Beside:
    return Beside(engine, shop)


def ids(rows: list[Any]) -> set[str]:
    return {one.id for one in rows}


@pytest.mark.parametrize("role", HELD)
def test_it_tells_what_a_pull_has_of_these_days_and_nothing_else(
    desk: DeskMaker, shop: Shop, beside: Beside, role: Role
) -> None:
    mine = desk(role=role)
    mine.pull()
    reply = asked(mine, location=shop.location)
    rows = told(reply)
    assert (reply.json()["location"], reply.json()["today"]) == (shop.location, today().isoformat())
    expected: dict[str, set[str]] = {
        "business": set(mine.rows["business"]),
        "location": {shop.location, beside.elsewhere},
        "resource": {shop.ana, shop.ben},
        "hours_rule": ids(beside.kept),
        "hours_exception": ids(beside.dated),
        "time_block": ids(beside.blocks),
        "customer": {shop.customer},
        "appointment": ids(beside.inside),
    }
    assert {table: set(found) for table, found in rows.items()} == expected
    assert rows == {table: {one: mine.rows[table][one] for one in found} for table, found in expected.items()}


def test_the_days_are_those_of_the_location_that_is_asked_for(desk: DeskMaker, beside: Beside) -> None:
    reply = asked(desk(), location=beside.elsewhere)
    rows = told(reply)
    assert reply.json()["today"] == local(clock.now(), "America/New_York").date().isoformat()
    assert set(rows["resource"]) == {beside.chair}
    assert set(rows["appointment"]) == {beside.outside[-1].id}


def test_without_a_location_it_is_the_first_by_name_that_is_in_use(desk: DeskMaker, shop: Shop, beside: Beside) -> None:
    assert asked(desk()).json()["location"] == shop.location


def test_it_needs_no_replica(url: str, shop: Shop) -> None:
    new = WireDesk(url, shop).sign_in()
    assert set(told(asked(new))["location"]) == {shop.location}
    new.close()


@pytest.mark.parametrize("table", ["customer", "appointment", "time_block"])
def test_what_a_view_lacks_is_not_told(
    desk: DeskMaker, beside: Beside, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    mine = desk(role=Role.TENANT_STAFF)
    monkeypatch.setitem(HELD_BY, table, Capability.READ_AUDIT)
    mine.pull()
    rows = told(asked(mine))
    assert table not in rows
    assert rows.keys() <= mine.rows.keys()


@pytest.mark.parametrize(
    "location",
    ["", "x", "../business", "' OR 1=1 --", "0" * 36, "1' UNION SELECT", "ABCDEF00-0000-7000-8000-000000000001"],
)
def test_what_is_no_id_is_refused(desk: DeskMaker, location: str) -> None:
    reply = asked(desk(), location=location)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")


def test_a_location_that_there_is_not_and_one_of_another_business_are_the_same(
    desk: DeskMaker, engine: Engine, beside: Beside
) -> None:
    mine, foreign = desk(), open_shop(engine)
    replies = [asked(mine, location=one) for one in (new_id(), foreign.location)]
    assert [one.status_code for one in replies] == [404, 404]
    assert replies[0].json() == replies[1].json()
    assert foreign.canary not in replies[1].text


def test_more_than_is_told_at_once_is_refused_whole(
    desk: DeskMaker, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk()
    monkeypatch.setattr(days, "MOST", len(beside.inside))
    assert set(told(asked(mine))["appointment"]) == ids(beside.inside)
    monkeypatch.setattr(days, "MOST", len(beside.inside) - 1)
    reply = asked(mine)
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    assert beside.inside[0].id not in reply.text


def test_nobody_between_keeps_it_and_it_is_packed_as_it_was_asked_for(desk: DeskMaker, shop: Shop) -> None:
    mine = desk()
    plain = asked(mine)
    assert plain.headers["cache-control"] == "no-store"
    unpacked: dict[str, Callable[[bytes], bytes]] = {
        "zstd": lambda text: zstandard.ZstdDecompressor().decompressobj().decompress(text),
        "gzip": gzip.decompress,
        "identity": bytes,
    }
    for encoding, unpack in unpacked.items():
        with mine.http.stream("GET", "/v1/sync/days", headers={"Accept-Encoding": encoding}) as reply:
            text = unpack(b"".join(reply.iter_raw()))
        assert reply.headers.get("content-encoding", "identity") == encoding
        assert orjson.loads(text) == plain.json()


def test_it_changes_nothing(desk: DeskMaker, engine: Engine, shop: Shop, beside: Beside) -> None:
    mine, before = desk(), stored_rows(engine, shop.tenant)
    version = mine.pull()["version"]
    told(asked(mine))
    assert stored_rows(engine, shop.tenant) == before
    assert mine.pull()["version"] == version


def test_while_the_server_collects_what_it_may_have_lost_it_tells_nothing(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    mine = desk()
    with tenant_transaction(engine, shop.tenant) as connection:
        connection.exec_driver_sql("UPDATE tenant_state SET recovering_until = now() + interval '1 hour'")
    reply = asked(mine)
    assert (reply.status_code, reply.json()["code"]) == (503, "recovering")
    assert "retry-after" in reply.headers


def test_each_device_has_but_a_part_of_the_line() -> None:
    line = OneByOne(of_one=1, longest=0)

    async def twice() -> None:
        async with line.turn("device"):
            with pytest.raises(Declined):
                async with line.turn("device"):
                    raise AssertionError

    asyncio.run(twice())


def test_a_database_that_was_put_back_under_the_server_is_not_read(desk: DeskMaker, server: Server, shop: Shop) -> None:
    mine = desk()
    version = mine.pull()["version"]
    server.note_told(shop.tenant.id, version + 1)
    assert asked(mine).status_code == 503
