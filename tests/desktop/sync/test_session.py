"""A session over lost replies, a session that has ended, and an end that nobody waits for."""

import time

import pytest

from desktop.operations import customers as edits
from desktop.sync.people import token_name
from desktop.sync.session import Session
from desktop.sync.status import Connection
from desktop.sync.transport import Transport
from shared.errors import NotSignedIn, Unreachable
from shared.model.base import SessionId
from shared.model.member import Role
from syncserver.store.sessions import end_session
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import set_tenant_state
from tests.desktop.sync.book import on_desk, on_server, sent
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until


def test_a_refresh_whose_reply_was_lost_is_asked_for_again(stage: Stage, desk: DeskMaker) -> None:
    """The spent token gives the same child once more: the desk stays signed in."""
    one = desk("a")
    kept = one._secrets
    name = token_name(one.account)
    before = kept.get(name)
    stage.faults.spoil("/refresh", Fault.LOST_REPLY, Fault.LOST_REPLY)
    for _ in range(2):
        with pytest.raises(Unreachable):
            one.session.token()
        assert kept.get(name) == before
    assert one.session.token()
    assert kept.get(name) not in (None, before)
    one.session.forget_token()
    assert one.session.token()
    assert stage.faults.count("/refresh") == 4


def test_one_token_serves_many_requests(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    assert len({one.session.token() for _ in range(5)}) == 1
    assert stage.faults.count("/refresh") == 1


def test_without_a_kept_token_somebody_must_sign_in(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    fresh = Session(one._transport, FileSecrets(one.home.folder / "none.json"), "session:none", device=lambda: None)
    with pytest.raises(NotSignedIn):
        fresh.token()
    assert stage.faults.asked == []


def test_a_session_that_was_ended_keeps_what_waits_until_somebody_signs_in(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    identity = one.do(lambda replica: replica.identity())
    end_session(stage.engine, shop.tenant, SessionId(identity.session), reason="revoked")
    one.edit(edits.create(name="Ida Brandt"))
    one.start()
    until(lambda: one.status.connection is Connection.SIGN_IN, within=10)
    assert one.status.waiting == 1
    time.sleep(1)
    assert len(stage.faults.asked) < 12
    one.sign_in_again(PASSWORD)
    until(lambda: one.status.waiting == 0 and one.status.connection is Connection.ONLINE, within=15)
    assert sent(one) == [(1, "applied")]
    assert on_desk(one) == on_server(stage, shop)


def test_a_suspended_business_is_said_and_asked_for_with_patience(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    """No password helps, and the stream is no reason to ask either."""
    one = desk("a")
    one.edit(edits.create(name="Ida Brandt"))
    set_tenant_state(stage.engine, shop.tenant, TenantState.SUSPENDED)
    one.start()
    until(lambda: one.status.connection is Connection.STOPPED, within=10)
    assert ("suspended" in one.status.message, one.status.waiting) == (True, 1)
    time.sleep(1)
    assert len(stage.faults.asked) < 6
    set_tenant_state(stage.engine, shop.tenant, TenantState.ACTIVE)
    one.engine.sync_now()
    until(lambda: one.status.waiting == 0 and one.status.connection is Connection.ONLINE, within=15)
    assert sent(one) == [(1, "applied")]


def test_a_desk_that_closes_waits_for_no_stream(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    one.start()
    until(lambda: stage.faults.count("/live") == 1 and one.status.connection is Connection.ONLINE, within=15)
    time.sleep(0.3)
    began = time.monotonic()
    one.engine.stop()
    assert time.monotonic() - began < 1
    assert not any(thread.is_alive() for thread in one.engine._threads)


def test_an_address_that_nobody_answers_is_unreachable(stage: Stage, shop: Shop) -> None:
    wish = {
        "email": shop.email(Role.TENANT_MANAGER), "password": PASSWORD, "tenant": shop.tenant.slug,
        "device": {"id": shop.location, "name": "x"}, "totp": None,
    }  # fmt: skip
    for url in ("http://127.0.0.1:9", "nowhere", "ftp://127.0.0.1", "http://exa mple", "http://[::1"):
        with pytest.raises(Unreachable):
            Transport(url).sign_in(wish)
