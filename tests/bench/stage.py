"""What every figure stands on: a private PostgreSQL, the product's server and the floor, each a process of its own."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text

from syncserver.settings import PREFIX
from syncserver.store.engine import make_engine
from syncserver.store.migrate import migrate
from syncserver.store.postgres_files import Place
from syncserver.store.private_postgres import LOGIN, PrivatePostgres, setup_url
from tests.bench.processes import PROGRAM, Child, backends_of, cpu_seconds, looking_after, running
from tests.bench.shop_book import Book, open_book

_FLOOR = "floor"
_TABLES = text("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY(:schemas)")
_MEASURE = 90
"""Days of a book that one measurement may fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One run's ground; `quick` asks for small numbers that only show that everything works."""

    folder: Path
    engine: Engine
    server: Child
    floor: Child
    postmaster: int
    quick: bool
    settings: dict[str, str]
    log: Path
    books: dict[int, Book] = field(default_factory=dict)
    days: "count[int]" = field(default_factory=lambda: count(0, _MEASURE))
    folders: "count[int]" = field(default_factory=count)

    def database_processes(self) -> list[int]:
        """All processes of PostgreSQL that there are now."""
        return [*backends_of(self.postmaster), *looking_after(self.postmaster)]

    def database_seconds(self) -> float:
        """What the connections to PostgreSQL that are open have used of the processor so far."""
        return sum(map(cpu_seconds, backends_of(self.postmaster)))

    def free_days(self) -> int:
        """How many days to skip in a book to come to days that no measurement has filled."""
        return next(self.days)

    def server_of(self, workers: int) -> AbstractContextManager[Child]:
        """Another server on the same database."""
        command = ("server", "run", "--port", "0", "--workers", str(workers))
        return running(PROGRAM, *command, log=self.log, environment=self.settings)

    def new_folder(self) -> Path:
        """A place for a desk; it is not there yet."""
        return self.folder / f"desk-{next(self.folders)}"

    def book(self, appointments: int) -> Book:
        """The tenant whose book holds so many visits, made when it is first asked for."""
        if appointments not in self.books:
            self.books[appointments] = open_book(self.engine, appointments=appointments)
            self.tidy_up(self.books[appointments])
        return self.books[appointments]

    def tidy_up(self, *books: Book) -> None:
        """Do to the tables of these books what years of service would have done by themselves."""
        schemas = [one.tenant.schema for one in books]
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            tables = connection.execute(_TABLES, {"schemas": ["public", *schemas]}).scalars().all()
            connection.exec_driver_sql(f"VACUUM ANALYZE {', '.join(tables)}")


@contextmanager
def stage(folder: Path, *, quick: bool) -> Iterator[Stage]:
    """Everything up; gone afterwards."""
    data = folder / "data"
    with PrivatePostgres(data) as url:
        with psycopg.connect(setup_url(data), autocommit=True) as setup:
            setup.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(_FLOOR), sql.Identifier(LOGIN)))
        engine = make_engine(url)
        migrate(engine)
        floor_url = engine.url.set(drivername="postgresql", database=_FLOOR).render_as_string(hide_password=False)
        log = folder / "processes.log"
        # What is measured signs in once, and some of it takes longer than a token is good for.
        settings = {"DATABASE_URL": url, f"{PREFIX}DATA": str(data), f"{PREFIX}ACCESS_TOKEN_LIFE": "PT3H"}
        with (
            running(PROGRAM, "server", "run", "--port", "0", log=log, environment=settings) as server,
            running(sys.executable, "-m", "tests.bench.floor", floor_url, log=log) as floor,
        ):
            yield Stage(
                folder=folder, engine=engine, server=server, floor=floor, postmaster=_postmaster(data), quick=quick,
                settings=settings, log=log,
            )  # fmt: skip
        engine.dispose()
    # As root the cluster is not in the folder.
    shutil.rmtree(Place.of(data).cluster, ignore_errors=True)


def _postmaster(data: Path) -> int:
    lines = (Place.of(data).pgdata / "postmaster.pid").read_text(encoding="ascii").splitlines()
    return int(lines[0])
