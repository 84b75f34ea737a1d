"""While the first book is on its way the days around today are read: from the real server, by a real window."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import build_app
from desktop.config import Home
from desktop.desk import Desk
from desktop.presenters.first_days import FirstDaysPresenter
from desktop.presenters.words_of_errors import UNREACHABLE
from desktop.queries.day_book import DayBook
from desktop.store.replica import Replica
from desktop.sync.status import Connection, SyncStatus
from desktop.widgets import theme
from shared import clock
from shared.ids import new_id
from shared.model.base import LocationId
from shared.model.business import Location
from shared.model.member import Role
from shared.rules.wall_time import day_span, local
from syncserver.services.sync import days as told_days
from tests.desktop.masquerade.conftest import Stage
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.moving_clock import moved
from tests.support.shop import PASSWORD, Shop, put_rows, visit_at
from tests.support.windows import discard

BERLIN = "Europe/Berlin"
MANY = 1000
"""More faults than a test has rounds."""


class Front:
    """Somebody at a new desk that has no book yet; `start` begins to load it."""

    def __init__(self, stage: Stage, shop: Shop, folder: Path, qtbot: QtBot, role: Role) -> None:
        self._stage, self._qtbot = stage, qtbot
        home, secrets = Home(folder / "home"), FileSecrets(folder / "secrets.json")
        form = {"tenant": shop.tenant.slug, "email": shop.email(role), "password": PASSWORD}
        Desk.sign_in(home, secrets, server=stage.url, **form).close()
        _, self.desktop = build_app(home, secrets)
        self.window = self.desktop.window
        self.page, self.view = self.window.first_sync, self.window.first_sync.days

    def start(self) -> None:
        self.desktop.start()

    def leave(self) -> None:
        """Let go of everything."""
        self._stage.faults.heal()
        self.desktop.stop()
        self.window.close()
        discard(self.window)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=20_000)

    def until_read(self) -> None:
        self.until(self.view.isVisible)
        assert self.page.isVisible()

    def until_at_work(self) -> DayBook:
        """What the book shows once it is there."""
        self.until(lambda: self.window.is_working)
        work = self.desktop._workplace
        assert work is not None
        self.until(lambda: work.book.shown is not None)
        assert work.book.shown is not None
        return work.book.shown

    @property
    def days(self) -> FirstDaysPresenter:
        return self.desktop._session.showing.days

    @property
    def desk(self) -> Desk:
        found = self.desktop._session.desk
        assert found is not None
        return found

    def status(self, told: SyncStatus) -> None:
        link = self.desktop._session._link
        assert link is not None
        link.statusChanged.emit(told)

    @property
    def ids(self) -> set[str]:
        """The visits that are painted."""
        return {one.appointment_id for one in self.view.book.scene.day.boxes}


@pytest.fixture
def role() -> Role:
    return Role.TENANT_STAFF


@pytest.fixture
def front(
    stage: Stage, shop: Shop, tmp_path: Path, qapp: QApplication, qtbot: QtBot, role: Role
) -> Iterator[Front]:  # fmt: skip
    theme.apply(qapp, theme.Scheme.LIGHT)
    made = Front(stage, shop, tmp_path, qtbot, role)
    yield made
    made.leave()


def today() -> date:
    return local(clock.now(), BERLIN).date()


@pytest.fixture
def visits(stage: Stage, shop: Shop) -> dict[int, str]:
    """A visit at noon of each of some days, by the days from today."""
    made = {
        days: visit_at(shop, day_span(today() + timedelta(days=days), BERLIN).start + timedelta(hours=12))
        for days in range(-2, 3)
    }
    put_rows(stage.engine, shop.tenant, *made.values())
    return {days: one.id for days, one in made.items()}


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_STAFF])
def test_what_is_read_is_what_the_book_shows_at_the_same_day_once_it_is_there(
    stage: Stage, front: Front, visits: dict[int, str]
) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    assert front.ids == {visits[0]}
    assert "can be read already" in front.view.note.text()
    front.view.stepper.on.click()
    assert front.ids == {visits[1]}
    assert not front.view.stepper.on.isEnabled()
    told = front.days._told
    assert told is not None
    stage.faults.heal()
    shown = front.until_at_work()
    assert shown == replace(told.days[2], now=shown.now)
    assert shown.day == today() + timedelta(days=1)
    assert front.days.place is None
    assert front.view.parent() is None


def test_whoever_has_stayed_at_today_goes_on_with_what_is_today_then(
    stage: Stage, front: Front, visits: dict[int, str]
) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    front.view.stepper.back.click()
    assert front.ids == {visits[-1]}
    assert not front.view.stepper.back.isEnabled()
    front.view.stepper.today.click()
    stage.faults.heal()
    assert front.until_at_work().day == today()
    work = front.desktop._workplace
    assert work is not None
    assert work.book._follows_today


def test_no_gesture_makes_an_edit(stage: Stage, front: Front, visits: dict[int, str]) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    book = front.view.book
    (box,) = (item for items in book.scene.placed for item in items)
    book.show_rect(box.body)
    held = book.to_viewport(box.body).center()
    free = QPoint(held.x() + book.scene.edges[1] - book.scene.edges[0], held.y())
    for place in (held, free):
        QTest.mousePress(book.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseMove(book.viewport(), place + QPoint(0, 40))
        assert book.ghost is None
        QTest.mouseRelease(book.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(0, 40))
        QTest.mouseDClick(book.viewport(), Qt.MouseButton.LeftButton, pos=place)
        for key, how in (
            (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier),
            (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier),
            (Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
            (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier),
            (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
        ):
            QTest.keyClick(book, key, how)
            assert book.ghost is None
    assert front.desk.do(lambda replica: replica.outbox.count()) == 0
    assert front.page.isVisible()
    stage.faults.heal()
    front.until_at_work()
    assert stage.faults.pushed == []


def test_a_line_that_breaks_in_the_middle_of_the_answer_is_asked_again(
    stage: Stage, front: Front, visits: dict[int, str]
) -> None:
    stage.faults.spoil("/sync/days", Fault.CUT_REPLY)
    stage.faults.spoil("/sync/pull", *[Fault.LOST_REQUEST] * MANY)
    front.start()
    front.until_read()
    assert stage.faults.count("/sync/days") == 2
    assert front.ids == {visits[0]}
    assert "does not answer" in front.page._message.text()
    stage.faults.heal()
    front.until_at_work()


@pytest.mark.parametrize("fault", [one for one in Fault if one not in (Fault.HELD, Fault.VERY_SLOW)])
def test_whatever_comes_instead_of_an_answer_the_book_is_loaded(
    stage: Stage, front: Front, visits: dict[int, str], fault: Fault
) -> None:
    stage.faults.spoil("/sync/days", *[fault] * MANY)
    front.start()
    assert front.until_at_work().day == today()


def test_what_the_server_refuses_is_asked_once_and_the_progress_is_shown_as_ever(
    stage: Stage, front: Front, visits: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_days, "MOST", 0)
    stage.faults.spoil("/sync/pull", *[Fault.LOST_REQUEST] * 3)
    front.start()
    front.until(lambda: stage.faults.count("/sync/pull") > 2)
    assert stage.faults.count("/sync/days") == 1
    assert not front.view.isVisible()
    front.until_at_work()


def test_a_lock_leaves_nothing_of_them_in_the_window(stage: Stage, front: Front, visits: dict[int, str]) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    front.window.lock_pages()
    assert front.view.parent() is None
    assert not front.view.isVisible()
    front.desktop._session.go_on()
    assert front.view.isVisible()
    front.desktop._session.ask_who_is_there()
    assert front.view.parent() is None


def test_whoever_may_hold_no_book_reads_no_days_of_it(stage: Stage, front: Front, visits: dict[int, str]) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    front.status(SyncStatus(connection=Connection.STOPPED, message="Not for this account.", may_hold=False))
    assert front.page.isVisible()
    assert front.view.parent() is None
    assert front.days.place is None


def test_an_answer_that_comes_too_late_is_not_shown(stage: Stage, front: Front, visits: dict[int, str]) -> None:
    stage.faults.spoil("/sync/days", Fault.HELD)
    front.start()
    front.until_at_work()
    stage.faults.heal()
    # Its thread has ended once what it was told is on its way here.
    front.desktop._background._pool.shutdown(wait=True)
    QApplication.processEvents()
    assert front.days.place is None
    assert front.view.parent() is None


@pytest.fixture
def elsewhere(stage: Stage, shop: Shop) -> str:
    """A second location, in which nobody works yet."""
    made = Location(id=LocationId(new_id()), name="elsewhere", zone="America/New_York", address="")
    put_rows(stage.engine, shop.tenant, made)
    return made.id


def test_another_location_can_be_chosen_and_is_where_the_book_begins(
    stage: Stage, front: Front, visits: dict[int, str], elsewhere: str
) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    choice = front.view.stepper.location
    assert [choice.itemText(one) for one in range(choice.count())][1] == "elsewhere"
    stage.faults.spoil("/sync/days", Fault.LOST_REQUEST)
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    front.until(lambda: UNREACHABLE in front.view.note.text())
    assert choice.currentIndex() == 0
    assert front.ids == {visits[0]}
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    front.until(lambda: front.days.place == (elsewhere, None))
    assert front.ids == set()
    assert UNREACHABLE not in front.view.note.text()
    stage.faults.heal()
    assert front.until_at_work().location.id == elsewhere


def test_when_another_day_begins_its_neighbours_are_asked_for(
    stage: Stage, front: Front, visits: dict[int, str]
) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()
    front.days._next_minute()
    assert stage.faults.count("/sync/days") == 1
    with moved(timedelta(days=1)):
        front.days._next_minute()
        front.until(lambda: front.ids == {visits[1]})
        assert front.view.stepper.on.isEnabled()


def test_nothing_of_them_is_kept_on_the_disk(stage: Stage, front: Front, visits: dict[int, str]) -> None:
    stage.faults.spoil("/sync/pull", Fault.HELD)
    front.start()
    front.until_read()

    def rows(replica: Replica) -> list[tuple[int]]:
        return replica.database.rows("SELECT count(*) FROM appointment")

    assert front.desk.do(rows) == [(0,)]
