"""What befalls people's identities is one event each, and a right is changed only where that can be recorded."""

from typing import Any

import psycopg
import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, make_url

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from shared.protocol.account_messages import PasswordChange
from syncserver.services.declined import Declined
from syncserver.services.identity import password_changes, platform_accounts, second_factors
from syncserver.services.server import Server
from tests.support.masquerade import member, platform_person
from tests.support.postgres import Postgres
from tests.support.shop import PASSWORD, Shop
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker

NEW = "seven quiet rivers"


def told(engine: Engine, shop: Shop) -> list[tuple[str, str | None, str | None]]:
    """Kind, who and about whom of each, sign-ins aside."""
    entries = [one for one in chain(engine, shop.tenant) if one.kind != "sign_in.tried"]
    assert {one.outcome for one in entries} == {"allowed"}
    return [(one.kind, one.actor_email, one.subject) for one in entries]


def done(desk: WireDesk, path: str, body: dict[str, Any] | None = None) -> Any:
    reply = desk.http.post(path, json=body or {})
    assert reply.is_success, reply.text
    return reply.json() if reply.content else None


def test_what_an_owner_does_to_the_team_is_told(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner, staff = visitor(Role.TENANT_OWNER).sign_in(), visitor(Role.TENANT_STAFF).sign_in()
    whom, ours = shop.users[Role.TENANT_STAFF], shop.email(Role.TENANT_OWNER)
    done(owner, f"/v1/team/{whom}/role", {"role": "TENANT_MANAGER"})
    done(owner, f"/v1/team/{whom}/role", {"role": "TENANT_MANAGER"})
    done(owner, f"/v1/team/{whom}/disable")
    done(owner, f"/v1/team/{whom}/enable")
    invite = done(owner, "/v1/team/invites", {"email": "new@acme.example", "role": "CUSTOMER"})
    done(owner, f"/v1/team/invites/{invite['id']}/revoke")
    done(owner, f"/v1/devices/{staff.device}/revoke")
    theirs = shop.email(Role.TENANT_STAFF)
    assert told(engine, shop) == [
        ("user.role_changed", ours, theirs), ("user.disabled", ours, theirs), ("user.enabled", ours, theirs),
        ("user.invited", ours, "new@acme.example"), ("user.invite_revoked", ours, "new@acme.example"),
        ("device.revoked", ours, staff.device),
    ]  # fmt: skip
    changed = next(one for one in chain(engine, shop.tenant) if one.kind == "user.role_changed")
    assert changed.details == f'{{"now":"TENANT_MANAGER","user":"{whom}","was":"TENANT_STAFF"}}'


def test_what_people_do_to_their_own_account_is_told(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desk, other = visitor().sign_in(), visitor().sign_in()
    done(desk, f"/v1/account/sessions/{other.session}/end")
    done(desk, "/v1/account/sessions/end-others")
    secret = done(desk, "/v1/account/second-factor/begin", {"password": PASSWORD})["secret"]
    codes = done(desk, "/v1/account/second-factor/confirm", {"code": pyotp.TOTP(secret).at(clock.now())})["codes"]
    done(desk, "/v1/account/second-factor/off", {"password": PASSWORD, "code": codes[0]})
    done(desk, "/v1/account/password", {"old": PASSWORD, "new": NEW})
    kinds = [
        "session.ended", "session.ended", "user.second_factor_on", "user.second_factor_off", "user.password_changed",
    ]  # fmt: skip
    mine = shop.email(desk.role)
    assert told(engine, shop) == [(one, mine, None) for one in kinds]
    said = str(chain(engine, shop.tenant))
    assert not any(one in said for one in (secret, codes[0], NEW, PASSWORD, other.session))


def test_platform_people_are_told_of_on_the_platform(app: FastAPI, engine: Engine) -> None:
    server, root = app.state.wiring.server, platform_person(engine, Role.SUPERUSER)
    session = platform_accounts.sign_in(server, email=root.email, password=PASSWORD, code=None)
    secret = platform_accounts.begin_enrolment(server, session.token).secret
    full, _ = platform_accounts.confirm_enrolment(server, session.token, pyotp.TOTP(secret).at(clock.now()))
    admin = platform_accounts.admin_of(server, full.token)
    password_changes.change_as_admin(server, admin, PasswordChange(old=PASSWORD, new=NEW))
    platform_accounts.sign_out(server, full.token)
    platform_accounts.sign_out(server, full.token)
    for _ in range(6):
        with pytest.raises(Declined):
            platform_accounts.sign_in(server, email=root.email, password="wrong", code=None)
    mine = [one for one in chain(engine) if one.actor_id == root.id]
    assert [(one.kind, one.outcome) for one in mine] == [
        ("sign_in.tried", "allowed"), ("user.second_factor_on", "allowed"), ("user.password_changed", "allowed"),
        ("session.signed_out", "allowed"), *[("sign_in.tried", "denied")] * 5, ("sign_in.locked_out", "denied"),
    ]  # fmt: skip
    nobody = f"{new_id()}@platform.example"
    with pytest.raises(Declined):
        platform_accounts.sign_in(server, email=nobody, password="wrong", code=None)
    last = chain(engine)[-1]
    assert (last.actor_id, last.subject) == (None, server.audit.name_key(nobody))


def test_no_right_is_changed_where_that_cannot_be_recorded(
    visitor: DeskMaker, server: Server, engine: Engine, shop: Shop, postgres: Postgres, database_url: str
) -> None:
    owner, staff = visitor(Role.TENANT_OWNER).sign_in(), visitor(Role.TENANT_STAFF).sign_in()
    before, whom = member(engine, shop, Role.TENANT_STAFF), shop.users[Role.TENANT_STAFF]
    secret = second_factors.begin(server, before).secret
    second_factors.confirm(server, before, pyotp.TOTP(secret).at(clock.now()))
    with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(database_url).database}?")) as setup:
        setup.execute(f"REVOKE INSERT ON {shop.tenant.schema}.audit_event FROM {shop.tenant.role}".encode())
    for path, body in (
        (f"/v1/team/{whom}/role", {"role": "CUSTOMER"}),
        (f"/v1/team/{whom}/disable", {}),
        (f"/v1/devices/{staff.device}/revoke", {}),
        (f"/v1/team/{whom}/second-factor/reset", {}),
        ("/v1/business/close", {"tenant": shop.tenant.slug, "password": PASSWORD}),
    ):
        reply = owner.http.post(path, json=body)
        assert (reply.status_code, reply.json()["code"]) == (503, "retry")
    assert member(engine, shop, Role.TENANT_STAFF) == before
    assert second_factors.is_on(server, before.id)
    staff.register()
