"""Export and erasure at the desk over the real server: who has them, what is written, and what is left of whom."""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import orjson
import pytest
from PySide6.QtTest import QTest

from desktop import durable
from desktop.presenters.data import CANNOT_ERASE, ERASED, NOBODY_CHOSEN, NOT_KNOWN, OFFLINE, STOPPED, offered_file
from desktop.store.replica import Replica
from desktop.sync import exporting
from desktop.sync.status import Connection, SyncStatus
from desktop.views.build import Button
from desktop.views.export_dialog import ExportDialog
from shared.model.customer import Customer
from shared.model.member import Role
from tests.desktop.masquerade.conftest import Front, Stage
from tests.desktop.masquerade.test_desk import booking
from tests.support.faults import Fault
from tests.support.shop import Shop, stored_rows
from tests.support.trail import chain

ACTIONS = ("export_customer", "export_all", "erase_customer")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder with nothing else in it."""
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder / "export.zip"


def visit(front: Front, shop: Shop) -> None:
    """Book somebody in, and look at the card."""
    work = front.work
    made = work.link.desk.edit(booking(shop)).subject
    front.until(lambda: work.link.desk.status.waiting == 0)
    work.card.open(made)
    front.until(lambda: front.window.book_page.open_panel == "card" and work.card.customer is not None)


def act(front: Front, name: str) -> None:
    assert front.desktop.actions[name].isVisible()
    front.desktop.actions[name].trigger()


def dialog_of(front: Front) -> ExportDialog:
    found = front.work.data.dialog
    assert found is not None
    return found


def asked(front: Front, name: str, target: Path) -> ExportDialog:
    """Ask for an export into a file."""
    act(front, name)
    dialog = dialog_of(front)
    dialog.file.setText(str(target))
    dialog.write.click()
    return dialog


def said(front: Front, dialog: ExportDialog) -> str:
    """What the dialog says at the end."""
    front.until(lambda: dialog.message.isVisible() and not dialog._busy.isVisible())
    return dialog.message.text()


def said_in_turn(front: Front, dialog: ExportDialog) -> str:
    """The same, once it is this one's turn: the server may still be at one that was cut off before."""
    while (words := said(front, dialog)).startswith("The server is busy"):
        QTest.qWait(200)
        dialog.write.click()
    return words


def told(stage: Stage, shop: Shop) -> list[str]:
    return [one.kind for one in chain(stage.engine, shop.tenant) if one.kind in ("data.exported", "customer.erased")]


def data_buttons(front: Front) -> list[Button]:
    return [one for one in front.window.book_page.card._data.findChildren(Button) if one.isVisible()]


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF])
def test_whoever_may_not_does_not_see_it(front: Front, shop: Shop, role: Role) -> None:
    visit(front, shop)
    assert [name for name in ACTIONS if front.desktop.actions[name].isVisible()] == []
    assert data_buttons(front) == []


def test_the_customer_of_the_card_is_exported(front: Front, stage: Stage, shop: Shop, target: Path) -> None:
    visit(front, shop)
    assert [one.text() for one in data_buttons(front)] == ["Export data…", "Erase…"]
    data_buttons(front)[0].click()
    dialog = dialog_of(front)
    assert shop.canary in dialog.windowTitle()
    dialog.file.setText(str(target))
    dialog.write.click()
    assert said(front, dialog).startswith("Saved, ")
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        (record,) = orjson.loads(archive.read("json/customer.json"))
        assert record["id"] == shop.customer
        assert len(orjson.loads(archive.read("json/appointment.json"))) == 1
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]
    assert told(stage, shop) == ["data.exported"]
    dialog.leave.click()
    assert front.work.data.dialog is None


def test_the_whole_business_is_exported(front: Front, stage: Stage, shop: Shop, target: Path) -> None:
    assert said_in_turn(front, asked(front, "export_all", target)).startswith("Saved, ")
    with zipfile.ZipFile(target) as archive:
        assert len(orjson.loads(archive.read("json/users.json"))) >= 3
        assert "manifest.json" in archive.namelist()
    assert told(stage, shop) == ["data.exported"]


def test_a_file_that_is_there_is_replaced_once_somebody_says_so_and_the_new_one_is_whole(
    front: Front, stage: Stage, target: Path
) -> None:
    target.write_bytes(b"last year's")
    dialog = asked(front, "export_all", target)
    assert dialog.write.text() == "Replace"
    stage.faults.spoil("/export", Fault.CUT_REPLY)
    dialog.write.click()
    assert said(front, dialog) == OFFLINE
    assert target.read_bytes() == b"last year's"
    dialog.write.click()
    assert said_in_turn(front, dialog).startswith("Saved, ")
    assert zipfile.is_zipfile(target)


@pytest.mark.parametrize(
    ("fault", "words"),
    [(Fault.LOST_REQUEST, OFFLINE), (Fault.CUT_REPLY, OFFLINE), (Fault.LOGIN_PAGE, OFFLINE),
     (Fault.EMPTY_REPLY, OFFLINE), (Fault.REDIRECT, OFFLINE),
     (Fault.BUSY, "The server is busy"), (Fault.INCIDENT, "The server is busy")],
)  # fmt: skip
def test_what_does_not_come_whole_leaves_no_file(
    front: Front, stage: Stage, target: Path, fault: Fault, words: str
) -> None:
    stage.faults.spoil("/export", fault)
    dialog = asked(front, "export_all", target)
    assert said(front, dialog).startswith(words)
    assert list(target.parent.iterdir()) == []
    dialog.write.click()
    assert said_in_turn(front, dialog).startswith("Saved, ")


def test_a_disk_that_is_full_is_said_and_nothing_is_left(
    front: Front, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def full(path: Path) -> Iterator[IO[bytes]]:
        with durable.whole_file(path) as file:
            yield file
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "whole_file", full)
    assert "No space left on device" in said_in_turn(front, asked(front, "export_all", target))
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(front: Front, target: Path) -> None:
    assert "cannot be written" in said(front, asked(front, "export_all", target.parent / "gone" / "x.zip"))


@pytest.mark.parametrize("leave", [False, True])
def test_it_is_stopped_and_nothing_is_written(front: Front, stage: Stage, target: Path, *, leave: bool) -> None:
    stage.faults.spoil("/export", Fault.VERY_SLOW)
    dialog = asked(front, "export_all", target)
    front.until(lambda: stage.faults.count("/export") == 1)
    if leave:
        front.desktop.actions["sign_out"].trigger()
        front.until(lambda: front.window.sign_in.isVisible())
    else:
        dialog.leave.click()
        assert dialog.isVisible()
        assert dialog.message.text() == STOPPED
    front.until(lambda: list(target.parent.iterdir()) == [])


def test_a_customer_is_erased_once_their_name_is_typed(front: Front, stage: Stage, shop: Shop) -> None:
    visit(front, shop)
    work, question = front.work, front.work.data.question
    customer = work.card.customer
    assert customer is not None
    act(front, "erase_customer")
    assert question.isVisible()
    for typed, ready in (("", False), (customer.text[:-1], False), (f"  {customer.text.upper()} ", True)):
        question.typed.setText(typed)
        assert question.yes.isEnabled() is ready
    question.yes.click()
    front.until(lambda: front.window.toast.text() == ERASED.format(name=customer.text))

    def is_gone() -> bool:
        def look(replica: Replica) -> bool:
            found = replica.tx().find(Customer, shop.customer)
            return found is not None and found.is_erased

        return work.link.desk.do(look)

    front.until(is_gone)
    front.until(lambda: work.card.customer is None)
    assert data_buttons(front) == []
    assert told(stage, shop) == ["customer.erased"]
    assert shop.canary not in str(stored_rows(stage.engine, shop.tenant)["customer"])


def test_keep_keeps_them(front: Front, stage: Stage, shop: Shop) -> None:
    visit(front, shop)
    act(front, "erase_customer")
    front.work.data.question.no.click()
    assert told(stage, shop) == []


def test_an_erasure_whose_answer_is_lost_is_asked_again(front: Front, stage: Stage, shop: Shop) -> None:
    visit(front, shop)
    question, customer = front.work.data.question, front.work.card.customer
    assert customer is not None
    stage.faults.spoil("/erase", Fault.LOST_REPLY)
    act(front, "erase_customer")
    question.typed.setText(customer.text)
    question.yes.click()
    front.until(lambda: question.isVisible() and question._text.text() == NOT_KNOWN)
    assert told(stage, shop) == ["customer.erased"]
    question.yes.click()
    front.until(lambda: front.window.toast.text() == ERASED.format(name=customer.text))


def test_offline_nothing_is_asked_and_it_is_said(front: Front, shop: Shop, target: Path) -> None:
    visit(front, shop)
    work = front.work
    work.data._heard(SyncStatus(connection=Connection.OFFLINE))
    act(front, "erase_customer")
    assert front.window.toast.text() == CANNOT_ERASE
    assert not work.data.question.isVisible()
    act(front, "export_all")
    assert dialog_of(front).message.text() == OFFLINE


def test_whom_is_not_known_is_said(front: Front) -> None:
    act(front, "export_customer")
    assert front.window.toast.text() == NOBODY_CHOSEN


@pytest.mark.parametrize("name", ["Mira Holm", "../../etc/passwd", "a\0b", "", "Ünï Çödé", "x" * 300])
def test_a_name_makes_a_plain_file(name: str) -> None:
    file = offered_file(name)
    assert os.sep not in file.name
    assert len(file.name) < 100
    assert file.suffix == ".zip"
    assert file.name.isprintable()


def test_a_file_that_is_being_written_has_no_name_yet(target: Path) -> None:
    def fails() -> None:
        with durable.whole_file(target) as file:
            file.write(b"half")
            assert not target.exists()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fails()
    assert list(target.parent.iterdir()) == []
