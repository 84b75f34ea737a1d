"""Who gets in, who stays in, and what a stranger learns."""

from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity.passwords import hash_password
from syncserver.settings import Settings
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import create_user
from tests.support.moving_clock import frozen, moved
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


def test_unknown_user_wrong_password_and_unknown_business_get_one_answer(visitor: DeskMaker) -> None:
    desk = visitor()
    replies = [
        desk.try_sign_in(password="wrong"),
        desk.try_sign_in(email="nobody@shop.example"),
        desk.try_sign_in(tenant="no-such-business"),
    ]
    assert {reply.status_code for reply in replies} == {401}
    assert len({reply.text for reply in replies}) == 1
    assert replies[0].json()["code"] == "sign_in_failed"


def test_misses_delay_the_next_try_alike_for_known_and_unknown_and_over_a_restart(
    visitor: DeskMaker, engine: Engine, settings: Settings, shop: Shop
) -> None:
    desk = visitor()
    nobody = f"{new_id()}@shop.example"
    for email in (shop.email(desk.role), nobody):
        assert {desk.try_sign_in(email=email, password="wrong").status_code for _ in range(4)} == {401}
        assert [desk.try_sign_in(email=email, password="wrong").status_code for _ in range(2)] == [401, 429]
    assert desk.try_sign_in().status_code == 429, "the right password waits too"
    with running(engine, settings) as (url, _):
        again = WireDesk(url, shop)
        late = again.try_sign_in()
        assert (late.status_code, late.json()["code"]) == (429, "too_many_tries")
        assert 1 <= int(late.headers["retry-after"]) <= 30
        again.http.close()
    with moved(timedelta(seconds=31)):
        assert desk.try_sign_in().status_code == 200


def test_the_delay_grows(visitor: DeskMaker) -> None:
    desk, now, waits = visitor(), clock.now(), []
    with frozen(now):
        for _ in range(5):
            desk.try_sign_in(password="wrong")
    for _ in range(8):
        with frozen(now):
            waits.append(int(desk.try_sign_in(password="wrong").headers["retry-after"]))
        now += timedelta(seconds=waits[-1])
        with frozen(now):
            assert desk.try_sign_in(password="wrong").status_code == 401
    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_a_strangers_misses_do_not_keep_anybody_from_their_own_desk(visitor: DeskMaker) -> None:
    own, stranger = visitor().sign_in(), visitor()
    for _ in range(6):
        stranger.try_sign_in(password="wrong")
    assert stranger.try_sign_in().status_code == 429
    assert own.try_sign_in().status_code == 200


def test_a_platform_account_works_at_no_desk(visitor: DeskMaker, engine: Engine) -> None:
    email = f"{new_id()}@platform.example"
    create_user(engine, None, email=email, name="Root", role=Role.SUPERUSER, password_hash=hash_password(PASSWORD))
    reply = visitor().try_sign_in(email=email, tenant=None)
    assert (reply.status_code, reply.json()["code"]) == (403, "no_replica")
    wrong = visitor().try_sign_in(email=email, tenant=None, password="wrong")
    assert wrong.json()["code"] == "sign_in_failed"


def test_a_customer_signs_in_and_holds_no_replica(visitor: DeskMaker) -> None:
    customer = visitor(Role.CUSTOMER).sign_in()
    customer.epoch = "any"
    replies = [
        customer.try_register(),
        customer.try_pull(),
        customer.http.get("/v1/sync/live?after=0"),
        customer.http.get("/v1/sync/live"),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(403, "no_replica")] * 4


def test_a_suspended_business_is_told_so(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    replies = [mine.try_sign_in(), mine.try_pull(), mine.try_push(mine.booking(next_day()))]
    assert {reply.json()["code"] for reply in replies} == {"tenant_suspended"}


def refreshed(desk: WireDesk, token: str) -> tuple[int, str]:
    reply = desk.try_refresh(token)
    return reply.status_code, reply.json().get("refresh_token", reply.json().get("code"))


def test_a_parent_answers_with_its_child_until_the_child_is_used(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    parent = desk.refresh_token
    _, child = refreshed(desk, parent)
    assert refreshed(desk, parent) == (200, child), "a lost reply is asked for again"
    status, grandchild = refreshed(desk, child)
    assert (status, grandchild != child) == (200, True)
    assert refreshed(desk, parent) == (401, "reauth"), "two parties hold this family"
    assert refreshed(desk, grandchild) == (401, "reauth"), "so it has ended"
    assert desk.try_register().json()["code"] == "reauth"


def test_a_session_lapses_after_thirty_idle_days_and_after_ninety_at_most(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    with moved(timedelta(days=31)):
        assert refreshed(desk, desk.refresh_token) == (401, "reauth")
    desk = visitor().sign_in()
    token = desk.refresh_token
    for days in (29, 58, 87):
        with moved(timedelta(days=days)):
            status, token = refreshed(desk, token)
            assert status == 200
    with moved(timedelta(days=91)):
        assert refreshed(desk, token) == (401, "reauth")


def test_an_access_token_is_good_for_five_minutes(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    assert desk.try_register().status_code == 200
    with moved(timedelta(minutes=5, seconds=1)):
        assert (desk.try_register().status_code, desk.try_register().json()["code"]) == (401, "reauth")


def test_signing_out_ends_the_session_at_once(desk: DeskMaker) -> None:
    mine = desk()
    assert mine.sign_out().status_code == 204
    assert mine.try_pull().json()["code"] == "reauth"
    assert mine.sign_out().status_code == 204


def test_nothing_but_our_own_access_token_opens_anything(visitor: DeskMaker, app: FastAPI) -> None:
    desk = visitor().sign_in()
    good = desk.http.headers["Authorization"].removeprefix("Bearer ")
    head, body, tag = good.split(".")
    forged = [
        "x",
        f"{head}.{body}.",
        f"{head}.{body[:-2]}AA.{tag}",
        f"eyJhbGciOiJub25lIn0.{body}.",
        desk.refresh_token,
    ]
    for token in forged:
        desk.http.headers["Authorization"] = f"Bearer {token}"
        reply = desk.try_register()
        assert (reply.status_code, reply.json()["code"]) == (401, "reauth"), token
        assert reply.headers["www-authenticate"] == "Bearer"
