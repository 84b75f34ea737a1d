"""Forms of customers and wishes that are half typed: each stays with what it is about until it is saved or given up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.models.rows import Choice
from desktop.presenters.drafts import NOT_SAVED, UNANSWERED
from desktop.views.customer_form import CustomerFormView
from desktop.views.people_list import PeopleList
from desktop.views.wish_form import WishFormView
from shared import clock
from shared.model.base import CustomerId, ResourceId, WaitlistEntryId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.waitlist import WaitlistEntry, WaitlistState
from tests.desktop.presenters.conftest import Place
from tests.support.replicas import patch
from tests.support.salon import ANA, CUT, LOCATION, MEMBER, MIRA, made_id

IVO = replace(MIRA, id=CustomerId(made_id("ivo")), name="Ivo Lenz", phones=("030 7654321",))


@pytest.fixture
def role() -> Role:
    return Role.TENANT_OWNER


def press(page: QWidget, name: str) -> None:
    """Click the button whose name begins so and that is shown."""
    buttons = page.findChildren(QPushButton)
    next(one for one in buttons if one.accessibleName().startswith(name) and one.isVisible()).click()


def click(listing: PeopleList, row_id: str) -> None:
    """Click on a row, wherever it stands."""
    place = [one.id for one in listing.rows()].index(row_id)
    at = listing.visualRect(listing.model().index(place, 0)).center()
    QTest.mouseClick(listing.viewport(), Qt.MouseButton.LeftButton, pos=at)


def details(listing: PeopleList) -> dict[str, str]:
    return {one.id: one.detail for one in listing.rows()}


def loses_the_right(place: Place) -> None:
    """The server tells that the person at the desk may enter nothing more; the page stands as it is."""
    sales = replace(MEMBER, role=Role.PLATFORM_SALES)
    place.desk.do(lambda replica: replica.apply_lines(patch(3, sales)))


# Customers


def at_customers(place: Place) -> CustomerFormView:
    """The page of Mira Holm, beside a list in which Ivo Lenz is, too; the form that stands in its place."""
    place.desk.do(lambda replica: replica.apply_lines(patch(2, IVO)))
    place.act("go_customers")
    view = place.window.customers
    place.until(lambda: set(details(view.list)) == {MIRA.id, IVO.id})
    choose(place, MIRA)
    return view.form


def choose(place: Place, one: Customer) -> None:
    """Click on somebody, until their page is shown."""
    view = place.window.customers
    click(view.list, one.id)
    place.until(lambda: view.part == "page" and view.page._shown is not None and view.page._shown.id == one.id)


def stored(place: Place, one: Customer) -> Customer:
    found = place.desk.do(lambda replica: replica.tx().find(Customer, one.id))
    assert found is not None
    return found


def added(place: Place, name: str) -> int:
    return len(place.desk.do(lambda replica: replica.database.rows("SELECT id FROM customer WHERE name = ?", (name,))))


def fill(form: CustomerFormView) -> None:
    """Type into every field."""
    form.name.setText("Mira Lund")
    form.phones.setPlainText("030 1234567\n0171 5550123")
    form.emails.setPlainText("mira@lund.example")
    form.tags.setText("vip, regular")
    form.alert.setPlainText("Nickel")
    form.preferred.setCurrentIndex(form.preferred.findData(ANA.id))


def test_a_customer_who_is_half_edited_is_so_again_after_another_was_looked_at(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    fill(form)
    typed = form.form()
    choose(place, IVO)
    assert details(view.list)[MIRA.id].startswith("Not saved · ")
    assert not details(view.list)[IVO.id].startswith("Not saved")
    assert view.page._mark.text() == ""
    choose(place, MIRA)
    assert view.page._mark.text() == NOT_SAVED
    press(view, "Edit")
    assert form.form() == typed
    assert not details(view.list)[MIRA.id].startswith("Not saved"), "it is shown"
    press(view, "Save")
    place.until(lambda: stored(place, MIRA).name == "Mira Lund" and view.part == "page")
    assert (stored(place, MIRA).preferred_id, stored(place, MIRA).tags) == (ANA.id, ("vip", "regular"))
    place.until(lambda: NOT_SAVED not in view.page._mark.text())


def test_a_click_on_whom_a_form_is_about_leads_to_their_page_and_keeps_what_is_typed(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    choose(place, MIRA)
    assert view.page._mark.text() == NOT_SAVED
    assert details(view.list)[MIRA.id].startswith("Not saved · ")
    press(view, "Edit")
    assert form.form().alert == "Nickel"


def test_cancel_forgets_what_is_half_typed(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    choose(place, IVO)
    choose(place, MIRA)
    press(view, "Edit")
    press(view, "Cancel")
    assert (view.part, view.page._mark.text()) == ("page", "")
    press(view, "Edit")
    assert form.form().alert == ""
    choose(place, IVO)
    assert not any(one.startswith("Not saved") for one in details(view.list).values()), "nothing was typed"


def test_somebody_new_who_is_half_typed_is_there_again_whatever_was_searched_for_since(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "New customer")
    QTest.keyClicks(form.name, "Jo Weiss")
    form.phones.setPlainText("0171 555")
    choose(place, MIRA)
    assert view.new.text() == "New customer: not saved"
    QTest.keyClicks(view.search, "ivo")
    place.until(lambda: set(details(view.list)) == {IVO.id})
    press(view, "New customer")
    assert (form.form().name, form.form().phones) == ("Jo Weiss", ("0171 555",))
    assert view.new.text() == "New customer"
    press(view, "New customer")
    assert form.form().name == "Jo Weiss", "it is this one that is asked for"
    press(view, "Cancel")
    press(view, "New customer")
    assert (form.form().name, form.form().phones) == ("ivo", ())
    choose(place, IVO)
    assert view.new.text() == "New customer", "what was only searched for is nothing that was entered"


def test_a_form_that_is_half_typed_outlives_another_page_and_what_is_done_there(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    place.act("go_book")
    # Whoever is asked for elsewhere is shown here.
    place.work.customers.show_customer(IVO.id)
    place.until(lambda: view.part == "page")
    place.act("go_customers")
    choose(place, MIRA)
    press(view, "New customer")
    choose(place, MIRA)
    press(view, "Edit")
    assert form.form().alert == "Nickel"


def test_what_another_desk_changed_meanwhile_stays_but_for_what_was_typed(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    choose(place, IVO)
    elsewhere = replace(MIRA, name="Mira Lund", tags=("vip",))
    place.desk.do(lambda replica: replica.apply_lines(patch(3, elsewhere)))
    choose(place, MIRA)
    press(view, "Edit")
    press(view, "Save")
    place.until(lambda: stored(place, MIRA).alert == "Nickel")
    assert (stored(place, MIRA).name, stored(place, MIRA).tags) == ("Mira Lund", ("vip",))


def test_whoever_is_refused_after_one_has_gone_on_is_kept_with_the_reason(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "New customer")
    QTest.keyClicks(form.name, "Jo Weiss")
    loses_the_right(place)
    press(view, "Save")
    press(view, "New customer")
    assert (form.form().name, form.name.isEnabled()) == ("", True), "the next is another"
    QTest.keyClicks(form.name, "Kim Thal")
    place.until(lambda: place.said.startswith("Jo Weiss: not saved, and kept under Customers. "))
    assert (form.form().name, form._message.text()) == ("Kim Thal", "")
    press(view, "Cancel")
    press(view, "New customer")
    assert form.form().name == "Jo Weiss"
    assert "may not" in form._message.text()
    assert form.save.isEnabled()
    assert form.name.isEnabled()
    assert added(place, "Jo Weiss") == 0


def test_whoever_is_saved_after_one_has_gone_on_is_not_shown_as_half_typed(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    press(view, "Save")
    press(view, "New customer")
    QTest.keyClicks(form.name, "Kim Thal")
    place.until(lambda: stored(place, MIRA).alert == "Nickel" and "Mira Holm changed" in place.said)
    assert form.form().name == "Kim Thal", "it is typed on"
    assert view.part == "form"
    place.until(lambda: not any(one.startswith("Not saved") for one in details(view.list).values()))


def test_what_is_being_saved_takes_nothing_more_though_another_was_looked_at(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    press(view, "Save")
    press(view, "New customer")
    assert form.name.isEnabled()
    place.work.customers._edit()
    assert (form.form().alert, form.name.isEnabled()) == ("Nickel", False)
    place.until(lambda: view.part == "page" and "Mira Holm changed" in place.said)
    press(view, "Edit")
    assert form.name.isEnabled()


def test_whoever_cancels_what_is_being_saved_hears_what_became_of_it(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    press(view, "Save")
    press(view, "Cancel")
    assert view.part == "page"
    place.until(lambda: stored(place, MIRA).alert == "Nickel" and "Mira Holm changed" in place.said)
    assert NOT_SAVED not in view.page._mark.text()
    press(view, "New customer")
    QTest.keyClicks(form.name, "Jo Weiss")
    loses_the_right(place)
    press(view, "Save")
    press(view, "Cancel")
    place.until(lambda: place.said.startswith("Jo Weiss: not saved, and kept under Customers. "))
    press(view, "New customer")
    assert form.form().name == "Jo Weiss"


def test_a_person_who_is_not_offered_any_more_stays_whom_somebody_likes(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    gone = replace(MIRA, preferred_id=ResourceId(made_id("who left")))
    place.desk.do(lambda replica: replica.apply_lines(patch(3, gone)))
    choose(place, IVO)
    choose(place, MIRA)
    press(view, "Edit")
    form.alert.setPlainText("Nickel")
    press(view, "Save")
    place.until(lambda: stored(place, MIRA).alert == "Nickel")
    assert stored(place, MIRA).preferred_id == gone.preferred_id


def test_what_was_being_saved_when_another_took_the_desk_says_so(place: Place) -> None:
    form, view = at_customers(place), place.window.customers
    press(view, "New customer")
    QTest.keyClicks(form.name, "Jo Weiss")
    press(view, "Save")
    place.cut_link()
    held = place.work.let_go()
    assert (form.form().name, form.name.isEnabled()) == ("", True)
    place.work.give_back(held)
    press(view, "New customer")
    assert (form.form().name, form._message.text()) == ("Jo Weiss", UNANSWERED)
    assert form.name.isEnabled()


# Wishes


def at_waitlist(place: Place) -> tuple[str, str]:
    """The waitlist, on which Mira waits and Ivo; the ids of their wishes, in the order of the list."""
    asked = clock.now()
    wishes = [
        WaitlistEntry(
            id=WaitlistEntryId(made_id(f"wish of {one.name}")), customer_id=one.id, service_id=CUT.id,
            location_id=LOCATION.id, people=(), weekdays=(), earliest=0, latest=1440, from_day=None, to_day=None,
            priority=0, party=1, notes="", state=WaitlistState.WAITING, asked_at=asked - timedelta(days=days),
        )
        for days, one in ((2, MIRA), (1, IVO))
    ]  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, IVO, *wishes)))
    place.act("go_waitlist")
    view = place.window.waitlist
    place.until(lambda: len(view.list.rows()) == 2 and view.part == "wish")
    return wishes[0].id, wishes[1].id


def wish_of(place: Place, entry_id: str) -> WaitlistEntry:
    found = place.desk.do(lambda replica: replica.tx().find(WaitlistEntry, entry_id))
    assert found is not None
    return found


def test_a_wish_that_is_half_changed_is_so_again_after_another_was_looked_at(place: Place) -> None:
    first, second = at_waitlist(place)
    view = place.window.waitlist
    form = view.form
    press(view, "Edit")
    form.days[1].setChecked(True)
    form.earliest.setCurrentIndex(form.earliest.findData(600))
    form.first.asked.setChecked(True)
    form.priority.setCurrentIndex(form.priority.findData(2))
    form.notes.setPlainText("Window")
    typed = form.form()
    click(view.list, second)
    assert view.part == "wish"
    assert details(view.list)[first].startswith("Not saved · ")
    assert NOT_SAVED not in view.wish._state.text()
    click(view.list, first)
    assert NOT_SAVED in view.wish._state.text()
    press(view, "Edit")
    assert form.form() == typed
    press(view, "Save")
    place.until(lambda: wish_of(place, first).notes == "Window" and view.part == "wish")
    assert (wish_of(place, first).weekdays, wish_of(place, first).priority) == ((1,), 2)
    place.until(lambda: not details(view.list)[first].startswith("Not saved"))


def test_cancel_forgets_a_wish_that_is_half_changed(place: Place) -> None:
    first, second = at_waitlist(place)
    view = place.window.waitlist
    press(view, "Edit")
    view.form.notes.setPlainText("Window")
    click(view.list, second)
    click(view.list, first)
    press(view, "Edit")
    press(view, "Cancel")
    place.until(lambda: view.part == "wish")
    assert NOT_SAVED not in view.wish._state.text()
    press(view, "Edit")
    assert view.form.form().notes == ""


def test_a_new_wish_that_is_half_typed_is_there_again_with_whom_it_was_looked_for(place: Place) -> None:
    first, _ = at_waitlist(place)
    view = place.window.waitlist
    form: WishFormView = view.form
    press(view, "Add to waitlist")
    search = form.customer.search
    QTest.keyClicks(search.edit, "Jo We")
    form.notes.setPlainText("Window")
    click(view.list, first)
    assert (view.part, view.add.text()) == ("wish", "Add to waitlist: not saved")
    press(view, "Add to waitlist")
    assert (search.text(), form.form().notes, form.form().customer) == ("Jo We", "Window", None)
    press(view, "Cancel")
    place.until(lambda: view.part == "wish")
    assert view.add.text() == "Add to waitlist"
    press(view, "Add to waitlist")
    assert (search.text(), form.form().notes) == ("", "")


def test_wishes_of_several_who_were_to_wait_are_each_their_own(place: Place) -> None:
    at_waitlist(place)
    form = place.window.waitlist.form
    for one, notes in ((MIRA, "Window"), (IVO, "Door")):
        place.work.waitlist.enter_new(Choice(id=one.id, text=one.name))
        assert form.form().notes == ""
        form.notes.setPlainText(notes)
    place.work.waitlist.enter_new(Choice(id=MIRA.id, text=MIRA.name))
    assert (waits(form), form.form().notes, form.customer.isEnabled()) == ("Mira Holm", "Window", False)
    press(place.window.waitlist, "Add to waitlist")
    assert (waits(form), form.form().notes) == ("Ivo Lenz", "Door"), "the last one that was left"


def waits(form: WishFormView) -> str:
    """Who is chosen in a form of a wish."""
    customer = form.form().customer
    return customer.text if customer is not None else ""


def test_a_wish_that_is_refused_after_one_has_gone_on_is_kept_with_the_reason(place: Place) -> None:
    first, second = at_waitlist(place)
    view = place.window.waitlist
    press(view, "Edit")
    view.form.notes.setPlainText("Window")
    loses_the_right(place)
    press(view, "Save")
    click(view.list, second)
    place.until(lambda: place.said.startswith("Mira Holm: not saved, and kept under Waitlist. "))
    assert view.part == "wish"
    click(view.list, first)
    press(view, "Edit")
    assert view.form.form().notes == "Window"
    assert "may not" in view.form._message.text()
    assert wish_of(place, first).notes == ""


def test_a_wish_that_is_saved_leaves_alone_what_is_typed_since(place: Place) -> None:
    first, _ = at_waitlist(place)
    view = place.window.waitlist
    press(view, "Edit")
    view.form.notes.setPlainText("Window")
    press(view, "Save")
    press(view, "Add to waitlist")
    view.form.notes.setPlainText("Door")
    place.until(lambda: wish_of(place, first).notes == "Window" and "changed" in place.said)
    place.until(lambda: not details(view.list)[first].startswith("Not saved"))
    assert (view.part, view.form.form().notes, view.form.notes.isEnabled()) == ("form", "Door", True)


def test_a_click_beside_the_rows_is_none_on_the_chosen_one(place: Place) -> None:
    at_waitlist(place)
    view = place.window.waitlist
    press(view, "Edit")
    below = QPoint(10, view.list.viewport().height() - 5)
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=below)
    assert view.part == "form"
