"""The status line says what the engine says, in a person's words."""

from datetime import timedelta
from unittest import mock

import pytest
from PySide6.QtWidgets import QLabel

from desktop.operations import customers
from desktop.store.faults import SENTENCES, FullDisk
from desktop.store.replica import Replica
from desktop.sync.status import Connection, SyncStatus, Trouble
from desktop.widgets.status_pill import StatusPill
from shared import clock
from shared.rules.wall_time import local
from tests.desktop.presenters.conftest import Place, tomorrow

NOW = clock.now()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (SyncStatus(connection=Connection.ONLINE, last_contact=NOW), ["Online", "all edits accepted", "last contact"]),
        (SyncStatus(connection=Connection.OFFLINE, offline_since=NOW, waiting=3), ["Offline since", "3 edits waiting"]),
        (SyncStatus(connection=Connection.SIGN_IN, waiting=1), ["Sign in again", "1 edit waiting"]),
        (SyncStatus(connection=Connection.STOPPED), ["Syncing has stopped"]),
    ],
)
def test_says_the_three_facts(place: Place, status: SyncStatus, words: list[str]) -> None:
    place.work.status.show(status)
    pill: StatusPill = place.window.pill
    assert [word for word in words if word not in pill.accessibleName()] == []


@pytest.mark.parametrize(
    ("connection", "goes_on"),
    [
        (Connection.ONLINE, "on the way to the server"),
        (Connection.OFFLINE, "as soon as it answers"),
        (Connection.SIGN_IN, "once you have signed in again"),
        (Connection.STOPPED, "once syncing goes on"),
    ],
)
def test_the_details_say_when_edits_that_wait_are_sent(place: Place, connection: Connection, goes_on: str) -> None:
    place.work.status.show(SyncStatus(connection=connection, waiting=2))
    assert goes_on in place.window.details._meaning.text()


def test_a_time_of_another_day_is_said_with_its_day(place: Place) -> None:
    place.work.status.show(SyncStatus(connection=Connection.OFFLINE, offline_since=NOW - timedelta(days=2)))
    words = place.work.book.words
    # The business's day, which late in the evening is another than London's.
    day = local(NOW - timedelta(days=2), words.zone).date()
    assert words.short_day(day) in place.window.pill.accessibleName()


def test_an_ended_session_says_that_everything_is_kept_and_offers_to_sign_in(place: Place) -> None:
    place.work.status.show(SyncStatus(connection=Connection.SIGN_IN))
    banner = place.window.book_page.banner
    assert "kept on this computer" in banner.text()
    with place.qtbot.waitSignal(place.work.status.signInWanted):
        banner.actionRequested.emit()
    place.work.status.show(SyncStatus(connection=Connection.ONLINE))
    assert not banner.isVisible()


@pytest.mark.parametrize(
    ("trouble", "connection", "words", "goes_on"),
    [
        (Trouble.DAMAGED, Connection.OFFLINE, "Book damaged", "once SmoothSchedule has made a new book"),
        (Trouble.DISK_FULL, Connection.OFFLINE, "Disk full", "once there is room on the disk"),
        (Trouble.STORAGE, Connection.OFFLINE, "Sync is held up", "once that is put right"),
        (Trouble.PUT_BACK, Connection.OFFLINE, "Server is recovering", "once it is ready"),
        (Trouble.MISMATCH, Connection.ONLINE, "Book does not match", "on the way to the server"),
    ],
)
def test_what_is_not_the_networks_has_its_own_words_and_a_banner(
    place: Place, trouble: Trouble, connection: Connection, words: str, goes_on: str
) -> None:
    place.work.status.show(
        SyncStatus(connection=connection, offline_since=NOW, waiting=2, trouble=trouble, message="So it is. Do this.")
    )
    banner = place.window.book_page.banner
    assert place.window.pill.accessibleName().startswith(f"{words}, 2 edits waiting")
    assert (banner.isVisible(), banner.text()) == (True, "So it is. Do this.")
    assert place.window.details._headline.text() == words
    assert goes_on in place.window.details._meaning.text()
    place.work.status.show(SyncStatus(connection=Connection.ONLINE))
    assert not banner.isVisible()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (SyncStatus(connection=Connection.OFFLINE), "The server does not answer. Nothing is lost."),
        (SyncStatus(connection=Connection.OFFLINE, message="The server is busy."), "Not now. Nothing is lost."),
        (SyncStatus(connection=Connection.OFFLINE, trouble=Trouble.DISK_FULL), "Disk full"),
    ],
)
def test_trying_now_blames_the_server_only_where_it_does_not_answer(
    place: Place, status: SyncStatus, said: str
) -> None:
    place.act("sync_now")
    place.work.status.show(status)
    assert place.window.details._done.text() == said


@pytest.mark.parametrize(
    ("waiting", "count", "pill", "meaning"),
    [
        (0, 6, "nothing waiting, 6 need attention", "Everything you did was sent. 6 edits of yours or others were not"),
        (0, 1, "nothing waiting, 1 needs attention", "Everything you did was sent. 1 edit of yours or others was not"),
        (3, 6, "3 edits waiting, 6 need attention", "on the way to the server. 6 edits of yours or others were not"),
        (0, 0, "all edits accepted", "Everything you did is accepted by the server."),
    ],
)
def test_what_was_not_taken_is_not_called_accepted(
    place: Place, waiting: int, count: int, pill: str, meaning: str
) -> None:
    place.work.status.show(SyncStatus(connection=Connection.ONLINE, waiting=waiting))
    place.work.attention.countChanged.emit(count)
    assert f"Online, {pill}, " in place.window.pill.accessibleName()
    assert meaning in place.window.details._meaning.text()
    told = [one.text() for one in place.window.details.findChildren(QLabel) if one.isVisibleTo(place.window.details)]
    assert any("accepted" in one for one in told) == (count == waiting == 0)


def test_an_item_that_comes_meanwhile_is_no_answer_to_trying_now(place: Place) -> None:
    place.act("sync_now")
    place.work.attention.countChanged.emit(1)
    assert place.window.details._now.text() == "Syncing…"


def lose_an_edit(place: Place) -> None:
    """Enter a customer while the disk has no room."""
    full = FullDisk(SENTENCES["disk is full"])
    with mock.patch.object(Replica, "edit", side_effect=full):
        place.work.edits.run(customers.create(name="Nora"), "Entered.")
        place.until(place.window.fault.isVisible)


@pytest.mark.parametrize("page", ["book", "day", "customers", "waitlist"])
def test_what_was_not_saved_is_said_on_every_page_whatever_syncing_says(place: Place, page: str) -> None:
    place.window.show_page(page)
    lose_an_edit(place)
    for connection in (Connection.OFFLINE, Connection.ONLINE):
        place.work.link.statusChanged.emit(SyncStatus(connection=connection))
    assert place.window.fault.isVisible()
    assert "this change was not saved" in place.window.fault.text()


def test_what_was_not_saved_is_said_until_an_edit_is_saved_again(place: Place) -> None:
    lose_an_edit(place)
    place.work.edits.run(customers.create(name="Nora"), "Entered.")
    place.until(lambda: not place.window.fault.isVisible())


def test_what_was_not_saved_is_said_until_it_is_dismissed(place: Place) -> None:
    lose_an_edit(place)
    close = place.window.fault._close
    assert close.isVisible()
    close.click()
    assert not place.window.fault.isVisible()


def test_who_comes_next_is_not_told_what_the_one_before_could_not_save(place: Place) -> None:
    lose_an_edit(place)
    place.work.let_go()
    assert not place.window.fault.isVisible()


def test_a_move_to_where_a_visit_stands_saves_nothing_and_what_was_not_saved_stays(place: Place) -> None:
    lose_an_edit(place)
    came: list[object] = []
    place.work.link.run_from(lambda replica: None, came.append, lambda refusal: None)
    place.until(lambda: came == [None])
    assert place.window.fault.isVisible()


def test_an_edit_is_counted_at_once(place: Place) -> None:
    place.book(tomorrow(10))
    place.until(lambda: "1 edit waiting" in place.window.pill.accessibleName())


def test_sync_now_answers_at_once(place: Place) -> None:
    place.act("sync_now")
    assert place.window.details._now.text() == "Syncing…"
