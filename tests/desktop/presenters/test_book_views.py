"""The views of the book over a real desk: week, month and agenda, their columns, and what is remembered."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from desktop.models.book_views import View
from desktop.models.month_rows import MonthCell
from desktop.models.row_list import ROW
from desktop.operations import appointments
from desktop.operations.setup import add_resource, set_date
from desktop.presenters.edits import seen
from desktop.presenters.shell import Workplace
from desktop.runtime.qt import Background
from shared.model.appointment import Status
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.salon import ANA, BEN, LOCATION

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def role() -> Role:
    """Who may close a date and add a room."""
    return Role.TENANT_OWNER


def show(place: Place, view: View) -> None:
    """Press the key of a view, and wait until its rows are there."""
    place.act(f"view_{view.value}")
    place.until(lambda: place.work.book.view is view)
    if view is View.WEEK:
        place.until(lambda: place.work.book.shown is not None and len(place.work.book.shown.days) == 7)
    elif view is View.DAY:
        place.until(lambda: place.work.book.shown is not None and place.work.book.shown.days == place.work.book.days)
    elif view is View.MONTH:
        place.until(lambda: place.window.book_page.month._rows.rowCount() == 6)


def cell(place: Place, day: date) -> MonthCell:
    found = place.window.book_page.month._rows.index_of(day).data(ROW)
    assert isinstance(found, MonthCell)
    return found


def listed(place: Place) -> list[str]:
    return [one.title if one.is_heading else one.id for one in place.window.book_page.agenda._rows.rows]


# The week


def test_the_week_of_one_person_shows_their_visits_and_no_others(place: Place) -> None:
    hers = place.book(tomorrow(10))
    place.book(tomorrow(12), BEN.id)
    show(place, View.WEEK)
    book = place.window.book_page.book
    assert [one.day for one in book.scene.day.columns] == list(place.work.book.days)
    assert {box.appointment_id for box in book.scene.day.boxes} == {hers}
    assert book.scene.day.title.endswith(", Ana")


def test_a_visit_is_dragged_to_another_day_of_the_week_and_back_by_undo(place: Place) -> None:
    made = place.book(tomorrow(10))
    show(place, View.WEEK)
    begin = tomorrow(10) + timedelta(days=7)
    place.act("next_day")
    book = place.window.book_page.book
    place.until(lambda: place.work.book.shown is not None and place.work.book.shown.span.start <= begin)
    place.drop(made, begin, 45)
    place.until(lambda: place.appointments()[0].starts_at == begin)
    place.until(lambda: bool(book.scene.boxes_of(made)))
    place.act("undo")
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(10))


def test_a_click_on_an_empty_place_of_the_week_begins_a_booking_with_that_person(place: Place) -> None:
    show(place, View.WEEK)
    book = place.window.book_page.book
    number = book.scene.number(ANA.id, tomorrow(11)) or 0
    place.until(lambda: book.scene.height > 0)
    y = book.scene.axes[number].y(tomorrow(11))
    book.verticalScrollBar().setValue(y - 100)
    point = QPoint(book.scene.edges[number] + 40, y + 4) - book.offset() + book.body().topLeft()
    QTest.mouseClick(book.viewport(), LEFT, NONE, point)
    assert place.window.book_page.open_panel == "booking"
    form = place.window.book_page.booking.form()
    assert (form.day, form.start.hour if form.start else None) == (place.work.book.day, 11)


def test_another_persons_week_is_chosen_above_it(place: Place) -> None:
    theirs = place.book(tomorrow(12), BEN.id)
    show(place, View.WEEK)
    who = place.window.book_page.view_bar.who
    who.setCurrentIndex(who.findData(BEN.id))
    who.activated.emit(who.currentIndex())
    place.until(lambda: {box.appointment_id for box in place.window.book_page.book.scene.day.boxes} == {theirs})


def test_a_step_goes_a_week_on_and_the_title_says_which(place: Place) -> None:
    show(place, View.WEEK)
    before = place.work.book.days
    place.act("next_day")
    place.until(lambda: place.work.book.shown is not None and place.work.book.shown.days[0] > before[-1])
    words, (first, last) = place.work.book.words, (before[0] + timedelta(7), before[-1] + timedelta(7))
    title = place.window.book_page.bar._title.accessibleName()
    assert title == f"Week shown: {words.full_date(first)} – {words.full_date(last)}"


def test_steps_of_a_visit_are_taken_in_the_week_with_their_keys(place: Place) -> None:
    made = place.book(tomorrow(10))
    show(place, View.WEEK)
    book = place.window.book_page.book
    book.setFocus()
    book.put_cursor(book.scene.boxes_of(made)[0].box)
    place.until(place.window.actions_by_name["arrive"].isEnabled)
    place.act("arrive")
    place.until(lambda: place.appointments()[0].status is Status.ARRIVED)
    place.until(lambda: book.scene.boxes_of(made)[0].box.status == "arrived")


# The month


def test_the_month_counts_visits_and_what_they_take(place: Place) -> None:
    show(place, View.MONTH)
    day = place.work.book.day
    place.until(lambda: bool(cell(place, day).load))
    assert cell(place, day).visits == ""
    place.book(tomorrow(10))
    place.until(lambda: cell(place, day).visits == "1 visit")
    shown = cell(place, day)
    assert shown.share > 0
    assert "1 visit" in shown.spoken
    assert "% booked" in shown.spoken


def test_a_closed_day_says_so(place: Place) -> None:
    show(place, View.MONTH)
    day = place.work.book.day
    place.until(lambda: bool(cell(place, day).load))
    assert not cell(place, day).is_closed
    place.desk.edit(set_date(LOCATION.id, day, None, "Holiday"))
    place.until(lambda: cell(place, day).is_closed)
    assert (cell(place, day).load, cell(place, day).share) == ("Closed", 0)
    assert cell(place, day).spoken.endswith("No visits, closed")


def test_enter_opens_the_day_on_which_the_keyboard_stands(place: Place) -> None:
    show(place, View.MONTH)
    table, day = place.window.book_page.month.table, place.work.book.day
    other = day + timedelta(1 if (day + timedelta(1)).month == day.month else -1)
    step = Qt.Key.Key_Right if other > day else Qt.Key.Key_Left
    there = place.window.book_page.month._rows.index_of(other)
    table.setFocus()
    if there.row() == table.currentIndex().row():
        QTest.keyClick(table, step)
    else:
        table.setCurrentIndex(there)
    place.until(lambda: place.work.book.day == other)
    QTest.keyClick(table, Qt.Key.Key_Return)
    place.until(lambda: place.work.book.view is View.DAY)
    assert place.work.book.day == other
    assert place.window.book_page.middle.currentWidget() is place.window.book_page.book


def test_the_next_month_has_the_same_day(place: Place) -> None:
    show(place, View.MONTH)
    before = place.work.book.day
    place.act("next_day")
    assert (place.work.book.day.month - before.month) % 12 == 1
    place.until(lambda: place.window.book_page.month._rows.index_of(place.work.book.day).isValid())
    place.until(lambda: not cell(place, place.work.book.day).is_beside)


# The agenda


def test_the_agenda_lists_the_visits_under_their_days(place: Place) -> None:
    first, second = place.book(tomorrow(10)), place.book(tomorrow(12), BEN.id)
    show(place, View.AGENDA)
    place.until(lambda: listed(place)[1:] == [first, second])
    assert "2 visits" in listed(place)[0]
    row = place.window.book_page.agenda._rows.rows[1]
    assert (row.customer, row.people, row.status) == ("Mira Holm", "Ana", "Booked · Not yet accepted")


def test_an_edit_made_elsewhere_comes_into_the_agenda_by_itself(place: Place) -> None:
    first = place.book(tomorrow(10))
    show(place, View.AGENDA)
    place.until(lambda: listed(place)[1:] == [first])
    changed: list[int] = []
    place.window.book_page.agenda._rows.dataChanged.connect(lambda top, bottom: changed.append(top.row()))
    second = place.book(tomorrow(12), BEN.id)
    place.until(lambda: listed(place)[1:] == [first, second])
    assert set(changed) <= {0}


def test_the_agenda_is_narrowed_by_words_and_by_status(place: Place) -> None:
    place.book(tomorrow(10))
    theirs = place.book(tomorrow(12), BEN.id)
    show(place, View.AGENDA)
    agenda = place.window.book_page.agenda
    agenda.text.setText("ben")
    place.until(lambda: listed(place)[1:] == [theirs])
    agenda.status.setCurrentIndex(agenda.status.findData("arrived"))
    agenda.status.activated.emit(agenda.status.currentIndex())
    place.until(lambda: listed(place) == [])
    assert not agenda._empty.isHidden()


def test_enter_opens_the_card_of_the_visit_that_is_chosen(place: Place) -> None:
    made = place.book(tomorrow(10))
    show(place, View.AGENDA)
    place.until(lambda: listed(place)[1:] == [made])
    agenda = place.window.book_page.agenda
    agenda.table.setFocus()
    agenda.choose(made)
    place.until(lambda: place.work.card.shown is not None)
    place.until(place.window.actions_by_name["arrive"].isEnabled)
    QTest.keyClick(agenda.table, Qt.Key.Key_Return)
    place.until(lambda: place.window.book_page.open_panel == "card")


def test_the_agenda_is_read_on_where_its_list_comes_to_an_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    first = place.book(tomorrow(10))
    show(place, View.WEEK)
    place.act("next_day")
    second = place.book(tomorrow(10) + timedelta(days=7))
    place.act("previous_day")
    place.work.book.show_day(place.work.book.today)
    monkeypatch.setattr("desktop.presenters.agenda._PAGE", 1)
    place.work.book.show_length(14)
    show(place, View.AGENDA)
    asked: list[int] = []
    place.window.book_page.agenda.moreWanted.connect(lambda: asked.append(len(listed(place))))
    place.until(lambda: [one for one in listed(place) if one in (first, second)] == [first, second])
    assert asked[0] == 2


# Switching


def test_the_chosen_visit_is_taken_along_from_view_to_view(place: Place) -> None:
    made = place.book(tomorrow(12), BEN.id)
    book = place.window.book_page.book
    place.until(lambda: bool(book.scene.boxes_of(made)))
    book.put_cursor(book.scene.boxes_of(made)[0].box)
    show(place, View.WEEK)
    place.until(lambda: book.scene.day.title.endswith(", Ben"))
    place.until(lambda: bool(book.scene.boxes_of(made)))
    assert book.selected_id == made
    show(place, View.AGENDA)
    place.until(lambda: place.window.book_page.agenda.chosen_id == made)
    show(place, View.DAY)
    assert book.selected_id == made
    assert place.work.book.day == place.work.book.today + timedelta(days=1)


def test_the_view_and_whose_it_is_are_there_again_after_a_restart(place: Place) -> None:
    show(place, View.WEEK)
    place.work.book.choose_resource(BEN.id)
    place.until(lambda: place.window.book_page.book.scene.day.title.endswith(", Ben"))
    identity = place.desk.do(lambda replica: replica.identity())
    background = Background()
    again = Workplace(place.work.link, identity, place.window, place.window.actions_by_name, background)
    place.until(lambda: again.book.shown is not None and len(again.book.shown.days) == 7)
    assert again.book.resource is not None
    assert (again.book.view, again.book.resource.id) == (View.WEEK, BEN.id)
    background.stop()


def test_who_comes_next_begins_with_an_empty_list_and_nothing_looked_for(place: Place) -> None:
    made = place.book(tomorrow(10))
    show(place, View.AGENDA)
    place.until(lambda: listed(place)[1:] == [made])
    agenda = place.window.book_page.agenda
    agenda.text.setText("mira")
    identity = place.desk.do(lambda replica: replica.identity())
    background = Background()
    Workplace(place.work.link, identity, place.window, place.window.actions_by_name, background)
    assert (agenda.text.text(), listed(place)) == ("", [])
    assert agenda.status.count() == len({agenda.status.itemText(at) for at in range(agenda.status.count())})
    background.stop()


def test_a_visit_of_the_list_of_the_day_is_opened_in_the_day(place: Place) -> None:
    show(place, View.MONTH)
    place.work.book.open_day(place.work.book.today)
    assert place.work.book.view is View.DAY


# Columns


def test_columns_are_chosen_and_ordered_by_hand(place: Place) -> None:
    book = place.window.book_page.book
    place.act("choose_columns")
    dialog = place.window.book_page.columns
    assert dialog.isVisible()
    dialog.by_hand.setChecked(True)
    names = [dialog.list.item(at).text() for at in range(dialog.list.count())]
    for at, name in enumerate(names):
        if name not in ("Ana", "Ben"):
            dialog.list.item(at).setCheckState(Qt.CheckState.Unchecked)
    dialog.list.setCurrentRow(names.index("Ben"))
    while dialog.list.currentRow() > 0:
        QTest.keyClick(dialog.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    dialog.yes.click()
    place.until(lambda: [one.title for one in book.scene.day.columns] == ["Ben", "Ana"])
    assert place.work.book.shown_columns.ids == (BEN.id, ANA.id)


def test_columns_are_chosen_by_type(place: Place) -> None:
    place.desk.edit(add_resource(LOCATION.id, "ROOM", {"name": "Studio", "capacity": 1, "colour": "#123456"}))
    place.until(lambda: len(place.work.book.resources) == 3)
    place.act("choose_columns")
    dialog = place.window.book_page.columns
    dialog.by_kind.setChecked(True)
    dialog.kinds["STAFF"].setChecked(False)
    dialog.yes.click()
    book = place.window.book_page.book
    place.until(lambda: [one.title for one in book.scene.day.columns] == ["Studio"])


def test_without_a_column_nothing_can_be_chosen(place: Place) -> None:
    place.act("choose_columns")
    dialog = place.window.book_page.columns
    for box in dialog.kinds.values():
        box.setChecked(False)
    assert not dialog.yes.isEnabled()
    assert dialog.yes.toolTip() == "Choose at least one column"


def test_a_visit_made_elsewhere_shows_in_the_week_by_itself(place: Place) -> None:
    show(place, View.WEEK)
    wish = place.book(tomorrow(10))
    place.until(lambda: bool(place.window.book_page.book.scene.boxes_of(wish)))
    now = place.desk.do(lambda replica: seen(replica, wish))
    assert now is not None
    place.desk.edit(appointments.reschedule(now, start=tomorrow(14)))
    place.until(lambda: place.window.book_page.book.scene.boxes_of(wish)[0].box.starts == tomorrow(14))
