"""PgBouncer in transaction mode before a database of ours: few connections, which everybody shares."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import Engine, make_url

from syncserver.store.engine import make_engine
from syncserver.store.postgres_files import SYSTEM_USER

_PORT: Final = 6432
_SETTINGS: Final = """
[databases]
{database} = host={host} dbname={database} user={user}
[pgbouncer]
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
auth_type = any
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
logfile = {folder}/log
"""


@contextmanager
def pooled(url: str, *, connections: int = 2) -> Iterator[str]:
    """The URL of the same database behind a pooler that has so many connections to it."""
    parsed = make_url(url)
    database, user, host = parsed.database, parsed.username, parsed.query["host"]
    # Short: the path of a socket has little room. Passable: for root the pooler runs as the database's user.
    with tempfile.TemporaryDirectory(prefix="pooler-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "pooler.ini").write_text(
            _SETTINGS.format(
                database=database, host=host, user=user, connections=connections, port=_PORT, folder=folder
            )
        )
        with _running(folder):
            behind = f"postgresql://{user}@/{database}?host={folder}&port={_PORT}"
            _wait_for(behind)
            yield behind


@contextmanager
def pooled_engine(url: str, *, connections: int = 2, pool_size: int = 10) -> Iterator[Engine]:
    """The engine of a server that is set to a pooler."""
    with pooled(url, connections=connections) as behind:
        engine = make_engine(behind, pool_size=pool_size, pooled=True)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None, "pgbouncer is missing: `python3 packaging/dev.py test` installs it"
    command, settings = [program, "--quiet"], str(folder / "pooler.ini")
    if os.geteuid() == 0:
        shutil.chown(folder, SYSTEM_USER, SYSTEM_USER)
        command.append(f"--user={SYSTEM_USER}")
    process = subprocess.Popen([*command, settings], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the pooler did not start"
            time.sleep(0.02)
        else:
            return
