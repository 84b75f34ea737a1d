"""A server that is put back from a backup, with real desks that had sent, queued and half-sent edits (P29)."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.clock import instant_text, now
from tests.support.backup import Backup
from tests.support.demo_server import DemoServer, demo_server
from tests.support.headless import HeadlessDesk
from tests.support.server_sums import server_rows
from tests.sync.conftest import DeskMaker
from tests.sync.test_apart_and_together import wait_for_equal_sums


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DemoServer]:
    """A server of the test's own, which gives desks ten seconds to hand in what they have."""
    monkeypatch.setenv("SMOOTHSCHEDULE_RECOVERY_WAIT", "PT10S")
    with demo_server(tmp_path / "server") as started:
        yield started


def edits_of(desk: HeadlessDesk, count: int, name: str, staff: int) -> list[str]:
    """So many edits of every kind, each staff member's on days of its own."""
    known = desk.tell("stylists")
    booking = {"location": known["location"], "service": known["service"], "staff": known["staff"][staff]}
    start = instant_text(now() + timedelta(days=60 + 30 * staff))
    made: list[str] = desk.tell("edits", count=count, name=name, start=start, **booking)
    return made


def _has_a_book(desk: HeadlessDesk) -> bool:
    return desk.tell("place")["cursor"] is not None


def names(rows: dict[str, list[Any]]) -> set[str]:
    return {row[1] for row in rows["customer"]}


@pytest.mark.timeout(300)
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_put_back(
    server: DemoServer, desk: DeskMaker, tmp_path: Path
) -> None:
    first, second = desk("first").sign_in(server, "TENANT_STAFF"), desk("second").sign_in(server, "TENANT_MANAGER")
    edits_of(first, 7, "before", 0)
    first.drained()
    items = len(first.tell("attention"))
    backup = Backup(server, tmp_path / "backup")
    epoch = first.tell("place")["epoch"]

    sent = edits_of(first, 16, "sent", 1)
    person = first.tell("add", name="Ida Sent")["subject"]
    first.drained()
    second.until(lambda: second.tell("warn", customer=person, alert="by the second"), "what the first had sent")
    sent_second = edits_of(second, 8, "second", 2)
    second.drained()
    first.tell("sync_now")
    first.until(lambda: first.tell("warn", customer=person, alert="by the first", was="by the second"), "the alert")
    first.drained()

    server.stop()
    queued = edits_of(first, 9, "queued", 3)
    # What stands on the other's work comes first; the other is switched on only once the server has begun to wait.
    first.kill()
    backup.put_back()
    server.start()
    second.until(lambda: second.tell("place")["epoch"] not in (epoch, None), "the new epoch")
    first.open()
    for one in (first, second):
        one.until(partial(_has_a_book, one), "the end of recovery", seconds=60)
        one.drained()
    truth = wait_for_equal_sums(server, first, second)
    assert truth["customer"][0] > 0
    told = {mutation: outcome for _, mutation, outcome in first.tell("queue")["sent"] + second.tell("queue")["sent"]}
    assert {told[one] for one in (*sent, *sent_second, *queued)} == {"applied"}
    rows = server_rows(server)
    assert names(rows) >= {"before 0", "sent 0", "sent 7", "sent 14", "second 0", "queued 0", "Ida Sent"}
    (alert,) = (row[6] for row in rows["customer"] if row[0] == person)
    assert alert == "by the first"
    assert len(first.tell("attention")) == items


@pytest.mark.timeout(300)
def test_a_desk_that_ran_on_never_adopts_the_older_book(server: DemoServer, desk: DeskMaker, tmp_path: Path) -> None:
    """It is idle and registered, has seen more than the server knows, and the marks are lost as well."""
    first = desk("first").sign_in(server, "TENANT_STAFF")
    backup = Backup(server, tmp_path / "backup")
    edits_of(first, 9, "sent", 1)
    first.drained()
    server.stop()
    backup.put_back()
    for mark in server.data.rglob("marks/*/*/*"):
        mark.unlink()
    server.start()
    first.until(lambda: "sent 0" in names(server_rows(server)), "what was lost")
    first.drained()
    wait_for_equal_sums(server, first)
