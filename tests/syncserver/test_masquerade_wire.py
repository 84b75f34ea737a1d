"""Acting as somebody else over the wire: the book and nothing else, in both names, until it is over."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from shared import clock
from shared.errors import StorageFault
from shared.ids import new_id
from shared.model.member import Role
from shared.rules.permissions import Capability, may
from syncserver.routes import account, audit, auth, health, live, masquerade, numbers, pages, sync, team
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.server import Principal, Server
from syncserver.settings import Settings
from syncserver.store.tenancy import TenantState, tenant_transaction
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import User, change_user
from syncserver.web import watching
from syncserver.web.access import Access, admission_of, principal_of
from syncserver.web.documents import call
from syncserver.web.turns import Turn
from tests.support.masquerade import REASON, MasqueradeDesk, member, platform_person
from tests.support.moving_clock import moved
from tests.support.replay import replayed
from tests.support.running import running
from tests.support.shop import Shop, open_shop, opening_rows, stored_rows
from tests.support.trail import chain, logged
from tests.support.waiting import until
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_live import listening

ROUTES: list[BaseRoute] = [
    route
    for module in (health, auth, account, team, masquerade, audit, numbers, sync, live, pages)
    for route in module.router.routes
]
USABLE = {
    "/v1/sync/register", "/v1/sync/push", "/v1/sync/pull", "/v1/sync/live", "/v1/sync/verify", "/v1/sync/repair",
    "/v1/masquerade/stop", "/v1/masquerade/start",
}  # fmt: skip
"""What whoever masquerades reaches: the book, the way out, and the refusal to begin again. From the design."""


def path(route: BaseRoute) -> str:
    return str(getattr(route, "path", route))


@pytest.fixture
def server(app: FastAPI) -> Server:
    made: Server = app.state.wiring.server
    return made


@pytest.fixture
def support(engine: Engine) -> User:
    return platform_person(engine)


@pytest.fixture
def masked(url: str, engine: Engine, shop: Shop, server: Server, support: User) -> Iterator[Any]:
    """Makes a desk at which support acts as somebody of the shop."""
    with ExitStack() as stack:

        def make(role: Role = Role.TENANT_STAFF) -> tuple[MasqueradeDesk, Masquerade]:
            begun = masquerades.start(server, support, member(engine, shop, role).id, reason=REASON)
            desk = MasqueradeDesk.of(url, shop, server, begun)
            stack.callback(desk.http.close)
            return desk, begun

        yield make


def said(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, "" if reply.is_success else reply.json()["code"]


def log_of(engine: Engine, shop: Shop) -> list[tuple[str, str, str | None, str, str]]:
    """Name, who, as whom, by which role's rights and outcome of each logged edit of a desk."""
    query = (
        "SELECT name, user_id::text, as_whom::text, role, outcome FROM mutation_log WHERE replica_id IS NOT NULL "
        "ORDER BY version, ordinal"
    )
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.mark.parametrize("route", ROUTES, ids=path)
def test_only_what_is_listed_may_be_used(route: BaseRoute) -> None:
    assert admission_of(route).masqueraded is (path(route) in USABLE)


def test_a_desk_books_in_both_names_and_the_history_says_so(
    engine: Engine, shop: Shop, masked: Any, support: User
) -> None:
    desk, _ = masked()
    desk.register()
    assert desk.pull()["last_seq"] == 0
    assert shop.customer in desk.rows["customer"]
    note = {"note_id": new_id(), "about": "customer", "subject_id": shop.customer, "text": "rang"}
    block = {
        "block_id": new_id(), "resource_id": shop.ana, "start": clock.instant_text(next_day(14)),
        "end": clock.instant_text(next_day(15)), "reason": "",
    }  # fmt: skip
    booked, taken = desk.booking(next_day()), desk.booking(next_day())
    ends = desk.push(booked, taken, desk.edit("note.add", note), desk.edit("block.put", block))
    assert [one["outcome"] for one in ends] == ["applied", "rejected", "applied", "applied"]
    staff = shop.users[Role.TENANT_STAFF]
    assert {one[1:4] for one in log_of(engine, shop)} == {(support.id, staff, "TENANT_STAFF")}
    rows = stored_rows(engine, shop.tenant)
    assert replayed(engine, shop.tenant, *opening_rows(shop)) == rows
    (written,) = [one for one in rows["note"].values() if one[0] == note["note_id"]]
    assert {support.id, staff} <= set(written)
    desk.pull()
    assert booked["args"]["appointment_id"] in desk.rows["appointment"]


def test_what_the_other_may_not_do_nobody_does_as_them(engine: Engine, shop: Shop, masked: Any, support: User) -> None:
    desk, begun = masked()
    desk.register()
    ends = desk.push(desk.edit("location.create", {"location_id": new_id(), "name": "Annex", "zone": "Europe/Berlin"}))
    assert [one["code"] for one in ends] == ["not_allowed"]
    last = chain(engine, shop.tenant)[-1]
    assert (last.kind, last.subject, last.reason) == ("masquerade.action_denied", "location.create", REASON)
    assert (last.actor_id, last.as_whom_id) == (support.id, shop.users[Role.TENANT_STAFF])
    assert begun.id not in str(last)


def test_an_edit_is_the_others_to_take_back(desk: DeskMaker, shop: Shop, masked: Any) -> None:
    """What was done under another name is an ordinary edit: its author's desk undoes it by another."""
    mask, _ = masked()
    mask.register()
    booked = mask.booking(next_day())
    mask.push(booked)
    own = desk(Role.TENANT_STAFF)
    was = {"status": "booked", "start": booked["args"]["start"]}
    args = {"appointment_id": booked["args"]["appointment_id"], "was": was, "reason": "", "by": "business"}
    assert [one["outcome"] for one in own.push(own.edit("appointment.cancel", args))] == ["applied"]


def test_no_device_of_the_business_is_made(engine: Engine, shop: Shop, masked: Any) -> None:
    desk, _ = masked()
    desk.register()
    with engine.begin() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM devices WHERE tenant_id = %s", (shop.tenant.id,))
        assert found.scalar_one() == 0


def everywhere(desk: WireDesk) -> set[tuple[int, str]]:
    """What every call of the book says."""
    answers = [
        desk.try_register(),
        desk.try_pull(),
        desk.try_pull(desk.cursor),
        desk.try_push(desk.booking(next_day(16))),
        desk.http.get("/v1/sync/live"),
        desk.http.get("/v1/sync/live", params={"after": 0}),
        desk.http.post("/v1/sync/verify", json={}),
        desk.http.post("/v1/sync/repair", json={}),
        desk.http.post("/v1/sync/offer", json={}),
        desk.http.post("/v1/masquerade/stop", json={}),
        desk.http.post("/v1/masquerade/stop-own", json={}),
        desk.http.post("/v1/masquerade/start", json={"target": new_id(), "reason": "again"}),
        desk.http.get("/v1/team"),
        desk.http.get("/v1/audit"),
    ]
    return {said(one) for one in answers}


OVER = {(401, "masquerade_ended")}


def test_an_owner_ends_what_they_began_at_a_desk_that_is_gone_and_begins_again(
    engine: Engine, shop: Shop, url: str, desk: DeskMaker, masked: Any
) -> None:
    support, _ = masked()
    owner, other = desk(Role.TENANT_OWNER), desk(Role.TENANT_MANAGER)
    wish = {"target": shop.users[Role.TENANT_STAFF], "reason": REASON}
    begun = owner.http.post("/v1/masquerade/start", json=wish).json()
    lost = MasqueradeDesk.told(url, shop, begun)
    lost.register()
    assert said(owner.http.post("/v1/masquerade/start", json=wish)) == (409, "masquerading")
    assert said(other.http.post("/v1/masquerade/stop-own", json={})) == (204, "")
    assert said(lost.http.post("/v1/masquerade/stop-own", json={})) == (403, "not_allowed")
    lost.pull()
    assert said(owner.http.post("/v1/masquerade/stop-own", json={})) == (204, "")
    assert everywhere(lost) == OVER
    last = chain(engine, shop.tenant)[-1]
    assert (last.kind, last.actor_id, last.details) == (
        "masquerade.ended", shop.users[Role.TENANT_OWNER], '{"why":"stopped"}'
    )  # fmt: skip
    assert said(owner.http.post("/v1/masquerade/stop-own", json={})) == (204, "")
    assert chain(engine, shop.tenant)[-1].id == last.id
    support.register().pull()
    assert owner.http.post("/v1/masquerade/start", json=wish).is_success
    lost.http.close()


def test_after_the_stop_nothing_is_answered_and_nothing_else_has_ended(
    engine: Engine, shop: Shop, masked: Any, desk: DeskMaker
) -> None:
    own = desk(Role.TENANT_STAFF)
    mask, _ = masked()
    mask.register().pull()
    assert said(mask.http.post("/v1/masquerade/stop", json={})) == (204, "")
    assert everywhere(mask) == OVER
    own.pull()
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        retired = connection.exec_driver_sql("SELECT retired_at FROM replica WHERE id = %s", (mask.replica,))
        assert retired.scalar_one() is not None


@pytest.mark.parametrize("what", ["actor", "target", "suspended", "time"])
def test_it_ends_with_the_next_request_whatever_has_ended_it(
    engine: Engine, shop: Shop, masked: Any, support: User, what: str
) -> None:
    mask, begun = masked()
    mask.register().pull()
    if what == "time":
        with moved(timedelta(minutes=30)):
            assert {code for _, code in everywhere(mask)} == {"reauth"}
        return
    if what == "suspended":
        set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    elif what == "actor":
        change_user(engine, None, replace(support, is_active=False))
    else:
        change_user(engine, shop.tenant, replace(begun.target, is_active=False))
    assert everywhere(mask) == OVER


def test_a_stream_and_a_poll_end_within_a_moment(
    engine: Engine, masked: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.05)
    mask, begun = masked()
    version = mask.register().pull()["version"]
    polled: list[tuple[int, str]] = []

    def poll() -> None:
        polled.append(said(mask.http.get("/v1/sync/live", params={"after": version + 10}, timeout=20)))

    waiting = Thread(target=poll)
    waiting.start()
    with listening(mask) as events:
        assert events.next() is not None
        masquerades.stop(server, begun)
        with pytest.raises(EOFError):
            events.to_the_end()
    waiting.join(timeout=10)
    assert polled == [(401, "masquerade_ended")]


def test_what_goes_on_for_long_is_given_up_though_the_database_was_away_for_a_moment(
    shop: Shop, masked: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, begun = masked()
    principal = Principal(
        user=begun.target.id, tenant=shop.tenant, device=begun.id, session=begun.id, expires_at=0,
        actor=begun.actor.id,
    )  # fmt: skip
    monkeypatch.setattr(watching, "EVERY", 0.01)
    looked, look = [], masquerades.standing_of

    def look_once_it_is_back(*asked: Any) -> Masquerade:
        looked.append(asked)
        if len(looked) == 1:
            raise StorageFault("away")
        if len(looked) == 2:
            masquerades.stop(server, begun)
        return look(*asked)

    monkeypatch.setattr(masquerades, "standing_of", look_once_it_is_back)

    async def send() -> None:
        turn = Turn(shop.tenant.id, begun.id, new_id())
        async with turn.within(10), watching.watched(server, principal, over=turn.give_up):
            await asyncio.sleep(10)

    with pytest.raises(TimeoutError):
        asyncio.run(send())
    assert len(looked) == 2


def test_a_poll_that_hears_something_is_answered(masked: Any, desk: DeskMaker) -> None:
    mask, _ = masked()
    version = mask.register().pull()["version"]
    own = desk()
    own.push(own.booking(next_day()))
    assert mask.http.get("/v1/sync/live", params={"after": version}).json()["version"] > version


def test_a_stop_while_edits_are_pushed_leaves_each_decided_or_refused(
    engine: Engine, shop: Shop, masked: Any, server: Server
) -> None:
    mask, begun = masked()
    mask.register()
    ends: list[tuple[int, str]] = []

    def push() -> None:
        for minute in range(60):
            ends.append(
                said(mask.try_push(mask.edit("customer.create", {"customer_id": new_id(), "name": f"{minute}"})))
            )

    pushing = Thread(target=push)
    pushing.start()
    until(lambda: len(ends) > 3)
    masquerades.stop(server, begun)
    pushing.join(timeout=30)
    good = [code for code, _ in ends].count(200)
    assert set(ends[good:]) == OVER
    assert len(log_of(engine, shop)) == good
    assert 3 < good < 60


def test_a_customer_has_no_copy(
    engine: Engine, masked: Any, support: User, url: str, shop: Shop, server: Server
) -> None:
    mask, begun = masked()
    mask.register()
    change_user(engine, shop.tenant, replace(begun.target, role=Role.CUSTOMER))
    for reply in (mask.try_register(), mask.try_pull(), mask.try_push(mask.booking(next_day()))):
        assert said(reply) == (403, "no_replica")


def test_every_other_call_is_refused_and_recorded(
    engine: Engine, shop: Shop, masked: Any, support: User, settings: Settings
) -> None:
    mask, begun = masked(Role.TENANT_OWNER)
    (first,) = chain(engine, shop.tenant)
    refused = []
    for route in ROUTES:
        if path(route) in USABLE or admission_of(route).need is Access.OPEN:
            continue
        (method,) = {*getattr(route, "methods", ())}
        where = re.sub(r"{\w+}", shop.users[Role.TENANT_STAFF], path(route))
        reply = mask.http.request(method, where, json={} if method == "POST" else None)
        assert said(reply) == (403, "not_allowed"), where
        refused.append(f"{method} {path(route)}")
    _, *entries = chain(engine, shop.tenant)
    assert [(one.kind, one.subject) for one in entries] == [("masquerade.action_denied", one) for one in refused]
    assert len(refused) > 15
    lines = [one for one in logged(settings, "masquerade") if one["tenant"] == shop.tenant.slug][1:]
    assert len(lines) == len(refused)
    assert lines[-1] == {
        "timestamp": entries[-1].at, "action": "HIJACK_ACTION_DENIED", "hijacker_email": support.email,
        "hijacked_email": begun.target.email, "ip_address": "127.0.0.1", "tenant": shop.tenant.slug,
        "session_key": first.session, "reason": REASON, "outcome": "denied",
    }  # fmt: skip


def test_a_new_route_refuses_whoever_masquerades_until_it_says_otherwise(
    engine: Engine, shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch, support: User
) -> None:
    router = APIRouter()

    async def who(request: Request) -> Response:
        return Response(principal_of(request).user)

    router.add_api_route("/new", who, **call({}, needs=Access.SIGNED_IN))
    for capability in Capability:
        router.add_api_route(f"/book/{capability}", who, **call({}, needs=capability, masqueraded=True))
    monkeypatch.setattr(health, "router", router)
    with running(engine, settings) as (url, app):
        server = app.state.wiring.server
        begun = masquerades.start(server, support, shop.users[Role.TENANT_OWNER], reason=REASON)
        mask = MasqueradeDesk.of(url, shop, server, begun)
        assert said(mask.http.get("/new")) == (403, "not_allowed")
        for capability in Capability:
            usable = may(Role.TENANT_OWNER, capability) and capability not in FORBIDDEN
            assert said(mask.http.get(f"/book/{capability}")) == ((200, "") if usable else (403, "not_allowed"))
        masquerades.stop(server, begun)
        assert said(mask.http.get("/book/see_book")) == (401, "masquerade_ended")
        mask.http.close()


FORBIDDEN = {
    Capability.MANAGE_TEAM, Capability.CHANGE_ROLES, Capability.MANAGE_DEVICES, Capability.READ_AUDIT,
    Capability.EXPORT, Capability.SHARE_CALENDAR, Capability.ERASE, Capability.CLOSE_BUSINESS, Capability.SEE_BILLING,
    Capability.REFUND,
}  # fmt: skip
"""What an owner holds and nobody uses as them; from the design."""


def test_an_owner_acts_as_staff_from_the_desk(url: str, engine: Engine, shop: Shop, desk: DeskMaker) -> None:
    owner = desk(Role.TENANT_OWNER)
    wish = {"target": shop.users[Role.TENANT_STAFF], "reason": "show how it looks"}
    reply = owner.http.post("/v1/masquerade/start", json=wish)
    assert reply.status_code == 200, reply.text
    begun = reply.json()
    assert (begun["user"], begun["about"]["business"]) == (wish["target"], shop.tenant.name)
    assert 1790 < begun["expires_in"] <= 1800
    mask = MasqueradeDesk.told(url, shop, begun)
    mask.register()
    assert [one["outcome"] for one in mask.push(mask.booking(next_day()))] == ["applied"]
    ours = shop.users[Role.TENANT_OWNER]
    assert log_of(engine, shop) == [("appointment.book", ours, wish["target"], "TENANT_STAFF", "applied")]
    assert said(owner.http.post("/v1/masquerade/start", json=wish)) == (409, "masquerading")
    assert said(mask.http.post("/v1/masquerade/start", json=wish)) == (409, "masquerading")
    denied = [one for one in chain(engine, shop.tenant) if one.kind == "masquerade.denied"]
    assert [(one.actor_id, one.as_whom_id) for one in denied] == [(ours, wish["target"])] * 2
    assert said(owner.http.post("/v1/masquerade/stop", json={})) == (403, "not_allowed")
    assert said(mask.http.post("/v1/masquerade/stop", json={})) == (204, "")
    owner.pull()
    mask.http.close()


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER])
def test_nobody_else_of_a_business_starts_one(visitor: DeskMaker, engine: Engine, shop: Shop, role: Role) -> None:
    who = visitor(role).sign_in()
    for target in shop.users.values():
        wish = {"target": target, "reason": "why not"}
        assert said(who.http.post("/v1/masquerade/start", json=wish)) == (403, "not_allowed")
    assert [one.kind for one in chain(engine, shop.tenant)].count("masquerade.denied") == 4


def test_an_owner_finds_nobody_elsewhere(engine: Engine, desk: DeskMaker) -> None:
    other = open_shop(engine)
    wish = {"target": other.users[Role.TENANT_STAFF], "reason": "look"}
    assert said(desk(Role.TENANT_OWNER).http.post("/v1/masquerade/start", json=wish)) == (404, "not_found")
    assert chain(engine, other.tenant) == []


def test_a_code_is_looked_at_and_redeemed_over_the_wire(
    url: str, engine: Engine, shop: Shop, server: Server, support: User
) -> None:
    begun = masquerades.start(server, support, shop.users[Role.TENANT_MANAGER], reason=REASON)
    offer = masquerades.offer_code(server, begun)
    look = httpx2.post(f"{url}/v1/masquerade/code", json={"opening": offer.code})
    assert look.status_code == 200
    about = look.json()
    assert about["actor"] == {
        "name": support.name, "email": support.email, "role": "PLATFORM_SUPPORT", "tenant": None,
    }  # fmt: skip
    assert (about["target"]["tenant"], about["reason"]) == (shop.tenant.slug, REASON)
    wish = {"opening": offer.code, "digits": offer.digits}
    opened = httpx2.post(f"{url}/v1/masquerade/redeem", json=wish).json()
    assert opened["about"] == about
    mask = MasqueradeDesk.told(url, shop, opened)
    assert mask.register().pull()["version"] > 0
    assert said(httpx2.post(f"{url}/v1/masquerade/redeem", json=wish)) == (403, "wrong_code")
    mask.http.close()


HOSTILE: list[Json] = [
    {}, {"opening": ""}, {"opening": "x" * 101}, {"opening": 7}, {"opening": None}, {"opening": ["x"]},
    {"opening": "a\0b"}, {"opening": "x", "digits": "123"}, {"opening": "x", "digits": "\u0663\u0664"},
    {"opening": "x", "digits": 12}, {"opening": "x", "digits": "1 "}, {"opening": "x", "more": 1},
    {"target": "x", "reason": "y"}, {"target": new_id(), "reason": ""}, {"target": new_id(), "reason": "x" * 501},
    {"target": new_id(), "reason": "a\0"}, {"target": new_id().upper(), "reason": "x"},
    {"target": new_id(), "reason": "\u202e"}, {"target": new_id(), "reason": "  "},
]  # fmt: skip


def test_what_does_not_fit_is_said_to_be_so_and_leaves_nothing(visitor: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner = visitor(Role.TENANT_OWNER).sign_in()
    before = len(chain(engine, shop.tenant))
    for end in ("start", "code", "redeem", "stop"):
        for body in HOSTILE:
            fits = (end == "code" and body == {"opening": "x"}) or (end == "stop")
            reply = owner.http.post(f"/v1/masquerade/{end}", json=body)
            if end == "stop":
                assert said(reply) == (403, "not_allowed")
            elif not fits:
                assert said(reply) == (422, "invalid"), (end, body)
        for raw in (b"", b"[]", b"{", b'"x"', b"\xff", b'{"opening":"x","opening":"y"}'):
            reply = owner.http.post(f"/v1/masquerade/{end}", content=raw)
            assert reply.status_code in (403, 422, 429), (end, raw)
        assert owner.http.post(f"/v1/masquerade/{end}", content=b" " * 40_000).status_code in (403, 413, 429)
    told = {(one.kind, one.subject) for one in chain(engine, shop.tenant)[before:]}
    assert told == {("access.refused", "POST /v1/masquerade/stop")}
    for unknown in ("x", "0" * 43, "eyJhbGciOi"):
        assert said(owner.http.post("/v1/masquerade/code", json={"opening": unknown})) == (403, "wrong_code")
        wish = {"opening": unknown, "digits": "12"}
        assert said(owner.http.post("/v1/masquerade/redeem", json=wish)) == (403, "wrong_code")


def test_a_token_whose_actor_is_no_one_name_is_none(url: str, shop: Shop, server: Server, masked: Any) -> None:
    _, begun = masked()
    now = clock.now()
    good = {
        "sub": begun.target.id, "tenant": shop.tenant.id, "device": begun.id, "sid": begun.id,
    }  # fmt: skip
    wrong: list[Any] = [{}, {"sub": begun.actor.id, "act": {"sub": new_id()}}, "x", [], {"sub": 7}]
    for act in wrong:
        token = server.keys.access_token({**good, "act": act}, issued=now, expires=begun.expires_at)
        reply = httpx2.get(f"{url}/v1/sync/live", headers={"Authorization": f"Bearer {token}"})
        assert said(reply) == (401, "reauth"), act
    # And one that names no actor is of no session: the masquerade's is not the target's own.
    others: list[tuple[Json, str]] = [({}, "reauth"), ({"act": {"sub": new_id()}}, "masquerade_ended")]
    for more, code in others:
        token = server.keys.access_token({**good, **more}, issued=now, expires=begun.expires_at)
        desk = MasqueradeDesk.told(url, shop, {"session": begun.id, "access_token": token})
        assert said(desk.try_register()) == (401, code)
        desk.http.close()
