"""One private PostgreSQL for the run, and one server over it; each test makes the tenants that it needs."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.model.member import Role
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import Shop, open_shop
from tests.support.wire_desk import WireDesk

DeskMaker = Callable[..., WireDesk]


@pytest.fixture(scope="session")
def database_url(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("settings"), port=0)


@pytest.fixture(scope="session")
def served(engine: Engine, settings: Settings) -> Iterator[tuple[str, FastAPI]]:
    with running(engine, settings) as address:
        yield address


@pytest.fixture
def url(served: tuple[str, FastAPI]) -> str:
    return served[0]


@pytest.fixture
def app(served: tuple[str, FastAPI]) -> FastAPI:
    return served[1]


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


@pytest.fixture
def desk(url: str, shop: Shop) -> Iterator[DeskMaker]:
    """Makes a desk of the shop, signed in and registered; `at` is another shop, `device` a device that exists."""
    with ExitStack() as stack:

        def make(role: Role = Role.TENANT_MANAGER, *, at: Shop | None = None, device: str | None = None) -> WireDesk:
            made = WireDesk(url, at or shop, role, device=device)
            stack.callback(made.http.close)
            return made.ready()

        yield make


@pytest.fixture
def visitor(url: str, shop: Shop) -> Iterator[DeskMaker]:
    """Makes a desk that has not signed in."""
    with ExitStack() as stack:

        def make(role: Role = Role.TENANT_MANAGER, *, at: Shop | None = None, device: str | None = None) -> WireDesk:
            made = WireDesk(url, at or shop, role, device=device)
            stack.callback(made.http.close)
            return made

        yield make
