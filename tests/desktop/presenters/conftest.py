"""The window over a real desk of the salon that is connected to nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import build_app
from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.operations import appointments, customers
from desktop.presenters.link import DeskLink
from desktop.presenters.shell import Workplace
from desktop.runtime.qt import Background, MainThread
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.sync import people, unlocking
from desktop.sync.status import Connection, SyncStatus
from desktop.views.actions import Actions
from desktop.views.main_window import MainWindow
from desktop.views.people import PersonButton
from desktop.widgets import theme
from desktop.widgets.book_rows import BookBox
from shared import clock
from shared.model.appointment import Appointment
from shared.model.member import Role
from shared.model.registry import Entity
from shared.rules import wall_time
from tests.support.file_secrets import FileSecrets
from tests.support.replicas import KEY, patch
from tests.support.salon import ANA, BUSINESS, CUT, LOCATION, MEMBER, MIRA, OWNER_USER, STAFF_USER, Salon, made_id
from tests.support.windows import discard


def open_desk(folder: Path, role: Role = Role.TENANT_STAFF) -> Desk:
    """A desk of the salon, filled as by a first sync, at an address where nobody answers."""
    home, secrets = Home(folder / "home"), FileSecrets(folder / "secrets.json")
    account = Account(
        server="http://127.0.0.1:1", tenant="salon", email="ana@salon.example", replica=made_id("replica"),
        user_name="Ana", user_id=STAFF_USER,
    )  # fmt: skip
    home.keep_account(account)
    secrets.set(f"key:{account.replica}", KEY.hex())
    identity = Identity(
        replica=account.replica, device=made_id("device"), tenant="salon", session=made_id("session"),
        user_id=STAFF_USER, user_name="Ana", role=role.value,
    )  # fmt: skip
    with closing(Replica(home.replica(account.replica), KEY)) as replica:
        replica.identify(identity, login=account.login.person)
        rows: list[Entity] = [row for row in Salon().tx.rows.values() if row.id not in (MEMBER.id, BUSINESS.id)]
        english = replace(BUSINESS, locale="en-GB")
        replica.apply_lines(patch(1, *rows, english, replace(MEMBER, role=role)))
    desk = Desk.open(home, secrets)
    assert desk is not None
    return desk


def tomorrow(hour: int, minute: int = 0) -> datetime:
    """A time of tomorrow by the clock on the salon's wall."""
    day = wall_time.local(clock.now(), LOCATION.zone).date() + timedelta(days=1)
    return wall_time.minute_of(day, hour * 60 + minute, LOCATION.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A desk with its window, and how a test looks into both."""

    desk: Desk
    window: MainWindow
    work: Workplace
    qtbot: QtBot

    def act(self, name: str) -> None:
        """Press the key of an action, once that does anything: what is in the book may be shown a little later."""
        action = self.window.actions_by_name[name]
        self.until(action.isEnabled)
        action.trigger()

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=5000)

    def appointments(self) -> list[Appointment]:
        """Every appointment in the book, by its start."""

        def question(replica: Replica) -> list[Appointment]:
            ids = [row[0] for row in replica.database.rows("SELECT id FROM appointment ORDER BY starts_at")]
            found = [replica.tx().find(Appointment, one) for one in ids]
            return [one for one in found if one is not None]

        return self.desk.do(question)

    def book(self, start: datetime, resource: str = ANA.id) -> str:
        """Book Mira for a cut behind the window's back, and wait until it shows."""
        wish = appointments.book(
            location_id=LOCATION.id, start=start, segments=[appointments.wish(CUT.id, [resource])], customer_id=MIRA.id
        )
        made = self.desk.edit(wish).subject
        self.until(lambda: self.work.book.booking(made) is not None)
        return made

    def drop(self, made: str, start: datetime, minutes: int, resource: str = ANA.id, before: str = ANA.id) -> None:
        """Let go of a visit in the book, as a hand does that took it from the column `before`."""
        one = next(one for one in self.appointments() if one.id == made)
        box = BookBox(
            appointment_id=made, resource_id=before, starts=one.starts_at, ends=one.ends_at, title="", spoken=""
        )
        end = start + timedelta(minutes=minutes)
        self.window.book_page.book.rescheduleRequested.emit(resource, start, end, box)

    def cut_link(self) -> None:
        """Let nothing come from the desk any more, as when another takes it."""
        self.work.link.close()

    @property
    def said(self) -> str:
        """What the toast says."""
        return self.window.toast.text() if self.window.toast.isVisible() else ""


def is_gone(dialog: QWidget) -> bool:
    """Whether a dialog is done with: it may be deleted by then."""
    return not shiboken6.isValid(dialog) or not dialog.isVisible()


@pytest.fixture
def role() -> Role:
    """Who is at the desk; a test module or a parametrization may say otherwise."""
    return Role.TENANT_STAFF


@pytest.fixture
def place(tmp_path: Path, qapp: QApplication, qtbot: QtBot, role: Role) -> Iterator[Place]:
    theme.apply(qapp, theme.Scheme.LIGHT)
    desk = open_desk(tmp_path, role)
    window, background = MainWindow(Actions()), Background()
    window.show()
    window.activateWindow()
    link = DeskLink(desk, MainThread(window), window)
    identity = desk.do(lambda replica: replica.identity())
    work = Workplace(link, identity, window, window.actions_by_name, background)
    made = Place(desk=desk, window=window, work=work, qtbot=qtbot)
    made.until(lambda: work.book.shown is not None)
    work.book.step(1)
    made.until(lambda: work.book.shown is not None and work.book.shown.day == work.book.day)
    yield made
    link.close()
    background.stop()
    desk.close()
    window.close()
    discard(window)


class Front:
    """The application over a book of Ana and Olga, who have both signed in here, at a server that nobody reaches."""

    def __init__(self, folder: Path, qtbot: QtBot, role: Role = Role.TENANT_STAFF) -> None:
        desk, self.home = open_desk(folder, role), Home(folder / "home")
        ana = self.home.account()
        assert ana is not None
        self.ana, self.olga = ana, replace(ana, email="olga@salon.example", user_name="Olga", user_id=OWNER_USER)
        identity = desk.do(lambda replica: replica.identity())
        theirs = replace(
            identity, session=made_id("hers"), user_id=OWNER_USER, user_name="Olga", role=Role.TENANT_OWNER.value
        )
        desk.do(lambda replica: replica.identify(theirs, login=self.olga.login.person))
        desk.do(lambda replica: replica.identify(identity, login=self.ana.login.person))
        desk.close()
        self.secrets = FileSecrets(folder / "secrets.json")
        for account, password in ((self.olga, "hers"), (self.ana, "his")):
            self.secrets.set(people.token_name(account), "token")
            unlocking.remember(self.secrets, account, password)
            self.home.keep_account(account)
        _, self.desktop = build_app(self.home, self.secrets)
        self.window, self._qtbot = self.desktop.window, qtbot
        self.desktop.start()
        self.until_at_work("Ana")

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=10_000)

    def until_at_work(self, name: str) -> None:
        self.until(lambda: self.window.is_working and self.window.navigation.account.name.text() == name)
        self.until(lambda: self.work.book.shown is not None)

    @property
    def work(self) -> Workplace:
        found = self.desktop._workplace
        assert found is not None
        return found

    def ask(self) -> None:
        """Press "Switch person…"."""
        self.desktop.actions["switch_person"].trigger()

    def choose(self, name: str) -> None:
        """Click somebody's name."""
        buttons = self.window.people.findChildren(PersonButton)
        next(one for one in buttons if one.accessibleName().startswith(name)).click()

    def make(self, *customers_named: str) -> None:
        """Add customers as whoever is at the desk, without a network."""
        desk = self.work.link.desk
        for name in customers_named:
            desk.edit(customers.create(name=name))
        desk.engine.status = SyncStatus(connection=Connection.OFFLINE, waiting=len(customers_named))

    def switch(self, name: str, password: str) -> None:
        self.ask()
        self.choose(name)
        self.window.unlock.password.setText(password)
        self.window.unlock._submit.click()


@contextmanager
def fronted(folder: Path, qtbot: QtBot, role: Role = Role.TENANT_STAFF) -> Iterator[Front]:
    """The application while the block lasts, with Ana at the desk in a role."""
    with mock.patch.object(Desk, "start"):
        made = Front(folder, qtbot, role)
        try:
            yield made
        finally:
            made.desktop.stop()
            made.window.close()
            discard(made.window)


@pytest.fixture
def front(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Front]:
    with fronted(tmp_path, qtbot) as made:
        yield made
