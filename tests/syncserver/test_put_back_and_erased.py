"""A backup that is put back after somebody was erased: nobody of them comes back, and nothing of anybody else goes."""

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
from tests.syncserver.test_erasing import CANARY, PHONE, erase, mentions


@pytest.mark.parametrize("known_before", [True, False])
def test_whoever_was_merged_since_the_backup_is_erased_under_both_records_again(
    postgres: Postgres, tmp_path: Path, *, known_before: bool
) -> None:
    settings = Settings(data=tmp_path, port=0)
    with postgres.fresh() as url, ExitStack() as stack:
        engine = make_engine(url)
        shop = open_shop(engine)
        check_history(engine, settings)
        kept, other = new_id(), new_id()
        with running(engine, settings) as (address, _):
            desk = WireDesk(address, shop, Role.TENANT_OWNER).ready()
            desk.push(desk.edit("customer.create", {"customer_id": kept, "name": "K", "phones": []}))
            second = desk.edit("customer.create", {"customer_id": other, "name": CANARY, "phones": [PHONE]})
            if known_before:
                desk.push(second)
            desk.http.close()
        engine.dispose()
        backup = stack.enter_context(postgres.fresh(like=url))
        engine = make_engine(url)
        with running(engine, settings) as (address, _):
            desk = WireDesk(address, shop, Role.TENANT_OWNER).ready()
            desk.pull()
            if not known_before:
                second = desk.edit("customer.create", second["args"])
                assert desk.push(second)[0]["outcome"] == "applied"
            (merged,) = desk.push(desk.edit("customer.merge", {"kept_id": kept, "merged_id": other}))
            assert merged["outcome"] == "applied"
            assert erase(desk, kept) == 204
            assert mentions(engine, shop, CANARY, PHONE) == set()
            (late,) = desk.push(desk.edit("customer.create", second["args"]))
            assert late["code"] == "erased"
            desk.pull()
            desk.http.close()
        engine.dispose()
        old = make_engine(backup)
        _look_back(old, settings)
        assert mentions(old, shop, CANARY, PHONE) == set()
        with running(old, settings) as (address, _):
            again = WireDesk(address, shop, Role.TENANT_OWNER).ready()
            end_recovery(old, shop.tenant)
            (outcome,) = again.push(again.edit("customer.create", second["args"]))
            assert outcome.get("code") == "erased"
            again.http.close()
        assert mentions(old, shop, CANARY, PHONE) == set()
        old.dispose()


@pytest.mark.parametrize("erased", [False, True])
def test_what_was_acknowledged_comes_again(postgres: Postgres, tmp_path: Path, *, erased: bool) -> None:
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
                    "payment_id": paid,
                    "appointment_id": visit,
                    "location_id": shop.location,
                    "kind": "balance",
                    "method": "cash",
                    "amount": 4500,
                    "currency": "EUR",
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
            # Both stay, whoever was erased.
            assert paid in now["payment"]
            assert note in now["note"]
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
