"""A device or a person that is shut out: what waits is handed in once, then nothing of the book is left."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text

from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.durable import write_whole
from desktop.operations import customers
from desktop.store.damage import note_damaged
from desktop.store.database import Database
from desktop.store.faults import BrokenDisk
from desktop.store.replica import Replica
from desktop.sync import engine as engine_module
from desktop.sync import people, shut_out
from desktop.sync.device_key import secret_name
from desktop.sync.handing_in import Handed, HandingIn
from desktop.sync.key_files import KeyFiles
from desktop.sync.problems import SignInRefused, Stopped, TimedOut
from desktop.sync.replica_store import ReplicaStore
from desktop.sync.secret_store import SecretStore
from desktop.sync.shut_out import TRIED_FOR, Leaving, ShutOut, finish_left
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn, StorageFault, Unreachable
from shared.model.member import Role
from shared.protocol.messages import MAX_BODY
from syncserver.services.identity.accounts import DEVICE_REVOKED
from syncserver.services.team.people import disable_user
from syncserver.store.devices import revoke_device
from syncserver.store.sessions import end_sessions_on
from syncserver.store.tenancy import control_transaction, tenant_transaction
from syncserver.store.users import change_user, find_user
from tests.desktop.sync.computer import MANAGER, OWNER, STAFF, Computer
from tests.desktop.sync.stage import Stage
from tests.support.damaged import spoil
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.moving_clock import moved
from tests.support.salon import made_id
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until


@pytest.fixture
def computer(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.setattr(engine_module, "_LONGEST_WAIT", 0.3)
    return computer


class Owner:
    """Shuts out, whatever becomes of the network between the desk and the server."""

    def __init__(self, stage: Stage, shop: Shop) -> None:
        self._engine, self.shop = stage.engine, shop

    def revoke(self, desk: Desk) -> None:
        device = desk.do(lambda replica: replica.identity().device)
        with control_transaction(self._engine) as connection:
            revoke_device(connection, self.shop.tenant.id, device)
            end_sessions_on(connection, self.shop.tenant, device, reason=DEVICE_REVOKED)

    def disable(self, role: Role) -> None:
        user = find_user(self._engine, self.shop.users[role])
        assert user is not None
        with control_transaction(self._engine) as connection:
            disable_user(connection, self.shop.tenant, user)

    def enable(self, role: Role) -> None:
        self._change(role, is_active=True)

    def make_a_customer(self, role: Role) -> None:
        self._change(role, role=Role.CUSTOMER)

    def give_back(self, role: Role) -> None:
        """The role of somebody who was made a customer by mistake."""
        self._change(role, role=role)

    def _change(self, whose: Role, **changes: Any) -> None:
        user = find_user(self._engine, self.shop.users[whose])
        assert user is not None
        change_user(self._engine, self.shop.tenant, replace(user, **changes))


@pytest.fixture
def owner(stage: Stage, shop: Shop) -> Owner:
    return Owner(stage, shop)


def wait_with(computer: Computer, *names: str) -> Desk:
    """The desk that is open, offline, with new customers that wait there."""
    desk = computer.desk
    assert desk is not None
    computer.go_offline()
    for name in names:
        desk.edit(customers.create(name=name))
    return desk


def handed_in(computer: Computer) -> list[str]:
    """The names of the customers that are in quarantine, in the order in which they came."""
    sql = (
        "SELECT args::json->>'name' FROM mutation_log WHERE outcome = 'quarantined' AND name = 'customer.create' "
        "ORDER BY version, ordinal"
    )
    with tenant_transaction(computer.stage.engine, computer.shop.tenant, read_only=True) as connection:
        return list(connection.exec_driver_sql(sql).scalars())


def over(desk: Desk) -> None:
    until(lambda: desk.status.over, within=20)


def left_of(home: Home) -> set[str]:
    """What lies in the folder of a business, its lock aside."""
    return {one.name for one in home.folder.iterdir()} - {"lock"}


def cleared(desk: Desk) -> list[str]:
    """What an open desk says as it deletes what goes; whoever is there has read it then."""
    return _read(desk.home, desk.clear())


def finished(home: Home, secrets: SecretStore | KeyFiles) -> list[str]:
    """The same of a start."""
    return _read(home, finish_left(home, secrets))


def _read(home: Home, said: list[str]) -> list[str]:
    notes = ShutOut(home)
    notes.note_told(notes.gone())
    return said


def test_a_revoked_device_hands_in_what_waits_and_keeps_nothing(computer: Computer, owner: Owner) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida", "Ben")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == ["Ida", "Ben"]
    with pytest.raises(NotSignedIn):
        desk.edit(customers.create(name="Too late"))
    (said,) = cleared(desk)
    assert said == (
        f"Your access to {computer.shop.tenant.name}, or this computer's, has been ended. Its book is deleted from "
        "this computer. 2 changes that waited were handed in to the business. Ask the owner of the business about it."
    )
    assert left_of(computer.home) == set()
    if isinstance(computer.secrets, FileSecrets):
        assert computer.secrets._all() == {}
        assert Desk.open(computer.home, computer.secrets) is None


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_nothing_that_waits_is_said(computer: Computer, owner: Owner) -> None:
    desk = computer.sign_in(MANAGER)
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    assert "Nothing was waiting in it." in cleared(desk)[0]
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_reply_that_is_lost_hands_in_nothing_twice(computer: Computer, owner: Owner) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida", "Ben")
    owner.revoke(desk)
    computer.stage.faults.heal()
    computer.stage.faults.spoil("/hand-in", Fault.LOST_REPLY, Fault.BUSY, Fault.CUT_REPLY, Fault.LOST_REQUEST)
    desk.engine.sync_now()
    over(desk)
    assert computer.stage.faults.pending("/hand-in") == 0
    assert handed_in(computer) == ["Ida", "Ben"]
    cleared(desk)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_large_queue_is_handed_in_part_by_part(computer: Computer, owner: Owner) -> None:
    computer.sign_in(MANAGER)
    names = [f"Customer {number}" for number in range(620)]
    desk = wait_with(computer, *names)
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == names
    assert computer.stage.faults.count("/hand-in") == 2
    cleared(desk)


class Killed(BaseException):
    """The program ends here."""


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_killed_at_each_step_the_next_start_goes_on(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    desk.close()
    steps = _dying(monkeypatch)
    survived = 0
    while True:
        steps["left"] = survived
        try:
            assert Desk.open(computer.home, computer.secrets) is None  # type: ignore[arg-type]
            break
        except Killed:
            survived += 1
    assert survived > 10, "each step was the last of a run"
    (said,) = finished(computer.home, computer.secrets)
    assert "One change that waited was handed in" in said
    assert (left_of(computer.home), handed_in(computer)) == (set(), ["Ida"])
    assert isinstance(computer.secrets, FileSecrets)
    assert computer.secrets._all() == {}


def _dying(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Ends the program after so many further changes of secrets and files of a home."""
    steps = {"left": 0}

    def counted(step: Any) -> Any:
        def made(*args: Any, **kwargs: Any) -> Any:
            if steps["left"] == 0:
                raise Killed
            steps["left"] -= 1
            return step(*args, **kwargs)

        return made

    monkeypatch.setattr(FileSecrets, "delete", counted(FileSecrets.delete))
    monkeypatch.setattr(Home, "remove", counted(Home.remove))
    monkeypatch.setattr(Home, "_write", counted(Home._write))
    monkeypatch.setattr(Home, "forget_account", counted(Home.forget_account))
    return steps


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_killed_while_it_hands_in_the_next_start_goes_on(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has it, and the program ends before it knows."""
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida", "Ben")
    owner.revoke(desk)
    with monkeypatch.context() as dies:
        dies.setattr(ShutOut, "note_handed_in", _killed)
        computer.go_online()
        until(lambda: handed_in(computer) == ["Ida", "Ben"], within=20)
        desk.close()
    again = Desk.open(computer.home, computer.secrets)  # type: ignore[arg-type]
    assert again is not None
    assert not again.status.may_hold, "it is hidden from the first moment on"
    again.start()
    over(again)
    cleared(again)
    assert (left_of(computer.home), handed_in(computer)) == (set(), ["Ida", "Ben"])


def _killed(*_: object, **__: object) -> None:
    raise Killed


class WallClock(clock.SystemClock):
    """A computer whose wall clock somebody sets."""

    wall = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.wall


def hands_in_in_vain(computer: Computer, owner: Owner) -> Desk:
    """A desk that was shut out with an edit that waits, and whose line loses whatever it hands in."""
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida")
    owner.revoke(desk)
    computer.stage.faults.heal()
    computer.stage.faults.spoil("/hand-in", *[Fault.LOST_REQUEST] * 10_000)
    desk.engine.sync_now()
    return desk


def test_after_a_week_of_failing_it_goes_without(computer: Computer, owner: Owner) -> None:
    moving = WallClock()
    with clock.using(moving):
        desk = hands_in_in_vain(computer, owner)
        until(lambda: bool(computer.home.shut_out()), within=20)
        assert not finish_late(computer, desk), "it is tried at every start"
        moving.wall += timedelta(days=6)
        assert not finish_late(computer, desk)
        moving.wall -= timedelta(days=5)
        assert not finish_late(computer, desk), "a clock that is set back is not believed"
        moving.wall += timedelta(days=5)
        moving.wall += timedelta(days=1, minutes=1)
        assert not finish_late(computer, desk), "it was off, and has tried nothing"
        desk = computer.take(MANAGER)
        for _ in range(2):
            fails_again(computer)
            assert not desk.status.over
            moving.wall += TRIED_FOR * 0.6
        over(desk)
        (said,) = cleared(desk)
    assert "could not be handed in for 7 days" in said
    assert (left_of(computer.home), handed_in(computer)) == (set(), [])


def fails_again(computer: Computer) -> None:
    """A whole round fails from here on."""
    faults = computer.stage.faults
    tries = faults.count("/hand-in")
    until(lambda: faults.count("/hand-in") > tries + 1, within=20)


@pytest.mark.parametrize("network", ["there", "later"])
def test_whose_computer_was_off_over_the_week_hands_in_at_the_next_start(
    computer: Computer, owner: Owner, network: str
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida")
    owner.revoke(desk)
    computer.stage.faults.heal()
    computer.stage.faults.spoil("/hand-in", *[Fault.LOST_REQUEST] * 10_000)
    desk.engine.sync_now()
    until(lambda: bool(computer.home.shut_out()), within=20)
    desk.close()
    if network == "there":
        computer.stage.faults.heal()
    with moved(timedelta(days=10)):
        assert finished(computer.home, computer.secrets) == []
        desk = computer.take(MANAGER)
        assert not desk.status.may_hold
        if network == "later":
            fails_again(computer)
            computer.go_online()
        over(desk)
        (said,) = cleared(desk)
    assert "One change that waited was handed in to the business" in said
    assert (left_of(computer.home), handed_in(computer)) == (set(), ["Ida"])


def off_over_the_week(
    computer: Computer, owner: Owner, moving: WallClock, monkeypatch: pytest.MonkeyPatch, line: Callable[..., Any]
) -> Desk:
    """The desk ten days after it was shut out, and could hand in nothing; what it hands in goes by this line now."""
    desk = computer.desk
    assert desk is not None
    owner.revoke(desk)
    with no_handing_in(monkeypatch) as tried:
        computer.go_online()
        until(lambda: bool(tried), within=20)
        desk.close()
    moving.wall += timedelta(days=10)
    assert finished(computer.home, computer.secrets) == []
    monkeypatch.setattr(Transport, "hand_in", line)
    return computer.take(MANAGER)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize(
    ("carried", "became"),
    [
        (12, "12 changes that waited were handed in to the business."),
        (
            4,
            "4 changes that waited were handed in to the business. "
            "What else waited in it could not be handed in for 7 days.",
        ),
    ],
)
def test_whose_computer_was_off_over_the_week_hands_in_for_as_long_as_each_try_brings_some_of_it(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, carried: int, became: str
) -> None:
    computer.sign_in(MANAGER)
    names = [f"Customer {number}" for number in range(12)]
    wait_with(computer, *names)
    moving, hand_in = WallClock(), Transport.hand_in
    tries = [1]

    def narrow(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Lets one edit through in each try, and so many in all; between two tries it is a minute."""
        is_through = len(handed_in(computer)) >= min(carried, tries[0])
        if len(part["mutations"]) == 1 and not is_through:
            return hand_in(transport, part)
        tries[0] += is_through
        moving.wall += timedelta(minutes=1)
        raise Unreachable("") if is_through else TimedOut("")

    with clock.using(moving):
        desk = off_over_the_week(computer, owner, moving, monkeypatch, narrow)
        until(lambda: desk.status.over, within=120)
        (said,) = cleared(desk)
    assert handed_in(computer) == names[:carried]
    assert f" {became} Ask" in said
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_what_is_handed_in_once_more_with_each_try_brings_nothing_further(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Sound one", "Bad", "Sound two")
    desk.do(lambda replica: replica.database.run(MISFIT.format("-")))
    moving, hand_in = WallClock(), Transport.hand_in

    def slow(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        moving.wall += timedelta(minutes=1)
        return hand_in(transport, part)

    with clock.using(moving):
        desk = off_over_the_week(computer, owner, moving, monkeypatch, slow)
        over(desk)
        (said,) = cleared(desk)
    assert handed_in(computer) == ["Sound one", "Sound two"]
    assert "2 changes that waited were handed in to the business. What else waited in it" in said


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_of_what_goes_a_second_time_nothing_is_said_that_was_handed_in_the_first_time(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Sound", "Bad")
    desk.do(lambda replica: replica.database.run(MISFIT.format("-")))
    owner.disable(MANAGER)
    computer.go_online()
    until(lambda: handed_in(computer) == ["Sound"], within=20)
    owner.enable(MANAGER)
    desk.do(lambda replica: replica.database.run(MISFIT.format("+")))
    assert computer.sign_in(MANAGER) is desk
    computer.drained()
    assert wait_with(computer, "Later") is desk
    owner.disable(MANAGER)
    computer.stage.faults.heal()
    computer.stage.faults.spoil("/hand-in", *[Fault.LOST_REQUEST] * 10_000)
    desk.engine.sync_now()
    fails_again(computer)
    (noted,) = computer.home.shut_out()
    words = ShutOut(computer.home).words(Leaving(replica=desk.account.replica, person=noted.partition(":")[2]))
    assert "deleted from this computer. What waited in it could not be handed in" in words


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_was_let_in_again_while_their_computer_was_off_over_the_week_keeps_their_book(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida")
    owner.disable(MANAGER)
    with no_handing_in(monkeypatch) as tried:
        computer.go_online()
        until(lambda: bool(tried), within=20)
        desk.close()
    owner.enable(MANAGER)
    with moved(timedelta(days=8)):
        assert finished(computer.home, computer.secrets) == []
    desk = computer.sign_in(MANAGER)
    computer.drained()
    assert computer.home.shut_out() == {}
    assert [name for name, *_ in computer.history()] == ["Ida"]


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_tries_before_a_computer_slept_do_not_count_with_those_after_it(computer: Computer, owner: Owner) -> None:
    """Its network may come up after the program goes on."""
    moving = WallClock()
    with clock.using(moving):
        desk = hands_in_in_vain(computer, owner)
        fails_again(computer)
        moving.wall += timedelta(days=10)
        fails_again(computer)
        assert not desk.status.over
        computer.go_online()
        over(desk)
    assert handed_in(computer) == ["Ida"]
    cleared(desk)


def finish_late(computer: Computer, desk: Desk) -> list[str]:
    """What a start deletes."""
    desk.close()
    return finished(computer.home, computer.secrets)


def test_who_is_disabled_loses_their_access_and_the_others_their_nothing(computer: Computer, owner: Owner) -> None:
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF)
    wait_with(computer, "By staff")
    computer.take(MANAGER)
    wait_with(computer, "By the manager")
    desk = computer.take(STAFF)
    owner.disable(STAFF)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == ["By staff"]
    staff = computer.account(STAFF)
    (said,) = cleared(desk)
    shop = computer.shop.tenant.name
    assert said.startswith(
        f"{staff.user_name}'s access to {shop} on this computer has been ended. Others go on with its book here."
    )
    assert not computer.home.known_accounts(computer.login(STAFF))
    assert computer.home.account() is None
    if isinstance(computer.secrets, FileSecrets):
        assert not [one for one in computer.secrets._all() if staff.login.person in one or staff.login.id in one]
    else:
        assert not computer.home.keys(staff.login).exists()
    computer.desk = None
    computer.take(MANAGER)
    computer.drained()
    names = {name for name, outcome, _ in computer.history() if outcome == "applied"}
    assert names == {"By the manager"}
    assert handed_in(computer) == ["By staff"], "what the colleague sends is known"


def test_a_computer_that_is_shut_out_after_one_of_its_people_begins_anew_with_what_everybody_made(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one person's ticket the server passes over what others made."""
    monkeypatch.setattr("desktop.sync.batches.MAX_BATCH", 1)
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF)
    wait_with(computer, "By staff")
    computer.take(MANAGER)
    wait_with(computer, "By the manager")
    desk = computer.take(STAFF)
    wait_with(computer, "By staff, later")
    carried, hand_in = list[Mapping[str, Any]](), Transport.hand_in

    def breaks(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(carried) == 2:
            raise Unreachable("")
        told = hand_in(transport, part)
        carried.append(part)
        return told

    owner.disable(STAFF)
    with monkeypatch.context() as planted:
        planted.setattr(Transport, "hand_in", breaks)
        computer.go_online()
        until(lambda: len(carried) == 2, within=20)
        owner.revoke(desk)
    over(desk)
    assert sorted(handed_in(computer)) == ["By staff", "By staff, later", "By the manager"]


def begun_again(computer: Computer) -> Desk:
    """The desk of a program that was closed and opened again: it has no token that is good for minutes still."""
    assert computer.desk is not None
    computer.desk.close()
    computer.go_online()
    assert not isinstance(computer.secrets, KeyFiles)
    desk = Desk.open(computer.home, computer.secrets)
    assert desk is not None
    desk.start()
    computer.desk = desk
    return desk


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_made_a_customer_hands_in_what_waits_and_keeps_nothing(computer: Computer, owner: Owner) -> None:
    computer.sign_in(STAFF)
    wait_with(computer, "Ida", "Ben")
    owner.make_a_customer(STAFF)
    desk = begun_again(computer)
    over(desk)
    assert handed_in(computer) == ["Ida", "Ben"]
    assert "2 changes that waited were handed in" in cleared(desk)[0]
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_made_a_customer_while_at_the_desk_hands_in_at_once(computer: Computer, owner: Owner) -> None:
    desk = computer.sign_in(STAFF)
    wait_with(computer, "Ida")
    owner.make_a_customer(STAFF)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == ["Ida"]
    cleared(desk)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_customer_who_is_given_another_token_all_the_same_asks_for_no_third(computer: Computer, owner: Owner) -> None:
    desk = computer.sign_in(STAFF)
    wait_with(computer, "Ida")
    owner.make_a_customer(STAFF)
    with tenant_transaction(computer.stage.engine, computer.shop.tenant) as connection:
        # As after a restore to before the book was made: there is nothing to hand in that the server knows of.
        connection.execute(text("DELETE FROM replica"))
    computer.go_online()
    faults = computer.stage.faults
    until(lambda: faults.count("/register") + faults.count("/push") > 4, within=20)
    assert faults.count("/refresh") == 1
    assert not desk.status.may_hold


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_made_a_customer_loses_their_access_and_the_others_nothing(computer: Computer, owner: Owner) -> None:
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF)
    wait_with(computer, "By staff")
    owner.make_a_customer(STAFF)
    desk = begun_again(computer)
    over(desk)
    assert handed_in(computer) == ["By staff"]
    assert "access" in cleared(desk)[0]
    assert not computer.home.known_accounts(computer.login(STAFF))
    computer.desk = None
    computer.take(MANAGER)
    computer.drained()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_books_of_others_on_a_revoked_device_go_too(computer: Computer, owner: Owner, stage: Stage) -> None:
    """Two books of one business on one computer: with a keyring both are handed in, whoever is at the desk."""
    _, desk = two_books(computer, ["In the first book"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    assert sorted(handed_in(computer)) == ["In the first book", "In the second"]
    assert len(cleared(desk)) == 2
    assert left_of(computer.home) == set()


def two_books(computer: Computer, names: Sequence[str], *, second: Role = STAFF) -> tuple[Path, Desk]:
    """A book of the manager in which such customers wait, closed, and the desk of another one, of `second`."""
    computer.sign_in(MANAGER)
    first = wait_with(computer, *names)
    first.close()
    computer.stage.faults.heal()
    aside = computer.home.folder / "known.json"
    known = json.loads(aside.read_text())
    aside.unlink()
    computer.home.forget_account()
    computer.desk = None
    desk = computer.sign_in(second)
    both = known | json.loads(aside.read_text())
    aside.write_text(json.dumps(both))
    assert len({one.replica for one in computer.home.accounts()}) == 2
    return computer.home.replica(first.account.replica), desk


def key_of(computer: Computer, book: Path) -> bytes:
    key = computer.secrets.get(people.key_name(book.stem.removeprefix("book-")))  # type: ignore[union-attr]
    assert key is not None
    return bytes.fromhex(key)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize("what", ["what waits", "nothing can be read", "it was giving way"])
def test_another_book_that_is_damaged_is_handed_in_as_far_as_it_can_be_read(
    computer: Computer, owner: Owner, what: str
) -> None:
    first, desk = two_books(computer, [f"In the first {number}" for number in range(40)])
    if what == "nothing can be read":
        first.write_bytes(first.read_bytes()[:100])
    elif what == "what waits":
        spoil(first, "SELECT * FROM outbox", key_of(computer, first))
    else:
        # The program ended once the damaged file had its other name.
        note_damaged(first)
        first.rename(first.with_suffix(".fresh"))
    wait_with(computer, "In the second")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    names = handed_in(computer)
    assert names[-1] == "In the second"
    in_the_first = [one for one in names if one.startswith("In the first")]
    whole, lost, some = what == "it was giving way", what == "nothing can be read", len(in_the_first)
    assert some == 40 if whole else some == 0 if lost else 0 < some < 40
    said, _ = sorted(cleared(desk), key=lambda one: "One change" in one)
    assert ("nothing that may have waited in it could be read" in said) is lost
    assert (f"{some} changes that waited were handed in" in said) is not lost
    assert "Nothing was waiting" not in said
    assert ("damaged" in said) is not whole
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_killed_before_it_is_noted_that_more_may_have_waited_it_is_said_all_the_same(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, desk = two_books(computer, [f"In the first {number}" for number in range(40)])
    spoil(first, "SELECT * FROM outbox", key_of(computer, first))
    wait_with(computer, "In the second")
    owner.revoke(desk)
    tried: list[object] = []
    note = ShutOut.note_may_lack

    def killed_once(notes: ShutOut, leaving: Leaving) -> None:
        tried.append(leaving)
        if len(tried) == 1:
            raise Killed
        note(notes, leaving)

    monkeypatch.setattr(ShutOut, "note_may_lack", killed_once)
    computer.go_online()
    over(desk)
    said, _ = sorted(cleared(desk), key=lambda one: "One change" in one)
    assert "more may have waited in it than could be read" in said
    assert len(handed_in(computer)) > 1


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_an_open_book_that_cannot_say_what_the_business_is_called_is_noted_and_handed_in_with_the_others(
    computer: Computer, owner: Owner
) -> None:
    _, desk = two_books(computer, ["In the first"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    desk.close()
    book = computer.home.replica(desk.account.replica)
    spoil(book, "SELECT * FROM business", key_of(computer, book))
    desk = begun_again(computer)
    over(desk)
    assert handed_in(computer) == ["In the first", "In the second"]
    assert all(owner.shop.tenant.slug in said for said in cleared(desk))
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize("unread", ["_business", "_known"])
def test_what_the_disk_does_not_read_of_the_open_book_keeps_no_week_from_beginning(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, unread: str
) -> None:
    _, desk = two_books(computer, ["In the first"])

    def broken() -> None:
        raise BrokenDisk("The disk reported an error.")

    with monkeypatch.context() as planted, no_handing_in(monkeypatch) as tried:
        planted.setattr(desk._departure, unread, broken)
        owner.revoke(desk)
        desk.engine.sync_now()
        until(lambda: bool(tried), within=20)
        assert not finish_late(computer, desk)
    with moved(timedelta(days=8)):
        assert finished(computer.home, computer.secrets) == [], "a start that hands it in comes first"
    with moved(timedelta(days=16)):
        assert len(finished(computer.home, computer.secrets)) == 2
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize("is_there", [True, False])
def test_another_book_at_which_nobody_ever_was_keeps_none_from_it(
    computer: Computer, owner: Owner, *, is_there: bool
) -> None:
    """The program had ended as it was made."""
    first, desk = two_books(computer, [])
    first.unlink()
    if is_there:
        Replica(first, key_of(computer, first)).close()
    wait_with(computer, "In the second")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == ["In the second"]
    assert sorted(said.split(". ")[-2] for said in cleared(desk)) == [
        "Nothing was waiting in it", "One change that waited was handed in to the business"
    ]  # fmt: skip
    assert left_of(computer.home) == set()


def put(path: Path, key: bytes, statement: str) -> None:
    """Change a book that nobody has open, behind the program's back."""
    with closing(Database(path, key)) as book:
        book.run(statement)


@contextmanager
def kept_from_it(computer: Computer, book: Path, why: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A closed book that cannot be handed in within the block, for a reason that says nothing of other books."""
    key, replica = key_of(computer, book), {"replica": book.stem.removeprefix("book-")}

    def broken(path: Path, key: bytes) -> Replica:
        assert path == book
        raise BrokenDisk("The disk reported an error.")

    def at_device(statement: str, **told: str) -> str:
        with tenant_transaction(computer.stage.engine, computer.shop.tenant) as connection:
            return str(connection.execute(text(statement), replica | told).scalar_one())

    moved = "UPDATE replica SET device_id = :device WHERE id = :replica RETURNING device_id"
    with monkeypatch.context() as planted:
        match why:
            case "the disk does not read it":
                planted.setattr(shut_out, "Replica", broken)
                yield
            case "a newer version wrote it":
                put(book, key, "UPDATE meta SET value = value + 90 WHERE name = 'replica_version'")
                yield
                put(book, key, "UPDATE meta SET value = value - 90 WHERE name = 'replica_version'")
            case "it is another device's":
                device = at_device("SELECT device_id FROM replica WHERE id = :replica")
                at_device(moved, device=made_id("another"))
                yield
                at_device(moved, device=device)
            case "an edit is too large":
                put(book, key, f"UPDATE outbox SET args = json_set(args, '$.more', hex(zeroblob({MAX_BODY})))")
                yield
                put(book, key, "UPDATE outbox SET args = json_remove(args, '$.more')")
            case "an edit does not fit":
                put(book, key, "UPDATE outbox SET elapsed = elapsed - 1000000")
                yield
                put(book, key, "UPDATE outbox SET elapsed = elapsed + 1000000")


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize(
    "why",
    [
        "the disk does not read it", "a newer version wrote it", "it is another device's", "an edit is too large",
        "an edit does not fit",
    ],
)  # fmt: skip
def test_another_book_that_cannot_be_handed_in_now_stays_and_the_rest_is_handed_in(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    first, desk = two_books(computer, ["In the first", "In the first, too"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    told, hand_in = [], HandingIn.hand_in

    def noted(way: HandingIn, *args: Any, books_left: int) -> Handed:
        told.append(books_left)
        return hand_in(way, *args, books_left=books_left)

    with monkeypatch.context() as planted, kept_from_it(computer, first, why, monkeypatch):
        planted.setattr(HandingIn, "hand_in", noted)
        computer.go_online()
        over(desk)
        assert handed_in(computer) == ["In the second"]
        assert set(told) == {1}, "the server is not told that all was handed in"
        assert len(cleared(desk)) == 1
        assert first.exists()
    # It goes once its person comes, or the week is over.
    desk = computer.take(MANAGER)
    over(desk)
    assert handed_in(computer) == ["In the second", "In the first", "In the first, too"]
    cleared(desk)
    assert left_of(computer.home) == set()


MISFIT = "UPDATE outbox SET elapsed = elapsed {} 1000000 WHERE args->>'name' LIKE 'Bad%'"
"""Makes of some edits what the server does not take, with `-`; and takes that back."""


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize(
    "names",
    [
        ["Sound one", "Bad", "Sound two"], ["Bad one", "Sound one", "Sound two", "Bad two"],
        ["Sound one", "Sound two", "Bad"], ["Bad"],
    ],
)  # fmt: skip
def test_of_another_book_all_but_what_does_not_fit_is_handed_in_and_the_book_goes_after_the_week(
    computer: Computer, owner: Owner, names: Sequence[str]
) -> None:
    first, desk = two_books(computer, names)
    put(first, key_of(computer, first), MISFIT.format("-"))
    wait_with(computer, "In the second")
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    sound = [one for one in names if one.startswith("Sound")]
    assert handed_in(computer) == [*sound, "In the second"]
    assert len(cleared(desk)) == 1
    assert first.exists()
    assert not is_handed_in_whole(computer)
    with moved(timedelta(days=8)):
        (said,) = finished(computer.home, computer.secrets)
    assert ("2 changes that waited were handed in to the business" in said) == bool(sound)
    assert "could not be handed in for 7 days" in said
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_of_another_book_all_but_what_is_too_large_is_handed_in_and_the_book_goes_after_the_week(
    computer: Computer, owner: Owner
) -> None:
    first, desk = two_books(computer, ["Before", "Huge", "Behind"])
    huge = f"UPDATE outbox SET args = json_set(args, '$.more', hex(zeroblob({MAX_BODY}))) WHERE args->>'name' = 'Huge'"
    put(first, key_of(computer, first), huge)
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    assert handed_in(computer) == ["Before", "Behind"]
    assert len(cleared(desk)) == 1
    assert first.exists()
    assert not is_handed_in_whole(computer)
    with moved(timedelta(days=8)):
        (said,) = finished(computer.home, computer.secrets)
    assert "2 changes that waited were handed in to the business" in said
    assert "could not be handed in for 7 days" in said
    assert left_of(computer.home) == set()


def is_handed_in_whole(computer: Computer) -> bool:
    """Whether the server has been told that all that any device had is there."""
    with control_transaction(computer.stage.engine) as connection:
        asked = text("SELECT bool_or(handed_in_at IS NOT NULL) FROM devices WHERE tenant_id = :tenant")
        return bool(connection.execute(asked, {"tenant": computer.shop.tenant.id}).scalar_one())


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_of_the_open_book_all_but_what_does_not_fit_is_handed_in_once_and_the_rest_is_tried_again(
    computer: Computer, owner: Owner
) -> None:
    computer.sign_in(MANAGER)
    names = [f"{'Bad' if number in (7, 300, 511) else 'Sound'} {number}" for number in range(520)]
    desk = wait_with(computer, *names)
    desk.do(lambda replica: replica.database.run(MISFIT.format("-")))
    owner.revoke(desk)
    computer.go_online()
    sound = [one for one in names if one.startswith("Sound")]
    until(lambda: handed_in(computer) == sound, within=60)
    faults = computer.stage.faults
    tries = faults.count("/refresh")
    until(lambda: faults.count("/refresh") > tries + 1, within=20)
    assert not desk.status.over
    assert not desk.status.may_hold
    assert not is_handed_in_whole(computer)
    desk.do(lambda replica: replica.database.run(MISFIT.format("+")))
    over(desk)
    # A try that was under way has passed over some of them by then: those come with the next one.
    kept = handed_in(computer)
    assert (kept[: len(sound)], sorted(kept)) == (sound, sorted(names))
    assert is_handed_in_whole(computer)
    (said,) = cleared(desk)
    assert "520 changes that waited were handed in" in said
    assert left_of(computer.home) == set()


@contextmanager
def no_handing_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Within the block the server is away whenever something is handed in; each try is in the list."""
    tried: list[object] = []

    def away(*told: object, **_: object) -> None:
        tried.append(told)
        raise Unreachable("")

    with monkeypatch.context() as planted:
        planted.setattr(HandingIn, "hand_in", away)
        yield tried


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_let_in_again_has_no_book_that_goes(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, desk = two_books(computer, ["In the first"], second=MANAGER)
    with no_handing_in(monkeypatch) as tried:
        owner.disable(MANAGER)
        desk.engine.sync_now()
        until(lambda: bool(tried), within=20)
        assert len(computer.home.shut_out()) == 2
        owner.enable(MANAGER)
        desk.sign_in_again(PASSWORD)
        until(lambda: desk.status.may_hold, within=20)
    assert computer.home.shut_out() == {}
    with moved(timedelta(days=8)):
        assert finish_late(computer, desk) == []
    assert first.exists()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_let_in_again_without_signing_in_has_no_book_that_goes(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their role is given back, and their session goes on."""
    first, desk = two_books(computer, ["In the first"], second=MANAGER)
    with no_handing_in(monkeypatch) as tried:
        owner.make_a_customer(MANAGER)
        desk.engine.sync_now()
        until(lambda: bool(tried), within=20)
        owner.give_back(MANAGER)
        desk.engine.sync_now()
        until(lambda: desk.status.may_hold, within=20)
    assert computer.home.shut_out() == {}
    assert first.exists()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_who_is_let_in_again_keeps_the_book_that_had_stayed_and_what_they_enter_there(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, desk = two_books(computer, ["In the first"], second=MANAGER)
    wait_with(computer, "In the second")
    owner.disable(MANAGER)
    with kept_from_it(computer, first, "the disk does not read it", monkeypatch):
        computer.go_online()
        over(desk)
        cleared(desk)
    owner.enable(MANAGER)
    assert not isinstance(computer.secrets, KeyFiles)
    who = {"server": computer.stage.url, "tenant": owner.shop.tenant.slug, "email": owner.shop.email(MANAGER)}
    computer.desk = desk = Desk.sign_in(computer.home, computer.secrets, password=PASSWORD, **who)
    assert computer.home.replica(desk.account.replica) == first
    assert computer.home.shut_out() == {}, "the server took the password, before any round"
    desk.start()
    computer.drained()
    wait_with(computer, "Made today")
    with moved(timedelta(days=8)):
        assert finish_late(computer, desk) == []
    assert first.exists()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_note_that_an_earlier_version_left_behind_is_taken_off_by_a_round_of_whoever_is_let_in(
    computer: Computer,
) -> None:
    desk = computer.sign_in(MANAGER)
    noted(computer.home, Leaving(replica=desk.account.replica), going(desk.account))
    desk.engine.sync_now()
    until(lambda: computer.home.shut_out() == {}, within=20)
    assert desk.status.may_hold


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize(("where", "step"), [(ShutOut, "forget"), (ReplicaStore, "note_hidden")])
def test_killed_as_somebody_is_let_in_again_their_book_stays(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, where: type, step: str
) -> None:
    desk = computer.sign_in(MANAGER)
    dead: list[object] = []

    def killed(*_: object) -> None:
        dead.append(step)
        raise Killed

    with monkeypatch.context() as dies, no_handing_in(monkeypatch) as tried:
        owner.make_a_customer(MANAGER)
        desk.engine.sync_now()
        until(lambda: bool(tried), within=20)
        owner.give_back(MANAGER)
        dies.setattr(where, step, killed)
        desk.engine.sync_now()
        until(lambda: bool(dead), within=20)
        desk.close()
    again = begun_again(computer)
    computer.drained()
    assert again.status.may_hold
    assert computer.home.shut_out() == {}


def person(name: str, replica: str) -> Account:
    """Somebody who works on such a book."""
    return Account(server="http://salon", tenant="salon", email=name, replica=replica, user_name=name)


def going(account: Account) -> Leaving:
    """That somebody is shut out of the book that they have."""
    return Leaving(replica=account.replica, person=account.login.person)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A computer at which Ana and Ben share one book, and Ana has another one."""
    made = Home(tmp_path / "home")
    for one in (ANA, BEN, ANA_ALONE):
        made.know(one)
        made.replica(one.replica).touch()
    return made


ANA, BEN, ANA_ALONE = person("ana", "shared"), person("ben", "shared"), person("ana", "hers")


WHOLE = [Leaving(replica=one) for one in ("shared", "hers")]
"""That all books of the computer go."""


def noted(home: Home, *those: Leaving, device: str | None = None) -> ShutOut:
    """Notes, begun now, that these go."""
    notes = ShutOut(home)
    for one in those:
        notes.begin(one, "Salon Lind", {})
        if device is not None:
            notes.note_device(one, device)
    return notes


def test_who_is_let_in_again_takes_no_note_off_that_is_about_another(home: Home) -> None:
    notes = noted(home, going(ANA), going(BEN), going(ANA_ALONE))
    notes.forget(ANA, "the front desk")
    assert list(home.shut_out()) == [going(BEN).name]


@pytest.mark.parametrize(
    ("shut_out", "left"),
    [
        ("the one before", ["hers:"]),
        # As after a restore of the server to before that.
        ("the front desk", []),
        # An earlier version did not note it.
        (None, []),
    ],
)
def test_who_is_let_in_at_another_device_keeps_of_the_one_that_was_shut_out_the_open_book_alone(
    home: Home, shut_out: str | None, left: list[str]
) -> None:
    notes = noted(home, *WHOLE, device=shut_out)
    notes.forget(ANA, "the front desk")
    assert list(home.shut_out()) == left


@pytest.mark.parametrize("computer", ["files"], indirect=True)
@pytest.mark.parametrize("is_noted", [True, False])
def test_a_book_that_is_at_a_colleagues_own_device_does_not_go_with_the_one_that_was_shut_out(
    computer: Computer, owner: Owner, *, is_noted: bool
) -> None:
    """Who signs in while nobody's desk is open has a book and a device of their own; an earlier version noted none."""
    first, desk = colleagues(computer)
    if not is_noted:
        (computer.home.folder / "books.json").unlink()
    owner.revoke(desk)
    computer.go_online()
    over(desk)
    assert [one.partition(":")[0] for one in computer.home.shut_out()] == [desk.account.replica]
    cleared(desk)
    with moved(timedelta(days=8)):
        assert finished(computer.home, computer.secrets) == []
    assert first.exists()
    computer.desk = None
    computer.take(MANAGER)
    computer.drained()
    assert ("Entered away", "applied", MANAGER.value) in computer.history()


def colleagues(computer: Computer) -> tuple[Path, Desk]:
    """A book of the manager in which something waits, closed, and the desk of the staff at another device."""
    computer.sign_in(MANAGER)
    first = wait_with(computer, "Entered away")
    first.close()
    computer.stage.faults.heal()
    computer.desk = None
    desk = computer.sign_in(STAFF)
    books = [computer.home.device_of(one.account.replica) for one in (first, desk)]
    assert "" not in books
    assert len(set(books)) == 2
    return computer.home.replica(first.account.replica), desk


@pytest.mark.parametrize("computer", ["files"], indirect=True)
def test_what_an_earlier_version_noted_of_a_colleagues_device_deletes_nothing(computer: Computer) -> None:
    first, desk = colleagues(computer)
    noted(computer.home, Leaving(replica=first.stem.removeprefix("book-")))
    with moved(timedelta(days=8)):
        assert finish_late(computer, desk) == []
    assert first.exists()
    computer.desk = None
    computer.take(MANAGER)
    computer.drained()
    assert computer.home.shut_out() == {}


@pytest.mark.parametrize("computer", ["files"], indirect=True)
def test_a_book_of_the_device_that_was_shut_out_goes_after_the_week_though_its_person_does_not_come(
    computer: Computer, owner: Owner
) -> None:
    first, desk = colleagues(computer)
    # As where both signed in at one device, and only one has the key of this book.
    computer.home.note_device_of(first.stem.removeprefix("book-"), computer.home.device_of(desk.account.replica))
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    assert len(cleared(desk)) == 1
    with moved(timedelta(days=6)):
        assert finish_late(computer, desk) == []
    with moved(timedelta(days=8)):
        (said,) = finish_late(computer, desk)
    assert "could not be handed in for 7 days" in said
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_of_which_device_a_book_is_that_an_earlier_version_made_is_read_in_it(computer: Computer, owner: Owner) -> None:
    first, desk = two_books(computer, ["In the first"])
    (computer.home.folder / "books.json").unlink()
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    assert handed_in(computer) == ["In the first"]
    assert len(cleared(desk)) == 2
    assert not first.exists()


@pytest.mark.parametrize(
    ("how", "notes"),
    [("the disk does not read it", "books.json"), ("it is another device's", None)],
    ids=["nothing says of which device it is", "the server knows it at another device"],
)
@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_book_that_is_not_known_to_be_at_the_device_that_was_shut_out_does_not_go_after_the_week(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, how: str, notes: str | None
) -> None:
    first, desk = two_books(computer, ["In the first"])
    if notes is not None:
        (computer.home.folder / notes).unlink()
    owner.revoke(desk)
    with kept_from_it(computer, first, how, monkeypatch):
        desk.engine.sync_now()
        over(desk)
        assert len(cleared(desk)) == 1
    with moved(timedelta(days=8)):
        assert finished(computer.home, computer.secrets) == []
    assert first.exists()


@pytest.mark.parametrize("computer", ["files"], indirect=True)
def test_a_program_that_ends_as_a_book_comes_to_another_device_leaves_it_with_neither(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER).close()
    replica = computer.account(MANAGER).replica
    computer.home.note_device_of(replica, made_id("the one before"))
    computer.desk = None
    with monkeypatch.context() as dies:
        dies.setattr(Replica, "identify", _killed)
        with pytest.raises(Killed):
            computer.sign_in(MANAGER)
    assert computer.home.device_of(replica) == ""


def test_who_is_let_in_at_another_device_and_another_book_keeps_none_of_the_one_that_was_shut_out(home: Home) -> None:
    notes = noted(home, *WHOLE, device="the one before")
    notes.forget(person("ana", "new"), "the front desk")
    assert list(home.shut_out()) == [one.name for one in WHOLE]


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_books_of_a_device_that_is_shut_out_go_though_their_person_works_at_another_one(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, desk = two_books(computer, ["In the first"], second=MANAGER)
    second = computer.home.replica(desk.account.replica)
    with no_handing_in(monkeypatch) as tried:
        owner.revoke(desk)
        desk.engine.sync_now()
        until(lambda: bool(tried), within=20)
        desk.close()
    # Its key is lost, so that it is another device to the server.
    assert isinstance(computer.secrets, FileSecrets)
    computer.secrets.delete(secret_name(computer.home))
    desk = computer.sign_in(MANAGER)
    assert computer.home.replica(desk.account.replica) == first
    desk.edit(customers.create(name="Made today"))
    computer.drained()
    assert len(computer.home.shut_out()) == 1
    with moved(timedelta(days=8)):
        assert len(finish_late(computer, desk)) == 1
    assert (first.exists(), second.exists()) == (True, False)


def test_who_comes_to_share_a_book_and_is_let_in_keeps_it(home: Home) -> None:
    """All books of the computer were to go, and it is not known yet that they work on this one."""
    notes = noted(home, Leaving(replica="hers"))
    notes.forget(person("ben", "hers"), "the front desk")
    assert home.shut_out() == {}


def test_who_is_shut_out_a_second_time_has_a_full_week_again(home: Home) -> None:
    notes = noted(home, going(ANA))
    with moved(timedelta(days=6)):
        notes.forget(ANA, "the front desk")
        noted(home, going(ANA))
    with moved(timedelta(days=8)):
        assert notes.over() == []
    with moved(timedelta(days=13, minutes=1)):
        assert notes.over() == [going(ANA)]


def found_late(home: Home, notes: ShutOut) -> list[Sequence[Leaving]]:
    """What is over at a start after the week, and what at two more, within a week after that one and beyond it."""
    told = []
    for days in (8, 14, 15.1):
        with moved(timedelta(days=days)):
            told.append(notes.over())
    return told


def test_a_book_that_nobody_comes_to_hand_in_goes_a_week_after_the_start_that_found_it_late(home: Home) -> None:
    home.keep_account(ANA)
    whole = noted(home, *WHOLE, device="the front desk")
    assert found_late(home, whole) == [[], [], WHOLE]


def test_of_somebody_else_than_who_was_there_last_nothing_is_tried_and_their_book_goes_after_the_week(
    home: Home,
) -> None:
    home.keep_account(ANA)
    notes = noted(home, going(ANA), going(ANA_ALONE), going(BEN))
    assert found_late(home, notes) == [[going(BEN)]] * 2 + [[going(ANA), going(ANA_ALONE), going(BEN)]]


@pytest.mark.parametrize("theirs", ["the one of now", None])
def test_of_another_device_than_who_was_there_last_is_at_nothing_is_tried_and_its_book_goes_after_the_week(
    home: Home, theirs: str | None
) -> None:
    home.keep_account(ANA)
    notes = noted(home, Leaving(replica="hers"), device="the one before")
    if theirs is not None:
        noted(home, Leaving(replica="shared"), device=theirs)
    with moved(timedelta(days=8)):
        assert notes.over() == [Leaving(replica="hers")]


def test_a_book_stays_with_who_came_to_share_it_after_the_other_was_shut_out(home: Home, tmp_path: Path) -> None:
    notes = noted(home, going(ANA_ALONE))
    later = person("ben", "hers")
    home.know(later)
    notes.note_handed_in(going(ANA_ALONE), 0)
    (said,) = finished(home, FileSecrets(tmp_path / "secrets.json"))
    assert "Others go on with its book" in said
    assert home.replica("hers").exists()
    assert later in home.accounts()
    assert ANA_ALONE not in home.accounts()


def test_a_book_goes_with_the_last_of_those_who_shared_it(home: Home, tmp_path: Path) -> None:
    notes = noted(home, going(ANA), going(BEN))
    for one in (ANA, BEN):
        notes.note_handed_in(going(one), 0)
    said = finished(home, FileSecrets(tmp_path / "secrets.json"))
    assert [one.partition(" Nothing")[0] for one in said] == [
        f"{name}'s access to Salon Lind on this computer has been ended. Its book is deleted from this computer."
        for name in ("ana", "ben")
    ]
    assert not home.replica("shared").exists()
    assert home.accounts() == (ANA_ALONE,)


def test_others_go_on_with_a_book_as_long_as_their_own_note_is_not_over(home: Home, tmp_path: Path) -> None:
    notes = noted(home, going(ANA), going(BEN))
    notes.note_handed_in(going(ANA), 0)
    (said,) = finished(home, FileSecrets(tmp_path / "secrets.json"))
    assert "Others go on with its book" in said
    assert home.replica("shared").exists()


def test_of_whom_nothing_is_known_any_more_it_is_said_without_a_name(home: Home, tmp_path: Path) -> None:
    """The program ended once their account was forgotten, and before the note was."""
    notes = noted(home, going(BEN))
    notes.note_handed_in(going(BEN), 0)
    home.forget_accounts([BEN])
    (said,) = finished(home, FileSecrets(tmp_path / "secrets.json"))
    assert said.startswith("Somebody's access to Salon Lind on this computer has been ended. Others go on with its")


def test_a_book_of_which_there_are_two_notes_goes_once(home: Home, tmp_path: Path) -> None:
    """Its person was shut out, and then the computer, which has not handed in."""
    notes = noted(home, going(ANA_ALONE), Leaving(replica="hers"))
    notes.note_handed_in(going(ANA_ALONE), 2)
    (said,) = finished(home, FileSecrets(tmp_path / "secrets.json"))
    assert "2 changes" in said
    assert home.shut_out() == {}


def test_what_became_of_a_book_is_kept_until_it_is_told_though_the_next_one_cannot_be_deleted(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, secrets = noted(home, *WHOLE), FileSecrets(tmp_path / "secrets.json")
    for count, one in enumerate(WHOLE, 2):
        notes.note_handed_in(one, count)
    delete = secrets.delete

    def locked(name: str) -> None:
        if WHOLE[1].replica in name:
            raise StorageFault("The keyring is locked.")
        delete(name)

    with monkeypatch.context() as planted:
        planted.setattr(secrets, "delete", locked)
        with pytest.raises(StorageFault, match="locked"):
            finish_left(home, secrets)
    assert not home.replica(WHOLE[0].replica).exists()
    said = finish_left(home, secrets)
    assert [one.partition("this computer. ")[2][:9] for one in said] == ["2 changes", "3 changes"]
    assert finish_left(home, secrets) == said, "nobody has read it"
    notes.note_told(notes.gone())
    assert finish_left(home, secrets) == []
    assert left_of(home) == set()


def test_a_start_without_a_window_keeps_for_the_window_what_became_of_a_book(home: Home, tmp_path: Path) -> None:
    notes, secrets = noted(home, *WHOLE), FileSecrets(tmp_path / "secrets.json")
    notes.note_handed_in(WHOLE[1], 3)
    assert Desk.open(home, secrets) is None
    assert not home.replica(WHOLE[1].replica).exists()
    (said,) = finish_left(home, secrets)
    assert "3 changes" in said


def test_who_is_shut_out_a_second_time_before_the_first_was_told_is_told_both(home: Home, tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "secrets.json")
    for count in (2, 3):
        home.know(ANA)
        with moved(timedelta(hours=count)):
            notes = noted(home, going(ANA))
            notes.note_handed_in(going(ANA), count)
            finish_left(home, secrets)
    assert [one.partition("here. ")[2][:9] for one in finish_left(home, secrets)] == ["2 changes", "3 changes"]


def test_a_note_that_is_taken_off_while_another_is_written_stays_off(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs in while the engine hands in."""
    notes = noted(home, going(ANA), going(BEN))
    meanwhile: list[Thread] = []

    def written(path: Path, told: str) -> None:
        if not meanwhile:
            meanwhile.append(Thread(target=lambda: ShutOut(Home(home.folder)).forget(ANA, "the front desk")))
            meanwhile[0].start()
            meanwhile[0].join(timeout=0.2)
        write_whole(path, told)

    monkeypatch.setattr("desktop.config.write_whole", written)
    notes.note_handed_in(going(BEN), 1)
    meanwhile[0].join(timeout=5)
    assert list(home.shut_out()) == [going(BEN).name]


@contextmanager
def first_time(said: Exception, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Within the block the first book that is handed in fails, once; how many were left at each try is in the list."""
    asked, hand_in = list[int](), HandingIn.hand_in

    def refused_once(way: HandingIn, *args: Any, books_left: int) -> Handed:
        asked.append(books_left)
        if len(asked) == 1:
            raise said
        return hand_in(way, *args, books_left=books_left)

    with monkeypatch.context() as planted:
        planted.setattr(HandingIn, "hand_in", refused_once)
        yield asked


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_what_is_not_about_one_book_ends_the_round_for_all(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, desk = two_books(computer, ["In the first"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    with first_time(Stopped("ticket_spent", ""), monkeypatch) as asked:
        computer.go_online()
        over(desk)
    assert asked == [1, 1, 0], "the first is tried again before the second"
    assert handed_in(computer) == ["In the first", "In the second"]
    cleared(desk)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
@pytest.mark.parametrize("said", [Unreachable(""), SignInRefused("", "The server answered 403.")])
def test_one_book_that_the_line_ends_does_not_end_the_others_and_is_tried_again(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch, said: Exception
) -> None:
    _, desk = two_books(computer, ["In the first"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    with first_time(said, monkeypatch) as asked:
        computer.go_online()
        over(desk)
    assert asked == [1, 1, 1, 0], "all the same the server is not told that this was all before it was"
    assert handed_in(computer) == ["In the second", "In the first"]
    assert len(cleared(desk)) == 2
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_what_a_colleague_enters_into_a_book_that_waits_for_another_is_handed_in_too(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a line nobody has told them yet that the computer is shut out."""
    first, _ = two_books(computer, [])
    wait_with(computer, "In the second").close()
    computer.stage.faults.heal()
    desk = computer.sign_in(OWNER)
    assert computer.home.replica(desk.account.replica) == first, "they share it with the manager"
    wait_with(computer, "In the first")
    owner.revoke(desk)
    hand_in = Transport.hand_in

    def refused(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        if any(one["args"]["name"] == "In the second" for one in part["mutations"]):
            raise SignInRefused("", "The server answered 403.")
        return hand_in(transport, part)

    with monkeypatch.context() as planted:
        planted.setattr(Transport, "hand_in", refused)
        computer.go_online()
        until(lambda: any(note["handed_in"] for note in computer.home.shut_out().values()), within=20)
        computer.go_offline()
        desk = computer.take(MANAGER)
        desk.edit(customers.create(name="By a colleague"))
    computer.go_online()
    over(desk)
    assert sorted(handed_in(computer)) == ["By a colleague", "In the first", "In the second"]
    said = cleared(desk)
    assert ["2 changes that waited were handed in" in one for one in said].count(True) == 1


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_an_open_book_waits_for_another_that_the_line_ends_over_a_start_and_until_the_week_is_over(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, desk = two_books(computer, ["In the first"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    hand_in = Transport.hand_in

    def refused(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        if any(one["args"]["name"] == "In the first" for one in part["mutations"]):
            raise SignInRefused("", "The server answered 403.")
        return hand_in(transport, part)

    monkeypatch.setattr(Transport, "hand_in", refused)
    computer.go_online()
    until(lambda: handed_in(computer) == ["In the second"], within=20)
    until(lambda: any(note["handed_in"] for note in computer.home.shut_out().values()), within=20)
    desk = begun_again(computer)
    assert first.exists()
    assert not desk.status.may_hold
    moving = WallClock()
    with clock.using(moving):
        moving.wall += timedelta(days=7, minutes=1)
        until(lambda: all("found_late" in note for note in computer.home.shut_out().values()), within=20)

        def is_over_in_a_while() -> bool:
            moving.wall += timedelta(seconds=5)
            return desk.status.over

        until(is_over_in_a_while, within=30)
        said = cleared(desk)
    assert ["One change that waited was handed in" in one for one in said].count(True) == 1
    assert ["could not be handed in for 7 days" in one for one in said].count(True) == 1
    assert left_of(computer.home) == set()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_desk_that_closes_opens_no_other_book(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, desk = two_books(computer, ["In the first"])
    wait_with(computer, "In the second")
    owner.revoke(desk)
    tried = list[int]()

    def closes(way: HandingIn, transport: Transport, *_: Any, books_left: int) -> Handed:
        tried.append(books_left)
        transport.interrupt()
        raise Unreachable("")

    monkeypatch.setattr(HandingIn, "hand_in", closes)
    computer.go_online()
    until(lambda: bool(tried), within=20)
    desk.close()
    assert tried == [1]


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_line_that_carries_small_messages_alone_hands_in_all(
    computer: Computer, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_SHORT_WAIT", 0.3)
    computer.sign_in(MANAGER)
    names = [f"Customer {number}" for number in range(40)]
    desk = wait_with(computer, *names)
    owner.revoke(desk)
    hand_in = Transport.hand_in

    def narrow(transport: Transport, part: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(part["mutations"]) > 10:
            raise TimedOut("")
        return hand_in(transport, part)

    monkeypatch.setattr(Transport, "hand_in", narrow)
    computer.go_online()
    over(desk)
    assert handed_in(computer) == names
    assert "40 changes that waited were handed in" in cleared(desk)[0]


def test_another_business_on_the_same_computer_keeps_everything(
    computer: Computer, owner: Owner, stage: Stage, tmp_path: Path
) -> None:
    other = Computer(stage, open_shop(stage.engine), Home(tmp_path / "desk" / "businesses" / "x"), computer.secrets)
    if isinstance(computer.secrets, KeyFiles):
        other.secrets = KeyFiles(other.home)
    other.sign_in(MANAGER).close()
    kept = left_of(other.home)
    desk = computer.sign_in(MANAGER)
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    cleared(desk)
    assert left_of(computer.home) == {"businesses"}
    assert left_of(other.home) == kept
    other.desk = None
    taken = other.take(MANAGER)
    other.drained()
    taken.close()


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_start_deletes_nothing_while_another_program_has_the_book_open(computer: Computer, owner: Owner) -> None:
    desk = computer.sign_in(MANAGER)
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    with pytest.raises(StorageFault, match="open already"):
        finished(computer.home, computer.secrets)
    cleared(desk)


@pytest.mark.parametrize("computer", ["keyring"], indirect=True)
def test_a_note_says_nothing_of_anybody(computer: Computer, owner: Owner) -> None:
    desk = computer.sign_in(MANAGER)
    owner.revoke(desk)
    desk.engine.sync_now()
    over(desk)
    noted = (computer.home.folder / "shut-out.json").read_text()
    assert owner.shop.email(MANAGER) not in noted
    assert people.key_name(desk.account.replica) not in noted
    assert timedelta(days=7) == shut_out.KEPT_FOR
    cleared(desk)
