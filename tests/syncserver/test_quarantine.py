"""What the server sets aside is kept for a person: an item on every desk, settled by whoever leads the business."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.attention import AttentionItem
from shared.model.member import Role
from shared.model.registry import entity_type
from shared.mutations.registry import MUTATIONS
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.users import change_user, find_user
from tests.support.shop import Shop
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

Items = dict[str, AttentionItem]


def items(desk: WireDesk) -> Items:
    """The open items as a desk has them, by the edit that each is of."""
    desk.pull()
    found = [entity_type(AttentionItem).decode(row) for row in desk.rows.get("attention_item", {}).values()]
    return {one.mutation_id: one for one in found if one.state == "open"}


def settled(desk: WireDesk, item: AttentionItem, choice: str) -> Json:
    (outcome,) = desk.push(desk.edit("attention.resolve", {"item_id": item.id, "choice": choice}))
    return outcome


def left_behind(desk: DeskMaker, shop: Shop) -> tuple[WireDesk, Json, Json]:
    """The owner's desk, and a booking that somebody left waiting there who signed out; with its outcome."""
    owner = desk(Role.TENANT_OWNER)
    gone = desk(Role.TENANT_STAFF, device=owner.device)
    left = owner.booking(next_day(), notes="promised by phone") | {"author": gone.session}
    gone.sign_out()
    (outcome,) = owner.push(left)
    return owner, left, outcome


def test_what_was_left_by_who_signed_out_is_shown_on_every_desk(desk: DeskMaker, shop: Shop) -> None:
    owner, left, outcome = left_behind(desk, shop)
    assert outcome["outcome"] == "quarantined"
    kept = items(owner)[left["id"]]
    assert (kept.id, kept.code, kept.details["incident"]) == (outcome["item"], "quarantined", outcome["incident"])
    assert (kept.author_id, kept.details["why"]) == (shop.users[Role.TENANT_STAFF], "author")
    assert kept.args["notes"] == "promised by phone"
    assert items(desk(Role.TENANT_STAFF)) == items(owner)


@pytest.mark.parametrize(("choice", "count"), [("keep", 1), ("drop", 0)])
def test_the_owner_takes_it_over_or_lets_it_go(desk: DeskMaker, shop: Shop, choice: str, count: int) -> None:
    owner, left, _ = left_behind(desk, shop)
    kept = items(owner)[left["id"]]
    staff = desk(Role.TENANT_STAFF)
    assert settled(staff, kept, choice)["code"] == "not_allowed"
    assert settled(owner, kept, choice)["outcome"] == "applied"
    assert items(owner) == {}
    assert len(owner.rows.get("appointment", {})) == count


def test_what_nobody_stands_for_has_no_author(desk: DeskMaker, shop: Shop) -> None:
    mine = desk(Role.TENANT_OWNER)
    stray = mine.booking(next_day(), notes="whose?") | {"author": new_id()}
    mine.push(stray)
    assert items(mine)[stray["id"]].author_id is None
    waiting = mine.edit("note.add", note_of(stray["args"]["appointment_id"]))
    (outcome,) = mine.push(waiting)
    assert (outcome["code"], outcome["item"]) == ("dependency", items(mine)[stray["id"]].id)
    settled(mine, items(mine)[stray["id"]], "keep")
    mine.pull()
    assert [row[3] for row in mine.rows["note"].values()] == ["of it"]


def note_of(appointment: str) -> Json:
    return {"note_id": new_id(), "about": "appointment", "subject_id": appointment, "text": "of it"}


def test_an_edit_under_an_id_that_is_taken_is_kept_by_an_item_of_its_own(desk: DeskMaker) -> None:
    mine = desk(Role.TENANT_OWNER)
    first = mine.booking(next_day())
    other = mine.edit("customer.create", {"customer_id": new_id(), "name": "Eva"}, id=first["id"])
    outcomes = mine.push(first, other)
    assert [one["outcome"] for one in outcomes] == ["applied", "quarantined"]
    (kept,) = items(mine).values()
    assert (kept.id, kept.details["why"], kept.args["name"]) == (outcomes[1]["item"], "same_id", "Eva")


@pytest.mark.parametrize("was", [{}, {"was_version": 1, "was_outcome": "quarantined"}])
def test_it_is_the_same_item_under_each_name_of_its_desk(desk: DeskMaker, was: Json) -> None:
    """A desk that begins again brings it once more, in the same push as well."""
    mine = desk(Role.TENANT_OWNER)
    first = mine.booking(next_day())
    other = mine.edit("customer.create", {"customer_id": new_id(), "name": "Eva"}, id=first["id"])
    _, outcome = mine.push(first, other)
    mine.replica, mine.seq, mine.cursor = new_id(), 2, None
    mine.register()
    again = [{**other, **was, "lease": mine.lease, "seq": seq} for seq in (1, 2)]
    assert mine.push(*again) == [{**outcome, "seq": seq} for seq in (1, 2)]
    assert mine.push(*again) == [{**outcome, "seq": seq} for seq in (1, 2)]
    assert [one.id for one in items(mine).values()] == [outcome["item"]]


def test_p8_what_always_fails_is_kept_with_its_incident(
    desk: DeskMaker, engine: Engine, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk(Role.TENANT_OWNER)
    poison = mine.edit("customer.update", {"customer_id": shop.customer, "tags_added": ["vip"]})

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setitem(MUTATIONS, "customer.update", replace(MUTATIONS["customer.update"], run=fails))
        codes = [mine.try_push(poison).status_code for _ in range(5)]
        assert codes == [503, 503, 503, 503, 200]
    kept = items(mine)[poison["id"]]
    assert (kept.details["why"], kept.author_id) == ("failed", shop.users[Role.TENANT_OWNER])
    assert settled(mine, kept, "keep")["outcome"] == "applied"
    mine.pull()
    assert mine.rows["customer"][shop.customer][5] == ["vip"]
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        logged = connection.exec_driver_sql(
            "SELECT details FROM mutation_log WHERE outcome = 'quarantined'"
        ).scalar_one()
    assert orjson.loads(logged)["item"] == kept.id


def test_p8_failures_of_an_edit_that_was_withdrawn_are_not_counted_against_the_next_of_its_number(
    desk: DeskMaker, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk(Role.TENANT_OWNER)
    first = mine.edit("customer.update", {"customer_id": shop.customer, "tags_added": ["vip"]})
    second = first | {"id": new_id(), "args": {"customer_id": shop.customer, "tags_added": ["late"]}}

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setitem(MUTATIONS, "customer.update", replace(MUTATIONS["customer.update"], run=fails))
        assert [mine.try_push(first).status_code for _ in range(4)] == [503] * 4
        assert [mine.try_push(second).status_code for _ in range(4)] == [503] * 4
    assert [told["outcome"] for told in mine.push(second)] == ["applied"]


@pytest.mark.parametrize("what", ["wants", "wants_next"])
def test_what_fails_to_say_what_it_reads_is_kept_as_well_and_holds_up_nobody(
    desk: DeskMaker, shop: Shop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    mine, other = desk(Role.TENANT_OWNER), desk()
    before = mine.edit("customer.create", {"customer_id": new_id(), "name": "Ida"})
    poison = mine.edit("customer.update", {"customer_id": shop.customer, "tags_added": ["vip"]})
    after = mine.edit("customer.create", {"customer_id": new_id(), "name": "Uli"})
    changes: dict[str, Any] = {what: _fails}
    with monkeypatch.context() as broken:
        broken.setitem(MUTATIONS, "customer.update", replace(MUTATIONS["customer.update"], **changes))
        for _ in range(4):
            assert mine.try_push(before, poison, after).json()["code"] == "retry"
            other.push(other.edit("customer.create", {"customer_id": new_id(), "name": "Eva"}))
        outcomes = mine.push(before, poison, after)
        assert [one["outcome"] for one in outcomes] == ["applied", "quarantined", "applied"]
        assert mine.push(before, poison, after) == outcomes
        kept = items(mine)[poison["id"]]
        assert (kept.details["why"], kept.args["tags_added"]) == ("failed", ["vip"])
    assert settled(mine, kept, "keep")["outcome"] == "applied"


def _fails(*_: object) -> Any:
    raise ZeroDivisionError


def test_edits_of_a_person_who_was_disabled_wait_for_the_owner(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = desk(Role.TENANT_OWNER)
    staff = desk(Role.TENANT_STAFF, device=owner.device)
    user = find_user(engine, shop.users[Role.TENANT_STAFF])
    assert user is not None
    change_user(engine, shop.tenant, replace(user, is_active=False))
    edits = [owner.booking(next_day(hour)) | {"author": staff.session} for hour in (9, 11)]
    assert [one["outcome"] for one in owner.push(*edits)] == ["quarantined"] * 2
    found = items(owner)
    assert {one.author_id for one in found.values()} == {user.id}
    for one in found.values():
        assert settled(owner, one, "keep")["outcome"] == "applied"
    owner.pull()
    assert len(owner.rows["appointment"]) == 2
