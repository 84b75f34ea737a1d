"""Desks hear of a new version at once, and a server that is told to stop does stop."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx2
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.model.member import Role
from syncserver.effects import pokes
from syncserver.services.sync import live
from syncserver.settings import Settings
from tests.support.moving_clock import moved
from tests.support.running import running
from tests.support.shop import Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


class Events:
    """The lines of an open stream."""

    def __init__(self, reply: httpx2.Response) -> None:
        self.reply = reply
        self._lines = reply.iter_lines()

    def next(self) -> Json | None:
        """The next event, or None for a sign of life."""
        for line in self._lines:
            if line.startswith("data: "):
                told: Json = orjson.loads(line.removeprefix("data: "))
                return told
            if line.startswith(":"):
                return None
        raise EOFError

    def to_the_end(self) -> None:
        """Read on until the stream ends, which raises EOFError; a minute of events at most."""
        for _ in range(100):
            self.next()


@contextmanager
def listening(desk: WireDesk) -> Iterator[Events]:
    with desk.http.stream("GET", "/v1/sync/live", timeout=10) as reply:
        assert reply.status_code == 200
        yield Events(reply)


def test_the_first_event_tells_where_the_tenant_stands(desk: DeskMaker) -> None:
    mine = desk()
    told = mine.pull()
    with listening(mine) as events:
        assert events.reply.headers["content-type"].startswith("text/event-stream")
        assert events.reply.headers["cache-control"] == "no-store"
        event = events.next()
    view = mine.try_register().json()["view"]
    assert event == {"version": told["version"], "epoch": mine.epoch, "view": view}


def test_another_desks_edit_is_heard_within_a_second_and_says_nothing_of_it(desk: DeskMaker) -> None:
    mine, other = desk(), desk(Role.TENANT_STAFF)
    with listening(mine) as events:
        first = events.next()
        assert first is not None
        begun = time.monotonic()
        other.push(other.booking(next_day()))
        event = events.next()
        assert event is not None
        assert time.monotonic() - begun < 1
        assert event.keys() == {"version", "epoch", "view"}
        assert event["version"] == first["version"] + 1


def test_a_neighbours_edit_is_not_heard(desk: DeskMaker, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.5)
    mine, theirs = desk(), desk(at=open_shop(engine))
    with listening(mine) as events:
        events.next()
        theirs.push(theirs.booking(next_day()))
        assert events.next() is None


def test_a_long_poll_answers_once_there_is_more(desk: DeskMaker) -> None:
    mine, other = desk(), desk()
    version = mine.pull()["version"]
    answers: list[httpx2.Response] = []
    waiting = threading.Thread(target=lambda: answers.append(mine.http.get("/v1/sync/live", params={"after": version})))
    waiting.start()
    time.sleep(0.3)
    assert not answers
    other.push(other.booking(next_day()))
    waiting.join(timeout=5)
    assert answers[0].json()["version"] == version + 1
    at_once = mine.http.get("/v1/sync/live", params={"after": version})
    assert at_once.json()["version"] == version + 1


def test_a_long_poll_without_news_answers_after_a_heartbeat(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    mine = desk()
    version = mine.pull()["version"]
    assert mine.http.get("/v1/sync/live", params={"after": version}).json()["version"] == version


def test_a_stream_ends_with_the_access_token(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    with listening(desk()) as events:
        events.next()
        with moved(timedelta(minutes=6)), pytest.raises(EOFError):
            events.to_the_end()


def test_nothing_is_kept_of_whoever_has_left(desk: DeskMaker, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.3)
    mine = desk()
    mine.push(mine.booking(next_day()))
    version = mine.pull()["version"]
    for _ in range(20):
        with listening(mine) as events:
            events.next()
    for _ in range(5):
        with pytest.raises(httpx2.ReadTimeout):
            mine.http.get("/v1/sync/live", params={"after": version}, timeout=0.05)
    wired = app.state.wiring
    until(lambda: not wired.pokes._listeners)
    assert wired.writers._queues == {}


def test_one_account_holds_no_more_streams_than_its_share(
    desk: DeskMaker, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pokes, "MOST", 2)
    mine, other = desk(), desk(Role.TENANT_STAFF)
    with listening(mine) as first, listening(mine) as second:
        first.next(), second.next()
        for asked in ({}, {"after": 0}):
            reply = mine.http.get("/v1/sync/live", params=asked)
            assert (reply.status_code, reply.json()["code"]) == (429, "too_many_streams")
            assert reply.headers["retry-after"] == "60"
        with listening(other) as theirs:
            assert theirs.next() is not None
    until(lambda: not app.state.wiring.pokes._open)
    with listening(mine) as again:
        assert again.next() is not None


def test_the_server_stops_within_ten_seconds_whoever_listens(engine: Engine, settings: Settings, shop: Shop) -> None:
    begun = 0.0
    ended: list[str] = []

    def listen(desk: WireDesk) -> None:
        with listening(desk) as events:
            ready.release()
            with pytest.raises(EOFError):
                events.to_the_end()
            ended.append("whole")

    ready = threading.Semaphore(0)
    with running(engine, settings) as (url, _):
        desks = [WireDesk(url, shop).ready() for _ in range(5)]
        threads = [threading.Thread(target=listen, args=(one,)) for one in desks]
        for thread in threads:
            thread.start()
            ready.acquire(timeout=5)
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    for thread in threads:
        thread.join(timeout=5)
    assert ended == ["whole"] * 5, "streams end, they are not cut"
    for desk in desks:
        desk.http.close()
