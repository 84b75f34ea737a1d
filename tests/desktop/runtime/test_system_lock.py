"""The system's own lock and sleep are heard, of this session and from logind alone."""

from collections.abc import Callable, Iterator
from subprocess import Popen

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.runtime.system_lock import SystemLock, session_path
from tests.support.bus import Logind, bus, logind_at

Bus = tuple[str, Popen[str]]


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    with bus() as found:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", found[0])
        monkeypatch.setenv("XDG_SESSION_ID", "3")
        yield found


@pytest.fixture
def heard(private: Bus, qapp: QObject) -> Iterator[SystemLock]:
    made = SystemLock(qapp)
    assert made.listen()
    yield made
    made.stop()
    made.deleteLater()


Say = Callable[[Logind], None]
LAST: Say = lambda logind: logind.sleep(begins=True)  # noqa: E731
LOCKED: Say = lambda logind: logind.lock("_33")  # noqa: E731


@pytest.mark.parametrize(
    ("said", "last", "expected"),
    [
        (lambda logind: logind.lock("_33"), LAST, ["asked", "sleep"]),
        (lambda logind: logind.hint("_33", locked=True), LAST, ["hint", "sleep"]),
        (lambda logind: logind.sleep(begins=True), LOCKED, ["sleep", "asked"]),
        (lambda logind: logind.hint("_33", locked=False), LAST, ["sleep"]),
        (lambda logind: logind.sleep(begins=False), LOCKED, ["asked"]),
        (lambda logind: logind.lock("_34"), LAST, ["sleep"]),
        (lambda logind: logind.hint("_34", locked=True), LAST, ["sleep"]),
    ],
)
def test_what_is_said_of_this_session_locks(
    private: Bus, heard: SystemLock, qtbot: QtBot, said: Say, last: Say, expected: list[str]
) -> None:
    told = told_by(heard)
    with logind_at(private[0]) as logind:
        said(logind)
        last(logind)
        qtbot.waitUntil(lambda: expected[-1] in told)
    assert told == expected


def told_by(heard: SystemLock) -> list[str]:
    told: list[str] = []
    heard.locked.connect(told.append)
    return told


def test_nobody_else_on_the_bus_locks_it(private: Bus, heard: SystemLock, qtbot: QtBot) -> None:
    told = told_by(heard)
    with logind_at(private[0]) as logind, logind_at(private[0], "") as somebody:
        somebody.lock("_33")
        somebody.hint("_33", locked=True)
        # What they have said is out before logind speaks: the bus has answered them.
        somebody.is_heard()
        LAST(logind)
        qtbot.waitUntil(lambda: "sleep" in told)
    assert told == ["sleep"]


def test_without_an_id_every_session_counts(
    private: Bus, qapp: QObject, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_SESSION_ID")
    made = SystemLock(qapp)
    assert made.listen()
    with logind_at(private[0]) as logind, qtbot.waitSignal(made.locked, timeout=5000):
        logind.lock("c7")
    made.stop()


def test_a_bus_that_goes_takes_nothing_along(private: Bus, heard: SystemLock, qtbot: QtBot) -> None:
    with logind_at(private[0]) as logind, qtbot.waitSignal(heard.locked, timeout=5000):
        logind.lock("_33")
    private[1].kill()
    private[1].wait()
    qtbot.wait(50)
    heard.stop()
    assert not heard.listen(), "there is none any more"


def test_where_there_is_no_bus_nothing_is_heard(
    qapp: QObject, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path_factory.mktemp('no')}/bus")
    made = SystemLock(qapp)
    assert not made.listen()
    made.stop()


@pytest.mark.parametrize(
    ("session", "path"),
    [("3", "_33"), ("c2", "c2"), ("12", "_312"), ("a-b", "a_2db"), ("é", "_c3_a9"), ("x_1", "x_5f1")],
)
def test_a_session_is_found_by_its_id(session: str, path: str) -> None:
    assert session_path(session) == f"/org/freedesktop/login1/session/{path}"
