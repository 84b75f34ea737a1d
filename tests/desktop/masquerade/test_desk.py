"""A masquerade's desk: in memory alone, online alone, in both names, and over when the server says so."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest

from desktop.masquerading import End
from desktop.operations import appointments, customers
from desktop.operations.operation import Operation
from desktop.store.replica import Edited, Replica
from desktop.sync import masquerade
from desktop.sync.masquerade import Begun
from desktop.sync.problems import SignInRefused, Stopped
from desktop.sync.status import Connection
from shared.errors import Code, NotSignedIn, Refusal
from shared.model.member import Role
from syncserver.services.identity import masquerades
from syncserver.store.tenancy import tenant_transaction
from tests.desktop.masquerade.conftest import Masked, Stage
from tests.support.faults import Fault
from tests.support.masquerade import REASON, member, platform_person
from tests.support.moving_clock import moved
from tests.support.shop import Shop
from tests.support.trail import chain
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day

Maker = Callable[[], Masked]


def booking(shop: Shop, hour: int = 10) -> Operation:
    return appointments.book(
        location_id=shop.location, start=next_day(hour), segments=[appointments.wish(shop.cut, [shop.ana])],
        customer_id=shop.customer,
    )  # fmt: skip


def visits(replica: Replica) -> int:
    return len(replica.database.rows("SELECT id FROM appointment"))


def logged(stage: Stage, shop: Shop) -> list[tuple[str, str, str | None, str]]:
    query = "SELECT name, user_id::text, as_whom::text, outcome FROM mutation_log WHERE replica_id IS NOT NULL"
    with tenant_transaction(stage.engine, shop.tenant, read_only=True) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"{query} ORDER BY version, ordinal")]


def test_an_owner_books_as_their_staff_and_the_log_has_both_names(stage: Stage, shop: Shop, masked: Maker) -> None:
    desk = masked().ready().desk
    made = desk.edit(booking(shop))
    assert desk.do(visits) == 1
    assert desk.do(lambda replica: replica.outbox.count()) == 0
    owner, staff = shop.users[Role.TENANT_OWNER], shop.users[Role.TENANT_STAFF]
    assert logged(stage, shop) == [("appointment.book", owner, staff, "applied")]
    assert made.step is None
    assert desk.stop()
    kinds = [one.kind for one in chain(stage.engine, shop.tenant) if one.kind.startswith("masquerade")]
    assert kinds == ["masquerade.started", "masquerade.ended"]


def test_many_edits_at_once_are_asked_one_by_one(shop: Shop, masked: Maker) -> None:
    desk = masked().ready().desk
    futures = [desk.run(customers.create(name=f"Mira {number}")) for number in range(5)]
    assert len({one.result(timeout=20).mutation_id for one in futures}) == 5
    assert desk.do(lambda replica: replica.outbox.count()) == 0


def test_what_another_desk_does_comes_by_itself(shop: Shop, owner: WireDesk, masked: Maker) -> None:
    desk = masked().ready().desk
    owner.pull()
    owner.push(owner.booking(next_day()))
    until(lambda: desk.do(visits) == 1)


def test_what_the_rules_refuse_here_is_not_sent(stage: Stage, shop: Shop, masked: Maker) -> None:
    desk = masked().ready().desk
    desk.edit(booking(shop))
    stage.faults.heal()
    with pytest.raises(Refusal) as refused:
        desk.edit(booking(shop))
    assert refused.value.code is Code.SLOT_TAKEN
    assert stage.faults.count("/push") == 0


def test_what_only_the_server_refuses_is_a_refusal(shop: Shop, owner: WireDesk, masked: Maker) -> None:
    desk = masked().ready().desk
    owner.pull()
    wish = booking(shop)
    # Both in one moment: the owner's other desk is decided first, and is not heard of here yet.
    desk.do(lambda replica: owner.push(owner.booking(next_day())) and desk.run(wish))
    with pytest.raises(Refusal) as refused:
        desk.edit(booking(shop))
    assert refused.value.code is Code.SLOT_TAKEN


def test_a_refusal_that_comes_with_a_load_of_the_whole_book_is_a_refusal(
    shop: Shop, owner: WireDesk, masked: Maker
) -> None:
    desk = masked().ready().desk
    owner.pull()
    wish = booking(shop)

    def both(replica: Replica) -> Future[Edited]:
        owner.push(owner.booking(next_day()))
        # As after the server has changed what the target may see: the pull that follows the push is one of everything.
        desk.engine._exchange.load_afresh()
        return desk.run(wish)

    made = desk.do(both)
    with pytest.raises(Refusal) as refused:
        made.result(timeout=20)
    assert refused.value.code is Code.SLOT_TAKEN


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.BUSY, Fault.LOGIN_PAGE])
def test_what_is_not_taken_is_not_kept(stage: Stage, shop: Shop, masked: Maker, fault: Fault) -> None:
    desk = masked().ready().desk
    stage.faults.spoil("/push", fault)
    with pytest.raises(Refusal) as refused:
        desk.edit(booking(shop))
    assert refused.value.code is Code.NOT_ANSWERED
    assert desk.do(lambda replica: replica.outbox.count()) == 0
    until(lambda: desk.status.connection is Connection.ONLINE, within=20)
    assert desk.do(visits) == 0
    desk.edit(booking(shop))
    assert len(logged(stage, shop)) == 1


def test_what_was_taken_though_its_answer_was_lost_is_found_out(stage: Stage, shop: Shop, masked: Maker) -> None:
    desk = masked().ready().desk
    stage.faults.spoil("/push", Fault.LOST_REPLY)
    with pytest.raises(Refusal) as refused:
        desk.edit(booking(shop))
    assert refused.value.code is Code.NOT_ANSWERED
    until(lambda: desk.do(visits) == 1, within=20)
    until(lambda: desk.status.connection is Connection.ONLINE, within=20)
    desk.edit(booking(shop, hour=12))
    assert len(logged(stage, shop)) == 2


def test_without_the_server_nothing_is_asked(stage: Stage, shop: Shop, masked: Maker) -> None:
    desk = masked().ready().desk
    stage.faults.spoil("/pull", *[Fault.LOST_REQUEST] * 50)
    desk.engine.sync_now()
    until(lambda: desk.status.connection is Connection.OFFLINE, within=20)
    with pytest.raises(Refusal) as refused:
        desk.edit(booking(shop))
    assert refused.value.code is Code.NOT_REACHED
    assert desk.do(lambda replica: replica.outbox.count()) == 0


def test_it_is_over_when_its_time_is(shop: Shop, masked: Maker) -> None:
    acting = masked().ready()
    assert 29 * 60 < acting.desk.seconds_left <= 30 * 60
    with moved(timedelta(minutes=31)):
        acting.desk.engine.sync_now()
        until(lambda: acting.ends == [End.EXPIRED], within=20)


@pytest.mark.parametrize("how", ["stopped", "disabled"])
def test_it_is_over_at_once_where_the_server_ends_it(stage: Stage, shop: Shop, owner: WireDesk, masked: Maker,
                                                    how: str) -> None:  # fmt: skip
    acting = masked().ready()
    if how == "stopped":
        found = masquerades.running(stage.server, member(stage.engine, shop, Role.TENANT_OWNER))
        assert found is not None
        masquerades.stop(stage.server, found)
    else:
        assert owner.http.post(f"/v1/team/{shop.users[Role.TENANT_STAFF]}/disable", json={}).status_code == 204
    until(lambda: bool(acting.ends), within=20)
    assert acting.ends == [End.REFUSED]


def test_a_second_one_is_refused(begin: Callable[[], Begun], masked: Maker) -> None:
    masked()
    with pytest.raises(Stopped) as refused:
        begin()
    assert refused.value.code == "masquerading"


def test_its_token_is_never_renewed(begin: Callable[[], Begun]) -> None:
    token = masquerade.OneToken(begin())
    assert token.token()
    token.forget_token()
    with pytest.raises(NotSignedIn):
        token.token()
    with pytest.raises(NotSignedIn):
        token.sign_out("")


def test_support_opens_one_by_code_and_digits(stage: Stage, shop: Shop) -> None:
    support = platform_person(stage.engine)
    begun = masquerades.start(stage.server, support, shop.users[Role.TENANT_MANAGER], reason=REASON)
    wrong = masquerades.offer_code(stage.server, begun)
    with pytest.raises(SignInRefused) as refused:
        masquerade.redeem(stage.url, wrong.code, f"{(int(wrong.digits) + 1) % 100:02}")
    assert refused.value.code == "wrong_code"
    offer = masquerades.offer_code(stage.server, begun)
    about = masquerade.look(stage.url, offer.code)
    assert (about.actor.email, about.reason, about.business) == (support.email, REASON, shop.tenant.name)
    acting = Masked(masquerade.redeem(stage.url, offer.code, offer.digits))
    try:
        acting.ready().desk.edit(booking(shop))
        assert logged(stage, shop)[0][1:3] == (support.id, shop.users[Role.TENANT_MANAGER])
        with pytest.raises(SignInRefused):
            masquerade.redeem(stage.url, offer.code, offer.digits)
        assert acting.desk.stop()
    finally:
        acting.desk.close()
