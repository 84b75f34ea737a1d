"""The owner's set-up over a real book: services, people and rooms, hours, policies; offline, and undone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPushButton

from desktop.operations import blocks
from desktop.presenters.drafts import UNANSWERED
from desktop.presenters.setup import typed
from desktop.store import finding
from desktop.views.block_dialog import BlockDialog
from desktop.views.setup.listing import _ID
from desktop.views.setup.page import SetupView
from desktop.views.setup.week import OTHER_DATES
from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import HoursRuleId, OwnerId
from shared.model.business import Business, Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.member import Role
from shared.model.registry import E
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.desktop.presenters.test_plans import under
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MEMBER


@pytest.fixture
def role() -> Role:
    return Role.TENANT_OWNER


def every(place: Place, cls: type[E]) -> list[E]:
    from desktop.store.finding import _select

    return place.desk.do(lambda replica: _select(replica.database, cls, ""))


def row(place: Place, cls: type[E], row_id: str) -> E:
    found = place.desk.do(lambda replica: replica.tx().find(cls, row_id))
    assert found is not None
    return found


def page(place: Place, part: str) -> SetupView:
    place.act("go_setup")
    place.window.setup.show_part(part)
    place.until(lambda: place.work.setup.policies._told is not None and not place.work.setup._questions._asking)
    return place.window.setup


def type_into(editor: object, text: str) -> None:
    assert isinstance(editor, QLineEdit)
    # As a paste does; QTest's keys are ASCII alone.
    editor.selectAll()
    editor.insert(text)


def error_of(place: Place, name: str) -> str:
    return place.window.setup.services.form.editor(name)._error.text()


# Services


def test_a_service_is_added_by_keyboard_offline_and_undone(place: Place) -> None:
    view = page(place, "services").services
    view.new.click()
    type_into(view.form.editor("name").editor, "Balayage")
    type_into(view.form.editor("category").editor, "Hair")
    type_into(view.form.editor("price").editor, "165,50")
    type_into(view.form.editor("processing").editor, "30")
    QTest.keyClick(view.form.editor("processing").editor, Qt.Key.Key_Return)
    place.until(lambda: any(one.name == "Balayage" for one in every(place, Service)))
    (made,) = (one for one in every(place, Service) if one.name == "Balayage")
    assert (made.price, made.processing, made.category) == (16550, 30, "Hair")
    assert made.needs == (Need(kind=ResourceKind.STAFF, during=During.HANDS_ON),)
    place.until(lambda: "Added Balayage" in place.said)
    place.act("undo")
    place.until(lambda: row(place, Service, made.id).archived)


def test_what_is_pressed_twice_is_added_once(place: Place) -> None:
    view = page(place, "services").services
    view.new.click()
    type_into(view.form.editor("name").editor, "Balayage")
    view.form.save.click()
    view.form.save.click()
    place.until(lambda: "Added Balayage" in place.said)
    place.until(lambda: place.work.setup.services._chosen != "")
    assert [one.name for one in every(place, Service)].count("Balayage") == 1


def test_a_service_that_is_begun_while_another_is_saved_stays(place: Place) -> None:
    view = page(place, "services").services
    view.new.click()
    type_into(view.form.editor("name").editor, "Balayage")
    view.form.save.click()
    view.new.click()
    type_into(view.form.editor("name").editor, "Perm")
    place.until(lambda: "Balayage" in {one.name for one in place.work.setup.services._told.services})  # type: ignore[union-attr]
    assert view.form.texts()["name"] == "Perm"
    view.form.save.click()
    place.until(lambda: "Added Perm" in place.said)
    assert {"Balayage", "Perm"} <= {one.name for one in every(place, Service)}


def test_what_is_typed_on_while_it_is_saved_stays_and_is_saved_after_it(place: Place) -> None:
    view = page(place, "services").services
    view.new.click()
    type_into(view.form.editor("name").editor, "Balayage")
    view.form.save.click()
    type_into(view.form.editor("price").editor, "165")
    place.until(lambda: place.work.setup.services._seen is not None)
    assert (view.form.texts()["price"], view.form.save.text()) == ("165", "Save")
    view.form.save.click()
    place.until(lambda: [one.price for one in every(place, Service) if one.name == "Balayage"] == [16500])
    place.until(lambda: (seen := place.work.setup.services._seen) is not None and seen.price == 16500)
    type_into(view.form.editor("price").editor, "170")
    view.form.save.click()
    type_into(view.form.editor("price").editor, "175")
    place.until(lambda: [one.price for one in every(place, Service) if one.name == "Balayage"] == [17000])
    place.until(lambda: (seen := place.work.setup.services._seen) is not None and seen.price == 17000)
    assert view.form.texts()["price"] == "175"
    view.form.save.click()
    place.until(lambda: [one.price for one in every(place, Service) if one.name == "Balayage"] == [17500])


def loses_the_right(place: Place) -> None:
    """The server tells that the person at the desk may set up nothing more; the page stands as it is."""
    sales = replace(MEMBER, role=Role.PLATFORM_SALES)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, sales)))


def listed(place: Place, part: str) -> dict[str, str]:
    """What is said of each entry of a list, by its id."""
    view = place.window.setup.services if part == "services" else place.window.setup.places
    return {one.id: f"{one.title}: {one.detail}" for one in view.list._rows if one.id}


def choose(place: Place, part: str, row_id: str) -> None:
    """Click an entry."""
    view = place.window.setup.services if part == "services" else place.window.setup.places
    entry = next(one for number in range(view.list.count()) if (one := view.list.item(number)).data(_ID) == row_id)
    at = view.list.visualItemRect(entry).center()
    QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    place.until(lambda: view.form._shown is not None and view.form._shown.id == row_id)


def unsaved(place: Place, part: str) -> list[str]:
    return [one for one, said in listed(place, part).items() if ": Not saved" in said]


def test_a_service_that_is_half_typed_is_there_again_after_another_was_looked_at(place: Place) -> None:
    view = page(place, "services").services
    choose(place, "services", CUT.id)
    type_into(view.form.editor("price").editor, "51")
    view.needs.add.click()
    needs = view.needs.needs()
    ana = next(iter(view.terms.terms()))
    type_into(view.terms._lines[ana][0], "60")
    choose(place, "services", COLOUR.id)
    assert view.form.texts()["name"] == "Colour"
    assert not view.form.is_changed
    assert unsaved(place, "services") == [CUT.id]
    choose(place, "services", CUT.id)
    assert (view.form.texts()["price"], view.needs.needs(), view.terms.terms()[ana][0]) == ("51", needs, "60")
    assert view.form.save.isEnabled()
    assert unsaved(place, "services") == []
    view.form.back.click()
    assert (view.form.texts()["price"], view.form.is_changed) == ("45.00", False)


def test_a_new_service_that_is_half_typed_is_there_again(place: Place) -> None:
    view = page(place, "services").services
    view.new.click()
    type_into(view.form.editor("name").editor, "Perm")
    choose(place, "services", CUT.id)
    view.new.click()
    assert view.form.texts()["name"] == "Perm"
    view.form.back.click()
    view.new.click()
    assert view.form.texts()["name"] == ""


def test_a_service_that_is_refused_is_kept_with_its_reason_by_whoever_has_gone_on(place: Place) -> None:
    view = page(place, "services").services
    choose(place, "services", CUT.id)
    type_into(view.form.editor("price").editor, "51")
    loses_the_right(place)
    view.form.save.click()
    choose(place, "services", COLOUR.id)
    place.until(lambda: place.said.startswith("Cut: not saved, and kept in the set-up. "))
    assert view.form.texts()["name"] == "Colour"
    assert view.form._message.text() == "", "it is not about this one"
    choose(place, "services", CUT.id)
    assert view.form.texts()["price"] == "51"
    assert "may not" in view.form._message.text()
    assert row(place, Service, CUT.id).price == CUT.price


def test_a_service_that_is_refused_is_told_on_another_page_and_stays_in_its_form(place: Place) -> None:
    view = page(place, "services").services
    choose(place, "services", CUT.id)
    type_into(view.form.editor("price").editor, "51")
    loses_the_right(place)
    view.form.save.click()
    place.act("go_book")
    place.until(lambda: place.said.startswith("Cut: not saved, and kept in the set-up. "))
    assert (view.form.texts()["price"], view.form.is_changed) == ("51", True)


def test_a_service_that_is_saved_by_whoever_has_gone_on_is_not_shown_as_half_typed(place: Place) -> None:
    view = page(place, "services").services
    choose(place, "services", CUT.id)
    type_into(view.form.editor("price").editor, "51")
    view.form.save.click()
    choose(place, "services", COLOUR.id)
    place.until(lambda: "Saved Cut" in place.said)
    place.until(lambda: unsaved(place, "services") == [])
    choose(place, "services", CUT.id)
    place.until(lambda: view.form.texts()["price"] == "51.00")
    assert not view.form.is_changed


def test_a_person_whose_change_is_asked_about_is_saved_though_another_is_shown_by_then(place: Place) -> None:
    place.book(tomorrow(10))
    view = page(place, "places").places
    choose(place, "places", ANA.id)
    type_into(view.form.editor("name").editor, "Ana Maria")
    view.form.save.click()
    choose(place, "places", BEN.id)
    assert listed(place, "places")[ANA.id] == "Ana: Not saved", "and no dot before nothing"
    type_into(view.form.editor("name").editor, "Benno")
    place.until(lambda: row(place, Resource, ANA.id).name == "Ana Maria" and "Saved Ana Maria" in place.said)
    place.until(lambda: listed(place, "places")[ANA.id].startswith("Ana Maria: "))
    assert (view.form.texts()["name"], view.form.is_changed, view.form.seen) == ("Benno", True, BEN)
    assert row(place, Resource, BEN.id).name == "Ben"


def test_a_room_that_is_begun_while_another_is_saved_stays(place: Place) -> None:
    view = page(place, "places").places
    for name in ("Room 7", "Room 8"):
        view.new.click()
        type_into(view.form.editor("name").editor, name)
        view.form.save.click()
        view.form.save.click()
    place.until(lambda: {"Room 7"} <= {one.name for one in every(place, Resource)})
    place.until(lambda: "Room 7" in {one.name for one in place.work.setup.places._told.resources})  # type: ignore[union-attr]
    assert view.form.texts()["name"] == "Room 8"
    view.form.save.click()
    place.until(lambda: "Added Room 8" in place.said)
    assert sorted(one.name for one in every(place, Resource) if one.name.startswith("Room")) == ["Room 7", "Room 8"]


def test_a_week_that_is_refused_is_kept_with_its_reason_by_whoever_has_gone_on(place: Place) -> None:
    view = page(place, "hours").hours
    view.rowChosen.emit(ANA.id)
    type_into(view.week.lines[0], "7-11")
    loses_the_right(place)
    view.week.save.click()
    view.rowChosen.emit(BEN.id)
    assert view.week.days()[0] != "7-11"
    place.until(lambda: place.said.startswith("Hours of Ana: not saved, and kept in the set-up. "))
    assert view.week._message.text() == "", "it is not about this one"
    view.rowChosen.emit(ANA.id)
    assert view.week.days()[0] == "7-11"
    assert "may not" in view.week._message.text()
    view.week.back.click()
    assert (view.week.days()[0], view.week.is_changed) != ("7-11", True)


def test_a_service_that_was_being_saved_when_another_took_the_desk_says_so(place: Place) -> None:
    view = page(place, "services").services
    choose(place, "services", CUT.id)
    type_into(view.form.editor("price").editor, "51")
    view.form.save.click()
    place.cut_link()
    held = place.work.let_go()
    assert view.form.texts() == {}
    assert not view.form.save.isEnabled()
    (draft,) = held.setup.forms["services"]
    assert (draft.texts["price"], draft.why) == ("51", UNANSWERED)


def test_hours_that_are_half_typed_stay_with_whose_they_are_and_the_list_says_so(place: Place) -> None:
    view = page(place, "hours").hours
    view.rowChosen.emit(ANA.id)
    view.week.seasonChosen.emit(OTHER_DATES)
    type_into(view.week.lines[0], "7-11")
    type_into(view.hours, "10-14")
    type_into(view.reason, "Training")
    view.calendar.setSelectedDate(QDate(2027, 3, 4))
    view.rowChosen.emit(BEN.id)
    assert (view.week.days()[0], view.typed) == ("", ("", ""))
    assert [one.title for one in view.list._rows if one.detail.startswith("Not saved · ")] == ["Ana"]
    view.calendar.setSelectedDate(QDate(2027, 5, 6))
    view.rowChosen.emit(ANA.id)
    assert (view.week.season.currentData(), view.week.days()[0]) == (OTHER_DATES, "7-11")
    assert (view.typed, view.day) == (("10-14", "Training"), date(2027, 3, 4))
    assert not any(one.detail.startswith("Not saved") for one in view.list._rows)


def test_a_date_that_is_saved_by_whoever_has_gone_on_is_not_there_again(place: Place) -> None:
    view = page(place, "hours").hours
    view.rowChosen.emit(ANA.id)
    type_into(view.hours, "10-14")
    view.calendar.setSelectedDate(QDate(2027, 3, 4))
    view.other_hours.click()
    view.rowChosen.emit(BEN.id)
    type_into(view.reason, "Training")
    place.until(lambda: "other hours" in place.said)
    assert view.typed == ("", "Training")
    view.rowChosen.emit(ANA.id)
    assert view.typed == ("", "")
    assert [one.title for one in view.list._rows if one.detail.startswith("Not saved · ")] == ["Ben"]
    view.rowChosen.emit(BEN.id)
    assert view.typed == ("", "Training")


def test_hours_of_another_that_are_typed_while_a_week_is_saved_stay(place: Place) -> None:
    view = page(place, "hours").hours
    place.work.setup.hours._choose(ANA.id)
    type_into(view.week.lines[0], "9-17")
    view.week.save.click()
    place.work.setup.hours._choose(BEN.id)
    view.week.lines[1].setText("10-18")
    view.week._touch()
    place.until(lambda: [one.owner_id for one in every(place, HoursRule)] == [OwnerId(ANA.id)])
    place.until(lambda: any(one.owner_id == ANA.id for one in place.work.setup.hours._told.rules))  # type: ignore[union-attr]
    assert view.week.days()[1] == "10-18"
    assert view.week.is_changed


def test_bad_input_stands_beside_its_field_and_changes_nothing(place: Place) -> None:
    view = page(place, "services").services
    place.work.setup.services._choose(CUT.id)
    for name, text in (("name", " "), ("price", "12,3456"), ("active", "soon"), ("capacity", "0")):
        type_into(view.form.editor(name).editor, text)
    view.form.save.click()
    assert error_of(place, "name") == "Enter a name."
    assert error_of(place, "price") == "This is no amount in EUR. Write it like 45.50."
    assert error_of(place, "active") == "Enter the minutes as a whole number."
    assert error_of(place, "capacity") == "This must be from 1 to 10,000."
    assert place.window.focusWidget() is view.form.editor("name").editor
    assert row(place, Service, CUT.id) == CUT


def test_needs_and_terms_are_set_and_drawn(place: Place) -> None:
    view = page(place, "services").services
    place.work.setup.services._choose(COLOUR.id)
    view.needs.add.click()
    (need,) = view.needs._lines
    need.whom.setCurrentIndex(need.whom.findData("STAFF*"))
    view.form.save.click()
    assert need._error.text() == "Tick at least one."
    for number in range(need.certain.count()):
        need.certain.item(number).setCheckState(Qt.CheckState.Checked)
    need.during.setCurrentIndex(need.during.findData("hands_on"))
    lines = view.terms._lines[BEN.id]
    type_into(lines[0], "80")
    type_into(lines[1], "40")
    assert view.phases._shown.minutes == (5, 30, 30, 20, 10)
    assert [lane.spans for lane in view.phases._shown.lanes] == [((0, 35), (65, 95))]
    assert "Before 5 minutes" in view.phases.accessibleDescription()
    view.form.save.click()
    place.until(lambda: bool(row(place, Service, COLOUR.id).needs))
    after = row(place, Service, COLOUR.id)
    assert after.needs == (Need(kind=ResourceKind.STAFF, any_of=(ANA.id, BEN.id), during=During.HANDS_ON),)
    assert after.terms == (Terms(resource_id=BEN.id, price=8000, active=40),)
    place.until(lambda: "Saved Colour" in place.said)
    place.act("undo")
    place.until(lambda: row(place, Service, COLOUR.id) == COLOUR)


def test_what_was_begun_stays_when_the_book_changes(place: Place) -> None:
    view = page(place, "services").services
    place.work.setup.services._choose(CUT.id)
    type_into(view.form.editor("name").editor, "Cut and")
    place.book(tomorrow(10))
    place.work.setup._ask()
    place.until(lambda: not place.work.setup._questions._asking)
    assert view.form.texts()["name"] == "Cut and"


def test_a_service_is_archived_and_brought_back(place: Place) -> None:
    view = page(place, "services").services
    place.work.setup.services._choose(CUT.id)
    view.form.archive.click()
    place.until(lambda: row(place, Service, CUT.id).archived)
    place.until(lambda: view.form.archive.text() == "Bring back")
    assert not view.form.editor("name").isEnabled()
    view.form.archive.click()
    place.until(lambda: not row(place, Service, CUT.id).archived)


# People and rooms


def add_cabin(place: Place, name: str) -> None:
    view = place.window.setup.places
    view.new.click()
    kind = view.form.editor("kind").editor
    assert isinstance(kind, QComboBox)
    kind.setCurrentIndex(kind.findData("ROOM"))
    type_into(view.form.editor("name").editor, name)
    type_into(view.form.editor("pool").editor, "Cabin")
    view.form.save.click()


def test_a_room_is_added_and_the_plan_says_where_there_is_no_more_room(place: Place) -> None:
    under(place, resources=3)
    form = page(place, "places").places.form
    add_cabin(place, "Cabin 1")
    place.until(lambda: form.seen is not None)
    add_cabin(place, "Cabin 2")
    place.until(lambda: bool(form._message.text()))
    assert form._message.text() == "The plan Free has room for 3 people, rooms and pieces of equipment."
    assert form.texts()["name"] == "Cabin 2"
    (made,) = (one for one in every(place, Resource) if one.pool == "Cabin")
    assert (made.name, made.kind, made.position) == ("Cabin 1", ResourceKind.ROOM, 2)


def test_the_order_is_changed_by_keyboard_and_undone_as_one(place: Place) -> None:
    view = page(place, "places").places
    place.work.setup.places._choose(BEN.id)
    QTest.keyClick(view.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    place.until(lambda: row(place, Resource, BEN.id).position == 0)
    place.until(lambda: row(place, Resource, ANA.id).position == 1)
    place.until(lambda: "order" in place.said)
    place.act("undo")
    place.until(lambda: [row(place, Resource, one.id).position for one in (ANA, BEN)] == [0, 1])


def test_a_lowered_capacity_tells_first_which_visits_have_no_place(place: Place) -> None:
    view = page(place, "places").places
    place.work.setup.places._choose(ANA.id)
    type_into(view.form.editor("capacity").editor, "2")
    view.form.save.click()
    place.until(lambda: row(place, Resource, ANA.id).capacity == 2)
    for _ in range(2):
        place.book(tomorrow(10))
    place.act("go_setup")
    place.until(lambda: view.form.texts()["capacity"] == "2")
    type_into(view.form.editor("capacity").editor, "1")
    view.form.save.click()
    asking = place.window.setup.consequences
    place.until(asking.isVisible)
    assert len(asking.lines.findChildren(QPushButton)) == 1
    assert row(place, Resource, ANA.id).capacity == 2
    asking.no.click()
    assert row(place, Resource, ANA.id).capacity == 2
    view.form.save.click()
    place.until(asking.isVisible)
    asking.yes.click()
    place.until(lambda: row(place, Resource, ANA.id).capacity == 1)
    assert len(place.appointments()) == 2


def test_a_location_is_added_in_a_zone_that_there_is(place: Place) -> None:
    view = page(place, "places").places
    view.new_location.click()
    type_into(view.form.editor("name").editor, "East")
    type_into(view.form.editor("zone").editor, "Europe/Atlantis")
    view.form.save.click()
    place.until(lambda: bool(view.form._message.text()))
    assert "Europe/Atlantis" in view.form._message.text()
    type_into(view.form.editor("zone").editor, "Europe/Paris")
    view.form.save.click()
    place.until(lambda: {one.name for one in every(place, Location)} == {"Mitte", "East"})


def test_another_clock_is_told_first_keeps_wall_times_and_is_undone(place: Place) -> None:
    place.book(tomorrow(10))
    view = page(place, "places").places
    view.list.rowChosen.emit(LOCATION.id)
    type_into(view.form.editor("name").editor, "West")
    type_into(view.form.editor("zone").editor, "America/New_York")
    view.form.save.click()
    asking = place.window.setup.consequences
    place.until(asking.isVisible)
    assert "keeps its time on the wall" in asking._text.text()
    (line,) = [one for one in asking.lines.findChildren(QLabel) if "Mira Holm" in one.text()]
    assert "10:00 – 10:45" in line.text()
    assert any(one.text() == "6 h later." for one in asking.lines.findChildren(QLabel))
    assert row(place, Location, LOCATION.id).zone == "Europe/Berlin"
    asking.yes.click()
    assert place.said == "Changing the clock of Mitte…"
    place.until(lambda: row(place, Location, LOCATION.id).zone == "America/New_York")
    (visit,) = place.appointments()
    assert visit.starts_at == tomorrow(16)
    assert visit.wall_start.endswith("T10:00:00")
    assert row(place, Location, LOCATION.id).name == "West"
    place.act("undo")
    place.until(lambda: row(place, Location, LOCATION.id).zone == "Europe/Berlin")
    assert place.appointments()[0].starts_at == tomorrow(10)
    place.until(lambda: row(place, Location, LOCATION.id).name == "Mitte")


def test_a_clock_that_there_is_not_is_said_at_its_field(place: Place) -> None:
    view = page(place, "places").places
    view.list.rowChosen.emit(LOCATION.id)
    type_into(view.form.editor("zone").editor, "Europe/Atlantis")
    view.form.save.click()
    place.until(lambda: "Europe/Atlantis" in view.form.editor("zone")._error.text())


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_leaves_the_clock_of_a_location(place: Place) -> None:
    view = page(place, "places").places
    view.list.rowChosen.emit(LOCATION.id)
    assert not view.form.editor("zone").editor.isEnabled()


# Hours


def hours(place: Place, owner: str) -> SetupView:
    view = page(place, "hours")
    place.work.setup.hours._choose(owner)
    return view


def test_a_week_is_typed_copied_saved_and_undone_as_one(place: Place) -> None:
    view = hours(place, ANA.id).hours
    type_into(view.week.lines[0], "9-12:30, 14:00 – 18")
    view.week.copy_from.setCurrentIndex(view.week.copy_from.findData(0))
    view.week.copy_week.click()
    type_into(view.week.lines[5], "20:00–2:00")
    type_into(view.week.lines[6], "18–24")
    QTest.keyClick(view.week.lines[6], Qt.Key.Key_Return)
    place.until(lambda: len(every(place, HoursRule)) == 12)
    rules = sorted(every(place, HoursRule), key=lambda one: (one.weekday, one.opens))
    assert [(one.opens, one.closes) for one in rules if one.weekday == 4] == [(540, 750), (840, 1080)]
    assert [(one.opens, one.closes) for one in rules if one.weekday > 4] == [(1200, 1560), (1080, 1440)]
    place.until(lambda: view.week.lines[6].text() == "18:00–24:00")
    assert (view.week.lines[0].text(), view.week.lines[5].text()) == ("09:00–12:30, 14:00–18:00", "20:00–02:00")
    place.act("undo")
    place.until(lambda: not every(place, HoursRule))


def sets_hours(place: Place, day: int, text: str, key: int, owner: str = ANA.id) -> None:
    """A day of the week that another desk has set comes with a sync."""
    opens, closes = typed.opening(text)
    rule = HoursRule(
        id=HoursRuleId(ids.derived_id("hours", owner, str(day), "0")), owner_id=OwnerId(owner), weekday=day,
        opens=opens, closes=closes,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(key, rule)))


def tell(place: Place, count: int) -> None:
    place.work.setup._ask()
    place.until(lambda: len(place.work.setup.hours._told.rules) == count)  # type: ignore[union-attr]


def test_what_others_set_of_a_week_that_is_half_typed_is_told_and_taken_over(place: Place) -> None:
    view = hours(place, ANA.id).hours
    type_into(view.week.lines[0], "7-11")
    sets_hours(place, 1, "9-17", 2)
    tell(place, 1)
    assert (view.week.days()[0], view.week.days()[1]) == ("7-11", "09:00–17:00")
    assert view.week._message.text() == ""
    sets_hours(place, 0, "10-18", 3)
    tell(place, 2)
    assert view.week._message.text() == (
        "Changed meanwhile: Monday is 10:00–18:00. Saving puts what stands here in its place."
    )
    view.week.save.click()
    place.until(lambda: not view.week.is_changed)
    rules = {one.weekday: (one.opens, one.closes) for one in every(place, HoursRule)}
    assert rules == {0: (420, 660), 1: (540, 1020)}


def test_hours_that_others_set_unseen_are_not_written_over(place: Place) -> None:
    view = hours(place, ANA.id).hours
    type_into(view.week.lines[0], "7-11")
    # It has come, and the page has not been told yet.
    sets_hours(place, 0, "10-18", 2)
    view.week.save.click()
    place.until(lambda: bool(view.week._message.text()))
    assert view.week._message.text() == (
        "The hours of Ana on Mondays were changed meanwhile: they were closed and are 10:00–18:00 now."
    )
    assert [(one.opens, one.closes) for one in every(place, HoursRule)] == [(600, 1080)]
    tell(place, 1)
    assert view.week._message.text().startswith("Changed meanwhile: Monday is 10:00–18:00.")
    view.week.save.click()
    place.until(lambda: not view.week.is_changed)
    assert [(one.opens, one.closes) for one in every(place, HoursRule)] == [(420, 660)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("9", "“9” is no time. Write it like 9:00–18:00."),
        ("9–25:61", "“25:61” is no time. Write it like 9:00–18:00."),
        ("9–12, 11–15", "These times overlap."),
    ],
)
def test_hours_that_cannot_be_read_are_told_beside_their_day(place: Place, text: str, why: str) -> None:
    view = hours(place, ANA.id).hours
    type_into(view.week.lines[2], text)
    view.week.save.click()
    assert view.week._errors[2].text() == why
    assert not every(place, HoursRule)


def test_hours_of_a_season_stand_beside_those_that_hold_always(place: Place) -> None:
    view = hours(place, ANA.id).hours
    type_into(view.week.lines[0], "9–18")
    view.week.save.click()
    place.until(lambda: len(every(place, HoursRule)) == 1)
    place.until(lambda: not view.week.is_changed)
    place.work.setup.hours._choose_season("other")
    type_into(view.week.since, "2030-06-01")
    type_into(view.week.until, "2030-05-01")
    type_into(view.week.lines[0], "18–22")
    view.week.save.click()
    assert view.week._dates_error.text() == "The last day must be on or after the first."
    type_into(view.week.until, "2030-08-31")
    view.week.save.click()
    place.until(lambda: bool(view.week._message.text()) or len(every(place, HoursRule)) == 2)
    assert view.week._message.text() == ""
    (season,) = (one for one in every(place, HoursRule) if one.valid_from)
    assert (season.valid_from, season.valid_to) == (date(2030, 6, 1), date(2030, 8, 31))
    place.until(lambda: view.week.season.currentText() == "1 Jun 2030 to 31 Aug 2030")


def test_visits_outside_the_new_hours_are_told_first_and_stay_listed(place: Place) -> None:
    start = tomorrow(10)
    made = place.book(start)
    view = hours(place, ANA.id)
    type_into(view.hours.week.lines[(tomorrow(0) + timedelta(hours=12)).weekday()], "14–18")
    view.hours.week.save.click()
    place.until(view.consequences.isVisible)
    assert "Nothing is deleted" in view.consequences._text.text()
    view.consequences.no.click()
    assert not every(place, HoursRule)
    view.hours.week.save.click()
    place.until(view.consequences.isVisible)
    view.consequences.yes.click()
    place.until(lambda: len(every(place, HoursRule)) == 1)
    place.until(lambda: "One visit stands outside" in view.hours._outside_note.text())
    (button,) = view.hours.outside.findChildren(QPushButton)
    button.click()
    place.until(lambda: place.window.book_page.open_panel == "card")
    assert place.window.page == "book"
    assert [one.id for one in place.appointments()] == [made]


def test_what_is_blocked_while_it_is_read_who_stands_outside_is_seen_too(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE", 1)
    for hour in (9, 11, 13):
        place.book(tomorrow(hour))
    read: list[int] = []
    page_of = finding.upcoming_page

    def noted(*asked: Any, **named: Any) -> list[Appointment]:
        if len(read) == 2:
            # The first visit is read already.
            place.desk.edit(blocks.put(resource_id=ANA.id, start=tomorrow(9), end=tomorrow(10), reason="Leave"))
        read.append(len(read))
        return page_of(*asked, **named)

    monkeypatch.setattr(finding, "upcoming_page", noted)
    view = hours(place, ANA.id)
    place.until(lambda: "One visit stands outside" in view.hours._outside_note.text())
    assert len(read) > 4


def test_a_date_is_closed_after_its_visits_were_told_and_opened_again(place: Place) -> None:
    day = tomorrow(12).date()
    place.book(tomorrow(10))
    view = hours(place, LOCATION.id)
    view.hours.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
    type_into(view.hours.reason, "Holiday")
    view.hours.close_day.click()
    place.until(view.consequences.isVisible)
    view.consequences.yes.click()
    place.until(lambda: len(every(place, HoursException)) == 1)
    (made,) = every(place, HoursException)
    assert (made.day, made.opens, made.reason, str(made.owner_id)) == (day, None, "Holiday", LOCATION.id)
    place.until(lambda: len(view.hours.dates.findChildren(QPushButton)) == 1)
    type_into(view.hours.hours, "8-20")
    view.hours.other_hours.click()
    place.until(lambda: every(place, HoursException)[0].opens == 480)
    place.until(lambda: "08:00–20:00" in view.hours.dates.findChildren(QPushButton)[0].accessibleName())
    view.hours.dates.findChildren(QPushButton)[0].click()
    place.until(lambda: not every(place, HoursException))


def test_time_is_blocked_changed_and_freed(place: Place) -> None:
    day = tomorrow(12).date()
    view = hours(place, ANA.id).hours
    view.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
    view.block.click()
    asked = block_form(place)
    asked.reason.setEditText("Lunch")
    asked.starts.setTime(QTime(12, 30))
    asked.save.click()
    place.until(lambda: len(every(place, TimeBlock)) == 1)
    (made,) = every(place, TimeBlock)
    assert (made.starts_at, made.ends_at, made.reason) == (tomorrow(12, 30), tomorrow(13, 30), "Lunch")
    place.until(lambda: len(view.blocks.findChildren(QPushButton)) == 2)
    view.blocks.findChildren(QPushButton)[0].click()
    asked = block_form(place)
    asked.ends.setTime(QTime(13, 15))
    place.until(asked.save.isEnabled)
    asked.save.click()
    place.until(lambda: every(place, TimeBlock)[0].ends_at == tomorrow(13, 15))
    place.until(lambda: "13:15" in view.blocks.findChildren(QPushButton)[1].accessibleName())
    view.blocks.findChildren(QPushButton)[1].click()
    place.until(lambda: every(place, TimeBlock)[0].archived)


def block_form(place: Place) -> BlockDialog:
    """The form of blocked time that is open."""
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(BlockDialog)))
    found = next(one for one in place.window.findChildren(BlockDialog) if one.isVisible())
    place.until(found.save.isEnabled)
    return found


# Policies, and for whom it is


def test_policies_are_typed_in_words_and_undone(place: Place) -> None:
    form = page(place, "policies").policies.form
    assert (form.texts()["min_notice"], form.texts()["cancel_window"]) == ("2 hours", "1 day")
    type_into(form.editor("min_notice").editor, "90 min")
    type_into(form.editor("late_fee").editor, "15")
    tick = form.editor("approval").editor
    assert isinstance(tick, QAbstractButton)
    tick.click()
    form.save.click()
    place.until(lambda: row(place, Business, BUSINESS.id).min_notice == 90)
    after = row(place, Business, BUSINESS.id)
    assert (after.late_fee, after.approval) == (1500, False)
    place.until(lambda: "policies" in place.window.actions_by_name["undo"].text())
    place.act("undo")
    place.until(lambda: row(place, Business, BUSINESS.id).min_notice == 120)


def test_a_policy_that_cannot_be_read_is_told_beside_it(place: Place) -> None:
    form = page(place, "policies").policies.form
    type_into(form.editor("request_life").editor, "a while")
    form.save.click()
    assert form.editor("request_life")._error.text() == "Write a time like 90 minutes, 2 hours or 1 day."


@pytest.mark.parametrize(
    ("role", "pages"),
    [(Role.TENANT_OWNER, [True] * 4), (Role.TENANT_MANAGER, [True] * 3 + [False]), (Role.TENANT_STAFF, None)],
)
def test_for_whom_the_page_is(place: Place, pages: list[bool] | None) -> None:
    assert place.window.actions_by_name["go_setup"].isEnabled() == (pages is not None)
    assert place.window.navigation._buttons["setup"].isHidden() == (pages is None)
    if pages is not None:
        tabs = place.window.setup._tabs
        assert [tabs.isTabVisible(number) for number in range(4)] == pages


def test_what_somebody_had_begun_is_not_shown_to_the_next_person(place: Place) -> None:
    view = page(place, "services")
    place.work.setup.services._choose(CUT.id)
    type_into(view.services.form.editor("name").editor, "Half a name")
    view.show_part("hours")
    type_into(view.hours.week.lines[0], "9-1")
    view.forget()
    assert view.services.form.texts() == {}
    place.work.setup._ask()
    place.until(lambda: view.services.form.texts().get("name") == "Cut")
    assert view.hours.week.lines[0].text() == ""
