"""Platform people in the browser: a second factor before anything else, and sessions that end."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from shared.protocol.account_messages import PasswordChange
from syncserver.services.declined import Declined
from syncserver.services.identity import password_changes, platform_accounts
from syncserver.services.identity.passwords import hash_password
from syncserver.services.identity.platform_accounts import IDLE, LIFE, SignedIn
from syncserver.services.server import Server
from syncserver.store.admin_sessions import end_admin_sessions_of
from syncserver.store.second_factors import find_factor
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import User, change_user, create_user
from tests.support.moving_clock import moved
from tests.support.shop import PASSWORD, Shop

NEW = "seven quiet rivers"
_KEPT = hash_password(PASSWORD)


@pytest.fixture
def server(app: FastAPI) -> Server:
    made: Server = app.state.wiring.server
    return made


@pytest.fixture
def root(engine: Engine) -> User:
    return create_user(
        engine, None, email=f"{new_id()}@platform.example", name="Root", role=Role.SUPERUSER, password_hash=_KEPT
    )


def sign_in(
    server: Server, user: User, code: str | None = None, *, email: str = "", password: str = PASSWORD,
    browser: str | None = None,
) -> SignedIn:  # fmt: skip
    return platform_accounts.sign_in(
        server, email=email or user.email, password=password, code=code, browser=browser
    )  # fmt: skip


def enrolled(server: Server, user: User) -> tuple[SignedIn, tuple[str, ...]]:
    first = sign_in(server, user)
    totp = pyotp.TOTP(platform_accounts.begin_enrolment(server, first.token).secret)
    return platform_accounts.confirm_enrolment(server, first.token, totp.at(clock.now()))


def refusal(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(Declined) as refused:
        call(*arguments, **named)  # type: ignore[operator]
    return refused.value.code


def is_in(server: Server, token: str) -> bool:
    try:
        platform_accounts.admin_of(server, token)
    except Declined:
        return False
    return True


def test_a_first_sign_in_is_good_for_enrolling_and_nothing_else(server: Server, root: User) -> None:
    first = sign_in(server, root)
    assert first.must_enrol
    assert refusal(platform_accounts.admin_of, server, first.token) == "second_factor_required"
    totp = pyotp.TOTP(platform_accounts.begin_enrolment(server, first.token).secret)
    assert refusal(platform_accounts.confirm_enrolment, server, first.token, "000000") == "wrong_code"
    full, codes = platform_accounts.confirm_enrolment(server, first.token, totp.at(clock.now()))
    assert len(codes) == 10
    assert platform_accounts.admin_of(server, full.token).user.id == root.id
    assert full.token != first.token
    assert refusal(platform_accounts.begin_enrolment, server, first.token) == "reauth", "the first one has ended"


def test_whose_session_ends_meanwhile_gets_neither_another_nor_a_factor(
    server: Server, engine: Engine, root: User
) -> None:
    """Somebody who knew the password, while its person sets another by a link."""
    first = sign_in(server, root)
    totp = pyotp.TOTP(platform_accounts.begin_enrolment(server, first.token).secret)
    with ThreadPoolExecutor(1) as pool:
        with control_transaction(engine) as connection:
            find_factor(connection, root.id, held=True)
            confirming = pool.submit(platform_accounts.confirm_enrolment, server, first.token, totp.at(clock.now()))
            until_waits(engine, "second_factors")
            with control_transaction(engine) as other:
                end_admin_sessions_of(other, root.id, reason="another password", now=clock.now())
        with pytest.raises(Declined) as refused:
            confirming.result()
    assert refused.value.code == "reauth"
    assert sign_in(server, root).must_enrol, "whoever it is signs in and begins anew"


def until_waits(engine: Engine, what: str) -> None:
    """Wait until somebody else's statement about this waits for a lock."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE :what")
    deadline = time.monotonic() + 10
    with engine.connect() as connection:
        while not connection.execute(asked, {"what": f"%{what}%"}).scalar_one():
            assert time.monotonic() < deadline, "nobody waits"
            connection.rollback()


def test_later_sign_ins_need_a_code(server: Server, root: User) -> None:
    _, codes = enrolled(server, root)
    assert refusal(sign_in, server, root) == "second_factor_required"
    assert refusal(sign_in, server, root, "000000") == "sign_in_failed"
    again = sign_in(server, root, codes[0])
    assert not again.must_enrol
    assert is_in(server, again.token)
    assert refusal(platform_accounts.begin_enrolment, server, again.token) == "second_factor_on"


def test_tenants_people_and_who_is_disabled_are_told_what_strangers_are(
    server: Server, engine: Engine, root: User, shop: Shop
) -> None:
    change_user(engine, None, replace(root, is_active=False))
    owner = shop.email(Role.TENANT_OWNER)
    said = {
        refusal(sign_in, server, root),
        refusal(sign_in, server, root, email=owner),
        refusal(sign_in, server, root, email=f"{new_id()}@platform.example"),
    }
    assert said == {"sign_in_failed"}


def test_a_session_ends_when_it_is_idle_and_after_half_a_day(server: Server, root: User) -> None:
    session, codes = enrolled(server, root)
    with moved(IDLE - timedelta(seconds=1)):
        assert is_in(server, session.token)
    with moved(2 * IDLE - timedelta(minutes=1)):
        assert is_in(server, session.token), "it was used"
    with moved(3 * IDLE):
        assert not is_in(server, session.token)
    session = sign_in(server, root, codes[0])
    passed = timedelta(0)
    while passed < LIFE - IDLE:
        passed += timedelta(minutes=20)
        with moved(passed):
            assert is_in(server, session.token)
    with moved(LIFE + timedelta(seconds=1)):
        assert not is_in(server, session.token)


def test_signing_out_ends_it(server: Server, root: User) -> None:
    session, _ = enrolled(server, root)
    platform_accounts.sign_out(server, session.token)
    platform_accounts.sign_out(server, session.token)
    assert not is_in(server, session.token)


def test_who_is_disabled_is_out_at_once(server: Server, engine: Engine, root: User) -> None:
    session, _ = enrolled(server, root)
    change_user(engine, None, replace(root, is_active=False))
    assert not is_in(server, session.token)


def test_another_password_leaves_the_session_that_set_it(server: Server, root: User) -> None:
    session, codes = enrolled(server, root)
    other = sign_in(server, root, codes[0])
    admin = platform_accounts.admin_of(server, session.token)
    wish = PasswordChange(old=PASSWORD, new=NEW)
    assert refusal(password_changes.change_as_admin, server, admin, replace(wish, old="wrong")) == "wrong_password"
    password_changes.change_as_admin(server, admin, wish)
    assert (is_in(server, session.token), is_in(server, other.token)) == (True, False)
    assert refusal(sign_in, server, root, codes[1]) == "sign_in_failed"
    assert is_in(server, sign_in(server, root, codes[1], password=NEW).token)


def test_misses_elsewhere_keep_nobody_from_their_own_browser(server: Server, root: User) -> None:
    session, codes = enrolled(server, root)
    misses = [refusal(sign_in, server, root, password="wrong") for _ in range(6)]
    assert misses == ["sign_in_failed"] * 5 + ["too_many_tries"]
    assert refusal(sign_in, server, root, codes[0]) == "too_many_tries"
    assert refusal(sign_in, server, root, codes[0], browser="forged") == "too_many_tries"
    assert is_in(server, sign_in(server, root, codes[0], browser=session.browser).token)


def test_no_token_is_in_the_database(server: Server, engine: Engine, root: User) -> None:
    session, _ = enrolled(server, root)
    with engine.connect() as connection:
        assert session.token not in repr(connection.exec_driver_sql("SELECT * FROM admin_sessions").all())
    assert len(session.token) == 43, "256 bits by chance"
