"""One private PostgreSQL for the run, and for each module one server over a database of its own.

Each test makes the tenants that it needs. A server looks after all of them, now and again: where those of thousands of
tests were together that was most of its work, and what looks at each of them took minutes.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from sqlalchemy import Engine

from shared.model.member import Role
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from syncserver.store.users import User
from tests.support.admin_staff import COOKIE, AdminHttp, signed_in
from tests.support.browser import Operator, chromium
from tests.support.masquerade import act_as_nobody
from tests.support.matrix import World, open_world
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.wire_desk import WireDesk

DeskMaker = Callable[..., WireDesk]
Visit = Callable[..., AdminHttp]
Seat = Callable[..., Operator]
Hall = tuple[str, Server, Settings]
"""The address, the services and the settings of the server of this module."""


@pytest.fixture(scope="module")
def database_url(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("settings"), port=0)


@pytest.fixture(scope="module")
def served(engine: Engine, settings: Settings) -> Iterator[tuple[str, FastAPI]]:
    with running(engine, settings) as address:
        yield address


@pytest.fixture
def url(served: tuple[str, FastAPI]) -> str:
    return served[0]


@pytest.fixture(scope="module")
def server(served: tuple[str, FastAPI]) -> Server:
    """The services of the one server."""
    made: Server = served[1].state.wiring.server
    return made


@pytest.fixture
def app(served: tuple[str, FastAPI]) -> FastAPI:
    return served[1]


@pytest.fixture
def unsent(app: FastAPI) -> Iterator[None]:
    """Mails stay where they are for as long as the test looks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncserver.services.jobs.mailing.take_mail", lambda *_: None)
        yield


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


@pytest.fixture(scope="module")
def world(engine: Engine, server: Server, served: tuple[str, FastAPI]) -> Iterator[World]:
    """Two businesses, and a desk of each role at one of them."""
    made = open_world(engine, server, served[0])
    yield made
    made.close()


# People of the platform, by what a browser sends


@pytest.fixture(scope="module")
def staff(server: Server) -> dict[Role, tuple[User, str]]:
    """Somebody of each role, signed in once for the module."""
    return signed_in(server)


@pytest.fixture
def visit(url: str, server: Server, staff: dict[Role, tuple[User, str]]) -> Iterator[Visit]:
    """Makes what a browser of somebody of a role sends; they act as nobody afterwards."""
    with ExitStack() as stack:

        def make(role: Role = Role.PLATFORM_SUPPORT) -> AdminHttp:
            user, token = staff[role]
            made = AdminHttp(url=url, user=user, token=token)
            stack.callback(made.http.close)
            stack.callback(act_as_nobody, server, user)
            return made

        yield make


# People of the platform at browsers


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def hall(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A server of its own, so that lists hold what this module made and nothing else."""
    settings = Settings(data=tmp_path_factory.mktemp("hall"), port=0)
    with postgres.fresh() as address:
        engine = make_engine(address)
        with running(engine, settings) as (url, app):
            yield url, app.state.wiring.server, settings
        engine.dispose()


@pytest.fixture(scope="module")
def floor(hall: Hall) -> Engine:
    return hall[1].engine


@pytest.fixture(scope="module")
def sessions(hall: Hall) -> dict[Role, tuple[User, str]]:
    """Somebody of each role, signed in once for the module."""
    return signed_in(hall[1])


@pytest.fixture
def seat(browser: Browser, hall: Hall, sessions: dict[Role, tuple[User, str]]) -> Iterator[Seat]:
    """Makes somebody of a role at a browser of their own, signed in already unless they are a `stranger`.

    At the end no page may have complained, of our policy or of a script.
    """
    with ExitStack() as stack:

        def make(role: Role, *, stranger: User | None = None, **how: object) -> Operator:
            context = browser.new_context(**how)  # type: ignore[arg-type]
            stack.callback(context.close)
            user, token = sessions[role]
            somebody = stranger or user
            made = Operator(url=hall[0], email=somebody.email, password=PASSWORD, context=context)
            if stranger is None:
                context.add_cookies([{"name": COOKIE, "value": token, "url": hall[0]}])
            stack.callback(made.require_calm)
            return made

        yield make
