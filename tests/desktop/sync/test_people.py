"""Several people on one desk's replica: they take turns, leave, come back, and nobody's edits become another's."""

import base64
import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations import customers
from desktop.presenters.turns import NeedsNetwork, Turns
from desktop.store.replica import Replica
from desktop.sync import people
from desktop.sync.device_key import secret_name
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import SecretStore, WrongPassword
from desktop.sync.status import Connection
from desktop.sync.transport import Transport
from shared import ids
from shared.errors import ProtocolMismatch, StorageFault
from shared.model.base import SessionId
from shared.model.member import Role
from shared.model.registry import SCHEMA_VERSION
from shared.rules import views
from shared.rules.permissions import Capability
from shared.rules.plans import DEFAULTS
from syncserver.services import views as server_views
from syncserver.services.views import view_of
from syncserver.store.sessions import end_session
from syncserver.store.users import change_user, find_user
from tests.desktop.sync.book import sent
from tests.desktop.sync.computer import MANAGER, OWNER, STAFF, Computer
from tests.desktop.sync.stage import Stage
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until


def test_who_comes_second_shares_the_book_of_the_first(computer: Computer) -> None:
    first = computer.sign_in(MANAGER)
    assert computer.sign_in(STAFF) is first
    assert len(list(computer.home.folder.glob("book-*.db"))) == 1
    assert computer.account(STAFF).replica == computer.account(MANAGER).replica
    assert first.do(lambda replica: replica.identity().role) == STAFF.value


def test_each_edit_is_decided_by_the_rights_of_who_made_it(computer: Computer) -> None:
    """One queue of two people, made offline: the last one at the desk brings it all (P24)."""
    desk = computer.sign_in(STAFF)
    computer.sign_in(MANAGER)
    computer.go_offline()
    desk.edit(customers.create(name="By the manager"))
    computer.take(STAFF)
    desk.edit(customers.create(name="By staff"))
    computer.take(MANAGER)
    desk.edit(customers.create(name="By the manager again"))
    computer.take(STAFF)
    computer.go_online()
    computer.drained()
    assert computer.history() == [
        ("By the manager", "applied", MANAGER.value),
        ("By staff", "applied", STAFF.value),
        ("By the manager again", "applied", MANAGER.value),
    ]


def test_undo_takes_back_ones_own_steps_alone(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    desk.edit(customers.create(name="Of the manager"))
    computer.sign_in(STAFF)
    assert desk.do(lambda replica: replica.undo()) is None
    desk.edit(customers.create(name="Of staff"))
    turned = desk.do(lambda replica: replica.undo())
    assert turned is not None
    assert turned.made == 1
    assert desk.do(lambda replica: replica.undo()) is None
    computer.take(MANAGER)
    assert desk.do(lambda replica: replica.undo()) is not None


def test_without_a_network_the_password_is_enough_for_who_was_here_before(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    desk = computer.sign_in(STAFF)
    computer.go_offline()
    with pytest.raises(WrongPassword):
        computer.take(MANAGER, "wrong")
    assert desk.do(lambda replica: replica.identity().role) == STAFF.value
    computer.take(MANAGER)
    assert desk.do(lambda replica: replica.identity().role) == MANAGER.value
    assert computer.home.account() == computer.account(MANAGER)


def test_after_a_start_the_one_who_took_the_desk_last_is_there(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF).close()
    computer.go_offline()
    computer.desk = None
    desk = computer.take(MANAGER)
    assert desk.do(lambda replica: replica.identity().role) == MANAGER.value


def test_who_was_never_here_needs_the_network(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    computer.go_offline()
    never = replace(computer.account(MANAGER), email="new@salon.example")
    with pytest.raises(NeedsNetwork, match="have not signed in on this computer yet"):
        Turns(home=computer.home, secrets=computer.secrets, desk=desk).take(never, PASSWORD)
    assert not desk.is_closed


def test_a_right_password_forgets_the_misses(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF)
    computer.go_offline()
    for _ in range(4):
        with pytest.raises(WrongPassword):
            computer.take(MANAGER, "wrong")
    assert computer.home.misses(computer.login(MANAGER))[0] == 4
    computer.take(MANAGER)
    assert computer.home.misses(computer.login(MANAGER))[0] == 0


def test_a_sign_out_online_sends_what_waits_and_ends_the_session(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    computer.drained()
    for number in range(5):
        desk.edit(customers.create(name=f"Guest {number}"))
    assert desk.sign_out() == 0
    assert [outcome for _, outcome, _ in computer.history()] == ["applied"] * 5
    assert computer.sessions(MANAGER) == (0, 1)


@pytest.mark.parametrize("lost", [(), (Fault.LOST_REPLY, Fault.LOST_REQUEST)], ids=["at once", "told again"])
def test_what_waits_at_a_sign_out_is_sent_by_who_comes_next_and_then_the_session_ends(
    computer: Computer, lost: tuple[Fault, ...]
) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Left behind"))
    assert desk.sign_out() == 1
    assert computer.home.account() is None
    assert computer.sessions(MANAGER) == (1, 0)
    computer.take(STAFF)
    computer.go_online()
    computer.stage.faults.spoil("/sign-out", *lost)
    computer.drained()
    assert computer.history() == [("Left behind", "applied", MANAGER.value)]
    until(lambda: computer.sessions(MANAGER) == (0, 1), within=20)
    until(lambda: not _leaving(computer), within=20)


def _leaving(computer: Computer) -> list[tuple[str, ...]]:
    desk = computer.desk
    assert desk is not None
    return desk.do(lambda replica: replica.database.rows("SELECT session FROM leaving"))


def test_a_session_that_was_ended_meanwhile_has_nothing_to_end(computer: Computer) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    session = SessionId(desk.do(lambda replica: replica.identity().session))
    desk.sign_out()
    end_session(computer.stage.engine, computer.shop.tenant, session, reason="ended_by_owner")
    computer.take(STAFF)
    computer.go_online()
    computer.drained()
    until(lambda: not _leaving(computer), within=20)
    assert computer.sessions(STAFF) == (1, 0)


def test_who_left_without_a_network_can_come_back_without_one_and_stays_signed_in(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Before"))
    desk.sign_out()
    again = computer.take(MANAGER)
    again.edit(customers.create(name="After"))
    computer.go_online()
    computer.drained()
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [("Before", "applied"), ("After", "applied")]
    assert computer.sessions(MANAGER) == (1, 0)


def test_who_has_signed_out_at_the_server_needs_the_network_to_come_back(computer: Computer) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    desk.sign_out()
    computer.go_offline()
    with pytest.raises(NeedsNetwork, match="have signed out here"):
        computer.take(MANAGER)
    computer.take(STAFF)
    computer.go_online()
    computer.take(MANAGER)
    assert computer.sessions(MANAGER) == (1, 1)


def test_a_round_that_finds_nobody_signed_in_keeps_no_session_going(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = computer.sign_in(MANAGER)
    computer.drained()
    session = desk.session.session
    hand_over = session.hand_over

    def and_a_round_follows() -> str | None:
        token = hand_over()
        desk.engine.sync_now()
        until(lambda: desk.status.connection is Connection.SIGN_IN, within=20)
        return token

    monkeypatch.setattr(session, "hand_over", and_a_round_follows)
    desk.sign_out()
    assert computer.sessions(MANAGER) == (0, 1)


class _Hanging:
    """An exchange of the token of whoever is at the desk, which the server has answered and which is not over."""

    def __init__(self, computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
        assert computer.desk is not None
        session, refresh = computer.desk.session.session, Transport.refresh
        answered, self._goes_on = threading.Event(), threading.Event()

        def held(transport: Transport, token: str, proof: str) -> Mapping[str, Any]:
            made = refresh(transport, token, proof)
            if threading.current_thread() is self._thread:
                answered.set()
                assert self._goes_on.wait(20)
            return made

        def exchange() -> None:
            # The engine's own round may want a token in between, and be the one that exchanges it.
            while not answered.is_set():
                session.forget_token()
                session.token()

        monkeypatch.setattr(Transport, "refresh", held)
        self._thread = threading.Thread(target=exchange)
        self._thread.start()
        assert answered.wait(20)

    def let_go_on(self) -> None:
        """Let it end, a little after somebody has begun to wait for it."""
        threading.Timer(0.3, self._goes_on.set).start()

    def end(self) -> None:
        """Wait until it has."""
        self._goes_on.set()
        self._thread.join(20)


def claimed_session(token: str) -> str:
    """Whose session an access token says that it is for."""
    body = token.split(".")[1]
    told: str = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sid"]
    return told


def test_who_comes_back_while_their_token_is_exchanged_leaves_no_session_behind(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would exchange one token: what the earlier one gets would be kept after they have signed out."""
    computer.sign_in(MANAGER)
    computer.drained()
    hanging = _Hanging(computer, monkeypatch)
    computer.sign_in(STAFF)
    hanging.let_go_on()
    desk = computer.take(MANAGER)
    hanging.end()
    computer.drained()
    assert computer.sessions(MANAGER) == (1, 0)
    desk.sign_out()
    assert computer.sessions(MANAGER) == (0, 1)


def test_who_signs_in_anew_while_their_token_is_exchanged_keeps_that_of_the_sign_in(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    computer.sign_in(MANAGER)
    computer.drained()
    hanging = _Hanging(computer, monkeypatch)
    computer.sign_in(STAFF)
    hanging.let_go_on()
    desk = computer.sign_in(MANAGER)
    hanging.end()
    session = desk.do(lambda replica: replica.identity().session)
    assert claimed_session(desk.session.token()) == session
    desk.sign_out()
    assert computer.is_over(session)


def test_an_author_who_is_nobody_here_is_set_aside_and_holds_up_nobody(computer: Computer) -> None:
    """Somebody writes another's session into the queue: one that is not live on this device gives no rights."""
    computer.sign_in(OWNER)
    desk = computer.sign_in(STAFF)
    computer.go_offline()
    desk.edit(customers.create(name="Forged"))
    desk.edit(customers.create(name="Honest"))
    elsewhere = ids.new_id()
    desk.do(lambda replica: replica.database.run("UPDATE outbox SET author = ? WHERE seq = 1", (elsewhere,)))
    computer.go_online()
    computer.drained()
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [
        ("Forged", "quarantined"),
        ("Honest", "applied"),
    ]


@pytest.fixture
def files(stage: Stage, shop: Shop, tmp_path: Path) -> Iterator[Computer]:
    """A computer without a keyring, at which the manager and then staff have signed in."""
    home = Home(tmp_path / "desk")
    made = Computer(stage, shop, home, KeyFiles(home))
    made.sign_in(MANAGER)
    made.sign_in(STAFF)
    yield made
    stage.faults.heal()
    if made.desk is not None:
        made.desk.close()


def test_a_copied_file_of_keys_opens_nothing_for_another(files: Computer) -> None:
    files.go_offline()
    mine, theirs = files.home.keys(files.login(STAFF)), files.home.keys(files.login(MANAGER))
    shutil.copy(mine, theirs)
    with pytest.raises(StorageFault, match="belongs to another account"):
        files.take(MANAGER)
    theirs.write_text(mine.read_text().replace(files.login(STAFF).id, files.login(MANAGER).id))
    with pytest.raises(WrongPassword):
        files.take(MANAGER)


def test_a_second_person_gets_the_keys_of_the_book_and_of_the_computer_and_no_token(files: Computer) -> None:
    kept = KeyFiles(files.home).open(files.login(MANAGER), PASSWORD)
    kept.set("key:another", "of another book")
    files.take(MANAGER)
    files.sign_in(OWNER)
    held = KeyFiles(files.home).open(files.login(OWNER), PASSWORD).all()
    replica = files.account(OWNER).replica
    assert set(held) == {secret_name(files.home), people.key_name(replica), people.token_name(files.account(OWNER))}


def test_who_cannot_be_given_the_key_has_a_book_of_their_own(files: Computer) -> None:
    assert files.desk is not None
    files.desk.close()
    files.desk = None
    files.sign_in(OWNER)
    assert files.account(OWNER).replica != files.account(STAFF).replica


@pytest.fixture
def views_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Staff hold no items of what was refused."""
    monkeypatch.setitem(views.HELD_BY, "attention_item", Capability.MANAGE_SETUP)


def _staff_view(computer: Computer) -> str:
    return view_of(STAFF, DEFAULTS[computer.shop.tenant.tier].features).hash


def _change_role(computer: Computer, who: Role, role: Role) -> None:
    user = find_user(computer.stage.engine, computer.shop.users[who])
    assert user is not None
    change_user(computer.stage.engine, computer.shop.tenant, replace(user, role=role))


@pytest.mark.usefixtures("views_differ")
def test_people_of_different_views_have_books_of_their_own(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    computer.sign_in(STAFF)
    assert computer.account(STAFF).replica != computer.account(MANAGER).replica


@pytest.mark.usefixtures("views_differ")
def test_who_may_see_less_and_has_the_book_alone_gets_it_loaded_afresh_in_place(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    before = desk.account.replica
    _change_role(computer, MANAGER, STAFF)
    desk.edit(customers.create(name="Kept"))
    until(lambda: desk.do(lambda replica: replica.meta.get("view")) == _staff_view(computer), within=20)
    computer.drained()
    assert computer.account(MANAGER).replica == before
    assert computer.account(MANAGER).known_view == _staff_view(computer)


@pytest.mark.usefixtures("views_differ")
def test_who_may_see_less_leaves_a_shared_book_to_the_others(computer: Computer) -> None:
    computer.sign_in(OWNER)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    shared = desk.account.replica
    _change_role(computer, MANAGER, STAFF)
    desk.edit(customers.create(name="Sent before"))
    until(lambda: desk.status.elsewhere, within=20)
    assert not desk.status.may_hold
    moved = desk.move()
    computer.took(moved)
    computer.drained()
    assert moved.account.replica != shared
    assert computer.home.account() == moved.account
    assert moved.do(lambda replica: replica.meta.get("view")) == _staff_view(computer)
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [("Sent before", "applied")]
    back = computer.take(OWNER)
    assert back.account.replica == shared
    computer.drained()
    assert sent(back) == [(1, "applied")]
    assert computer.sessions(MANAGER) == (1, 0)


def _leave_behind(computer: Computer) -> None:
    """Somebody signs out with an edit that waits in the book of several, and may hold less from then on."""
    computer.sign_in(OWNER)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Left behind"))
    assert desk.sign_out() == 1
    _change_role(computer, MANAGER, STAFF)
    computer.go_online()


@pytest.mark.usefixtures("views_differ")
def test_what_was_gathered_into_a_new_book_is_sent_though_the_program_died_as_it_was_made(computer: Computer) -> None:
    """Nobody opens a book of which nothing is known: what waits in it would be sent by nobody."""
    _leave_behind(computer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "keep_account", _full)
        with pytest.raises(StorageFault):
            computer.sign_in(MANAGER)
    computer.sign_in(MANAGER)
    computer.drained()
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [("Left behind", "applied")]


@pytest.mark.usefixtures("views_differ")
def test_what_cannot_be_noted_as_gathered_stays_in_the_book_that_others_send(computer: Computer) -> None:
    _leave_behind(computer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "know", _full)
        with pytest.raises(StorageFault):
            computer.sign_in(MANAGER)
    computer.sign_in(OWNER)
    computer.drained()
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [("Left behind", "applied")]


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Upgrades the server to columns that this computer does not know: views have other names from then on."""

    def upgrade() -> None:
        for module in ("services.views", "services.sync.registering"):
            monkeypatch.setattr(f"syncserver.{module}.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        server_views._view.cache_clear()

    yield upgrade
    monkeypatch.undo()
    server_views._view.cache_clear()


def test_who_signs_in_at_a_newer_server_goes_on_with_the_book_that_they_had(
    computer: Computer, newer: Callable[[], None]
) -> None:
    """Another would be empty, and stay so: such a server gives no rows to an older desk."""
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    newer()
    assert computer.sign_in(STAFF) is desk
    desk.close()
    assert computer.sign_in(MANAGER).account.replica == desk.account.replica
    assert len(list(computer.home.folder.glob("book-*.db"))) == 1
    assert {one.replica for one in computer.home.accounts()} == {desk.account.replica}


def kept_open(computer: Computer) -> SecretStore:
    """The secrets of who is at the desk, which hold the key of its book."""
    assert computer.desk is not None
    return computer.desk.secrets


def test_who_was_never_here_shares_no_book_by_a_view_that_a_newer_server_names(computer: Computer) -> None:
    """Nobody can say that it holds no more than they may see."""
    replica = computer.sign_in(MANAGER).account.replica
    computer.drained()
    login, held = computer.login(STAFF), computer.account(MANAGER).known_view
    told: dict[str, Any] = {"view": held, "schema": SCHEMA_VERSION + 1}
    for noted in (held, ""):
        computer.home.note_book(replica, noted, "")
        assert people.replica_for(computer.home, kept_open(computer), login, told) is None


def test_a_view_is_compared_where_an_older_server_does_not_say_of_which_columns_it_is(computer: Computer) -> None:
    replica = computer.sign_in(MANAGER).account.replica
    computer.drained()
    told = {"view": computer.account(MANAGER).known_view}
    assert people.replica_for(computer.home, kept_open(computer), computer.login(STAFF), told) == replica


@pytest.mark.usefixtures("views_differ")
def test_nobody_moves_by_a_view_that_a_newer_server_names(computer: Computer, newer: Callable[[], None]) -> None:
    """The book that they had would be shown again, with what they may not see any more."""
    computer.sign_in(OWNER)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    _change_role(computer, MANAGER, STAFF)
    desk.edit(customers.create(name="Sent before"))
    until(lambda: desk.status.elsewhere, within=20)
    newer()
    with pytest.raises(ProtocolMismatch, match="not of the same version"):
        desk.move()
    assert not desk.is_closed
    assert computer.account(MANAGER).replica == desk.account.replica


def test_what_an_earlier_version_had_for_each_person_is_gone_on_with(stage: Stage, shop: Shop, tmp_path: Path) -> None:
    """One file a person, its token under the replica's name alone, and accounts that know no view."""
    home, secrets = Home(tmp_path / "desk"), FileSecrets(tmp_path / "secrets.json")
    computer = Computer(stage, shop, home, secrets)
    computer.sign_in(MANAGER).close()
    account = computer.account(MANAGER)
    token = secrets.get(people.token_name(account))
    assert token is not None
    secrets.delete(people.token_name(account))
    secrets.set(f"session:{account.replica}", token)
    old = {name: kept for name, kept in asdict(account).items() if name not in ("view", "schema")}
    home._write("known.json", {account.replica: json.dumps(old)})
    home._write("account.json", old)
    desk = Desk.open(home, secrets)
    assert desk is not None
    with closing(desk):
        desk.start()
        until(lambda: desk.status.connection is Connection.ONLINE, within=20)
        until(lambda: computer.account(MANAGER).known_view != "", within=20)
        assert secrets.get(f"session:{account.replica}") is None
        assert desk.account.replica == account.replica


def test_a_disk_that_is_full_while_the_desk_changes_hands_leaves_it_with_one_of_them(computer: Computer) -> None:
    """Whoever the window shows is the one whose session the next edit names (P24)."""
    computer.sign_in(MANAGER)
    desk = computer.sign_in(STAFF)
    computer.go_offline()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "_write", _full)
        computer.take(MANAGER)
    assert desk.account == computer.account(MANAGER)
    assert desk.do(lambda replica: replica.identity().role) == MANAGER.value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replica, "become", _full)
        with pytest.raises(StorageFault):
            computer.take(STAFF)
    assert desk.account == computer.account(MANAGER)
    assert desk.do(lambda replica: replica.identity().role) == MANAGER.value


def _full(*_: object) -> None:
    raise StorageFault("The disk is full.")


def test_a_sign_out_that_the_disk_does_not_keep_leaves_somebody_signed_in_and_the_book_free(computer: Computer) -> None:
    desk = computer.sign_in(MANAGER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replica, "leave", _full)
        with pytest.raises(StorageFault):
            desk.sign_out()
    assert desk.is_closed
    assert computer.home.account() == computer.account(MANAGER)
    computer.go_offline()
    computer.take(MANAGER)


def test_a_role_that_is_taken_away_meanwhile_decides_what_was_made_before_it_reached_the_server(
    computer: Computer,
) -> None:
    """The manager's edit is brought by staff, after the manager has been made staff: today's rights decide."""
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Fine for both"))
    _change_role(computer, MANAGER, STAFF)
    computer.take(STAFF)
    computer.go_online()
    computer.drained()
    assert [(name, outcome) for name, outcome, _ in computer.history()] == [("Fine for both", "applied")]


def test_what_somebody_made_who_was_disabled_is_set_aside_and_holds_up_nobody(computer: Computer) -> None:
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Of the disabled"))
    user = find_user(computer.stage.engine, computer.shop.users[MANAGER])
    assert user is not None
    change_user(computer.stage.engine, computer.shop.tenant, replace(user, is_active=False))
    computer.take(STAFF)
    desk.edit(customers.create(name="Of staff"))
    computer.go_online()
    computer.drained()
    made = [(name, outcome) for name, outcome, _ in computer.history()]
    assert made == [("Of the disabled", "quarantined"), ("Of staff", "applied")]


@pytest.mark.usefixtures("views_differ")
def test_who_has_another_book_and_must_sign_in_gets_it_while_the_first_one_is_open(computer: Computer) -> None:
    computer.sign_in(MANAGER)
    desk = computer.sign_in(STAFF)
    computer.drained()
    desk.sign_out()
    computer.take(MANAGER)
    assert computer.take(STAFF).account.replica == desk.account.replica


def test_keys_that_cannot_be_kept_leave_the_desk_with_who_was_at_it(computer: Computer) -> None:
    """The server let somebody in and the computer could not: what is entered on is not in their name (P24)."""
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("desktop.desk.keep_device", _full)
        with pytest.raises(StorageFault):
            computer.sign_in(STAFF)
    assert desk.account == computer.account(MANAGER)
    desk.edit(customers.create(name="Of the manager"))
    computer.drained()
    assert computer.history() == [("Of the manager", "applied", MANAGER.value)]


def test_a_start_after_a_change_that_was_not_noted_asks_who_is_there(stage: Stage, shop: Shop, tmp_path: Path) -> None:
    """With a keyring a start asks nothing: whoever took the desk last must not become the one before."""
    home, secrets = Home(tmp_path / "desk"), FileSecrets(tmp_path / "secrets.json")
    computer = Computer(stage, shop, home, secrets)
    computer.sign_in(STAFF)
    computer.sign_in(MANAGER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Home, "keep_account", _full)
        computer.take(STAFF).close()
    assert home.account() == computer.account(MANAGER)
    assert Desk.open(home, secrets) is None
    computer.take(STAFF).close()
    with closing(Desk.open(home, secrets) or pytest.fail("not open")) as desk:
        assert desk.do(lambda replica: replica.identity().role) == STAFF.value


def test_who_was_signed_in_at_the_device_before_must_sign_in_at_the_one_that_took_its_place(
    computer: Computer,
) -> None:
    """An edit in the name of a session that is another device's would be set aside as soon as anybody sends it."""
    computer.sign_in(STAFF)
    desk = computer.sign_in(MANAGER)
    computer.drained()
    desk._secrets.delete(secret_name(computer.home))
    desk.sign_in_again(PASSWORD)
    computer.drained()
    computer.go_offline()
    with pytest.raises(NeedsNetwork):
        computer.take(STAFF)
    assert desk.do(lambda replica: replica.identity().role) == MANAGER.value
