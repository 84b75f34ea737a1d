"""Who waits, what is offered to whom, what comes of it, and whom a freed slot fits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from shared.errors import Code
from shared.model.appointment import Allocation, Appointment, Status
from shared.model.attention import AttentionItem
from shared.model.base import (
    CustomerId,
    HoursRuleId,
    LocationId,
    OwnerId,
    ResourceId,
    ServiceId,
    Span,
    WaitlistEntryId,
)
from shared.model.customer import Customer
from shared.model.hours import HoursRule
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Need
from shared.model.waitlist import Offer, WaitlistEntry, WaitlistState
from shared.mutations.decide import Decision
from shared.rules.plans import DEFAULTS, plan_row
from shared.rules.waitlist import Fit, Freed, by_turn, state_at, whom_it_fits
from shared.store import Changes
from tests.support.memory import MemoryTx
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MIRA, NOW, TEN, Salon, made_id, was, wire

ENTRY, OTHER = made_id("entry"), made_id("other")
JON = Customer(id=CustomerId(made_id("jon")), name="Jon Berg")
NOON = TEN + timedelta(hours=2)


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(JON,)))
    return made


def wish(**more: Any) -> dict[str, Any]:
    return {"service_id": CUT.id, **more}


def add(salon: Salon, entry: str = ENTRY, who: Customer = MIRA, **wished: Any) -> Decision:
    return salon.send(
        "waitlist.add", entry_id=entry, customer_id=who.id, location_id=LOCATION.id, wish=wish(**wished)
    )  # fmt: skip


def offer(salon: Salon, entry: str = ENTRY, *, at: datetime = NOW, **more: Any) -> Decision:
    slot = {"start": wire(TEN), "resources": [ANA.id], "until": wire(NOW + timedelta(hours=1))}
    return salon.send("waitlist.offer", at=at, entry_id=entry, **slot | more)


def accept(salon: Salon, entry: str = ENTRY, *, role: Role = Role.TENANT_STAFF, **more: Any) -> Decision:
    visit = {
        "appointment_id": made_id(f"visit of {entry}"), "start": wire(TEN),
        "segments": [{"service_id": CUT.id, "resources": [ANA.id]}],
    }  # fmt: skip
    return salon.send("waitlist.accept", role=role, entry_id=entry, **visit | more)


def entry_of(salon: Salon, entry: str = ENTRY) -> WaitlistEntry:
    found = salon.tx.find(WaitlistEntry, entry)
    assert found is not None
    return found


def test_a_wish_is_written_down_once(salon: Salon) -> None:
    add(salon, weekdays=[1], earliest=540, latest=720, people=[ANA.id], from_day="2026-05-01", priority=2, notes="Pram")
    add(salon, notes="Once more")
    (found,) = salon.tx.all(WaitlistEntry)
    assert (found.weekdays, found.earliest, found.latest, found.people) == ((1,), 540, 720, (ANA.id,))
    assert (found.from_day, found.priority, found.notes) == (date(2026, 5, 1), 2, "Pram")
    assert (found.state, found.asked_at) == (WaitlistState.WAITING, NOW)


def test_the_plan_must_have_a_waitlist(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE]),)))
    assert add(salon).code is Code.FEATURE_NOT_IN_PLAN


@pytest.mark.parametrize(
    ("wished", "code"),
    [
        ({"service_id": made_id("nothing")}, Code.NOT_FOUND),
        ({"people": [made_id("nobody")]}, Code.NOT_FOUND),
        ({"party": 2}, Code.INVALID),
        ({"earliest": 600, "latest": 600}, Code.INVALID),
        ({"from_day": "2026-05-02", "to_day": "2026-05-01"}, Code.INVALID),
    ],
)
def test_a_wish_that_nothing_can_meet_is_refused(salon: Salon, wished: dict[str, Any], code: Code) -> None:
    assert add(salon, **wished).code is code


def test_whoever_is_blocked_does_not_wait(salon: Salon) -> None:
    salon.tx.apply(Changes(put=(replace(MIRA, blocked=True),)))
    assert add(salon).code is Code.CUSTOMER_BLOCKED


def change(salon: Salon, before: dict[str, Any], after: dict[str, Any]) -> Decision:
    return salon.send("waitlist.change", entry_id=ENTRY, was=wish(**before), wish=wish(**after))


def test_two_desks_that_change_other_fields_of_a_wish_are_both_heard(salon: Salon) -> None:
    add(salon)
    assert change(salon, {}, {"priority": 3}).code is None
    assert change(salon, {}, {"notes": "Pram"}).code is None
    assert change(salon, {}, {"priority": 1}).code is None
    assert (entry_of(salon).priority, entry_of(salon).notes) == (1, "Pram")


# Offers


def test_an_offer_holds_nothing(salon: Salon) -> None:
    add(salon)
    assert offer(salon).code is None
    assert entry_of(salon).state is WaitlistState.OFFERED
    assert entry_of(salon).offer == Offer(start=TEN, resources=(ANA.id,), until=NOW + timedelta(hours=1))
    assert salon.tx.all(Allocation) == []
    assert salon.book("someone").code is None


def test_what_could_not_be_booked_is_not_offered(salon: Salon) -> None:
    add(salon)
    salon.book("someone")
    assert offer(salon).code is Code.SLOT_TAKEN
    assert offer(salon, until=wire(NOW)).code is Code.INVALID
    assert offer(salon, start=wire(NOON), until=wire(NOON + timedelta(hours=1))).code is Code.INVALID


def test_a_second_offer_waits_for_the_first(salon: Salon) -> None:
    add(salon), offer(salon)
    assert offer(salon).code is None
    assert offer(salon, start=wire(NOON)).code is Code.CHANGED_MEANWHILE
    later = NOW + timedelta(hours=2)
    assert offer(salon, at=later, start=wire(NOON), until=wire(later + timedelta(hours=1))).code is None


def test_an_offer_past_its_time_is_no_offer(salon: Salon) -> None:
    add(salon), offer(salon)
    until = NOW + timedelta(hours=1)
    found = entry_of(salon)
    zone = LOCATION.zone
    assert state_at(found, until - timedelta(seconds=1), zone) is WaitlistState.OFFERED
    assert state_at(found, until, zone) is WaitlistState.WAITING
    assert state_at(replace(found, to_day=date(2026, 5, 3)), until, zone) is WaitlistState.EXPIRED
    assert accept(salon, role=Role.CUSTOMER, at=until).code is Code.CHANGED_MEANWHILE
    # Whoever is at the desk has them on the phone.
    assert accept(salon, at=until).code is None


def test_a_customer_takes_what_is_offered_and_nothing_else(salon: Salon) -> None:
    add(salon)
    assert accept(salon, role=Role.CUSTOMER).code is Code.CHANGED_MEANWHILE
    offer(salon)
    assert accept(salon, role=Role.CUSTOMER, start=wire(NOON)).code is Code.CHANGED_MEANWHILE
    assert accept(salon, role=Role.CUSTOMER).code is None


def test_what_time_has_ended_is_written_down(salon: Salon) -> None:
    add(salon), add(salon, OTHER, to_day="2026-05-03"), offer(salon)
    assert salon.send("waitlist.lapse", entry_id=ENTRY).code is None
    assert entry_of(salon).state is WaitlistState.OFFERED
    salon.send("waitlist.lapse", at=NOW + timedelta(hours=1), entry_id=ENTRY)
    salon.send("waitlist.lapse", entry_id=OTHER)
    assert (entry_of(salon).state, entry_of(salon).offer) == (WaitlistState.WAITING, None)
    assert entry_of(salon, OTHER).state is WaitlistState.EXPIRED


# What comes of it


def test_accepting_books_by_the_ordinary_rules(salon: Salon) -> None:
    add(salon, notes="Pram"), offer(salon)
    assert accept(salon).code is None
    (visit,) = salon.tx.all(Appointment)
    assert (visit.customer_id, visit.starts_at, visit.notes) == (MIRA.id, TEN, "Pram")
    assert (entry_of(salon).state, entry_of(salon).appointment_id) == (WaitlistState.BOOKED, visit.id)
    assert len(salon.tx.all(Allocation)) == 1


def test_of_two_who_accept_the_same_slot_the_second_needs_attention(salon: Salon) -> None:
    """Two desks, apart, offer one slot to two people, and both say yes."""
    add(salon, ENTRY, MIRA, notes="Window"), add(salon, OTHER, JON, notes="With a pram")
    assert offer(salon, ENTRY).code is None
    assert offer(salon, OTHER).code is None
    assert accept(salon, ENTRY).code is None
    assert accept(salon, OTHER).code is Code.SLOT_TAKEN
    (item,) = salon.tx.all(AttentionItem)
    assert (item.name, item.args["entry_id"], item.details["resource_name"]) == ("waitlist.accept", OTHER, "Ana")
    assert entry_of(salon, OTHER).state is WaitlistState.OFFERED
    # Another time, and what was entered is kept.
    chosen: dict[str, Any] = {"item_id": item.id, "choice": "move", "start": wire(NOON), "resources": [BEN.id]}
    assert salon.send("attention.resolve", **chosen).code is None
    assert {(one.starts_at, one.notes) for one in salon.tx.all(Appointment)} == {(TEN, "Window"), (NOON, "With a pram")}
    assert entry_of(salon, OTHER).state is WaitlistState.BOOKED


def test_one_wish_is_booked_once(salon: Salon) -> None:
    add(salon), accept(salon)
    assert accept(salon).code is None
    again = accept(salon, appointment_id=made_id("another"), start=wire(NOON))
    assert again.code is Code.CHANGED_MEANWHILE
    assert len(salon.tx.all(Appointment)) == 1


def test_whoever_waits_no_more_is_not_booked(salon: Salon) -> None:
    add(salon)
    assert salon.send("waitlist.withdraw", entry_id=ENTRY).code is None
    assert salon.send("waitlist.withdraw", entry_id=ENTRY).code is None
    assert accept(salon).code is Code.CHANGED_MEANWHILE
    assert offer(salon).code is Code.CHANGED_MEANWHILE


def test_whoever_was_booked_meanwhile_is_not_withdrawn(salon: Salon) -> None:
    add(salon), accept(salon)
    assert salon.send("waitlist.withdraw", entry_id=ENTRY).code is Code.CHANGED_MEANWHILE
    assert change(salon, {}, {"priority": 1}).code is Code.CHANGED_MEANWHILE


def test_nobody_waits_again_for_a_visit_that_stands(salon: Salon) -> None:
    add(salon)
    accept(salon)
    back: dict[str, Any] = {"entry_id": ENTRY, "was": "booked", "state": "waiting"}
    assert salon.send("waitlist.put_back", **back).code is Code.CHANGED_MEANWHILE
    assert entry_of(salon).state is WaitlistState.BOOKED
    salon.send("appointment.cancel", appointment_id=made_id(f"visit of {ENTRY}"), was=was("booked"))
    assert salon.send("waitlist.put_back", **back).code is None
    assert entry_of(salon).state is WaitlistState.WAITING


def test_a_wish_is_put_back_only_from_where_it_was_seen(salon: Salon) -> None:
    add(salon), salon.send("waitlist.withdraw", entry_id=ENTRY)
    back: dict[str, Any] = {"entry_id": ENTRY, "was": "withdrawn", "state": "waiting"}
    assert salon.send("waitlist.put_back", **back).code is None
    assert salon.send("waitlist.put_back", **back).code is None
    assert salon.send("waitlist.put_back", **back | {"state": "booked"}).code is Code.CHANGED_MEANWHILE


def test_an_offer_that_somebody_made_since_is_not_put_back(salon: Salon) -> None:
    """The first is taken back while another desk withdraws it and offers another slot."""
    add(salon), offer(salon)
    first = {"start": wire(TEN), "resources": [ANA.id], "until": wire(NOW + timedelta(hours=1))}
    back: dict[str, Any] = {"entry_id": ENTRY, "was": "offered", "state": "waiting"}
    assert salon.send("waitlist.put_back", **back).code is None
    assert offer(salon, start=wire(NOON)).code is None
    refused = salon.send("waitlist.put_back", **back, was_offer=first)
    assert refused.code is Code.CHANGED_MEANWHILE
    found = entry_of(salon).offer
    assert found is not None
    assert found.start == NOON
    assert salon.send("waitlist.put_back", **back, was_offer=first | {"start": wire(NOON)}).code is None
    assert entry_of(salon).offer is None


def test_a_booking_that_is_taken_back_leaves_the_offer_that_stood_meanwhile(salon: Salon) -> None:
    """One desk books from the first offer, which it knows; another has taken that back and offered another slot."""
    add(salon), offer(salon)
    first = {"start": wire(TEN), "resources": [ANA.id], "until": wire(NOW + timedelta(hours=1))}
    salon.send("waitlist.put_back", entry_id=ENTRY, was="offered", state="waiting", was_offer=first)
    offer(salon, start=wire(NOON))
    accept(salon)
    salon.send("appointment.cancel", appointment_id=made_id(f"visit of {ENTRY}"), was=was("booked"))
    back: dict[str, Any] = {"entry_id": ENTRY, "was": "booked", "was_offer": first}
    assert salon.send("waitlist.put_back", **back, state="offered", offer=first).code is None
    found = entry_of(salon)
    assert (found.state, found.offer and found.offer.start) == (WaitlistState.OFFERED, NOON)


def test_to_take_back_that_somebody_waits_leaves_what_they_were_offered_since(salon: Salon) -> None:
    add(salon), offer(salon)
    assert salon.send("waitlist.withdraw", entry_id=ENTRY, was="waiting").code is Code.CHANGED_MEANWHILE
    assert entry_of(salon).state is WaitlistState.OFFERED
    # Who wants nothing any more says so, whatever they were offered.
    assert salon.send("waitlist.withdraw", entry_id=ENTRY).code is None


def test_what_stands_on_a_wish_that_was_refused_waits_with_it(salon: Salon) -> None:
    add(salon, service_id=made_id("nothing"))
    assert accept(salon).code is Code.DEPENDENCY


def test_a_wish_of_somebody_who_was_merged_is_the_kept_ones(salon: Salon) -> None:
    salon.send("customer.merge", role=Role.TENANT_OWNER, kept_id=MIRA.id, merged_id=JON.id)
    assert add(salon, OTHER, JON).code is None
    assert entry_of(salon, OTHER).customer_id == MIRA.id


# Whom a freed slot fits


class Watched(MemoryTx):
    """Counts how often somebody looks who is there."""

    looks = 0

    def resources_at(self, location: LocationId) -> Sequence[Resource]:
        self.looks += 1
        return super().resources_at(location)


FREED = Freed(span=Span(TEN, TEN + timedelta(minutes=45)), location_id=LOCATION.id, resources=(ANA.id,))


def entry(name: str, **more: Any) -> WaitlistEntry:
    made = WaitlistEntry(
        id=WaitlistEntryId(made_id(name)), customer_id=MIRA.id, service_id=CUT.id, location_id=LOCATION.id, people=(),
        weekdays=(), earliest=0, latest=1440, from_day=None, to_day=None, priority=0, party=1, notes=name,
        state=WaitlistState.WAITING, asked_at=NOW,
    )  # fmt: skip
    return replace(made, **more)


def fits(salon: Salon, *entries: WaitlistEntry, freed: Freed = FREED, at: datetime = NOW) -> tuple[Fit, ...]:
    return whom_it_fits(salon.tx, entries, freed, at=at)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"people": (BEN.id, ANA.id)},
        {"weekdays": (1,)},
        {"earliest": 10 * 60, "latest": 10 * 60 + 45},
        {"from_day": date(2026, 5, 5), "to_day": date(2026, 5, 5)},
        {"state": WaitlistState.OFFERED, "offer": Offer(start=TEN, resources=(ANA.id,), until=NOW)},
    ],
)
def test_it_fits(salon: Salon, more: dict[str, Any]) -> None:
    (found,) = fits(salon, entry("one", **more))
    assert (found.start, found.resources) == (TEN, (ANA.id,))


@pytest.mark.parametrize(
    "more",
    [
        {"people": (BEN.id,)},
        {"weekdays": (0, 2)},
        {"earliest": 10 * 60 + 15},
        {"latest": 10 * 60 + 30},
        {"from_day": date(2026, 5, 6)},
        {"to_day": date(2026, 5, 4)},
        {"service_id": COLOUR.id},
        {"service_id": ServiceId(made_id("nothing"))},
        {"location_id": LocationId(made_id("elsewhere"))},
        {"party": 2},
        {"state": WaitlistState.BOOKED},
        {"state": WaitlistState.WITHDRAWN},
        {"state": WaitlistState.OFFERED, "offer": Offer(start=TEN, resources=(ANA.id,), until=NOON)},
    ],
)
def test_it_does_not_fit(salon: Salon, more: dict[str, Any]) -> None:
    assert fits(salon, entry("one", **more)) == ()


def test_the_higher_priority_comes_first_and_then_who_asked_first(salon: Salon) -> None:
    waiting = [
        entry("late", asked_at=NOW),
        entry("early", asked_at=NOW - timedelta(days=3)),
        entry("dear", priority=1),
    ]
    assert [one.entry.notes for one in fits(salon, *waiting)] == ["dear", "early", "late"]
    assert [one.notes for one in by_turn(waiting)] == ["dear", "early", "late"]


def test_a_shorter_visit_fits_into_a_part_of_a_longer_slot(salon: Salon) -> None:
    long = replace(FREED, span=Span(TEN, TEN + timedelta(minutes=100)))
    (found,) = fits(salon, entry("one", earliest=10 * 60 + 20), freed=long)
    assert found.start == TEN + timedelta(minutes=30)


def test_a_slot_of_which_a_part_has_passed_fits_from_the_next_start_on(salon: Salon) -> None:
    long = replace(FREED, span=Span(TEN, TEN + timedelta(minutes=105)))
    for minutes, starts in ((0, 0), (1, 15), (15, 15), (31, 45), (60, 60)):
        (found,) = fits(salon, entry("one"), freed=long, at=TEN + timedelta(minutes=minutes))
        assert found.start == TEN + timedelta(minutes=starts)
    assert fits(salon, entry("one"), freed=long, at=TEN + timedelta(minutes=61)) == ()


def test_a_slot_of_a_location_that_nobody_knows_fits_nobody(salon: Salon) -> None:
    elsewhere = LocationId(made_id("elsewhere"))
    assert fits(salon, entry("one", location_id=elsewhere), freed=replace(FREED, location_id=elsewhere)) == ()


def test_what_no_start_can_give_is_not_looked_for_at_the_next(salon: Salon) -> None:
    sauna = Need(kind=ResourceKind.ROOM, pool="Sauna")
    salon.tx.apply(Changes(put=(replace(CUT, needs=(Need(kind=ResourceKind.STAFF), sauna)),)))
    long = replace(FREED, span=Span(TEN, TEN + timedelta(hours=8)))
    salon.tx = watched = Watched(*salon.tx.rows.values())
    assert fits(salon, entry("one"), freed=long) == ()
    assert watched.looks == 1


def test_what_is_taken_again_fits_nobody(salon: Salon) -> None:
    salon.book("someone")
    assert fits(salon, entry("one")) == ()


def test_a_slot_that_has_passed_fits_nobody(salon: Salon) -> None:
    assert fits(salon, entry("one"), at=TEN + timedelta(minutes=1)) == ()


def test_outside_of_hours_it_fits_nobody(salon: Salon) -> None:
    rule = HoursRule(
        id=HoursRuleId(made_id("rule")),
        owner_id=OwnerId(LOCATION.id),
        weekday=1,
        opens=12 * 60,
        closes=18 * 60,
        valid_from=None,
    )
    salon.tx.apply(Changes(put=(rule,)))
    assert fits(salon, entry("one")) == ()


def test_what_else_a_service_needs_must_be_free_too(salon: Salon) -> None:
    room = replace(ANA, id=ResourceId(made_id("room")), kind=ResourceKind.ROOM, name="Room 1", member_id=None)
    needs = (Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM))
    salon.tx.apply(Changes(put=(room, replace(CUT, needs=needs))))
    (found,) = fits(salon, entry("one"))
    assert found.resources == (ANA.id, room.id)
    # Ben would be free, but it is Ana's slot that has become free.
    salon.book("someone")
    assert fits(salon, entry("one")) == ()
    taken = [{"service_id": None, "resources": [room.id], "minutes": 30}]
    salon.send("appointment.cancel", appointment_id=made_id("someone"), was=was("booked"))
    salon.book("in the room", segments=taken)
    assert fits(salon, entry("one")) == ()
    assert salon.tx.find(Appointment, made_id("someone")).status is Status.CANCELLED  # type: ignore[union-attr]
