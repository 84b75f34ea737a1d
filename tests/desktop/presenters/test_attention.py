"""Needs attention over a real replica: what is shown of an item, and settling it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.presenters.attention import NOTHING_LEFT, AttentionPresenter
from desktop.queries.attention_items import Attention, attention_items
from desktop.store.outbox import Waiting
from desktop.store.replica import Replica
from desktop.views.attention_view import MEANWHILE
from shared.clock import instant_text
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, HoursExceptionId, MutationId, OwnerId
from shared.model.hours import HoursException
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.desktop.widgets.test_buttons import strike
from tests.support.replicas import patch
from tests.support.salon import ANA, CUT, LOCATION, MIRA, STAFF_USER, made_id

ITEM = made_id("item")
LEADS = pytest.mark.parametrize("role", [Role.TENANT_MANAGER])


def refuse_a_booking(place: Place) -> None:
    """What the server leaves behind when somebody else had the slot."""
    standing = place.book(tomorrow(10))
    details = {
        "resource": ANA.id, "resource_name": "Ana", "appointment": standing,
        "taken_from": instant_text(tomorrow(10)), "taken_until": instant_text(tomorrow(10, 50)),
    }  # fmt: skip
    leave_behind(place, "slot_taken", details)


def leave_behind(place: Place, code: str, details: dict[str, Any]) -> None:
    """A booking at ten that the server has refused."""
    args: dict[str, Any] = {
        "appointment_id": made_id("lost"), "customer_id": MIRA.id, "location_id": LOCATION.id,
        "start": instant_text(tomorrow(10)), "notes": "shorter than last time",
        "segments": [{"service_id": CUT.id, "resources": [ANA.id]}],
    }  # fmt: skip
    item = AttentionItem(
        id=AttentionItemId(ITEM),
        mutation_id=MutationId(made_id("mutation")),
        name="appointment.book",
        args=args,
        code=code,
        details=details,
        subject_id=made_id("lost"),
        author_id=STAFF_USER,
        as_whom=None,
        made_at=tomorrow(9),
        state=AttentionState.OPEN,
    )  # fmt: skip

    def arrive(replica: Replica) -> None:
        replica.apply_lines(patch(2, item))

    place.desk.do(arrive)
    place.desk.changes.tell({"attention_item": frozenset({ITEM})})
    place.window.show_page("attention")
    place.until(lambda: place.window.attention._detail is not None)


def facts(rows: Sequence[Any]) -> dict[str, str]:
    return {fact.label: fact.text for fact in rows}


def test_hours_that_are_in_the_way_are_there_now_until_they_are_others(place: Place) -> None:
    day = tomorrow(10).date()
    holiday = HoursException(
        id=HoursExceptionId(made_id("holiday")), owner_id=OwnerId(LOCATION.id), day=day, opens=None, closes=None
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, holiday)))
    span = {"start": instant_text(tomorrow(10)), "end": instant_text(tomorrow(10, 45))}
    details = {"resource": LOCATION.id, "resource_name": "", "zone": LOCATION.zone, **span}
    leave_behind(place, "outside_hours", details)

    def there_now() -> str:
        detail = place.window.attention._detail
        return facts(detail.now)["In the book"] if detail is not None else ""

    assert there_now().startswith("The location is closed for some of")
    opened = replace(holiday, opens=0, closes=1440)
    place.desk.do(lambda replica: replica.apply_lines(patch(3, opened)))
    place.desk.changes.tell({"attention_item": frozenset({ITEM})})
    place.until(lambda: there_now() == NOTHING_LEFT)


def state(place: Place) -> AttentionState:
    item = place.desk.do(lambda replica: replica.tx().find(AttentionItem, ITEM))
    assert item is not None
    return item.state


def test_an_item_shows_mine_now_the_rule_and_the_next_slots(place: Place) -> None:
    refuse_a_booking(place)
    view = place.window.attention
    place.until(lambda: view._detail is not None and bool(view._detail.slots))
    detail = view._detail
    assert detail is not None
    assert detail.rule.startswith("Ana is taken ")
    assert facts(detail.yours)["Customer"] == "Mira Holm"
    assert facts(detail.yours)["Notes"] == "shorter than last time"
    assert facts(detail.now)["Status"] == "Booked"
    assert len(detail.slots) == 5
    assert place.window.navigation._buttons["attention"].accessibleName() == "Needs attention, 1"


def test_an_item_says_how_whoever_wanted_the_hour_and_whoever_has_it_are_reached(place: Place) -> None:
    reached = replace(MIRA, phones=("+442079460018",), emails=("mira@salon.example",))
    place.desk.do(lambda replica: replica.apply_lines(patch(2, reached)))
    refuse_a_booking(place)
    detail = place.window.attention._detail
    assert detail is not None
    assert facts(detail.yours)["Phone and e-mail"] == "020 7946 0018 · mira@salon.example"
    assert facts(detail.now)["Phone and e-mail"] == "020 7946 0018 · mira@salon.example"


def test_the_item_that_is_shown_is_the_one_that_is_marked_in_the_list(place: Place) -> None:
    """The focus comes to the list while it is empty, and with it the first row that comes is the current one."""
    view = place.window.attention
    place.window.show()
    place.window.activateWindow()
    place.window.show_page("attention")
    view.await_items()
    view._list.setFocus()
    view._pages.setCurrentIndex(1)
    refuse_a_booking(place)
    chosen = view._list.selectionModel().selectedIndexes()
    assert [one.row() for one in chosen] == [0]


def test_one_key_takes_the_next_free_slot(place: Place) -> None:
    refuse_a_booking(place)
    view = place.window.attention
    place.until(lambda: view._detail is not None and bool(view._detail.slots))
    place.act("slot_1")
    place.until(lambda: state(place) is AttentionState.MOVED)
    found = place.desk.do(lambda replica: replica.tx().find(Appointment, made_id("lost")))
    assert found is not None
    assert (found.starts_at, found.notes) == (tomorrow(11), "shorter than last time")
    place.until(lambda: place.window.attention._pages.currentIndex() == 0)
    assert "Saved on this computer" in place.said


def test_dropping_lets_it_go(place: Place) -> None:
    refuse_a_booking(place)
    place.act("drop")
    place.until(lambda: state(place) is AttentionState.DROPPED)
    assert place.desk.do(lambda replica: replica.tx().find(Appointment, made_id("lost"))) is None


def test_staff_may_not_keep_it_over_the_rule_and_read_why(place: Place) -> None:
    refuse_a_booking(place)
    assert not place.window.attention._keep.isEnabled()
    assert "Only a manager" in place.window.attention._keep.toolTip()


@LEADS
def test_a_manager_keeps_it_with_a_reason(place: Place) -> None:
    refuse_a_booking(place)
    place.window.attention.keepRequested.emit(ITEM, "promised")
    place.until(lambda: state(place) is AttentionState.KEPT)
    kept = place.desk.do(lambda replica: replica.tx().find(Appointment, made_id("lost")))
    assert kept is not None
    assert (kept.starts_at, kept.override_reason) == (tomorrow(10), "promised")


def test_a_click_on_the_refused_booking_opens_its_item(place: Place) -> None:
    refuse_a_booking(place)
    place.act("go_book")
    place.until(lambda: place.work.book.booking(made_id("lost")) is not None)
    place.window.book_page.appointmentChosen.emit(made_id("lost"))
    assert place.window.page == "attention"


def test_phones_in_a_conflict_are_written_as_the_business_writes_them(place: Place) -> None:
    was, now, wanted = ["+442079460018"], ["+442079460019"], ["+442079460020", "nonsense"]
    item = AttentionItem(
        id=AttentionItemId(ITEM), mutation_id=MutationId(made_id("mutation")), name="customer.update",
        args={"customer_id": MIRA.id, "edits": [{"field": "phones", "was": was, "value": wanted}]},
        code="changed_meanwhile",
        details={"subject": MIRA.id, "field": "phones", "was": was, "now": now, "wanted": wanted},
        subject_id=MIRA.id, author_id=STAFF_USER, as_whom=None, made_at=tomorrow(9), state=AttentionState.OPEN,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, item, replace(MIRA, phones=tuple(now)))))
    place.desk.changes.tell({"attention_item": frozenset({ITEM})})
    place.window.show_page("attention")
    place.until(lambda: place.window.attention._detail is not None)
    detail = place.window.attention._detail
    assert detail is not None
    assert facts(detail.yours)["Phones"] == "020 7946 0020, nonsense"
    assert facts(detail.now)["Phones"] == "020 7946 0019"
    assert "“020 7946 0018” and are “020 7946 0019” now" in detail.rule


def test_a_choice_that_is_undone_brings_the_item_back(place: Place) -> None:
    refuse_a_booking(place)
    place.window.attention.slotChosen.emit(ITEM, instant_text(tomorrow(13)))
    place.until(lambda: state(place) is AttentionState.MOVED)
    place.until(lambda: place.window.actions_by_name["undo"].text() == "Undo new time of Mira Holm")
    place.until(lambda: place.window.attention._detail is None)
    place.act("undo")
    place.until(lambda: place.window.attention._detail is not None)
    assert state(place) is AttentionState.OPEN
    assert [one.status for one in place.appointments()] == ["booked", "cancelled"]


def gathers(place: Place) -> None:
    """A note arrives that waits under the item, and nobody has told the page of it yet."""
    args = {"note_id": made_id("n"), "about": "appointment", "subject_id": made_id("lost"), "text": "brings a pram"}
    note = Gathered(mutation_id=MutationId(made_id("late")), name="note.add", args=args, author_id=STAFF_USER)

    def arrive(replica: Replica) -> None:
        item = replica.tx().find(AttentionItem, ITEM)
        assert item is not None
        replica.apply_lines(patch(3, replace(item, gathered=(note,))))

    place.desk.do(arrive)


@pytest.mark.parametrize("choice", ["drop", "keep", "restore", "slot"])
def test_what_came_since_the_page_was_shown_is_looked_at_before_anything_is_settled(place: Place, choice: str) -> None:
    refuse_a_booking(place)
    view = place.window.attention
    gathers(place)
    if choice == "slot":
        view.slotChosen.emit(ITEM, instant_text(tomorrow(13)))
    elif choice == "keep":
        view.keepRequested.emit(ITEM, "a regular")
    else:
        getattr(view, f"{choice}Requested").emit(ITEM)
    # What the choice itself cannot have is said first.
    told = ("changed meanwhile", "manager", "taken")
    place.until(lambda: any(one in place.said for one in told))
    assert state(place) is AttentionState.OPEN
    place.until(lambda: view._detail is not None and "brings a pram" in str(view._detail.also))
    view.dropRequested.emit(ITEM)
    place.until(lambda: state(place) is AttentionState.DROPPED)


def test_a_payment_is_attached_as_it_was_seen(place: Place) -> None:
    standing = place.book(tomorrow(10))
    args = {
        "payment_id": made_id("p"), "appointment_id": made_id("never"), "location_id": LOCATION.id, "kind": "balance",
        "method": "cash", "amount": 4500, "currency": "EUR",
    }  # fmt: skip
    item = AttentionItem(
        id=AttentionItemId(ITEM), mutation_id=MutationId(made_id("mutation")), name="payment.take", args=args,
        code="not_found", details={"what": "appointment", "subject": made_id("never")}, subject_id=made_id("p"),
        author_id=STAFF_USER, as_whom=None, made_at=tomorrow(9), state=AttentionState.OPEN,
    )  # fmt: skip
    place.desk.do(lambda replica: replica.apply_lines(patch(2, item)))
    place.window.show_page("attention")
    view = place.window.attention
    place.until(lambda: view._detail is not None)
    view.attachRequested.emit(ITEM, f"appointment:{standing}")
    place.until(lambda: state(place) is AttentionState.ATTACHED)
    (sent,) = [one for one in place.desk.do(lambda replica: replica.unsent(10)) if one["name"] == "attention.resolve"]
    assert sent["args"]["seen"]
    # An item that the page does not show any more says nothing of what was seen.
    view.dropRequested.emit(made_id("gone"))
    place.until(lambda: bool(place.said))


def badge(place: Place) -> str:
    return place.window.navigation._buttons["attention"].accessibleName()


def shown(place: Place) -> str:
    """The item that is shown in full; empty where none is."""
    detail = place.window.attention._detail
    return "" if detail is None else detail.item_id


def arrive(place: Place, version: int, *items: AttentionItem) -> None:
    """Let items come from the server, and the window hear of it."""
    place.desk.do(lambda replica: replica.apply_lines(patch(version, *items)))
    place.desk.changes.tell({"attention_item": frozenset(one.id for one in items)})


def lost(count: int) -> list[AttentionItem]:
    """Bookings that the server has refused, one an hour."""
    return [
        AttentionItem(
            id=AttentionItemId(made_id(f"item {number}")), mutation_id=MutationId(made_id(f"edit {number}")),
            name="appointment.book",
            args={
                "appointment_id": made_id(f"lost {number}"), "customer_id": MIRA.id, "location_id": LOCATION.id,
                "start": instant_text(tomorrow(9 + number)),
                "segments": [{"service_id": CUT.id, "resources": [ANA.id]}],
            },
            code="outside_hours", details={"resource": ANA.id, "resource_name": "Ana"},
            subject_id=made_id(f"lost {number}"), author_id=STAFF_USER, as_whom=None, made_at=tomorrow(number),
            state=AttentionState.OPEN,
        )
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many items each reading of the list gave."""
    told: list[int] = []

    def read(replica: Replica) -> tuple[Attention, ...]:
        found = attention_items(replica)
        told.append(len(found))
        return found

    monkeypatch.setattr("desktop.presenters.attention.attention_items", read)
    return told


def test_what_needs_attention_is_counted_and_not_read_while_another_page_is_shown(
    place: Place, readings: list[int]
) -> None:
    arrive(place, 2, *lost(3))
    place.until(lambda: badge(place) == "Needs attention, 3")
    place.book(tomorrow(16))
    arrive(place, 3, *lost(4))
    place.until(lambda: badge(place) == "Needs attention, 4")
    assert readings == []
    place.act("go_attention")
    place.until(lambda: len(place.window.attention._model.rows) == 4)
    assert badge(place) == "Needs attention, 4"
    assert set(readings) == {4}


def test_the_number_is_the_same_on_the_page_and_off_it_while_one_is_being_settled(place: Place) -> None:
    first, *rest = lost(3)

    def settle(replica: Replica) -> None:
        # As where the rules would refuse here what is on its way to the server.
        replica.outbox.add(
            Waiting(
                seq=100, id=made_id("waits"), name="attention.resolve", v=1, args={}, author="", user_id="", lease="",
                elapsed=0, at=tomorrow(9), label="", subject=first.id,
            )
        )  # fmt: skip

    arrive(place, 2, first, *rest)
    place.until(lambda: badge(place) == "Needs attention, 3")
    place.desk.do(settle)
    place.desk.changes.tell({"outbox": frozenset()})
    place.until(lambda: badge(place) == "Needs attention, 2")
    place.act("go_attention")
    place.until(lambda: [one.item_id for one in place.window.attention._model.rows] == [one.id for one in rest])
    assert badge(place) == "Needs attention, 2"


def test_a_refused_booking_that_was_never_listed_is_the_one_that_its_click_opens(place: Place) -> None:
    arrive(place, 2, *lost(1))
    place.act("go_attention")
    view = place.window.attention
    place.until(lambda: view._detail is not None)
    place.act("go_book")
    arrive(place, 3, *lost(3))
    place.until(lambda: place.work.book.booking(made_id("lost 2")) is not None)
    place.window.book_page.appointmentChosen.emit(made_id("lost 2"))
    assert place.window.page == "attention"
    # Until it is known nothing else can be settled by a key that was meant for it.
    assert shown(place) == ""
    place.until(lambda: shown(place) == made_id("item 2"))
    assert view._list.currentIndex().row() == 2
    # Where the list is read once more meanwhile, the focus comes back to it in the turn after that.
    place.until(view._list.hasFocus)


def test_a_page_that_is_not_read_yet_does_not_say_that_nothing_needs_attention(place: Place) -> None:
    view = place.window.attention
    place.until(lambda: view._pages.currentWidget() is view._empty)
    items = lost(2)
    arrive(place, 2, *items)
    place.until(lambda: badge(place) == "Needs attention, 2")
    place.window.show_page("attention")
    assert view._pages.currentWidget() is view._unread
    place.until(lambda: view._detail is not None)
    place.window.show_page("book")
    arrive(place, 3, *(replace(one, state=AttentionState.DROPPED) for one in items))
    place.until(lambda: badge(place) == "Needs attention")
    assert view._pages.currentWidget() is view._empty
    assert view._detail is None


def test_what_was_listed_for_one_person_is_not_there_for_the_next(place: Place) -> None:
    refuse_a_booking(place)
    place.act("go_book")
    AttentionPresenter(place.work.link, place.window, place.work.book, place.work.edits, place.work)
    assert place.window.attention._model.rows == ()
    assert place.window.attention._detail is None


def test_enter_twice_on_drop_drops_one(place: Place) -> None:
    """The second stroke comes when the next item stands there, which nobody has read."""
    items = lost(3)
    arrive(place, 2, *items)
    place.window.show_page("attention")
    view = place.window.attention
    place.until(lambda: view._detail is not None)
    view._drop.setFocus()
    first = shown(place)
    strike(view._drop, Qt.Key.Key_Return, 1000)
    place.until(lambda: shown(place) not in ("", first))
    assert view._drop.hasFocus()
    strike(view._drop, Qt.Key.Key_Return, 1150)
    assert [one.settling for one in place.desk.do(attention_items)].count(False) == 2


def begin_to_keep(place: Place, items: list[AttentionItem]) -> AttentionItem:
    """Somebody writes why they keep the item that is shown."""
    arrive(place, 2, *items)
    place.window.show_page("attention")
    view = place.window.attention
    place.until(lambda: bool(shown(place)))
    place.act("keep")
    QTest.keyClicks(view.reason, "dis")
    return next(one for one in items if one.id == shown(place))


def settle_elsewhere(place: Place, item: AttentionItem, state: AttentionState = AttentionState.KEPT) -> None:
    arrive(place, 3, replace(item, state=state))
    place.until(lambda: badge(place) == "Needs attention, 2")


@LEADS
def test_what_is_written_about_an_item_that_others_settle_stays(place: Place) -> None:
    view, items = place.window.attention, lost(3)
    item = begin_to_keep(place, items)
    settle_elsewhere(place, item)
    focus = QApplication.focusWidget()
    assert focus is view.reason
    # R, D and the figures would settle the next one.
    QTest.keyClicks(focus, "cussed with Dr. Reed 12")
    assert (shown(place), view.reason.text()) == (item.id, "discussed with Dr. Reed 12")
    assert view._rule.text() == view._why_not.text() == MEANWHILE
    assert [one.rule == MEANWHILE for one in view._model.rows].count(True) == 1
    QTest.keyClick(view.reason, Qt.Key.Key_Return)
    for action in ("drop", "keep", "restore", "slot_1"):
        place.act(action)
    assert [one.settling for one in place.desk.do(attention_items)] == [False, False]
    assert shown(place) == item.id


@LEADS
@pytest.mark.parametrize("by", ["esc", "back", "click"])
def test_whoever_has_read_that_it_was_settled_goes_on_with_the_next(place: Place, by: str) -> None:
    view, items = place.window.attention, lost(3)
    item = begin_to_keep(place, items)
    settle_elsewhere(place, item)
    place.until(lambda: view._rule.text() == MEANWHILE)
    last = view._model.rows[-1].item_id
    if by == "esc":
        QTest.keyClick(view.reason, Qt.Key.Key_Escape)
    elif by == "back":
        view._not.click()
    else:
        view._list.setCurrentIndex(view._model.index(2))
    place.until(lambda: len(view._model.rows) == 2 and shown(place) not in ("", item.id))
    assert (view.is_asking, view.reason.text()) == (False, "")
    assert view._keep.isEnabled()
    place.until(lambda: view._list.selectionModel().isSelected(view._model.place_of(shown(place))))
    assert by != "click" or shown(place) == last
    if by != "click":
        place.until(view._list.hasFocus)


@LEADS
def test_an_item_that_is_open_again_is_kept_with_what_was_written(place: Place) -> None:
    view, items = place.window.attention, lost(3)
    item = begin_to_keep(place, items)
    settle_elsewhere(place, item)
    place.until(lambda: view._rule.text() == MEANWHILE)
    arrive(place, 4, item)
    place.until(view._sure.isEnabled)
    assert view._rule.text() != MEANWHILE
    QTest.keyClick(view.reason, Qt.Key.Key_Return)
    place.until(lambda: len(view._model.rows) == 2 and shown(place) not in ("", item.id))
    assert not view.is_asking


@LEADS
def test_whoever_keeps_an_item_is_in_the_list_then(place: Place) -> None:
    view, items = place.window.attention, lost(3)
    item = begin_to_keep(place, items)
    QTest.keyClick(view.reason, Qt.Key.Key_Return)
    place.until(lambda: shown(place) not in ("", item.id))
    assert view._rule.text() != MEANWHILE
    place.until(view._list.hasFocus)


@LEADS
def test_what_one_person_writes_about_an_item_is_not_there_for_the_next(place: Place) -> None:
    view = place.window.attention
    begin_to_keep(place, lost(1))
    AttentionPresenter(place.work.link, place.window, place.work.book, place.work.edits, place.window)
    assert (view.reason.text(), view._model.rows, shown(place)) == ("", (), "")
