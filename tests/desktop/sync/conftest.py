"""The real server behind a network that can be spoilt, and desks of a shop of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.config import Home
from desktop.desk import Desk
from shared.model.member import Role
from syncserver.settings import Settings
from tests.support.faults import Faults, behind
from tests.support.file_secrets import FileSecrets
from tests.support.postgres import Postgres, fresh_engine
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until

DeskMaker = Callable[[str], Desk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The server, and the network before it."""

    url: str
    engine: Engine
    faults: Faults


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
