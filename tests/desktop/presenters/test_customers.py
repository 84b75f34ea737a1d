"""The page of customers over a real replica: finding, correcting, agreeing, merging, booking from it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.operations import customers
from desktop.presenters.customer_words import _visit
from desktop.presenters.words import Words
from desktop.queries.duplicates import MOST_ALIKE
from desktop.store.replica import Replica
from desktop.views.customer_form import CustomerFormView
from shared.model.appointment import Appointment, Status
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.rules.apart import apart
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, MEMBER, MIRA, made_id


@pytest.fixture
def role() -> Role:
    return Role.TENANT_OWNER


def found(place: Place, customer_id: str = MIRA.id) -> Customer:
    one = place.desk.do(lambda replica: replica.tx().find(Customer, customer_id))
    assert one is not None
    return one


def open_page(place: Place, customer_id: str = MIRA.id) -> None:
    place.act("go_customers")
    place.work.customers.show_customer(customer_id)
    place.until(lambda: place.window.customers.part == "page" and place.window.customers.page._shown is not None)


def texts(place: Place) -> list[str]:
    return [row.title for row in place.window.customers.list.rows()]


def undo(place: Place) -> None:
    place.until(lambda: place.window.actions_by_name["undo"].isEnabled())
    place.act("undo")


def press(place: Place, name: str) -> None:
    """Click the button of this name, as soon as it is there."""

    def shown() -> list[QPushButton]:
        buttons = place.window.customers.findChildren(QPushButton)
        return [one for one in buttons if one.accessibleName() == name and one.isVisible()]

    place.until(lambda: bool(shown()))
    shown()[0].click()


def test_whoever_was_here_lately_is_listed_and_a_search_finds_others(place: Place) -> None:
    place.desk.edit(customers.create(name="Søren Ek", phones=["+45 20 12 34 56"]))
    place.act("go_customers")
    place.until(lambda: set(texts(place)) == {"Mira Holm", "Søren Ek"})
    place.window.customers.search.setText("20123")
    place.window.customers.queryChanged.emit("20123")
    place.until(lambda: texts(place) == ["Søren Ek"])


def test_a_page_says_who_it_is(place: Place) -> None:
    place.book(tomorrow(10))
    open_page(place)
    shown = place.window.customers.page._shown
    assert shown is not None
    assert shown.name == "Mira Holm"
    assert [one.link for one in shown.reaches] == ["tel:+49301234567"]
    assert [one.text for one in shown.visits] == ["Cut · Booked"]
    assert all(one.text.endswith("never asked") for one in shown.consents)


@pytest.mark.parametrize(
    ("by", "late", "said"),
    [("customer", True, "Cancelled late"), ("customer", False, "Cancelled"),
     ("business", True, "Cancelled by the business")],
)  # fmt: skip
def test_a_cancelled_visit_says_whose_doing_it_was(place: Place, *, by: str, late: bool, said: str) -> None:
    made = place.book(tomorrow(10))
    visit = place.desk.do(lambda replica: replica.tx().find(Appointment, made))
    assert visit is not None
    cancelled = replace(visit, status=Status.CANCELLED, cancelled_by=by, cancelled_late=late)
    assert _visit(cancelled, Words()).text == f"Cut · {said}"


def test_a_customer_is_corrected_field_by_field(place: Place) -> None:
    open_page(place)
    press(place, "Edit")
    form = place.window.customers.form
    form.name.setText("Mira Lund")
    form.phones.setPlainText("+49 30 1234567\n0171 5550")
    form.tags.setText("vip, regular")
    form.alert.setPlainText("Nickel")
    form.preferred.setCurrentIndex(form.preferred.findData(ANA.id))
    press(place, "Save")
    place.until(lambda: found(place).name == "Mira Lund" and place.window.customers.part == "page")
    one = found(place)
    assert (one.phones, one.tags, one.alert) == (("+49 30 1234567", "0171 5550"), ("vip", "regular"), "Nickel")
    assert one.preferred_id == ANA.id


def test_somebody_new_is_added_with_whom_they_prefer_in_one_step(place: Place) -> None:
    place.act("go_customers")
    place.window.customers.search.setText("0171 555")
    press(place, "New customer")
    form = place.window.customers.form
    assert form.form().phones == ("0171 555",)
    press(place, "Save")
    assert form._message.text() == "A name is needed."
    form.name.setText("Jo Weiß")
    form.preferred.setCurrentIndex(form.preferred.findData(ANA.id))
    press(place, "Save")

    def added(replica: Replica) -> list[tuple[str, str]]:
        return replica.database.rows("SELECT name, preferred_id FROM customer WHERE name LIKE 'Jo%' AND NOT archived")

    place.until(lambda: place.desk.do(added) == [("Jo Weiß", ANA.id)])
    undo(place)
    place.until(lambda: place.desk.do(added) == [])


def test_notes_words_and_numbers_are_kept_and_copied(place: Place) -> None:
    open_page(place)
    place.window.customers.page.note.setPlainText("Comes with a pram")
    press(place, "Add note")
    press(place, "Agrees: photos")
    place.until(lambda: [one.to for one in found(place).consents] == ["photos"])
    notes = place.desk.do(lambda replica: replica.database.rows("SELECT text, subject_id FROM note"))
    assert notes == [("Comes with a pram", MIRA.id)]
    press(place, "Copy +49 30 1234567")
    assert QGuiApplication.clipboard().text() == "+49 30 1234567"
    undo(place)
    place.until(lambda: found(place).consents == ())


def test_blocking_and_archiving_have_a_way_back(place: Place) -> None:
    open_page(place)
    press(place, "Block")
    place.until(lambda: found(place).blocked)
    place.until(lambda: not place.window.customers.page.book.isEnabled())
    undo(place)
    place.until(lambda: not found(place).blocked)
    press(place, "Archive")
    place.until(lambda: found(place).archived)


def archive(place: Place) -> None:
    one = found(place)
    manager = replace(one, archived=True)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, manager)))
    assert found(place).archived


@pytest.mark.parametrize("role", [Role.TENANT_STAFF, Role.TENANT_MANAGER])
def test_whom_somebody_archived_is_found_and_brought_back(place: Place) -> None:
    archive(place)
    place.act("go_customers")
    view = place.window.customers
    place.until(lambda: texts(place) == [])
    view.archived.click()
    place.until(lambda: texts(place) == ["Mira Holm"])
    QTest.keyClicks(view.search, "12345")
    place.until(lambda: view._heading.text() == "1 found")
    view.list.choose(MIRA.id)
    press(place, "Bring back")
    place.until(lambda: not found(place).archived)
    undo(place)
    place.until(lambda: found(place).archived)


def test_bringing_back_somebody_with_visits_is_undone_too(place: Place) -> None:
    place.book(tomorrow(10))
    archive(place)
    open_page(place)
    press(place, "Bring back")
    place.until(lambda: not found(place).archived)
    undo(place)
    place.until(lambda: found(place).archived)


def test_a_suggested_duplicate_is_compared_and_merged_for_good(place: Place) -> None:
    twin = place.desk.edit(customers.create(name="Mira Holm-Lund", phones=["030 1234567"])).subject
    place.book(tomorrow(10))
    open_page(place)
    place.until(lambda: bool(place.window.customers.page._shown and place.window.customers.page._shown.duplicates))
    press(place, "Compare with Mira Holm-Lund")
    place.until(lambda: place.window.customers.part == "merge")
    merge = place.window.customers.merge
    merge.keep[1].setChecked(True)
    merge.merge.click()
    question = place.window.customers.question
    assert question.isVisible()
    assert "no way back" in question._text.text()
    assert question.no.hasFocus() or not question.yes.isDefault()
    question.yes.click()
    place.until(lambda: found(place).merged_into == twin)
    assert place.appointments()[0].customer_id == twin
    place.until(lambda: place.window.customers.part == "page" and place.work.customers._chosen == twin)


def test_all_who_may_be_one_are_listed_and_merged_one_pair_after_another(place: Place) -> None:
    for name, phones, emails in (
        ("Mira Holm", ["030 1234567"], []),
        ("Jo Berg", ["040 7654321"], ["jo@berg.example"]),
        ("Ida Berg", ["+49 40 7654321"], ["JO@berg.example"]),
        ("Nobody Else", ["089 1111111"], []),
    ):
        place.desk.edit(customers.create(name=name, phones=phones, emails=emails))
    place.act("go_customers")
    view = place.window.customers
    view.duplicates.click()
    place.until(lambda: len(texts(place)) == 2)
    assert view._heading.text() == "2 pairs may be one person"
    assert texts(place)[0] == "Mira Holm"
    view.list.choose(view.list.rows()[0].id)
    place.until(lambda: view.part == "merge")
    view.merge.merge.click()
    view.question.yes.click()
    place.until(lambda: len(texts(place)) == 1)
    assert view._heading.text() == "1 pair may be one person"


def family(place: Place) -> str:
    """Somebody who shares a phone with Mira Holm, by the list of pairs open before the two."""
    son = place.desk.edit(customers.create(name="Jon Holm", phones=["030 1234567"])).subject
    place.act("go_customers")
    view = place.window.customers
    view.duplicates.click()
    place.until(lambda: texts(place) in (["Mira Holm · Jon Holm"], ["Jon Holm · Mira Holm"]))
    view.list.choose(view.list.rows()[0].id)
    place.until(lambda: view.part == "merge")
    return son


def test_two_who_are_kept_apart_are_suggested_no_more_until_that_is_undone(place: Place) -> None:
    family(place)
    view = place.window.customers
    assert [one.text() for one in (view.merge.merge, view.merge.apart)] == ["Merge…", "Keep apart"]
    view.merge.apart.click()
    place.until(lambda: view._heading.text() == "Nobody seems to be there twice")
    place.until(lambda: view.part == "empty")
    undo(place)
    place.until(lambda: view._heading.text() == "1 pair may be one person")


def three_pairs(place: Place) -> list[str]:
    """The list of three pairs; the ids of their rows."""
    for name, phone in (("Jo", "040 7654321"), ("Ada", "089 5550001"), ("Kim", "0711 5550002")):
        place.desk.edit(customers.create(name=f"{name} Berg", phones=[phone]))
        place.desk.edit(customers.create(name=f"{name} Thal", phones=[phone]))
    place.act("go_customers")
    place.window.customers.duplicates.click()
    place.until(lambda: len(texts(place)) == 3)
    return [one.id for one in place.window.customers.list.rows()]


def compared_row(place: Place) -> str:
    """The row of the two that are compared; nothing while none are."""
    view = place.window.customers
    return f"{view.merge._sides[0].id} {view.merge._sides[1].id}" if view.part == "merge" else ""


def chosen_row(place: Place) -> str:
    listing = place.window.customers.list
    return listing.rows()[listing.currentIndex().row()].id if listing.currentIndex().isValid() else ""


def test_whoever_keeps_two_apart_is_led_to_the_next_pair_and_after_the_last_to_the_first(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[1])
    place.until(lambda: compared_row(place) == rows[1])
    for following, left in ((rows[2], 2), (rows[0], 1)):
        view.merge.apart.click()
        place.until(lambda to=following: compared_row(place) == to)  # type: ignore[misc]
        place.until(lambda count=left: view._heading.text().startswith(f"{count} pair"))  # type: ignore[misc]
        place.until(lambda to=following: chosen_row(place) == to)  # type: ignore[misc]
    view.merge.apart.click()
    place.until(lambda: view._heading.text() == "Nobody seems to be there twice")
    place.until(lambda: view.part == "empty")


def test_whoever_clicks_twice_on_keep_apart_keeps_one_pair_apart(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    QTest.mouseClick(view.merge.apart, Qt.MouseButton.LeftButton)
    place.until(lambda: compared_row(place) == rows[1])
    QTest.mouseDClick(view.merge.apart, Qt.MouseButton.LeftButton)
    QTest.qWait(50)
    place.until(lambda: view._heading.text() == "2 pairs may be one person")
    assert compared_row(place) == rows[1]


def test_whoever_has_gone_on_to_another_pair_meanwhile_stays_there(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    view.merge.apart.click()
    view.list.choose(rows[2])
    place.until(lambda: view._heading.text() == "2 pairs may be one person")
    place.until(lambda: compared_row(place) == rows[2])
    answered(place)
    assert (compared_row(place), chosen_row(place)) == (rows[2], rows[2])


def merge(place: Place) -> None:
    """Make one of the two that are compared, and keep the first."""
    view = place.window.customers
    view.merge.merge.click()
    view.question.yes.click()


def test_whoever_merges_two_is_led_to_the_next_pair_and_from_the_last_to_whom_they_kept(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[1])
    place.until(lambda: compared_row(place) == rows[1])
    for following, left in ((rows[2], 2), (rows[0], 1)):
        merge(place)
        place.until(lambda to=following: compared_row(place) == to)  # type: ignore[misc]
        place.until(lambda count=left: view._heading.text().startswith(f"{count} pair"))  # type: ignore[misc]
        place.until(lambda to=following: chosen_row(place) == to)  # type: ignore[misc]
    merge(place)
    place.until(lambda: view._heading.text() == "Nobody seems to be there twice")
    place.until(lambda: view.part == "page" and place.work.customers._chosen == rows[0].split()[0])


def test_after_a_merge_nobody_is_led_to_a_pair_of_whom_there_is_no_more(place: Place) -> None:
    for name in ("Ada Berg", "Ada Thal", "Ada Zorn"):
        place.desk.edit(customers.create(name=name, phones=["089 5550001"]))
    place.act("go_customers")
    view = place.window.customers
    view.duplicates.click()
    place.until(lambda: len(texts(place)) == 3)
    rows = [one.id for one in view.list.rows()]
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    (shared,) = set(rows[0].split()) & set(rows[1].split())
    view.merge.keep[rows[0].split().index(shared) ^ 1].setChecked(True)
    merge(place)
    place.until(lambda: compared_row(place) == rows[2])
    place.until(lambda: view._heading.text() == "1 pair may be one person")
    place.until(lambda: chosen_row(place) == rows[2])
    assert shared not in rows[2]


def test_whoever_has_gone_on_to_another_pair_while_two_are_merged_stays_there(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    merge(place)
    view.list.choose(rows[2])
    place.until(lambda: view._heading.text() == "2 pairs may be one person")
    answered(place)
    assert (compared_row(place), chosen_row(place)) == (rows[2], rows[2])


def test_whoever_has_gone_on_to_a_page_while_two_are_merged_stays_there(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    place.work.customers.show_customer(MIRA.id)
    place.until(lambda: view.part == "page")
    view.page.compareRequested.emit(rows[1].split()[0])
    place.until(lambda: view.part == "merge")
    merge(place)
    place.work.customers.show_customer(rows[2].split()[0])
    place.until(lambda: place.said.startswith("Both are one customer now."))
    answered(place)
    assert (view.part, place.work.customers._chosen) == ("page", rows[2].split()[0])


def test_whoever_compares_from_a_page_is_not_led_into_the_list_of_pairs_behind(place: Place) -> None:
    rows, view = three_pairs(place), place.window.customers
    view.list.choose(rows[0])
    place.until(lambda: compared_row(place) == rows[0])
    one, other = rows[1].split()
    place.work.customers.show_customer(one)
    place.until(lambda: view.part == "page")
    view.page.compareRequested.emit(other)
    place.until(lambda: compared_row(place) == rows[1])
    merge(place)
    place.until(lambda: view.part == "page" and view._heading.text() == "2 pairs may be one person")
    assert place.work.customers._chosen == one


def test_whoever_was_kept_apart_stands_below_on_the_page_and_is_suggested_again(place: Place) -> None:
    son = family(place)
    place.window.customers.merge.apart.click()
    open_page(place, son)

    def shown() -> tuple[list[str], list[str]]:
        told = place.window.customers.page._shown
        assert told is not None
        return [one.text for one in told.duplicates], [one.text for one in told.kept_apart]

    place.until(lambda: shown() == ([], ["Mira Holm"]))
    press(place, "Compare with Mira Holm")
    place.until(lambda: place.window.customers.part == "merge")
    merge = place.window.customers.merge
    assert "two people" in merge._told.text()
    assert merge.apart.text() == "Suggest again"
    merge.apart.click()
    place.until(lambda: shown() == (["Mira Holm"], []))


def test_two_who_were_kept_apart_are_merged_by_whoever_has_seen_that(place: Place) -> None:
    son = family(place)
    place.window.customers.merge.apart.click()
    open_page(place, son)
    press(place, "Compare with Mira Holm")
    place.until(lambda: place.window.customers.part == "merge")
    place.window.customers.merge.merge.click()
    place.window.customers.question.yes.click()
    place.until(lambda: found(place).merged_into == son)


def test_what_another_desk_found_out_meanwhile_is_shown_before_anybody_is_merged(place: Place) -> None:
    son = family(place)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, apart(MIRA.id, CustomerId(son)))))
    view = place.window.customers
    view.merge.merge.click()
    view.question.yes.click()
    place.until(lambda: view.merge.apart.text() == "Suggest again")
    assert found(place).merged_into is None
    assert "two people" in place.window.toast.accessibleName()


def test_whoever_searches_leaves_the_list_of_pairs(place: Place) -> None:
    place.act("go_customers")
    view = place.window.customers
    view.duplicates.click()
    place.until(lambda: view._heading.text() == "Nobody seems to be there twice")
    QTest.keyClicks(view.search, "Mira")
    assert not view.is_of_pairs
    place.until(lambda: texts(place) == ["Mira Holm"])


def test_many_who_share_a_number_are_no_pairs(place: Place) -> None:
    for number in range(MOST_ALIKE + 1):
        place.desk.edit(customers.create(name=f"Guest {number}", phones=["030 5550000"]))
    place.act("go_customers")
    place.window.customers.duplicates.click()
    place.until(lambda: place.window.customers._heading.text() == "Nobody seems to be there twice")


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_those_who_may_not_merge_are_offered_no_list(place: Place) -> None:
    place.act("go_customers")
    assert place.window.customers.duplicates.isHidden()


def test_a_customer_is_booked_from_the_page(place: Place) -> None:
    open_page(place)
    place.window.customers.page.book.click()
    place.until(lambda: place.window.page == "book" and place.window.book_page.open_panel == "booking")
    chosen = place.window.book_page.booking.customer.customer()
    assert chosen is not None
    assert chosen.id == MIRA.id


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_are_told_whom_to_ask(place: Place) -> None:
    place.desk.edit(customers.create(name="Mira Lund", phones=["030 1234567"]))
    open_page(place)
    place.until(lambda: bool(place.window.customers.page._shown and place.window.customers.page._shown.duplicates))
    shown = place.window.customers.page._shown
    assert shown is not None
    assert all(one.why_not for one in shown.deeds)
    assert shown.merge_why_not


def customers_named(place: Place, name: str) -> int:
    rows = place.desk.do(lambda replica: replica.database.rows("SELECT id FROM customer WHERE name = ?", (name,)))
    return len(rows)


def entered(place: Place, name: str) -> CustomerFormView:
    """The form of somebody new, with this name typed in."""
    place.act("go_customers")
    press(place, "New customer")
    form = place.window.customers.form
    QTest.keyClicks(form.name, name)
    return form


def answered(place: Place) -> None:
    """Wait until whatever was asked for has been answered, and what that asked for."""
    for _ in range(3):
        place.desk.do(lambda replica: None)
        QTest.qWait(0)


def test_whoever_saves_somebody_twice_adds_them_once(place: Place) -> None:
    form = entered(place, "Ivo Lenz")
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    QTest.keyClick(form.name, Qt.Key.Key_Return)
    form.save.click()
    place.until(lambda: place.window.customers.part == "page")
    assert customers_named(place, "Ivo Lenz") == 1


def test_somebody_who_is_refused_still_stands_in_the_form_with_the_reason(place: Place) -> None:
    form = entered(place, "Ivo Lenz")
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.PLATFORM_SALES))))
    form.save.click()
    assert not form.phones.isEnabled(), "what is typed now would be lost"
    place.until(lambda: "may not" in form._message.text())
    assert (place.window.customers.part, form.name.text(), form.phones.isEnabled()) == ("form", "Ivo Lenz", True)


def test_somebody_who_is_refused_with_whom_they_prefer_is_said_to_be_refused_and_nothing_else(place: Place) -> None:
    form = entered(place, "Ivo Lenz")
    form.preferred.setCurrentIndex(form.preferred.findData(ANA.id))
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.PLATFORM_SALES))))
    form.save.click()
    place.until(lambda: "may not" in form._message.text())
    answered(place)
    assert place.said == ""
    assert form.form().preferred_id == ANA.id


def test_somebody_new_who_is_taken_back_before_they_are_answered_is_changed_no_more(place: Place) -> None:
    form = entered(place, "Ivo Lenz")
    form.preferred.setCurrentIndex(form.preferred.findData(ANA.id))
    form.save.click()
    # The key is as fast as the hand: its step is taken before the window has heard of the adding.
    place.desk.do(lambda replica: replica.undo(None))
    answered(place)
    rows = place.desk.do(
        lambda replica: replica.database.rows("SELECT archived, preferred_id FROM customer WHERE name = 'Ivo Lenz'")
    )
    assert rows == [(1, None)]


def test_whoever_has_gone_on_while_somebody_is_saved_stays_there(place: Place) -> None:
    open_page(place)
    form = entered(place, "Ivo Lenz")
    form.save.click()
    place.work.customers.show_customer(MIRA.id)
    place.until(lambda: customers_named(place, "Ivo Lenz") == 1 and "Ivo Lenz added" in place.said)
    place.until(lambda: place.window.customers.part == "page")
    assert place.work.customers._chosen == MIRA.id


def test_a_note_is_added_once_and_what_is_written_meanwhile_is_another(place: Place) -> None:
    open_page(place)
    page = place.window.customers.page
    QTest.keyClicks(page.note, "Likes tea")
    page.add_note.click()
    page.add_note.click()
    QTest.keyClicks(page.note, "No sugar")
    place.until(lambda: "Noted about Mira Holm" in place.said)
    assert page.note.toPlainText() == "No sugar"
    notes = place.desk.do(lambda replica: replica.database.rows("SELECT text FROM note"))
    assert notes == [("Likes tea",)]


def test_a_note_that_is_refused_stands_with_whom_it_was_written_about(place: Place) -> None:
    other = made_id("ivo")
    ivo = replace(MIRA, id=CustomerId(other), name="Ivo Lenz", phones=())
    place.desk.do(lambda replica: replica.apply_lines(patch(2, ivo)))
    open_page(place)
    page = place.window.customers.page
    QTest.keyClicks(page.note, "Likes tea")
    place.desk.do(lambda replica: replica.apply_lines(patch(3, replace(MEMBER, role=Role.PLATFORM_SALES))))
    page.add_note.click()
    QTest.keyClicks(page.note, "No sugar")
    place.until(lambda: "may not" in place.said)
    assert page.note.toPlainText() == "Likes tea\nNo sugar"
    place.work.customers.show_customer(other)
    place.until(lambda: page._shown is not None and page._shown.id == other)
    assert page.note.toPlainText() == ""
    place.work.customers.show_customer(MIRA.id)
    place.until(lambda: page._shown is not None and page._shown.id == MIRA.id)
    assert page.note.toPlainText() == "Likes tea\nNo sugar"
