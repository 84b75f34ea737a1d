"""The cash sheet of a desk is that of the server, whatever two desks took while apart, and nothing taken is missing."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine

from desktop.queries.day_cash import day_cash
from shared import clock
from shared.clock import instant_text
from shared.ids import new_id
from shared.model.attention import AttentionItem, AttentionState
from shared.model.business import Location
from shared.model.member import Role
from shared.model.payment import Payment
from shared.model.registry import E, entity_type
from shared.mutations.payment import waiting_in
from shared.rules import wall_time
from shared.rules.cash_sheet import CashSheet, cash_sheets
from syncserver.settings import Settings
from tests.support.postgres import Postgres, fresh_engine
from tests.support.replica_desk import ReplicaDesk
from tests.support.running import running
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.wire_desk import next_day


@pytest.fixture
def apart(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Shop, list[ReplicaDesk]]]:
    """Two desks of one shop, which meet only on the server."""
    settings = Settings(data=tmp_path_factory.mktemp("cash"), port=0)
    with fresh_engine(postgres) as engine, running(engine, settings) as (url, _), ExitStack() as stack:
        shop = open_shop(engine)
        desks = [ReplicaDesk(url, shop, role) for role in (Role.TENANT_STAFF, Role.TENANT_MANAGER)]
        for desk in desks:
            stack.callback(desk.close)
        yield engine, shop, desks


def decoded(rows: dict[str, Any], cls: type[E]) -> list[E]:
    kind = entity_type(cls)
    return [kind.decode(row) for row in rows[kind.table].values()]


def of_server(engine: Engine, shop: Shop) -> tuple[CashSheet, ...]:
    rows = stored_rows(engine, shop.tenant)
    (location,) = decoded(rows, Location)
    day = wall_time.local(clock.now(), location.zone).date()
    waiting = waiting_in(one for one in decoded(rows, AttentionItem) if one.state is AttentionState.OPEN)
    span = wall_time.day_span(day, location.zone)
    return cash_sheets(decoded(rows, Payment), waiting, location=location.id, day=span)


def of_desk(desk: ReplicaDesk) -> tuple[CashSheet, ...]:
    replica = desk.replica
    location = replica.tx().find(Location, desk.wire.shop.location)
    assert location is not None
    day = wall_time.local(clock.now(), location.zone).date()
    return day_cash(replica, day, location).sheets


def taking(shop: Shop, visit: str, amount: int = 4500, **other: Any) -> dict[str, Any]:
    return {
        "payment_id": new_id(), "appointment_id": visit, "location_id": shop.location, "kind": "balance",
        "method": "cash", "amount": amount, "currency": "EUR",
    } | other  # fmt: skip


def booking(shop: Shop, hour: int) -> dict[str, Any]:
    return {
        "appointment_id": new_id(), "customer_id": shop.customer, "location_id": shop.location,
        "start": instant_text(next_day(hour)), "segments": [{"service_id": shop.cut, "resources": [shop.ana]}],
    }  # fmt: skip


def drain(desks: list[ReplicaDesk]) -> None:
    for desk in (*desks, *desks):
        desk.push()
        desk.pull()


def test_desk_and_server_have_the_same_sheet(apart: tuple[Engine, Shop, list[ReplicaDesk]]) -> None:
    engine, shop, (staff, manager) = apart
    first, clash = booking(shop, 9), booking(shop, 9)
    staff.edit("appointment.book", first)
    drain([staff, manager])
    # Apart both take the balance of one visit, and one books what is taken already and takes a deposit for it.
    staff.edit("payment.take", taking(shop, first["appointment_id"]))
    paid = taking(shop, first["appointment_id"], method="terminal")
    manager.edit("payment.take", paid)
    manager.edit(
        "payment.refund",
        {
            "payment_id": new_id(), "refund_of": paid["payment_id"], "location_id": shop.location, "method": "terminal",
            "amount": 500, "currency": "EUR",
        },
    )  # fmt: skip
    other = booking(shop, 11)
    staff.edit("appointment.book", other)
    manager.edit("appointment.book", clash | {"start": other["start"]})
    manager.edit("payment.take", taking(shop, clash["appointment_id"], 2000, kind="deposit"))
    drain([staff, manager])
    (sheet,) = of_server(engine, shop)
    assert (sheet.taken, sheet.refunded, sheet.total, len(sheet.waiting)) == (11_000, 500, 10_500, 1)
    assert of_desk(staff) == of_desk(manager) == (sheet,)


def test_what_waits_to_be_sent_is_on_the_sheet_of_its_desk_at_once(
    apart: tuple[Engine, Shop, list[ReplicaDesk]],
) -> None:
    engine, shop, (staff, manager) = apart
    first = booking(shop, 9)
    staff.edit("appointment.book", first)
    staff.edit("payment.take", taking(shop, first["appointment_id"]))
    assert [one.total for one in of_desk(staff)] == [4500]
    assert of_server(engine, shop) == ()
    drain([staff, manager])
    assert of_desk(manager) == of_server(engine, shop) == of_desk(staff)
