"""A desk is let in with a code, where the person has a second factor."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from desktop.businesses import Businesses
from desktop.config import Home, Login
from desktop.desk import Desk
from desktop.presenters.turns import Turns
from desktop.sync.admission import ask_in
from desktop.sync.device_key import device_of, keep_device
from desktop.sync.problems import SignInRefused
from shared import clock
from shared.model.member import Role
from syncserver.services.identity import second_factors
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.users import find_user
from tests.desktop.sync.stage import Stage
from tests.support.file_secrets import FileSecrets
from tests.support.moving_clock import frozen
from tests.support.shop import PASSWORD, Shop, open_shop


@pytest.fixture
def totp(stage: Stage, shop: Shop, tmp_path: Path) -> pyotp.TOTP:
    """The authenticator app of the shop's manager."""
    server = open_server(stage.engine, Settings(data=tmp_path))
    user = find_user(stage.engine, shop.users[Role.TENANT_MANAGER])
    assert user is not None
    made, earlier = pyotp.TOTP(second_factors.begin(server, user).secret), clock.now() - timedelta(minutes=5)
    with frozen(earlier):
        second_factors.confirm(server, user, made.at(earlier))
    return made


def test_the_code_goes_to_the_server_and_is_good_at_a_device_that_has_to_become_another(
    stage: Stage, shop: Shop, tmp_path: Path, totp: pyotp.TOTP
) -> None:
    home, secrets = Home(tmp_path / "a"), FileSecrets(tmp_path / "a.json")
    login = Login(server=stage.url, tenant=shop.tenant.slug, email=shop.email(Role.TENANT_MANAGER))
    with pytest.raises(SignInRefused) as asked:
        ask_in(home, secrets, login, PASSWORD)
    assert asked.value.code == "second_factor_required"
    admitted = ask_in(home, secrets, login, PASSWORD, code=totp.at(clock.now()))
    assert admitted.user["email"] == login.email

    copied, other = Home(tmp_path / "b"), FileSecrets(tmp_path / "b.json")
    keep_device(copied, other, replace(device_of(copied, other), id=admitted.device.id))
    stranger = ask_in(copied, other, login, PASSWORD, code=totp.at(clock.now(), counter_offset=1))
    assert stranger.device.id != admitted.device.id


def test_a_lock_is_taken_off_by_the_password_alone_where_this_computer_knows_it(
    stage: Stage, shop: Shop, tmp_path: Path, totp: pyotp.TOTP
) -> None:
    home, secrets = Home(tmp_path / "a"), FileSecrets(tmp_path / "a.json")
    login = Login(server=stage.url, tenant=shop.tenant.slug, email=shop.email(Role.TENANT_MANAGER))
    at_home = Turns(home=home, secrets=secrets, desk=None, businesses=Businesses(home))
    desk = at_home.sign_in(login, PASSWORD, code=totp.at(clock.now()))
    assert isinstance(desk, Desk)
    with closing(desk):
        at_desk = replace(at_home, desk=desk)
        assert at_desk.unlock(desk.account, PASSWORD) is None
        secrets.delete(f"verifier:{desk.account.replica}:{desk.account.login.person}")
        with pytest.raises(SignInRefused) as asked:
            at_desk.unlock(desk.account, PASSWORD)
        assert asked.value.code == "second_factor_required"
        assert at_desk.sign_in(login, PASSWORD, code=totp.at(clock.now(), counter_offset=1)) is desk
        assert at_desk.unlock(desk.account, PASSWORD) is None


def test_another_business_of_one_computer_is_signed_in_to_with_a_code(
    stage: Stage, shop: Shop, tmp_path: Path, totp: pyotp.TOTP
) -> None:
    root, secrets, other = Home(tmp_path / "a"), FileSecrets(tmp_path / "a.json"), open_shop(stage.engine)
    turns = Turns(home=root, secrets=secrets, desk=None, businesses=Businesses(root))
    first = turns.sign_in(
        Login(server=stage.url, tenant=other.tenant.slug, email=other.email(Role.TENANT_MANAGER)), PASSWORD
    )
    assert isinstance(first, Desk)
    with closing(first):
        login = Login(server=stage.url, tenant=shop.tenant.slug, email=shop.email(Role.TENANT_MANAGER))
        second = replace(turns, desk=first).sign_in(login, PASSWORD, code=totp.at(clock.now()))
    assert isinstance(second, Desk)
    with closing(second):
        assert second.home.folder != first.home.folder
