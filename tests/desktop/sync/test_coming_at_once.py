"""Two who come to the desk at once, or one whose answer comes late: book, account and window name one person."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from desktop import desk as desk_module
from desktop.desk import Desk, TookAnother
from desktop.operations import customers
from desktop.presenters.turns import Turns
from desktop.store.damage import Replaced, note_damaged
from desktop.sync import people, unlocking
from shared.ids import new_id
from shared.model.member import Role
from tests.desktop.sync.computer import MANAGER, STAFF, Computer
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD
from tests.support.waiting import until


def role_of(desk: Desk) -> str:
    return desk.do(lambda replica: replica.identity().role)


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, act: Callable[[], object]) -> None:
    """Have something happen once, after a function has done its work and before anybody hears of it."""
    real = getattr(module, name)

    def slow(*args: Any, **named: Any) -> Any:
        answer = real(*args, **named)
        monkeypatch.setattr(module, name, real)
        act()
        return answer

    monkeypatch.setattr(module, name, slow)


@pytest.mark.parametrize("first", [MANAGER, STAFF])
def test_an_answer_to_who_signed_in_again_is_too_late_for_the_next_person(
    computer: Computer, monkeypatch: pytest.MonkeyPatch, first: Role
) -> None:
    """Whoever comes meanwhile keeps the desk; what they enter is theirs, and so is the desk of each later on."""
    computer.sign_in(first)
    computer.sign_in(STAFF if first is MANAGER else MANAGER)
    desk = computer.take(STAFF)
    computer.drained()
    meanwhile(monkeypatch, desk_module, "sign_in", lambda: computer.take(MANAGER))
    with pytest.raises(TookAnother):
        desk.sign_in_again(PASSWORD)
    assert desk.account == computer.account(MANAGER)
    assert role_of(desk) == MANAGER.value
    desk.edit(customers.create(name="Entered by the manager"))
    computer.drained()
    assert computer.history() == [("Entered by the manager", "applied", MANAGER.value)]
    assert [role_of(computer.take(role)) for role in (STAFF, MANAGER, STAFF)] == [
        STAFF.value, MANAGER.value, STAFF.value,
    ]  # fmt: skip
    # The session that the late answer had brought is ended: nobody would ever use it.
    until(lambda: computer.sessions(STAFF)[0] == 1, within=20)


def test_who_signs_in_again_and_is_there_goes_on(computer: Computer) -> None:
    desk = computer.sign_in(STAFF)
    desk.sign_in_again(PASSWORD)
    desk.edit(customers.create(name="Entered afterwards"))
    computer.drained()
    assert computer.history() == [("Entered afterwards", "applied", STAFF.value)]


def test_two_who_come_at_once_come_one_after_the_other(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    done: list[str] = []

    def comes() -> None:
        # On a thread of its own, as each who comes is on one of the background.
        threading.Thread(target=lambda: done.append(role_of(computer.take(MANAGER)))).start()

    meanwhile(monkeypatch, unlocking, "remember", comes)
    # In a file of keys there is nothing to remember.
    meanwhile(monkeypatch, desk_module, "keep_device", comes)
    computer.sign_in(STAFF)
    until(lambda: bool(done), within=20)
    assert (desk.account, role_of(desk)) == (computer.account(MANAGER), MANAGER.value)
    desk.edit(customers.create(name="Entered by the manager"))
    computer.drained()
    assert computer.history() == [("Entered by the manager", "applied", MANAGER.value)]


@pytest.mark.parametrize("by", ["password", "server"])
def test_who_has_gone_back_meanwhile_does_not_come_to_the_desk(computer: Computer, by: str) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    turns = Turns(home=computer.home, secrets=computer.secrets, desk=desk, is_wanted=lambda: False)
    come = {
        "server": lambda: turns.sign_in(computer.login(STAFF), PASSWORD),
        "password": lambda: turns.take(computer.account(STAFF), PASSWORD),
    }
    with pytest.raises(TookAnother):
        come[by]()
    assert role_of(desk) == MANAGER.value
    assert not desk.is_closed


def test_a_move_that_is_answered_late_leaves_the_desk_to_who_came_meanwhile(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    desk = computer.sign_in(STAFF)
    computer.drained()
    meanwhile(monkeypatch, desk.session.session, "who", lambda: computer.take(MANAGER))
    with pytest.raises(TookAnother):
        desk.move()
    assert not desk.is_closed
    assert (desk.account, role_of(desk)) == (computer.account(MANAGER), MANAGER.value)


def test_nobody_comes_to_a_desk_that_is_being_signed_out(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    desk = computer.sign_in(STAFF)
    account = computer.account(MANAGER)
    desk.sign_out()
    with pytest.raises(TookAnother):
        desk.hand_over(desk.secrets, account)
    assert desk.is_closed


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize("come", ["unlocked", "let in by the server"])
def test_whoever_is_told_of_a_damaged_book_of_theirs_is_not_at_the_desk_yet(computer: Computer, come: str) -> None:
    """They had another book here, which proves to be damaged as they come: nobody works in their name meanwhile."""
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    theirs, secrets = computer.account(STAFF), computer.secrets
    another = replace(theirs, replica=new_id())
    assert isinstance(secrets, FileSecrets)
    secrets.set(people.key_name(another.replica), "00" * 32)
    computer.home.know(another)
    note_damaged(computer.home.replica(another.replica))
    turns = Turns(home=computer.home, secrets=secrets, desk=desk)
    comes = partial(turns.take, theirs) if come == "unlocked" else partial(turns.sign_in, theirs.login)
    with pytest.raises(Replaced):
        comes(PASSWORD)
    assert (role_of(desk), desk.account) == (MANAGER.value, computer.account(MANAGER))
    desk.edit(customers.create(name="By the manager"))
    assert comes(PASSWORD) is desk
    assert role_of(desk) == STAFF.value
    computer.drained()
    assert [(name, role) for name, _, role in computer.history()] == [("By the manager", MANAGER.value)]
