"""The real server behind a network that can be spoilt, and somebody who acts as somebody else at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from desktop.masquerading import End, MasqueradeDesk
from desktop.sync import masquerade
from desktop.sync.masquerade import Begun
from desktop.sync.transport import Transport
from shared.model.member import Role
from syncserver.services.server import Server
from syncserver.settings import Settings
from tests.support.faults import Faults, behind
from tests.support.masquerade import REASON
from tests.support.postgres import Postgres, fresh_engine
from tests.support.running import running
from tests.support.shop import Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The server, and the network before it."""

    url: str
    engine: Engine
    faults: Faults
    server: Server
    settings: Settings


class HeldToken:
    """The token of somebody who has signed in elsewhere."""

    def __init__(self, desk: WireDesk) -> None:
        self._desk = desk

    def token(self) -> str:
        return str(self._desk.http.headers["Authorization"]).removeprefix("Bearer ")

    def forget_token(self) -> None:
        raise AssertionError("a session of its own")

    def sign_out(self, refresh_token: str) -> None:
        raise AssertionError("a session of its own")


class Masked:
    """Somebody acts as somebody else: the desk, and how it ended."""

    def __init__(self, begun: Begun) -> None:
        self.ends: list[End] = []
        self.desk = MasqueradeDesk(begun, self.ends.append)

    def ready(self) -> "Masked":
        """The same, with its book."""
        self.desk.start()
        until(lambda: self.desk.do(lambda replica: replica.is_usable), within=20)
        until(lambda: self.desk.status.connection == "online", within=20)
        return self


@pytest.fixture(scope="package")
def served(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    faults = Faults()
    settings = Settings(data=tmp_path_factory.mktemp("settings"), port=0)

    def prepare(app: FastAPI) -> None:
        behind(faults)(app)

    with fresh_engine(postgres) as engine, running(engine, settings, prepare=prepare) as (url, app):
        yield Stage(url=url, engine=engine, faults=faults, server=app.state.wiring.server, settings=settings)


@pytest.fixture
def stage(served: Stage) -> Stage:
    served.faults.heal()
    return served


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return open_shop(stage.engine)


@pytest.fixture
def owner(stage: Stage, shop: Shop) -> Iterator[WireDesk]:
    """The owner, at a desk of their own."""
    with closing(WireDesk(stage.url, shop, Role.TENANT_OWNER)) as desk:
        yield desk.ready()


@pytest.fixture
def begin(stage: Stage, shop: Shop, owner: WireDesk) -> Callable[[], Begun]:
    """Lets the owner begin to act as somebody of their staff."""

    def start() -> Begun:
        with closing(Transport(stage.url)) as transport:
            return masquerade.start(transport, HeldToken(owner), shop.users[Role.TENANT_STAFF], REASON)

    return start


@pytest.fixture
def masked(begin: Callable[[], Begun]) -> Iterator[Callable[[], Masked]]:
    """Makes a desk at which the owner acts as somebody of their staff; it is empty yet."""
    with ExitStack() as stack:

        def make() -> Masked:
            made = Masked(begin())
            stack.callback(made.desk.close)
            return made

        yield make
