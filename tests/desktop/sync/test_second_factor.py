"""A desk is let in with a code, where the person has a second factor."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from desktop.config import Home, Login
from desktop.sync.admission import ask_in
from desktop.sync.device_key import device_of, keep_device
from desktop.sync.problems import SignInRefused
from shared import clock
from shared.model.member import Role
from syncserver.services import second_factors
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.users import find_user
from tests.desktop.sync.conftest import Stage
from tests.support.file_secrets import FileSecrets
from tests.support.moving_clock import frozen
from tests.support.shop import PASSWORD, Shop


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
