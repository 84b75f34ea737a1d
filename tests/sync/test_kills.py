"""Desks and server killed (SIGKILL) at random moments while edits flow: nothing lost, nothing doubled."""

import random
import time
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import instant_text, now
from tests.support.demo_server import DemoServer
from tests.support.headless import HeadlessDesk
from tests.support.mutation_log import logged
from tests.sync.conftest import DeskMaker
from tests.sync.test_apart_and_together import wait_for_equal_sums

FAR: str = instant_text(now() + timedelta(days=60))


def booking_of(desk: HeadlessDesk, staff: int) -> dict[str, str]:
    """What this desk books: one of the staff, so that no two desks want the same slot."""
    known = desk.tell("stylists")
    return {"location": known["location"], "staff": known["staff"][staff], "service": known["service"]}


def edits(desk: HeadlessDesk, booking: dict[str, str], name: str, count: int, pause: float) -> None:
    """Order edits, without waiting for them."""
    desk.send("edits", count=count, name=name, start=FAR, pause=pause, **booking)


def require_each_once(server: DemoServer, desk: HeadlessDesk, made: list[dict[str, Any]]) -> None:
    """Every edit that the desk had told of was decided, exactly once, and in the order of the numbers."""
    queue = desk.tell("queue")
    assert queue["waiting"] == []
    numbers = [seq for seq, _, _ in queue["sent"]]
    assert numbers == list(range(1, len(numbers) + 1))
    sent = [mutation for _, mutation, _ in queue["sent"]]
    assert {one["id"] for one in made} <= set(sent)
    found = logged(server, sent)
    assert found == dict.fromkeys(sent, 1)


def kill_desk_again_and_again(server: DemoServer, desk: HeadlessDesk, times: int, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    booking = booking_of(desk, 3)
    made: list[dict[str, Any]] = []
    for number in range(times):
        edits(desk, booking, f"desk killed {seed} {number}", 1000, 0.005)
        time.sleep(chance.uniform(0.02, 0.6))
        made += desk.kill()
        desk.open()
    desk.drained()
    assert made
    require_each_once(server, desk, made)
    wait_for_equal_sums(server, desk)


def kill_server_again_and_again(server: DemoServer, desk: HeadlessDesk, times: int, seed: int) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    booking = booking_of(desk, 4)
    made: list[dict[str, Any]] = []
    for number in range(times):
        edits(desk, booking, f"server killed {seed} {number}", 40, 0.02)
        time.sleep(chance.uniform(0.02, 1.0))
        server.kill()
        server.start()
        desk.answer(made)
    desk.drained()
    assert len(made) == 40 * times
    require_each_once(server, desk, made)
    wait_for_equal_sums(server, desk)


@pytest.mark.timeout(300)
def test_a_desk_that_is_killed_loses_and_doubles_nothing(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("killed").sign_in(server, "TENANT_STAFF")
    kill_desk_again_and_again(server, one, 10, seed=random.randrange(2**32))


@pytest.mark.timeout(300)
def test_a_server_that_is_killed_loses_and_doubles_nothing(server: DemoServer, desk: DeskMaker) -> None:
    """P39: what was acknowledged is there after the crash; P37: a lost answer changes nothing."""
    one = desk("steady").sign_in(server, "TENANT_MANAGER")
    kill_server_again_and_again(server, one, 10, seed=random.randrange(2**32))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_desk_that_is_killed_forty_times(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("killed").sign_in(server, "TENANT_STAFF")
    kill_desk_again_and_again(server, one, 40, seed=random.randrange(2**32))


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_server_that_is_killed_forty_times(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("steady").sign_in(server, "TENANT_MANAGER")
    kill_server_again_and_again(server, one, 40, seed=random.randrange(2**32))
