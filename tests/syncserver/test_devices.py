"""A device is who has its key: whoever has only its id, a password or a token gets nothing of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import Engine, update

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from shared.protocol.proofs import base64url
from shared.rules.permissions import Capability
from shared.rules.views import HELD_BY
from syncserver.store.tables.control import devices
from syncserver.store.tenancy import control_transaction
from tests.support.device_keys import key_of, proven, public_text, refreshing, signing_out
from tests.support.moving_clock import frozen
from tests.support.shop import Shop, open_shop
from tests.support.wire_desk import Json, WireDesk, lines_of, next_day
from tests.syncserver.conftest import DeskMaker

Change = Callable[[Json], Json]


def said(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.json().get("code", "")


def sent(desk: WireDesk, wish: Json) -> tuple[int, str]:
    return said(desk.http.post("/v1/auth/sign-in", json=wish))


def with_key(desk: WireDesk, key: Ed25519PrivateKey, **other: Any) -> Json:
    """A sign-in at the desk's device that is proven by another key."""
    wish = desk.sign_in_wish(**other)
    wish["device"] = {name: wish["device"][name] for name in ("id", "name")}
    return proven(wish, wish["challenge"], key=key)


def change_device(engine: Engine, device: str, **columns: Any) -> None:
    with control_transaction(engine) as connection:
        connection.execute(update(devices).where(devices.c.id == device).values(**columns))


# Signing in


def test_a_device_that_is_known_by_another_key_lets_nobody_in(visitor: DeskMaker) -> None:
    own = visitor().sign_in()
    stranger = visitor(device=own.device)
    other = Ed25519PrivateKey.generate()
    assert sent(stranger, with_key(stranger, other)) == (403, "device_unproven")
    assert sent(stranger, with_key(stranger, other, password="wrong")) == (401, "sign_in_failed")
    assert own.try_register().status_code == 200, "nothing has changed for the device"
    assert own.try_sign_in().status_code == 200


def test_the_same_id_at_another_business_is_another_device(visitor: DeskMaker, desk: DeskMaker, engine: Engine) -> None:
    own = desk()
    elsewhere = visitor(at=open_shop(engine), device=own.device)
    assert sent(elsewhere, with_key(elsewhere, Ed25519PrivateKey.generate()))[0] == 200


CHANGES: dict[str, Change] = {
    "device": lambda wish: wish | {"device": wish["device"] | {"id": new_id()}},
    "tenant": lambda wish: wish | {"tenant": "another"},
    "no tenant": lambda wish: wish | {"tenant": None},
    "email": lambda wish: wish | {"email": f"x{wish['email']}"},
    "boundary": lambda wish: wish | {"tenant": wish["tenant"] + wish["email"][0], "email": wish["email"][1:]},
    "key": lambda wish: wish | {"device": wish["device"] | {"key": public_text(key_of("another"))}},
    "proof": lambda wish: wish | {"device": wish["device"] | {"proof": base64url(bytes(64))}},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("password", ["right", "wrong"])
def test_a_proof_is_good_for_what_was_signed_alone(visitor: DeskMaker, change: str, password: str) -> None:
    desk = visitor()
    wish = desk.sign_in_wish(**({} if password == "right" else {"password": password}))
    assert sent(desk, CHANGES[change](wish)) == (403, "device_unproven")


def test_the_proof_of_one_challenge_is_none_of_another(visitor: DeskMaker) -> None:
    desk, now = visitor(), clock.now()
    with frozen(now):
        wish = desk.sign_in_wish()
    with frozen(now + timedelta(seconds=1)):
        assert sent(desk, wish | {"challenge": desk.challenge()}) == (403, "device_unproven")


def test_a_challenge_lasts_a_minute(visitor: DeskMaker) -> None:
    desk, now = visitor(), clock.now()
    with frozen(now):
        wish = desk.sign_in_wish()
    with frozen(now + timedelta(seconds=60)):
        assert sent(desk, wish)[0] == 200
    with frozen(now + timedelta(seconds=61)):
        assert sent(desk, wish) == (403, "challenge_expired")


def test_nothing_else_that_the_server_seals_is_a_challenge(visitor: DeskMaker, desk: DeskMaker, app: FastAPI) -> None:
    ready = desk()
    ready.pull()
    keys = app.state.wiring.server.keys
    others = [
        ready.cursor, ready.lease, ready.refresh_token, "x", "..", f"{ready.challenge()}x",
        keys.seal("other", {"at": clock.instant_text(clock.now())}),
    ]  # fmt: skip
    guest = visitor()
    wish = guest.sign_in_wish()
    wish["device"] = {name: wish["device"][name] for name in ("id", "name")}
    for other in others:
        assert sent(guest, proven(wish, str(other))) == (403, "challenge_expired"), other


GOOD = public_text(key_of("a device"))
PRIME = 2**255 - 19
NO_KEYS = {
    "empty": "",
    "truncated": GOOD[:-1],
    "padded": GOOD + "=",
    "two of it": GOOD + GOOD,
    "huge": "A" * 20_000,
    "not base64url": GOOD[:-1] + "+",
    "a line between": GOOD[:20] + "\n" + GOOD[21:],
    "another writing of the same": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "all zero": base64url(bytes(32)),
    "all ones": base64url(b"\xff" * 32),
    **{f"y = {y}": base64url(y.to_bytes(32, "little")) for y in (1, PRIME - 1, PRIME, PRIME + 1)},
    "x is odd, y = 1": base64url((1 | 1 << 255).to_bytes(32, "little")),
}


@pytest.mark.parametrize("key", NO_KEYS)
def test_what_is_no_key_is_refused_whole(visitor: DeskMaker, key: str) -> None:
    desk = visitor()
    wish = desk.sign_in_wish()
    assert sent(desk, wish | {"device": wish["device"] | {"key": NO_KEYS[key]}}) == (422, "invalid")


@pytest.mark.parametrize("left_out", ["key", "proof"])
def test_a_device_shows_key_and_proof(visitor: DeskMaker, left_out: str) -> None:
    desk = visitor()
    wish = desk.sign_in_wish()
    del wish["device"][left_out]
    assert sent(desk, wish) == (422, "invalid")
    assert said(desk.http.post("/v1/auth/challenge", json={"x": 1})) == (422, "invalid")


def test_a_revoked_device_stays_revoked_whatever_key_it_shows(visitor: DeskMaker, engine: Engine) -> None:
    desk = visitor().sign_in()
    change_device(engine, desk.device, revoked_at=clock.now())
    assert said(desk.try_sign_in()) == (401, "revoked")
    assert sent(desk, with_key(desk, Ed25519PrivateKey.generate())) == (401, "revoked")


def test_a_strangers_misses_under_the_id_of_a_desk_do_not_delay_it(visitor: DeskMaker) -> None:
    own = visitor().sign_in()
    stranger = visitor(device=own.device)
    for _ in range(6):
        sent(stranger, with_key(stranger, Ed25519PrivateKey.generate(), password="wrong"))
    assert own.try_sign_in().status_code == 200


# Devices from before keys


def test_a_device_from_before_keys_is_given_one_and_keeps_it(visitor: DeskMaker, engine: Engine) -> None:
    desk, other = visitor().sign_in(), visitor()
    change_device(engine, desk.device, public_key=None)
    assert said(desk.try_refresh()) == (401, "reauth")
    assert desk.try_sign_in().status_code == 200
    other.device = desk.device
    assert sent(other, with_key(other, Ed25519PrivateKey.generate())) == (403, "device_unproven")


def test_who_gives_a_device_its_key_gets_nobodys_session_with_it(
    visitor: DeskMaker, desk: DeskMaker, engine: Engine
) -> None:
    owner = desk(Role.TENANT_OWNER)
    change_device(engine, owner.device, public_key=None)
    thief = visitor(Role.TENANT_STAFF, device=owner.device).sign_in().register()
    (outcome,) = thief.push(thief.booking(next_day()) | {"author": owner.session})
    assert outcome["outcome"] == "quarantined"
    assert said(owner.try_register()) == (401, "reauth")


# Refreshing and signing out


def test_without_the_devices_proof_a_token_is_neither_exchanged_nor_spent(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    parent = desk.refresh_token
    child = desk.try_refresh().json()["refresh_token"]
    grandchild = desk.try_refresh(child).json()["refresh_token"]
    for token in (parent, child, grandchild, "x"):
        stolen = [
            {"refresh_token": token},
            refreshing(new_id(), token),
            {"refresh_token": token, "proof": signing_out(desk.device, token)["proof"]},
            {"refresh_token": token, "proof": desk.sign_in_wish()["device"]["proof"]},
        ]
        for shown in stolen:
            assert said(desk.http.post("/v1/auth/refresh", json=shown)) == (401, "reauth")
    assert desk.try_register().status_code == 200, "a spent token ends the family for who proves it alone"
    assert desk.try_refresh(grandchild).status_code == 200
    assert said(desk.try_refresh(parent)) == (401, "reauth")
    assert said(desk.try_register()) == (401, "reauth")


def test_without_the_devices_proof_nobody_is_signed_out(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    token = desk.refresh_token
    stolen = [
        {"refresh_token": token},
        signing_out(new_id(), token),
        {"refresh_token": token, "proof": refreshing(desk.device, token)["proof"]},
    ]
    for shown in stolen:
        assert desk.http.post("/v1/auth/sign-out", json=shown).status_code == 204
    assert desk.try_refresh().status_code == 200


# Pushing


def test_nobody_forges_the_author_of_a_colleague_with_a_password_of_their_own(
    desk: DeskMaker, visitor: DeskMaker, shop: Shop
) -> None:
    """The colleague's live session names a device: without its key no request is ever that device's."""
    owner = desk(Role.TENANT_OWNER)
    thief = visitor(Role.TENANT_STAFF, device=owner.device)
    assert sent(thief, with_key(thief, Ed25519PrivateKey.generate())) == (403, "device_unproven")
    assert said(thief.try_register())[0] == 401

    thief = desk(Role.TENANT_STAFF)
    assert said(thief.try_register(replica=owner.replica)) == (404, "not_found")
    assert said(thief.try_register(device=owner.device)) == (404, "not_found")
    price = [{"field": "price", "was": 4500, "value": 1}]
    forged = thief.edit("service.update", {"service_id": shop.cut, "edits": price}, author=owner.session)
    assert said(thief.try_push(forged, replica=owner.replica))[0] in (404, 422)
    assert thief.push(forged)[0]["outcome"] == "quarantined"
    owner.pull()
    assert owner.rows["service"][shop.cut][4] == 4500


# Cursors


def resume_of(desk: WireDesk) -> str:
    token: str = next(line["resume"] for line in lines_of(desk.try_pull()) if line["kind"] == "rows")
    return token


def test_a_cursor_and_a_load_are_good_for_every_person_of_equal_view_at_the_device(desk: DeskMaker) -> None:
    first = desk(Role.TENANT_MANAGER)
    second = desk(Role.TENANT_OWNER, device=first.device)
    second.replica = first.replica
    assert second.try_register().status_code == 200
    first.pull()
    assert second.try_pull(first.cursor).status_code == 200
    assert second.try_pull(resume=resume_of(first)).status_code == 200


def test_a_cursor_is_of_no_other_device_though_the_person_is_the_same(desk: DeskMaker) -> None:
    first, elsewhere = desk(), desk()
    first.pull()
    for asked in ({"cursor": first.cursor}, {"resume": resume_of(first)}):
        assert elsewhere.http.get("/v1/sync/pull", params={"replica": first.replica, **asked}).status_code == 404
        assert elsewhere.http.get("/v1/sync/pull", params={"replica": elsewhere.replica, **asked}).status_code == 404


def test_a_cursor_is_of_no_other_view(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HELD_BY, "customer", Capability.MANAGE_SETUP)
    first = desk(Role.TENANT_MANAGER)
    second = desk(Role.TENANT_STAFF, device=first.device)
    second.replica = first.replica
    first.pull()
    assert said(second.try_pull(first.cursor)) == (410, "reset_required")
    assert said(second.try_pull(resume=resume_of(first))) == (410, "reset_required")
    assert first.try_pull(first.cursor).status_code == 200
