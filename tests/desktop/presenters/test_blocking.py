"""Blocked time from the day book: made, changed and freed, once and again and again, with the visits that lie in it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, QTime
from PySide6.QtWidgets import QPushButton

from desktop.operations import blocks
from desktop.presenters.blocking import GONE
from desktop.store.replica import Replica
from desktop.views.block_dialog import BlockDialog
from desktop.views.series_dialogs import ScopeDialog
from desktop.widgets.book.scene import Slot
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.rules import wall_time
from tests.desktop.presenters.conftest import Place, is_gone, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, LOCATION, MEMBER

Row = tuple[str, datetime, datetime, str]


def blocked(place: Place) -> list[tuple[datetime, datetime]]:
    """What is blocked, in order."""
    return [(one.starts_at, one.ends_at) for one in rows(place)]


def rows(place: Place) -> list[TimeBlock]:
    def question(replica: Replica) -> list[TimeBlock]:
        ids = [row[0] for row in replica.database.rows("SELECT id FROM time_block WHERE NOT archived")]
        found = [replica.tx().find(TimeBlock, one) for one in ids]
        return sorted((one for one in found if one is not None), key=lambda one: one.starts_at)

    return place.desk.do(question)


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A time so many days after tomorrow, by the clock on the wall."""
    day = wall_time.local(tomorrow(10), LOCATION.zone).date() + timedelta(days=days)
    return wall_time.minute_of(day, hour * 60 + minute, LOCATION.zone)


def menu_of(place: Place, resource: str, start: datetime) -> dict[str, object]:
    """What the menu of a place in the book offers, by its words."""
    place.window.book_page.book.menuRequested.emit(None, resource, start, QPoint(5, 5))
    return {one.text(): one for one in place.work.menus.menu.actions() if one.text()}


def choose(place: Place, resource: str, start: datetime, words: str) -> None:
    """Open the menu of a place in the book, and take what begins with these words."""
    found = menu_of(place, resource, start)
    place.work.menus.menu.hide()
    next(one for text, one in found.items() if text.startswith(words)).trigger()  # type: ignore[attr-defined]


def form(place: Place) -> BlockDialog:
    """The form that is open, once it has been judged."""
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(BlockDialog)))
    found = next(one for one in place.window.findChildren(BlockDialog) if one.isVisible())
    place.until(found.save.isEnabled)
    return found


def which(place: Place, scope: str) -> None:
    """Answer which of them are meant."""
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(ScopeDialog)))
    next(one for one in place.window.findChildren(ScopeDialog) if one.isVisible()).buttons[scope].click()


def drawn_at_noon(place: Place) -> BlockDialog:
    """The form for Ana from twelve to half past."""
    place.window.book_page.book.spanMarked.emit(ANA.id, tomorrow(12), tomorrow(12, 30), QPoint(5, 5))
    menu = place.work.menus.menu
    menu.hide()
    next(one for one in menu.actions() if one.text().startswith("Block")).trigger()
    return form(place)


def block_at_noon(place: Place, times: int = 0) -> None:
    """Block Ana from twelve to half past, so many days in a row."""
    asked = drawn_at_noon(place)
    asked.reason.setEditText("Break")
    if times:
        asked.fields.unit.setCurrentIndex(0)
        asked.fields.count.setValue(times)
        asked.repeats.setChecked(True)
        place.until(lambda: asked._told.text().startswith(f"{times} times"))
    asked.save.click()
    place.until(lambda: len(blocked(place)) == max(1, times))
    place.until(lambda: bool(place.work.book.shown and place.work.book.shown.blocks))


def test_a_drawn_span_is_blocked_and_freed_by_undo(place: Place) -> None:
    block_at_noon(place)
    assert blocked(place) == [(tomorrow(12), tomorrow(12, 30))]
    assert rows(place)[0].reason == "Break"
    assert place.said.startswith("Blocked Ana.")
    place.act("undo")
    place.until(lambda: blocked(place) == [])


def test_a_drawn_span_is_booked_with_enter(place: Place) -> None:
    place.window.book_page.book.spanMarked.emit(ANA.id, tomorrow(12), tomorrow(12, 30), QPoint(5, 5))
    menu = place.work.menus.menu
    assert menu.isVisible()
    assert menu.activeAction().text().startswith("Book 12:00")
    menu.activeAction().trigger()
    menu.hide()
    assert place.window.book_page.open_panel == "booking"
    assert place.window.book_page.booking.form().minutes == 30


def test_the_slot_under_the_cursor_is_blocked_by_its_key(place: Place) -> None:
    place.window.book_page.book.put_cursor(Slot(resource_id=BEN.id, starts=tomorrow(15)))
    place.act("block_time") if place.window.actions_by_name["block_time"].isEnabled() else None
    place.until(lambda: any(one.isVisible() for one in place.window.findChildren(BlockDialog)))
    asked = next(one for one in place.window.findChildren(BlockDialog) if one.isVisible())
    assert asked.resource.currentText() == "Ben"


def test_staff_block_nobody_elses_time_and_are_told_so(place: Place) -> None:
    place.work.blocking.ask_new(BEN.id, place.work.menus._span_at(BEN.id, tomorrow(15)))
    place.until(lambda: any(one._told.text() for one in place.window.findChildren(BlockDialog)))
    asked = next(one for one in place.window.findChildren(BlockDialog) if one.isVisible())
    assert not asked.save.isEnabled()


def test_visits_that_lie_in_it_are_listed_and_stay(place: Place) -> None:
    made = place.book(tomorrow(12, 15))
    place.work.blocking.ask_new(ANA.id, place.work.menus._span_at(ANA.id, tomorrow(12)))
    asked = form(place)
    asked.ends.setTime(QTime(13, 0))
    place.until(lambda: len(asked.lines.findChildren(QPushButton)) == 1)
    assert asked._told.text().startswith("1 visit stands in this time. Nothing is deleted")
    asked.save.click()
    place.until(lambda: len(blocked(place)) == 1)
    assert [one.id for one in place.appointments()] == [made]
    assert place.appointments()[0].starts_at == tomorrow(12, 15)


def test_it_repeats_and_is_one_undo(place: Place) -> None:
    block_at_noon(place, 3)
    assert blocked(place) == [(at(day, 12), at(day, 12, 30)) for day in range(3)]
    place.act("undo")
    place.until(lambda: blocked(place) == [])
    place.until(place.window.actions_by_name["redo"].isEnabled)
    place.act("redo")
    place.until(lambda: len(blocked(place)) == 3)


def test_a_year_of_days_is_one_undo_though_it_is_many_edits(place: Place) -> None:
    place.work.blocking.ask_new(ANA.id, place.work.menus._span_at(ANA.id, tomorrow(12)))
    asked = form(place)
    asked.fields.unit.setCurrentIndex(0)
    asked.fields.count.setValue(150)
    asked.repeats.setChecked(True)
    place.until(lambda: asked._told.text().startswith("150 times"))
    asked.save.click()
    place.until(lambda: len(blocked(place)) == 150)
    place.act("undo")
    place.until(lambda: blocked(place) == [])


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("one", [12, 13, 12, 12]), ("following", [12, 13, 13, 13]), ("all", [13, 13, 13, 13])],
)
def test_one_of_several_is_changed_for_this_those_after_or_all(
    place: Place, scope: str, expected: list[int]
) -> None:  # fmt: skip
    block_at_noon(place, 4)
    place.work.blocking.ask_change(rows(place)[1].id)
    which(place, scope)
    asked = form(place)
    asked.starts.setTime(QTime(13, 0))
    place.until(asked.save.isEnabled)
    asked.save.click()
    wanted = [(at(day, hour), at(day, hour, 30)) for day, hour in enumerate(expected)]
    place.until(lambda: blocked(place) == wanted)
    place.act("undo")
    place.until(lambda: blocked(place) == [(at(day, 12), at(day, 12, 30)) for day in range(4)])


@pytest.mark.parametrize(("scope", "left"), [("one", [0, 2, 3]), ("following", [0]), ("all", [])])
def test_one_of_several_is_freed_alone_with_those_after_or_all(place: Place, scope: str, left: list[int]) -> None:
    block_at_noon(place, 4)
    place.work.blocking.ask_free(rows(place)[1].id)
    which(place, scope)
    place.until(lambda: blocked(place) == [(at(day, 12), at(day, 12, 30)) for day in left])


def test_the_menu_of_a_block_changes_and_frees_it(place: Place) -> None:
    block_at_noon(place)
    assert {"Change…", "Free this time…", "Book over it"} <= set(menu_of(place, ANA.id, tomorrow(12, 15)))
    choose(place, ANA.id, tomorrow(12, 15), "Free")
    place.until(lambda: blocked(place) == [])


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_one_becomes_many(place: Place) -> None:
    block_at_noon(place)
    place.work.blocking.ask_change(rows(place)[0].id)
    asked = form(place)
    asked.fields.unit.setCurrentIndex(0)
    asked.fields.count.setValue(2)
    asked.repeats.setChecked(True)
    place.until(lambda: asked._told.text().startswith("2 times"))
    asked.save.click()
    place.until(lambda: blocked(place) == [(at(day, 12), at(day, 12, 30)) for day in range(2)])


def test_blocking_that_is_refused_leaves_what_was_entered(place: Place) -> None:
    asked = drawn_at_noon(place)
    asked.reason.setEditText("Stocktaking")
    place.until(asked.save.isEnabled)
    place.desk.do(lambda replica: replica.apply_lines(patch(2, replace(MEMBER, role=Role.PLATFORM_SALES))))
    asked.save.click()
    place.until(lambda: "may not" in place.said)
    assert asked.isVisible()
    assert asked.reason.isEnabled()
    assert (asked.form.reason, asked.form.starts.hour) == ("Stocktaking", 12)
    assert blocked(place) == []


def test_blocking_twice_at_once_blocks_once(place: Place) -> None:
    asked = drawn_at_noon(place)
    asked.save.click()
    asked.save.click()
    place.until(lambda: is_gone(asked) and bool(blocked(place)))
    assert blocked(place) == [(tomorrow(12), tomorrow(12, 30))]
    assert place.desk.do(lambda replica: replica.outbox.count()) == 1


def test_blocked_time_that_others_have_changed_is_said_and_what_was_entered_stays(place: Place) -> None:
    block_at_noon(place)
    choose(place, ANA.id, tomorrow(12, 15), "Change")
    asked = form(place)
    asked.reason.setEditText("Training")
    (now,) = rows(place)
    place.desk.edit(
        blocks.put(
            was=now, resource_id=ANA.id, start=tomorrow(13), end=tomorrow(14), reason="Dentist",
            origin=now.origin,
        )
    )  # fmt: skip
    place.until(lambda: asked._told.text().startswith("Changed meanwhile to: Ana, "))
    assert "13:00 – 14:00, Dentist. Saving puts what stands here in its place." in asked._told.text()
    assert (asked.form.reason, asked.form.starts.hour) == ("Training", 12)
    asked.save.click()
    place.until(lambda: blocked(place) == [(tomorrow(12), tomorrow(12, 30))])
    assert rows(place)[0].reason == "Training"


def test_blocked_time_that_others_have_freed_is_not_blocked_again_unseen(place: Place) -> None:
    block_at_noon(place)
    choose(place, ANA.id, tomorrow(12, 15), "Change")
    asked = form(place)
    asked.reason.setEditText("Training")
    place.desk.edit(blocks.remove(rows(place)[0].id))
    place.until(lambda: asked._told.text() == GONE)
    assert not asked.save.isEnabled()
    assert asked.form.reason == "Training"
    asked.reject()
    assert blocked(place) == []


def test_a_visit_that_comes_to_stand_in_it_is_listed_while_the_form_is_open(place: Place) -> None:
    asked = drawn_at_noon(place)
    place.book(tomorrow(12, 15))
    place.until(lambda: asked._told.text().startswith("1 visit stands in this time."))
    asked.reject()
