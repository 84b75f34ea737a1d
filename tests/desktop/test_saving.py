"""Lists and calendars that are saved from the menu, without a server."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.config import Account, Home
from desktop.desk import Desk
from desktop.presenters.link import DeskLink
from desktop.presenters.saving_menu import NOTHING_CHOSEN, SavingPresenter
from desktop.runtime.qt import Background, MainThread
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.views.actions import Actions
from desktop.views.export_dialog import ExportDialog
from desktop.views.main_window import MainWindow
from desktop.views.span_fields import SpanFields
from shared.model.member import Role
from tests.support.file_secrets import FileSecrets
from tests.support.replicas import KEY, patch
from tests.support.salon import ANA, MEMBER, STAFF_USER, Salon, made_id
from tests.support.windows import discard

OWNER = Identity(
    replica=made_id("replica"),
    device=made_id("device"),
    tenant="salon",
    session=made_id("session"),
    user_id=STAFF_USER,
    user_name="Ana",
    role=Role.TENANT_OWNER.value,
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An owner's desk that is not connected to anything, with one visit."""
    home, secrets = Home(tmp_path / "home"), FileSecrets(tmp_path / "secrets.json")
    account = Account(
        server="http://127.0.0.1:1", tenant="salon", email="ana@salon.example", replica=OWNER.replica, user_name="Ana"
    )
    home.keep_account(account)
    secrets.set(f"key:{account.replica}", KEY.hex())
    salon = Salon()
    salon.book("first")
    with closing(Replica(home.replica(account.replica), KEY)) as replica:
        replica.identify(OWNER)
        rows = [row for row in salon.tx.rows.values() if row.id != MEMBER.id]
        replica.apply_lines(patch(1, *rows, replace(MEMBER, role=Role.TENANT_OWNER)))
    opened = Desk.open(home, secrets)
    assert opened is not None
    yield opened
    opened.close()


class Menu:
    """The window's menu, and the dialog that one of its entries opens."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self._qtbot = qtbot
        self.actions = Actions()
        self.window = MainWindow(self.actions)
        self.background = Background()
        self.visit: str | None = made_id("first")
        link = DeskLink(desk, MainThread(self.window), self.window)
        self.saving = SavingPresenter(
            link, self.window, self.actions, self.background, self.window, chosen=lambda: self.visit
        )

    def dialog(self, entry: str) -> ExportDialog:
        self.actions[entry].trigger()
        self._qtbot.waitUntil(lambda: self.saving.dialog is not None)
        assert self.saving.dialog is not None
        return self.saving.dialog

    def save(self, dialog: ExportDialog, path: Path) -> str:
        """What the dialog says after a file was asked for."""
        dialog.file.setText(str(path))
        dialog.write.click()
        self._qtbot.waitUntil(lambda: bool(dialog.message.text()))
        said: str = dialog.message.text()
        dialog.leave.click()
        return said


@pytest.fixture
def menu(qtbot: QtBot, desk: Desk) -> Iterator[Menu]:
    made = Menu(qtbot, desk)
    yield made
    made.background.stop()
    discard(made.window)


def test_each_list_is_written_as_it_was_asked_for(menu: Menu, tmp_path: Path) -> None:
    for name, cell in (("customers", "Mira Holm"), ("services", "Cut")):
        file = tmp_path / f"{name}.csv"
        assert menu.save(menu.dialog(f"save_{name}"), file).startswith("Saved, ")
        assert cell in file.read_text(encoding="utf-8-sig")


def test_a_name_alone_is_written_where_it_was_offered(
    menu: Menu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program was started nobody looks for it."""
    monkeypatch.chdir(tmp_path)
    dialog = menu.dialog("save_customers")
    offered = Path(dialog.file.text()).parent
    offered.mkdir(parents=True, exist_ok=True)
    assert menu.save(dialog, Path("mira")).startswith("Saved, ")
    assert "Mira Holm" in (offered / "mira").read_text(encoding="utf-8-sig")
    assert not (tmp_path / "mira").exists()
    again = menu.dialog("save_customers")
    assert "There is a file of that name." in menu.save(again, Path("mira"))


def test_bookings_and_calendars_are_of_the_days_that_were_chosen(menu: Menu, tmp_path: Path) -> None:
    for name, found in (("bookings", "Mira Holm"), ("calendar", "SUMMARY:Mira Holm\\, Cut")):
        for first, is_there in (("2026-05-05", True), ("2026-05-06", False)):
            dialog = menu.dialog(f"save_{name}")
            (span,) = dialog.findChildren(SpanFields)
            span.first.setDate(span.first.date().fromString(first, "yyyy-MM-dd"))
            span.last.setDate(span.first.date())
            if name == "calendar":
                span.whose.setCurrentIndex(span.whose.findData(ANA.id))
            file = tmp_path / f"{name} {first}"
            menu.save(dialog, file)
            assert (found in file.read_text(encoding="utf-8-sig")) is is_there


def test_a_visit_is_saved_for_its_customer(menu: Menu, tmp_path: Path) -> None:
    file = tmp_path / "visit.ics"
    dialog = menu.dialog("save_visit")
    assert dialog.file.text().endswith(".ics")
    menu.save(dialog, file)
    assert "SUMMARY:Cut\\, Salon Lind" in file.read_text()


def test_without_a_visit_it_is_said_what_to_choose(menu: Menu) -> None:
    menu.visit = None
    menu.actions["save_visit"].trigger()
    assert menu.saving.dialog is None
    assert menu.window.toast.text() == NOTHING_CHOSEN


def test_a_folder_that_is_not_there_is_said_in_the_dialog(menu: Menu, tmp_path: Path) -> None:
    assert menu.save(menu.dialog("save_services"), tmp_path / "gone" / "x.csv").startswith("The file cannot be written")


def test_whoever_may_not_take_lists_along_does_not_see_them(menu: Menu) -> None:
    menu.saving.set_role(Role.TENANT_MANAGER)
    shown = [name for name in ("save_customers", "save_bookings", "save_visit") if menu.actions[name].isVisible()]
    assert shown == ["save_visit"]
