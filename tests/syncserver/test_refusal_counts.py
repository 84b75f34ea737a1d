"""The same refusal again and again: told one by one at first, then counted, and answered with a wait."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.audit import counting
from syncserver.services.audit.counting import MOST, WINDOW
from syncserver.services.identity import masquerades
from syncserver.services.server import Server, open_server
from syncserver.settings import Settings
from syncserver.store.events import Entry, Event, Kind, Outcome, Party
from syncserver.store.tenancy import control_transaction
from tests.support.admin_staff import AdminHttp, hire, session_of
from tests.support.masquerade import REASON
from tests.support.matrix import World, pushed
from tests.support.moving_clock import moved
from tests.support.shop import Shop
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_matrix import edit_args


def denied(engine: Engine, shop: Shop | None, actor: str | None) -> list[Entry]:
    told = chain(engine, shop.tenant if shop else None)
    return [one for one in told if one.actor_id == actor and one.outcome == "denied"]


def times(entry: Entry) -> int:
    """How many refusals an event tells of."""
    return int(json.loads(entry.details).get("times", 1))


def ask(desk: WireDesk, count: int, path: str = "/v1/audit") -> list[httpx2.Response]:
    return [desk.http.get(path) for _ in range(count)]


def test_the_first_are_told_one_by_one_and_the_rest_of_a_window_with_their_count(
    desk: DeskMaker, engine: Engine, shop: Shop, server: Server
) -> None:
    staff = desk(Role.TENANT_STAFF)
    who = shop.users[Role.TENANT_STAFF]
    assert [one.status_code for one in ask(staff, MOST)] == [403] * MOST
    slowed = ask(staff, 7)
    assert {(one.status_code, one.json()["code"]) for one in slowed} == {(429, "too_many_tries")}
    assert all(1 <= int(one.headers["retry-after"]) <= WINDOW.total_seconds() for one in slowed)
    assert len(denied(engine, shop, who)) == MOST
    with moved(WINDOW):
        assert ask(staff, 1)[0].status_code in (401, 403)
        server.audit.tell_counted()
    told = denied(engine, shop, who)
    (rest,) = [one for one in told if times(one) > 1]
    assert (rest.kind, rest.subject, times(rest), rest.actor_id) == ("access.refused", "read_audit", 7, who)
    assert json.loads(rest.details).keys() == {"why", "times", "since", "until"}
    assert sum(map(times, told)) in (MOST + 7, MOST + 8)


def test_only_what_is_refused_waits(desk: DeskMaker, shop: Shop) -> None:
    staff = desk(Role.TENANT_STAFF)
    ask(staff, MOST + 1)
    assert staff.http.get("/v1/devices").status_code == 200
    assert staff.pull()
    assert staff.http.get("/v1/export").status_code == 403, "another right is counted by itself"
    assert desk(Role.TENANT_MANAGER).http.get("/v1/audit").status_code == 403, "and another person, too"


def test_the_count_is_told_with_the_next_one(engine: Engine, shop: Shop, server: Server) -> None:
    event, who = refusal(shop)
    waits = [server.audit.refuse(event) for _ in range(MOST + 3)]
    assert waits[:MOST] == [0] * MOST
    assert min(waits[MOST:]) > 0
    with moved(WINDOW):
        assert server.audit.refuse(event) == 0
    assert [times(one) for one in denied(engine, shop, who)] == [1] * MOST + [3, 1]


def refusal(shop: Shop | None, what: str = "read_audit", **other: object) -> tuple[Event, str]:
    who = str(new_id())
    party = Party(id=who, email=f"{who}@x.example", platform=shop is None)
    tenant = shop.tenant if shop else None
    return Event(
        kind=Kind.ACCESS_REFUSED, outcome=Outcome.DENIED, tenant=tenant, actor=party, subject=what,
        details={"why": "not_allowed"}, **other,  # type: ignore[arg-type]
    ), who  # fmt: skip


def test_a_window_that_ends_is_told_once_whoever_looks_and_leaves_nothing(
    engine: Engine, shop: Shop, server: Server, settings: Settings
) -> None:
    event, who = refusal(shop)
    for _ in range(MOST + 5):
        server.audit.refuse(event)
    server.audit.tell_counted()
    assert len(denied(engine, shop, who)) == MOST, "not before it has ended"
    others = [open_server(engine, settings) for _ in range(3)]
    with moved(WINDOW), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.audit.tell_counted(), [server, *others]))
    assert [times(one) for one in denied(engine, shop, who)] == [1] * MOST + [5]
    assert rows_of(engine, who) == 0


def rows_of(engine: Engine, who: str) -> int:
    with control_transaction(engine, read_only=True) as connection:
        query = "SELECT count(*) FROM refusal_counts WHERE actor_id = %s"
        return int(connection.exec_driver_sql(query, (who,)).scalar_one())


def test_several_servers_count_together(engine: Engine, shop: Shop, server: Server, settings: Settings) -> None:
    event, who = refusal(shop)
    audits = [server.audit, *(open_server(engine, settings).audit for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda number: audits[number % 4].refuse(event), range(60)))
    assert waits.count(0) == MOST
    assert len(denied(engine, shop, who)) == MOST
    with moved(WINDOW):
        server.audit.tell_counted()
    assert sum(map(times, denied(engine, shop, who))) == 60


def test_one_person_fills_no_trail_with_many_different_refusals(
    engine: Engine, shop: Shop, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_OF_ALL", 10)
    event, who = refusal(shop)
    actor = event.actor
    events = [refusal(shop, what=f"right {number}")[0] for number in range(15)]
    for one in events * 2:
        server.audit.refuse(
            Event(kind=one.kind, outcome=one.outcome, tenant=one.tenant, actor=actor, subject=one.subject)
        )
    assert len(denied(engine, shop, who)) == 10
    with moved(WINDOW):
        server.audit.tell_counted()
    assert sum(map(times, denied(engine, shop, who))) == 30


def test_what_comes_from_nobody_is_told_as_ever(engine: Engine, shop: Shop, server: Server) -> None:
    what = f"a right {new_id()}"
    event = Event(kind=Kind.ACCESS_REFUSED, outcome=Outcome.DENIED, tenant=shop.tenant, subject=what)
    assert [server.audit.refuse(event) for _ in range(MOST + 1)] == [0] * (MOST + 1)
    assert len(denied(engine, shop, None)) == MOST + 1


def test_whom_somebody_wants_to_become_makes_no_other_count(
    url: str, engine: Engine, server: Server, shop: Shop
) -> None:
    sales = hire(engine, Role.PLATFORM_SALES)
    somebody = AdminHttp(url=url, user=sales, token=session_of(server, sales)[0])
    token = somebody.form_token()
    own = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    targets = (shop.users[Role.TENANT_OWNER], new_id(), hire(engine, Role.SUPERUSER).id)
    replies = [
        somebody.post_as(own, f"/users/{targets[number % 3]}/masquerade", csrf=token, reason=f"{REASON} {number}")
        for number in range(MOST + 6)
    ]
    somebody.http.close()
    assert {one.status_code for one in replies[:MOST]} == {403, 404}
    assert [one.status_code for one in replies[MOST:]] == [429] * 6
    assert all("retry-after" in one.headers for one in replies[MOST:])
    with moved(WINDOW):
        server.audit.tell_counted()
    told = [one for one in denied(engine, None, sales.id) if one.kind == "masquerade.denied"]
    assert (sum(map(times, told)), len(told)) == (MOST + 6, MOST + 1)
    assert rows_of(engine, sales.id) == 0


def test_what_is_refused_under_a_masquerade_is_counted_in_both_names(
    url: str, engine: Engine, server: Server, shop: Shop
) -> None:
    support = hire(engine, Role.PLATFORM_SUPPORT)
    somebody = AdminHttp(url=url, user=support, token=session_of(server, support)[0])
    masquerades.start(server, support, shop.users[Role.TENANT_STAFF], reason=REASON)
    replies = [somebody.get("/account") for _ in range(MOST + 2)]
    somebody.http.close()
    assert [one.status_code for one in replies] == [403] * MOST + [429] * 2
    with moved(WINDOW):
        server.audit.tell_counted()
    last = denied(engine, shop, support.id)[-1]
    assert (last.kind, times(last), last.subject) == ("masquerade.action_denied", 2, "GET /admin/account")
    assert (last.as_whom_id, last.reason) == (shop.users[Role.TENANT_STAFF], REASON)


def test_edits_that_are_refused_are_decided_as_ever_and_counted(world: World, engine: Engine, server: Server) -> None:
    staff = world.desk(Role.TENANT_STAFF, world.somebody(world.mine, Role.TENANT_STAFF))
    who = next(one.actor_id for one in reversed(chain(engine, world.mine.tenant)) if one.kind == "sign_in.tried")
    for _ in range(MOST + 4):
        body = pushed(world, staff, staff.replica, name="business.update", args=edit_args(world, "business.update"))
        staff.seq += 1
        reply = staff.http.post("/v1/sync/push", json=body)
        assert reply.status_code == 200, reply.text
    staff.http.close()
    assert len(denied(engine, world.mine, who)) == MOST
    with moved(WINDOW):
        server.audit.tell_counted()
    assert sum(map(times, denied(engine, world.mine, who))) == MOST + 4


def test_what_cannot_be_counted_is_refused_all_the_same(
    desk: DeskMaker, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = desk(Role.TENANT_STAFF)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE refusal_counts RENAME TO refusal_counts_gone")
    try:
        assert ask(staff, 1)[0].status_code == 403
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE refusal_counts_gone RENAME TO refusal_counts")
