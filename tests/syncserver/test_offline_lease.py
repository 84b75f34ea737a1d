"""A business says how long its desks work without the server: who may, between which bounds, and when they hear it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from shared.model.member import Role
from shared.rules.offline_lease import BOUNDS
from syncserver.settings import Settings
from syncserver.store.tenancy import tenant_transaction
from tests.support.shop import ROLES, Shop, open_shop
from tests.support.trail import chain
from tests.support.wire_desk import Json, WireDesk
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_passwords import code_of

OWNER, MANAGER, STAFF, CUSTOMER = ROLES
DAY = 24 * 60


@pytest.fixture
def owner(visitor: DeskMaker) -> WireDesk:
    return visitor(OWNER).sign_in()


def choose(desk: WireDesk, minutes: object) -> object:
    return code_of(desk.http.post("/v1/lease", json={"minutes": minutes}))


def shown(desk: WireDesk) -> Json:
    told: Json = desk.http.get("/v1/lease").json()
    return told


def seconds(desk: WireDesk) -> int:
    """What a desk is told with a pull."""
    told: int = desk.pull()["offline_lease"]
    return told


def recorded(engine: Engine, shop: Shop) -> Iterator[tuple[object, Json]]:
    return (
        (one.actor_id, orjson.loads(one.details))
        for one in chain(engine, shop.tenant)
        if one.kind == "tenant.lease_set"
    )


def test_without_a_choice_the_setting_holds(owner: WireDesk, settings: Settings) -> None:
    assert shown(owner) == {"minutes": settings.offline_lease.total_seconds() // 60, "chosen": None}


def test_each_desk_hears_it_with_its_next_answer(desk: DeskMaker, settings: Settings) -> None:
    owner, staff = desk(OWNER), desk(STAFF)
    assert seconds(staff) == settings.offline_lease.total_seconds()
    assert choose(owner, 3 * DAY) == 204
    assert shown(owner) == {"minutes": 3 * DAY, "chosen": 3 * DAY}
    assert seconds(staff) == seconds(owner) == 3 * DAY * 60
    assert desk(MANAGER).try_register().json()["offline_lease"] == 3 * DAY * 60
    assert choose(owner, 30 * DAY) == 204
    assert seconds(staff) == 30 * DAY * 60
    assert choose(owner, None) == 204
    assert seconds(staff) == settings.offline_lease.total_seconds()


def test_a_desk_that_listens_is_woken(desk: DeskMaker) -> None:
    owner, staff = desk(OWNER), desk(STAFF)
    version = staff.pull()["version"]
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(staff.http.get, "/v1/sync/live", params={"after": version})
        choose(owner, 60)
        assert waits.result(timeout=10).status_code == 200
    assert seconds(staff) == 3600


@pytest.mark.parametrize("minutes", [60, 43200])
def test_from_an_hour_to_thirty_days(owner: WireDesk, minutes: int) -> None:
    assert choose(owner, minutes) == 204
    assert shown(owner)["chosen"] == minutes


@pytest.mark.parametrize("minutes", [59, 43201, 0, -60, 2**53])
def test_beyond_the_bounds_it_is_said_what_they_are(owner: WireDesk, minutes: int) -> None:
    reply = owner.http.post("/v1/lease", json={"minutes": minutes})
    assert (reply.status_code, reply.json()["code"], reply.json()["detail"]) == (422, "invalid", BOUNDS)
    assert shown(owner)["chosen"] is None


@pytest.mark.parametrize("minutes", ["60", 60.5, True, [60]])
def test_what_is_no_number_of_minutes_is_refused(owner: WireDesk, minutes: object) -> None:
    assert choose(owner, minutes) == "invalid"


@pytest.mark.parametrize("minutes", [59, 43201])
def test_the_database_keeps_nothing_beyond_the_bounds(engine: Engine, shop: Shop, minutes: int) -> None:
    with (
        pytest.raises(IntegrityError, match="offline_lease"),
        tenant_transaction(engine, shop.tenant) as connection,
    ):
        connection.exec_driver_sql(f"UPDATE tenant_state SET offline_lease = {minutes}")


@pytest.mark.parametrize("role", [MANAGER, STAFF, CUSTOMER])
def test_it_is_the_owners_alone(visitor: DeskMaker, owner: WireDesk, role: Role) -> None:
    other = visitor(role).sign_in()
    assert (choose(other, 60), code_of(other.http.get("/v1/lease"))) == ("not_allowed", "not_allowed")
    assert shown(owner)["chosen"] is None


def test_a_change_is_recorded_and_what_changes_nothing_is_not(owner: WireDesk, engine: Engine, shop: Shop) -> None:
    for minutes in (DAY, DAY, 60, None):
        choose(owner, minutes)
    by = shop.users[OWNER]
    assert list(recorded(engine, shop)) == [
        (by, {"was": None, "now": DAY}), (by, {"was": DAY, "now": 60}), (by, {"was": 60, "now": None}),
    ]  # fmt: skip


def test_of_two_at_once_each_records_what_it_changes(owner: WireDesk, engine: Engine, shop: Shop) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda minutes: choose(owner, minutes), (DAY, 2 * DAY))) == [204, 204]
    first, second = (details for _, details in recorded(engine, shop))
    assert (first["was"], second["was"]) == (None, first["now"])
    assert shown(owner)["chosen"] == second["now"]


def test_another_business_keeps_its_own(owner: WireDesk, visitor: DeskMaker, engine: Engine) -> None:
    theirs = visitor(OWNER, at=open_shop(engine)).sign_in()
    choose(owner, 60)
    assert shown(theirs)["chosen"] is None
