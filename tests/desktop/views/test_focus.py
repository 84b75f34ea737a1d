"""Where the focus goes when what has it is hidden, disabled, deleted or asked away: it stays on its page."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.book_views import View
from desktop.models.rows import StepChoice
from desktop.views.main_window import MainWindow
from tests.desktop.views.test_reading_order import stops
from tests.support.scenes.attention import DETAIL, ITEMS
from tests.support.scenes.book import CARD
from tests.support.window_gallery import SCENES
from tests.support.windows import assert_kept

PAGES = (
    "book", "card", "card-requested", "cancel", "booking", "day-list", "cash-sheet", "numbers", "attention",
    "customers", "customers-form", "waitlist", "waitlist-form", "team", "audit", "setup-services", "setup-hours",
)  # fmt: skip


def hide(part: QWidget) -> None:
    part.hide()


def hide_what_is_around(part: QWidget) -> None:
    around = part.parentWidget()
    assert around is not None
    around.hide()


def delete(part: QWidget) -> None:
    part.hide()
    part.deleteLater()


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def named(within: QWidget, name: str) -> QPushButton:
    return next(one for one in within.findChildren(QPushButton) if one.accessibleName() == name and one.isVisible())


@pytest.mark.parametrize(
    ("scene", "lose"),
    [*((scene, hide) for scene in PAGES), ("card", hide_what_is_around), ("team", delete), ("customers", delete)],
)
def test_the_focus_stays_on_the_page_whatever_of_it_goes(
    scene: str, lose: Callable[[QWidget], None], window: MainWindow, qtbot: QtBot
) -> None:
    SCENES[scene](window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.toast.dismiss()
    page, shown = window._pages_by_name[window.page], window.page
    for one in [one for one in stops() if page.isAncestorOf(one) and one is not page]:
        if shiboken6.isValid(one) and one.isVisible() and one.parentWidget() is not page:
            one.setFocus()
            name = one.accessibleName()
            lose(one)
            QApplication.processEvents()
            assert window.page == shown, name
            assert page.isAncestorOf(focused()), name


def test_what_is_shown_is_no_garbage_after_a_field_is_gone(window: MainWindow) -> None:
    SCENES["attention"](window)
    window.attention.ask_reason()
    assert window.attention.reason.hasFocus()
    window.attention.stop_asking()
    # Nobody holds any of it for the sake of the focus any more.
    window.pill.setFocus()
    assert_kept(window)
    assert not window.attention.is_asking


@pytest.mark.parametrize("leave", ["Esc", "Keep"])
def test_whoever_does_not_cancel_is_back_in_the_book(window: MainWindow, leave: str, qtbot: QtBot) -> None:
    SCENES["card"](window)
    window.book_page.card.ask_reason()
    if leave == "Esc":
        QTest.keyClick(focused(), Qt.Key.Key_Escape)
    else:
        named(window.book_page.card, "Keep").setFocus()
        QTest.keyClick(focused(), Qt.Key.Key_Space)
    qtbot.waitUntil(window.book_page.book.hasFocus)


def test_whoever_gives_up_keeping_an_item_is_back_in_the_list(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["attention"](window)
    window.attention.show_detail(replace(DETAIL, keep_needs_reason=True))
    window.attention.ask_reason()
    assert focused() is window.attention.reason
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    qtbot.waitUntil(window.attention._list.hasFocus)


def test_an_item_that_comes_back_where_nothing_was_is_where_the_keys_act(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["attention-empty"](window)
    qtbot.waitUntil(lambda: window.attention.isAncestorOf(focused()))
    window.attention.show_items(ITEMS)
    window.attention.show_detail(DETAIL)
    qtbot.waitUntil(window.attention._list.hasFocus)


def test_what_changes_on_a_page_that_was_left_leaves_the_focus_where_it_is(window: MainWindow, qtbot: QtBot) -> None:
    """It had been there, and each edit tells it anew that nothing needs attention."""
    SCENES["attention-empty"](window)
    qtbot.waitUntil(lambda: window.attention.isAncestorOf(focused()))
    window.show_page("book")
    qtbot.waitUntil(window.book_page.book.hasFocus)
    for items in ((), ITEMS, ()):
        window.attention.show_items(items)
        assert window.book_page.book.hasFocus()


def test_a_step_that_is_shown_anew_keeps_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["card"](window)
    card = window.book_page.card
    before = named(card, "Start")
    before.setFocus()
    card.show_row(replace(CARD, mark="Not sent yet."))
    qtbot.waitUntil(lambda: focused() is not before and focused().accessibleName() == "Start")


def test_a_step_that_was_taken_leads_back_to_the_book(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["card"](window)
    card = window.book_page.card
    named(card, "Arrive").setFocus()
    card.show_row(replace(CARD, main="start", steps=(StepChoice(action="start"), StepChoice(action="undo_step"))))
    qtbot.waitUntil(window.book_page.book.hasFocus)


def test_what_cannot_be_used_for_a_while_has_the_focus_back_afterwards(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["team"](window)
    window.team.refresh.setFocus()
    window.team.show_busy(busy=True)
    QApplication.processEvents()
    assert window.team.isAncestorOf(focused())
    window.team.show_busy(busy=False)
    qtbot.waitUntil(window.team.refresh.hasFocus)


def test_the_team_begins_on_its_page_and_then_at_who_is_invited(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["book"](window)
    window.show_page("team")
    window.team.show_busy(busy=True)
    qtbot.waitUntil(window.team.hasFocus)
    window.team.show_rows((), (), (), ())
    window.team.show_busy(busy=False)
    qtbot.waitUntil(window.team.email.hasFocus)


def test_tab_leads_from_a_page_that_has_the_focus_into_it(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["team"](window)
    window.team.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is window.team.refresh


def typed_away(window: MainWindow, qtbot: QtBot, scene: str) -> list[str]:
    """A field in which somebody types is hidden by itself; gives the actions that are pressed from then on."""
    SCENES[scene](window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    if scene == "attention":
        window.attention.show_detail(replace(DETAIL, keep_needs_reason=True))
        window.attention.ask_reason()
    else:
        window.book_page.card.ask_reason()
    field, pressed = focused(), list[str]()
    QTest.keyClicks(field, "dis")
    window.actions_by_name.pressed.connect(pressed.append)
    hide(field)
    for _ in range(5):
        QApplication.processEvents()
    return pressed


@pytest.mark.parametrize("scene", ["attention", "card"])
def test_whoever_was_typing_as_the_field_went_presses_no_key_of_the_page(
    scene: str, window: MainWindow, qtbot: QtBot
) -> None:
    pressed = typed_away(window, qtbot, scene)
    page = window._pages_by_name[window.page]
    for letter in "cussed with R. 0201":
        QTest.keyClicks(focused(), letter)
        assert page.isAncestorOf(focused()) or focused() is page
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    assert pressed == []


def test_esc_leads_from_there_to_where_one_begins(window: MainWindow, qtbot: QtBot) -> None:
    typed_away(window, qtbot, "attention")
    window.attention.stop_asking()
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    qtbot.waitUntil(window.attention._list.hasFocus)


def test_tab_leads_from_there_into_the_page(window: MainWindow, qtbot: QtBot) -> None:
    typed_away(window, qtbot, "attention")
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is window.attention._list


def test_whoever_was_done_with_a_field_goes_on_where_one_begins(window: MainWindow, qtbot: QtBot) -> None:
    SCENES["attention"](window)
    window.attention.show_detail(replace(DETAIL, keep_needs_reason=True))
    window.attention.ask_reason()
    QTest.keyClicks(focused(), "discussed")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    hide(window.attention.reason)
    qtbot.waitUntil(window.attention._list.hasFocus)


def test_an_item_that_came_back_to_whoever_dropped_it_stays_while_they_write_about_it(window: MainWindow) -> None:
    SCENES["attention"](window)
    view, detail = window.attention, replace(DETAIL, keep_needs_reason=True)
    view.itemChosen.connect(lambda item_id: view.show_detail(replace(detail, item_id=item_id)))
    QTest.keyClicks(view._list, "d")
    view.show_items(ITEMS[1:])
    assert view._detail is not None
    assert view._detail.item_id == "i2"
    view.show_items(ITEMS)
    view.choose("i1")
    view.ask_reason()
    view.show_items(ITEMS[1:])
    assert (view._detail.item_id, view.is_asking) == ("i1", True)


@pytest.mark.parametrize("gone", [shiboken6.delete, hide])
def test_what_had_the_focus_may_be_gone_when_the_lock_comes_off(
    gone: Callable[[QWidget], None], window: MainWindow, qtbot: QtBot
) -> None:
    SCENES["card"](window)
    step = named(window.book_page.card, "Arrive")
    step.setFocus()
    window.lock_pages()
    gone(step)
    window.unlock_pages()
    with qtbot.waitSignal(window.workShown):
        window.go_on()
    qtbot.waitUntil(window.book_page.book.hasFocus)


def test_a_panel_that_is_closed_behind_the_pages_before_the_book_takes_no_focus_there(window: MainWindow) -> None:
    SCENES["booking"](window)
    window.show_people()
    window.people.setFocus()
    window.book_page.close_panel()
    assert not window.book_page.isAncestorOf(focused())


def test_a_page_that_is_no_more_somebodys_while_they_are_away_gives_no_focus_to_the_book(window: MainWindow) -> None:
    SCENES["team"](window)
    window.show_people()
    window.people.setFocus()
    window.show_page("book")
    assert not window.book_page.isAncestorOf(focused())


def test_a_booking_that_is_begun_from_the_menu_of_another_page_is_begun_in_the_book(window: MainWindow) -> None:
    SCENES["numbers"](window)
    window.actions_by_name["new_booking"].trigger()
    assert window.page == "book"


def test_a_day_that_is_gone_to_from_the_menu_of_another_page_is_picked_in_the_book(window: MainWindow) -> None:
    SCENES["numbers"](window)
    window.actions_by_name["pick_day"].trigger()
    assert window.page == "book"


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("any_there", [True, False])
def test_whoever_comes_to_the_book_has_the_keyboard_in_it_whatever_it_shows(
    window: MainWindow, view: View, *, any_there: bool
) -> None:
    window.book_page.show_view(view)
    window.book_page.show_columns(any_there=any_there)
    window.show_unlock()
    window.unlock.password.setFocus()
    window.show_work()
    assert window.book_page.isAncestorOf(focused())
