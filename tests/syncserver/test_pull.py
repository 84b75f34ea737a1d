"""A pull tells what is new, whole, in one snapshot, and only to the replica that it is for."""

import gzip
import socket
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx2
import orjson
import pytest
import zstandard
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.registry import ENTITIES, SCHEMA_VERSION
from shared.rules.permissions import Capability
from shared.rules.views import HELD_BY
from syncserver.services.sync import pull
from syncserver.services.sync.standing import require_desk
from syncserver.store import feeds
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.users import change_user, find_user
from syncserver.web import streams
from syncserver.web.turns import Turn
from tests.support.http_client import TRUST
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, lines_of, next_day
from tests.syncserver.conftest import DeskMaker


def held(desk: WireDesk) -> dict[str, dict[str, Any]]:
    """What the desk has, every table named."""
    return {table: desk.rows.get(table, {}) for table in ENTITIES}


def test_a_first_sync_brings_every_row_and_its_lines_are_in_order(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    lines = lines_of(mine.try_pull())
    assert [line["kind"] for line in lines] == ["head", *["rows"] * (len(lines) - 2), "tail"]
    assert [line["table"] for line in lines[1:-1]] == [one for one in ENTITIES if lines[0]["counts"][one]]
    for line in lines[1:-1]:
        assert tuple(line["columns"]) == ENTITIES[line["table"]].names
    tail = mine.pull()
    assert held(mine) == stored_rows(engine, shop.tenant)
    assert tail["counts"] == {table: len(rows) for table, rows in held(mine).items()}


def test_deltas_end_where_the_server_is_whatever_was_put_and_removed(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    mine, other = desk(), desk()
    other.pull()
    for hour in (9, 10, 11):
        start = next_day(hour)
        booking = mine.booking(start)
        mine.push(booking)
        other.pull()
        was = {"status": "booked", "start": instant_text(start)}
        mine.push(mine.edit("appointment.cancel", {"appointment_id": booking["args"]["appointment_id"], "was": was}))
    other.pull()
    assert held(other) == stored_rows(engine, shop.tenant)
    assert held(other)["allocation"] == {}
    assert len(held(other)["appointment"]) == 3


def test_a_table_longer_than_a_page_arrives_whole(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine, late = desk(), desk()
    mine.pull()
    many = [Customer(id=CustomerId(new_id()), name=f"Customer {one}") for one in range(2 * feeds.PAGE + 1)]
    put_rows(engine, shop.tenant, *many)
    tail = mine.pull()
    assert tail["counts"] == {"customer": len(many)}
    late.pull()
    assert held(mine) == held(late) == stored_rows(engine, shop.tenant)


def test_an_empty_delta_is_a_head_and_a_tail(desk: DeskMaker) -> None:
    mine = desk()
    mine.pull()
    first = mine.cursor
    assert [line["kind"] for line in lines_of(mine.try_pull(mine.cursor))] == ["head", "tail"]
    assert mine.pull()["counts"] == {}
    assert mine.cursor == first


def test_outcomes_come_with_the_rows_until_their_cursor_comes_back(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    mine.pull()
    mine.push(mine.booking(next_day()), mine.booking(next_day()))
    told = mine.try_pull(mine.cursor)
    outcomes = lines_of(told)[-1]["outcomes"]
    assert [(one["seq"], one["outcome"]) for one in outcomes] == [(1, "applied"), (2, "rejected")]
    assert outcomes[1]["item"] in [row[0] for line in lines_of(told) if line.get("table") == "attention_item"
                                   for row in line["rows"]]  # fmt: skip
    assert mine.pull()["outcomes"] == outcomes, "a lost reply is asked for again"
    assert mine.pull()["outcomes"] == []


def test_outcomes_that_a_desk_has_stored_are_dropped_by_the_hundred(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """A write for each edit was half of what telling it took."""
    mine = desk()
    mine.pull()
    for count in (feeds.MANY - 1, 1):
        mine.push(*(mine.edit("customer.create", {"customer_id": new_id(), "name": "Ann"}) for _ in range(count)))
        mine.pull()
        assert kept_outcomes(engine, shop) >= feeds.MANY - 1
        mine.pull()
    until(lambda: kept_outcomes(engine, shop) == 0)


def test_outcomes_that_a_desk_has_stored_are_dropped_once_a_day(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    mine.pull()
    mine.push(mine.booking(next_day()))
    mine.pull()
    mine.pull()
    assert kept_outcomes(engine, shop) == 1
    with tenant_transaction(engine, shop.tenant) as connection:
        connection.exec_driver_sql("UPDATE replica SET seen_at = seen_at - interval '2 days'")
    mine.pull()
    until(lambda: kept_outcomes(engine, shop) == 0)


def test_a_difference_holds_no_row_of_a_table_outside_the_view(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read of every table at once, before the person's role is known."""
    mine = desk()
    mine.pull()
    booking = mine.booking(next_day())
    mine.push(booking)
    was = {"status": "booked", "start": booking["args"]["start"]}
    mine.push(mine.edit("appointment.cancel", {"appointment_id": booking["args"]["appointment_id"], "was": was}))
    mine.push(mine.edit("customer.create", {"customer_id": new_id(), "name": "Ann"}))
    monkeypatch.setattr(pull, "require_desk", lambda *given: replace(require_desk(*given), tables=("customer",)))
    lines = lines_of(mine.try_pull(mine.cursor))
    assert [(line["kind"], line.get("table")) for line in lines] == [
        ("head", None), ("rows", "customer"), ("tail", None)
    ]  # fmt: skip
    assert lines[0]["counts"] == lines[-1]["counts"] == {"customer": 1}


def kept_outcomes(engine: Engine, shop: Shop) -> int:
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM outcome").scalar_one())


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity", "br", "zstd;q=0, gzip", "*"])
def test_a_stream_is_packed_as_the_client_asks(desk: DeskMaker, encoding: str) -> None:
    mine = desk()
    asked = {"replica": mine.replica}
    with mine.http.stream("GET", "/v1/sync/pull", params=asked, headers={"Accept-Encoding": encoding}) as reply:
        raw = b"".join(reply.iter_raw())
    said = reply.headers.get("content-encoding", "identity")
    unpack = {"gzip": gzip.decompress, "zstd": _unzstd, "identity": bytes}[said]
    assert orjson.loads(unpack(raw).splitlines()[-1])["kind"] == "tail"
    assert said == {"gzip": "gzip", "zstd": "zstd", "zstd;q=0, gzip": "gzip"}.get(encoding, "identity")
    assert reply.headers["cache-control"] == "no-store"


def _unzstd(raw: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(raw)


def test_a_cursor_that_is_not_ours_starts_afresh(desk: DeskMaker) -> None:
    mine = desk()
    cursor = mine.pull()["cursor"]
    kid, body, tag = cursor.split(".")
    for forged in ("x", "..", f"{kid}.{body}.", f"{kid}.{body[:-2]}AA.{tag}", mine.lease, "ü"):
        reply = mine.try_pull(forged)
        assert (reply.status_code, reply.json()["code"]) == (410, "reset_required"), forged


def test_a_cursor_of_another_replica_or_business_is_nothing(desk: DeskMaker, engine: Engine) -> None:
    mine, neighbour, foreign = desk(), desk(), desk(at=open_shop(engine))
    for other in (neighbour, foreign):
        reply = mine.try_pull(other.pull()["cursor"])
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


def test_a_replica_of_another_device_is_nothing(desk: DeskMaker, engine: Engine) -> None:
    mine, neighbour, foreign = desk(), desk(), desk(at=open_shop(engine))
    for other in (neighbour.replica, foreign.replica, new_id()):
        replies = [mine.try_pull(replica=other), mine.try_push(mine.booking(next_day()), replica=other)]
        assert replies[0].status_code == 404
        assert replies[1].status_code in (404, 422), "the lease is another replica's"
    assert mine.try_register(replica=neighbour.replica).status_code == 404
    assert mine.try_register(device=neighbour.device).status_code == 404


def test_a_role_that_loses_its_desk_gets_no_row_more(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk(Role.TENANT_STAFF)
    mine.pull()
    user = find_user(engine, shop.users[Role.TENANT_STAFF])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, role=Role.CUSTOMER))
    reply = mine.try_pull(mine.cursor)
    assert (reply.status_code, reply.json()["code"]) == (403, "no_replica")
    assert shop.canary not in reply.text


def require_known(desk: WireDesk) -> None:
    """Whoever gets no rows is known all the same, under a new name too, and has what a push needs."""
    desk.replica = new_id()
    told = desk.try_register().json()["registered"]
    assert (told["epoch"], told["last_seq"], told["recovering"]) == (desk.epoch, 0, False)
    desk.lease = told["lease"]
    assert "registered" not in desk.try_pull().json()


def test_an_older_schema_is_asked_to_upgrade_and_may_still_push(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk()
    monkeypatch.setattr("syncserver.services.sync.registering.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    for reply in (mine.try_pull(), mine.try_register()):
        assert (reply.status_code, reply.json()["code"], reply.json()["push_ok"]) == (426, "upgrade_required", True)
    require_known(mine)
    assert mine.try_push(mine.booking(next_day())).status_code == 200


def test_a_newer_schema_waits_for_the_servers_upgrade(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk()
    monkeypatch.setattr("syncserver.services.sync.registering.SCHEMA_VERSION", SCHEMA_VERSION - 1)
    for reply in (mine.try_pull(), mine.try_register()):
        assert (reply.status_code, reply.json()["code"], int(reply.headers["retry-after"]) > 0) == (503, "retry", True)
        assert reply.json()["push_ok"]
    require_known(mine)
    assert mine.try_push(mine.booking(next_day())).status_code == 200


def test_another_view_starts_afresh(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk()
    mine.pull()
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.MANAGE_BUSINESS)
    assert mine.try_pull(mine.cursor).json()["code"] == "reset_required"


def test_a_stream_that_nobody_reads_to_its_end_gives_its_connection_back(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    mine = desk()
    many = [Customer(id=CustomerId(new_id()), name="x" * 190, notes="y" * 3000) for _ in range(4000)]
    put_rows(engine, shop.tenant, *many)
    for _ in range(30):
        asked = {"replica": mine.replica}
        with mine.http.stream("GET", "/v1/sync/pull", params=asked, headers={"Accept-Encoding": "identity"}) as reply:
            next(reply.iter_raw())
    assert len(mine.pull()["cursor"]) > 0


def test_another_epoch_or_a_server_that_was_put_back_is_noticed(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    mine.pull()
    mine.push(mine.booking(next_day()))
    mine.pull()
    with tenant_transaction(engine, shop.tenant) as connection:
        connection.exec_driver_sql("UPDATE replica SET last_seq = 0")
    reply: httpx2.Response = mine.try_pull(mine.cursor)
    assert (reply.status_code, reply.json()["code"]) == (409, "epoch_changed")


def large_book() -> list[Customer]:
    """More rows than fit into what the systems on the way hold by themselves."""
    return [Customer(id=CustomerId(new_id()), name="x" * 190, notes=new_id() * 100) for _ in range(6000)]


def test_a_reader_that_stalls_is_cut_off_and_blocks_nobody(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = desk(), desk()
    many = large_book()
    put_rows(engine, shop.tenant, *many)
    monkeypatch.setattr(streams, "LONGEST", 1.0)
    asked, plain = {"replica": mine.replica}, {"Accept-Encoding": "identity"}
    with ExitStack() as stalled:
        for _ in range(8):
            reader = stalled.enter_context(
                httpx2.Client(base_url=mine.http.base_url, verify=TRUST, headers=mine.http.headers)
            )
            stalled.enter_context(reader.stream("GET", "/v1/sync/pull", params=asked, headers=plain))
        monkeypatch.undo()
        assert other.pull()["counts"]["customer"] == len(many) + 1


def stall(stack: ExitStack, desk: WireDesk) -> None:
    """A pull of which nothing is ever read."""
    base = desk.http.base_url
    line = stack.enter_context(socket.create_connection((base.host, base.port or 80)))
    head = f"GET /v1/sync/pull?replica={desk.replica} HTTP/1.1\r\nHost: x\r\n"
    line.sendall(f"{head}Authorization: {desk.http.headers['Authorization']}\r\n\r\n".encode())


def test_stalled_readers_of_one_business_keep_no_other_from_its_book(
    desk: DeskMaker, engine: Engine, shop: Shop, app: FastAPI
) -> None:
    mine, theirs = desk(), desk(at=open_shop(engine))
    put_rows(engine, shop.tenant, *large_book())
    with ExitStack() as stalled:
        for _ in range(8):
            mine.replica = new_id()
            mine.register()
            stall(stalled, mine)
        until(lambda: app.state.wiring.pulls._long.own(shop.tenant.id).locked())
        assert theirs.pull()["version"] > 0
    until(lambda: not app.state.wiring.pulls._newest)


def test_nobody_ends_the_pull_of_a_replica_by_naming_it(
    desk: DeskMaker, engine: Engine, shop: Shop, app: FastAPI
) -> None:
    mine, other, theirs = desk(), desk(), desk(at=open_shop(engine))
    put_rows(engine, shop.tenant, *large_book())
    with ExitStack() as stalled:
        stall(stalled, mine)
        until(lambda: len(app.state.wiring.pulls._newest) == 1)
        theirs.replica = mine.replica
        theirs.register()
        assert theirs.try_pull().status_code == 200
        assert other.try_pull(replica=mine.replica).status_code == 404
        assert len(app.state.wiring.pulls._newest) == 1


def test_a_replica_that_asks_again_does_not_wait_for_the_pull_that_it_gave_up(
    desk: DeskMaker, engine: Engine, shop: Shop, app: FastAPI
) -> None:
    mine = desk()
    put_rows(engine, shop.tenant, *large_book())
    with ExitStack() as stalled:
        arrived: set[Turn] = set()
        for _ in range(6):
            stall(stalled, mine)
            # Each on a line of its own: only once it has arrived is the next one later.
            until(lambda: not arrived.issuperset(app.state.wiring.pulls._newest.values()))
            arrived.update(app.state.wiring.pulls._newest.values())
        assert mine.pull()["counts"]["customer"] == 6001
