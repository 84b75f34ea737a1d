"""The offline lease at the window: told from half of it on, past it today and tomorrow and no edit."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.sync.status import Connection, SyncStatus
from shared import clock
from shared.clock import instant_text
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.moving_clock import MovingClock

DAY = timedelta(days=1)


@pytest.fixture
def moving() -> Iterator[MovingClock]:
    made = MovingClock()
    with clock.using(made):
        yield made


def answer(place: Place) -> None:
    """The server answers now."""
    told = {"epoch": "one", "view": "v", "lease": "l", "server_time": instant_text(clock.now()), "last_seq": 0}
    place.desk.do(lambda replica: replica.registered(told | {"offline_lease": 7 * 24 * 3600}))
    show(place, Connection.ONLINE)


def show(place: Place, connection: Connection, message: str = "") -> None:
    place.desk.engine.status = SyncStatus(connection=connection, message=message)
    place.work.link.statusChanged.emit(place.desk.engine.status)


def banner(place: Place) -> str:
    found = place.window.book_page.banner
    return found.text() if found.isVisible() else ""


def go_on(place: Place, moving: MovingClock, by: timedelta) -> None:
    moving.offset += by
    place.work.lease.look()


def test_it_is_told_from_half_on_with_one_action(place: Place, moving: MovingClock) -> None:
    answer(place)
    show(place, Connection.OFFLINE)
    go_on(place, moving, 3 * DAY)
    place.desk.do(lambda replica: None)
    assert banner(place) == ""
    go_on(place, moving, DAY)
    place.until(lambda: "no changes are taken until it is" in banner(place))
    assert place.window.actions_by_name["new_booking"].isEnabled()
    buttons = place.window.book_page.banner.findChildren(QPushButton)
    assert [one.text() for one in buttons if one.isVisible()] == ["Sync now"]
    answer(place)
    place.until(lambda: banner(place) == "")


def test_past_it_today_and_tomorrow_are_read_and_no_edit_is_taken(place: Place, moving: MovingClock) -> None:
    answer(place)
    show(place, Connection.OFFLINE)
    place.work.book.step(20)
    place.work.booking.open_new()
    go_on(place, moving, 8 * DAY)
    place.until(lambda: "Today and tomorrow can be read" in banner(place))
    today = place.work.book.today
    assert place.work.book.day == today
    place.work.book.step(1)
    assert place.work.book.day == today + DAY
    place.work.book.step(1)
    assert place.work.book.day == today + DAY
    assert place.said == "Today and tomorrow can be read until the server is reached."
    for name in ("new_booking", "find", "pick_day", "go_attention", "import_customers"):
        assert not place.window.actions_by_name[name].isEnabled()
    assert not place.window.book_page.bar.search.isEnabled()
    assert not place.window.book_page.booking.isEnabled()
    place.window.actions_by_name["undo"].setEnabled(True)
    place.act("undo")
    place.until(lambda: "changes are taken again" in place.said)
    answer(place)
    place.until(lambda: place.window.actions_by_name["new_booking"].isEnabled())
    place.work.book.step(20)
    assert place.work.book.day == today + 21 * DAY
    place.work.book.show_today()
    place.work.book.step(1)
    place.book(tomorrow(10))


def test_a_session_that_ended_is_what_stands_in_the_way(place: Place, moving: MovingClock) -> None:
    answer(place)
    show(place, Connection.SIGN_IN)
    go_on(place, moving, 8 * DAY)
    place.until(lambda: "once you have signed in" in banner(place))
    asked: list[bool] = []
    place.work.status.signInWanted.connect(lambda: asked.append(True))
    place.window.book_page.banner.actionRequested.emit()
    assert asked == [True]


def test_a_clock_that_was_set_forward_is_said(
    place: Place, moving: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(place)
    show(place, Connection.OFFLINE)
    still = clock.monotonic()
    monkeypatch.setattr(moving, "monotonic", lambda: still)
    go_on(place, moving, 2 * DAY)
    place.until(lambda: "was set forward by 2 days" in banner(place))
    go_on(place, moving, 7 * DAY)
    place.until(lambda: "was set forward by 9 days" in banner(place) and "no changes" not in banner(place))
    go_on(place, moving, -9 * DAY)
    place.until(lambda: "Today and tomorrow" in banner(place))
