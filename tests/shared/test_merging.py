"""Two records of one person made one: nothing is lost, whoever merges which way and whatever arrives later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.errors import Code
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import CustomerId, PaymentId, SeriesId
from shared.model.customer import Consent, Customer
from shared.model.member import Role
from shared.model.note import Note
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.series import Series
from shared.model.waitlist import WaitlistEntry
from shared.mutations.decide import Decision, OutcomeKind
from shared.rules.merged import kept_of
from shared.store import Changes
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA, NOW, OWNER_USER, Salon, booking_of, made_id, was

TWIN = Customer(
    id=CustomerId(made_id("twin")),
    name="Mira Holm-Lund",
    phones=("030 1234567", "+49 171 1"),
    emails=("mira@mail.example",),
    tags=("vip",),
    alert="Nickel",
    notes="Tea",
    preferred_id=BEN.id,
    consents=(Consent(to="mail", given=False, at=NOW - timedelta(days=1)),),
)


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(TWIN,)))
    return made


def customer(salon: Salon, one: Customer = MIRA) -> Customer:
    found = salon.tx.find(Customer, one.id)
    assert found is not None
    return found


def merge(salon: Salon, kept: Customer = MIRA, merged: Customer = TWIN, role: Role = Role.TENANT_OWNER) -> Decision:
    return salon.send("customer.merge", role=role, kept_id=kept.id, merged_id=merged.id)


def belongings(salon: Salon) -> None:
    """One row of each kind that is the twin's."""
    salon.send("appointment.book", **booking_of("visit") | {"customer_id": TWIN.id})
    salon.send("note.add", note_id=made_id("note"), about="customer", subject_id=TWIN.id, text="Pram")
    wish = {"service_id": CUT.id}
    salon.send("waitlist.add", entry_id=made_id("entry"), customer_id=TWIN.id, location_id=LOCATION.id, wish=wish)
    series = Series(
        id=SeriesId(made_id("series")), customer_id=TWIN.id, location_id=LOCATION.id, zone="Europe/Berlin",
        start="2026-05-04T09:00:00", rrule="FREQ=WEEKLY", exdates=(), segments=(), notes="",
    )  # fmt: skip
    payment = Payment(
        id=PaymentId(made_id("payment")), appointment_id=None, customer_id=TWIN.id, location_id=LOCATION.id,
        kind=PaymentKind.TIP, method=PaymentMethod.CASH, amount=500, currency="EUR", note="", taken_by=OWNER_USER,
        as_whom=None, at=NOW,
    )  # fmt: skip
    salon.tx.apply(Changes(put=(series, payment)))


def owners(salon: Salon) -> set[str | None]:
    """Whose everything is."""
    tx = salon.tx
    bearing: list[Appointment | Series | WaitlistEntry | Payment] = [*tx.all(Appointment), *tx.all(Series)]
    bearing += [*tx.all(WaitlistEntry), *tx.all(Payment)]
    return {one.customer_id for one in bearing} | {one.subject_id for one in tx.all(Note)}


def test_everything_of_the_merged_one_is_the_kept_ones(salon: Salon) -> None:
    belongings(salon)
    assert merge(salon).outcome is OutcomeKind.APPLIED
    assert owners(salon) == {MIRA.id}
    assert customer(salon, TWIN) == replace(TWIN, archived=True, merged_into=MIRA.id)


def test_the_kept_one_knows_what_either_did(salon: Salon) -> None:
    salon.send("customer.consent", customer_id=MIRA.id, to="mail", given=True)
    merge(salon)
    kept = customer(salon)
    assert kept.name == "Mira Holm"
    assert kept.phones == ("+49 30 1234567", "030 1234567", "+49 171 1")
    assert (kept.emails, kept.tags, kept.alert, kept.notes) == (("mira@mail.example",), ("vip",), "Nickel", "Tea")
    assert kept.preferred_id == BEN.id
    assert [(one.to, one.given) for one in kept.consents] == [("mail", True)]


def test_a_second_remark_becomes_a_note(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(MIRA, notes="Coffee"),)))
    merge(salon)
    assert customer(salon).notes == "Coffee"
    assert [one.text for one in salon.tx.all(Note)] == ["Tea"]


def test_whoever_was_blocked_under_one_name_stays_so(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(TWIN, blocked=True),)))
    merge(salon)
    assert salon.book("visit").code is Code.CUSTOMER_BLOCKED


def test_only_those_who_manage_customers_merge(salon: Salon) -> None:
    assert merge(salon, role=Role.TENANT_STAFF).code is Code.NOT_ALLOWED


def test_two_desks_that_merge_in_opposite_directions_keep_one(salon: Salon) -> None:
    belongings(salon)
    assert merge(salon, MIRA, TWIN).outcome is OutcomeKind.APPLIED
    assert merge(salon, TWIN, MIRA).outcome is OutcomeKind.APPLIED
    assert [one.id for one in salon.tx.all(Customer) if not one.archived] == [MIRA.id]
    assert owners(salon) == {MIRA.id}


NOTE: dict[str, Any] = {"note_id": made_id("note"), "about": "customer", "subject_id": TWIN.id, "text": "Pram"}
Step = tuple[str, Callable[[Salon], object]]
STEPS: tuple[Step, ...] = (
    ("merge here", lambda salon: merge(salon, MIRA, TWIN)),
    ("merge there", lambda salon: merge(salon, TWIN, MIRA)),
    ("book", lambda salon: salon.send("appointment.book", **booking_of("late") | {"customer_id": TWIN.id})),
    ("correct", lambda salon: _update(salon, TWIN, "phones", [*TWIN.phones], [*TWIN.phones, "+49 172 2"])),
    ("note", lambda salon: salon.send("note.add", **NOTE | {"subject_id": MIRA.id})),
)


def _update(salon: Salon, one: Customer, field: str, before: Any, value: Any) -> Decision:
    edits = [{"field": field, "was": before, "value": value}]
    return salon.send("customer.update", role=Role.TENANT_OWNER, customer_id=one.id, edits=edits)


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=lambda order: ", ".join(name for name, _ in order))
def test_in_every_order_of_arrival_one_is_kept_and_nothing_is_lost(salon: Salon, order: tuple[Step, ...]) -> None:
    for _, step in order:
        step(salon)
    (kept,) = (one for one in salon.tx.all(Customer) if not one.archived)
    assert owners(salon) == {kept.id}
    assert len(salon.tx.all(Appointment)) == len(salon.tx.all(Note)) == 1
    assert {"+49 30 1234567", "+49 171 1"} <= set(kept.phones)
    # Of numbers that changed meanwhile a person is asked.
    asked = [(one.name, one.code) for one in salon.tx.all(AttentionItem)]
    assert ("+49 172 2" in kept.phones and not asked) or asked == [("customer.update", "changed_meanwhile")]


def test_a_chain_of_merges_leads_to_the_last(salon: Salon) -> None:
    salon.send("customer.create", customer_id=made_id("third"), name="Mira H.")
    third = salon.tx.find(Customer, made_id("third"))
    assert third is not None
    merge(salon, MIRA, TWIN), merge(salon, third, MIRA)
    assert salon.send("appointment.book", **booking_of("late") | {"customer_id": TWIN.id}).code is None
    assert owners(salon) == {third.id}


def test_whom_nobody_knows_is_nobodys_kept_record(salon: Salon) -> None:
    astray = replace(TWIN, merged_into=CustomerId(made_id("unknown")))
    salon.tx.apply(Changes(put=(astray,)))
    assert kept_of(salon.tx, astray) == astray
    assert salon.send("appointment.book", **booking_of("late") | {"customer_id": TWIN.id}).code is None
    assert owners(salon) == {TWIN.id}


def test_records_that_were_merged_in_a_circle_lead_to_one_of_them(salon: Salon) -> None:
    circle = (replace(MIRA, merged_into=TWIN.id), replace(TWIN, merged_into=MIRA.id))
    salon.tx.apply(Changes(put=circle))
    assert {kept_of(salon.tx, one).id for one in circle} <= {MIRA.id, TWIN.id}


def test_an_offline_edit_of_the_merged_one_follows(salon: Salon) -> None:
    merge(salon)
    assert _update(salon, TWIN, "alert", "Nickel", "Latex").code is None
    assert customer(salon).alert == "Nickel\nLatex"
    assert _update(salon, TWIN, "name", TWIN.name, "Mira Lund").code is Code.CHANGED_MEANWHILE
    assert salon.send("customer.consent", customer_id=TWIN.id, to="text", given=True).code is None
    assert [one.to for one in customer(salon).consents] == ["mail", "text"]


def test_archiving_a_record_that_was_merged_meanwhile_archives_nobody(salon: Salon) -> None:
    merge(salon)
    assert _update(salon, TWIN, "archived", False, True).code is None
    assert not customer(salon).archived


def test_taking_back_the_adding_of_a_merged_one_changes_nothing(salon: Salon) -> None:
    merge(salon)
    made: dict[str, Any] = {"customer_id": TWIN.id, "name": TWIN.name}
    assert salon.send("customer.withdraw", made=made).code is None
    assert salon.send("customer.restore", customer_id=TWIN.id).code is None
    assert customer(salon, TWIN).archived


def test_nobody_is_merged_into_somebody_who_is_archived_or_erased(salon: Salon) -> None:
    _update(salon, TWIN, "archived", False, True)
    assert merge(salon, TWIN, MIRA).code is Code.ARCHIVED
    salon.send("customer.erase", role=Role.SUPERUSER, customers=[TWIN.id])
    assert merge(salon).code is Code.ERASED


def test_a_merged_visit_can_still_be_moved(salon: Salon) -> None:
    belongings(salon)
    merge(salon)
    moved: dict[str, Any] = {"appointment_id": made_id("visit"), "was": was("booked"), "start": "2026-05-05T12:00:00Z"}
    assert salon.send("appointment.reschedule", **moved).code is None


# What somebody agreed to, and by whom they like to be served


def say(salon: Salon, **more: Any) -> Decision:
    return salon.send("customer.consent", customer_id=MIRA.id, to="photos", **more)


def test_the_last_word_counts_by_when_it_was_said(salon: Salon) -> None:
    say(salon, given=True, said_at="2026-05-04T07:00:00Z")
    say(salon, given=False, said_at="2026-05-03T07:00:00Z")
    assert [(one.given, one.at.day) for one in customer(salon).consents] == [(True, 4)]
    say(salon, given=False)
    assert [(one.given, one.at) for one in customer(salon).consents] == [(False, NOW)]


def test_nothing_is_said_tomorrow(salon: Salon) -> None:
    say(salon, given=True, said_at="2027-05-04T07:00:00Z")
    assert customer(salon).consents[0].at == NOW


def test_a_word_is_taken_back_only_while_it_is_the_last(salon: Salon) -> None:
    say(salon, given=True, said_at="2026-05-03T07:00:00Z")
    say(salon, given=False)
    salon.send("customer.consent", customer_id=MIRA.id, to="photos", given=None, instead_of="2026-05-03T07:00:00Z")
    assert [one.given for one in customer(salon).consents] == [False]
    taken: dict[str, Any] = {"customer_id": MIRA.id, "to": "photos", "given": None}
    assert salon.send("customer.consent", **taken).code is Code.INVALID


def test_somebody_is_preferred_who_works_there(salon: Salon) -> None:
    assert _update(salon, MIRA, "preferred_id", None, ANA.id).code is None
    assert customer(salon).preferred_id == ANA.id
    assert _update(salon, MIRA, "preferred_id", ANA.id, made_id("nobody")).code is Code.NOT_FOUND
    assert _update(salon, MIRA, "preferred_id", ANA.id, "Ana").code is Code.INVALID
    assert _update(salon, MIRA, "preferred_id", ANA.id, None).code is None
    assert customer(salon).preferred_id is None
