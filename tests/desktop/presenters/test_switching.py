"""Taking turns at the window of one desk: who is chosen, what is asked, and whose unfinished work is whose."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from threading import Event
from typing import Any
from unittest import mock

import pytest
from PySide6.QtCore import QDate, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.businesses import Businesses
from desktop.models.rows import BookingForm, CardRow, Choice, NewCustomer, StepChoice
from desktop.presenters.drafts import NOT_SAVED
from desktop.presenters.erased import GONE
from desktop.presenters.turns import Turns
from desktop.presenters.words import ROLES
from desktop.store.replica import Replica
from desktop.sync import people, unlocking
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore
from desktop.sync.shut_out import Leaving, ShutOut
from desktop.sync.status import Connection, SyncStatus
from desktop.views.people import PersonButton
from shared.model.member import Member, Role
from tests.desktop.presenters.conftest import Front
from tests.support.replicas import KEY, patch
from tests.support.salon import ANA, CUT, LOCATION, MEMBER, MIRA, OWNER_USER, Salon, made_id


def test_the_people_of_the_desk_are_offered_by_name_and_the_one_there_is_marked(front: Front) -> None:
    front.ask()
    names = [one.accessibleName() for one in front.window.people.findChildren(PersonButton)]
    assert names == ["Ana, ana@salon.example", "Olga, olga@salon.example"]
    assert front.window.people.isVisible()
    front.window.people._back.click()
    assert front.window.is_working


def test_the_right_password_gives_the_desk_without_a_network(front: Front) -> None:
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    assert front.home.account() == front.olga


def test_a_wrong_password_gives_nothing_and_the_one_before_can_go_on(front: Front) -> None:
    front.switch("Olga", "his")
    front.until(lambda: "not right" in front.window.unlock._message.text())
    front.window.unlock._other.click()
    front.window.people._back.click()
    assert front.window.is_working
    assert front.window.navigation.account.name.text() == "Ana"


@pytest.mark.parametrize("password", ["hers", "his"])
def test_who_has_gone_back_is_not_fetched_by_an_answer_that_comes_late(front: Front, password: str) -> None:
    gone, answered = Event(), Event()

    def late(*given: Any) -> SecretStore:
        assert gone.wait(10)
        try:
            return unlocking.unlock(*given)
        finally:
            answered.set()

    with mock.patch("desktop.presenters.turns.unlock", late):
        front.switch("Olga", password)
        front.ask()
        front.window.people._back.click()
        assert front.window.is_working
        gone.set()
        front.until(answered.is_set)
        # What comes of it is handed to the window on its own thread, before this.
        front.until(lambda: not front.desktop._background._pool._work_queue.qsize())
        QTest.qWait(100)
    assert front.window.is_working
    assert front.window.navigation.account.name.text() == "Ana"
    assert front.home.account() == front.ana
    assert front.work.link.desk.do(lambda replica: replica.identity().user_name) == "Ana"
    assert front.window.unlock._message.text() == ""
    front.switch("Olga", "hers")
    front.until_at_work("Olga")


def test_where_a_code_is_needed_after_the_book_had_to_be_closed_nobody_is_at_the_desk(front: Front) -> None:
    desk = front.work.link.desk

    def closes(*_: object) -> None:
        desk.close()
        raise SignInRefused("second_factor_required", "A code is needed.")

    with mock.patch.object(Turns, "take", closes):
        front.switch("Olga", "hers")
        front.until(front.window.sign_in.isVisible)
    assert front.window.sign_in.asks_code
    assert front.desktop._session.desk is None
    front.desktop.actions["close"].trigger()
    assert front.window.people.isVisible()
    front.choose("Ana")
    front.window.unlock.password.setText("his")
    front.window.unlock._submit.click()
    front.until_at_work("Ana")


def test_what_one_has_begun_is_not_the_others_and_is_there_when_they_come_back(front: Front) -> None:
    panel = front.window.book_page.booking
    front.work.booking.open_new()
    form = replace(panel.form(), new_customer=NewCustomer(name="Mira", phone="0171 22"), notes="wants a window seat")
    front.work.booking._show(form)
    notes = front.window.book_page.card.notes
    notes.show_notes("a visit", (), of_customer=False)
    notes.text.setPlainText("half written")
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    assert front.window.book_page.open_panel == ""
    front.work.booking.open_new()
    assert panel.form().new_customer is None
    assert panel.form().notes == ""
    notes.show_notes("a visit", (), of_customer=False)
    assert notes.text.toPlainText() == ""
    front.window.book_page.close_panel()
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    assert front.window.book_page.open_panel == "booking"
    assert panel.form().new_customer == NewCustomer(name="Mira", phone="0171 22")
    assert panel.form().notes == "wants a window seat"
    notes.show_notes("a visit", (), of_customer=False)
    assert notes.text.toPlainText() == "half written"


def test_a_customer_who_was_only_typed_is_found_by_nobody_else_and_stands_there_again(front: Front) -> None:
    search = front.window.book_page.booking.customer.search
    front.work.booking.open_new()
    search.set_text("Zora Zelt")
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    assert search.text() == ""
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    assert front.window.book_page.open_panel == "booking"
    assert search.text() == "Zora Zelt"


def test_a_reason_to_cancel_that_is_half_written_is_the_writers_own(front: Front) -> None:
    card = front.window.book_page.card
    front.work.card._page.open_card()
    for visit in ("another visit", "a visit"):
        cancel = StepChoice(action="cancel")
        card.show_row(
            CardRow(appointment_id=visit, title="Mira", status="booked", status_text="Booked", when="", steps=(cancel,))
        )
    card.ask_reason()
    card.reason.setText("has the flu")
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    front.work.card._page.open_card()
    card.ask_reason()
    assert card.reason.text() == ""
    front.window.book_page.close_panel()
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    front.work.card._page.open_card()
    card.ask_reason()
    assert card.reason.text() == "has the flu"


def test_a_desk_that_people_take_turns_at_knows_nothing_of_those_before(front: Front) -> None:
    def told() -> tuple[int, int]:
        desk = front.work.link.desk
        return len(desk._listeners), len(desk.changes._listeners)

    desk, before = front.work.link.desk, told()
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    assert front.work.link.desk is desk
    assert told() == before, "one more with each switch"


def test_a_window_that_people_take_turns_at_holds_nothing_of_those_before(front: Front, qapp: QApplication) -> None:
    def held() -> Counter[str]:
        for name, password in (("Olga", "hers"), ("Ana", "his")):
            front.switch(name, password)
            front.until_at_work(name)
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return Counter(type(one).__name__ for one in front.window.findChildren(QWidget))

    before = held()
    assert held() - before == Counter(), "more with each switch"


def test_no_password_of_who_was_there_before_can_be_brought_back_and_read(front: Front) -> None:
    form = front.window.unlock
    front.ask()
    front.choose("Olga")
    QTest.keyClicks(form.password, "hers")
    form._submit.click()
    front.until_at_work("Olga")
    front.ask()
    front.choose("Ana")
    form._part.reveal.click()
    QTest.keyClick(form.password, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert form.password.text() == ""


def test_no_line_of_who_was_there_before_can_be_brought_back_and_read(front: Front) -> None:
    masquerade, account, customers = front.desktop.masquerade, front.desktop.own_account, front.window.customers
    lock, sign_in, question = front.window.lock_page, front.window.sign_in, customers.question
    forgetting: list[tuple[QLineEdit, Callable[[], None]]] = [
        (masquerade.reason.reason, lambda: masquerade.reason.ask("a member", "Ben")),
        (masquerade.code.code, masquerade.code.reject),
        (masquerade.code.digits, masquerade.code.reject),
        (account.factor.code, account.factor._forget),
        (question.typed, lambda: question.ask_typed("?", "", "Ben", yes="Yes", no="No", then=lambda _: None)),
        (lock._part.editor, lock._part.forget),
        (sign_in._part.editor, sign_in.forget_password),
        (sign_in._code_part.editor, sign_in._code_part.forget),
    ]
    for line, forget in forgetting:
        QTest.keyClicks(line, "12")
        assert line.text() == "12", line.accessibleName()
        forget()
        line.setEchoMode(QLineEdit.EchoMode.Normal)
        line.undo()
        assert line.text() == "", line.accessibleName()
    for dialog in (masquerade.reason, question):
        dialog.reject()


def at_customers(front: Front, name: str = "Mira Holm") -> None:
    """The page of a customer, beside the list."""
    view = front.window.customers
    front.desktop.actions["go_customers"].trigger()
    front.until(lambda: name in [one.title for one in view.list.rows()])
    view.list.choose(next(one.id for one in view.list.rows() if one.title == name))
    front.until(lambda: view.part == "page" and view.page._shown is not None and view.page._shown.name == name)


def at_setup(front: Front, part: str) -> None:
    """A part of the set-up, as soon as it is told."""
    front.desktop.actions["go_setup"].trigger()
    front.window.setup.show_part(part)
    front.until(lambda: front.work.setup.policies._told is not None and not front.work.setup._questions._asking)


def becomes(front: Front, member: Member, role: Role) -> None:
    """The server has given one of the two another role."""
    front.work.link.desk.do(lambda replica: replica.apply_lines(patch(2, replace(member, role=role))))
    front.work.link.changed.emit(frozenset({"member"}))


def type_into(editor: QWidget, text: str) -> None:
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    editor.insert(text)


def test_a_customer_and_a_wish_that_are_half_typed_are_the_writers_own(front: Front) -> None:
    customers, wishes = front.window.customers, front.window.waitlist
    at_customers(front)
    customers.page.note.setPlainText("half written")
    customers.page.edit.click()
    customers.form.alert.setPlainText("Nickel")
    customers.new.click()
    customers.form.name.setText("Zora Zelt")
    front.work.waitlist.enter_new(Choice(id=MIRA.id, text=MIRA.name))
    wishes.form.notes.setPlainText("Window seat")
    customers.search.insert("Yves")
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    for line in (customers.form.name, customers.search, wishes.form.customer.search.edit):
        line.undo()
    everything = [*customers.form.findChildren(QLineEdit), *wishes.form.findChildren(QLineEdit), customers.search]
    assert not {"Zora Zelt", "Yves", "Mira Holm"} & {one.text() for one in everything}
    at_customers(front)
    assert customers.page._mark.text() == ""
    assert customers.page.note.toPlainText() == ""
    assert not any("Not saved" in one.detail for one in customers.list.rows())
    customers.page.edit.click()
    assert customers.form.form().alert == ""
    assert customers.new.text() == "New customer"
    customers.new.click()
    assert customers.form.form().name == ""
    front.desktop.actions["go_waitlist"].trigger()
    assert wishes.add.text() == "Add to waitlist"
    wishes.add.click()
    assert (wishes.form.form().notes, wishes.form.form().customer) == ("", None)
    customers.form.name.setText("Olga's own")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    assert customers.new.text() == "New customer: not saved"
    assert wishes.add.text() == "Add to waitlist: not saved"
    at_customers(front)
    assert customers.page._mark.text() == NOT_SAVED
    assert customers.page.note.toPlainText() == "half written"
    assert [one.title for one in customers.list.rows() if "Not saved" in one.detail] == ["Mira Holm"]
    customers.page.edit.click()
    assert customers.form.form().alert == "Nickel"
    customers.new.click()
    assert customers.form.form().name == "Zora Zelt"
    wishes.add.click()
    wish = wishes.form.form()
    assert (wish.notes, wish.customer.text if wish.customer else "") == ("Window seat", "Mira Holm")


@pytest.mark.parametrize("is_away", [True, False])
def test_what_is_half_typed_about_somebody_who_is_erased_is_seen_by_nobody_again(
    front: Front, *, is_away: bool
) -> None:
    customers, wishes, panel = front.window.customers, front.window.waitlist, front.window.book_page.booking
    mira = Choice(id=MIRA.id, text=MIRA.name, detail="0171 22")
    at_customers(front)
    customers.page.note.setPlainText("Mira is ill")
    customers.page.edit.click()
    customers.form.alert.setPlainText("Nickel")
    front.work.booking._show(BookingForm(customer=mira, notes="wants a window seat"))
    front.work.waitlist.enter_new(mira)
    wishes.form.notes.setPlainText("Mira, mornings")
    if is_away:
        front.switch("Olga", "hers")
        front.until_at_work("Olga")
    front.work.link.desk.do(
        lambda replica: replica.apply_lines(patch(2, replace(MIRA, name="", phones=(), archived=True)))
    )
    front.work.link.changed.emit(frozenset({"customer"}))
    if is_away:
        front.switch("Ana", "his")
        front.until_at_work("Ana")
    front.until(lambda: front.window.toast.text() == GONE)
    assert wishes.add.text() == "Add to waitlist"
    wishes.add.click()
    assert (wishes.form.form().customer, wishes.form.form().notes) == (None, "")
    assert panel.form().is_empty
    assert front.work.customers._drafts.unsaved == frozenset()
    assert customers.page.noted == frozenset()
    lines, labels = front.window.findChildren(QLineEdit), front.window.findChildren(QLabel)
    shown = [*(one.text() for one in lines if one.isVisible()), *(one.text() for one in labels if one.isVisible())]
    assert not any("Mira" in one for one in shown)


def test_a_set_up_that_is_half_typed_is_the_writers_own(front: Front) -> None:
    becomes(front, MEMBER, Role.TENANT_MANAGER)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    at_setup(front, "services")
    view = front.window.setup
    front.work.setup.services._choose(CUT.id)
    type_into(view.services.form.editor("price").editor, "51")
    view.services.needs.add.click()
    needs = view.services.needs.needs()
    view.services.new.click()
    type_into(view.services.form.editor("name").editor, "Perm")
    type_into(view.places.form.editor("name").editor, "Ana Maria")
    type_into(view.policies.form.editor("name").editor, "Salon Olga")
    front.work.setup.hours._choose(ANA.id)
    type_into(view.hours.week.lines[0], "7-11")
    type_into(view.hours.hours, "10-14")
    type_into(view.hours.reason, "Training")
    view.hours.calendar.setSelectedDate(QDate(2027, 3, 4))
    front.window.team.email.setText("new@salon.example")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    typed = {"51", "Perm", "Ana Maria", "Salon Olga", "7-11", "10-14", "Training", "new@salon.example"}
    for line in (view.hours.hours, view.hours.reason, front.window.team.email):
        line.undo()
    assert not typed & {one.text() for page in (view, front.window.team) for one in page.findChildren(QLineEdit)}
    at_setup(front, "services")
    assert not typed & {one.text() for page in (view, front.window.team) for one in page.findChildren(QLineEdit)}
    rows = (*view.services.list._rows, *view.places.list._rows, *view.hours.list._rows)
    assert not any("Not saved" in one.detail for one in rows)
    view.services.new.click()
    assert view.services.form.texts()["name"] == ""
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    assert front.window.team.email.text() == "new@salon.example"
    at_setup(front, "services")
    front.work.setup.services._choose(CUT.id)
    assert (view.services.form.texts()["price"], view.services.needs.needs()) == ("51", needs)
    view.services.new.click()
    assert view.services.form.texts()["name"] == "Perm"
    assert view.places.form.texts()["name"] == "Ana Maria"
    assert view.policies.form.texts()["name"] == "Salon Olga"
    assert [one.title for one in view.hours.list._rows if "Not saved" in one.detail] == ["Ana"]
    front.work.setup.hours._choose(ANA.id)
    assert view.hours.week.lines[0].text() == "7-11"
    assert (view.hours.typed, view.hours.day) == (("10-14", "Training"), date(2027, 3, 4))


@pytest.mark.parametrize(
    ("role", "left"), [(Role.TENANT_OWNER, (2, 1)), (Role.TENANT_MANAGER, (2, 0)), (Role.TENANT_STAFF, (0, 0))]
)
def test_what_a_role_does_not_let_somebody_see_any_more_is_not_given_back(
    front: Front, role: Role, left: tuple[int, int]
) -> None:
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    at_setup(front, "services")
    view = front.window.setup
    type_into(view.services.form.editor("price").editor, "51")
    view.services.new.click()
    type_into(view.services.form.editor("name").editor, "Perm")
    type_into(view.policies.form.editor("name").editor, "Salon Olga")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    becomes(front, replace(MEMBER, id=OWNER_USER, name="Olga"), role)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    shown = ROLES[role.value]
    front.until(lambda: front.window.navigation.account.role.text() == shown)
    assert (len(view.services.form._drafts), len(view.policies.form._drafts)) == left


def test_what_a_role_does_not_let_somebody_change_any_more_stands_as_it_is_stored(front: Front) -> None:
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    at_setup(front, "places")
    form = front.window.setup.places.form
    front.work.setup.places._choose(LOCATION.id)
    type_into(form.editor("name").editor, "Mitte 2")
    type_into(form.editor("zone").editor, "Europe/Lisbon")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    becomes(front, replace(MEMBER, id=OWNER_USER, name="Olga"), Role.TENANT_MANAGER)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    at_setup(front, "places")
    front.work.setup.places._choose(LOCATION.id)
    assert (form.texts()["name"], form.texts()["zone"]) == ("Mitte 2", LOCATION.zone)
    assert not form.editor("zone").editor.isEnabled()


def test_who_signs_out_and_comes_back_finds_what_they_had_half_typed(front: Front) -> None:
    at_customers(front)
    front.window.customers.new.click()
    front.window.customers.form.name.setText("Zora Zelt")
    front.desktop.actions["sign_out"].trigger()
    front.until(front.window.people.isVisible)
    front.choose("Ana")
    front.window.unlock.password.setText("his")
    front.window.unlock._submit.click()
    front.until_at_work("Ana")
    front.window.customers.new.click()
    assert front.window.customers.form.form().name == "Zora Zelt"


@pytest.mark.parametrize("whole_book", [True, False])
def test_what_was_half_typed_goes_with_the_access_to_the_book(front: Front, *, whole_book: bool) -> None:
    at_customers(front)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    at_customers(front)
    front.window.customers.new.click()
    front.window.customers.form.name.setText("Zora Zelt")
    front.switch("Ana", "his")
    front.until_at_work("Ana")
    desk = front.work.link.desk
    notes = ShutOut(front.home)
    going = Leaving(replica=desk.account.replica, person="" if whole_book else front.ana.login.person)
    notes.begin(going, "Salon Lind", {})
    notes.note_handed_in(going, 0)
    desk._tell(SyncStatus(connection=Connection.SIGN_IN, may_hold=False, over=True, message=notes.words(going)))
    front.until(lambda: front.window.sign_in.isVisible() or front.window.people.isVisible())
    kept = {held.login for held in front.desktop._held.values()}
    assert kept == (set() if whole_book else {front.olga.login.id})


def test_two_keys_and_the_password_give_the_desk(front: Front) -> None:
    front.ask()
    focused = front.window.people.focusWidget()
    assert focused is not None
    assert focused.accessibleName().startswith("Olga")
    QTest.keyClick(focused, Qt.Key.Key_2)
    assert front.window.unlock.isVisible()
    assert "olga@salon.example" in front.window.unlock._who.text()


def test_escape_leads_back_step_by_step_and_touches_nothing_behind(front: Front) -> None:
    front.work.booking.open_new()
    front.ask()
    front.choose("Olga")
    front.desktop.actions["close"].trigger()
    assert front.window.people.isVisible()
    front.desktop.actions["close"].trigger()
    assert front.window.is_working
    assert front.window.book_page.open_panel == "booking"


def test_nobody_saves_the_booking_of_another_while_asking_who_is_there(front: Front, qtbot: QtBot) -> None:
    front.work.booking.open_new()
    with mock.patch.object(front.window.book_page.booking, "save") as save:
        front.ask()
        QTest.keyClick(front.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        save.assert_not_called()
        front.desktop.actions["close"].trigger()
        QTest.keyClick(front.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        save.assert_called_once()


def test_who_signs_out_is_not_told_that_the_edits_of_another_are_theirs(front: Front) -> None:
    front.make("Mira", "Nora")
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    front.desktop.actions["sign_out"].trigger()
    front.until(front.window.people.isVisible)
    assert front.window.leave.isHidden()
    assert front.window.people._message.isHidden()


def test_what_one_was_told_and_may_take_back_is_gone_when_another_has_the_desk(front: Front) -> None:
    front.work.edits.say("Moved to eleven.", step=1)
    front.switch("Olga", "hers")
    front.until_at_work("Olga")
    assert not front.window.toast.isVisible()


def test_who_may_not_hold_the_book_leaves_the_desk_to_another_and_gets_no_way_back_into_it(front: Front) -> None:
    page, session = front.window.first_sync, front.desktop._session
    hidden = SyncStatus(connection=Connection.STOPPED, message="Not for this account.", may_hold=False)
    session.showing._progress(hidden)
    assert page.isVisible()
    assert page._text.text() == "Ana"
    page._switch.click()
    session.showing._progress(hidden)
    assert front.window.people.isVisible()
    front.window.people._back.click()
    assert page.isVisible()
    page._switch.click()
    front.choose("Olga")
    front.window.unlock.password.setText("hers")
    front.window.unlock._submit.click()
    front.until_at_work("Olga")


def test_a_book_that_is_deleted_is_said_on_the_page_and_nothing_of_it_is_shown(front: Front) -> None:
    desk = front.work.link.desk
    front.window.show_lock()
    notes, going = ShutOut(front.home), Leaving(replica=desk.account.replica)
    notes.begin(going, "Salon Lind", {})
    notes.note_handed_in(going, 2)
    desk._tell(SyncStatus(connection=Connection.SIGN_IN, may_hold=False, over=True, message=notes.words(going)))
    front.until(front.window.sign_in.isVisible)
    said = front.window.sign_in._message.text()
    assert said.startswith("Your access to Salon Lind, or this computer's, has been ended. Its book is deleted from ")
    assert said.endswith(
        "2 changes that waited were handed in to the business. Ask the owner of the business about it."
    )
    assert desk.is_closed
    assert not list(front.home.folder.glob("book-*"))
    assert front.home.account() is None


def test_a_role_that_changes_meanwhile_shows_at_once(front: Front) -> None:
    shown = front.window.navigation.account.role
    assert shown.text() == "Staff"
    front.work.link.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_MANAGER))))
    front.work.link.changed.emit(frozenset({"member"}))
    front.until(lambda: shown.text() == "Manager")


def test_somebody_else_is_asked_for_everything_but_the_business(front: Front) -> None:
    front.ask()
    front.window.people._else.click()
    form = front.window.sign_in
    assert (form.business.text(), form.email.text(), form.password.text()) == ("salon", "", "")
    form._back.click()
    assert front.window.people.isVisible()


def test_signing_out_with_something_unsent_says_first_what_becomes_of_it(front: Front) -> None:
    front.make("Mira", "Nora")
    front.desktop.actions["sign_out"].trigger()
    front.until(front.window.leave.isVisible)
    assert front.window.leave._title.text() == "2 edits are not sent yet"
    assert "saved on this computer" in front.window.leave._text.text()
    front.window.leave._stay.click()
    assert front.window.is_working
    front.desktop.actions["sign_out"].trigger()
    front.until(front.window.leave.isVisible)
    front.window.leave._leave.click()
    front.until(front.window.people.isVisible)
    assert "2 edits of yours" in front.window.people._message.text()
    front.until(front.window.isActiveWindow)
    assert front.window.people.findChildren(PersonButton)[0].hasFocus()
    assert front.home.account() is None
    front.choose("Olga")
    front.window.unlock.password.setText("hers")
    front.window.unlock._submit.click()
    front.until_at_work("Olga")


def test_people_of_two_businesses_are_told_apart_and_one_goes_from_one_to_the_other(front: Front) -> None:
    """The same person, by the same e-mail, at a business whose book lies in a folder of its own."""
    nord = replace(front.ana, tenant="nord", replica=made_id("replica of nord"))
    home = Businesses(front.home).home_for(nord.login)
    identity = front.work.link.desk.do(lambda replica: replica.identity())
    with closing(Replica(home.replica(nord.replica), KEY)) as replica:
        replica.identify(
            replace(identity, replica=nord.replica, tenant="nord", session=made_id("at nord")), login=nord.login.person
        )
        replica.apply_lines(patch(1, *Salon().tx.rows.values()))
    front.secrets.set(people.key_name(nord.replica), KEY.hex())
    front.secrets.set(people.token_name(nord), "token")
    unlocking.remember(front.secrets, nord, "nords")
    home.know(nord)
    front.ask()
    names = [one.accessibleName() for one in front.window.people.findChildren(PersonButton)]
    assert names == [
        "Ana, ana@salon.example · nord",
        "Ana, ana@salon.example · salon",
        "Olga, olga@salon.example · salon",
    ]
    front.choose("Ana, ana@salon.example · nord")
    before = front.work.link.desk
    front.window.unlock.password.setText("his")
    front.window.unlock._submit.click()
    front.until(lambda: "not right" in front.window.unlock._message.text())
    assert front.work.link.desk is before
    front.work.customers._enter_new()
    form = front.window.customers.form
    form.name.setText("Zora Zelt of Salon Lind")
    front.window.unlock.password.setText("nords")
    front.window.unlock._submit.click()
    front.until(lambda: front.window.is_working)
    assert before.is_closed
    front.window.customers.new.click()
    assert form.form().name == "", "it is of the other business, though it is the same person"
    assert front.work.link.desk.account == nord
    assert Businesses(front.home).current().folder == home.folder
    front.desktop.actions["sign_out"].trigger()
    front.until(front.window.people.isVisible)
    assert front.home.account() == front.ana
    assert home.account() is None
    front.choose("Ana, ana@salon.example · salon")
    front.window.unlock.password.setText("his")
    front.window.unlock._submit.click()
    front.until(lambda: front.window.is_working)
    assert front.work.link.desk.account == front.ana
    front.window.customers.new.click()
    assert form.form().name == "Zora Zelt of Salon Lind"
