"""What is old is forgotten, and nobody is misled by it: pointers, arguments, replicas, sessions (P25, P33)."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psycopg.errors
import pytest
import sqlalchemy.exc
from sqlalchemy import Engine

from shared.clock import now
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.jobs.pruning import Upkeep, prune
from syncserver.settings import Settings
from syncserver.store import retention
from syncserver.store.tenancy import Tenant, control_transaction, schema_part, take_clock, tenant_transaction
from tests.support.meddler import Meddler
from tests.support.moving_clock import moved
from tests.support.shop import open_shop, stored_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_handing_in import disabled, hand_in, kept, let_in, shut_out

LONG_AFTER = timedelta(days=500)
A_SEASON_AFTER = timedelta(days=100)
ROUNDS = 14


def count(engine: Engine, tenant: Tenant, what: str) -> int:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        found: int = connection.exec_driver_sql(f"SELECT count(*) FROM {what}").scalar_one()
    return found


def prune_later(engine: Engine, settings: Settings, tenant: Tenant, by: timedelta = LONG_AFTER) -> Any:
    with moved(by):
        return prune(engine, settings, tenant)


def customer(desk: WireDesk, name: str = "Ida Brandt", **other: Any) -> Json:
    return desk.edit("customer.create", {"customer_id": new_id(), "name": name}, **other)


def catch_up(desk: WireDesk) -> bool:
    """Pull as a desk does; whether it had to load the book again."""
    reply = desk.try_pull(desk.cursor)
    if reply.status_code == 200:
        desk.pull()
        return False
    assert (reply.status_code, reply.json()["code"]) == (410, "reset_required")
    desk.cursor, desk.rows = None, {}
    desk.pull()
    return True


def removed_block(desk: WireDesk) -> None:
    """A row that comes and goes."""
    hours = {"start": "2026-05-05T09:00:00Z", "end": "2026-05-05T10:00:00Z"}
    block = {"block_id": new_id(), "resource_id": desk.shop.ana, **hours}
    desk.push(desk.edit("block.put", block), desk.edit("block.remove", {"block_id": block["block_id"]}))


@pytest.mark.timeout(240)
def test_whoever_is_older_than_the_floor_is_told_and_everyone_converges(engine: Engine, desk: DeskMaker) -> None:
    """P33: pointers go at random points, desks come back from any earlier one."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    desks = [desk(role) for role in (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)]
    tenant = desks[0].shop.tenant
    desks[0].push(desks[0].booking(next_day()))
    for one in desks:
        one.pull()
    for round_ in range(ROUNDS):
        # Within the life of an access token.
        with moved(timedelta(seconds=15 * round_)):
            one = dice.choice(desks)
            one.push_all(*Meddler(one, dice).edits(bookings=3))
            if dice.random() < 0.5:
                catch_up(dice.choice(desks))
            if dice.random() < 0.6:
                retention.raise_floor(engine, tenant, now() - timedelta(seconds=dice.randrange(60)))
                while dice.random() < 0.8 and retention.drop_pointers(engine, tenant):
                    pass
    with moved(timedelta(seconds=15 * ROUNDS)):
        stored = stored_rows(engine, tenant)
        for one in desks:
            catch_up(one)
            assert {table: rows for table, rows in one.rows.items() if rows} == {
                table: rows for table, rows in stored.items() if rows
            }


def test_a_desk_that_was_away_for_long_loads_the_book_again(
    engine: Engine, settings: Settings, desk: DeskMaker
) -> None:
    away, here = desk(), desk(Role.TENANT_STAFF)
    away.pull()
    here.push(customer(here))
    here.pull()
    removed_block(desk())
    assert prune_later(engine, settings, away.shop.tenant, A_SEASON_AFTER).pointers > 0
    assert count(engine, away.shop.tenant, "sync_row") == 0
    for one in (away, here):
        one.sign_in()
    assert [catch_up(away), catch_up(here)] == [True, True]
    assert [catch_up(away), catch_up(here)] == [False, False]
    assert away.rows["customer"].keys() == here.rows["customer"].keys()


def test_a_desk_that_has_seen_everything_is_never_told_to_load_again(
    engine: Engine, settings: Settings, desk: DeskMaker
) -> None:
    one = desk()
    one.push(customer(one))
    one.pull()
    prune_later(engine, settings, one.shop.tenant, A_SEASON_AFTER)
    one.sign_in()
    assert not catch_up(one)
    one.push(customer(one, "After"))
    assert not catch_up(one)
    assert len(one.rows["customer"]) == 3


def test_what_is_young_stays(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    one = desk()
    one.push(customer(one))
    before = count(engine, one.shop.tenant, "sync_row")
    done = prune_later(engine, settings, one.shop.tenant, timedelta(days=89))
    assert (done.pointers, done.arguments, done.replicas, done.sessions) == (0, 0, 0, 0)
    assert count(engine, one.shop.tenant, "sync_row") == before


def test_a_mutation_without_its_arguments_is_known_as_ever(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    """P37, however late: its id and its outcome are kept for good."""
    one = desk()
    taken = next_day()
    edits = [one.booking(taken), one.booking(taken), customer(one, author=new_id())]
    outcomes = one.push(*edits)
    assert [told["outcome"] for told in outcomes] == ["applied", "rejected", "quarantined"]
    assert prune_later(engine, settings, one.shop.tenant).arguments == 2
    assert count(engine, one.shop.tenant, "mutation_log WHERE args IS NULL") == 2
    # Of what is in quarantine this is the only copy.
    assert count(engine, one.shop.tenant, "mutation_log WHERE outcome = 'quarantined' AND args IS NOT NULL") == 1
    again = one.http
    copy = WireDesk(str(again.base_url), one.shop, one.role, device=one.device).ready()
    edits = [{**edit, "author": copy.session, "lease": copy.lease} for edit in edits]
    assert [told | {"seq": 0} for told in copy.push(*edits)] == [told | {"seq": 0} for told in outcomes]
    copy.http.close()


def test_a_replica_that_fell_silent_is_not_made_anew(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    """P25: its name and its numbers are used up, and it is told so whatever it asks."""
    one = desk()
    edit = customer(one)
    one.push(edit)
    done = prune_later(engine, settings, one.shop.tenant)
    assert (done.replicas, done.sessions) == (1, 1)
    assert count(engine, one.shop.tenant, "outcome") == 0
    assert count(engine, one.shop.tenant, "session") == 0
    one.sign_in()
    for reply in (one.try_register(), one.try_push(edit), one.try_push(customer(one)), one.try_pull()):
        assert (reply.status_code, reply.json()["code"]) == (409, "replica_retired")
    one.replica, one.seq = new_id(), 0
    one.register()
    assert one.push({**edit, "author": one.session, "lease": one.lease})[0]["outcome"] == "applied"
    assert (
        len([row for row in stored_rows(engine, one.shop.tenant)["customer"].values() if row[1] == "Ida Brandt"]) == 1
    )


def test_a_replica_that_only_reads_is_not_silent(
    engine: Engine, settings: Settings, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk()
    with tenant_transaction(engine, one.shop.tenant) as connection:
        connection.exec_driver_sql("UPDATE replica SET seen_at = seen_at - interval '399 days'")
    one.pull()
    one.pull()
    assert prune_later(engine, settings, one.shop.tenant, timedelta(days=2)).replicas == 0


def test_nothing_of_another_business_is_touched(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    one, other = desk(), desk(at=open_shop(engine))
    for each in (one, other):
        each.push(customer(each))
    kept = {what: count(engine, other.shop.tenant, what) for what in ("sync_row", "session", "replica", "outcome")}
    prune_later(engine, settings, one.shop.tenant)
    assert {what: count(engine, other.shop.tenant, what) for what in kept} == kept
    assert count(engine, other.shop.tenant, "mutation_log WHERE args IS NULL") == 0
    assert count(engine, other.shop.tenant, "replica WHERE retired_at IS NOT NULL") == 0


def test_what_has_lapsed_lends_its_rights_to_nobody(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    """A colleague at the same desk brings it; who made it is asked for once they are there again."""
    owner = desk(Role.TENANT_OWNER)
    staff = desk(Role.TENANT_STAFF, device=owner.device)
    owner.replica = staff.replica
    staff.push(staff.booking(next_day(9)))
    with moved(settings.session_idle):
        staff.sign_in()
        block = {"block_id": new_id(), "resource_id": owner.shop.ana, "start": "2026-05-05T09:00:00Z"}
        forged = staff.edit("block.put", block | {"end": "2026-05-05T10:00:00Z"}, author=owner.session)
        prune(engine, settings, owner.shop.tenant)
        assert staff.push(forged)[0]["outcome"] == "quarantined"
        assert not stored_rows(engine, owner.shop.tenant)["time_block"]
        assert staff.push(staff.booking(next_day(12)))[0]["outcome"] == "applied", "whose session goes on works on"


def test_what_was_entered_before_a_session_lapsed_is_decided_once_they_are_there_again(
    engine: Engine, settings: Settings, desk: DeskMaker
) -> None:
    one = desk()
    waits = one.booking(next_day())
    with moved(settings.session_idle):
        prune(engine, settings, one.shop.tenant)
        told = one.try_refresh()
        assert (told.status_code, told.json()["code"]) == (401, "reauth")
        one.sign_in()
        assert waits["author"] != one.session
        assert one.push(waits)[0]["outcome"] == "applied"


@pytest.mark.parametrize("shuts_out", [shut_out, disabled])
def test_a_desk_that_was_shut_out_is_told_so_however_late_it_comes(
    engine: Engine, settings: Settings, desk: DeskMaker, shuts_out: Callable[[WireDesk, WireDesk], None]
) -> None:
    owner, away = desk(Role.TENANT_OWNER), desk(Role.TENANT_STAFF)
    waits = customer(away)
    shuts_out(owner, away)
    with moved(LONG_AFTER):
        prune(engine, settings, away.shop.tenant)
        assert hand_in(away, waits).status_code == 200
    assert len(kept(engine, away.shop)) == 1


def test_a_device_that_has_handed_in_and_a_person_who_is_let_in_again_are_forgotten_as_ever(
    engine: Engine, settings: Settings, desk: DeskMaker
) -> None:
    owner, gone, back = desk(Role.TENANT_OWNER), desk(Role.TENANT_STAFF), desk(Role.TENANT_MANAGER)
    shut_out(owner, gone)
    assert hand_in(gone).status_code == 200
    disabled(owner, back)
    let_in(owner, back)
    with moved(LONG_AFTER):
        prune(engine, settings, owner.shop.tenant)
        for one in (gone, back):
            assert one.try_refresh().json()["code"] == "reauth"
        assert count(engine, owner.shop.tenant, "session") == 0


class BrokenOffError(Exception):
    """The process is killed."""


def breaking_off(after: int) -> Callable[[], bool]:
    """So many transactions, and then none."""
    left = [after]

    def is_ended() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise BrokenOffError
        return False

    return is_ended


def test_what_was_broken_off_goes_on(
    engine: Engine, settings: Settings, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    one = desk()
    for _ in range(4):
        one.push(*(customer(one) for _ in range(4)))
    for after in range(1, 12, 2):
        with moved(LONG_AFTER), suppress(BrokenOffError):
            prune(engine, settings, one.shop.tenant, is_ended=breaking_off(after))
    prune_later(engine, settings, one.shop.tenant)
    assert count(engine, one.shop.tenant, "sync_row") == 0
    assert count(engine, one.shop.tenant, "mutation_log WHERE args IS NOT NULL") == 0
    assert count(engine, one.shop.tenant, "outcome") == 0


def test_pruning_waits_for_no_push(engine: Engine, settings: Settings, desk: DeskMaker) -> None:
    one = desk()
    one.push(customer(one))
    with tenant_transaction(engine, one.shop.tenant) as pushing:
        take_clock(pushing, one.shop.tenant)
        pushing.exec_driver_sql("UPDATE sync_row SET version = version WHERE table_name = 'customer'")
        # What the push writes is left to the next time.
        assert prune_later(engine, settings, one.shop.tenant).pointers > 0
    assert count(engine, one.shop.tenant, "sync_row WHERE table_name <> 'customer'") == 0
    assert count(engine, one.shop.tenant, "sync_row") > 0
    assert prune_later(engine, settings, one.shop.tenant).pointers > 0
    assert count(engine, one.shop.tenant, "sync_row") == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE mutation_log SET args = NULL",
        "UPDATE mutation_log SET args = '{}'",
        "UPDATE mutation_log SET outcome = 'rejected'",
        "DELETE FROM mutation_log",
    ],
)
def test_not_even_the_owner_of_the_tables_changes_the_history(engine: Engine, desk: DeskMaker, change: str) -> None:
    one = desk()
    one.push(customer(one))
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match=r"is not changed|has not taken the clock"),
        control_transaction(engine) as connection,
        schema_part(connection, one.shop.tenant),
    ):
        connection.exec_driver_sql(change)


def test_a_tenant_cannot_touch_its_log(engine: Engine, desk: DeskMaker) -> None:
    tenant = desk().shop.tenant
    with (
        pytest.raises(sqlalchemy.exc.ProgrammingError) as refused,
        tenant_transaction(engine, tenant) as connection,
    ):
        connection.exec_driver_sql("UPDATE mutation_log SET args = NULL")
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_a_pointer_that_a_pull_may_need_stays(engine: Engine, desk: DeskMaker) -> None:
    one = desk()
    one.push(customer(one))
    with (
        pytest.raises(sqlalchemy.exc.IntegrityError, match="a pull may still need"),
        tenant_transaction(engine, one.shop.tenant) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM sync_row")


def test_the_server_looks_after_each_tenant_once_a_day(new_engine: Engine, settings: Settings) -> None:
    shops = [open_shop(new_engine) for _ in range(2)]

    def seen() -> list[Any]:
        with control_transaction(new_engine, read_only=True) as connection:
            return list(connection.exec_driver_sql("SELECT pruned_at FROM tenants").scalars())

    upkeep = Upkeep(new_engine, settings)
    upkeep.look()
    first = seen()
    assert len(first) == len(shops)
    assert None not in first
    with moved(timedelta(hours=19)):
        upkeep.look()
    assert seen() == first
    with moved(timedelta(hours=49)):
        upkeep.look()
    assert all(later > before for later, before in zip(sorted(seen()), sorted(first), strict=True))
