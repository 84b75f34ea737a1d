"""Adding and correcting customers through the rules."""

from typing import Any

import pytest

from shared.errors import Code
from shared.model.customer import Customer
from shared.model.member import Role
from shared.mutations.decide import OutcomeKind
from tests.support.salon import ANA, CUT, LOCATION, MIRA, Salon, made_id, was


@pytest.fixture
def salon() -> Salon:
    return Salon()


def mira(salon: Salon) -> Customer:
    found = salon.tx.find(Customer, MIRA.id)
    assert found is not None
    return found


def update(salon: Salon, *edits: tuple[str, Any, Any], role: Role = Role.TENANT_STAFF, **rest: Any) -> Code | None:
    listed = [{"field": field, "was": was, "value": value} for field, was, value in edits]
    return salon.send("customer.update", role=role, customer_id=MIRA.id, edits=listed, **rest).code


def test_a_customer_is_made_once(salon: Salon) -> None:
    wish: dict[str, Any] = {"customer_id": made_id("new"), "name": "  Jo Weiß ", "phones": ["+49 171 555"]}
    assert salon.send("customer.create", **wish).outcome is OutcomeKind.APPLIED
    assert salon.send("customer.create", **wish | {"name": "Other"}).outcome is OutcomeKind.APPLIED
    assert [one.name for one in salon.tx.all(Customer)] == ["Mira Holm", "Jo Weiß"]


def test_a_customer_needs_a_name(salon: Salon) -> None:
    assert salon.send("customer.create", customer_id=made_id("new"), name=" ").code is Code.INVALID
    assert update(salon, ("name", "Mira Holm", " ")) is Code.INVALID


def test_a_name_that_changed_meanwhile_is_asked_about(salon: Salon) -> None:
    assert update(salon, ("name", "Mira Holm", "Mira Lund")) is None
    assert update(salon, ("name", "Mira Holm", "Mira Berg")) is Code.CHANGED_MEANWHILE
    assert mira(salon).name == "Mira Lund"


def test_of_other_fields_the_last_to_arrive_counts(salon: Salon) -> None:
    assert update(salon, ("language", "", "de")) is None
    assert update(salon, ("language", "", "fr")) is None
    assert mira(salon).language == "fr"


def test_an_alert_that_changed_meanwhile_is_asked_about(salon: Salon) -> None:
    """Two allergies, say: neither may go without anybody's knowing."""
    assert update(salon, ("alert", "", "Allergic to latex")) is None
    assert update(salon, ("alert", "", "Allergic to nickel")) is Code.CHANGED_MEANWHILE
    assert mira(salon).alert == "Allergic to latex"


def test_tags_are_added_and_removed_one_by_one(salon: Salon) -> None:
    update(salon, tags_added=["vip", "vegan"])
    update(salon, tags_added=["vip", "new"], tags_removed=["vegan"])
    assert mira(salon).tags == ("vip", "new")


def test_only_those_who_lead_block_a_customer(salon: Salon) -> None:
    assert update(salon, ("blocked", False, True)) is Code.NOT_ALLOWED
    assert update(salon, ("blocked", False, True), role=Role.TENANT_MANAGER) is None
    assert salon.book("first").code is Code.CUSTOMER_BLOCKED


def test_an_archived_customer_asks_to_be_brought_back(salon: Salon) -> None:
    update(salon, ("archived", False, True), role=Role.TENANT_OWNER)
    assert update(salon, ("notes", "", "x")) is Code.ARCHIVED
    assert salon.book("first").code is Code.ARCHIVED


@pytest.mark.parametrize(
    "edit",
    [("id", None, "x"), ("name", "Mira Holm", 7), ("phones", [], "1"), ("phones", [], [1]), ("nothing", 1, 2)],
)
def test_an_edit_that_does_not_fit_is_invalid(salon: Salon, edit: tuple[str, Any, Any]) -> None:
    before = mira(salon)
    assert update(salon, edit) is Code.INVALID
    assert mira(salon) == before


JO = made_id("jo")
WISH: dict[str, Any] = {
    "entry_id": made_id("w"), "customer_id": JO, "location_id": LOCATION.id, "wish": {"service_id": CUT.id},
}  # fmt: skip
NOTE: dict[str, Any] = {"note_id": made_id("n"), "about": "customer", "subject_id": JO, "text": "Comes by train"}
REPEATED: dict[str, Any] = {
    "series_id": made_id("s"), "customer_id": JO, "location_id": LOCATION.id, "first": "2026-05-05T10:00:00",
    "rrule": "FREQ=WEEKLY;COUNT=2", "wishes": [{"service_id": CUT.id, "resources": [ANA.id]}],
    "before": "2026-07-01T08:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(("mutation", "args"), [("waitlist.add", WISH), ("note.add", NOTE), ("series.book", REPEATED)])
def test_a_customer_of_whom_others_wrote_something_is_not_taken_back(
    salon: Salon, mutation: str, args: dict[str, Any]
) -> None:
    salon.send("customer.create", customer_id=JO, name="Jo")
    assert salon.send(mutation, **args).code is None
    assert salon.send("customer.withdraw", made={"customer_id": JO, "name": "Jo"}).code is Code.IN_USE


def test_a_customer_is_taken_back_with_a_wish_that_was(salon: Salon) -> None:
    salon.send("customer.create", customer_id=JO, name="Jo")
    salon.send("waitlist.add", **WISH)
    salon.send("waitlist.withdraw", entry_id=WISH["entry_id"])
    assert salon.send("customer.withdraw", made={"customer_id": JO, "name": "Jo"}).code is None


def test_a_customer_is_taken_back_with_a_series_that_was(salon: Salon) -> None:
    salon.send("customer.create", customer_id=JO, name="Jo")
    salon.send("series.book", **REPEATED)
    salon.send("series.end", series_id=REPEATED["series_id"], was=REPEATED["rrule"])
    assert salon.send("customer.withdraw", made={"customer_id": JO, "name": "Jo"}).code is None


def test_a_customer_who_has_paid_is_not_taken_back(salon: Salon) -> None:
    salon.send("customer.create", customer_id=JO, name="Jo")
    salon.book("v", customer_id=JO)
    paid: dict[str, Any] = {
        "payment_id": made_id("p"), "appointment_id": made_id("v"), "location_id": LOCATION.id, "kind": "deposit",
        "method": "cash", "amount": 2000, "currency": "EUR",
    }  # fmt: skip
    assert salon.send("payment.take", **paid).code is None
    salon.send("appointment.cancel", appointment_id=made_id("v"), was=was("booked"))
    assert salon.send("customer.withdraw", made={"customer_id": JO, "name": "Jo"}).code is Code.IN_USE
