"""The real server behind a network that can be spoilt, and desks of a shop of their own."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop.config import Home
from desktop.desk import Desk
from desktop.sync import engine as engine_module
from desktop.sync.key_files import KeyFiles
from shared.model.member import Role
from syncserver.settings import Settings
from tests.desktop.sync.computer import Computer
from tests.desktop.sync.rig import Rig
from tests.desktop.sync.stage import Stage
from tests.support.faults import Faults, behind
from tests.support.file_secrets import FileSecrets
from tests.support.postgres import Postgres, fresh_engine
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until

DeskMaker = Callable[[str], Desk]


@pytest.fixture(scope="package")
def served(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    faults = Faults()
    settings = Settings(data=tmp_path_factory.mktemp("settings"), port=0)
    with fresh_engine(postgres) as engine, running(engine, settings, prepare=behind(faults)) as (url, _):
        yield Stage(url=url, engine=engine, faults=faults)


@pytest.fixture
def stage(served: Stage) -> Stage:
    served.faults.heal()
    return served


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return open_shop(stage.engine)


@pytest.fixture
def desk(stage: Stage, shop: Shop, tmp_path: Path) -> Iterator[DeskMaker]:
    """A desk that is signed in and has its book, with nothing under way yet; `start` begins to sync."""
    with ExitStack() as stack:

        def make(name: str) -> Desk:
            home, secrets = Home(tmp_path / name), FileSecrets(tmp_path / f"{name}.json")
            form = {"tenant": shop.tenant.slug, "email": shop.email(Role.TENANT_MANAGER), "password": PASSWORD}
            first = Desk.sign_in(home, secrets, server=stage.url, **form)
            first.start()
            until(lambda: first.do(lambda replica: replica.is_usable), within=20)
            first.close()
            made = Desk.open(home, secrets)
            assert made is not None
            stack.callback(made.close)
            stage.faults.heal()
            return made

        yield make


@pytest.fixture(params=["keyring", "files"])
def computer(request: pytest.FixtureRequest, stage: Stage, shop: Shop, tmp_path: Path) -> Iterator[Computer]:
    home = Home(tmp_path / "desk")
    secrets = KeyFiles(home) if request.param == "files" else FileSecrets(tmp_path / "secrets.json")
    made = Computer(stage, shop, home, secrets)
    yield made
    stage.faults.heal()
    if made.desk is not None:
        made.desk.close()


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    # Long waits are a matter of numbers; the tests want to see what follows them.
    monkeypatch.setattr(engine_module, "_LONGEST_WAIT", 0.3)
    monkeypatch.setattr(engine_module, "_SHORT_WAIT", 0.3)
    made = Rig(tmp_path / "book.db", random.Random(1))
    yield made
    made.engine.stop()
    made.thread.call(made.replica.close)
    made.thread.stop()
