"""A desk that is shut out hands in what it has by its ticket: once, into quarantine, for the owner to decide."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from syncserver.services.sync import handing_in
from syncserver.store.tenancy import tenant_transaction
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_quarantine import items, settled

OWNER, MANAGER, STAFF = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF


def shut_out(owner: WireDesk, desk: WireDesk) -> None:
    reply = owner.http.post(f"/v1/devices/{desk.device}/revoke", json={})
    assert reply.status_code == 204, reply.text


def disabled(owner: WireDesk, desk: WireDesk) -> None:
    reply = owner.http.post(f"/v1/team/{desk.shop.users[desk.role]}/disable", json={})
    assert reply.status_code == 204, reply.text


def ticket(desk: WireDesk) -> str:
    """What the next contact of a desk that was shut out is answered with."""
    told = desk.try_refresh()
    assert (told.status_code, told.json()["code"]) == (401, "revoked")
    return str(told.json()["ticket"])


def hand_in(desk: WireDesk, *edits: Json, by: str = "", **other: Any) -> httpx2.Response:
    wish = {"ticket": by or ticket(desk), "replica": desk.replica, "mutations": list(edits)}
    return desk.http.post("/v1/sync/hand-in", json=wish | {"last": True, "books_left": 0} | other)


def code_of(reply: httpx2.Response) -> str:
    return str(reply.json()["code"])


def kept(engine: Engine, shop: Shop) -> list[str]:
    """The mutations that are in quarantine."""
    sql = "SELECT id::text FROM mutation_log WHERE outcome = 'quarantined' ORDER BY version, ordinal"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        return list(connection.exec_driver_sql(sql).scalars())


def shown(owner: WireDesk, device: str) -> Json:
    found: list[Json] = owner.http.get("/v1/devices").json()["devices"]
    return next(one for one in found if one["id"] == device)


def test_what_waits_at_a_revoked_desk_is_the_owners_to_decide(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    first, second = lost.booking(next_day(), notes="by phone"), lost.booking(next_day(12))
    shut_out(owner, lost)
    assert shown(owner, lost.device)["handed_in_at"] is None
    reply = hand_in(lost, first, second)
    assert (reply.status_code, reply.json()["taken"]) == (200, 2)
    assert not stored_rows(engine, shop.tenant)["appointment"], "nothing of it is applied by itself"
    found = items(owner)
    assert {found[one["id"]].details["why"] for one in (first, second)} == {"revoked"}
    assert {one.author_id for one in found.values()} == {shop.users[STAFF]}
    assert settled(owner, found[first["id"]], "keep")["outcome"] == "applied"
    assert settled(owner, found[second["id"]], "drop")["outcome"] == "applied"
    assert len(stored_rows(engine, shop.tenant)["appointment"]) == 1
    assert shown(owner, lost.device)["handed_in_at"] is not None


def test_what_fails_to_say_what_it_reads_is_handed_in_as_well(
    desk: DeskMaker, shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edit = lost.booking(next_day(), notes="by phone")
    shut_out(owner, lost)

    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(MUTATIONS, "appointment.book", replace(MUTATIONS["appointment.book"], wants=fails))
    assert hand_in(lost, edit).status_code == 200
    assert items(owner)[edit["id"]].args["notes"] == "by phone"


def test_a_lost_answer_hands_in_nothing_twice(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edits = [lost.booking(next_day(hour)) for hour in (9, 10, 11)]
    assert lost.push(edits[0])[0]["outcome"] == "applied"
    shut_out(owner, lost)
    for part, last in ((edits[:2], False), (edits[:2], False), (edits[1:], True), (edits[1:], True), (edits, True)):
        assert hand_in(lost, *part, last=last).status_code == 200
    assert kept(engine, shop) == [edits[1]["id"], edits[2]["id"]], "what was decided before is not set aside"
    assert [one.kind for one in chain(engine, shop.tenant)].count("device.handed_in") == 3


def test_the_rest_is_not_taken_by_a_server_that_was_put_back_after_a_part(
    desk: DeskMaker, shop: Shop, engine: Engine
) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edits = [lost.booking(next_day(hour)) for hour in (9, 10)]
    shut_out(owner, lost)
    epoch = hand_in(lost, edits[0], last=False).json()["epoch"]
    reply = hand_in(lost, edits[1], epoch=new_id())
    assert (reply.status_code, code_of(reply)) == (409, "epoch_changed")
    assert kept(engine, shop) == [edits[0]["id"]]
    assert shown(owner, lost.device)["handed_in_at"] is None, "the rest is still to come"
    assert hand_in(lost, edits[1], epoch=epoch).json() == {"taken": 1, "epoch": epoch}


def test_a_ticket_is_good_once(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edit, late = lost.booking(next_day()), lost.booking(next_day(12))
    shut_out(owner, lost)
    used = ticket(lost)
    assert hand_in(lost, edit, by=used).status_code == 200
    for by in (used, ticket(lost)):
        assert code_of(hand_in(lost, late, by=by)) == "ticket_spent"
    assert kept(engine, shop) == [edit["id"]]


def test_an_edit_under_the_id_of_another_is_kept_once(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    known = owner.booking(next_day())
    owner.push(known)
    other = lost.booking(next_day(15)) | {"id": known["id"]}
    shut_out(owner, lost)
    assert hand_in(lost, other, last=False).status_code == hand_in(lost, other).status_code == 200
    assert len(kept(engine, shop)) == 1


def test_who_is_disabled_hands_in_their_own_and_the_others_work_on(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    stays = desk(MANAGER, device=gone.device)
    theirs, others = gone.booking(next_day(9)), gone.booking(next_day(11)) | {"author": stays.session}
    disabled(owner, gone)
    told = gone.try_refresh().json()
    assert told["whole_device"] is False
    assert hand_in(gone, theirs, others, by=told["ticket"]).json()["taken"] == 2
    assert kept(engine, shop) == [theirs["id"]]
    stays.replica = gone.replica
    assert [one["outcome"] for one in stays.push(theirs, others)] == ["quarantined", "applied"]
    assert kept(engine, shop) == [theirs["id"]]
    assert shown(owner, gone.device)["handed_in_at"] is None, "the device is nobody's to be handed in"


def test_who_signs_in_after_being_shut_out_gets_a_ticket_at_their_own_desk_alone(
    desk: DeskMaker, visitor: DeskMaker, shop: Shop
) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    lost.sign_out()
    disabled(owner, lost)
    assert "ticket" in lost.try_sign_in().json()
    assert "ticket" in lost.try_refresh().json()
    elsewhere = visitor(STAFF).try_sign_in().json()
    assert (elsewhere["code"], "ticket" in elsewhere) == ("revoked", False)


def test_no_ticket_without_the_proof_of_the_device(desk: DeskMaker) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    shut_out(owner, lost)
    bare = lost.http.post("/v1/auth/refresh", json={"refresh_token": lost.refresh_token}).json()
    assert (bare["code"], "ticket" in bare) == ("reauth", False)
    assert "ticket" not in lost.try_register().json(), "an access token is shown by whoever has it"


def test_a_ticket_is_good_for_its_own_tenant_and_device(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost, other = desk(OWNER), desk(STAFF), desk(STAFF)
    away = desk(STAFF, at=open_shop(engine))
    shut_out(owner, lost)
    by = ticket(lost)
    edit = lost.booking(next_day())
    assert code_of(hand_in(lost, edit, by=by, replica=other.replica)) == "not_found"
    assert hand_in(lost, edit, by=by, replica=away.replica).status_code == 200
    assert (kept(engine, shop), kept(engine, away.shop)) == ([edit["id"]], [])
    for bad in (f"{by}x", "x", away.refresh_token):
        assert code_of(hand_in(lost, edit, by=bad)) == "ticket_spent"


def test_a_ticket_ends(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edit = lost.booking(next_day())
    shut_out(owner, lost)
    by = ticket(lost)
    with monkeypatch.context() as later:
        at = clock.now() + timedelta(hours=1, seconds=1)
        later.setattr(clock, "now", lambda: at)
        assert code_of(hand_in(lost, edit, by=by)) == "ticket_spent"
    assert hand_in(lost, edit, by=by).status_code == 200


def test_whoever_was_let_in_again_has_no_use_of_a_ticket(desk: DeskMaker) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    disabled(owner, gone)
    by = ticket(gone)
    assert owner.http.post(f"/v1/team/{gone.shop.users[STAFF]}/enable", json={}).status_code == 204
    assert code_of(hand_in(gone, gone.booking(next_day()), by=by)) == "ticket_spent"


def let_in(owner: WireDesk, desk: WireDesk) -> None:
    reply = owner.http.post(f"/v1/team/{desk.shop.users[desk.role]}/enable", json={})
    assert reply.status_code == 204, reply.text
    desk.sign_in()


def test_who_was_let_in_again_hands_in_what_they_have_made_since(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    edits = [gone.booking(next_day(9))]
    for hour in (11, 13):
        disabled(owner, gone)
        assert hand_in(gone, *edits).status_code == 200
        let_in(owner, gone)
        edits.append(gone.booking(next_day(hour)))
    shut_out(owner, gone)
    assert hand_in(gone, *edits).status_code == 200
    assert kept(engine, shop) == [one["id"] for one in edits]
    assert code_of(hand_in(gone, gone.booking(next_day(15)))) == "ticket_spent"


def test_that_all_of_ones_own_is_handed_in_is_not_all_of_the_replica(
    desk: DeskMaker, shop: Shop, engine: Engine
) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    stays = desk(MANAGER, device=gone.device)
    theirs, others = gone.booking(next_day(9)), gone.booking(next_day(11)) | {"author": stays.session}
    disabled(owner, gone)
    assert hand_in(gone, theirs, others).status_code == 200
    shut_out(owner, gone)
    assert hand_in(gone, theirs, others).status_code == 200
    assert kept(engine, shop) == [theirs["id"], others["id"]]
    assert code_of(hand_in(gone, gone.booking(next_day(15)))) == "ticket_spent"


def given_role(owner: WireDesk, desk: WireDesk, role: Role) -> None:
    path = f"/v1/team/{desk.shop.users[desk.role]}/role"
    reply = owner.http.post(path, json={"role": role.value})
    assert reply.status_code == 204, reply.text


def test_who_is_given_a_role_without_a_desk_hands_in_what_waits(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    stays = desk(MANAGER, device=gone.device)
    theirs, others = gone.booking(next_day(9)), gone.booking(next_day(11)) | {"author": stays.session}
    given_role(owner, gone, Role.CUSTOMER)
    told = gone.try_refresh().json()
    assert (told["code"], told["whole_device"]) == ("revoked", False)
    assert hand_in(gone, theirs, others).json()["taken"] == 2
    assert kept(engine, shop) == [theirs["id"]], "the others work on"
    assert settled(owner, items(owner)[theirs["id"]], "keep")["outcome"] == "applied"


def test_who_was_signed_out_before_hands_in_by_the_session_that_is_over(
    desk: DeskMaker, shop: Shop, engine: Engine
) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    edit = gone.booking(next_day())
    gone.sign_out()
    given_role(owner, gone, Role.CUSTOMER)
    assert hand_in(gone, edit).status_code == 200
    assert kept(engine, shop) == [edit["id"]]


def test_who_is_given_a_desk_again_goes_on_and_may_lose_it_again(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    edits = []
    for hour in (9, 11):
        edits.append(gone.booking(next_day(hour)))
        given_role(owner, gone, Role.CUSTOMER)
        by = ticket(gone)
        assert hand_in(gone, *edits, by=by).status_code == 200
        given_role(owner, gone, STAFF)
        assert code_of(hand_in(gone, gone.booking(next_day(15)), by=by)) == "ticket_spent"
        assert gone.try_refresh().status_code == 200
    assert kept(engine, shop) == [one["id"] for one in edits]


def test_a_customer_who_signs_in_where_no_book_is_has_nothing_to_hand_in(visitor: DeskMaker) -> None:
    customer = visitor(Role.CUSTOMER).sign_in()
    assert customer.try_refresh().status_code == 200
    customer.refresh_token = customer.try_refresh().json()["refresh_token"]
    customer.sign_out()
    told = customer.try_refresh().json()
    assert (told["code"], "ticket" in told) == ("reauth", False)


def test_who_has_no_desk_any_more_signs_in_like_any_customer(desk: DeskMaker) -> None:
    owner, gone = desk(OWNER), desk(STAFF)
    given_role(owner, gone, Role.CUSTOMER)
    assert gone.try_sign_in().status_code == 200


def test_no_quarantine_is_filled_without_end(
    desk: DeskMaker, shop: Shop, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_in, "MOST", 2)
    owner, lost = desk(OWNER), desk(STAFF)
    edits = [lost.booking(next_day(hour)) for hour in (9, 10, 11)]
    shut_out(owner, lost)
    assert hand_in(lost, *edits[:2], last=False).status_code == 200
    assert code_of(hand_in(lost, edits[2])) == "too_large"
    assert code_of(hand_in(lost, edits[2], replica=new_id())) == "too_large"
    assert len(kept(engine, shop)) == 2


def test_what_only_a_newer_program_knows_waits_for_the_upgrade(desk: DeskMaker, shop: Shop, engine: Engine) -> None:
    owner, lost = desk(OWNER), desk(STAFF)
    edit, newer = lost.booking(next_day()), lost.booking(next_day(12)) | {"v": 99}
    shut_out(owner, lost)
    assert hand_in(lost, edit, newer).json()["taken"] == 1
    assert code_of(hand_in(lost, newer)) == "retry"
    assert shown(owner, lost.device)["handed_in_at"] is None, "it is not all here"
