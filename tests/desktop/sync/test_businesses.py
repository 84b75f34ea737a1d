"""Two businesses on one computer: each has a folder, a replica, keys and a device of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.businesses import Businesses
from desktop.config import Account, Home, Login
from desktop.desk import Desk
from desktop.operations import customers
from desktop.presenters.turns import Came, Turns
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import SecretStore
from shared.model.member import Role
from syncserver.services.identity import passwords
from syncserver.store.users import create_user
from tests.desktop.sync.stage import Stage
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until

EMAIL = "ana@both.example"


class Computer:
    """A computer on which Ana works for two businesses."""

    def __init__(self, stage: Stage, folder: Path, secrets: SecretStore | KeyFiles, root: Home) -> None:
        self.stage, self.secrets, self.root = stage, secrets, root
        self.businesses = Businesses(root)
        self.shops = [open_shop(stage.engine), open_shop(stage.engine)]
        for shop in self.shops:
            create_user(
                stage.engine, shop.tenant, email=EMAIL, name=f"Ana of {shop.tenant.slug}", role=Role.TENANT_OWNER,
                password_hash=passwords.hash_password(PASSWORD),
            )  # fmt: skip
        self.desk: Desk | None = None
        self.opened: dict[str, SecretStore] = {}

    def login(self, shop: Shop) -> Login:
        return Login(server=self.stage.url, tenant=shop.tenant.slug, email=EMAIL)

    @property
    def turns(self) -> Turns:
        home = self.desk.home if self.desk is not None else self.root
        secrets = KeyFiles(home) if isinstance(self.secrets, KeyFiles) else self.secrets
        is_open = self.desk is not None and not self.desk.is_closed
        return Turns(
            home=home, secrets=secrets, desk=self.desk if is_open else None, opened=self.opened,
            businesses=self.businesses,
        )  # fmt: skip

    def sign_in(self, shop: Shop) -> Desk:
        return self._took(self.turns.sign_in(self.login(shop), PASSWORD))

    def take(self, shop: Shop) -> Desk:
        account = next(one for one in self.businesses.accounts() if one.tenant == shop.tenant.slug)
        return self._took(self.turns.take(account, PASSWORD))

    def _took(self, desk: Came) -> Desk:
        assert isinstance(desk, Desk)
        self.desk = desk
        self.businesses.keep_current(desk.home)
        desk.start()
        until(lambda: desk.do(lambda replica: replica.is_usable), within=20)
        return desk


@pytest.fixture(params=["keyring", "files"])
def computer(request: pytest.FixtureRequest, stage: Stage, tmp_path: Path) -> Iterator[Computer]:
    root = Home(tmp_path / "home")
    secrets = FileSecrets(tmp_path / "secrets.json") if request.param == "keyring" else KeyFiles(root)
    made = Computer(stage, tmp_path, secrets, root)
    yield made
    if made.desk is not None:
        made.desk.close()


def test_each_has_its_own_folder_replica_device_and_key_and_one_is_open_at_a_time(computer: Computer) -> None:
    first, second = computer.shops
    mitte = computer.sign_in(first)
    nord = computer.sign_in(second)
    assert mitte.is_closed
    assert mitte.home.folder != nord.home.folder
    assert mitte.account.replica != nord.account.replica
    assert mitte.home.device()["id"] != nord.home.device()["id"]
    assert nord.do(lambda replica: replica.identity().device) == nord.home.device()["id"]
    assert [one.tenant for one in computer.businesses.accounts()] == [first.tenant.slug, second.tenant.slug]
    assert {one.email for one in computer.businesses.accounts()} == {EMAIL}
    assert computer.businesses.current().folder == nord.home.folder


def test_one_goes_to_and_fro_and_what_waits_in_each_is_its_own(computer: Computer) -> None:
    first, second = computer.shops
    computer.sign_in(first)
    computer.sign_in(second)
    computer.stage.faults.spoil("/push", *[Fault.LOST_REQUEST] * 500)
    mitte = computer.take(first)
    mitte.edit(customers.create(name="of the first"))
    nord = computer.take(second)
    assert nord.do(lambda replica: replica.outbox.count()) == 0
    mitte = computer.take(first)
    assert mitte.do(lambda replica: replica.outbox.count()) == 1
    computer.stage.faults.heal()
    until(lambda: mitte.do(lambda replica: replica.outbox.count()) == 0, within=20)


def test_signing_out_of_one_leaves_the_other(computer: Computer) -> None:
    first, second = computer.shops
    computer.sign_in(first)
    nord = computer.sign_in(second)
    nord.sign_out()
    computer.desk = None
    mitte = computer.take(first)
    assert mitte.account.tenant == first.tenant.slug
    mitte.edit(customers.create(name="goes on"))
    until(lambda: mitte.do(lambda replica: replica.outbox.count()) == 0, within=20)


def test_a_file_that_cannot_be_read_begins_with_the_first(tmp_path: Path) -> None:
    root = Home(tmp_path)
    for told in ("", "[]", '{"current": "gone"}'):
        (tmp_path / "businesses.json").write_text(told, encoding="utf-8")
        assert Businesses(root).current().folder == tmp_path


@pytest.mark.parametrize("left", ["known.json", "shut-out.json", "gone.json"])
def test_a_business_of_which_something_is_left_to_do_or_to_tell_is_found(tmp_path: Path, left: str) -> None:
    below = tmp_path / "businesses" / "nord"
    below.mkdir(parents=True)
    assert [one.folder for one in Businesses(Home(tmp_path)).homes_left()] == [tmp_path]
    (below / left).write_text("{}", encoding="utf-8")
    assert [one.folder for one in Businesses(Home(tmp_path)).homes_left()] == [tmp_path, below]


def test_a_business_that_is_here_keeps_its_folder(tmp_path: Path) -> None:
    root = Home(tmp_path)
    made = [Login(server="https://a.example", tenant=name, email=EMAIL) for name in ("mitte", "nord")]
    for login in made:
        home = Businesses(root).home_for(login)
        home.know(Account(server=login.server, tenant=login.tenant, email=EMAIL, replica="r", user_name="Ana"))
    folders = [Businesses(root).home_for(login).folder for login in made]
    assert folders[0] == tmp_path
    assert folders[1].parent == tmp_path / "businesses"
    assert [one.folder for one in Businesses(root).homes()] == folders
