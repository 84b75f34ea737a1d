"""A log that cannot be written, on a full disk or to a reader that has died, ends nobody's work."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from shared.errors import StorageFault
from syncserver.effects import news as news_module
from syncserver.effects.news import News
from syncserver.effects.pokes import Pokes
from syncserver.services.jobs import rounds as rounds_module
from syncserver.services.jobs.rounds import Rounds
from syncserver.store import private_postgres
from syncserver.web import process
from syncserver.web.workers import Workers
from tests.support import works
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the server logs goes to a disk on which there is no room."""
    before = structlog.get_config()
    with Path("/dev/full").open("wb", buffering=0) as out:
        monkeypatch.setattr(process, "Lines", lambda: Lines(out))
        process.log_events()
        with pytest.raises(OSError, match="No space"):
            structlog.BytesLogger(out).msg(b"not a word")
        yield
    structlog.configure(**before)


Lines = process.Lines


def test_rounds_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds_module, "_AFTER_TROUBLE", 0.01)
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise StorageFault("The disk is full.")

    rounds = Rounds("mail", look, every=0.01)
    rounds.start()
    try:
        until(lambda: len(looks) > 2)
    finally:
        rounds.close()


@pytest.mark.parametrize("error", [StorageFault("The database is away."), RuntimeError("a bug")])
@pytest.mark.parametrize("line", [True, False], ids=["a line", "a pooler"])
def test_news_are_carried_once_the_database_is_back(
    monkeypatch: pytest.MonkeyPatch, error: Exception, *, line: bool
) -> None:
    monkeypatch.setattr(news_module, "_AGAIN", 0.01)
    monkeypatch.setattr(news_module, "LOOK", 0.0)
    tries: list[int] = []

    def gone(*_: object) -> None:
        tries.append(1)
        raise error

    monkeypatch.setattr(news_module, "open_line", gone)
    monkeypatch.setattr(news_module, "newest_versions", gone)
    pokes = Pokes()
    monkeypatch.setattr(pokes, "tenants", lambda: ["somebody listens"])
    news = News(cast(Any, None), pokes, line=line)
    news.start()
    try:
        until(lambda: len(tries) > 4)
    finally:
        news.close()


def test_a_private_database_that_died_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_postgres, "_LOOK", 0.01)
    monkeypatch.setattr(private_postgres, "_server", lambda place: None)
    started = threading.Event()
    monkeypatch.setattr(private_postgres, "_start_again", lambda place, folder: started.set())
    ending = threading.Event()
    watcher = threading.Thread(target=private_postgres._keep_alive, args=(cast(Any, None), Path(), ending), daemon=True)
    watcher.start()
    try:
        assert started.wait(5), "nobody starts it any more"
    finally:
        ending.set()
        watcher.join(5)


class Replaced(Exception):
    """A worker is started in the place of one that died."""


def test_a_worker_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun = Workers._start
    starts: list[int] = []

    def start(self: Workers, vacancy: Any) -> None:
        starts.append(1)
        if len(starts) > 1:
            raise Replaced
        begun(self, vacancy)

    monkeypatch.setattr(Workers, "_start", start)
    with pytest.raises(Replaced):
        Workers(1, works.hangs_in_its_second_life, tmp_path / "lives").run(on_start=lambda: None)
