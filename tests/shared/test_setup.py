"""What an owner sets up, through the rules."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Allocation
from shared.model.base import LocationId, OwnerId
from shared.model.business import Location
from shared.model.member import Role
from shared.model.registry import unstructured
from shared.model.resource import Resource, ResourceKind
from shared.mutations.decide import Decision, OutcomeKind
from shared.mutations.hours import DateSeen, date_seen, openings_of
from shared.protocol.codec import arguments_of
from shared.store import Changes
from tests.support.salon import ANA, BEN, CUT, LOCATION, MEMBER, MIRA, TEN, Salon, booking_of, made_id, was


def lead(salon: Salon, name: str, **args: Any) -> Code | None:
    return salon.send(name, role=Role.TENANT_OWNER, **args).code


@pytest.mark.parametrize("owner", [ANA.id, LOCATION.id])
def test_hours_belong_to_a_resource_or_a_location(owner: str) -> None:
    assert lead(Salon(), "hours.set", owner_id=owner, weekday=0, openings=[]) is None
    assert lead(Salon(), "hours.except", owner_id=owner, day="2026-12-25") is None


def test_hours_of_nobody_are_refused() -> None:
    stranger = made_id("another tenant's")
    assert lead(Salon(), "hours.set", owner_id=stranger, weekday=0, openings=[]) is Code.NOT_FOUND
    assert lead(Salon(), "hours.except", owner_id=stranger, day="2026-12-25") is Code.NOT_FOUND


def opening(opens: int, closes: int, **dates: str) -> dict[str, Any]:
    return {"opens": opens, "closes": closes, "valid_from": None, "valid_to": None} | dates


MORNING, NOON, LATE, SUMMER = (
    opening(540, 720), opening(780, 1080), opening(1140, 1260), opening(600, 900, valid_from="2026-06-01")
)  # fmt: skip


def set_monday(salon: Salon, *openings: dict[str, Any], was: list[dict[str, Any]] | None = None) -> Decision:
    return salon.send(
        "hours.set", role=Role.TENANT_OWNER, owner_id=ANA.id, weekday=0, openings=list(openings), was=was
    )  # fmt: skip


def mondays(salon: Salon) -> list[dict[str, Any]]:
    return [unstructured(one) for one in openings_of(salon.tx, OwnerId(ANA.id), 0)]


def test_hours_that_another_has_set_unseen_are_not_written_over() -> None:
    salon = Salon()
    set_monday(salon, MORNING, NOON)
    assert set_monday(salon, MORNING, NOON, LATE, was=[MORNING, NOON]).code is None
    shorter = opening(750, 1080)
    told = set_monday(salon, MORNING, shorter, was=[NOON, MORNING])
    assert told.code is Code.CHANGED_MEANWHILE
    assert told.details == {
        "what": "hours", "subject": ANA.id, "name": "Ana", "weekday": 0, "was": {"openings": [NOON, MORNING]},
        "now": {"openings": [MORNING, NOON, LATE]},
    }  # fmt: skip
    assert mondays(salon) == [MORNING, NOON, LATE]
    settled = salon.send("attention.resolve", role=Role.TENANT_OWNER, item_id=told.item_id, choice="keep")
    assert settled.code is None
    assert mondays(salon) == [MORNING, shorter]


def test_hours_that_another_has_set_alike_are_theirs() -> None:
    salon = Salon()
    set_monday(salon, MORNING)
    assert not set_monday(salon, MORNING, NOON, was=[MORNING]).already
    assert set_monday(salon, NOON, MORNING, was=[MORNING]).already
    half: dict[str, Any] = {"owner_id": ANA.id, "day": "2026-06-01", "opens": 600, "closes": 840, "reason": "Half"}
    days = [salon.send("hours.except", role=Role.TENANT_OWNER, **half).already for _ in range(2)]
    assert days == [False, True]


HALF: dict[str, Any] = {"opens": 540, "closes": 720, "reason": "Half day"}
DATE: dict[str, Any] = {"owner_id": ANA.id, "day": "2026-06-01"}


def dated(salon: Salon) -> DateSeen:
    return date_seen(salon.tx, OwnerId(ANA.id), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("back", "seen"),
    [
        (("hours.clear", {}), {"reason": "Closed"}),
        (("hours.except", {"opens": 600, "closes": 900}), {"by_week": True}),
        (("hours.except", {"opens": 600, "closes": 900}), {"opens": 540, "closes": 720, "reason": "School run"}),
    ],
)
def test_what_others_have_made_of_a_date_since_is_not_taken_back(
    back: tuple[str, dict[str, Any]], seen: dict[str, Any]
) -> None:
    salon = Salon()
    (name, args), owner = back, Role.TENANT_OWNER
    assert salon.send("hours.except", role=owner, **DATE, **HALF).code is None
    there = dated(salon)
    told = salon.send(name, role=owner, **DATE, **args, was=seen)
    assert (told.code, dated(salon)) == (Code.CHANGED_MEANWHILE, there)
    assert told.details is not None
    assert told.details["now"] == unstructured(there)
    assert salon.send("attention.resolve", role=owner, item_id=told.item_id, choice="keep").code is None
    assert dated(salon) != there


def test_what_still_stands_on_a_date_is_taken_back_and_so_is_what_nothing_stands_on() -> None:
    salon, owner = Salon(), Role.TENANT_OWNER
    assert salon.send("hours.except", role=owner, **DATE, **HALF, was={"by_week": True}).code is None
    assert salon.send("hours.except", role=owner, **DATE, **HALF, was={"by_week": True}).already
    assert salon.send("hours.clear", role=owner, **DATE, was=HALF).code is None
    assert salon.send("hours.clear", role=owner, **DATE, was=HALF).already
    refused = salon.send("hours.except", role=owner, **DATE, was=HALF)
    assert refused.code is Code.CHANGED_MEANWHILE
    assert dated(salon).by_week


def test_hours_that_hold_on_other_dates_go_together() -> None:
    salon = Salon()
    set_monday(salon, MORNING)
    assert set_monday(salon, MORNING, SUMMER, was=[MORNING]).code is None
    assert set_monday(salon, MORNING, NOON, was=[MORNING]).code is None
    assert mondays(salon) == [MORNING, SUMMER, NOON]


def test_hours_that_two_have_set_alike_are_as_both_want_them() -> None:
    salon = Salon()
    set_monday(salon, MORNING)
    assert set_monday(salon, NOON, was=[MORNING]).code is None
    assert set_monday(salon, NOON, was=[MORNING]).code is None
    assert mondays(salon) == [NOON]


def test_hours_of_somebody_who_saw_nothing_are_as_they_say() -> None:
    salon = Salon()
    set_monday(salon, MORNING, SUMMER)
    assert set_monday(salon, NOON).code is None
    assert mondays(salon) == [NOON]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("resource.update", {"resource_id": ANA.id}),
        ("service.update", {"service_id": CUT.id}),
        ("location.update", {"location_id": LOCATION.id}),
    ],
)
def test_a_name_cannot_be_emptied(name: str, args: dict[str, Any]) -> None:
    seen = {"resource.update": "Ana", "service.update": "Cut", "location.update": "Mitte"}[name]
    edits = [{"field": "name", "was": seen, "value": " "}]
    assert lead(Salon(), name, **args, edits=edits) is Code.INVALID


def test_a_price_is_changed_by_those_who_may() -> None:
    edits = [{"field": "price", "was": CUT.price, "value": 5000}]
    salon = Salon()
    assert salon.send("service.update", service_id=CUT.id, edits=edits).code is Code.NOT_ALLOWED
    done = salon.send("service.update", role=Role.TENANT_MANAGER, service_id=CUT.id, edits=edits)
    assert done.outcome is OutcomeKind.APPLIED


def test_what_was_seen_cannot_be_made_to_fill_the_log() -> None:
    edits = [{"field": "notes", "was": "x" * 50_000, "value": ""}]
    with pytest.raises(Refusal):
        arguments_of("customer.update", 1, {"customer_id": MIRA.id, "edits": edits})


def capacity(salon: Salon, was: int, value: int) -> None:
    edits = [{"field": "capacity", "was": was, "value": value}]
    assert lead(salon, "resource.update", resource_id=ANA.id, edits=edits) is None


def test_a_lowered_capacity_keeps_what_exists_and_marks_what_has_no_room_any_more() -> None:
    salon = Salon()
    capacity(salon, 1, 2)
    for number in range(2):
        assert salon.book(f"side by side {number}").code is None
    assert salon.book("by itself", TEN + timedelta(hours=2)).code is None
    capacity(salon, 2, 1)
    held = salon.tx.all(Allocation)
    assert len(held) == 3
    first, second = (one for one in held if one.starts_at.hour == 8)
    alone = next(one for one in held if one.starts_at.hour == 10)
    assert first.over != second.over
    assert not alone.over
    assert salon.book("one more", TEN).code is Code.SLOT_TAKEN
    assert salon.book("beside it", TEN + timedelta(hours=1)).code is None


def test_a_capacity_that_is_raised_again_takes_the_marks_off() -> None:
    salon = Salon()
    capacity(salon, 1, 2)
    for number in range(2):
        salon.book(f"side by side {number}")
    capacity(salon, 2, 1)
    capacity(salon, 1, 2)
    assert [one.over for one in salon.tx.all(Allocation)] == [False, False]
    assert salon.book("one more").code is Code.SLOT_TAKEN
    capacity(salon, 2, 1)
    assert sorted(one.over for one in salon.tx.all(Allocation)) == [False, True]


def test_what_stands_over_a_rule_by_a_reason_stays_so_whatever_the_capacity() -> None:
    salon = Salon()
    salon.book("first")
    wish = booking_of("over") | {"override": "squeezed in"}
    assert salon.send("appointment.book", role=Role.TENANT_OWNER, **wish).code is None
    capacity(salon, 1, 2)
    assert {one.appointment_id: one.over for one in salon.tx.all(Allocation)} == {
        made_id("first"): False,
        made_id("over"): True,
    }
    assert salon.book("third").code is Code.SLOT_TAKEN


def test_what_a_lowered_capacity_left_without_room_holds_its_place_once_it_stands_alone() -> None:
    salon = Salon()
    capacity(salon, 1, 2)
    for name in ("first", "second"):
        salon.book(name)
    capacity(salon, 2, 1)
    kept = next(one for one in salon.tx.all(Allocation) if not one.over)
    salon.send("appointment.cancel", appointment_id=kept.appointment_id, was=was("booked"))
    assert salon.book("third").code is Code.SLOT_TAKEN


def change(salon: Salon, resource: str, field: str, was: object, value: object) -> Code | None:
    edits = [{"field": field, "was": was, "value": value}]
    return lead(salon, "resource.update", resource_id=resource, edits=edits)


def resource(salon: Salon, row_id: str) -> Resource:
    found = salon.tx.find(Resource, row_id)
    assert found is not None
    return found


def test_who_signs_in_behind_a_person_is_linked_and_unlinked() -> None:
    salon = Salon()
    salon.book("visit")
    assert change(salon, BEN.id, "member_id", None, MEMBER.id) is None
    assert resource(salon, BEN.id).member_id == MEMBER.id
    assert change(salon, BEN.id, "member_id", MEMBER.id, None) is None
    assert resource(salon, BEN.id).member_id is None
    assert change(salon, ANA.id, "member_id", MEMBER.id, None) is None
    assert change(salon, BEN.id, "member_id", None, made_id("nobody")) is Code.NOT_FOUND
    assert change(salon, BEN.id, "member_id", None, 3) is Code.INVALID


def test_what_was_never_booked_can_be_something_else_somewhere_else() -> None:
    salon = Salon()
    other = Location(id=LocationId(made_id("other")), name="East", zone="Europe/Berlin", address="")
    salon.tx.apply(Changes(put=(other,)))
    assert change(salon, BEN.id, "kind", "STAFF", "ROOM") is None
    assert change(salon, BEN.id, "location_id", LOCATION.id, other.id) is None
    assert (resource(salon, BEN.id).kind, resource(salon, BEN.id).location_id) == (ResourceKind.ROOM, other.id)
    assert change(salon, BEN.id, "kind", "ROOM", "PLANET") is Code.INVALID
    assert change(salon, BEN.id, "location_id", other.id, made_id("nowhere")) is Code.NOT_FOUND


@pytest.mark.parametrize(("field", "was", "value"), [("kind", "STAFF", "ROOM"), ("location_id", LOCATION.id, "other")])
def test_what_was_booked_stays_what_and_where_it_is(field: str, was: str, value: str) -> None:
    salon = Salon()
    other = Location(id=LocationId(made_id("other")), name="East", zone="Europe/Berlin", address="")
    salon.tx.apply(Changes(put=(other,)))
    salon.book("visit")
    wanted = other.id if value == "other" else value
    assert change(salon, ANA.id, field, was, wanted) is Code.IN_USE
    assert change(salon, ANA.id, field, was, was) is None
