"""Several workers serve as one server does: they end with their parent, and one that dies is replaced."""

import signal
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx2
import psutil
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine

from shared import clock
from syncserver.settings import BadSetting, Settings
from syncserver.store.engine import make_engine, room
from syncserver.web.serving import Listening
from syncserver.web.workers import WorkerFailed, Workers
from tests.support import works
from tests.support.running import serving
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


class Enough(Exception):
    pass


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


def test_one_that_hangs_is_replaced_while_the_others_serve(server: ServerProcess, its_shop: Shop) -> None:
    """It is stopped (SIGSTOP): its connections stay open, and what is sent to it is never answered."""
    before = server.workers()
    desk = server.move(WireDesk(server.url, its_shop), before[1]).ready()
    before[0].suspend()
    until(lambda: not before[0].is_running() and len(server.workers()) == 2, within=60)
    assert desk.push(desk.booking(next_day()))
    (replaced,) = (one for one in server.workers() if one not in before)
    assert server.move(desk, replaced).pull()
    desk.http.close()
    assert [one["pid"] for one in server.events("worker.hangs")] == [before[0].pid]
    assert before[1].is_running()


def test_one_that_hangs_before_it_is_at_work_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncserver.web.workers.SIGN_OF_LIFE", 0.3)
    lives = tmp_path / "lives"
    watched = Workers(1, works.hangs_in_its_second_life, lives)

    def see() -> None:
        while lives.stat().st_size < 3:
            watched._go_on()
        raise Enough

    with pytest.raises(Enough):
        watched.run(on_start=see)


def test_where_the_whole_server_stood_still_nobody_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a computer that was asleep: the parent looks once, late, and hears the others then."""
    leaps, seen = count(), []
    watched = Workers(1, works.rests)

    def stop() -> None:
        monkeypatch.setattr(clock, "monotonic", lambda: 100.0 * next(leaps))
        seen.append({one.process.pid for one in watched._running.values()})
        for _ in range(20):
            time.sleep(0.25)
            watched._go_on()
        seen.append({one.process.pid for one in watched._running.values()})
        monkeypatch.undo()
        raise Enough

    with pytest.raises(Enough):
        watched.run(on_start=stop)
    assert seen[0] == seen[1]


def test_one_that_is_busy_gives_signs_of_life() -> None:
    """The event loop gives them: a push may hold a thread for as long as it takes."""
    app, alive = FastAPI(), threading.Event()

    @app.get("/busy")
    def busy() -> bool:
        alive.clear()
        return alive.wait(timeout=30)

    server = Listening(app, on_stop=lambda: None, host="127.0.0.1", port=0)
    server.on_sign_of_life = alive.set
    with serving(server) as port:
        assert httpx2.get(f"http://127.0.0.1:{port}/busy", timeout=60).json() is True


def test_none_outlives_its_parent(server: ServerProcess) -> None:
    processes = psutil.Process(server.process.pid).children(recursive=True)
    server.process.kill()
    server.process.wait()
    until(lambda: gone(processes), within=20)


def test_a_first_start_that_fails_is_told_and_leaves_nobody() -> None:
    with pytest.raises(WorkerFailed, match="exit status 3"):
        Workers(2, works.fails).run(on_start=lambda: None)
    assert gone([one for one in psutil.Process().children() if "spawn_main" in " ".join(one.cmdline())])


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
