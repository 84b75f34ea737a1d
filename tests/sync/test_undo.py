"""Undo between real processes: after a kill, and when another desk was faster."""

from datetime import timedelta

import pytest

from shared.clock import instant_text, now
from tests.support.cable import Cable
from tests.support.demo_server import DemoServer
from tests.support.headless import HeadlessDesk
from tests.sync.conftest import DeskMaker
from tests.sync.test_apart_and_together import wait_for_equal_sums


def book(desk: HeadlessDesk, staff: int, days: int) -> str:
    """A visit on a day of its own; its id."""
    known = desk.tell("stylists")
    booking = {"location": known["location"], "service": known["service"], "staff": known["staff"][staff]}
    start = desk.tell("next_slots", start=instant_text(now() + timedelta(days=days)), **booking)[0]
    made = desk.tell("book", start=start, **booking)
    assert "subject" in made, made
    return str(made["subject"])


def status(desk: HeadlessDesk, visit: str) -> str | None:
    """Where a visit stands on a desk."""
    found = desk.tell("appointment", visit=visit)
    return None if found is None else str(found["status"])


def refused(desk: HeadlessDesk, visit: str) -> list[tuple[str, str]]:
    """What needs attention of a visit: the edits, and the rules that refused them."""
    items = desk.tell("attention")
    return [(one["name"], one["code"]) for one in items if one["args"].get("appointment_id") == visit]


@pytest.mark.timeout(180)
def test_a_desk_that_is_killed_between_edit_and_undo_takes_it_back(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("one").sign_in(server, "TENANT_STAFF")
    visit = book(one, 0, 40)
    one.tell("step", visit=visit, name="confirm")
    one.kill()
    one.open()
    assert one.tell("undo") == {"made": 1, "refused": []}
    assert status(one, visit) == "booked"
    one.kill()
    one.open()
    assert one.tell("undo") == {"made": 1, "refused": []}
    one.kill()
    one.open()
    assert status(one, visit) == "cancelled"
    assert one.tell("redo") == {"made": 1, "refused": []}
    assert status(one, visit) == "booked"
    one.drained()
    wait_for_equal_sums(server, one)
    assert refused(one, visit) == []


@pytest.mark.timeout(180)
def test_an_undo_that_another_desk_was_faster_than_becomes_an_item(server: DemoServer, desk: DeskMaker) -> None:
    with Cable(server.port) as cable:
        apart = desk("apart").sign_in(server, "TENANT_STAFF", url=cable.url)
        other = desk("other").sign_in(server, "TENANT_MANAGER")
        earlier, visit = book(apart, 1, 50), book(apart, 1, 51)
        apart.drained()
        other.until(lambda: status(other, visit), "the other desk's visit")
        cable.pull()
        apart.offline()
        other.tell("step", visit=visit, name="confirm")
        other.drained()
        assert apart.tell("undo") == {"made": 1, "refused": []}
        assert status(apart, visit) == "cancelled"
        cable.put_back()
        apart.drained()
        wait_for_equal_sums(server, apart, other)
        assert [status(one, visit) for one in (apart, other)] == ["confirmed"] * 2
        assert refused(apart, visit) == [("appointment.cancel", "changed_meanwhile")]
        # The step is gone with its refusal: what is undone next is the visit before.
        assert apart.tell("redo") is None
        assert apart.tell("undo") == {"made": 1, "refused": []}
        assert status(apart, earlier) == "cancelled"


@pytest.mark.timeout(180)
def test_an_undo_of_what_another_desk_has_changed_is_refused_at_once(server: DemoServer, desk: DeskMaker) -> None:
    one = desk("one").sign_in(server, "TENANT_STAFF")
    other = desk("other").sign_in(server, "TENANT_MANAGER")
    visit = book(one, 2, 60)
    one.drained()
    other.until(lambda: status(other, visit), "the other desk's visit")
    other.tell("step", visit=visit, name="confirm")
    one.until(lambda: status(one, visit) == "confirmed", "the other desk's step")
    before = one.tell("queue")
    assert one.tell("undo") == {"made": 0, "refused": ["changed_meanwhile"]}
    assert one.tell("queue") == before
    assert status(one, visit) == "confirmed"
