"""Who waits for a silent server is told apart from who waits for a busy one."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from desktop.runtime import threads
from desktop.sync import watch as watch_module
from desktop.sync.watch import GivenUp, Watch
from shared.errors import Unreachable
from tests.support.waiting import until


class Line:
    """A server that answers probes or does not, and what the watch made of it."""

    def __init__(self) -> None:
        self.answers = True
        self.probes = 0
        self.said: list[str] = []
        self.odd: list[BaseException] = []
        self._cut = threading.Event()
        self.watch = Watch(
            self._probe,
            lost=lambda: self.said.append("lost"),
            found=lambda: self.said.append("found"),
            cut=self._cut.set,
        )

    def _probe(self) -> None:
        self.probes += 1
        if self.odd:
            raise self.odd.pop()
        if not self.answers:
            raise Unreachable("gone")

    def hang(self) -> None:
        """Wait as a request does that never has an answer."""
        with self.watch.waiting():
            assert self._cut.wait(10)
            raise Unreachable("cut")


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    for name in ("SILENT", "_BETWEEN", "_GRACE"):
        monkeypatch.setattr(watch_module, name, 0.05)
    made = Line()
    loop = threads.start("watch", made.watch.run)
    yield made
    made.watch.stop()
    loop.join(timeout=5)
    assert not loop.is_alive()


def test_nobody_is_asked_while_nobody_waits(line: Line) -> None:
    with line.watch.waiting():
        pass
    time.sleep(0.3)
    assert line.probes == 0


def test_a_busy_server_is_asked_less_and_less(line: Line) -> None:
    with line.watch.waiting():
        until(lambda: line.probes == 3)
    assert line.said == []


def test_a_silent_server_is_lost_once_and_found_with_its_answer(line: Line) -> None:
    line.answers = False
    with line.watch.waiting():
        until(lambda: line.probes == 4)
    assert line.said == ["lost", "found"]


def test_a_request_that_fails_says_itself_how_things_stand(line: Line) -> None:
    line.answers = False
    with suppress(Unreachable), line.watch.waiting():
        until(lambda: line.said == ["lost"])
        raise Unreachable("timed out")
    assert line.said == ["lost"]


def test_a_connection_that_has_died_meanwhile_is_given_up(line: Line) -> None:
    line.answers = False

    def come_back() -> None:
        until(lambda: line.said == ["lost"])
        line.answers = True

    coming = threading.Thread(target=come_back)
    coming.start()
    with pytest.raises(GivenUp):
        line.hang()
    coming.join()
    assert line.said == ["lost", "found"]


def test_a_server_that_comes_and_goes_is_said_each_time(line: Line) -> None:
    with line.watch.waiting():
        for answers, said in ((False, 1), (True, 2), (False, 3)):
            line.answers = answers
            until(lambda said=said: len(line.said) >= said)  # type: ignore[misc]
    assert line.said[:3] == ["lost", "found", "lost"]


@pytest.mark.parametrize("odd", [ValueError(), MemoryError(), KeyboardInterrupt()], ids=repr)
def test_an_odd_exception_ends_no_watch(line: Line, odd: BaseException) -> None:
    line.odd.append(odd)
    line.answers = False
    with line.watch.waiting():
        until(lambda: "lost" in line.said)


def test_each_line_of_an_answer_is_waited_for_by_itself(line: Line) -> None:
    def lines() -> Iterator[int]:
        for number in range(5):
            time.sleep(0.02)
            yield number

    assert list(line.watch.each(lines())) == [0, 1, 2, 3, 4]
    assert line.said == []
