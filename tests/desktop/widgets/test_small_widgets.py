"""Toast, banner, status, empty place, search box, progress: each says what it is told and asks for what is wanted."""

from typing import TypeVar

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets import status_pill
from desktop.widgets import toast as toast_module
from desktop.widgets.banner import KINDS, Banner
from desktop.widgets.busy_bar import BusyBar
from desktop.widgets.elided_combo import ElidedCombo
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow
from desktop.widgets.status_pill import Connection, StatusPill, SyncFacts
from desktop.widgets.toast import Toast

ROWS = [
    SearchRow(id="1", title="Maria Schmidt", detail="0171 5550134"),
    SearchRow(id="2", title="Jonas Weber", detail="0171 5550166", alert="Allergic to PPD"),
]


Part = TypeVar("Part", bound=QWidget)


def child(of: QWidget, kind: type[Part]) -> Part:
    """The first part of this kind."""
    found = of.findChild(kind)
    assert found is not None
    return found


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    """A window with a field in it."""
    window = QWidget()
    window.resize(600, 400)
    QVBoxLayout(window).addWidget(QLineEdit())
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_a_toast_goes_by_itself(page: QWidget, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toast_module, "SHOWN_FOR", 30)
    note = Toast(page)
    with qtbot.waitSignal(note.dismissed, timeout=1000):
        note.show_message("Booking cancelled.", "Undo")
        assert note.isVisible()
    assert not note.isVisible()


def test_a_toast_stays_eight_seconds() -> None:
    assert toast_module.SHOWN_FOR == 8000


def test_a_toast_waits_while_somebody_is_at_it(page: QWidget, qtbot: QtBot) -> None:
    note = Toast(page)
    note.show_message("Booking cancelled.", "Undo")
    undo = child(note, QPushButton)
    undo.setFocus()
    assert note.paused
    child(page, QLineEdit).setFocus()
    assert not note.paused


def test_a_toast_takes_back_by_key(page: QWidget, qtbot: QtBot) -> None:
    note = Toast(page)
    note.show_message("Booking cancelled.", "Undo")
    with qtbot.waitSignal(note.undoRequested):
        QTest.keyClick(child(note, QPushButton), Qt.Key.Key_Space)
    assert not note.isVisible()


def test_a_toast_keeps_its_place_in_its_window_and_takes_no_focus(page: QWidget) -> None:
    child(page, QLineEdit).setFocus()
    note = Toast(page)
    note.show_message("Booking of a customer with a very long name cancelled by the front desk.", "Undo")
    page.resize(420, 300)
    QTest.qWait(10)
    assert page.rect().contains(note.geometry())
    assert child(page, QLineEdit).hasFocus()


def test_a_toast_keeps_to_the_part_that_it_is_about(page: QWidget) -> None:
    beside = QWidget(page)
    beside.setGeometry(0, 0, 400, 300)
    beside.show()
    note = Toast(page)
    note.lie_over(beside)
    note.show_message("Cancelled.", "Undo")
    assert abs(note.geometry().center().x() - beside.geometry().center().x()) <= 1
    beside.setGeometry(0, 0, 300, 200)
    assert beside.geometry().contains(note.geometry())


def test_a_toast_says_all_of_a_long_message(page: QWidget) -> None:
    note = Toast(page)
    note.show_message("Booked.", "Undo")
    low = note.height()
    note.show_message(
        "Booked Donaudampfschifffahrtsgesellschaftskapitän Maximilian von Hohenzollern-Sigmaringen.", "Undo"
    )
    words, undo = child(note, QLabel), child(note, QPushButton)
    wrapped = Qt.TextFlag.TextWordWrap
    needed = words.fontMetrics().boundingRect(0, 0, words.width(), 1000, wrapped, words.text())
    assert words.rect().size().height() >= needed.height()
    assert words.geometry().right() < undo.geometry().left()
    assert page.rect().contains(note.geometry())
    note.show_message("Booked.", "Undo")
    assert note.height() == low


@pytest.mark.parametrize("kind", KINDS)
def test_a_banner_says_its_sentence_and_offers_its_action(qtbot: QtBot, kind: str) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_message("You are working offline.", kind=kind, action="Try now")
    assert banner.accessibleName() == "You are working offline."
    with qtbot.waitSignal(banner.actionRequested):
        child(banner, QPushButton).click()
    banner.clear()
    assert not banner.isVisible()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            SyncFacts(connection=Connection.ONLINE, last_contact="14:02"),
            "Online, all edits accepted, last contact 14:02",
        ),
        (
            SyncFacts(connection=Connection.OFFLINE, since="14:02", waiting=37, last_contact="14:01"),
            "Offline since 14:02, 37 edits waiting, last contact 14:01",
        ),
        (SyncFacts(connection=Connection.SYNCING, waiting=1), "Syncing…, 1 edit waiting, no contact yet"),
        (
            SyncFacts(connection=Connection.PROBLEM, problem="This app is too old"),
            "This app is too old, all edits accepted, no contact yet",
        ),
        (
            SyncFacts(connection=Connection.ONLINE, attention=6, last_contact="14:02"),
            "Online, nothing waiting, 6 need attention, last contact 14:02",
        ),
        (
            SyncFacts(connection=Connection.OFFLINE, waiting=2, attention=1),
            "Offline, 2 edits waiting, 1 needs attention, no contact yet",
        ),
    ],
)
def test_the_status_always_says_three_facts(qtbot: QtBot, facts: SyncFacts, words: str) -> None:
    pill = StatusPill()
    qtbot.addWidget(pill)
    pill.show_facts(facts)
    assert pill.accessibleName() == words
    with qtbot.waitSignal(pill.detailsRequested):
        QTest.mouseClick(pill, Qt.MouseButton.LeftButton)


def test_more_that_needs_attention_is_announced_and_less_is_not(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(status_pill, "announce", lambda widget, words: heard.append(words))
    pill = StatusPill()
    qtbot.addWidget(pill)
    for count in (0, 2, 2, 1, 3):
        pill.show_facts(SyncFacts(attention=count))
    assert heard == ["2 need attention", "3 need attention"]


def test_the_status_is_told_apart_without_colour(qtbot: QtBot) -> None:
    pill = StatusPill()
    qtbot.addWidget(pill)
    pictures = []
    for connection in Connection:
        pill.show_facts(SyncFacts(connection=connection, problem="Online"))
        pill.resize(pill.sizeHint())
        pictures.append(pill.grab().toImage().copy(8, 4, 20, 18))
    assert all(a != b for n, a in enumerate(pictures) for b in pictures[n + 1 :])


def test_an_empty_place_has_a_sentence_and_an_action(qtbot: QtBot) -> None:
    empty = EmptyState()
    qtbot.addWidget(empty)
    empty.show_state("inbox", "Nothing needs your attention.", "Open the book")
    assert empty.accessibleName() == "Nothing needs your attention."
    with qtbot.waitSignal(empty.actionRequested):
        child(empty, QPushButton).click()


def test_an_empty_place_shows_its_whole_sentence_in_a_low_dialog(qtbot: QtBot) -> None:
    dialog = QWidget()
    qtbot.addWidget(dialog)
    place = EmptyState()
    place.show_state("import", "Choose a file. Nothing is taken before you have seen what becomes of each row.")
    QVBoxLayout(dialog).addWidget(place)
    dialog.resize(500, 200)
    dialog.show()
    sentence = next(one for one in place.findChildren(QLabel) if one.text())
    assert sentence.height() >= sentence.heightForWidth(sentence.width())


def test_a_long_line_ends_in_an_ellipsis_and_says_itself_in_its_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("Cut, treatment and styling for a wedding")
    qtbot.addWidget(label)
    label.resize(90, 20)
    label.show()
    assert label.shown_text().endswith("…")
    assert label.toolTip() == label.text()
    label.resize(900, 20)
    QTest.qWait(5)
    assert label.toolTip() == ""


def test_what_is_chosen_in_a_narrow_box_ends_in_an_ellipsis_and_says_itself_in_its_tooltip(qtbot: QtBot) -> None:
    box = ElidedCombo(80)
    qtbot.addWidget(box)
    box.addItem("Downtown beside the old harbour")
    box.resize(80, 30)
    box.show()
    assert box.minimumSizeHint().width() == 80
    assert box.shown_text().endswith("…")
    assert box.toolTip() == box.currentText()
    box.resize(600, 30)
    QTest.qWait(5)
    assert (box.shown_text(), box.toolTip()) == (box.currentText(), "")


def test_progress_says_how_far_it_is_and_can_be_stopped(qtbot: QtBot) -> None:
    busy = BusyBar()
    qtbot.addWidget(busy)
    busy.show_progress("Fetching the book: 3 of 4", 3, 4, cancellable=True)
    assert busy.accessibleName() == "Fetching the book: 3 of 4"
    with qtbot.waitSignal(busy.cancelRequested):
        child(busy, QPushButton).click()
    busy.finish()
    assert not busy.isVisible()


@pytest.fixture
def finder(page: QWidget) -> SearchBox:
    """A search box with the focus, in which somebody has typed."""
    box = SearchBox()
    box.set_label("Customer", "Name, phone or e-mail")
    outer = page.layout()
    assert outer is not None
    outer.addWidget(box)
    box.edit.setFocus()
    QTest.keyClicks(box.edit, "0171")
    return box


def test_the_buttons_in_a_search_box_are_called_what_they_do(finder: SearchBox) -> None:
    glass, clear = sorted(finder.edit.findChildren(QToolButton), key=lambda button: button.x())
    assert (glass.accessibleName(), clear.accessibleName()) == ("Customer: search", "Customer: clear")
    clear.setFocus()
    glass.click()
    assert finder.edit.hasFocus()
    assert finder.edit.selectedText() == "0171"


def test_typing_asks_and_the_answer_is_offered(finder: SearchBox, qtbot: QtBot) -> None:
    with qtbot.waitSignal(finder.queryChanged) as asked:
        QTest.keyClicks(finder.edit, "5")
    assert asked.args == ["01715"]
    finder.show_rows(ROWS)
    assert finder.is_open


def test_arrows_and_enter_choose(finder: SearchBox, qtbot: QtBot) -> None:
    finder.show_rows(ROWS)
    QTest.keyClick(finder.edit, Qt.Key.Key_Down)
    with qtbot.waitSignal(finder.chosen) as chosen:
        QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    assert chosen.args == ["2"]
    assert not finder.is_open


def test_enter_that_is_faster_than_the_answer_waits_for_it(finder: SearchBox, qtbot: QtBot) -> None:
    finder.show_rows(ROWS)
    QTest.keyClicks(finder.edit, "99")
    with qtbot.assertNotEmitted(finder.chosen):
        QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    with qtbot.waitSignal(finder.chosen) as chosen:
        finder.show_rows(ROWS[1:])
    assert chosen.args == [ROWS[1].id]
    assert not finder.is_open


def test_enter_that_is_faster_than_the_first_answer_waits_for_it(finder: SearchBox, qtbot: QtBot) -> None:
    QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    with qtbot.waitSignal(finder.chosen) as chosen:
        finder.show_rows(ROWS)
    assert chosen.args == [ROWS[0].id]


def test_enter_in_an_empty_box_waits_for_nothing(finder: SearchBox, qtbot: QtBot) -> None:
    finder.edit.selectAll()
    QTest.keyClick(finder.edit, Qt.Key.Key_Backspace)
    QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    with qtbot.assertNotEmitted(finder.chosen):
        finder.show_rows(ROWS)


def test_enter_that_is_held_down_chooses_and_does_nothing_more(finder: SearchBox, qtbot: QtBot) -> None:
    finder.show_rows(ROWS)
    QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
    with qtbot.assertNotEmitted(finder.edit.returnPressed):
        QApplication.sendEvent(finder.edit, held)


def test_whoever_types_on_after_enter_has_not_chosen_yet(finder: SearchBox, qtbot: QtBot) -> None:
    finder.show_rows(ROWS)
    QTest.keyClicks(finder.edit, "9")
    QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    QTest.keyClicks(finder.edit, "9")
    with qtbot.assertNotEmitted(finder.chosen):
        finder.show_rows(ROWS)
    assert finder.is_open


def test_whoever_goes_along_rows_means_the_one_that_stands_there(finder: SearchBox, qtbot: QtBot) -> None:
    finder.show_rows(ROWS)
    QTest.keyClicks(finder.edit, "9")
    QTest.keyClick(finder.edit, Qt.Key.Key_Down)
    finder.show_rows(ROWS)
    with qtbot.waitSignal(finder.chosen) as chosen:
        QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    assert chosen.args == [ROWS[1].id]


def test_escape_closes_the_list_and_keeps_the_words(finder: SearchBox, page: QWidget) -> None:
    # As the window has it, which closes what is open in it.
    window_closes, pressed = QAction(page), list[str]()
    window_closes.setShortcut(Qt.Key.Key_Escape)
    window_closes.triggered.connect(lambda: pressed.append("Esc"))
    page.addAction(window_closes)
    finder.show_rows(ROWS)
    QTest.keyClick(finder.edit, Qt.Key.Key_Escape)
    assert not finder.is_open
    assert finder.text() == "0171"
    assert pressed == []
    QTest.keyClick(finder.edit, Qt.Key.Key_Escape)
    assert pressed == ["Esc"]


def test_nothing_found_offers_a_new_one(finder: SearchBox, qtbot: QtBot) -> None:
    finder.set_create_label("New customer “{text}”")
    finder.show_rows([])
    assert [row.title for row in finder.rows()] == ["New customer “0171”"]
    with qtbot.waitSignal(finder.createRequested) as wanted:
        QTest.keyClick(finder.edit, Qt.Key.Key_Return)
    assert wanted.args == ["0171"]


def test_an_answer_that_comes_too_late_opens_nothing(finder: SearchBox, page: QWidget) -> None:
    child(page, QLineEdit).setFocus()
    finder.show_rows(ROWS)
    assert not finder.is_open


def test_the_list_leaves_with_the_focus(finder: SearchBox, page: QWidget) -> None:
    finder.show_rows(ROWS)
    QApplication.sendEvent(finder.edit, QEvent(QEvent.Type.FocusOut))
    assert not finder.is_open
