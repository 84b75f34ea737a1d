"""The pool of connections to PostgreSQL."""

import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from syncserver.store import private_postgres
from syncserver.store.engine import make_engine
from syncserver.store.pipeline import driver_of
from syncserver.store.postgres_files import Place
from syncserver.store.private_postgres import DATABASE, LOGIN, PrivatePostgres, setup_url
from syncserver.store.tenancy import clocked_transaction
from syncserver.store.tenants import find_tenant
from tests.support.in_memory import place_in_memory
from tests.support.shop import new_tenant


@pytest.mark.parametrize("clocked", [False, True])
def test_connections_whose_back_ends_were_ended_are_not_handed_out(new_engine: Engine, *, clocked: bool) -> None:
    """By an administrator, or by a restart of PostgreSQL, while they waited in the pool."""
    tenant = new_tenant(new_engine)
    with ExitStack() as stack:
        open_ones = [stack.enter_context(new_engine.connect()) for _ in range(3)]
        ids = [one.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for one in open_ones]
    killer = make_engine(new_engine.url.render_as_string(hide_password=False))
    with killer.connect() as connection:
        for one in ids:
            connection.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (one,))
    killer.dispose()
    for _ in ids:
        if clocked:
            with clocked_transaction(new_engine, tenant) as (_connection, taken):
                assert taken() > 0
        else:
            assert find_tenant(new_engine, tenant.id) == tenant


@pytest.fixture
def over_tcp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a PostgreSQL of our own that listens on a port of this machine, as another host's does."""
    password = secrets.token_hex(16)
    place_in_memory(tmp_path)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    # Every connection of this process goes to that port for as long as the test runs.
    monkeypatch.setenv("PGPORT", str(port))
    monkeypatch.setitem(private_postgres._SETTINGS, "listen_addresses", "127.0.0.1")
    monkeypatch.setitem(private_postgres._SETTINGS, "port", str(port))
    with PrivatePostgres(tmp_path):
        _let_in(tmp_path, password)
        yield f"postgresql://{LOGIN}:{password}@127.0.0.1:{port}/{DATABASE}"
    shutil.rmtree(Place.of(tmp_path).cluster)


def _let_in(data: Path, password: str) -> None:
    with (Place.of(data).pgdata / "pg_hba.conf").open("a") as rules:
        rules.write(f"host {DATABASE} {LOGIN} 127.0.0.1/32 scram-sha-256\n")
    with psycopg.connect(setup_url(data), autocommit=True) as setup:
        setup.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(LOGIN), password))
        setup.execute("SELECT pg_reload_conf()")


_SERVERS = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
_OURS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)


def _patience(url: str, *, pooled: bool = False) -> tuple[list[int], list[str]]:
    """How long each end of a new connection waits for the other: ours by the system's word, the database's by its."""
    engine = make_engine(url, pool_size=1, pooled=pooled)
    with engine.connect() as connection:
        with closing(socket.socket(fileno=driver_of(connection).fileno())) as line:
            ours = [line.getsockopt(socket.IPPROTO_TCP, option) for option in _OURS]
            assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            line.detach()
        servers = [connection.exec_driver_sql(f"SELECT current_setting('{name}')").scalar_one() for name in _SERVERS]
    engine.dispose()
    return ours, servers


def test_a_host_that_vanishes_is_given_up_by_the_other_end_after_half_a_minute(over_tcp: str) -> None:
    ours, servers = _patience(over_tcp)
    assert ours == [10, 5, 4, 30_000]
    # A pull whose reader is slow leaves the database unread for longer than that.
    assert servers == ["10", "5", "4", "0"]


def test_what_the_url_says_of_it_counts(over_tcp: str) -> None:
    ours, servers = _patience(f"{over_tcp}?keepalives_idle=77&tcp_user_timeout=0&options=-c%20tcp_keepalives_idle%3D99")
    assert ours == [77, 5, 4, 0]
    assert servers[0] == "99"


def test_a_poolers_connection_is_not_ours_to_set(over_tcp: str) -> None:
    system = _patience(f"{over_tcp}?options=-c%20application_name%3Dother")[1]
    assert _patience(over_tcp, pooled=True) == ([10, 5, 4, 30_000], system)
