"""A person who was merged since the backup, and erased: nobody of them comes back with it."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from shared.ids import new_id
from shared.model.member import Role
from syncserver.cli import _look_back
from syncserver.services.history import check_history
from syncserver.services.sync.recovery import end_recovery
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import open_shop
from tests.support.wire_desk import WireDesk
from tests.syncserver.test_erasing import CANARY, PHONE, erase, mentions


@pytest.mark.parametrize("known_before", [True, False])
def test_whoever_was_merged_since_the_backup_is_erased_under_both_records_again(
    postgres: Postgres, tmp_path: Path, known_before: bool
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
            assert late["code"] == "erased", "in the history as it was nothing brings the second record back"
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
