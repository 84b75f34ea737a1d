"""The real server behind a network that can be spoilt, somebody at their desk, and who acts as somebody else at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import Engine

from desktop.app import build_app
from desktop.config import Home
from desktop.desk import Desk
from desktop.masquerading import End, MasqueradeDesk
from desktop.presenters.masquerade import Acting
from desktop.presenters.shell import Workplace
from desktop.sync import masquerade
from desktop.sync.masquerade import Begun
from desktop.sync.transport import Transport
from desktop.views.team import TeamLine
from desktop.widgets import theme
from shared.model.member import Role
from syncserver.services.server import Server
from syncserver.settings import Settings
from tests.support.faults import Faults, behind
from tests.support.file_secrets import FileSecrets
from tests.support.masquerade import REASON
from tests.support.postgres import Postgres, fresh_engine
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until
from tests.support.windows import discard
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


class Front:
    """Somebody at their desk."""

    def __init__(
        self, stage: Stage, shop: Shop, role: Role, folder: Path, qtbot: QtBot, *, password: str = PASSWORD
    ) -> None:
        self.folder, self._qtbot = folder / "home", qtbot
        home, secrets = Home(self.folder), FileSecrets(folder / "secrets.json")
        form = {"tenant": shop.tenant.slug, "email": shop.email(role), "password": password}
        with closing(Desk.sign_in(home, secrets, server=stage.url, **form)) as first:
            first.start()
            until(lambda: first.do(lambda replica: replica.is_usable), within=20)
        _, self.desktop = build_app(home, secrets)
        self.window = self.desktop.window
        self.desktop.start()
        self.until(lambda: self.window.is_working)
        self.until(lambda: self.work.book.setup is not None)

    def leave(self) -> None:
        """Let go of everything."""
        self.desktop.stop()
        self.window.close()
        discard(self.window)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=20_000)

    def team(self) -> list[TeamLine]:
        self.desktop.actions["go_team"].trigger()
        self.until(lambda: bool(self.lines()))
        return self.lines()

    def lines(self) -> list[TeamLine]:
        return self.window.team.people.findChildren(TeamLine)

    @property
    def work(self) -> Workplace:
        found = self.desktop._workplace
        assert found is not None
        return found

    @property
    def acting(self) -> Acting:
        found = self.desktop.masquerade.acting
        assert found is not None
        return found

    def masquerade(self, shop: Shop) -> Acting:
        self.team()
        self.window.team.wanted.emit("masquerade", shop.users[Role.TENANT_STAFF])
        dialog = self.desktop.masquerade.reason
        assert dialog.isVisible()
        dialog.reason.setText(REASON)
        dialog.begin.click()
        return self.begun()

    def begun(self) -> Acting:
        self.until(lambda: self.desktop.masquerade.acting is not None)
        self.until(lambda: self.acting.work is not None and self.acting.work.book.shown is not None)
        return self.acting


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


@pytest.fixture
def role() -> Role:
    """Who is at the desk; a parametrization may say otherwise."""
    return Role.TENANT_OWNER


@pytest.fixture
def front(stage: Stage, shop: Shop, role: Role, tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Front]:
    theme.apply(qapp, theme.Scheme.LIGHT)
    made = Front(stage, shop, role, tmp_path, qtbot)
    yield made
    made.leave()
