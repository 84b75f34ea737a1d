"""The book, its cards, verdicts, free slots and what needs attention, over a real replica."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.operations import appointments, attention, customers
from desktop.queries.appointment_card import appointment_card
from desktop.queries.attention_items import attention_items, count_attention
from desktop.queries.customer_card import customer_card
from desktop.queries.customer_page import customer_page
from desktop.queries.day_book import Booking, day_book
from desktop.queries.day_list import day_list
from desktop.queries.free_slots import free_slots, free_slots_for_item
from desktop.queries.setup import setup
from desktop.queries.verdict import verdict
from desktop.store.outbox import Waiting
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AttentionItemId, HoursRuleId, MutationId, NoteId, OwnerId, Span, TimeBlockId, UserId
from shared.model.business import Business
from shared.model.hours import HoursRule, TimeBlock
from shared.model.member import Member, Role
from shared.model.note import Note, NoteAbout
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import sendable
from shared.store import Changes
from tests.support.moving_clock import stopped
from tests.support.replicas import filled, patch
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MIRA, STAFF_USER, TEN, Salon, made_id

DAY = date(2026, 5, 5)


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.book("theirs", start=TEN)
    return made


@pytest.fixture
def replica(tmp_path: Path, salon: Salon) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", salon)
    yield made
    made.close()


def booking(start: datetime, *, name: str = "mine", resource: str = ANA.id, **more: Any) -> Any:
    segments = [appointments.wish(CUT.id, [resource])]
    return appointments.book(
        location_id=LOCATION.id,
        start=start,
        segments=segments,
        customer_id=MIRA.id,
        appointment_id=made_id(name),
        **more,
    )


def shown(replica: Replica) -> dict[str, Booking]:
    return {f"{one.id}{'!' if one.refused else ''}": one for one in day_book(replica, DAY, LOCATION).bookings}


def test_the_book_shows_who_and_what(replica: Replica) -> None:
    one = shown(replica)[made_id("theirs")]
    assert (one.customer_name, one.service, one.status) == ("Mira Holm", "Cut", Status.BOOKED)
    assert one.span == Span(TEN, TEN + timedelta(minutes=45))
    (piece,) = one.pieces
    assert (piece.resource_id, piece.before, piece.after) == (ANA.id, 0, 5)
    assert not one.pending
    assert one.refused == ""


def test_the_book_has_a_column_for_each_resource_in_order(replica: Replica) -> None:
    assert [one.name for one in day_book(replica, DAY, LOCATION).resources] == ["Ana", "Ben"]


def test_the_book_marks_what_waits(replica: Replica) -> None:
    edit = booking(TEN + timedelta(hours=2))
    replica.edit(edit.name, edit.args)
    assert shown(replica)[made_id("mine")].pending


def test_the_book_leaves_out_what_is_cancelled_and_other_days(replica: Replica, salon: Salon) -> None:
    salon.book("tomorrow", start=TEN + timedelta(days=1))
    seen = replica.tx().find(Appointment, made_id("theirs"))
    assert seen is not None
    edit = appointments.cancel(seen)
    replica.edit(edit.name, edit.args)
    replica.apply_lines(patch(2, *salon.tx.all(Appointment)))
    assert shown(replica) == {}


def test_an_edit_that_would_be_refused_is_drawn_from_what_was_entered(replica: Replica, salon: Salon) -> None:
    edit = booking(TEN + timedelta(hours=2))
    replica.edit(edit.name, edit.args)
    salon.book("late", start=TEN + timedelta(hours=2))
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    ghost = shown(replica)[made_id("mine") + "!"]
    assert "Ana" in ghost.refused
    assert ghost.span.start == TEN + timedelta(hours=2)
    assert (ghost.pending, ghost.movable, ghost.item_id) == (True, False, "")


def test_hours_of_location_and_resource_are_cut_to_both(tmp_path: Path, salon: Salon) -> None:
    def rule(owner: str, opens: int, closes: int) -> HoursRule:
        row_id = HoursRuleId(made_id(f"hours {owner}"))
        return HoursRule(id=row_id, owner_id=OwnerId(owner), weekday=DAY.weekday(), opens=opens, closes=closes)

    for one in (rule(LOCATION.id, 9 * 60, 18 * 60), rule(BEN.id, 12 * 60, 20 * 60)):
        salon.tx.rows[HoursRule, one.id] = one
    replica = filled(tmp_path / "hours.db", salon)
    spans = day_book(replica, DAY, LOCATION).open_spans
    nine = TEN - timedelta(hours=1)
    assert spans[ANA.id] == (Span(nine, nine + timedelta(hours=9)),)
    assert spans[BEN.id] == (Span(nine + timedelta(hours=3), nine + timedelta(hours=9)),)
    replica.close()


def test_blocks_of_the_day_are_shown(tmp_path: Path, salon: Salon) -> None:
    until = TEN + timedelta(hours=1)
    block = TimeBlock(
        id=TimeBlockId(made_id("block")), resource_id=BEN.id, starts_at=TEN, ends_at=until, reason="Lunch"
    )
    salon.tx.rows[TimeBlock, block.id] = block
    replica = filled(tmp_path / "block.db", salon)
    assert day_book(replica, DAY, LOCATION).blocks == (block,)
    replica.close()


def test_segments_that_meet_on_one_resource_are_one_piece(replica: Replica) -> None:
    both = [appointments.wish(CUT.id, [BEN.id]), appointments.wish(COLOUR.id, [BEN.id])]
    edit = appointments.book(location_id=LOCATION.id, start=TEN, segments=both, appointment_id=made_id("two"))
    replica.edit(edit.name, edit.args)
    (piece,) = shown(replica)[made_id("two")].pieces
    assert piece.span == Span(TEN, TEN + timedelta(minutes=45 + 80))
    assert (piece.before, piece.after) == (0, 10)


def test_a_verdict_names_what_is_in_the_way_and_changes_nothing(replica: Replica) -> None:
    taken, free = booking(TEN), booking(TEN + timedelta(hours=3))
    assert "Ana" in verdict(replica, taken.name, taken.args).why_not
    assert verdict(replica, taken.name, taken.args).code == "slot_taken"
    assert verdict(replica, free.name, free.args).is_free
    assert replica.outbox.count() == 0


def test_a_verdict_asks_for_the_right_first(replica: Replica) -> None:
    over = booking(TEN, override="promised")
    assert verdict(replica, over.name, over.args).code == "not_allowed"


def test_the_next_free_slots_follow_the_wish(replica: Replica) -> None:
    slots = [one.start for one in free_slots(replica, booking(TEN).args)]
    # Free again at 10:50 with its buffer; a quarter of an hour is the step.
    assert slots[0] == TEN + timedelta(hours=1)
    assert len(slots) == 5
    assert slots == sorted(slots)


def test_the_card_says_which_steps_are_open_and_why_others_are_not(replica: Replica) -> None:
    card = appointment_card(replica, made_id("theirs"))
    assert card is not None
    steps = dict(card.steps)
    assert [name for name, one in steps.items() if one.is_free] == ["confirm", "arrive", "start", "complete", "cancel"]
    assert steps["no_show"].code == "not_started"
    assert card.customer == MIRA
    assert card.resources == (ANA,)


def test_the_card_of_what_is_unknown_is_none(replica: Replica) -> None:
    assert appointment_card(replica, made_id("nothing")) is None
    assert customer_card(replica, made_id("nobody")) is None


def test_a_customer_has_visits_the_latest_first(replica: Replica) -> None:
    edit = booking(TEN + timedelta(hours=2))
    replica.edit(edit.name, edit.args)
    card = customer_card(replica, MIRA.id)
    assert card is not None
    assert [one.id for one in card.visits] == [made_id("mine"), made_id("theirs")]


def lost(replica: Replica, salon: Salon) -> str:
    """Let the server refuse a booking of this desk; the item's id."""
    edit = booking(TEN + timedelta(hours=2))
    replica.edit(edit.name, edit.args)
    salon.book("first", start=TEN + timedelta(hours=2))
    salon.send(edit.name, **replica.outbox.all()[0].args)
    replica.apply_lines(patch(3, *salon.tx.rows.values(), last_seq=1, of=replica))
    (item,) = attention_items(replica)
    return item.id


def test_what_was_refused_needs_attention_with_all_that_was_entered(replica: Replica, salon: Salon) -> None:
    item_id = lost(replica, salon)
    (item,) = attention_items(replica)
    assert (item.code, item.customer, item.author) == ("slot_taken", "Mira Holm", "Ana")
    assert "Ana" in item.why
    assert item.mine is not None
    assert item.now is not None
    assert (item.mine.appointment.starts_at, item.mine.service, item.mine.with_whom) == (
        TEN + timedelta(hours=2), "Cut", "Ana"
    )  # fmt: skip
    assert item.now.appointment.id == made_id("first")
    assert not item.may_override
    assert count_attention(replica) == 1
    assert free_slots_for_item(replica, item_id)[0].start == TEN + timedelta(hours=3)
    # The book draws it too, and says what it is.
    assert shown(replica)[made_id("mine") + "!"].item_id == item_id


@pytest.mark.parametrize(
    ("locale", "taken"),
    [("en-US", "Ana is taken Tue May 5, 12:00 PM to 12:50 PM."), ("de-DE", "Ana is taken Tue 5 May, 12:00 to 12:50.")],
)
def test_every_list_writes_times_as_the_business_does(replica: Replica, salon: Salon, locale: str, taken: str) -> None:
    salon.tx.rows[Business, BUSINESS.id] = replace(BUSINESS, locale=locale)
    lost(replica, salon)
    edit = booking(TEN + timedelta(hours=2), name="another")
    assert verdict(replica, edit.name, edit.args).why_not == taken
    assert attention_items(replica)[0].why == taken
    assert shown(replica)[made_id("mine") + "!"].refused == taken
    card = appointment_card(replica, made_id("theirs"))
    assert card is not None
    starts = "Tue May 5, 10:00 AM" if locale == "en-US" else "Tue 5 May, 10:00"
    assert f"It starts {starts}: before" in dict(card.steps)["no_show"].why_not


def test_taking_a_free_slot_settles_it_at_once_on_this_desk(replica: Replica, salon: Salon) -> None:
    item_id = lost(replica, salon)
    start = free_slots_for_item(replica, item_id)[0].start
    edit = attention.move(item_id, start=start)
    replica.edit(edit.name, edit.args)
    assert attention_items(replica) == ()
    assert shown(replica)[made_id("mine")].span.start == start
    assert shown(replica)[made_id("mine")].pending


def test_the_setup_offers_what_is_not_archived(replica: Replica) -> None:
    told = setup(replica)
    assert [one.name for one in told.services] == ["Colour", "Cut"]
    assert [one.name for one in told.locations] == ["Mitte"]
    assert [one.name for one in told.resources] == ["Ana", "Ben"]


def test_what_somebody_did_as_another_shows_under_the_others_name(tmp_path: Path, salon: Salon) -> None:
    theirs = Member(id=UserId(made_id("whom")), name="Nina Voss", email="nina@salon.example", role=Role.TENANT_STAFF)
    visit = salon.tx.find(Appointment, made_id("theirs"))
    assert visit is not None
    step = replace(visit.steps[0], by=UserId(made_id("who")), as_whom=theirs.id)
    salon.tx.apply(Changes(put=(theirs, replace(visit, steps=(step,), notes="Comes late"))))
    about = NoteAbout.APPOINTMENT
    note = Note(
        id=NoteId(made_id("note")), about=about, subject_id=visit.id, text="Rang", author_id=UserId(made_id("who")),
        as_whom=theirs.id, at=TEN,
    )  # fmt: skip
    salon.tx.apply(Changes(put=(note,)))
    place = filled(tmp_path / "masked.db", salon)
    card = appointment_card(place, visit.id)
    assert card is not None
    assert {one.author for one in card.notes} == {"Nina Voss"}
    assert card.made_by == "Nina Voss"
    place.close()


def item_of(edit: Any, code: str = "slot_taken", name: str = "item") -> AttentionItem:
    """An edit of this desk as the server leaves it behind that it has refused."""
    mutation = MUTATIONS[edit.name]
    return AttentionItem(
        id=AttentionItemId(made_id(name)), mutation_id=MutationId(made_id(f"edit of {name}")), name=edit.name,
        args=sendable(edit.name, mutation.version, edit.args), code=code, details={},
        subject_id=mutation.subject(edit.args), author_id=STAFF_USER, as_whom=None, made_at=TEN - timedelta(days=1),
        state=AttentionState.OPEN,
    )  # fmt: skip


def drawn_on(replica: Replica, day: date) -> list[tuple[str, datetime]]:
    """What the book of a day draws that was refused: the visit, and from when."""
    return [(one.id, one.span.start) for one in day_book(replica, day, LOCATION).bookings if one.refused]


def test_a_refused_wish_is_drawn_on_each_day_that_it_touches_and_on_no_other(replica: Replica) -> None:
    late = datetime(2026, 5, 5, 21, 30, tzinfo=UTC)  # 23:30 at the salon
    replica.apply_lines(patch(2, item_of(booking(late))))
    days = [DAY + timedelta(days=number) for number in range(-1, 3)]
    assert [drawn_on(replica, day) for day in days] == [[], [(made_id("mine"), late)], [(made_id("mine"), late)], []]


def test_a_refused_move_that_leaves_the_start_is_drawn_where_the_visit_is_now(replica: Replica) -> None:
    visit = replica.tx().find(Appointment, made_id("theirs"))
    assert visit is not None
    longer = appointments.reschedule(visit, start=TEN, segments=[appointments.wish(CUT.id, [BEN.id])])
    assert longer.args.start is None
    other = replace(visit, starts_at=TEN + timedelta(days=1), ends_at=visit.ends_at + timedelta(days=1))
    replica.apply_lines(patch(2, item_of(longer, "changed_meanwhile"), other))
    assert drawn_on(replica, DAY) == []
    assert drawn_on(replica, DAY + timedelta(days=1)) == [(visit.id, other.starts_at)]


def test_a_move_that_would_be_refused_is_drawn_where_it_leads(replica: Replica, salon: Salon) -> None:
    visit = replica.tx().find(Appointment, made_id("theirs"))
    assert visit is not None
    start = TEN + timedelta(days=1)
    edit = appointments.reschedule(visit, start=start)
    replica.edit(edit.name, edit.args)
    salon.book("first", start=start)
    replica.apply_lines(patch(2, *salon.tx.rows.values()))
    assert drawn_on(replica, DAY) == []
    assert drawn_on(replica, DAY + timedelta(days=1)) == [(visit.id, start)]


def test_the_number_is_that_of_the_items_that_are_not_being_settled(replica: Replica) -> None:
    items = [item_of(booking(TEN, name=f"{name}'s visit"), name=name) for name in ("one", "two", "three")]
    replica.apply_lines(patch(2, *items))

    def listed() -> list[str]:
        return [one.id for one in attention_items(replica) if not one.settling]

    assert count_attention(replica) == len(listed()) == 3
    for seq, (item, name) in enumerate(((0, "resolve"), (1, "resolve"), (1, "reopen")), 100):
        # As where the rules would refuse here what is on its way to the server.
        replica.outbox.add(
            Waiting(
                seq=seq, id=made_id(f"waits {seq}"), name=f"attention.{name}", v=1, args={}, author="", user_id="",
                lease="", elapsed=0, at=TEN, label="", subject=items[item].id,
            )
        )  # fmt: skip
    assert listed() == sorted([items[1].id, items[2].id])
    assert count_attention(replica) == 2


def test_the_lists_mark_what_waits_and_nothing_else(replica: Replica, salon: Salon) -> None:
    salon.book("other", start=TEN + timedelta(hours=4))
    replica.apply_lines(patch(2, *salon.tx.all(Appointment)))

    def marked() -> tuple[list[str], bool, bool]:
        lines = [str(one.visit.id) for one in day_list(replica, DAY, LOCATION, None).lines if one.pending]
        card, page = customer_card(replica, MIRA.id), customer_page(replica, MIRA.id, at=TEN)
        assert card is not None
        assert page is not None
        return lines, card.pending, page.pending

    assert marked() == ([], False, False)
    visit = replica.tx().find(Appointment, made_id("theirs"))
    assert visit is not None
    edit = appointments.reschedule(visit, start=TEN + timedelta(hours=2))
    replica.edit(edit.name, edit.args)
    assert marked() == ([visit.id], False, False)
    renamed = customers.update(MIRA, {"name": "Mira Voss"})
    replica.edit(renamed.name, renamed.args)
    assert marked() == ([visit.id], True, True)
