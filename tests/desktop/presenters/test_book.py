"""The day book over a real replica: what it shows, dragging, steps."""

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.operations import appointments
from desktop.presenters.card import card_row
from desktop.presenters.link import DeskLink
from desktop.presenters.shell import Workplace
from desktop.presenters.words import Words
from desktop.queries.appointment_card import appointment_card
from desktop.runtime.qt import Background, MainThread
from desktop.views.ask_reason import AskReason
from desktop.widgets.book_rows import BookBox
from shared.model.appointment import Status
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, MIRA

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def boxes(place: Place) -> list[BookBox]:
    return list(place.window.book_page.book.scene.day.boxes)


def drag(place: Place, made: str, resource: str, hour: int, minutes: int = 45, before: str = ANA.id) -> None:
    """Drop a booking at a place of the book."""
    place.drop(made, tomorrow(hour), minutes, resource, before)


def test_an_edit_made_elsewhere_shows_by_itself_with_its_mark(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.until(lambda: [box.appointment_id for box in boxes(place)] == [made])
    shown = boxes(place)[0]
    assert shown.pending
    assert "Mira Holm" in shown.spoken
    assert "not yet accepted by the server" in shown.spoken


def test_a_drop_moves_the_booking_to_another_person_and_time(place: Place) -> None:
    made = place.book(tomorrow(10))
    drag(place, made, BEN.id, 14)
    place.until(lambda: place.appointments()[0].resources == (BEN.id,))
    assert place.appointments()[0].starts_at == tomorrow(14)


def test_a_pulled_edge_makes_it_longer(place: Place) -> None:
    made = place.book(tomorrow(10))
    drag(place, made, ANA.id, 10, minutes=75)
    place.until(lambda: place.appointments()[0].ends_at == tomorrow(11, 15))


def test_a_move_is_undone_to_where_it_was(place: Place) -> None:
    made = place.book(tomorrow(10))
    drag(place, made, BEN.id, 14, minutes=60)
    place.until(lambda: bool(place.said))
    place.act("undo")
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(10))
    one = place.appointments()[0]
    assert (one.resources, one.ends_at) == ((ANA.id,), tomorrow(10, 45))


def test_a_drop_on_a_taken_place_changes_nothing_and_says_why(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    drag(place, made, BEN.id, 14)
    place.until(lambda: place.said.startswith("Not moved. Ben is taken"))
    assert place.appointments()[0].starts_at == tomorrow(10)


def test_two_drops_in_a_row_are_two_moves_of_which_the_second_stands_on_the_first(place: Place) -> None:
    made = place.book(tomorrow(10))
    drag(place, made, BEN.id, 14)
    drag(place, made, ANA.id, 15, before=BEN.id)
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(15))
    assert place.appointments()[0].resources == (ANA.id,)
    place.act("undo")
    place.until(lambda: place.appointments()[0].starts_at == tomorrow(14))
    assert place.appointments()[0].resources == (BEN.id,)


def test_keys_faster_than_the_book_lose_no_move(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.until(lambda: [box.appointment_id for box in boxes(place)] == [made])
    book, before = place.window.book_page.book, place.desk.do(lambda replica: replica.outbox.count())
    book.setFocus()
    book.select(made)
    for number in range(60):
        QTest.keyClick(book, Qt.Key.Key_Up if number % 2 else Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        QTest.keyClick(book, Qt.Key.Key_Return)
        if number % 7 == 0:
            place.until(lambda: True)
    place.until(lambda: place.desk.do(lambda replica: replica.outbox.count()) == before + 60)
    place.until(lambda: book.ghost is None and [box.starts for box in boxes(place)] == [tomorrow(10)])


def test_a_drop_that_stands_on_a_refused_one_changes_nothing(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    drag(place, made, BEN.id, 14)
    drag(place, made, ANA.id, 15, before=BEN.id)
    place.until(lambda: "changed meanwhile" in place.said)
    assert place.said.startswith("Not moved. ")
    one = next(one for one in place.appointments() if one.id == made)
    assert (one.starts_at, one.resources) == (tomorrow(10), (ANA.id,))


def test_a_drop_where_it_stands_already_sends_nothing_and_says_nothing(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    before = place.desk.do(lambda replica: replica.outbox.count())
    drag(place, made, BEN.id, 14)
    drag(place, made, ANA.id, 10, before=BEN.id)
    place.until(lambda: place.said.startswith("Not moved. Ben is taken") and place.work.book._moves == 0)
    assert place.desk.do(lambda replica: replica.outbox.count()) == before


def test_a_move_leaves_the_length_that_another_has_given_it_meanwhile(place: Place) -> None:
    place.book(tomorrow(10))
    place.until(lambda: len(boxes(place)) == 1)
    taken, now = boxes(place)[0], place.appointments()[0]
    longer = appointments.moved_segments(now, (0,), from_resource=ANA.id, to_resource=ANA.id, longer=30)
    place.desk.edit(appointments.reschedule(now, start=now.starts_at, segments=longer))
    book, start = place.window.book_page.book, tomorrow(14)
    book.rescheduleRequested.emit(ANA.id, start, start + timedelta(minutes=45), taken)
    place.until(lambda: place.appointments()[0].starts_at == start)
    assert place.appointments()[0].ends_at == tomorrow(15, 15)


@pytest.fixture
def two_services(place: Place) -> str:
    """A visit that begins with a cut at Ana and goes on with a colour at Ben, and shows so."""
    segments = [appointments.wish(CUT.id, [ANA.id]), appointments.wish(COLOUR.id, [BEN.id])]
    made = place.desk.edit(
        appointments.book(location_id=LOCATION.id, start=tomorrow(10), segments=segments, customer_id=MIRA.id)
    ).subject
    place.until(lambda: len(place.window.book_page.book.scene.boxes_of(made)) == 2)
    return made


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(
    ("keys", "begins", "minutes"),
    [
        ([(Qt.Key.Key_Down, ALT)], tomorrow(10, 15), [(45, 80), (45, 80)]),
        ([(Qt.Key.Key_Down, ALT | SHIFT)], tomorrow(10), [(60, 80), (45, 95)]),
        ([(Qt.Key.Key_Up, ALT), (Qt.Key.Key_Up, ALT | SHIFT)], tomorrow(9, 45), [(30, 80), (45, 65)]),
    ],
)
def test_any_part_of_a_visit_takes_the_whole_along_and_is_resized_alone(
    place: Place,
    two_services: str,
    part: int,
    keys: list[tuple[Qt.Key, Qt.KeyboardModifier]],
    begins: datetime,
    minutes: list[tuple[int, int]],
) -> None:
    book = place.window.book_page.book
    book.setFocus()
    book.put_cursor(book.scene.boxes_of(two_services)[part].box)
    for key, held in keys:
        QTest.keyClick(book, key, held)
        QTest.keyClick(book, Qt.Key.Key_Return)
    place.until(lambda: place.work.book._moves == 0 and book.ghost is None)
    (one,) = place.appointments()
    assert (one.starts_at, tuple(segment.minutes for segment in one.segments)) == (begins, minutes[part])
    assert [segment.resources for segment in one.segments] == [(ANA.id,), (BEN.id,)]


def test_a_part_of_a_visit_goes_to_somebody_else_and_the_others_stay(place: Place, two_services: str) -> None:
    book = place.window.book_page.book
    book.setFocus()
    book.put_cursor(book.scene.boxes_of(two_services)[1].box)
    QTest.keyClick(book, Qt.Key.Key_Left, ALT)
    QTest.keyClick(book, Qt.Key.Key_Return)
    place.until(lambda: [one.segments for one in boxes(place)] == [(0, 1)])
    assert place.appointments()[0].starts_at == tomorrow(10)


def dialogs(place: Place) -> list[AskReason]:
    return [one for one in place.window.findChildren(AskReason) if one.isVisible()]


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_moves_onto_a_taken_place_with_a_reason(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    drag(place, made, BEN.id, 14)
    place.until(lambda: len(dialogs(place)) == 1)
    (dialog,) = dialogs(place)
    assert dialog._text.text().startswith("Ben is taken")
    assert place.appointments()[0].starts_at == tomorrow(10)
    assert not dialog.yes.isEnabled()
    dialog.reason.setText("They are friends")
    dialog.yes.click()
    place.until(lambda: place.appointments()[1].starts_at == tomorrow(14))
    moved = next(one for one in place.appointments() if one.id == made)
    assert (moved.resources, moved.override_reason) == ((BEN.id,), "They are friends")


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_leaves_it_where_it_was(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    drag(place, made, BEN.id, 14)
    place.until(lambda: len(dialogs(place)) == 1)
    dialogs(place)[0].no.click()
    place.until(lambda: dialogs(place) == [])
    assert place.appointments()[0].starts_at == tomorrow(10)


def test_the_ghost_is_told_whether_its_place_is_free(place: Place) -> None:
    place.book(tomorrow(10))
    book = place.window.book_page.book
    told: list[tuple[str, bool]] = []
    book.set_verdict = lambda text, ok: told.append((text, ok))  # type: ignore[method-assign]
    book.ghostMoved.emit(ANA.id, tomorrow(10), tomorrow(11), None)
    place.until(lambda: len(told) == 1)
    place.until(lambda: len(boxes(place)) == 1)
    book.ghostMoved.emit(ANA.id, tomorrow(10, 15), tomorrow(11), boxes(place)[0])
    place.until(lambda: len(told) == 2)
    assert not told[0][1]
    assert "Ana is taken" in told[0][0]
    assert told[1] == ("Free", True)


def test_the_ghost_says_what_else_its_customer_has_booked_then_and_never_itself(place: Place) -> None:
    place.book(tomorrow(10))
    place.book(tomorrow(14), BEN.id)
    place.until(lambda: len(boxes(place)) == 2)
    book = place.window.book_page.book
    told: list[tuple[str, bool]] = []
    book.set_verdict = lambda text, ok: told.append((text, ok))  # type: ignore[method-assign]
    moved = next(one for one in boxes(place) if one.resource_id == BEN.id)
    for hour in (14, 10):
        count = len(told)
        book.ghostMoved.emit(BEN.id, tomorrow(hour, 15), tomorrow(hour + 1), moved)
        place.until(lambda count=count: len(told) > count)  # type: ignore[misc]
    assert told == [("Free", True), ("Free. Mira Holm comes at 10:00 to Ana already.", True)]


def test_steps_are_taken_with_their_keys_and_back(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    actions = place.window.actions_by_name
    place.until(actions["arrive"].isEnabled)
    for name in ("arrive", "start", "complete"):
        actions[name].trigger()
    place.until(lambda: place.appointments()[0].status is Status.COMPLETED)
    place.until(actions["undo_step"].isEnabled)
    place.act("undo_step")
    place.until(lambda: place.appointments()[0].status is Status.IN_SERVICE)


def test_a_no_show_before_the_start_is_not_open_and_says_why(place: Place) -> None:
    place.work.card.open(place.book(tomorrow(10)))
    place.until(lambda: place.window.book_page.open_panel == "card")
    row = place.window.book_page.card._row
    assert row is not None
    assert "It starts " in next(step.why_not for step in row.steps if step.action == "no_show")
    assert not place.window.actions_by_name["no_show"].isEnabled()


def test_cancelling_frees_the_slot_and_can_be_undone(place: Place) -> None:
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    place.until(lambda: place.window.book_page.open_panel == "card")
    place.window.book_page.card.cancelRequested.emit("ill", False)
    place.until(lambda: place.appointments()[0].status is Status.CANCELLED)
    assert place.appointments()[0].cancel_reason == "ill"
    place.until(lambda: boxes(place) == [])
    place.act("undo")
    place.until(lambda: place.appointments()[0].status is Status.BOOKED)


@pytest.mark.parametrize(("by_business", "by"), [(False, "The customer"), (True, "The business")])
def test_it_is_said_who_cancels(place: Place, *, by_business: bool, by: str) -> None:
    made = place.book(tomorrow(10))
    place.work.card.open(made)
    place.until(lambda: place.window.book_page.open_panel == "card")
    card = place.window.book_page.card
    card.ask_reason()
    card.by_business.setChecked(by_business)
    card._sure.click()
    place.until(lambda: place.appointments()[0].status is Status.CANCELLED)
    told = place.appointments()[0]
    assert told.cancelled_by == by.partition(" ")[2]
    shown = place.desk.do(lambda replica: appointment_card(replica, made))
    assert shown is not None
    facts = {one.label: one.text for one in card_row(shown, Words(), tomorrow(9)).facts}
    assert facts["Cancelled by"] == by
    assert ("Late cancellation" in facts) is (told.cancelled_late and not by_business)


def test_the_day_that_is_left_while_its_rows_come_is_not_shown(place: Place) -> None:
    place.book(tomorrow(10))
    place.work.book.step(1)
    place.work.book.step(-1)
    place.work.book.step(1)
    place.until(lambda: place.work.book.shown is not None and place.work.book.shown.day == place.work.book.day)
    assert boxes(place) == []


def test_after_signing_out_and_in_again_each_key_acts_once(place: Place) -> None:
    place.work.link.close()
    place.work.deleteLater()
    link = DeskLink(place.desk, MainThread(place.window), place.window)
    again = Workplace(
        link,
        place.desk.do(lambda replica: replica.identity()),
        place.window,
        place.window.actions_by_name,
        Background(),
    )
    place.until(lambda: again.book.shown is not None)
    today = again.book.day
    place.act("next_day")
    assert again.book.day == today + timedelta(days=1)
    assert place.window.book_page.bar._title.text() == again.book.words.day(again.book.day)
    link.close()
