"""Undo and redo by key, by the menu and by the toast's button."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.files.customers_csv import read_customers
from desktop.operations import appointments, blocks, customers
from desktop.operations.importing import Interrupted, plan_customers, take_file
from desktop.store.replica import Replica
from desktop.store.turning import PART
from desktop.store.undo import forget
from shared.model.appointment import Appointment, Status
from shared.model.customer import Customer
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, MIRA, OWNER_USER, made_id


def undo_text(place: Place) -> str:
    return place.window.actions_by_name["undo"].text()


def redo_text(place: Place) -> str:
    return place.window.actions_by_name["redo"].text()


def offer(place: Place) -> QPushButton:
    """The toast's button."""
    return place.window.toast._undo


def statuses(place: Place) -> list[Status]:
    return [one.status for one in place.appointments()]


def confirm(place: Place, made: str) -> None:
    place.work.card.open(made)
    place.until(place.window.actions_by_name["confirm"].isEnabled)
    place.act("confirm")
    place.until(lambda: place.said.endswith("confirmed."))


def test_the_menu_names_what_it_would_undo_and_is_grey_without(place: Place) -> None:
    actions = place.window.actions_by_name
    assert (undo_text(place), actions["undo"].isEnabled()) == ("Undo", False)
    assert (redo_text(place), actions["redo"].isEnabled()) == ("Redo", False)
    place.book(tomorrow(10))
    place.until(lambda: undo_text(place) == "Undo booking of Mira Holm")
    assert not actions["redo"].isEnabled()
    place.act("undo")
    place.until(lambda: redo_text(place) == "Redo booking of Mira Holm")
    assert (undo_text(place), actions["undo"].isEnabled()) == ("Undo", False)


def test_keys_take_back_and_do_again_step_by_step(place: Place) -> None:
    made = place.book(tomorrow(10))
    confirm(place, made)
    book = place.window.book_page.book
    book.setFocus()
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for expected, key, held in (
        (Status.BOOKED, Qt.Key.Key_Z, control),
        (Status.CANCELLED, Qt.Key.Key_Z, control),
        (Status.BOOKED, Qt.Key.Key_Z, control | shift),
        (Status.CONFIRMED, Qt.Key.Key_Y, control),
    ):
        QTest.keyClick(book, key, held)
        place.until(lambda expected=expected: statuses(place) == [expected])  # type: ignore[misc]
        place.until(lambda: not place.window.toast.text().endswith("confirmed."))


def test_what_was_done_is_said(place: Place) -> None:
    confirm(place, place.book(tomorrow(10)))
    place.act("undo")
    place.until(lambda: place.said == "Undone: confirmation of Mira Holm.")
    place.act("redo")
    place.until(lambda: place.said == "Done again: confirmation of Mira Holm.")


def test_it_outlasts_the_toast(place: Place) -> None:
    confirm(place, place.book(tomorrow(10)))
    place.window.toast.dismiss()
    place.act("undo")
    place.until(lambda: statuses(place) == [Status.BOOKED])


def test_the_toast_s_button_takes_back_what_the_toast_says(place: Place) -> None:
    confirm(place, place.book(tomorrow(10)))
    assert offer(place).isVisible()
    QTest.mouseClick(offer(place), Qt.MouseButton.LeftButton)
    place.until(lambda: statuses(place) == [Status.BOOKED])
    place.until(lambda: undo_text(place) == "Undo booking of Mira Holm")


def test_the_toast_s_button_goes_when_something_newer_was_done(place: Place) -> None:
    confirm(place, place.book(tomorrow(10)))
    place.desk.edit(customers.create(name="Jo Weiß"))
    place.until(lambda: undo_text(place) == "Undo adding of Jo Weiß")
    assert place.said.endswith("confirmed.")
    assert not offer(place).isVisible()


def test_an_undo_that_is_refused_says_why_and_lets_the_one_before_it_through(place: Place) -> None:
    place.desk.edit(customers.create(name="Jo Weiß"))
    made = place.book(tomorrow(10))

    def elsewhere(replica: Replica) -> None:
        found = replica.tx().find(Appointment, made)
        jo = replica.tx().find(Customer, replica.outbox.all()[0].subject)
        assert found is not None
        assert jo is not None
        held = replica.tx().allocations_of(found.id)
        replica.apply_lines(patch(2, replace(found, status=Status.ARRIVED), jo, *held, last_seq=2, of=replica))

    place.desk.do(elsewhere)
    place.until(lambda: undo_text(place) == "Undo booking of Mira Holm")
    place.act("undo")
    place.until(lambda: place.said.startswith("Not undone. Marked as arrived meanwhile (it is "))
    assert statuses(place) == [Status.ARRIVED]
    place.until(lambda: undo_text(place) == "Undo adding of Jo Weiß")


def test_a_press_means_what_the_menu_said_and_not_what_a_refusal_left_on_top(place: Place) -> None:
    place.desk.edit(customers.create(name="Jo Weiß"))
    made = place.book(tomorrow(10))
    place.until(lambda: undo_text(place) == "Undo booking of Mira Holm")
    place.desk.do(lambda replica: forget(replica.database, [replica.outbox.all()[-1].id]))
    place.act("undo")
    place.until(lambda: place.said == "Nothing was undone: the server did not take the booking of Mira Holm.")
    place.until(lambda: undo_text(place) == "Undo adding of Jo Weiß")
    assert [one.id for one in place.appointments()] == [made]
    place.act("undo")
    place.until(lambda: place.said == "Undone: adding of Jo Weiß.")


def test_two_presses_take_two_steps_back(place: Place) -> None:
    confirm(place, place.book(tomorrow(10)))
    place.until(lambda: undo_text(place) == "Undo confirmation of Mira Holm")
    place.act("undo")
    place.act("undo")
    place.until(lambda: statuses(place) == [Status.CANCELLED])


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_file_of_many_customers_is_one_step(place: Place) -> None:
    rows = "".join(f"Jo {number},+49 30 55{number:04}\n" for number in range(250))
    plans = plan_customers(read_customers(f"name,phone\n{rows}".encode(), region="DE"))
    take_file(place.desk, plans, zone="Europe/Berlin")
    place.until(lambda: undo_text(place) == "Undo import of 250 entries")
    place.act("undo")
    place.until(lambda: place.said == "Undone: import of 250 entries.")
    assert living(place) == 1
    place.act("redo")
    place.until(lambda: place.said == "Done again: import of 250 entries.")
    assert living(place) == 251


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_an_import_ends_where_somebody_else_takes_the_desk(place: Place) -> None:
    rows = "".join(f"Jo {number},+49 30 55{number:04}\n" for number in range(250))
    plans = plan_customers(read_customers(f"name,phone\n{rows}".encode(), region="DE"))
    before = place.desk.do(lambda replica: replica.identity())
    theirs = replace(before, session=made_id("hers"), user_id=OWNER_USER, role=Role.TENANT_OWNER.value)
    place.desk.changes.listen(lambda tables: place.desk.replica.identify(theirs))
    with pytest.raises(Interrupted, match="100 rows of the file had been imported"):
        take_file(place.desk, plans, zone="Europe/Berlin")
    made_by = {one.user_id for one in place.desk.do(lambda replica: replica.outbox.all())}
    assert (living(place), made_by) == (101, {before.user_id})


def import_of_many(place: Place) -> None:
    rows = "".join(f"Jo {number},+49 30 55{number:04}\n" for number in range(PART + 50))
    plans = plan_customers(read_customers(f"name,phone\n{rows}".encode(), region="DE"))
    take_file(place.desk, plans, zone="Europe/Berlin")
    place.until(lambda: undo_text(place) == "Undo import of 250 entries")


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
@pytest.mark.parametrize("back", [True, False])
def test_what_is_turned_in_parts_is_not_gone_on_with_by_whoever_takes_the_desk(place: Place, *, back: bool) -> None:
    """Steps are numbered for each person: the number may name one of theirs, too."""
    before = place.desk.do(lambda replica: replica.identity())
    theirs = replace(before, session=made_id("hers"), user_id=OWNER_USER, role=Role.TENANT_OWNER.value)
    place.desk.do(lambda replica: replica.identify(theirs))
    place.desk.edit(customers.create(name="Olga's own"))
    place.desk.do(lambda replica: None if back else replica.undo())
    place.desk.do(lambda replica: replica.identify(before))
    import_of_many(place)
    if not back:
        place.act("undo")
        place.until(lambda: place.said == "Undone: import of 250 entries.")
    waiting, alive = place.desk.do(lambda replica: replica.outbox.count()), living(place)
    place.desk.changes.listen(lambda tables: place.desk.replica.identify(theirs))
    place.act("undo" if back else "redo")
    done = "undone" if back else "done again"
    said = f"Somebody else has taken the desk: 200 entries had been {done} by then, the rest was not."
    place.until(lambda: place.said == said)
    made = place.desk.do(lambda replica: replica.outbox.all())[waiting:]
    assert (len(made), {one.user_id for one in made}) == (PART, {before.user_id})
    assert living(place) == alive + (-PART if back else PART)
    place.desk.do(lambda replica: replica.identify(before))
    rest = place.desk.do(lambda replica: replica.undo() if back else replica.redo())
    assert rest is not None
    assert rest.made == 50


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_an_undo_in_parts_says_so_where_something_newer_is_on_top_before_its_end(place: Place) -> None:
    import_of_many(place)
    newer: list[object] = []

    def meanwhile(tables: object) -> None:
        if not newer:
            newer.append(tables)
            place.desk.replica.edit("customer.create", customers.create(name="Jo Weiß").args)

    place.desk.changes.listen(meanwhile)
    place.act("undo")
    said = "Something else was done meanwhile: 200 entries had been undone by then, the rest was not."
    place.until(lambda: place.said == said)
    assert living(place) == 1 + 50 + 1


@pytest.mark.parametrize("count", [2, 3])
def test_of_several_edits_none_is_made_in_the_name_of_whoever_takes_the_desk(place: Place, count: int) -> None:
    before = place.desk.do(lambda replica: replica.identity())
    theirs = replace(before, session=made_id("hers"), user_id=OWNER_USER, role=Role.TENANT_OWNER.value)
    place.desk.changes.listen(lambda tables: place.desk.replica.identify(theirs))
    lost: list[bool] = []
    made = [customers.create(name=f"Jo {number}") for number in range(count)]
    place.work.edits.run_all(made, "Added.", lost=lambda: lost.append(True))
    said = "Somebody else has taken the desk: 1 entry had been saved by then, the rest was not."
    place.until(lambda: place.said == said)
    waiting = place.desk.do(lambda replica: replica.outbox.all())
    assert ([one.user_id for one in waiting], lost) == ([before.user_id], [True])


def living(place: Place) -> int:
    sql = "SELECT count(*) FROM customer WHERE NOT archived"
    return int(place.desk.do(lambda replica: replica.database.rows(sql))[0][0])


def test_blocked_time_is_named_by_whose_it_is(place: Place) -> None:
    place.desk.edit(blocks.put(resource_id=ANA.id, start=tomorrow(10), end=tomorrow(11), reason="Leave"))
    place.until(lambda: undo_text(place) == "Undo blocked time of Ana")


def test_an_ampersand_in_a_name_is_shown(place: Place) -> None:
    place.desk.edit(customers.create(name="Fox & Sons"))
    place.until(lambda: undo_text(place) == "Undo adding of Fox && Sons")


def test_the_name_is_what_the_customer_is_called_now(place: Place) -> None:
    made = place.book(tomorrow(10))
    confirm(place, made)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MIRA, name="Mira Lund"))))
    place.desk.edit(appointments.step(place.appointments()[0], "arrive"))
    place.until(lambda: undo_text(place) == "Undo arrival of Mira Lund")
