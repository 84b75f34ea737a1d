"""Several workers serve as one server does: they end with their parent, and one that dies is replaced."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from syncserver.settings import BadSetting, Settings
from syncserver.store.engine import make_engine, room
from syncserver.web.workers import WorkerFailed, Workers
from tests.support import works
from tests.support.server_process import ServerProcess
from tests.support.shop import Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day


@pytest.fixture
def server(new_database_url: str, tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(new_database_url, tmp_path) as started:
        yield started


@pytest.fixture
def its_shop(new_database_url: str) -> Iterator[Shop]:
    engine = make_engine(new_database_url)
    yield open_shop(engine)
    engine.dispose()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def test_all_end_within_ten_seconds_though_desks_listen_to_each(server: ServerProcess, its_shop: Shop) -> None:
    workers, others = server.workers(), psutil.Process(server.process.pid).children(recursive=True)
    streams = []
    assert len(workers) == 2
    for worker in workers:
        desk = server.move(WireDesk(server.url, its_shop), worker).ready()
        reply = desk.http.send(desk.http.build_request("GET", "/v1/sync/live"), stream=True)
        lines = reply.iter_lines()
        assert next(lines).startswith("data: ")
        streams.append((desk, lines))
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=20) == 0
    assert time.monotonic() - begun < 10
    for desk, lines in streams:
        # A line that is cut raises. That the other desk signed in may have been news before.
        assert list(lines)[-1] == ""
        desk.http.close()
    assert gone(workers)
    # What Python itself starts beside them ends once they have.
    until(lambda: gone(others))


def test_one_that_dies_is_reported_and_replaced_while_the_others_serve(server: ServerProcess, its_shop: Shop) -> None:
    before = server.workers()
    desk = server.move(WireDesk(server.url, its_shop), before[1]).ready()
    for _ in range(2):
        (victim,) = (one for one in server.workers() if one != before[1])
        victim.kill()
        assert desk.push(desk.booking(next_day()))
        until(lambda: len(server.workers()) == 2, within=30)
    replaced = next(one for one in server.workers() if one not in before)
    assert server.move(desk, replaced).pull()
    desk.http.close()
    died = server.events("worker.died")
    assert [one["status"] for one in died] == [-signal.SIGKILL] * 2
    assert [one["again_in"] for one in died] == [0.5, 1.0], "one that dies again and again is not always at it"


def test_none_outlives_its_parent(server: ServerProcess) -> None:
    processes = psutil.Process(server.process.pid).children(recursive=True)
    server.process.kill()
    server.process.wait()
    until(lambda: gone(processes), within=20)


def test_a_first_start_that_fails_is_told_and_leaves_nobody() -> None:
    with pytest.raises(WorkerFailed, match="exit status 3"):
        Workers(2, works.fails).run(on_start=lambda: None)
    assert gone([one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())])


class Enough(Exception):
    pass


def test_whatever_ends_the_parents_watch_ends_the_workers() -> None:
    seen: list[psutil.Process] = []

    def stop() -> None:
        seen.extend(one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline()))
        raise Enough

    with pytest.raises(Enough):
        Workers(2, works.rests).run(on_start=stop)
    assert len(seen) == 2
    assert gone(seen)


@pytest.mark.parametrize(("asked", "workers", "room", "each"), [(10, 2, 97, 10), (100, 4, 97, 20), (10, 9, 97, 8)])
def test_so_many_workers_stay_within_what_the_database_takes(asked: int, workers: int, room: int, each: int) -> None:
    settings = Settings(pool_size=asked, workers=workers).shared_out("postgresql://db/book", room=room)
    assert (settings.pool_size, settings.database_url) == (each, SecretStr("postgresql://db/book"))
    assert (each + 1) * workers + 10 <= room


def test_more_workers_than_the_database_takes_are_refused() -> None:
    with pytest.raises(BadSetting, match="takes 20 connections of this login: too few for 8 workers"):
        Settings(workers=8).shared_out("postgresql://db/book", room=20)


def test_the_database_says_how_many_connections_it_takes(any_engine: Engine) -> None:
    assert room(any_engine) == 97
