"""What other threads have done comes to the windows' thread, and only to who is there still."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from unittest import mock

import pytest
import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.runtime.qt import MainThread, _Relay


def on_another_thread(act: Callable[[], None]) -> None:
    other = threading.Thread(target=act)
    other.start()
    other.join()


@pytest.fixture
def owner(qapp: QApplication) -> QObject:
    return QObject()


def test_a_result_comes_on_the_thread_of_the_windows(owner: QObject, qtbot: QtBot) -> None:
    future: Future[int] = Future()
    told: list[tuple[int, bool]] = []
    here = threading.current_thread()
    MainThread(owner).deliver(future, lambda one: told.append((one, threading.current_thread() is here)), raise_it)
    on_another_thread(lambda: future.set_result(7))
    assert told == []
    qtbot.waitUntil(lambda: bool(told))
    assert told == [(7, True)]


def raise_it(error: BaseException) -> None:
    raise error


def test_what_was_raised_goes_to_who_asked(owner: QObject, qtbot: QtBot) -> None:
    future: Future[int] = Future()
    failed: list[BaseException] = []
    MainThread(owner).deliver(future, lambda one: pytest.fail(f"{one} is no result"), failed.append)
    on_another_thread(lambda: future.set_exception(OSError("no")))
    qtbot.waitUntil(lambda: bool(failed))
    assert isinstance(failed[0], OSError)


def test_nobody_is_called_whose_owner_is_gone(owner: QObject, qtbot: QtBot) -> None:
    main, last = MainThread(owner), MainThread(QApplication.instance() or QObject())
    future: Future[int] = Future()
    said: list[str] = []
    main.deliver(future, lambda _: said.append("result"), lambda _: said.append("failure"))
    main.post(lambda: said.append("posted before"))
    on_another_thread(lambda: future.set_result(7))
    shiboken6.delete(owner)
    # From another thread too: it does not know.
    on_another_thread(lambda: main.post(lambda: said.append("posted after")))
    last.post(lambda: said.append("last"))
    qtbot.waitUntil(lambda: "last" in said)
    assert said == ["last"]


def test_what_was_to_be_called_ends_on_the_thread_of_the_windows(owner: QObject, qtbot: QtBot) -> None:
    ended: list[bool] = []
    here = threading.current_thread()

    class Part:
        def __call__(self, result: int) -> None:
            pass

        def __del__(self) -> None:
            ended.append(threading.current_thread() is here)

    future: Future[int] = Future()
    MainThread(owner).deliver(future, Part(), raise_it)
    is_set, may_end = threading.Event(), threading.Event()

    def work() -> None:
        future.set_result(7)
        is_set.set()
        # The other thread holds the future still, and what was hung on it.
        may_end.wait(5)

    other = threading.Thread(target=work)
    other.start()
    is_set.wait(5)
    qtbot.waitUntil(lambda: bool(ended))
    may_end.set()
    other.join()
    assert ended == [True]


def test_nothing_is_said_once_the_application_is_gone(owner: QObject) -> None:
    main = MainThread(owner)
    future: Future[int] = Future()
    main._relay = _Relay(None)
    main.deliver(future, lambda one: pytest.fail(f"{one} came"), raise_it)
    shiboken6.delete(main._relay)
    with mock.patch.object(logging.getLogger("concurrent.futures"), "exception") as logged:
        on_another_thread(lambda: future.set_result(7))
        main.post(lambda: pytest.fail("posted"))
    logged.assert_not_called()


def test_threads_that_send_while_owners_end_harm_nobody(qapp: QApplication, qtbot: QtBot) -> None:
    done = threading.Event()
    current: list[MainThread] = [MainThread(QObject(qapp))]
    calls: list[int] = []

    def send() -> None:
        # With a breath in between: what is sent must not come faster than it is taken.
        while not done.wait(0.00001):
            current[0].post(lambda: calls.append(1))

    others = [threading.Thread(target=send) for _ in range(2)]
    for one in others:
        one.start()
    for number in range(300):
        old, current[0] = current[0], MainThread(QObject(qapp))
        shiboken6.delete(old._owner)
        if number % 20 == 0:
            qapp.processEvents()
    done.set()
    for one in others:
        one.join()
    # Whether one that was there still has been called by then is chance.
    calls.clear()
    current[0].post(lambda: calls.append(1))
    qtbot.waitUntil(lambda: bool(calls))
