"""Two visits that change places at the desk: picked in the book, shown, confirmed, refused with its reason, undone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.operations import appointments
from desktop.presenters.overriding import NOT_OVERRIDABLE_HERE
from desktop.views.swap_dialog import SwapDialog
from shared.model.appointment import Appointment
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.salon import ANA, BEN


def visit(place: Place, appointment_id: str) -> Appointment:
    return next(one for one in place.appointments() if one.id == appointment_id)


def begin(place: Place, appointment_id: str) -> None:
    """Choose a visit and ask for the other one."""
    place.window.book_page.book.setFocus()
    place.work.card.choose(appointment_id)
    place.until(place.window.actions_by_name["swap"].isEnabled)
    place.act("swap")
    assert place.window.book_page.is_picking


def asked(place: Place) -> SwapDialog:
    """The question that is open."""
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(SwapDialog)))
    return next(one for one in place.window.findChildren(SwapDialog) if one.isVisible())


@pytest.fixture
def two(place: Place) -> tuple[str, str]:
    """A visit at Ana and a later one at Ben."""
    return place.book(tomorrow(10)), place.book(tomorrow(14), BEN.id)


def test_two_visits_change_places_and_back(place: Place, two: tuple[str, str]) -> None:
    one, other = two
    begin(place, one)
    place.window.book_page._open(other)
    dialog = asked(place)
    assert dialog.verdict.text() == "Both fit."
    dialog.yes.click()
    place.until(lambda: visit(place, one).starts_at == tomorrow(14))
    assert visit(place, one).resources == (BEN.id,)
    assert (visit(place, other).starts_at, visit(place, other).resources) == (tomorrow(10), (ANA.id,))
    assert not place.window.book_page.is_picking
    place.act("undo")
    place.until(lambda: visit(place, one).starts_at == tomorrow(10))
    assert visit(place, one).resources == (ANA.id,)
    assert visit(place, other).starts_at == tomorrow(14)


def test_the_other_is_picked_with_the_keyboard_alone(place: Place, two: tuple[str, str]) -> None:
    one, other = two
    begin(place, one)
    book = place.window.book_page.book
    book.select(other)
    QTest.keyClick(book, Qt.Key.Key_Return)
    dialog = asked(place)
    QTest.keyClick(dialog.yes, Qt.Key.Key_Return)
    place.until(lambda: visit(place, other).starts_at == tomorrow(10))


@pytest.fixture
def tight(place: Place, two: tuple[str, str]) -> tuple[str, str]:
    """The same, but Ben's takes two hours, and at Ana somebody comes after the first of them."""
    now = visit(place, two[1])
    longer = appointments.moved_segments(now, (0,), from_resource=BEN.id, to_resource=BEN.id, longer=75)
    place.desk.edit(appointments.reschedule(now, start=now.starts_at, segments=longer))
    place.book(tomorrow(11), ANA.id)
    return two


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_it_says_why_one_does_not_fit_and_who_may_swap_anyway(place: Place, tight: tuple[str, str]) -> None:
    one, other = tight
    begin(place, one)
    place.window.book_page._open(other)
    dialog = asked(place)
    assert "Ana is taken" in dialog.verdict.text()
    assert dialog.yes.isHidden()
    assert (dialog.anyway.isEnabled(), dialog.anyway.toolTip()) == (False, NOT_OVERRIDABLE_HERE)
    dialog.no.click()
    assert visit(place, one).starts_at == tomorrow(10)


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_swaps_over_a_rule_with_a_reason_that_is_kept(place: Place, tight: tuple[str, str]) -> None:
    one, other = tight
    begin(place, one)
    place.window.book_page._open(other)
    dialog = asked(place)
    dialog.anyway.click()
    assert not dialog.yes.isEnabled(), "a reason is asked for"
    QTest.keyClicks(dialog.reason, "  ")
    assert not dialog.yes.isEnabled()
    QTest.keyClicks(dialog.reason, "they agreed")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    place.until(lambda: visit(place, other).starts_at == tomorrow(10))
    assert visit(place, other).override_reason == "they agreed"
    assert (visit(place, one).starts_at, visit(place, one).resources) == (tomorrow(14), (BEN.id,))
    place.act("undo")
    place.until(lambda: visit(place, other).starts_at == tomorrow(14))


def test_escape_stops_picking_and_the_next_click_opens_again(place: Place, two: tuple[str, str]) -> None:
    begin(place, two[0])
    place.act("close")
    assert not place.window.book_page.is_picking
    place.window.book_page._open(two[1])
    place.until(lambda: place.window.book_page.open_panel == "card")


def test_the_same_visit_again_is_no_pick(place: Place, two: tuple[str, str]) -> None:
    begin(place, two[0])
    place.window.book_page._open(two[0])
    assert place.window.book_page.is_picking


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_visit_that_is_over_is_not_swapped(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    place.until(place.window.actions_by_name["arrive"].isEnabled)
    for name in ("arrive", "start", "complete"):
        place.window.actions_by_name[name].trigger()
    place.until(place.window.actions_by_name["undo_step"].isEnabled)
    place.until(lambda: not place.window.actions_by_name["swap"].isEnabled())


def test_whoever_leaves_the_desk_leaves_no_pick(place: Place, two: tuple[str, str]) -> None:
    begin(place, two[0])
    place.work.let_go()
    assert not place.window.book_page.is_picking


def test_a_visit_that_others_have_moved_is_not_swapped_unseen(place: Place, two: tuple[str, str]) -> None:
    one, other = two
    begin(place, one)
    place.window.book_page._open(other)
    dialog = asked(place)
    place.desk.edit(appointments.reschedule(visit(place, other), start=tomorrow(16)))
    dialog.yes.click()
    place.until(lambda: "Moved meanwhile to " in place.said)
    assert (visit(place, one).starts_at, visit(place, other).starts_at) == (tomorrow(10), tomorrow(16))
