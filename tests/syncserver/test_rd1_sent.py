"""What was sent is offered again, though somebody else was erased in the meantime; and what was paid."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop.store.fork import begin_again
from shared.ids import new_id
from shared.model.member import Role
from syncserver.cli import _look_back
from syncserver.services.history import check_history
from syncserver.services.sync.recovery import end_recovery
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from tests.support.postgres import Postgres
from tests.support.replica_desk import ReplicaDesk
from tests.support.running import running
from tests.support.shop import open_shop, stored_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.test_erasing import erase


@pytest.mark.parametrize("erased", [False, True])
def test_what_was_acknowledged_comes_again(postgres: Postgres, tmp_path: Path, erased: bool) -> None:
    settings = Settings(data=tmp_path, port=0)
    with postgres.fresh() as url, ExitStack() as stack:
        engine = make_engine(url)
        shop = open_shop(engine)
        check_history(engine, settings)
        who, visit, paid, note = new_id(), new_id(), new_id(), new_id()
        with running(engine, settings) as (address, _):
            owner = WireDesk(address, shop, Role.TENANT_OWNER).ready()
            owner.push(
                owner.edit("customer.create", {"customer_id": who, "name": "Zaphod"}),
                owner.booking(next_day(10), customer_id=who, appointment_id=visit),
            )
            desk = ReplicaDesk(address, shop, Role.TENANT_MANAGER)
        engine.dispose()
        backup = stack.enter_context(postgres.fresh(like=url))
        engine = make_engine(url)
        with running(engine, settings) as (address, _):
            owner.http.base_url = desk.wire.http.base_url = address
            desk.edit(
                "payment.take",
                {
                    "payment_id": paid, "appointment_id": visit, "location_id": shop.location, "kind": "balance",
                    "method": "cash", "amount": 4500, "currency": "EUR",
                },
            )
            desk.edit(
                "note.add",
                {"note_id": note, "about": "customer", "subject_id": shop.customer, "text": "of somebody else"},
            )
            assert [one["outcome"] for one in desk.push()] == ["applied", "applied"]
            if erased:
                assert erase(owner, who) == 204
            desk.pull()
            now = stored_rows(engine, shop.tenant)
            assert paid in now["payment"] and note in now["note"], "both stay, whoever was erased"
            print("SENT", desk.replica.database.rows("SELECT name, subject FROM sent"))
        engine.dispose()
        old = make_engine(backup)
        _look_back(old, settings)
        with running(old, settings) as (address, _):
            desk.wire.http.base_url = address
            end_recovery(old, shop.tenant)
            desk.wire.replica = new_id()
            begin_again(desk.replica.database, desk.wire.replica, offer_sent=True)
            desk.replica.registered(desk.wire.try_register().json())
            desk.wire.epoch = str(desk.replica.meta.get("epoch"))
            desk.pull()
            desk.push()
            after = stored_rows(old, shop.tenant)
            left = {"payment": paid in after["payment"], "note": note in after["note"]}
            desk.close()
            owner.http.close()
        old.dispose()
        assert left == {"payment": True, "note": True}
