"""A first sync that is cut off goes on where it stopped, over as many requests and versions as it takes."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Feature, Tier
from shared.model.registry import ENTITIES
from shared.rules.permissions import Capability
from shared.rules.plans import NEEDS
from shared.rules.views import HELD_BY
from syncserver.store import feeds
from syncserver.store.rows import flush
from syncserver.store.tenancy import take_clock, tenant_transaction
from syncserver.store.users import change_user, find_user
from tests.support.shop import Shop, open_shop, put_on_tier, put_rows, stored_rows
from tests.support.wire_desk import Json, WireDesk, lines_of, next_day
from tests.syncserver.conftest import DeskMaker

Rows = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PAGE", 2)


def load(desk: WireDesk, resume: str | None = None) -> list[Json]:
    reply = desk.try_pull(**({} if resume is None else {"resume": resume}))
    assert reply.status_code == 200, reply.text
    return lines_of(reply)


def took(rows: Rows, lines: list[Json]) -> None:
    for line in lines:
        if line["kind"] == "rows":
            rows[line["table"]] |= {row[0]: row for row in line["rows"]}
        for gone in line["ids"] if line["kind"] == "removals" else ():
            rows[line["table"]].pop(gone, None)


def customers(count: int) -> list[Customer]:
    return [Customer(id=CustomerId(new_id()), name=f"Customer {number}") for number in range(count)]


def remove(engine: Engine, shop: Shop, row_id: str) -> None:
    with tenant_transaction(engine, shop.tenant) as connection:
        flush(connection, take_clock(connection, shop.tenant), {("customer", row_id): None})


def become(engine: Engine, shop: Shop, role: Role, *, was: Role) -> None:
    user = find_user(engine, shop.users[was])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, role=role))


def test_each_line_of_rows_says_how_to_go_on_after_it(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    put_rows(engine, shop.tenant, *customers(5))
    mine = desk()
    lines = load(mine)
    for place, line in enumerate(lines[1:-1], start=1):
        rest = load(mine, line["resume"])
        assert [one["rows"] for one in rest[1:-1]] == [one["rows"] for one in lines[place + 1 : -1]]
        assert sum(rest[0]["counts"].values()) == sum(len(one["rows"]) for one in rest[1:-1])
        assert (rest[0]["version"], rest[0]["full"]) == (lines[0]["version"], True)
        assert (rest[-1]["version"], rest[-1]["last_seq"]) == (lines[0]["version"], 0)


def test_the_difference_from_where_it_began_closes_a_load_of_many_versions(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """P19 and P35: rows come, change and go behind and before what was reached; no snapshot outlives a request."""
    known = customers(6)
    put_rows(engine, shop.tenant, *known)
    mine = desk()
    rows: Rows = {table: {} for table in ENTITIES}
    head, *begun = load(mine)
    reached: str | None = None
    gone = iter(known)
    for number in range(40):
        lines = load(mine, reached)
        took(rows, lines[1:2])
        first = next(gone, None)
        put_rows(engine, shop.tenant, *customers(1), *([replace(first, name=f"Changed {number}")] if first else []))
        if number % 2 and first is not None:
            remove(engine, shop, first.id)
        mine.push(mine.booking(next_day(9 + number % 8, days=1 + number)))
        if lines[1]["kind"] == "tail":
            break
        reached = lines[1]["resume"]
    else:
        # Each round adds less than it takes: it ends.
        lines = load(mine, reached)
    assert lines[-1]["version"] == head["version"]
    assert head["newest"] == head["version"] < lines[0]["newest"], "rows that came later are of a later version"
    took(rows, lines)
    delta = lines_of(mine.try_pull(lines[-1]["cursor"]))
    took(rows, delta)
    assert rows == stored_rows(engine, shop.tenant)
    assert [one["seq"] for one in delta[-1]["outcomes"]] == list(range(1, delta[-1]["last_seq"] + 1))
    assert begun


def test_a_token_that_is_not_ours_starts_afresh(desk: DeskMaker) -> None:
    mine = desk()
    lines = load(mine)
    token, cursor = lines[1]["resume"], lines[-1]["cursor"]
    kid, body, tag = token.split(".")
    other = load(mine)[2]["resume"].split(".")[1]
    for forged in ("", "x", "..", f"{kid}.{body}.", f"{kid}.{other}.{tag}", cursor, mine.lease, "ü", token[:-1]):
        reply = mine.try_pull(resume=forged)
        assert (reply.status_code, reply.json()["code"]) == (410, "reset_required"), forged
    reply = mine.try_pull(token)
    assert (reply.status_code, reply.json()["code"]) == (410, "reset_required"), "a token is no cursor"


def test_a_token_of_another_replica_or_business_is_nothing(desk: DeskMaker, engine: Engine) -> None:
    """P44: whoever has it, it is good for the replica that it was given to."""
    mine, neighbour, foreign = desk(), desk(), desk(at=open_shop(engine))
    for other in (neighbour, foreign):
        reply = mine.try_pull(resume=load(other)[1]["resume"])
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
        assert other.shop.canary not in reply.text or other.shop is mine.shop
    reply = mine.try_pull(resume=load(mine)[1]["resume"], replica=neighbour.replica)
    assert reply.status_code == 404


def test_a_token_and_a_cursor_at_once_are_refused(desk: DeskMaker) -> None:
    mine = desk()
    lines = load(mine)
    reply = mine.try_pull(lines[-1]["cursor"], resume=lines[1]["resume"])
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")


def test_a_role_that_may_hold_less_ends_a_load_under_the_larger_view(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P19: the role changes in the middle of a bootstrap."""
    monkeypatch.setitem(HELD_BY, "customer", Capability.MANAGE_SETUP)
    mine = desk()
    lines = load(mine)
    assert lines[0]["counts"]["customer"] == 1
    become(engine, shop, Role.TENANT_STAFF, was=Role.TENANT_MANAGER)
    for asked in ({"resume": lines[1]["resume"]}, {"cursor": lines[-1]["cursor"]}):
        reply = mine.try_pull(**asked)
        assert (reply.status_code, reply.json()["code"]) == (410, "reset_required")
    fresh = load(mine)
    assert "customer" not in fresh[0]["counts"]
    assert {line["table"] for line in fresh[1:-1]} < ENTITIES.keys() - {"customer"}
    assert fresh[0]["view"] != lines[0]["view"]


def test_a_plan_that_holds_less_ends_what_was_begun_under_more(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.SETTLE_ATTENTION)
    monkeypatch.setitem(NEEDS, Capability.SETTLE_ATTENTION, Feature.REPORTS)
    mine = desk()
    lines = load(mine)
    assert "attention_item" in lines[0]["counts"]
    put_on_tier(engine, shop.tenant, Tier.STARTER)
    for asked in ({"resume": lines[1]["resume"]}, {"cursor": lines[-1]["cursor"]}):
        reply = mine.try_pull(**asked)
        assert (reply.status_code, reply.json()["code"]) == (410, "reset_required")
    fresh = load(mine)
    assert "attention_item" not in fresh[0]["counts"]
    assert mine.try_register().json()["view"] == fresh[0]["view"] != lines[0]["view"]


def test_a_plan_that_changes_no_table_resets_nobody(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    cursor = load(mine)[-1]["cursor"]
    put_on_tier(engine, shop.tenant, Tier.FREE)
    assert [line["kind"] for line in lines_of(mine.try_pull(cursor))] == ["head", "rows", "tail"]


def test_a_difference_tells_nothing_of_a_table_that_may_not_be_held(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HELD_BY, "customer", Capability.MANAGE_SETUP)
    mine = desk(Role.TENANT_STAFF)
    cursor = load(mine)[-1]["cursor"]
    (one, other) = customers(2)
    put_rows(engine, shop.tenant, one, other)
    remove(engine, shop, other.id)
    told = lines_of(mine.try_pull(cursor))
    assert [line["kind"] for line in told] == ["head", "tail"]
    assert told[0]["counts"] == {}


OTHER = [("epoch", "another", 409), ("schema", 0, 410), ("view", "another", 410)]


@pytest.mark.parametrize(("name", "other", "status"), OTHER)
def test_a_load_under_another_epoch_schema_or_view_ends(
    desk: DeskMaker, app: Any, name: str, other: object, status: int
) -> None:
    mine = desk()
    keys = app.state.wiring.server.keys
    told = keys.unseal("resume", load(mine)[1]["resume"])
    assert mine.try_pull(resume=keys.seal("resume", told)).status_code == 200
    reply = mine.try_pull(resume=keys.seal("resume", told | {name: other}))
    assert reply.status_code == status
    assert reply.json()["code"] in ("epoch_changed", "reset_required")


def test_a_load_that_began_in_a_version_which_is_not_there_ends(desk: DeskMaker, app: Any) -> None:
    """A server that was put back, and has no mark of how far desks were told."""
    mine = desk()
    keys = app.state.wiring.server.keys
    told = keys.unseal("resume", load(mine)[1]["resume"])
    reply = mine.try_pull(resume=keys.seal("resume", told | {"version": told["version"] + 1}))
    assert (reply.status_code, reply.json()["code"]) == (409, "epoch_changed")
