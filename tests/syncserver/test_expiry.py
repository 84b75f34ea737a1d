"""A request that nobody answers in time ends by itself, once, on the server alone, and every desk hears of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.clock import instant_text
from shared.ids import derived_id, new_id
from shared.model.appointment import Appointment, Status
from shared.model.business import Business
from shared.model.registry import entity_type
from syncserver.services.jobs.overdue import Overdue, end_overdue
from syncserver.services.server import Server
from syncserver.services.sync.endings.expiry import SERVER
from syncserver.store.recoveries import versions
from syncserver.store.tenancy import TenantState, tenant_transaction
from syncserver.store.tenants import set_tenant_state
from tests.support.moving_clock import moved
from tests.support.shop import Shop, put_rows, stored_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

LIFE = timedelta(minutes=90)


@pytest.fixture
def server(app: FastAPI) -> Server:
    found: Server = app.state.wiring.server
    return found


@pytest.fixture
def mine(desk: DeskMaker, engine: Engine, shop: Shop) -> WireDesk:
    """A desk of a business in which a request waits for an hour and a half."""
    made = desk()
    (row,) = stored_rows(engine, shop.tenant)["business"].values()
    business = entity_type(Business).decode(row)
    put_rows(engine, shop.tenant, replace(business, request_life=LIFE // timedelta(minutes=1)))
    return made


def requested(desk: WireDesk, hour: int = 10) -> str:
    """A request for the day after tomorrow."""
    edit = desk.booking(next_day(hour, days=2), status="requested")
    assert [one["outcome"] for one in desk.push(edit)] == ["applied"]
    return str(edit["args"]["appointment_id"])


def standing(engine: Engine, shop: Shop) -> dict[str, str]:
    kept = stored_rows(engine, shop.tenant)["appointment"].values()
    visits = [entity_type(Appointment).decode(row) for row in kept]
    return {one.id: one.status for one in visits}


def logged(engine: Engine, shop: Shop) -> list[tuple[Any, ...]]:
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        asked = "SELECT replica_id, user_id::text, role, outcome FROM mutation_log WHERE name = 'appointment.expire'"
        return [tuple(row) for row in connection.exec_driver_sql(asked)]


def version(engine: Engine, shop: Shop) -> int:
    return versions(engine)[shop.tenant.id]


def test_it_ends_after_its_time_and_is_logged_as_the_servers_own(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    visit = requested(mine)
    with moved(LIFE - timedelta(minutes=1)):
        assert end_overdue(server, shop.tenant).made == 0
    with moved(LIFE + timedelta(minutes=1)):
        assert end_overdue(server, shop.tenant).made == 1
    assert standing(engine, shop) == {visit: Status.EXPIRED}
    assert stored_rows(engine, shop.tenant)["allocation"] == {}
    assert logged(engine, shop) == [(None, SERVER.user_id, "SUPERUSER", "applied")]


def test_a_desk_hears_of_it(server: Server, shop: Shop, mine: WireDesk) -> None:
    visit = requested(mine)
    mine.pull()
    with moved(LIFE + timedelta(minutes=1)):
        end_overdue(server, shop.tenant)
    mine.pull()
    assert "expired" in mine.rows["appointment"][visit]


def test_where_nothing_is_due_nothing_is_written(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    requested(mine)
    before = version(engine, shop)
    assert end_overdue(server, shop.tenant).made == 0
    assert version(engine, shop) == before


def test_what_was_answered_stays_as_it_was_answered(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    accepted, declined = requested(mine), requested(mine, hour=14)
    for visit, hour, answer in ((accepted, 10, "confirm"), (declined, 14, "decline")):
        was = {"status": "requested", "start": instant_text(next_day(hour, days=2))}
        mine.push(mine.edit(f"appointment.{answer}", {"appointment_id": visit, "was": was}))
    with moved(LIFE * 2):
        assert end_overdue(server, shop.tenant).made == 0
    assert standing(engine, shop) == {accepted: Status.BOOKED, declined: Status.DECLINED}


def test_one_that_a_person_has_brought_back_waits_for_that_person(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    visit = requested(mine)
    with moved(LIFE * 2):
        end_overdue(server, shop.tenant)
    was = {"status": "expired", "start": instant_text(next_day(days=2))}
    assert (
        mine.push(mine.edit("appointment.undo_step", {"appointment_id": visit, "was": was}))[0]["outcome"] == "applied"
    )
    before = version(engine, shop)
    with moved(LIFE * 3):
        assert end_overdue(server, shop.tenant).made == 0
    assert standing(engine, shop) == {visit: Status.REQUESTED}
    assert version(engine, shop) == before


def test_an_answer_that_was_given_offline_waits_for_a_person(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    visit = requested(mine)
    with moved(LIFE * 2):
        end_overdue(server, shop.tenant)
    was = {"status": "requested", "start": instant_text(next_day(days=2))}
    late: Json = mine.push(mine.edit("appointment.confirm", {"appointment_id": visit, "was": was}))[0]
    assert (late["outcome"], late["code"]) == ("rejected", "changed_meanwhile")
    kept = {"item_id": late["item"], "choice": "restore"}
    assert mine.push(mine.edit("attention.resolve", kept))[0]["outcome"] == "applied"
    assert standing(engine, shop) == {visit: Status.BOOKED}


def test_no_desk_makes_it(engine: Engine, shop: Shop, mine: WireDesk) -> None:
    visit = requested(mine)
    told: Json = mine.push(mine.edit("appointment.expire", {"appointment_id": visit}))[0]
    assert (told["outcome"], told["code"]) == ("rejected", "not_allowed")
    assert standing(engine, shop) == {visit: Status.REQUESTED}


def test_a_round_looks_at_every_business_that_works(engine: Engine, server: Server, shop: Shop, mine: WireDesk) -> None:
    visit = requested(mine)
    with moved(LIFE * 2):
        set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
        Overdue(server).look()
        assert standing(engine, shop) == {visit: Status.REQUESTED}
        set_tenant_state(engine, shop.tenant, TenantState.ACTIVE)
        Overdue(server).look()
        assert standing(engine, shop) == {visit: Status.EXPIRED}


def test_a_database_that_was_put_back_is_written_to_by_nobody(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    visit = requested(mine)
    server.note_told(shop.tenant.id, version(engine, shop) + 100)
    with moved(LIFE * 2):
        assert end_overdue(server, shop.tenant).made == 0
    assert standing(engine, shop) == {visit: Status.REQUESTED}


def test_a_desk_that_takes_the_id_of_an_end_keeps_no_request_from_ending(
    engine: Engine, server: Server, shop: Shop, mine: WireDesk
) -> None:
    visit = requested(mine)
    (row,) = stored_rows(engine, shop.tenant)["appointment"].values()
    asked = entity_type(Appointment).decode(row).steps[-1].at
    expected = derived_id("expiry", visit, asked.isoformat())
    edit = mine.edit("customer.create", {"customer_id": new_id(), "name": "Ana Holm"}, id=expected)
    assert [one["outcome"] for one in mine.push(edit)] == ["applied"]
    with moved(LIFE + timedelta(minutes=1)):
        assert end_overdue(server, shop.tenant).made == 1
        assert standing(engine, shop) == {visit: Status.EXPIRED}
        assert end_overdue(server, shop.tenant).made == 0
