"""The desk's own key pair: it is kept with the secrets alone, and a desk that has lost it goes on as another device."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from desktop.config import Home, Login
from desktop.desk import Desk
from desktop.operations import customers as edits
from desktop.store.meta import Identity
from desktop.sync.device_key import device_of, keep_device, kept_device, secret_name
from desktop.sync.key_files import KeyFiles
from desktop.sync.people import token_name
from desktop.sync.session import Session
from desktop.sync.status import Connection
from shared.errors import NotSignedIn
from shared.model.member import Role
from syncserver.store.tables.control import devices
from syncserver.store.tenancy import control_transaction
from tests.desktop.sync.book import customers, on_desk, on_server
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.support.device_keys import key_of, public_text
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until


def identity(desk: Desk) -> Identity:
    return desk.do(lambda replica: replica.identity())


def give_key(stage: Stage, device: str, key: str | None) -> None:
    """Let the server know a device by another key, or by none."""
    with control_transaction(stage.engine) as connection:
        connection.execute(update(devices).where(devices.c.id == device).values(public_key=key))


def loses_its_key(stage: Stage, desk: Desk) -> None:
    desk._secrets.delete(secret_name(desk.home))


def has_a_damaged_key(stage: Stage, desk: Desk) -> None:
    desk._secrets.set(
        secret_name(desk.home), json.dumps({"id": identity(desk).device, "name": "x", "private_key": "short"})
    )


def is_known_by_another_key(stage: Stage, desk: Desk) -> None:
    give_key(stage, identity(desk).device, public_text(key_of("somebody else's")))


@pytest.mark.parametrize("happens", [loses_its_key, has_a_damaged_key, is_known_by_another_key])
def test_a_desk_that_cannot_prove_itself_goes_on_as_another_device_with_all_that_waits(
    stage: Stage, shop: Shop, desk: DeskMaker, happens: Callable[[Stage, Desk], None]
) -> None:
    """What had arrived before is known by its id, whatever the replica is called: it takes effect once."""
    one = desk("a")
    before = identity(one)
    one.start()
    until(lambda: one.status.connection is Connection.ONLINE, within=20)
    stage.faults.spoil("/push", Fault.LOST_REPLY, *[Fault.LOST_REQUEST] * 1000)
    one.edit(edits.create(name="Arrived"))
    until(lambda: stage.faults.count("/push") >= 1, within=20)
    one.edit(edits.create(name="Waiting"))
    happens(stage, one)
    one.session.forget_token()
    one.engine.sync_now()
    until(lambda: one.status.connection is Connection.SIGN_IN, within=20)
    stage.faults.heal()

    one.sign_in_again(PASSWORD)
    after = identity(one)
    until(lambda: one.status.waiting == 0 and one.status.connection is Connection.ONLINE, within=20)
    assert identity(one) == after, "one new name is enough"
    assert after.device != before.device
    assert after.replica != before.replica
    assert on_desk(one) == on_server(stage, shop)
    assert (customers(one, "Arrived"), customers(one, "Waiting")) == (1, 1)
    outcomes = one.do(lambda replica: replica.database.rows("SELECT outcome FROM sent"))
    assert outcomes == [("applied",)] * 2


def test_a_quiet_desk_that_cannot_prove_itself_begins_under_one_new_name(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    """Where nothing waits, it asks nothing of its book before it pulls; but then it is another's book."""
    one = desk("a")
    one.start()
    one.edit(edits.create(name="Arrived"))
    until(lambda: one.status.waiting == 0 and one.status.connection is Connection.ONLINE, within=20)
    one.engine.sync_now()
    until(lambda: one.engine._exchange._quiet_at is not None, within=20)
    loses_its_key(stage, one)
    one.session.forget_token()
    one.engine._look()
    until(lambda: one.status.connection is Connection.SIGN_IN, within=20)
    waiting: list[int] = []
    one.on_status(lambda status: waiting.append(status.waiting))

    one.sign_in_again(PASSWORD)
    after = identity(one)
    until(lambda: one.status.connection is Connection.ONLINE, within=20)
    until(lambda: one.do(lambda replica: replica.meta.get("cursor")) is not None, within=20)
    assert identity(one) == after, "one new name is enough"
    assert set(waiting) <= {0}, "nothing is sent once more"
    assert on_desk(one) == on_server(stage, shop)


def test_a_closed_desk_that_has_lost_its_key_is_signed_in_at_and_sends_what_waited(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    one.edit(edits.create(name="Waiting"))
    before = identity(one)
    one.close()
    one._secrets.delete(secret_name(one.home))
    form = {"tenant": shop.tenant.slug, "email": shop.email(Role.TENANT_MANAGER), "password": PASSWORD}
    again = Desk.sign_in(one.home, one._secrets, server=stage.url, **form)
    try:
        again.start()
        until(lambda: again.status.waiting == 0 and again.status.connection is Connection.ONLINE, within=20)
        assert identity(again).device != before.device
        assert on_desk(again) == on_server(stage, shop)
        assert customers(again, "Waiting") == 1
    finally:
        again.close()


def test_a_desk_from_before_keys_keeps_its_id_and_replica(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    before = identity(one)
    give_key(stage, before.device, None)
    one._secrets.delete(secret_name(one.home))
    (one.home.folder / "device.json").write_text(json.dumps({"id": before.device, "name": "Front"}))
    with pytest.raises(NotSignedIn):
        one.session.token()
    one.sign_in_again(PASSWORD)
    assert (identity(one).device, identity(one).replica) == (before.device, before.replica)
    assert one.session.token()


def test_a_challenge_that_grew_too_old_is_asked_for_again(stage: Stage, desk: DeskMaker) -> None:
    one = desk("a")
    real, asked = one._transport.challenge, 0

    def stale() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"challenge": "x"} if asked == 1 else real()

    one._transport.challenge = stale  # type: ignore[method-assign]
    one.sign_in_again(PASSWORD)
    assert asked == 2


def test_a_stolen_refresh_token_gives_nothing_and_takes_nothing(stage: Stage, desk: DeskMaker, tmp_path: Path) -> None:
    one, thief = desk("a"), FileSecrets(tmp_path / "thief.json")
    token = one._secrets.get(token_name(one.account))
    assert token is not None
    thief.set("session:x", token)
    home = Home(tmp_path / "thief")
    stolen = Session(one._transport, thief, "session:x", device=lambda: kept_device(home, thief))
    with pytest.raises(NotSignedIn):
        stolen.token()
    keep_device(home, thief, device_of(home, thief))
    with pytest.raises(NotSignedIn):
        stolen.token()
    stolen.sign_out(token)
    assert one.session.token()


def test_two_desks_of_one_computer_are_two_devices(tmp_path: Path) -> None:
    keyring = FileSecrets(tmp_path / "keyring.json")
    homes = [Home(tmp_path / name) for name in ("a", "b")]
    for home in homes:
        keep_device(home, keyring, device_of(home, keyring))
    assert len({device_of(home, keyring).id for home in homes}) == 2


def test_the_private_key_is_nowhere_on_disk_in_the_clear(tmp_path: Path) -> None:
    home, login = Home(tmp_path), Login(server="http://x", tenant="salon", email="ana@salon.example")
    kept = KeyFiles(home).open(login, PASSWORD)
    made = device_of(home, kept)
    assert not list(tmp_path.iterdir()), "nothing is kept before the server has taken it"
    keep_device(home, kept, made)
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(files) == 2
    assert all(made.private_key.encode() not in one.read_bytes() for one in files)
    assert made.private_key not in repr(made)
    assert kept_device(home, KeyFiles(home).open(login, PASSWORD)) == made


def test_who_has_not_the_computers_key_is_at_a_device_of_their_own(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = FileSecrets(tmp_path / "first.json"), FileSecrets(tmp_path / "second.json")
    ana = device_of(home, first)
    keep_device(home, first, ana)
    ben = device_of(home, second)
    keep_device(home, second, ben)
    assert ana.id != ben.id
    assert (device_of(home, first), device_of(home, second)) == (ana, ben)


def test_a_key_that_is_handed_on_makes_two_people_one_device(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = FileSecrets(tmp_path / "first.json"), FileSecrets(tmp_path / "second.json")
    ana = device_of(home, first)
    for secrets in (first, second):
        keep_device(home, secrets, ana)
    assert device_of(home, second) == ana
