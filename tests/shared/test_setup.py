"""What an owner sets up, through the rules."""

from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Code, Refusal
from shared.model.appointment import Allocation
from shared.model.member import Role
from shared.mutations.decide import OutcomeKind
from shared.protocol.codec import arguments_of
from tests.support.salon import ANA, CUT, LOCATION, MIRA, TEN, Salon, made_id


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
