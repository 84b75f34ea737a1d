"""Another business under the address and the name of one that has a book here: neither gets what the other has."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from desktop.config import Account
from desktop.operations import customers
from desktop.presenters.turns import Anew
from desktop.store.meta import BUSINESS
from desktop.store.people import AnotherBusiness
from desktop.store.replica import Replica
from desktop.sync import people
from desktop.sync.key_files import KeyFiles
from desktop.sync.pins import Pin
from desktop.sync.shut_out import Leaving, ShutOut, finish
from desktop.sync.transport import Transport
from shared.model.member import Role
from shared.model.plan import Tier
from syncserver.store.sessions import LAPSED, end_sessions_of
from syncserver.store.tenancy import control_transaction
from syncserver.store.tenants import create_tenant
from tests.desktop.sync.computer import MANAGER, STAFF, Computer
from tests.support.shop import PASSWORD, Shop, open_shop, stored_rows
from tests.support.waiting import until


class Founded:
    """A business that is founded anew under its name, and may be put back."""

    def __init__(self, computer: Computer) -> None:
        self._computer, self._slug = computer, computer.shop.tenant.slug
        self.old = computer.shop
        self._rename(self.old, f"was-{self._slug}")
        with control_transaction(computer.stage.engine) as connection:
            for user in self.old.users.values():
                end_sessions_of(connection, self.old.tenant, user, reason=LAPSED)
        again = create_tenant(computer.stage.engine, slug=self._slug, name="Begun anew", tier=Tier.ENTERPRISE)
        self.new = open_shop(computer.stage.engine, again)
        computer.shop = self.new

    def put_back(self) -> None:
        self._rename(self.new, f"late-{self._slug}")
        self._rename(self.old, self._slug)
        self._computer.shop = self.old

    def _rename(self, shop: Shop, slug: str) -> None:
        with control_transaction(self._computer.stage.engine) as connection:
            connection.exec_driver_sql("UPDATE tenants SET slug = %s WHERE id = %s", (slug, shop.tenant.id))

    def names(self) -> set[str]:
        """The customers of the new one."""
        return {str(row[1]) for row in stored_rows(self._computer.stage.engine, self.new.tenant)["customer"].values()}


def worked(computer: Computer) -> str:
    """A book with a customer that was sent and one that waits; the replica of it."""
    desk = computer.sign_in(MANAGER)
    desk.edit(customers.create(name="Ida Sent"))
    computer.drained()
    computer.go_offline()
    desk.edit(customers.create(name="Nora Waits"))
    return desk.account.replica


def begin_anew(computer: Computer, role: Role) -> None:
    """Somebody signs in, is asked, and says yes."""
    turns = computer.turns()
    told = turns.sign_in(computer.login(role), PASSWORD)
    assert isinstance(told, Anew)
    computer.took(turns.begin_anew(told))


def shown(computer: Computer) -> set[str]:
    assert computer.desk is not None
    return {row[0] for row in computer.desk.do(lambda replica: replica.database.rows("SELECT name FROM customer"))}


def test_whoever_signs_in_again_is_told_and_the_book_stays_as_it_is(computer: Computer) -> None:
    worked(computer)
    founded = Founded(computer)
    computer.go_online()
    desk = computer.desk
    assert desk is not None
    before = desk.do(lambda replica: (replica.identity(), replica.meta.get("epoch"), replica.unsent(10)))
    with pytest.raises(AnotherBusiness, match="Nothing of the book was sent there"):
        desk.sign_in_again(PASSWORD)
    assert desk.do(lambda replica: (replica.identity(), replica.meta.get("epoch"), replica.unsent(10))) == before
    assert computer.sessions(MANAGER) == (0, 1)
    assert founded.names() == {founded.new.canary}


def test_whoever_signs_in_is_asked_and_begins_with_a_book_of_their_own(computer: Computer) -> None:
    replica = worked(computer)
    founded = Founded(computer)
    computer.go_online()
    begin_anew(computer, MANAGER)
    computer.drained()
    assert computer.account(MANAGER).replica != replica
    assert shown(computer) == founded.names() == {founded.new.canary}
    assert computer.home.replica(replica).exists()
    assert [one.replica for one in computer.home.every_account() if one.is_set_aside] == [replica]


def test_a_pin_of_the_old_business_opens_no_book_of_the_new_one(computer: Computer) -> None:
    """Their e-mail may be somebody else's there."""
    worked(computer)
    computer.go_online()
    staff = computer.sign_in(STAFF)
    Pin(staff.secrets, computer.login(STAFF)).set("4821")
    manager = computer.take(MANAGER)
    Pin(manager.secrets, computer.login(MANAGER)).set("4821")
    Founded(computer)
    begin_anew(computer, MANAGER)
    assert computer.turns().pin_of(computer.account(MANAGER)) is None
    computer.sign_in(STAFF)
    assert computer.turns().pin_of(computer.account(STAFF)) is None


def test_until_they_have_said_so_the_open_book_stays_open(computer: Computer) -> None:
    worked(computer)
    desk = computer.desk
    assert desk is not None
    Founded(computer)
    computer.go_online()
    known = computer.home.every_account()
    assert isinstance(computer.turns().sign_in(computer.login(MANAGER), PASSWORD), Anew)
    assert not desk.is_closed
    assert computer.home.every_account() == known


def test_a_business_that_is_put_back_has_its_book_again_with_what_waits(computer: Computer) -> None:
    replica = worked(computer)
    founded = Founded(computer)
    computer.go_online()
    begin_anew(computer, MANAGER)
    computer.drained()
    founded.put_back()
    assert computer.sign_in(MANAGER).account.replica == replica
    computer.drained()
    assert {"Ida Sent", "Nora Waits"} <= {name for name, _, _ in computer.history()}
    assert {one.replica for one in computer.home.accounts()} == {replica}


def test_who_was_never_here_is_not_given_the_book_of_the_other_by_its_view(computer: Computer) -> None:
    replica = worked(computer)
    founded = Founded(computer)
    computer.go_online()
    told = computer.turns().sign_in(computer.login(STAFF), PASSWORD)
    assert isinstance(told, Anew)
    if isinstance(computer.secrets, KeyFiles):
        assert told.secrets.get(people.key_name(replica)) is None
    computer.took(computer.turns().begin_anew(told))
    computer.drained()
    assert shown(computer) == founded.names() == {founded.new.canary}


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])
def test_who_was_never_here_is_not_given_a_book_of_before_that_does_not_know_its_business(
    computer: Computer, *, is_open: bool
) -> None:
    replica = worked(computer)
    desk = computer.desk
    assert desk is not None
    desk.do(lambda book: book.meta.delete(BUSINESS))
    if not is_open:
        desk.close()
    put_known(computer, *(replace(one, business="", user_id="") for one in computer.home.accounts()))
    founded = Founded(computer)
    computer.go_online()
    took = computer.sign_in(STAFF)
    computer.drained()
    assert took.account.replica != replica
    assert shown(computer) == founded.names() == {founded.new.canary}
    assert computer.home.replica(replica).exists()
    if isinstance(computer.secrets, KeyFiles):
        assert computer.secrets.open(computer.login(STAFF), PASSWORD).get(people.key_name(replica)) is None
    # The one whose book it is may say whether they begin anew.
    assert isinstance(computer.turns().sign_in(computer.login(MANAGER), PASSWORD), Anew)


def test_a_server_that_does_not_say_which_business_it_is_is_known_by_its_people(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is with one of before; and the book of before does not say it, either."""
    monkeypatch.setattr(Transport, "sign_in", silent(Transport.sign_in))
    monkeypatch.setattr(Replica, "registered", silent(Replica.registered))
    replica = worked(computer)
    put_known(computer, *(replace(one, user_id="") for one in computer.home.accounts()))
    founded = Founded(computer)
    computer.go_online()
    desk = computer.desk
    assert desk is not None
    assert desk.do(lambda book: book.meta.get(BUSINESS)) is None
    begin_anew(computer, MANAGER)
    computer.drained()
    assert computer.account(MANAGER).replica != replica
    assert founded.names() == {founded.new.canary}


def put_known(computer: Computer, *accounts: Account) -> None:
    """Let the computer know these, as if an earlier version had noted them."""
    told = {f"{one.replica}:{one.login.person}": json.dumps(asdict(one)) for one in accounts}
    (computer.home.folder / "known.json").write_text(json.dumps(told), encoding="utf-8")


def silent(asked: Any) -> Any:
    """The same, of which nothing says which business it is."""

    def of(told: Any) -> Any:
        return {name: of(one) for name, one in told.items() if name != "business"} if isinstance(told, dict) else told

    def ask(self: Any, told: Any) -> Any:
        return of(asked(self, of(told)))

    return ask


def test_a_book_of_before_learns_of_which_business_it_is_with_the_next_round_and_is_shared_then(
    computer: Computer,
) -> None:
    desk = computer.sign_in(MANAGER)
    computer.drained()
    desk.do(lambda replica: replica.meta.delete(BUSINESS))
    desk.close()
    (told,) = computer.home.accounts()
    put_known(computer, replace(told, business=""))
    computer.take(MANAGER)
    computer.drained()
    until(lambda: computer.account(MANAGER).business == computer.shop.tenant.id, within=20)
    assert computer.sign_in(STAFF).account.replica == told.replica


def test_a_book_that_is_kept_opens_still_once_the_other_business_shuts_its_person_out(computer: Computer) -> None:
    """The file of a person's keys holds the keys of both."""
    replica = worked(computer)
    founded = Founded(computer)
    computer.go_online()
    begin_anew(computer, MANAGER)
    computer.drained()
    desk = computer.desk
    assert desk is not None
    desk.close()
    leaving = Leaving(replica=desk.account.replica)
    ShutOut(computer.home).begin(leaving, "Begun anew", {})
    ShutOut(computer.home).note_handed_in(leaving, 0)
    finish(computer.home, computer.secrets)
    kept = computer.secrets
    opened = kept.open(computer.login(MANAGER), PASSWORD) if isinstance(kept, KeyFiles) else kept
    assert opened.get(people.key_name(replica)) is not None
    founded.put_back()
    computer.desk = None
    assert computer.sign_in(MANAGER).account.replica == replica
