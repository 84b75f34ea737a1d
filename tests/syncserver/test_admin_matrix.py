"""Every page of the admin, asked by everybody in every way: `matrix/admin.toml` says what comes of it."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from unittest.mock import ANY

import httpx2
import orjson
import pytest

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Tier
from shared.protocol.problems import STATUS, ProblemCode
from shared.rules.grants import Action
from syncserver.app import ADMIN
from syncserver.services.identity import masquerades
from syncserver.services.platform import grants
from syncserver.store.users import change_user
from tests.support.admin_staff import AdminHttp, hire, session_of
from tests.support.matrix import Cell, World, cells
from tests.support.shop import PASSWORD, ROLES, Shop, put_rows, visit_at
from tests.support.wire_desk import next_day
from tests.syncserver.test_matrix import everything

PAGES: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("matrix").joinpath("admin.toml").read_text()
)
PLATFORM: Final = (Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT)
LAST: Final = "POST /admin/sign-out"
MASKED: Final = (
    (Role.SUPERUSER, Role.TENANT_STAFF), (Role.PLATFORM_SALES, Role.TENANT_STAFF),
    (Role.PLATFORM_SUPPORT, Role.TENANT_STAFF), *((Role.SUPERUSER, whom) for whom in PLATFORM),
)  # fmt: skip
"""Who acts as whom, in the order of the columns."""
ENDS: Final = ("POST /admin/masquerade/end", LAST)
"""After these nobody acts as anybody."""
DAYS: Final = count(2)
"""Days from today on which there is nothing yet."""
BEGINS: Final = "POST /admin/users/{user}/masquerade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A path in the admin, and the fields of a form."""

    path: str
    fields: Mapping[str, str]


def sent(path: str, **fields: str) -> Sent:
    return Sent(path=path, fields=fields)


def about_tenant(what: str, **fields: str) -> Callable[[World, Shop], Sent]:
    return lambda world, shop: sent(f"/tenants/{shop.tenant.id}{what}", **fields)


def about_user(what: str, *, active: bool = True) -> Callable[[World, Shop], Sent]:
    def wish(world: World, shop: Shop) -> Sent:
        person = world.somebody(shop, Role.TENANT_STAFF, is_temporary=shop is world.mine)
        if not active:
            change_user(world.engine, shop.tenant, replace(person, is_active=False))
        return sent(f"/users/{person.id}/{what}", reason="they asked")

    return wish


def about_device(world: World, shop: Shop) -> Sent:
    device = world.theirs.device if shop is world.other else world.second(world.desks[Role.TENANT_STAFF]).device
    return sent(f"/devices/{shop.tenant.id}/{device}/revoke", reason="lost")


def about_visit(what: str, *, hours: int = 0) -> Callable[[World, Shop], Sent]:
    """A visit on a day of its own, so that nothing is in its way; to be moved by some hours."""

    def wish(world: World, shop: Shop) -> Sent:
        start = next_day(10, days=next(DAYS))
        made = visit_at(shop, start)
        put_rows(world.engine, shop.tenant, made)
        wall = {"wall": (start + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")} if hours else {}
        return sent(
            f"/tenants/{shop.tenant.id}{what}", key=new_id(), visit=made.id, status="booked",
            start=instant_text(start), day=start.date().isoformat(), reason="they asked", **wall,
        )  # fmt: skip

    return wish


def about_block(world: World, shop: Shop) -> Sent:
    start = next_day(8)
    args = {
        "block_id": new_id(), "resource_id": shop.ben, "start": instant_text(start),
        "end": instant_text(start + timedelta(hours=1)),
    }  # fmt: skip
    return sent(
        f"/tenants/{shop.tenant.id}/edits", key=new_id(), name="block.put", args=orjson.dumps(args).decode(),
        reason="they asked",
    )  # fmt: skip


def about_archived(world: World, shop: Shop) -> Sent:
    gone = Customer(id=CustomerId(new_id()), name="Gone", archived=True)
    put_rows(world.engine, shop.tenant, gone)
    return sent(
        f"/tenants/{shop.tenant.id}/archived/restore", key=new_id(), kind="customer", row=gone.id, reason="a slip"
    )


def somebody_new() -> str:
    return f"{new_id()}@people.example"


WISHES: Final[Mapping[str, Callable[[World, Shop], Sent]]] = {
    "GET /admin/second-factor": lambda *_: sent("/second-factor"),
    "POST /admin/second-factor": lambda *_: sent("/second-factor", code="000000"),
    "GET /admin/account": lambda *_: sent("/account"),
    "POST /admin/account/password": lambda *_: sent(
        "/account/password", old=PASSWORD, password="short", again="short"
    ),
    "POST /admin/account/recovery-codes": lambda *_: sent(
        "/account/recovery-codes", password=PASSWORD, code="000000"
    ),
    "POST /admin/account/sessions/end-others": lambda *_: sent("/account/sessions/end-others"),
    "POST /admin/account/sessions/{session}/end": lambda *_: sent(f"/account/sessions/{new_id()}/end"),
    "GET /admin/tenants": lambda *_: sent("/tenants"),
    "GET /admin/tenants/invite": lambda *_: sent("/tenants/invite"),
    "POST /admin/tenants/invite": lambda *_: sent(
        "/tenants/invite", key=new_id(), email=somebody_new(), name=f"Salon {new_id()[-6:]}", zone="Europe/Berlin",
        currency="EUR", demo="", tier=Tier.STARTER.value,
    ),
    "GET /admin/tenants/{tenant}": about_tenant(""),
    "POST /admin/tenants/{tenant}/suspend": about_tenant("/suspend", reason="unpaid"),
    "POST /admin/tenants/{tenant}/reopen": about_tenant("/reopen", reason="paid"),
    "POST /admin/tenants/{tenant}/export": about_tenant("/export", reason="they asked"),
    "GET /admin/tenants/{tenant}/billing": about_tenant("/billing"),
    "GET /admin/tenants/{tenant}/book": about_tenant("/book"),
    "POST /admin/tenants/{tenant}/book/cancel": about_visit("/book/cancel"),
    "POST /admin/tenants/{tenant}/book/move": about_visit("/book/move", hours=1),
    "POST /admin/tenants/{tenant}/edits": about_block,
    "GET /admin/tenants/{tenant}/archived": about_tenant("/archived"),
    "POST /admin/tenants/{tenant}/archived/restore": about_archived,
    "POST /admin/tenants/{tenant}/plan": about_tenant("/plan", tier=Tier.ENTERPRISE.value),
    "POST /admin/tenants/{tenant}/invite-owner": about_tenant("/invite-owner", email="owner@people.example"),
    "POST /admin/tenants/{tenant}/users": lambda world, shop: sent(
        f"/tenants/{shop.tenant.id}/users", email=somebody_new(), name="Tess", role="TENANT_STAFF"
    ),
    "GET /admin/users": lambda *_: sent("/users"),
    "POST /admin/users": lambda *_: sent("/users", email=somebody_new(), name="Nia", role="PLATFORM_SUPPORT"),
    "POST /admin/users/{user}/unlock": about_user("unlock"),
    "POST /admin/users/{user}/reset": about_user("reset"),
    "POST /admin/users/{user}/reset-factor": about_user("reset-factor"),
    "POST /admin/users/{user}/disable": about_user("disable"),
    "POST /admin/users/{user}/enable": about_user("enable", active=False),
    "GET /admin/devices": lambda *_: sent("/devices"),
    "POST /admin/devices/{tenant}/{device}/revoke": about_device,
    "GET /admin/audit": lambda *_: sent("/audit"),
    "POST /admin/audit/verify": lambda *_: sent("/audit/verify", tenant=""),
    "GET /admin/grants": lambda *_: sent("/grants"),
    "POST /admin/grants": lambda world, shop: sent(
        "/grants", grantee=hire(world.engine, Role.PLATFORM_SUPPORT).id, tenant=shop.tenant.slug,
        action=Action.VIEW_BILLING.value, reason="the call", minutes="5",
    ),
    "POST /admin/grants/revoke": lambda *_: sent("/grants/revoke"),
    "POST /admin/users/{user}/masquerade": about_user("masquerade"),
    "GET /admin/masquerade": lambda *_: sent("/masquerade"),
    "POST /admin/masquerade/code": lambda *_: sent("/masquerade/code"),
    "GET /admin/masquerade/day": lambda *_: sent("/masquerade/day"),
    "POST /admin/masquerade/end": lambda *_: sent("/masquerade/end"),
    LAST: lambda *_: sent("/sign-out"),
}  # fmt: skip
"""Each page that is not open, in the order in which they are asked."""


def routes() -> Iterator[str]:
    for module in ADMIN:
        for route in module.router.routes:
            (method,) = tuple(getattr(route, "methods", ()))
            yield f"{method} {getattr(route, 'path', '')}"


def test_the_table_names_every_page_and_no_other() -> None:
    assert PAGES["open"].keys() | PAGES["plain"].keys() == set(routes())
    assert PAGES["plain"].keys() == WISHES.keys()
    assert PAGES["other"].keys() == {one for one in routes() if "{tenant}" in one or "{user}" in one}
    assert PAGES["masked"].keys() == PAGES["plain"].keys()
    assert PAGES["masked_other"].keys() == PAGES["other"].keys()


def status_of(code: str) -> int:
    return STATUS[ProblemCode(code)]


def is_let_in(reply: httpx2.Response) -> bool:
    return reply.status_code == 200 or (reply.status_code == 303 and reply.headers["location"] != "/admin")


def check(world: World, call: str, what: Sent, who: AdminHttp, cell: Cell, *, as_whom: object = ANY) -> None:
    """Ask, and compare the answer and what the trail tells of it with a cell; `as_whom` is whom somebody acts as."""
    method = call.partition(" ")[0]
    token = "" if method == "GET" else who.form_token()
    world.new_events()
    own = {"Origin": who.url, "Sec-Fetch-Site": "same-origin"}
    reply = who.get(what.path) if method == "GET" else who.post_as(own, what.path, csrf=token, **what.fields)
    told = world.new_events()
    case = (who.user.role if who.user else None, call, reply.status_code, reply.headers.get("location"), told)
    if cell.code == "ok":
        assert is_let_in(reply), (*case, reply.text[-800:])
    else:
        assert reply.status_code == status_of(cell.code), (*case, reply.text[-800:])
    assert who.user
    denied = [(one.who, one.as_whom) for one in told if one.outcome == "denied"]
    assert denied == ([(who.user.id, as_whom)] if cell.told else []), case
    if method == "GET" and cell.code == "ok":
        # A page that is opened by a grant uses it.
        assert {one.kind for one in told} <= {"grant.used"}, case


def visit(world: World, role: Role) -> AdminHttp:
    user = hire(world.engine, role)
    return AdminHttp(url=world.url, user=user, token=session_of(world.server, user)[0])


def at_each_page(world: World, somebody: AdminHttp, role: Role, *, granted: bool = False) -> None:
    plain, other = (
        PAGES[table] | (PAGES[f"granted{suffix}"] if granted else {})
        for table, suffix in (("plain", ""), ("other", "_other"))
    )
    # For one business an owner may be invited so often, whoever asks: the roles before have.
    world.forget_tries()
    before = everything(world.engine, world.other)
    for call, row in plain.items():
        if call != LAST:
            check(world, call, WISHES[call](world, world.mine), somebody, cells(row, *PLATFORM)[role])
    assert everything(world.engine, world.other) == before
    for call, row in other.items():
        wish = WISHES[call](world, world.other)
        check(world, call, wish, somebody, cells(row, *PLATFORM)[role])
    assert somebody.user
    if begun := masquerades.running(world.server, somebody.user):
        masquerades.stop(world.server, begun)
    for table in ("disables", "makes", "loses_factor"):
        for target, row in PAGES[table].items():
            cell = cells(row, *PLATFORM)[role]
            if table == "makes":
                wish = sent("/users", email=somebody_new(), name="Nia", role=target)
            else:
                person = world.somebody(None, Role(target))
                deed = "disable" if table == "disables" else "reset-factor"
                wish = sent(f"/users/{person.id}/{deed}", reason="left")
            check(world, f"POST {table} {target}", wish, somebody, cell)


@pytest.mark.parametrize("role", PLATFORM)
def test_each_role_at_each_page(world: World, role: Role) -> None:
    somebody = visit(world, role)
    at_each_page(world, somebody, role)
    check(world, LAST, WISHES[LAST](world, world.mine), somebody, cells(PAGES["plain"][LAST], *PLATFORM)[role])
    somebody.http.close()


def masked_visit(world: World, role: Role, target: Role) -> tuple[AdminHttp, str]:
    """Somebody who acts as somebody else, and whom."""
    somebody = visit(world, role)
    home = None if target.is_platform else world.mine
    whom = world.somebody(home, target, is_temporary=home is not None)
    assert somebody.user
    masquerades.start(world.server, somebody.user, whom.id, reason="to see what they see")
    return somebody, whom.id


@pytest.mark.parametrize("column", range(len(MASKED)), ids=lambda column: " as ".join(MASKED[column]))
def test_who_acts_as_somebody_else_at_each_page(world: World, column: int) -> None:
    role, target = MASKED[column]
    somebody, whom = masked_visit(world, role, target)
    asked = [
        (call, WISHES[call](world, shop), Cell.of(row.split()[column]))
        for table, shop in (("masked", world.mine), ("masked_other", world.other))
        for call, row in PAGES[table].items()
        if call not in ENDS
    ]
    before = beside_the_trail(world)
    with closing(somebody.http):
        for call, wish, cell in asked:
            check(world, call, wish, somebody, cell, as_whom=ANY if call == BEGINS else whom)
    assert beside_the_trail(world) == before


def beside_the_trail(world: World) -> list[dict[str, Any]]:
    """Both businesses but for what is told of them."""
    kept = (everything(world.engine, shop) for shop in (world.mine, world.other))
    return [{table: rows for table, rows in one.items() if not table.startswith("audit_")} for one in kept]


@pytest.mark.parametrize("column", range(len(MASKED)), ids=lambda column: " as ".join(MASKED[column]))
@pytest.mark.parametrize("call", ENDS)
def test_who_acts_as_somebody_else_ends_it(world: World, column: int, call: str) -> None:
    somebody, whom = masked_visit(world, *MASKED[column])
    cell = Cell.of(PAGES["masked"][call].split()[column])
    with closing(somebody.http):
        check(world, call, WISHES[call](world, world.mine), somebody, cell, as_whom=whom)
    assert somebody.user
    assert masquerades.running(world.server, somebody.user) is None


def at_each_page_with_grants(world: World, role: Role) -> None:
    """A grant adds the one action where that is asked for, and no page."""
    somebody, root = visit(world, role), hire(world.engine, Role.SUPERUSER)
    assert somebody.user
    given = [
        grants.create(world.server, root, somebody.user.id, shop.tenant, action, reason="the call")
        for action in Action
        for shop in (world.mine, world.other)
    ]
    at_each_page(world, somebody, role, granted=True)
    for one in given:
        grants.revoke(world.server, root, one.id)
    world.forget_refusals()
    at_each_page(world, somebody, role)
    somebody.http.close()


def test_sales_with_grants_at_each_page(world: World) -> None:
    at_each_page_with_grants(world, Role.PLATFORM_SALES)


@pytest.mark.long
@pytest.mark.parametrize("role", [one for one in PLATFORM if one is not Role.PLATFORM_SALES])
def test_the_others_with_grants_at_each_page(world: World, role: Role) -> None:
    at_each_page_with_grants(world, role)


def refused_everywhere(world: World, somebody: AdminHttp, token: str) -> None:
    for call, wish in WISHES.items():
        method, what = call.partition(" ")[0], wish(world, world.mine)
        # An answer that declines has the browser forget what it showed.
        somebody.show(token)
        world.new_events()
        own = {"Origin": somebody.url, "Sec-Fetch-Site": "same-origin"}
        reply = somebody.get(what.path) if method == "GET" else somebody.post_as(own, what.path, **what.fields)
        if method == "GET":
            assert (reply.status_code, reply.headers["location"]) == (303, "/admin"), call
        else:
            assert reply.status_code == 401, call
        assert not world.new_events(), call


@pytest.mark.parametrize("role", ROLES)
def test_nobody_of_a_business_has_what_opens_a_page(world: World, role: Role) -> None:
    desk, somebody = world.desks[role], AdminHttp(url=world.url)
    for token in (desk.http.headers["Authorization"].removeprefix("Bearer "), desk.refresh_token, desk.session):
        refused_everywhere(world, somebody, token)
    somebody.http.close()


@pytest.mark.parametrize("role", PLATFORM)
def test_who_was_let_in_is_let_in_no_more_once_that_has_ended(world: World, role: Role) -> None:
    left, disabled = visit(world, role), visit(world, role)
    assert left.post("/sign-out").status_code == 303
    refused_everywhere(world, left, left.token)
    assert disabled.user
    change_user(world.engine, None, replace(disabled.user, is_active=False))
    refused_everywhere(world, disabled, disabled.token)
    for one in (left, disabled):
        one.http.close()


def test_an_open_page_answers_everybody_alike(world: World) -> None:
    for token in ("", world.desks[Role.TENANT_OWNER].refresh_token):
        for call, row in PAGES["open"].items():
            somebody, cell, (method, path) = AdminHttp(url=world.url, token=token), Cell.of(row), call.split()
            world.new_events()
            if method == "GET":
                reply = somebody.http.get(path)
            else:
                fields = {"email": somebody_new(), "password": "wrong", "code": ""}
                reply = somebody.http.post(path, data=fields, headers={"Origin": world.url})
            assert reply.status_code == (200 if cell.code == "ok" else status_of(cell.code)), call
            assert [one.who for one in world.new_events()] == ([None] if cell.told else []), call
            somebody.http.close()
