"""The day list: who comes in order, who waits and is late minute by minute, each step one key away."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest

from desktop.models.day_rows import DayRow
from desktop.operations import appointments
from desktop.views.ask_reason import AskReason
from desktop.views.build import Button
from desktop.views.day_list import DayListView
from shared import clock
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.moving_clock import frozen
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA


def listed(place: Place) -> list[DayRow]:
    return list(place.window.day_list._rows.rows)


def go(place: Place) -> DayListView:
    """Open the list of tomorrow, where the visits of the tests are."""
    place.act("go_day")
    view = place.window.day_list
    view.stepper.on.click()
    place.until(lambda: place.work.day_list._told is not None and place.work.day_list._told.day == tomorrow(9).date())
    return view


def until_listed(place: Place, count: int) -> None:
    place.until(lambda: len(listed(place)) == count)


def key(place: Place, view: DayListView, keys: str) -> None:
    view.table.setFocus()
    QTest.keyClicks(view.table, keys)


def take(place: Place, view: DayListView, keys: str, action: str, becomes: str) -> None:
    """Press a key once its step is open, and wait until the visit stands where it leads."""
    place.until(lambda: view.chosen_id is not None and place.window.actions_by_name[action].isEnabled())
    key(place, view, keys)
    place.until(lambda: statuses(place) == [becomes])


def statuses(place: Place) -> list[str]:
    return [one.status.split(" · ")[0] for one in listed(place)]


def test_they_are_listed_by_their_start_and_narrowed_to_one_person(place: Place) -> None:
    view = go(place)
    place.book(tomorrow(11)), place.book(tomorrow(9), BEN.id)
    until_listed(place, 2)
    assert [one.people for one in listed(place)] == ["Ben", "Ana"]
    assert [one.due for one in listed(place)] == ["€45.00", "€45.00"]
    view.person.setCurrentIndex(view.person.findData(ANA.id))
    view.person.activated.emit(view.person.currentIndex())
    until_listed(place, 1)
    assert listed(place)[0].people == "Ana"


def test_one_key_arrives_starts_completes_and_steps_back_and_undo_takes_it_back(place: Place) -> None:
    view = go(place)
    place.book(tomorrow(10))
    until_listed(place, 1)
    take(place, view, "a", "arrive", "Arrived")
    take(place, view, "s", "start", "In service")
    take(place, view, "u", "undo_step", "Arrived")
    take(place, view, "c", "complete", "Completed")
    place.act("undo")
    place.until(lambda: statuses(place) == ["Arrived"])


def test_a_no_show_is_said_only_after_the_start(place: Place) -> None:
    view = go(place)
    place.book(tomorrow(10))
    until_listed(place, 1)
    place.until(lambda: place.work.card.shown is not None)
    assert not place.window.actions_by_name["no_show"].isEnabled()
    with frozen(tomorrow(10) + timedelta(minutes=20)):
        place.work.card.choose(view.chosen_id)
        place.until(lambda: place.window.actions_by_name["no_show"].isEnabled())
        key(place, view, "x")
        place.until(lambda: statuses(place) == ["No-show"])


def test_who_is_late_and_who_waits_counts_up_and_only_those_cells_are_painted_anew(place: Place) -> None:
    view = go(place)
    late, waits = place.book(tomorrow(10)), place.book(tomorrow(11))
    until_listed(place, 2)
    with frozen(tomorrow(10) - timedelta(minutes=5)):
        seen = next(one for one in place.appointments() if one.id == waits)
        place.desk.edit(appointments.step(seen, "arrive"))
        place.until(lambda: statuses(place) == ["Booked", "Arrived"])
    with frozen(tomorrow(10) + timedelta(minutes=7)):
        place.work.day_list._tick()
        assert [one.waits for one in listed(place)] == ["7 min late", f"Waits 12 min, since {_at_arrival(place)}"]
        assert listed(place)[0].id == late
        changed = QSignalSpy(view._rows.dataChanged)
        place.work.day_list._tick()
        assert changed.count() == 0
    with frozen(tomorrow(10) + timedelta(minutes=8)):
        place.work.day_list._tick()
    assert [(changed.at(one)[0].row(), changed.at(one)[0].column()) for one in range(changed.count())] == [
        (0, 5),
        (1, 5),
    ]
    assert "1 late · 1 waiting" in view._summary.text()


def _at_arrival(place: Place) -> str:
    return place.work.book.words.time(tomorrow(10) - timedelta(minutes=5))


def asked(place: Place) -> str:
    """A request of Mira for the day after tomorrow."""
    wish = appointments.book(
        location_id=LOCATION.id, start=tomorrow(10) + timedelta(days=1),
        segments=[appointments.wish(CUT.id, [ANA.id])], customer_id=MIRA.id,
    )  # fmt: skip
    return place.desk.edit(replace(wish, args=replace(wish.args, status="requested"))).subject


def buttons(view: DayListView, words: str) -> list[Button]:
    return [one for one in view.findChildren(Button) if one.accessibleName().startswith(words)]


def test_requests_stand_at_the_top_whatever_day_is_listed_and_are_accepted(place: Place) -> None:
    view = go(place)
    visit = asked(place)
    place.until(lambda: buttons(view, "Accept: Mira Holm") != [])
    assert place.window.navigation._buttons["day"].accessibleName() == "Day list, 1"
    buttons(view, "Accept: Mira Holm")[0].click()
    place.until(lambda: {one.id: one.status for one in place.appointments()} == {visit: "booked"})
    place.until(lambda: not view._requests.isVisible())
    assert place.said.startswith("Mira Holm: accepted.")


def test_a_request_is_declined_with_a_reason_and_undo_brings_it_back(place: Place) -> None:
    view = go(place)
    asked(place)
    place.until(lambda: buttons(view, "Decline: Mira Holm") != [])
    buttons(view, "Decline: Mira Holm")[0].click()
    dialog = place.window.findChild(AskReason)
    assert dialog is not None
    QTest.keyClicks(dialog.reason, "Full that day")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    place.until(lambda: [one.status for one in place.appointments()] == ["declined"])
    assert place.appointments()[0].cancel_reason == "Full that day"
    place.act("undo")
    place.until(lambda: [one.status for one in place.appointments()] == ["requested"])


def test_a_day_without_visits_says_so(place: Place) -> None:
    view = go(place)
    assert view.table.isHidden()
    assert not view._empty.isHidden()


def test_enter_opens_the_visit_in_the_book(place: Place) -> None:
    view = go(place)
    place.book(tomorrow(10))
    until_listed(place, 1)
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    place.until(lambda: place.window.page == "book" and place.window.book_page.open_panel == "card")


def test_a_visit_is_read_in_one_sentence(place: Place) -> None:
    view = go(place)
    place.book(tomorrow(10))
    until_listed(place, 1)
    table = QAccessible.queryAccessibleInterface(view.table)
    said = view._rows.data(view._rows.index(0, 0), int(Qt.ItemDataRole.AccessibleTextRole))
    assert table.text(QAccessible.Text.Name) == "Day list"
    for part in ("Mira Holm", "Cut", "with Ana", "Booked", "to pay: €45.00", "not yet accepted"):
        assert part in str(said)


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_today_follows_the_clock_past_midnight(place: Place) -> None:
    place.act("go_day")
    place.until(lambda: place.work.day_list._told is not None)
    first = place.work.day_list._stepped.day
    with frozen(clock.now() + timedelta(days=1)):
        place.work.day_list._tick()
        place.until(
            lambda: place.work.day_list._told is not None and place.work.day_list._told.day == first + timedelta(days=1)
        )


def test_what_is_chosen_in_the_book_is_chosen_again_there(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.window.book_page.book.select(made)
    view = go(place)
    other = place.book(tomorrow(12))
    until_listed(place, 2)
    view.table.selectRow(1)
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.id == other)
    place.act("go_book")
    place.until(lambda: place.work.card.shown is not None and place.work.card.shown.appointment.id == made)
