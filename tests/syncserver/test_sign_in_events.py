"""Whoever signs in or out, or is refused, is told to the audit trail once; it holds up nothing where it fails."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, make_url
from structlog.testing import capture_logs

from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity.passwords import hash_password
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from syncserver.store.events import Entry
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import create_user
from tests.support.device_keys import proven
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.trail import chain, logged
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

Told = tuple[str, str, str]


def told(entries: Sequence[Entry]) -> list[Told]:
    """Kind, outcome and details of each."""
    return [(entry.kind, entry.outcome, entry.details) for entry in entries]


def test_a_sign_in_and_a_sign_out_are_told_of_one_session(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desk = visitor().sign_in()
    desk.sign_out()
    desk.sign_out()
    began, ended = chain(engine, shop.tenant)
    assert (began.kind, ended.kind) == ("sign_in.tried", "session.signed_out")
    assert began.session == ended.session
    assert began.session not in (None, desk.session)
    assert (began.actor_id, began.actor_email) == (shop.users[desk.role], shop.email(desk.role))
    assert (began.outcome, began.ip, desk.device in began.details) == ("allowed", "127.0.0.1", True)


def test_misses_are_told_and_that_the_next_try_has_to_wait(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desk = visitor()
    for _ in range(7):
        desk.try_sign_in(password="wrong")
    entries = chain(engine, shop.tenant)
    assert [entry.kind for entry in entries] == ["sign_in.tried"] * 5 + ["sign_in.locked_out"]
    assert {(entry.outcome, entry.actor_email) for entry in entries} == {("denied", shop.email(desk.role))}
    with moved(timedelta(seconds=31)):
        desk.sign_in()
    assert chain(engine, shop.tenant)[-1].outcome == "allowed"


def test_somebody_who_is_nobody_is_told_without_what_they_typed(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    typed = "my password, in the wrong field"
    visitor().try_sign_in(email=typed)
    visitor().try_sign_in(email=typed)
    one, other = chain(engine, shop.tenant)
    assert (one.actor_email, one.subject) == (None, other.subject)
    assert typed not in str(one)
    before = len(chain(engine))
    visitor().try_sign_in(tenant="no-such-business")
    assert [entry.outcome for entry in chain(engine)[before:]] == ["denied"]


def test_what_keeps_somebody_out_who_has_the_password_is_told(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desk = visitor().sign_in()
    wish = {name: what for name, what in desk.sign_in_wish().items() if name != "challenge"}
    stolen = proven(wish, desk.challenge(), key=Ed25519PrivateKey.generate())
    assert desk.http.post("/v1/auth/sign-in", json=stolen).status_code == 403
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    desk.try_sign_in()
    desk.try_refresh()
    entries = chain(engine, shop.tenant)
    assert (entries[1].subject, len({entry.actor_id for entry in entries})) == (desk.device, 1)
    assert told(entries)[1:] == [
        ("device.unproven", "denied", "{}"),
        ("sign_in.tried", "denied", '{"why":"tenant_suspended"}'),
        ("session.refused", "denied", '{"why":"tenant_suspended"}'),
    ]


def test_a_platform_person_at_a_desk_is_told_on_the_platform(visitor: DeskMaker, engine: Engine) -> None:
    email = f"{new_id()}@platform.example"
    create_user(engine, None, email=email, name="Root", role=Role.SUPERUSER, password_hash=hash_password(PASSWORD))
    visitor().try_sign_in(email=email, tenant=None)
    last = chain(engine)[-1]
    assert (last.actor_email, last.outcome, last.details) == (email, "denied", '{"why":"no_replica"}')


def test_a_token_that_was_used_up_is_told(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desk = visitor().sign_in()
    parent = desk.refresh_token
    child = desk.try_refresh(parent).json()["refresh_token"]
    desk.try_refresh(child)
    desk.try_refresh(parent)
    began, reused = chain(engine, shop.tenant)
    assert (reused.kind, reused.outcome, reused.session) == ("session.token_reused", "denied", began.session)


@pytest.fixture
def mute(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[str, Shop, Engine]]:
    """A server on which nothing can be recorded."""
    with postgres.fresh() as url:
        engine = make_engine(url)
        shop = open_shop(engine)
        with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?")) as setup:
            setup.execute(f"REVOKE INSERT ON {shop.tenant.schema}.audit_event FROM {shop.tenant.role}".encode())
        with running(engine, Settings(data=tmp_path, port=0)) as (address, _):
            yield address, shop, engine
        engine.dispose()


def test_people_sign_in_and_bookings_go_on_where_nothing_can_be_recorded(
    mute: tuple[str, Shop, Engine], tmp_path: Path
) -> None:
    address, shop, engine = mute
    desk = WireDesk(address, shop)
    with capture_logs() as said:
        assert desk.try_sign_in(password="wrong").status_code == 401
        desk.ready()
        assert [one["outcome"] for one in desk.push(desk.booking(next_day()))] == ["applied"]
        desk.sign_out()
    desk.http.close()
    assert [one["event"] for one in said].count("audit.unwritable") == 3
    assert chain(engine, shop.tenant) == []
    assert logged(Settings(data=tmp_path), "security") == []
