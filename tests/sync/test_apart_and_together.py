"""Two desks apart and together again: the server stopped, then the cable cut, both desks killed in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

import pytest

from shared.clock import instant_text, now
from tests.support.cable import Cable
from tests.support.demo_server import DemoServer
from tests.support.headless import HeadlessDesk
from tests.support.server_sums import server_sums
from tests.sync.conftest import DeskMaker

EDITS = 200


class Parting(Protocol):
    """What stands between desks and server, and takes it away."""

    url: str

    def part(self) -> None: ...

    def join(self) -> None: ...


class StoppedServer:
    """The server itself ends."""

    def __init__(self, server: DemoServer) -> None:
        self._server, self.url = server, server.url

    def part(self) -> None:
        self._server.stop()

    def join(self) -> None:
        self._server.start()


class PulledCable:
    """The server goes on, and nothing reaches it."""

    def __init__(self, cable: Cable) -> None:
        self._cable, self.url = cable, cable.url

    def part(self) -> None:
        self._cable.pull()

    def join(self) -> None:
        self._cable.put_back()


@contextmanager
def parting(kind: str, server: DemoServer) -> Iterator[Parting]:
    if kind == "server":
        yield StoppedServer(server)
        return
    with Cable(server.port) as cable:
        yield PulledCable(cable)


def wait_for_equal_sums(server: DemoServer, *desks: HeadlessDesk) -> dict[str, list[Any]]:
    """Rows and SHA-256 of every entity, once they are the same everywhere."""
    truth = server_sums(server)
    for one in desks:
        one.tell("sync_now")
        one.until(partial(_has, one, truth), f"{one.home.name} to be equal to the server", seconds=20)
        assert one.tell("queue")["base"] == 0
    return truth


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["server", "cable"])
def test_two_desks_go_on_without_the_server_and_lose_nothing(kind: str, server: DemoServer, desk: DeskMaker) -> None:
    """Steps 4 and 5 of the story."""
    with parting(kind, server) as between:
        a = desk("a").sign_in(server, "TENANT_STAFF", url=between.url)
        b = desk("b").sign_in(server, "TENANT_MANAGER", url=between.url)
        known = a.tell("stylists")
        booking = {"location": known["location"], "staff": known["staff"][0], "service": known["service"]}
        tomorrow = instant_text(now() + timedelta(days=40))
        slot = a.tell("next_slots", start=tomorrow, **booking)[0]

        between.part()
        for one in (a, b):
            assert one.offline()["offline_since"] is not None
        wishes = {}
        for one, staff, person in ((a, 1, 0), (b, 2, 1)):
            customer = known["customers"][person]
            wishes[one] = one.tell("book", start=slot, customer=customer, **booking)["subject"]
            others = booking | {"staff": known["staff"][staff]}
            made = one.tell("edits", count=EDITS, name=f"{kind} {one.home.name}", start=tomorrow, **others)
            assert len(made) == EDITS
        assert [one.tell("status")["waiting"] for one in (a, b)] == [EDITS + 1, EDITS + 1]
        before = {one: (one.tell("sums"), one.tell("queue")) for one in (a, b)}
        for one in (a, b):
            one.kill()
            one.open()
            assert (one.tell("sums"), one.tell("queue")) == before[one]
            assert one.offline()["waiting"] == EDITS + 1

        between.join()
        a.drained()
        b.drained()
        truth = wait_for_equal_sums(server, a, b)
        standing = {one: one.tell("appointment", visit=wishes[one]) for one in (a, b)}
        assert sorted(found is None for found in standing.values()) == [False, True]
        (item,) = a.tell("attention")
        assert [item] == b.tell("attention")
        loser = next(one for one, found in standing.items() if found is None)
        assert (item["code"], item["args"]["appointment_id"]) == ("slot_taken", wishes[loser])
        assert item["args"]["customer_id"] in known["customers"]
        assert 1 <= len(item["slots"]) <= 5
        assert slot not in item["slots"]

        # One click takes one; the visit keeps the id of the first try.
        assert "seq" in loser.tell("take_slot", item=item["id"], start=item["slots"][0])
        loser.drained()
        settled = wait_for_equal_sums(server, a, b)
        assert settled != truth
        for one in (a, b):
            assert one.tell("appointment", visit=wishes[loser]) == {"start": item["slots"][0], "status": "booked"}
            assert one.tell("attention") == []
        for one in (a, b):
            counted = outcomes_of(one)
            made_here = EDITS + 1 + (one is loser)
            assert counted.get("applied", 0) + counted.get("adjusted", 0) + counted.get("rejected", 0) == made_here
            assert counted.get("rejected", 0) == (one is loser)


def _has(one: HeadlessDesk, truth: dict[str, list[Any]]) -> bool:
    return bool(one.tell("sums") == truth)


def outcomes_of(desk: HeadlessDesk) -> dict[str, int]:
    """How many edits of a desk ended how."""
    counted: dict[str, int] = {}
    for _, _, outcome in desk.tell("queue")["sent"]:
        counted[outcome] = counted.get(outcome, 0) + 1
    return counted
