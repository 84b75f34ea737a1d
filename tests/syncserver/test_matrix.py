"""Every call and every edit, asked by everybody in every way: the tables of `matrix/` say what comes of it.

They are written from the design of access; nothing but this reads them.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson
import pytest
from sqlalchemy import Engine

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from shared.rules.grants import Action
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.platform import grants
from syncserver.store.tenancy import TenantState, tenant_transaction
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import User, change_user, find_user
from tests.support.admin_staff import hire, session_of
from tests.support.device_keys import proven
from tests.support.edits_of_each_kind import BEFORE_AND_EDIT
from tests.support.http_client import TRUST
from tests.support.masquerade import REASON, MasqueradeDesk
from tests.support.matrix import OPEN, WISHES, Asked, Cell, World, cells
from tests.support.shop import ROLES, Shop
from tests.support.wire_desk import WireDesk, next_day

TABLES: Final = Path(__file__).with_name("matrix")
API: Final[dict[str, dict[str, str]]] = tomllib.loads((TABLES / "api.toml").read_text())
MASKED: Final = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)
PLATFORM: Final = tuple(role for role in Role if role.is_platform)
READING: Final = {"GET", "HEAD"}
READS_TELL: Final = {"data.exported"}
"""What the trail tells of though nothing is changed by it."""


def everything(engine: Engine, shop: Shop) -> dict[str, Any]:
    """All that is kept of a business, but when somebody was seen last."""
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        names = connection.exec_driver_sql(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        ).scalars()
        kept = {
            name: connection.exec_driver_sql(f'SELECT json_agg(t ORDER BY t::text)::text FROM "{name}" t').scalar_one()
            for name in names
        }
    with engine.begin() as connection:
        for name in ("users", "devices", "sessions", "invites"):
            query = f"SELECT json_agg(t ORDER BY t::text)::text FROM {name} t WHERE tenant_id = %s"
            kept[f"control {name}"] = connection.exec_driver_sql(query, (shop.tenant.id,)).scalar_one()
    return kept


def code_of(reply: httpx2.Response) -> str:
    return "ok" if reply.is_success else str(reply.json()["code"])


def check(
    world: World, what: str, asked: Asked, http: httpx2.Client, cell: Cell, who: str | None, as_whom: str | None = None
) -> httpx2.Response:
    """Ask, and compare the answer and what the trail tells of it with a cell."""
    world.new_events()
    reply = asked.by(http)
    told = world.new_events()
    denied = [one for one in told if one.outcome == "denied"]
    assert reply.status_code < 500, (what, reply.text)
    assert code_of(reply) == cell.code, (what, reply.status_code, reply.text[:300])
    if cell.told:
        assert [(one.who, one.as_whom) for one in denied] == [(who, as_whom)], (what, told)
    else:
        assert denied == [], what
    if asked.method in READING and cell.code == "ok":
        assert {one.kind for one in told} <= READS_TELL, what
    for shop in (world.mine, world.other):
        assert shop is world.mine or shop.canary not in reply.text, what
    return reply


def test_the_tables_name_every_call_and_no_other(url: str) -> None:
    told = httpx2.get(f"{url}/docs/openapi.json").json()["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in told.items() for method in methods}
    assert API["open"].keys() | API["plain"].keys() == calls
    assert API["plain"].keys() == API["masked"].keys() == WISHES.keys()
    assert OPEN.keys() | {"POST /v1/auth/sign-in"} == API["open"].keys()
    named = {
        f"{method.upper()} {path}"
        for path, methods in told.items()
        for method in methods
        if "{" in path
        or path in {"/v1/masquerade/start", "/v1/numbers", "/v1/business/close"}
        or (path.startswith("/v1/sync/") and "live" not in path)
    }
    # Whose calendar is to be shared stands in the body; the address of one is asked for by nobody in particular.
    named = named - {"POST /v1/sync/hand-in", "GET /feeds/{secret}.ics"} | {"POST /v1/feeds"}
    assert API["other"].keys() == named


def ask_all(world: World, who: WireDesk, table: str, columns: Sequence[Role], shop: Shop, user: str) -> None:
    for call, wish in WISHES.items():
        if call not in API[table]:
            continue
        cell = cells(API[table][call], *columns)[who.role]
        for asked in wish(world, who, shop):
            # Whom somebody wanted to become stands there even though they did not.
            as_whom = world.mine.users[Role.TENANT_STAFF] if call == "POST /v1/masquerade/start" else None
            check(world, f"{who.role}: {asked}", asked, who.http, cell, user, as_whom)
        _settle(world, who, call, cell)


def _settle(world: World, who: WireDesk, call: str, cell: Cell) -> None:
    """Have the next call find what it needs."""
    if cell.code != "ok":
        return
    if call == "POST /v1/sync/push":
        who.seq += 1
    if call == "POST /v1/masquerade/start":
        actor = find_user(world.engine, world.mine.users[who.role])
        assert actor is not None
        begun = masquerades.running(world.server, actor)
        assert begun is not None
        masquerades.stop(world.server, begun)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_at_each_call(world: World, engine: Engine, role: Role) -> None:
    who, before = world.desks[role], everything(engine, world.other)
    ask_all(world, who, "plain", ROLES, world.mine, world.mine.users[role])
    assert everything(engine, world.other) == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_at_each_call_about_another_business(world: World, engine: Engine, role: Role) -> None:
    who = world.desks[role]
    for call, row in API["other"].items():
        wishes = WISHES[call](world, who, world.other)
        before = everything(engine, world.other)
        for asked in wishes:
            check(world, f"{role}: {asked}", asked, who.http, cells(row, *ROLES)[role], world.mine.users[role])
        assert everything(engine, world.other) == before, call


def _actors(world: World, kinds: Sequence[Role], target: Role) -> Iterator[tuple[User, User]]:
    """Who becomes somebody of a role, and whom."""
    for kind in kinds:
        whom = world.somebody(world.mine, target, is_temporary=kind is Role.PLATFORM_SALES)
        if kind.is_platform:
            yield world.somebody(None, kind), whom
        elif target is Role.TENANT_STAFF:
            owner = find_user(world.engine, world.mine.users[Role.TENANT_OWNER])
            assert owner is not None
            yield owner, whom


def masked_desk(world: World, actor: User, whom: User) -> tuple[MasqueradeDesk, Masquerade]:
    begun = masquerades.start(world.server, actor, whom.id, reason=REASON)
    desk = MasqueradeDesk.of(world.url, world.mine, world.server, begun)
    desk.role = whom.role
    desk.register().pull()
    return desk, begun


def at_each_call_as_somebody_else(world: World, kinds: Sequence[Role]) -> None:
    for target in MASKED:
        for actor, whom in _actors(world, kinds, target):
            desk, _ = masked_desk(world, actor, whom)
            before = everything(world.engine, world.other)
            for call, row in API["masked_other"].items():
                for asked in WISHES[call](world, desk, world.other):
                    cell = cells(row, *MASKED)[target]
                    check(world, f"{actor.role} as {asked}", asked, desk.http, cell, actor.id, whom.id)
            assert everything(world.engine, world.other) == before
            for call, wish in WISHES.items():
                cell = cells(API["masked"][call], *MASKED)[target]
                for asked in wish(world, world.desks[target] if "session" in call else desk, world.mine):
                    as_whom = world.mine.users[Role.TENANT_STAFF] if "/masquerade/start" in call else whom.id
                    check(world, f"{actor.role} as {asked}", asked, desk.http, cell, actor.id, as_whom)
                if call == "POST /v1/sync/push":
                    desk.seq += 1
            desk.http.close()


def test_who_acts_as_somebody_else_at_each_call(world: World) -> None:
    at_each_call_as_somebody_else(world, [Role.PLATFORM_SUPPORT, Role.TENANT_OWNER])


@pytest.mark.long
def test_everybody_who_can_act_as_somebody_else_at_each_call(world: World) -> None:
    at_each_call_as_somebody_else(world, [Role.SUPERUSER, Role.PLATFORM_SALES])


def ask_with_nothing(world: World, what: str, asked: Mapping[str, Asked], http: httpx2.Client) -> None:
    for call, one in asked.items():
        check(world, f"{what}: {call}", one, http, Cell.of("reauth"), None)


@pytest.mark.parametrize("role", PLATFORM)
def test_who_is_of_no_business_has_nothing_that_opens_a_call(world: World, role: Role) -> None:
    """Neither by the session of the admin, nor by grants, active or revoked."""
    person = hire(world.engine, role)
    token, _ = session_of(world.server, person)
    root = hire(world.engine, Role.SUPERUSER)
    http = httpx2.Client(
        base_url=world.url, verify=TRUST, headers={"Authorization": f"Bearer {token}", "Cookie": f"admin={token}"}
    )
    asked = {call: wish(world, world.desks[Role.TENANT_STAFF], world.mine)[0] for call, wish in WISHES.items()}
    ask_with_nothing(world, f"{role}, plain", asked, http)
    given = [
        grants.create(world.server, root, person.id, world.mine.tenant, action, reason="the call") for action in Action
    ]
    ask_with_nothing(world, f"{role}, granted", asked, http)
    for one in given:
        grants.revoke(world.server, root, one.id)
    ask_with_nothing(world, f"{role}, revoked", asked, http)
    http.close()


def test_an_open_call_answers_everybody_alike(world: World) -> None:
    wish = {
        "email": "nobody@people.example",
        "password": "wrong",
        "tenant": None,
        "device": {"id": new_id(), "name": "x"},
    }
    told = {**OPEN, "POST /v1/auth/sign-in": proven(wish, "none")}
    askers = [{}, *({"Authorization": one.http.headers["Authorization"]} for one in world.desks.values())]
    for headers in askers:
        with httpx2.Client(base_url=world.url, verify=TRUST, headers=headers) as http:
            for call, body in told.items():
                method, path = call.split()
                if call == "POST /v1/account/forgotten":
                    body = {"tenant": None, "email": f"{new_id()}@people.example"}
                asked = Asked(method=method, path=path, body=body)
                check(world, call, asked, http, Cell.of(API["open"][call]), None)


def refused_everywhere(world: World, desk: WireDesk, why: str) -> None:
    for call, wish in WISHES.items():
        # In the same shape as when it was theirs to ask.
        whose = world.desks[Role.TENANT_STAFF] if "session" in call or "device" in call else desk
        for asked in wish(world, whose, world.mine)[:1]:
            check(world, f"{why}: {asked}", asked, desk.http, Cell.of(API["revoked"][why]), None)
    desk.http.close()


def test_a_session_that_has_ended_is_let_in_nowhere(world: World) -> None:
    desk = world.desk(Role.TENANT_OWNER)
    desk.sign_out()
    refused_everywhere(world, desk, "session ended")


def test_somebody_who_is_disabled_is_let_in_nowhere(world: World, engine: Engine) -> None:
    person = world.somebody(world.mine, Role.TENANT_MANAGER)
    desk = world.desk(Role.TENANT_MANAGER, person)
    reply = world.desks[Role.TENANT_OWNER].http.post(f"/v1/team/{person.id}/disable", json={})
    assert reply.status_code == 204
    refused_everywhere(world, desk, "person disabled")


def test_a_device_that_is_shut_out_is_let_in_nowhere(world: World) -> None:
    desk = world.desk(Role.TENANT_STAFF)
    reply = world.desks[Role.TENANT_OWNER].http.post(f"/v1/devices/{desk.device}/revoke", json={})
    assert reply.status_code == 204
    refused_everywhere(world, desk, "device shut out")


def test_a_business_that_is_suspended_lets_nobody_in(world: World, engine: Engine) -> None:
    desk = world.desk(Role.TENANT_OWNER)
    asked = {call: wish(world, world.desks[Role.TENANT_STAFF], world.mine)[0] for call, wish in WISHES.items()}
    set_tenant_state(engine, world.mine.tenant, TenantState.SUSPENDED)
    for call, one in asked.items():
        check(world, call, one, desk.http, Cell.of(API["revoked"]["business suspended"]), None)
    set_tenant_state(engine, world.mine.tenant, TenantState.ACTIVE)
    desk.http.close()


def test_a_masquerade_that_was_stopped_is_let_in_nowhere(world: World) -> None:
    desk, begun = masked_desk(
        world, world.somebody(None, Role.PLATFORM_SUPPORT), world.somebody(world.mine, Role.TENANT_OWNER)
    )
    masquerades.stop(world.server, begun)
    refused_everywhere(world, desk, "masquerade stopped")


def test_a_masquerade_ends_with_its_actor(world: World, engine: Engine) -> None:
    actor = world.somebody(None, Role.PLATFORM_SUPPORT)
    desk, _ = masked_desk(world, actor, world.somebody(world.mine, Role.TENANT_MANAGER))
    change_user(engine, None, replace(actor, is_active=False))
    refused_everywhere(world, desk, "masquerade's actor disabled")


EDITS: Final[dict[str, dict[str, str]]] = tomllib.loads((TABLES / "mutations.toml").read_text())


def edit_args(world: World, case: str) -> dict[str, Any]:
    """Arguments in good shape: those that the right depends on are about what is there."""
    shop = world.mine
    start, end = instant_text(next_day(6)), instant_text(next_day(7))
    block = {"block_id": new_id(), "start": start, "end": end}
    ended, turned = (BEFORE_AND_EDIT[name][1][1] for name in ("block.end_repeat", "block.rule_back"))
    lunch = {**BEFORE_AND_EDIT["block.repeat"][1][1], "series_id": new_id()}
    blocked = {"customer_id": shop.customer, "edits": [{"field": "blocked", "was": False, "value": True}]}
    archived = {"customer_id": shop.customer, "edits": [{"field": "archived", "was": False, "value": True}]}
    paid = {
        "payment_id": new_id(), "appointment_id": new_id(), "location_id": shop.location, "kind": "balance",
        "method": "cash", "amount": 4500, "currency": "EUR",
    }  # fmt: skip
    given = {name: paid[name] for name in ("payment_id", "location_id", "method", "amount", "currency")}
    limits = ("users", "resources", "locations", "devices", "appointments_a_month", "customers", "storage_mib")
    visit = {
        "appointment_id": new_id(), "customer_id": shop.customer, "location_id": shop.location, "start": start,
        "segments": [{"service_id": shop.cut, "resources": [shop.ana]}],
    }  # fmt: skip
    own: dict[str, dict[str, Any]] = {
        "appointment.book override": {**visit, "override": "they insist"},
        "block.put own": {**block, "resource_id": shop.ana},
        "block.put another's": {**block, "resource_id": shop.ben},
        "block.repeat own": {**lunch, "resource_id": shop.ana},
        "block.repeat another's": {**lunch, "resource_id": shop.ben},
        "block.end_repeat": {**ended, "resource_id": shop.ana},
        "block.rule_back": {**turned, "resource_id": shop.ana},
        "customer.update blocked": blocked,
        "customer.update archived": archived,
        "customer.erase": {"customers": [shop.customer]},
        "customer.merge": {"kept_id": shop.customer, "merged_id": new_id()},
        "note.add": {"note_id": new_id(), "about": "customer", "subject_id": shop.customer, "text": "rang"},
        "appointment.expire": {"appointment_id": new_id()},
        "payment.take": paid,
        "payment.refund": {**given, "refund_of": new_id()},
        "plan.set": {"business_id": new_id(), "tier": "FREE", "features": [], **dict.fromkeys(limits)},
    }
    name = case.partition(" ")[0]
    return own[case] if case in own else dict(orjson.loads(orjson.dumps(BEFORE_AND_EDIT[name][1][1])))


def test_the_table_names_every_edit_and_no_other() -> None:
    assert {case.partition(" ")[0] for case in EDITS["plain"]} == MUTATIONS.keys()
    assert EDITS["masked"].keys() <= EDITS["plain"].keys()


def push_all(world: World, desk: WireDesk, rows: Mapping[str, str], who: str, as_whom: str | None) -> None:
    expected = {case: cells(row, *MASKED)[desk.role] for case, row in rows.items()}
    edits = [desk.edit(case.partition(" ")[0], edit_args(world, case)) for case in expected]
    world.new_events()
    outcomes = desk.push_all(*edits)
    for (case, cell), outcome in zip(expected.items(), outcomes, strict=True):
        refused = outcome.get("code") in ("not_allowed", "feature_not_in_plan")
        assert (cell.code == "not_allowed") is refused, (desk.role, case, outcome)
    denied = [(one.subject, one.who, one.as_whom) for one in world.new_events() if one.outcome == "denied"]
    named = [(case.partition(" ")[0], who, as_whom) for case, cell in expected.items() if cell.told]
    assert denied == named


@pytest.mark.parametrize("role", MASKED)
def test_each_role_at_each_edit(world: World, engine: Engine, role: Role) -> None:
    before = everything(engine, world.other)
    desk = world.desk(role)
    push_all(world, desk, EDITS["plain"], world.mine.users[role], None)
    desk.http.close()
    assert everything(engine, world.other) == before


@pytest.mark.parametrize("role", MASKED)
def test_who_acts_as_somebody_else_at_each_edit(world: World, role: Role) -> None:
    actor, whom = world.somebody(None, Role.PLATFORM_SUPPORT), world.somebody(world.mine, role)
    desk, _ = masked_desk(world, actor, whom)
    rows = EDITS["plain"] | EDITS["masked"]
    if role is Role.TENANT_STAFF:
        # The resource of a salon's is that of another member of its staff.
        rows = {case: row for case, row in rows.items() if case not in ("block.put own", "block.repeat own")}
    push_all(world, desk, rows, actor.id, whom.id)
    desk.http.close()
