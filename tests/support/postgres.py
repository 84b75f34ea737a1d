"""Fixtures of real databases: the private PostgreSQL, and the system's PostgreSQL 15 where there is one."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from syncserver.store.engine import make_engine
from syncserver.store.migrate import migrate
from syncserver.store.postgres_files import Place
from syncserver.store.private_postgres import DATABASE, LOGIN, PrivatePostgres, close_to_others, setup_url
from tests.support.in_memory import place_in_memory

SYSTEM_15 = Path("/usr/lib/postgresql/15/bin")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL of our own whose first database is migrated and serves as the model of all others."""

    url: str
    setup: str

    @contextmanager
    def fresh(self, *, like: str = "") -> Iterator[str]:
        """The URL of a new migrated database for the server's login; the database is gone afterwards.

        With `like` it is a copy of the one at that URL, to which nobody may be connected: a backup of this moment.
        """
        name = f"test_{secrets.token_hex(6)}"
        model = like.partition("?")[0].rpartition("/")[2] or DATABASE
        parts = {"name": sql.Identifier(name), "login": sql.Identifier(LOGIN), "model": sql.Identifier(model)}
        self._run(sql.SQL("CREATE DATABASE {name} OWNER {login} TEMPLATE {model}").format(**parts))
        with psycopg.connect(self.setup.replace("/postgres?", f"/{name}?"), autocommit=True) as setup:
            close_to_others(setup, database=name, login=LOGIN)
        try:
            yield self.url.replace(f"/{DATABASE}?", f"/{name}?")
        finally:
            self._run(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**parts))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.setup, autocommit=True) as setup:
            setup.execute(statement)


def _spare_the_disk(setup: str) -> None:
    """Wait for no disk: processes are killed here, and what they wrote is the system's then; it never loses power.

    Making a tenant is mostly waiting for it. Nor is a gigabyte of its log kept, which may be in memory.
    """
    with psycopg.connect(setup, autocommit=True) as connection:
        for name, value in {"fsync": "off", "full_page_writes": "off", "max_wal_size": "192MB"}.items():
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def running_postgres(data: Path, programs: Path | None = None) -> Iterator[Postgres]:
    place_in_memory(data)
    with PrivatePostgres(data, programs=programs) as url:
        _spare_the_disk(setup_url(data))
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        yield Postgres(url, setup_url(data))
    # The cluster is not in the data folder, which pytest clears by itself.
    shutil.rmtree(Place.of(data).cluster)


@contextmanager
def fresh_engine(server: Postgres) -> Iterator[Engine]:
    """A pool on a new migrated database."""
    with server.fresh() as url:
        engine = make_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The private PostgreSQL of this run, with a migrated model database."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_15(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The oldest PostgreSQL that is supported, from the system's packages, in a cluster of our own."""
    if not SYSTEM_15.exists():
        pytest.skip("the system has no PostgreSQL 15")
    with running_postgres(tmp_path_factory.mktemp("postgres-15"), SYSTEM_15) as server:
        yield server


@pytest.fixture
def new_database_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh migrated database, for a server process."""
    with postgres.fresh() as url:
        yield url


@pytest.fixture
def new_engine(postgres: Postgres) -> Iterator[Engine]:
    """A pool on a fresh migrated database, for one test."""
    with fresh_engine(postgres) as engine:
        yield engine


@pytest.fixture(scope="module", params=["postgres", "postgres_15"])
def any_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A pool on a migrated database of each PostgreSQL there is, shared by the tests of a module."""
    with fresh_engine(request.getfixturevalue(request.param)) as engine:
        yield engine


@contextmanager
def single(engine: Engine) -> Iterator[Engine]:
    """One connection to the same database, over the same way."""
    url = engine.url
    made = make_engine(url.render_as_string(hide_password=False), pool_size=1, pooled="port" in url.query)
    yield made
    made.dispose()
