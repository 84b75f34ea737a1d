"""Booking, moving and ending appointments through the rules."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Allocation, Appointment, Part, Segment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.member import Role
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.decide import Decision, OutcomeKind
from shared.rules import choosing
from shared.rules.booking import LONGEST, LONGEST_BUFFER, require_sound, stood_over
from shared.store import Changes
from tests.support.salon import (
    ANA,
    BEN,
    BUSINESS,
    COLOUR,
    CUT,
    LOCATION,
    NOW,
    TEN,
    Salon,
    booking_of,
    made_id,
    was,
    wire,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def salon() -> Salon:
    return Salon()


def appointment(salon: Salon, name: str) -> Appointment:
    found = salon.tx.find(Appointment, made_id(name))
    assert found is not None
    return found


def held(salon: Salon) -> list[tuple[str, str, int]]:
    rows = sorted(salon.tx.all(Allocation), key=lambda one: (one.starts_at, one.resource_id))
    names = {ANA.id: "Ana", BEN.id: "Ben"}
    return [(names[one.resource_id], wire(one.starts_at), (one.ends_at - one.starts_at).seconds // 60) for one in rows]


def test_a_booking_holds_its_resource_with_its_buffer(salon: Salon) -> None:
    assert salon.book("first").outcome is OutcomeKind.APPLIED
    assert held(salon) == [("Ana", "2026-05-05T08:00:00Z", 50)]
    assert appointment(salon, "first").wall_start == "2026-05-05T10:00:00"
    assert appointment(salon, "first").price == 4500


def test_an_id_that_exists_is_made_once(salon: Salon) -> None:
    salon.book("first")
    again = salon.book("first", TEN + HOUR)
    assert again.outcome is OutcomeKind.APPLIED
    assert appointment(salon, "first").starts_at == TEN


def test_refuses_a_taken_slot_and_keeps_all_that_was_entered(salon: Salon) -> None:
    salon.book("first")
    refused = salon.book("second", notes="prefers the window")
    assert (refused.outcome, refused.code) == (OutcomeKind.REJECTED, Code.SLOT_TAKEN)
    (item,) = salon.tx.all(AttentionItem)
    assert item.id == refused.item_id
    assert item.args["notes"] == "prefers the window"
    assert item.details["resource_name"] == "Ana"
    assert salon.tx.find(Appointment, made_id("second")) is None


def test_two_services_in_a_row_of_one_person_hold_one_span(salon: Salon) -> None:
    segments = [{"service_id": CUT.id, "resources": [ANA.id]}, {"service_id": COLOUR.id, "resources": [ANA.id]}]
    assert salon.book("both", segments=segments).outcome is OutcomeKind.APPLIED
    assert held(salon) == [("Ana", "2026-05-05T08:00:00Z", 45 + 80 + 10)]


SOUND = choosing.snapshot(COLOUR, (ANA.id,))


@pytest.mark.parametrize(
    "sound",
    [
        SOUND,
        replace(SOUND, active=0, finishing=0),
        replace(SOUND, active=LONGEST - 50),
        replace(SOUND, before=LONGEST_BUFFER, after=LONGEST_BUFFER),
        replace(SOUND, before=0, after=0),
        replace(SOUND, parts=(Part(resource_id=ANA.id, units=1),)),
    ],
)
def test_a_visit_of_some_length_with_somebody_is_one(sound: Segment) -> None:
    require_sound([sound])


@pytest.mark.parametrize(
    ("unsound", "what"),
    [
        (replace(SOUND, active=0, processing=0, finishing=0), "length"),
        (replace(SOUND, active=LONGEST - 49), "length"),
        (replace(SOUND, active=-1), "length"),
        (replace(SOUND, processing=-1), "length"),
        (replace(SOUND, finishing=-1), "length"),
        (replace(SOUND, before=-1), "buffer"),
        (replace(SOUND, after=-1), "buffer"),
        (replace(SOUND, before=LONGEST_BUFFER + 1), "buffer"),
        (replace(SOUND, after=LONGEST_BUFFER + 1), "buffer"),
        (replace(SOUND, resources=()), "no_resource"),
        (replace(SOUND, resources=(ANA.id, ANA.id)), "resource_twice"),
        (replace(SOUND, parts=(Part(resource_id=BEN.id),)), "part"),
        (replace(SOUND, parts=(Part(resource_id=ANA.id, units=0),)), "part"),
    ],
)
def test_what_is_no_visit_is_refused_and_says_what_is_wrong_with_it(unsound: Segment, what: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_sound([SOUND, unsound])
    assert (refused.value.code, refused.value.details["what"]) == (Code.INVALID, what)


def test_services_of_a_day_and_a_minute_together_are_no_visit() -> None:
    half = replace(SOUND, active=LONGEST // 2 - 50)
    require_sound([half, half])
    with pytest.raises(Refusal):
        require_sound([half, replace(half, active=half.active + 1)])


@pytest.mark.parametrize(("minutes", "code"), [(50, None), (49, Code.INVALID)])
def test_a_visit_is_not_shorter_than_what_takes_effect_in_it_takes(
    salon: Salon, minutes: int, code: Code | None
) -> None:
    wish = {"service_id": COLOUR.id, "resources": [ANA.id], "minutes": minutes}
    assert salon.book("short", segments=[wish]).code is code


def test_nothing_is_booked_where_a_business_is_no_more_or_never_was(salon: Salon) -> None:
    assert salon.book("nowhere", location_id=made_id("nowhere")).code is Code.NOT_FOUND
    salon.tx.apply(Changes(put=(replace(LOCATION, archived=True),)))
    closed = salon.book("there")
    assert (closed.code, closed.details and closed.details["name"]) == (Code.ARCHIVED, "Mitte")
    assert held(salon) == []


@pytest.mark.parametrize("one", [ANA, CUT])
def test_what_is_archived_or_unknown_is_not_booked(salon: Salon, one: Resource | Service) -> None:
    known = {"service_id": CUT.id, "resources": [ANA.id]}
    field = "resources" if one is ANA else "service_id"
    unknown = made_id("nothing")
    told = salon.book("unknown", segments=[known | {field: [unknown] if one is ANA else unknown}])
    assert (told.code, told.details and told.details["subject"]) == (Code.NOT_FOUND, unknown)
    salon.tx.apply(Changes(put=(replace(one, archived=True),)))
    told = salon.book("archived")
    assert (told.code, told.details and told.details["name"]) == (Code.ARCHIVED, one.name)
    assert held(salon) == []


def test_moving_never_conflicts_with_itself(salon: Salon) -> None:
    salon.book("first")
    moved = salon.send(
        "appointment.reschedule",
        appointment_id=made_id("first"),
        was=was("booked"),
        start=wire(TEN + timedelta(minutes=15)),
    )
    assert moved.outcome is OutcomeKind.APPLIED
    assert held(salon) == [("Ana", "2026-05-05T08:15:00Z", 50)]


def test_moves_to_another_person_and_length(salon: Salon) -> None:
    salon.book("first")
    salon.send(
        "appointment.reschedule",
        appointment_id=made_id("first"),
        was=was("booked"),
        start=wire(TEN),
        segments=[{"service_id": CUT.id, "resources": [BEN.id], "minutes": 60}],
    )
    assert held(salon) == [("Ben", "2026-05-05T08:00:00Z", 65)]


def test_a_move_that_is_done_already_changes_nothing(salon: Salon) -> None:
    salon.book("first", TEN + HOUR)
    done = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), start=wire(TEN + HOUR)
    )
    assert done.outcome is OutcomeKind.APPLIED


BEFORE = {
    "service_id": COLOUR.id, "price": 7000, "before": 0, "active": 20, "processing": 10, "finishing": 10, "after": 0,
}  # fmt: skip


def put_back(salon: Salon, segments: list[dict[str, Any]], **more: Any) -> Decision:
    salon.book("first")
    return salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), segments=segments,
        as_before=[BEFORE], **{"role": Role.TENANT_MANAGER} | more,
    )  # fmt: skip


def test_a_service_that_is_put_back_is_as_it_was_booked(salon: Salon) -> None:
    cut, colour = ({"service_id": one.id, "resources": [ANA.id]} for one in (CUT, COLOUR))
    assert put_back(salon, [cut, colour]).code is None
    now = appointment(salon, "first")
    assert [(one.name, one.price, one.minutes) for one in now.segments] == [("Cut", 4500, 45), ("Colour", 7000, 40)]


def test_a_service_that_is_archived_is_not_put_back(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(COLOUR, archived=True),)))
    assert put_back(salon, [{"service_id": COLOUR.id, "resources": [ANA.id]}]).code is Code.ARCHIVED


def test_no_customer_says_what_a_visit_costs(salon: Salon) -> None:
    wish = [{"service_id": COLOUR.id, "resources": [ANA.id]}]
    assert put_back(salon, wish, role=Role.CUSTOMER).code is Code.NOT_ALLOWED


@pytest.mark.parametrize(("price", "code"), [(COLOUR.price, None), (7000, Code.NOT_ALLOWED), (0, Code.NOT_ALLOWED)])
def test_whoever_may_set_no_prices_puts_a_service_back_at_a_price_that_it_has(
    salon: Salon, *, price: int, code: Code | None
) -> None:
    salon.book("first")
    told = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), role=Role.TENANT_STAFF,
        segments=[{"service_id": COLOUR.id, "resources": [ANA.id]}], as_before=[BEFORE | {"price": price}],
    )  # fmt: skip
    assert told.code is code
    assert appointment(salon, "first").price == (4500 if code else price)


def test_staff_take_back_what_they_added_beside_a_service_that_costs_more_today(salon: Salon) -> None:
    """What stays in the visit keeps its price of then, whoever takes the rest out."""
    salon.book("first")
    salon.tx.apply(Changes(put=(replace(CUT, price=5000),)))
    cut, colour = ({"service_id": one.id, "resources": [ANA.id]} for one in (CUT, COLOUR))
    where: dict[str, Any] = {
        "appointment_id": made_id("first"), "was": was("booked", TEN), "role": Role.TENANT_STAFF,
    }  # fmt: skip
    assert salon.send("appointment.reschedule", **where, segments=[cut, colour]).code is None
    then = BEFORE | {"service_id": CUT.id, "price": 4500}
    assert salon.send("appointment.reschedule", **where, segments=[cut], as_before=[then]).code is None
    assert [(one.name, one.price) for one in appointment(salon, "first").segments] == [("Cut", 4500)]


def test_a_stale_move_is_refused_with_both_versions(salon: Salon) -> None:
    salon.book("first", TEN + HOUR)
    stale = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), start=wire(TEN + 3 * HOUR)
    )
    assert stale.code is Code.CHANGED_MEANWHILE
    assert stale.details is not None
    assert (stale.details["was"], stale.details["now"]) == (
        {"status": "booked", "start": wire(TEN)},
        {"status": "booked", "start": wire(TEN + HOUR)},
    )


def test_cancelling_frees_the_slot_and_is_late_inside_the_window(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"), at=TEN - HOUR)
    assert held(salon) == []
    assert appointment(salon, "first").cancelled_late
    assert salon.book("second").outcome is OutcomeKind.APPLIED


@pytest.mark.parametrize(("minutes", "late"), [(24 * 60, False), (24 * 60 - 1, True)])
def test_a_cancellation_is_late_from_the_window_on_and_costs_its_fee(salon: Salon, *, minutes: int, late: bool) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, late_fee=1500),)))
    salon.book("first")
    at = TEN - timedelta(minutes=minutes)
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"), at=at)
    ended = appointment(salon, "first")
    assert (ended.cancelled_late, ended.fee) == (late, 1500 if late else 0)


def test_undoing_a_cancellation_checks_the_slot_again(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    salon.book("second")
    back = salon.send("appointment.undo_step", appointment_id=made_id("first"), was=was("cancelled"))
    assert back.code is Code.SLOT_TAKEN
    assert appointment(salon, "first").status is Status.CANCELLED


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        (["arrive", "start", "complete"], Status.COMPLETED),
        (["confirm", "arrive", "complete"], Status.COMPLETED),
        (["arrive", "undo_step"], Status.BOOKED),
    ],
)
def test_steps_follow_the_flow(salon: Salon, steps: list[str], ends: Status) -> None:
    salon.book("first")
    for step in steps:
        now = appointment(salon, "first").status.value
        taken = salon.send(f"appointment.{step}", appointment_id=made_id("first"), was=was(now))
        assert taken.outcome is OutcomeKind.APPLIED
    assert appointment(salon, "first").status is ends


def test_nobody_has_failed_to_come_before_the_start(salon: Salon) -> None:
    salon.book("first")
    early = salon.send("appointment.no_show", appointment_id=made_id("first"), was=was("booked"), at=NOW)
    assert early.code is Code.NOT_STARTED
    late = salon.send("appointment.no_show", appointment_id=made_id("first"), was=was("booked"), at=TEN)
    assert late.outcome is OutcomeKind.APPLIED
    assert held(salon) == []


def test_a_completed_visit_is_not_moved(salon: Salon) -> None:
    salon.book("first")
    salon.send("appointment.complete", appointment_id=made_id("first"), was=was("booked"))
    moved = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("completed"), start=wire(TEN + HOUR)
    )
    assert moved.code is Code.WRONG_STATUS


def test_an_override_needs_the_right_and_a_reason(salon: Salon) -> None:
    salon.book("first")
    assert salon.book("second", override="regular customer").code is Code.NOT_ALLOWED
    wish = booking_of("third") | {"override": "  "}
    assert salon.send("appointment.book", role=Role.TENANT_MANAGER, **wish).code is Code.INVALID
    wish = booking_of("fourth") | {"override": "regular customer"}
    assert salon.send("appointment.book", role=Role.TENANT_MANAGER, **wish).outcome is OutcomeKind.APPLIED
    assert appointment(salon, "fourth").override_reason == "regular customer"


def squeezed_in(salon: Salon, name: str, start: datetime = TEN) -> None:
    wish = booking_of(name, start) | {"override": "squeezed in"}
    assert salon.send("appointment.book", role=Role.TENANT_OWNER, **wish).outcome is OutcomeKind.APPLIED


def test_what_was_booked_over_a_rule_takes_its_place_like_all_else(salon: Salon) -> None:
    """Whoever squeezed it in has chosen it; nobody has chosen the next one beside it."""
    squeezed_in(salon, "first")
    assert salon.book("second").code is Code.SLOT_TAKEN


def test_what_stands_alone_in_its_place_holds_it(salon: Salon) -> None:
    salon.book("first")
    squeezed_in(salon, "over")
    salon.send("appointment.cancel", appointment_id=made_id("first"), was=was("booked"))
    assert salon.book("third").code is Code.SLOT_TAKEN


def test_what_reaches_beyond_what_it_was_booked_over_holds_that_too(salon: Salon) -> None:
    salon.book("first")
    squeezed_in(salon, "over", TEN + timedelta(minutes=30))
    assert salon.book("third", TEN + HOUR).code is Code.SLOT_TAKEN


def test_what_others_were_booked_over_is_changed_as_before_where_it_stands(salon: Salon) -> None:
    salon.book("first")
    squeezed_in(salon, "over", TEN + timedelta(minutes=30))
    segments = [{"service_id": CUT.id, "resources": [ANA.id], "minutes": 20}]
    change: dict[str, Any] = {"appointment_id": made_id("first"), "was": was("booked")}
    assert salon.send("appointment.reschedule", **change, segments=segments).outcome is OutcomeKind.APPLIED
    earlier = wire(TEN - timedelta(minutes=15))
    assert salon.send("appointment.reschedule", **change, start=earlier).outcome is OutcomeKind.APPLIED


def test_what_others_were_booked_over_moves_no_further_under_them(salon: Salon) -> None:
    salon.book("first")
    squeezed_in(salon, "over", TEN + timedelta(minutes=30))
    later = wire(TEN + timedelta(minutes=15))
    moved = salon.send("appointment.reschedule", appointment_id=made_id("first"), was=was("booked"), start=later)
    assert (moved.code, (moved.details or {})["appointment"]) == (Code.SLOT_TAKEN, made_id("over"))


def test_beside_whom_a_visit_may_come_back(salon: Salon) -> None:
    """What stands over a rule, to whoever stands there; what does not, to those alone who were let in over it."""
    salon.tx.apply(Changes(put=(replace(ANA, capacity=2),)))
    for name in ("first", "by its side"):
        assert salon.book(name).code is None
    squeezed_in(salon, "second", TEN)
    among = sorted((made_id("first"), made_id("by its side")))
    assert stood_over(salon.tx, appointment(salon, "second")) == tuple(among)
    assert stood_over(salon.tx, appointment(salon, "first")) == (made_id("second"),)


@pytest.mark.parametrize("away", ["moved", "cancelled"])
def test_who_undoes_nothing_gains_nothing_by_naming_who_was_let_in(salon: Salon, away: str) -> None:
    """A desk says of itself beside whom a visit stood: by hand nobody books twice over that without the right to."""
    salon.book("first")
    squeezed_in(salon, "over")
    one: dict[str, Any] = {"appointment_id": made_id("first"), "over": [made_id("over")]}
    if away == "moved":
        later = TEN + timedelta(hours=3)
        salon.send("appointment.reschedule", appointment_id=one["appointment_id"], was=was("booked"), start=wire(later))
        back = salon.send("appointment.reschedule", **one, was=was("booked", later), start=wire(TEN))
    else:
        salon.send("appointment.cancel", appointment_id=one["appointment_id"], was=was("booked"))
        back = salon.send("appointment.undo_step", **one, was=was("cancelled"))
    assert back.code is Code.SLOT_TAKEN


def test_a_step_taken_back_by_hand_passes_over_nobody(salon: Salon) -> None:
    salon.book("first")
    squeezed_in(salon, "over")
    salon.send("appointment.cancel", appointment_id=made_id("over"), was=was("booked"))
    back = salon.send(
        "appointment.undo_step", role=Role.TENANT_OWNER, appointment_id=made_id("over"), was=was("cancelled")
    )
    assert back.code is Code.SLOT_TAKEN


def test_outside_opening_hours_is_refused(salon: Salon) -> None:
    opening: dict[str, Any] = {"owner_id": ANA.id, "weekday": 1, "openings": [{"opens": 540, "closes": 630}]}
    assert salon.send("hours.set", role=Role.TENANT_OWNER, **opening).outcome is OutcomeKind.APPLIED
    assert salon.book("fits", TEN - timedelta(minutes=15)).outcome is OutcomeKind.APPLIED
    salon.send("appointment.cancel", appointment_id=made_id("fits"), was=was("booked", TEN - timedelta(minutes=15)))
    assert salon.book("over").code is Code.OUTSIDE_HOURS


def test_a_blocked_span_is_refused_with_its_reason(salon: Salon) -> None:
    block: dict[str, Any] = {
        "block_id": made_id("block"),
        "resource_id": ANA.id,
        "start": wire(TEN),
        "end": wire(TEN + HOUR),
    }
    assert salon.send("block.put", **block, reason="Dentist").outcome is OutcomeKind.APPLIED
    refused = salon.book("first")
    assert refused.code is Code.BLOCKED
    assert refused.details is not None
    assert refused.details["reason"] == "Dentist"


def test_staff_block_only_their_own_time(salon: Salon) -> None:
    block: dict[str, Any] = {
        "block_id": made_id("block"),
        "resource_id": BEN.id,
        "start": wire(TEN),
        "end": wire(TEN + HOUR),
    }
    assert salon.send("block.put", **block).code is Code.NOT_ALLOWED


def test_a_booking_beyond_the_horizon_is_refused(salon: Salon) -> None:
    assert salon.book("far", TEN + timedelta(days=400)).code is Code.TOO_FAR_AHEAD


def test_choosing_another_slot_makes_the_same_appointment(salon: Salon) -> None:
    salon.book("first")
    item = salon.book("second", notes="window seat").item_id
    moved = salon.send("attention.resolve", item_id=item, choice="move", start=wire(TEN + HOUR))
    assert moved.outcome is OutcomeKind.APPLIED
    assert appointment(salon, "second").starts_at == TEN + HOUR
    assert appointment(salon, "second").notes == "window seat"
    assert [one.state for one in salon.tx.all(AttentionItem)] == [AttentionState.MOVED]


def test_choosing_a_slot_that_is_taken_too_keeps_the_one_item_open(salon: Salon) -> None:
    salon.book("first")
    salon.book("other", TEN + HOUR)
    item = salon.book("second").item_id
    again = salon.send("attention.resolve", item_id=item, choice="move", start=wire(TEN + HOUR))
    assert (again.code, again.item_id) == (Code.SLOT_TAKEN, item)
    assert [one.state for one in salon.tx.all(AttentionItem)] == [AttentionState.OPEN]


def test_what_depends_on_a_refused_booking_is_gathered_and_follows_it(salon: Salon) -> None:
    salon.book("first")
    item = salon.book("second").item_id
    arrived = salon.send("appointment.arrive", appointment_id=made_id("second"), was=was("booked"))
    assert (arrived.code, arrived.item_id) == (Code.DEPENDENCY, item)
    assert len(salon.tx.all(AttentionItem)) == 1
    salon.send("attention.resolve", item_id=item, choice="move", start=wire(TEN + HOUR))
    assert appointment(salon, "second").status is Status.ARRIVED


def test_keeping_a_refused_move_makes_it_against_what_is_there_now(salon: Salon) -> None:
    salon.book("first", TEN + HOUR)
    stale = salon.send(
        "appointment.reschedule", appointment_id=made_id("first"), was=was("booked", TEN), start=wire(TEN + 3 * HOUR)
    )
    kept = salon.send("attention.resolve", item_id=stale.item_id, choice="keep")
    assert kept.outcome is OutcomeKind.APPLIED
    assert appointment(salon, "first").starts_at == TEN + 3 * HOUR


def test_dropping_lets_the_edit_go_and_can_be_repeated(salon: Salon) -> None:
    salon.book("first")
    item = salon.book("second").item_id
    assert salon.send("attention.resolve", item_id=item, choice="drop").outcome is OutcomeKind.APPLIED
    assert salon.send("attention.resolve", item_id=item, choice="drop").outcome is OutcomeKind.APPLIED
    assert salon.tx.find(Appointment, made_id("second")) is None


def test_a_request_that_held_nothing_is_confirmed_only_where_there_is_room(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, requests_hold=False),)))
    salon.book("asked", status="requested")
    assert held(salon) == []
    salon.book("first")
    salon.tx.apply(Changes(put=(BUSINESS,)))
    confirmed = salon.send("appointment.confirm", appointment_id=made_id("asked"), was=was("requested"))
    assert (confirmed.outcome, confirmed.code) == (OutcomeKind.REJECTED, Code.SLOT_TAKEN)
    assert appointment(salon, "asked").status is Status.REQUESTED


def test_a_request_that_held_nothing_holds_its_slot_once_confirmed(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(BUSINESS, requests_hold=False),)))
    salon.book("asked", status="requested")
    salon.tx.apply(Changes(put=(BUSINESS,)))
    salon.send("appointment.confirm", appointment_id=made_id("asked"), was=was("requested"))
    assert held(salon) == [("Ana", "2026-05-05T08:00:00Z", 50)]
    assert salon.book("first").code is Code.SLOT_TAKEN
