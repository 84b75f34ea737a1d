"""Keys that come and go under running servers: nobody is signed out by it, and a retired key opens nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity import second_factors
from syncserver.services.jobs import key_rotation
from syncserver.services.jobs.key_rotation import BadKey, KeyWatch
from syncserver.services.keys.key_ring import SETTLING
from syncserver.services.server import Server, open_server
from syncserver.settings import Settings
from syncserver.store.server import keys_in_use
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.users import find_user
from tests.support.moving_clock import frozen, moved
from tests.support.running import running
from tests.support.shop import Shop, open_shop
from tests.support.wire_desk import WireDesk, next_day

LATER = SETTLING + timedelta(seconds=1)


@pytest.fixture
def server(new_engine: Engine, settings: Settings) -> Server:
    return open_server(new_engine, settings)


@pytest.fixture
def shop(new_engine: Engine) -> Shop:
    return open_shop(new_engine)


@pytest.fixture
def desk(new_engine: Engine, settings: Settings, shop: Shop) -> Iterator[WireDesk]:
    with running(new_engine, settings) as (url, _):
        made = WireDesk(url, shop).ready()
        yield made
        made.http.close()


def token_of(server: Server) -> str:
    now = clock.now()
    return server.keys.access_token({"sub": "somebody"}, issued=now, expires=now + timedelta(minutes=5))


def is_good(server: Server, token: str) -> bool:
    return server.keys.claims(token, now=clock.now()) is not None


def test_a_new_key_is_known_to_every_server_before_it_signs(server: Server, settings: Settings) -> None:
    other = open_server(server.engine, settings)
    made = key_rotation.rotate(server)
    KeyWatch(server).look()
    assert server.keys.signer != made.kid
    KeyWatch(other).look()
    with moved(LATER):
        assert server.keys.signer == other.keys.signer == made.kid
        assert is_good(other, token_of(server))


def test_what_an_older_key_has_made_stays_good_until_it_is_retired(server: Server) -> None:
    first = server.keys.signer
    token, sealed = token_of(server), server.keys.seal("lease", "x")
    refresh = server.keys.first_refresh_token(new_id())
    child = server.keys.child_of(refresh)
    hashed = server.keys.keyed_hash("sign-in", "x")
    key_rotation.rotate(server)
    with moved(LATER):
        KeyWatch(server).look()
        assert server.keys.signer != first
        assert is_good(server, token)
        assert server.keys.unseal("lease", sealed) == "x"
        assert server.keys.child_of(refresh) == child
        assert server.keys.keyed_hash("sign-in", "x") == hashed, "misses are counted on"
        key_rotation.retire(server, first, at_once=True)
        KeyWatch(server).look()
        assert not is_good(server, token)
        assert server.keys.unseal("lease", sealed) is None
        assert is_good(server, token_of(server))


def test_a_running_server_serves_on_over_a_rotation(desk: WireDesk, new_engine: Engine, settings: Settings) -> None:
    operator = open_server(new_engine, settings)
    first = operator.keys.signer
    old_edit = desk.booking(next_day(9))
    key_rotation.rotate(operator)
    with moved(LATER):
        assert desk.push(old_edit)[0]["outcome"] == "applied", "the lease of before"
        refreshed = desk.try_refresh()
        assert refreshed.status_code == 200
        KeyWatch(operator).look()
        # As another server would make it: this one has not looked since.
        unheard = token_of_desk(operator, refreshed.json()["access_token"])
        desk.http.headers["Authorization"] = f"Bearer {unheard}"
        assert desk.try_pull().status_code == 200, "an unknown key is looked for"
        key_rotation.retire(operator, first, at_once=True)
        assert desk.try_refresh(refreshed.json()["refresh_token"]).status_code == 200, "the session goes on"


def test_what_waits_with_a_lease_of_a_retired_key_counts_as_made_as_it_arrives(
    new_engine: Engine, settings: Settings, shop: Shop
) -> None:
    """A desk was off for longer than its session: its replica, and what waits there, outlive that."""
    with running(new_engine, settings) as (url, app):
        server: Server = app.state.wiring.server
        first = server.keys.signer
        desk = WireDesk(url, shop).ready()
        waiting, behind = desk.booking(next_day(9, days=120)), desk.booking(next_day(10, days=120))
        key_rotation.rotate(server)
        with moved(settings.session_life + timedelta(days=10)):
            key_rotation.retire(server, first)
            KeyWatch(server).look()
            desk.sign_in()
            outcomes = desk.push(waiting, behind | {"author": desk.session})
            assert [one["outcome"] for one in outcomes] == ["applied", "applied"]
            with tenant_transaction(new_engine, shop.tenant, read_only=True) as connection:
                times = connection.exec_driver_sql("SELECT at FROM mutation_log ORDER BY seq").scalars().all()
            assert all(abs(at - clock.now()) < timedelta(minutes=1) for at in times)
        desk.http.close()


def token_of_desk(server: Server, token: str) -> str:
    """The same claims under the key that signs now."""
    now = clock.now()
    claims = server.keys.claims(token, now=now)
    assert claims is not None
    kept = {name: said for name, said in claims.items() if name not in ("iat", "exp", "iss", "aud")}
    return server.keys.access_token(kept, issued=now, expires=now + timedelta(minutes=5))


def test_unknown_keys_make_a_server_look_once_in_a_while(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []

    def counted(_: Engine) -> object:
        looks.append(clock.monotonic())
        return keys_in_use(server.engine)

    monkeypatch.setattr(key_rotation, "keys_in_use", counted)
    watch = KeyWatch(server)
    with frozen(clock.now()):
        for _ in range(50):
            watch.look_soon()
    assert len(looks) == 1


def test_the_key_that_signs_is_not_retired_and_neither_is_an_unknown_one(server: Server) -> None:
    with pytest.raises(BadKey, match="signs"):
        key_rotation.retire(server, server.keys.signer)
    with pytest.raises(BadKey, match="no key x"):
        key_rotation.retire(server, "x")


def test_a_key_waits_for_the_last_desk_that_may_hold_what_it_has_signed(server: Server, settings: Settings) -> None:
    first = server.keys.signer
    key_rotation.rotate(server)
    with moved(settings.session_life), pytest.raises(BadKey, match="--now"):
        key_rotation.retire(server, first)
    with moved(settings.session_life + LATER):
        key_rotation.retire(server, first)


def test_a_second_factor_outlives_the_key_that_it_was_encrypted_under(server: Server, shop: Shop) -> None:
    ann = find_user(server.engine, shop.users[Role.TENANT_OWNER])
    assert ann is not None
    first = server.keys.signer
    totp = pyotp.TOTP(second_factors.begin(server, ann).secret)
    second_factors.confirm(server, ann, totp.at(clock.now()))
    key_rotation.rotate(server)
    with moved(LATER):
        KeyWatch(server).look()
        key_rotation.retire(server, first, at_once=True)
        KeyWatch(server).look()
        second_factors.require_code(server, ann.id, totp.at(clock.now()))
