"""A server that hangs, and a network that swallows everything: said within seconds, and over within seconds."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest

from tests.support.cable import Cable
from tests.support.demo_server import DemoServer
from tests.support.headless import HeadlessDesk
from tests.sync.conftest import DeskMaker
from tests.sync.test_apart_and_together import wait_for_equal_sums

SOON = 15
"""Seconds, a multiple of what it takes, and a fraction of what a request may take."""


class Hang(Protocol):
    """What makes the server silent, and ends that."""

    url: str

    def begin(self) -> None: ...

    def end(self) -> None: ...


class StoppedProcess:
    """The kernel goes on taking connections and bytes; nobody reads them."""

    def __init__(self, server: DemoServer) -> None:
        self._pid, self.url = server.pid, server.url

    def begin(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)

    def end(self) -> None:
        os.kill(self._pid, signal.SIGCONT)


class SwallowingNetwork:
    """Something in between takes everything, and the connections of that time never come to life again."""

    def __init__(self, cable: Cable) -> None:
        self.begin, self.end, self.url = cable.swallow, cable.put_back, cable.url


@contextmanager
def hanging(kind: str, server: DemoServer) -> Iterator[Hang]:
    if kind == "process":
        stopped = StoppedProcess(server)
        try:
            yield stopped
        finally:
            stopped.end()
        return
    with Cable(server.port) as cable:
        yield SwallowingNetwork(cable)


def shown(desk: HeadlessDesk, connection: str, waiting: int) -> bool:
    status = desk.tell("status")
    return bool((status["connection"], status["waiting"]) == (connection, waiting))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["process", "network"])
def test_an_edit_during_a_hang_shows_that_the_desk_is_offline(kind: str, server: DemoServer, desk: DeskMaker) -> None:
    """UX item 11: before the request that hangs has given up."""
    with hanging(kind, server) as hang:
        one = desk("one").sign_in(server, "TENANT_STAFF", url=hang.url)
        one.until(lambda: shown(one, "online", 0), "online")
        known = one.tell("stylists")
        booking = {"location": known["location"], "staff": known["staff"][0], "service": known["service"]}
        for times in range(1, 3):
            hang.begin()
            one.tell("edits", count=3, name=f"{kind} {times}", start="2031-05-05T08:00:00Z", **booking)
            one.until(lambda: shown(one, "offline", 3), "offline with three edits waiting", seconds=SOON)
            since = one.tell("status")["offline_since"]
            assert since is not None
            one.tell("edits", count=1, name=f"{kind} {times} later", start="2031-05-05T08:00:00Z", **booking)
            assert (one.tell("status")["offline_since"], one.tell("status")["waiting"]) == (since, 4)
            hang.end()
            one.until(lambda: shown(one, "online", 0), "online with nothing waiting", seconds=SOON)
        wait_for_equal_sums(server, one)


@pytest.mark.timeout(240)
def test_a_desk_that_is_closed_during_a_hang_ends(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("one").sign_in(server, "TENANT_STAFF")
    one.until(lambda: shown(one, "online", 0), "online")
    with hanging("process", server) as hang:
        hang.begin()
        one.tell("sync_now")
        one.tell("close")
