"""The server of a business gets another address: who says so goes on with the book that is here."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from desktop.businesses import Businesses
from desktop.config import Login
from desktop.operations import customers
from desktop.presenters.turns import NotThatServer, Turns
from desktop.sync.session import Session
from desktop.sync.transport import Transport
from shared.model.member import Role
from shared.model.plan import Tier
from tests.desktop.sync.computer import MANAGER, STAFF, Computer
from tests.desktop.sync.test_another_business import Founded
from tests.support.shop import PASSWORD, put_on_tier


def moved(computer: Computer) -> str:
    """Another address of the same server."""
    return computer.stage.url.replace("127.0.0.1", "localhost")


def turns_of(computer: Computer) -> Turns:
    return replace(computer.turns(), businesses=Businesses(computer.home))


def typed(computer: Computer, role: Role) -> Login:
    """What somebody types who knows the new address."""
    return replace(computer.login(role), server=moved(computer))


def sign_in_moved(computer: Computer, role: Role) -> None:
    before = Businesses(computer.home).elsewhere(typed(computer, role))
    assert before is not None
    computer.took(turns_of(computer).sign_in_moved(before, moved(computer), PASSWORD))


def worked(computer: Computer) -> str:
    """A book in which something waits; its replica."""
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Ida Waits"))
    return desk.account.replica


def test_the_book_goes_on_at_the_new_address_with_what_waits(computer: Computer) -> None:
    replica = worked(computer)
    computer.go_online()
    before = computer.desk
    assert before is not None
    sign_in_moved(computer, MANAGER)
    computer.drained()
    desk = computer.desk
    assert desk is not None
    assert before.is_closed
    assert (desk.server, desk.account.replica) == (moved(computer), replica)
    assert ("Ida Waits", "applied", MANAGER.value) in computer.history()
    assert [one.folder for one in Businesses(computer.home).homes()] == [computer.home.folder]
    account = computer.home.account()
    assert account is not None
    assert account.login.reached == moved(computer)


def test_a_plan_whose_computers_are_all_in_use_lets_this_one_in(computer: Computer) -> None:
    """It is the device that it was."""
    worked(computer)
    device = computer.home.device()["id"]
    put_on_tier(computer.stage.engine, computer.shop.tenant, Tier.FREE)
    computer.go_online()
    sign_in_moved(computer, MANAGER)
    desk = computer.desk
    assert desk is not None
    assert desk.do(lambda replica: replica.identity().device) == device


def test_colleagues_find_the_book_at_the_new_address_by_what_opened_it_before(computer: Computer) -> None:
    computer.sign_in(STAFF)
    worked(computer)
    computer.go_online()
    sign_in_moved(computer, MANAGER)
    computer.take(STAFF)
    computer.drained()
    desk = computer.desk
    assert desk is not None
    assert desk.account.login.reached == moved(computer)
    known = Businesses(computer.home)
    assert known.elsewhere(typed(computer, STAFF)) is None
    assert known.login_of(typed(computer, STAFF)) == computer.login(STAFF)


def test_after_a_start_the_server_is_asked_at_the_new_address(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked(computer)
    computer.go_online()
    sign_in_moved(computer, MANAGER)
    computer.drained()
    desk = computer.desk
    assert desk is not None
    desk.close()
    asked: list[str] = []
    monkeypatch.setattr(Transport, "__init__", noting(Transport.__init__, asked))
    computer.take(MANAGER)
    computer.drained()
    assert asked == [moved(computer)]


def noting(init: Callable[..., None], asked: list[str]) -> Callable[..., None]:
    def begin(self: Transport, server: str, *args: Any, **options: Any) -> None:
        asked.append(server)
        init(self, server, *args, **options)

    return begin


def test_another_business_at_that_address_gets_nothing_and_nothing_changes(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked(computer)
    known, desk = computer.home.every_account(), computer.desk
    assert desk is not None
    founded = Founded(computer)
    before = Businesses(computer.home).elsewhere(typed(computer, MANAGER))
    assert before is not None
    kept = desk.do(lambda replica: (replica.identity(), replica.unsent(10)))
    sent: list[str] = []
    monkeypatch.setattr(Session, "_refreshed", lambda session: sent.append("a token"))
    monkeypatch.setattr(Transport, "push", lambda *args, **options: sent.append("an edit"))
    computer.stage.faults.heal()
    with pytest.raises(NotThatServer, match="nothing has changed"):
        turns_of(computer).sign_in_moved(before, moved(computer), PASSWORD)
    assert not desk.is_closed
    assert computer.home.every_account() == known
    assert desk.do(lambda replica: (replica.identity(), replica.unsent(10))) == kept
    assert computer.sessions(MANAGER) == (0, 1)
    assert founded.names() == {founded.new.canary}


def test_a_name_alone_or_an_address_that_is_known_asks_nobody(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    known = Businesses(computer.home)
    assert known.elsewhere(computer.login(MANAGER)) is None
    assert known.elsewhere(typed(computer, STAFF)) is None
    assert known.elsewhere(replace(typed(computer, MANAGER), tenant="another")) is None
    found = known.elsewhere(typed(computer, MANAGER))
    assert found is not None
    assert found.login == computer.login(MANAGER)


def test_of_a_book_of_before_its_opening_tells_who_its_people_are(computer: Computer) -> None:
    """It was not noted beside the book who they are to the server."""
    computer.sign_in(STAFF)
    replica = worked(computer)
    desk = computer.desk
    assert desk is not None
    computer.home.note_users(replica, {computer.login(role).person: "" for role in (MANAGER, STAFF)})
    desk.close()
    assert {one.user_id for one in computer.home.accounts()} == {""}
    computer.take(MANAGER)
    for role in (MANAGER, STAFF):
        assert computer.account(role).user_id == computer.shop.users[role]
