"""Cycles that nobody holds are looked for on the windows' thread alone, and not while many objects are made."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import ClassVar
from unittest import mock

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.runtime import garbage
from desktop.runtime.garbage import MainThreadCollector, collect_due
from desktop.runtime.uncollected import is_resting, uncollected


class Ring:
    """Holds itself, and says on which thread it ended."""

    ended: ClassVar[list[threading.Thread]] = []

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    was, threshold = gc.isenabled(), gc.get_threshold()
    Ring.ended = []
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*threshold)
    (gc.enable if was else gc.disable)()


def make_rings(count: int) -> None:
    for _ in range(count):
        Ring()


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[MainThreadCollector]:
    # What is frozen stays for good: the rest of the suite is not to be.
    with mock.patch.object(gc, "freeze"), mock.patch.object(garbage, "_LOOKS", 10):
        owner = QObject()
        made = MainThreadCollector(owner)
        made.start()
        yield made
        made._timer.stop()


def test_no_other_thread_ends_what_it_did_not_make(collector: MainThreadCollector, qtbot: QtBot) -> None:
    make_rings(1)
    # By far enough to set off Python's own search.
    other = threading.Thread(target=make_rings, args=(20_000,))
    other.start()
    other.join()
    assert Ring.ended == []
    qtbot.waitUntil(lambda: len(Ring.ended) > 10_000)
    assert set(Ring.ended) == {threading.main_thread()}


def test_nothing_is_searched_while_many_objects_are_made(collector: MainThreadCollector, qtbot: QtBot) -> None:
    with uncollected():
        make_rings(2_000)
        qtbot.wait(60)
        assert Ring.ended == []
    qtbot.waitUntil(lambda: bool(Ring.ended))


def test_few_objects_are_left_alone() -> None:
    gc.disable()
    gc.collect()
    make_rings(10)
    collect_due()
    assert Ring.ended == []
    make_rings(2_000)
    collect_due()
    assert len(Ring.ended) >= 2_000


def test_older_generations_have_their_turn() -> None:
    gc.disable()
    gc.collect()
    old = Ring()
    gc.collect(0)
    gc.collect(1)
    was_old = weakref.ref(old)
    del old
    for _ in range(150):
        make_rings(1_000)
        collect_due()
    assert was_old() is None


def test_what_rested_before_switches_nothing_on_again(qapp: QApplication) -> None:
    gc.enable()
    with mock.patch.object(gc, "freeze"):
        with uncollected():
            made = MainThreadCollector(qapp)
            made.start()
        made._timer.stop()
    assert not gc.isenabled()


@pytest.mark.parametrize("begin", [gc.enable, gc.disable])
def test_what_rests_on_two_threads_goes_on_after_the_last(begin: Callable[[], None]) -> None:
    begin()
    was = gc.isenabled()
    inside, may_leave = threading.Event(), threading.Event()

    def rest() -> None:
        with uncollected():
            inside.set()
            may_leave.wait(5)

    other = threading.Thread(target=rest)
    with uncollected():
        other.start()
        inside.wait(5)
    # This one began first, and is through first.
    assert is_resting()
    assert not gc.isenabled()
    may_leave.set()
    other.join()
    assert not is_resting()
    assert gc.isenabled() is was
