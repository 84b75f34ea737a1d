"""A desk that is closed while something is at work in its book."""

import threading
from pathlib import Path

import pytest

from desktop.config import Home
from desktop.runtime import threads
from desktop.runtime.one_owner import Owner
from shared.errors import StorageFault
from tests.desktop.presenters.conftest import open_desk
from tests.support.waiting import until


def test_its_book_is_nobody_elses_before_that_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_PATIENCE", 0.05)
    desk, may_end = open_desk(tmp_path), threading.Event()
    working = desk.ask(lambda replica: may_end.wait() and replica.outbox.count())
    with pytest.raises(StorageFault, match="at work still"):
        desk.close()
    home = Home(tmp_path / "home")
    with pytest.raises(StorageFault, match="open already"):
        Owner(home.lock)
    may_end.set()
    assert working.result(timeout=5) == 0

    def is_free() -> bool:
        try:
            Owner(home.lock).release()
        except StorageFault:
            return False
        return True

    until(is_free, within=5)
    desk.close()


def test_its_book_is_closed_whatever_the_end_of_syncing_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_desk(tmp_path)
    stop = desk.engine.stop

    def stop_badly() -> None:
        stop()
        raise RuntimeError("a bug")

    monkeypatch.setattr(desk.engine, "stop", stop_badly)
    with pytest.raises(RuntimeError, match="a bug"):
        desk.close()
    with pytest.raises(StorageFault, match="is closed"):
        desk.do(lambda replica: replica.outbox.count())
    Owner(Home(tmp_path / "home").lock).release()
