"""What the server itself does is decided, written and logged as what a desk does."""

from typing import Any

import pytest
import sqlalchemy.exc
from sqlalchemy import Engine, insert

from shared.clock import instant_text, now
from shared.errors import Code, Refusal
from shared.ids import new_id
from shared.model.base import MutationId
from shared.model.member import Role
from shared.model.registry import canonical
from shared.mutations.registry import Actor
from syncserver.services.sync.gateway import Edit, EditRefused, Recording, record
from syncserver.store.tables import tenant as tables
from syncserver.store.tenancy import take_clock, tenant_transaction
from tests.support.shop import Shop, stored_rows
from tests.support.wire_desk import next_day
from tests.syncserver.conftest import DeskMaker


def edit(name: str, /, **args: Any) -> Edit:
    return Edit(id=MutationId(new_id()), name=name, args=args, at=now())


def new_customer(name: str = "Ida") -> Edit:
    return edit("customer.create", customer_id=new_id(), name=name)


def booking(shop: Shop, hour: int = 10) -> Edit:
    return edit(
        "appointment.book", appointment_id=new_id(), customer_id=shop.customer, location_id=shop.location,
        start=instant_text(next_day(hour)), segments=[{"service_id": shop.cut, "resources": [shop.ana]}],
    )  # fmt: skip


def recorded(engine: Engine, shop: Shop, *edits: Edit, role: Role = Role.TENANT_OWNER, **how: Any) -> Recording:
    with tenant_transaction(engine, shop.tenant) as connection:
        return record(connection, shop.tenant, edits, Actor(user_id=shop.users[role], role=role), **how)


def log_of(engine: Engine, shop: Shop) -> list[Any]:
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return list(connection.exec_driver_sql("SELECT * FROM mutation_log ORDER BY version, ordinal"))


def test_it_is_logged_with_its_author_and_comes_from_no_replica(engine: Engine, shop: Shop) -> None:
    edits = [new_customer(), booking(shop)]
    made = recorded(engine, shop, *edits)
    log = log_of(engine, shop)
    assert [(str(one.id), one.ordinal, one.at) for one in log] == [
        (one.id, place, one.at) for place, one in enumerate(edits)
    ]
    assert {one.version for one in log} == {made.version}
    assert {(one.replica_id, one.seq, one.session_id) for one in log} == {(None, None, None)}
    assert {(str(one.user_id), one.role) for one in log} == {(shop.users[Role.TENANT_OWNER], "TENANT_OWNER")}
    assert [one.outcome for one in made.outcomes] == ["applied", "applied"]


def test_a_desk_pulls_it(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    mine.pull()
    ida = new_customer()
    recorded(engine, shop, ida)
    mine.pull()
    assert mine.rows["customer"][ida.args["customer_id"]][1] == "Ida"


def test_a_refused_one_needs_attention(engine: Engine, shop: Shop) -> None:
    first, second = recorded(engine, shop, booking(shop), booking(shop)).outcomes
    assert (first.outcome, second.outcome, second.details["code"]) == ("applied", "rejected", "slot_taken")
    assert second.details["item"] in stored_rows(engine, shop.tenant)["attention_item"]
    assert log_of(engine, shop)[1].details == canonical(second.details)


def test_the_actors_role_decides(engine: Engine, shop: Shop) -> None:
    price = [{"field": "price", "was": 4500, "value": 1}]
    wish = edit("service.update", service_id=shop.cut, edits=price)
    (outcome,) = recorded(engine, shop, wish, role=Role.TENANT_STAFF).outcomes
    assert (outcome.outcome, outcome.details["code"]) == ("rejected", "not_allowed")


def test_where_all_must_apply_a_refused_one_leaves_nothing_behind(engine: Engine, shop: Shop) -> None:
    before = stored_rows(engine, shop.tenant)
    with pytest.raises(EditRefused, match="slot_taken"):
        recorded(engine, shop, new_customer(), booking(shop), booking(shop), must_apply=True)
    assert stored_rows(engine, shop.tenant) == before
    assert log_of(engine, shop) == []


def test_what_was_recorded_before_does_nothing_again(engine: Engine, shop: Shop) -> None:
    edits = [new_customer(), booking(shop), booking(shop)]
    made = recorded(engine, shop, *edits)
    rows, log = stored_rows(engine, shop.tenant), log_of(engine, shop)
    assert recorded(engine, shop, *edits).outcomes == made.outcomes
    assert (stored_rows(engine, shop.tenant), log_of(engine, shop)) == (rows, log)


def test_an_edit_that_a_desk_made_is_known_here_too(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    pushed = mine.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})
    mine.push(pushed)
    again = Edit(id=MutationId(pushed["id"]), name=pushed["name"], args=pushed["args"], at=now())
    assert [one.outcome for one in recorded(engine, shop, again).outcomes] == ["applied"]
    assert len(log_of(engine, shop)) == 1


def test_an_id_stands_for_one_edit(engine: Engine, shop: Shop) -> None:
    ida = new_customer()
    recorded(engine, shop, ida)
    other = Edit(id=ida.id, name=ida.name, args={**ida.args, "name": "Ada"}, at=ida.at)
    with pytest.raises(ValueError, match=f"has the id {ida.id}"):
        recorded(engine, shop, other)


def test_arguments_that_do_not_fit_are_refused_before_anything_is_decided(engine: Engine, shop: Shop) -> None:
    with pytest.raises(Refusal) as refused:
        recorded(engine, shop, new_customer(), edit("customer.create", customer_id="?", name="Ida"))
    assert refused.value.code is Code.INVALID
    assert log_of(engine, shop) == []


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"seq": None}, "origin"),
        ({"session_id": None}, "origin"),
        ({"replica_id": None}, "origin"),
        ({"replica_id": None, "seq": None, "user_id": None, "role": None}, "origin"),
        ({"role": None}, "author"),
        ({"user_id": None}, "author"),
    ],
)
def test_the_log_holds_no_half_of_an_origin_and_no_half_of_an_author(
    engine: Engine, shop: Shop, told: dict[str, Any], rule: str
) -> None:
    whole = {
        "version": 99, "ordinal": 0, "replica_id": new_id(), "seq": 1, "id": new_id(), "name": "customer.create",
        "v": 1, "args": "{}", "args_hash": "", "session_id": new_id(), "user_id": new_id(), "role": "TENANT_OWNER",
        "at": now(), "outcome": "applied", "details": "{}", "recorded_at": now(),
    }  # fmt: skip
    with tenant_transaction(engine, shop.tenant) as connection:
        take_clock(connection, shop.tenant)
        with pytest.raises(sqlalchemy.exc.IntegrityError, match=f"mutation_log_{rule}"), connection.begin_nested():
            connection.execute(insert(tables.mutation_log).values(whole | told))
