"""Time ends offers and wishes on the server, once, and by the gateway that everything goes through."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from shared.clock import instant_text, now
from shared.ids import new_id
from shared.model.attention import AttentionItem
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import ENTITIES, entity_type
from shared.model.waitlist import WaitlistEntry, WaitlistState
from syncserver.services.jobs.overdue import Overdue
from syncserver.services.platform.plans import set_terms
from syncserver.services.server import Server, open_server
from syncserver.services.sync.endings.lapsing import SERVER
from syncserver.settings import Settings
from syncserver.store.tenancy import control_transaction, tenant_transaction
from tests.support.moving_clock import moved
from tests.support.shop import Shop, stored_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

THERE = ZoneInfo("Europe/Berlin")
"""The clock of the shop's place."""


@pytest.fixture
def server(engine: Engine, settings: Settings) -> Server:
    return open_server(engine, settings)


def entries(engine: Engine, shop: Shop) -> dict[str, WaitlistEntry]:
    rows = stored_rows(engine, shop.tenant)["waitlist_entry"]
    return {row_id: ENTITIES["waitlist_entry"].decode(row) for row_id, row in rows.items()}


def offered(desk: WireDesk, shop: Shop) -> tuple[str, str]:
    """A wish with an offer until an hour from now, and one whose last day is today, as it is there."""
    first, last = new_id(), new_id()
    add = {"customer_id": shop.customer, "location_id": shop.location}
    wish = {"service_id": shop.cut}
    start = next_day()
    offer = {
        "entry_id": first, "start": instant_text(start), "resources": [shop.ana],
        "until": instant_text(now() + timedelta(hours=1)),
    }  # fmt: skip
    outcomes = desk.push(
        desk.edit("waitlist.add", {"entry_id": first, "wish": wish, **add}),
        desk.edit(
            "waitlist.add",
            {"entry_id": last, "wish": wish | {"to_day": now().astimezone(THERE).date().isoformat()}, **add},
        ),
        desk.edit("waitlist.offer", offer),
    )
    assert [one["outcome"] for one in outcomes] == ["applied"] * 3
    return first, last


def logged(engine: Engine, shop: Shop) -> list[tuple[str, str]]:
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        found = connection.exec_driver_sql(
            "SELECT user_id::text, outcome FROM mutation_log WHERE name = 'waitlist.lapse'"
        ).all()
    return [(row.user_id, row.outcome) for row in found]


def test_what_is_over_is_written_down_once(desk: DeskMaker, engine: Engine, shop: Shop, server: Server) -> None:
    first, last = offered(desk(Role.TENANT_STAFF), shop)
    Overdue(server).look()
    assert entries(engine, shop)[first].state is WaitlistState.OFFERED
    assert logged(engine, shop) == []
    with moved(timedelta(days=2)):
        for _ in range(2):
            Overdue(server).look()
    found = entries(engine, shop)
    assert (found[first].state, found[first].offer) == (WaitlistState.WAITING, None)
    assert found[last].state is WaitlistState.EXPIRED
    assert logged(engine, shop) == [(SERVER.user_id, "applied")] * 2
    assert not stored_rows(engine, shop.tenant)[entity_type(AttentionItem).table]


def test_a_plan_without_a_waitlist_ends_nothing(desk: DeskMaker, engine: Engine, shop: Shop, server: Server) -> None:
    first, _ = offered(desk(Role.TENANT_STAFF), shop)
    with control_transaction(engine) as connection:
        set_terms(connection, shop.tenant, Tier.FREE)
    with moved(timedelta(days=2)):
        Overdue(server).look()
    assert entries(engine, shop)[first].state is WaitlistState.OFFERED
