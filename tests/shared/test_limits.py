"""A plan limits what is made, whoever makes it and in whatever order it arrives; what is there stays usable."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Code
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.base import Span
from shared.model.business import Location
from shared.model.counted import Countable
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Feature, Limit, Plan, Tier, boundless
from shared.model.resource import Resource
from shared.mutations.decide import Decision, OutcomeKind
from shared.rules import wall_time
from shared.rules.limits import LIMIT_OF, month_of
from shared.rules.plans import DEFAULTS, plan_row
from tests.support.salon import ANA, BEN, BUSINESS, LOCATION, MIRA, TEN, Salon, booking_of, made_id, was, wire

Args = dict[str, Any]
FREE = plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE])


def under(plan: Plan) -> Salon:
    salon = Salon()
    salon.tx.rows[Plan, plan.id] = plan
    return salon


def limited(**most: int | None) -> Salon:
    """A salon whose plan has every feature and these limits."""
    return under(replace(boundless(BUSINESS.id), **most))  # type: ignore[arg-type]


def lead(salon: Salon, mutation: str, /, **args: Any) -> Decision:
    return salon.send(mutation, role=Role.TENANT_OWNER, **args)


def customer(salon: Salon, name: str) -> Decision:
    return lead(salon, "customer.create", customer_id=made_id(name), name=name)


def archive(salon: Salon, noun: str, row_id: str, *, archived: bool = True) -> Decision:
    edits = [{"field": "archived", "was": not archived, "value": archived}]
    return lead(salon, f"{noun}.update", **{f"{noun}_id": row_id}, edits=edits)


def resource(salon: Salon, name: str) -> Decision:
    return lead(salon, "resource.create", resource_id=made_id(name), location_id=LOCATION.id, kind="ROOM", name=name)


def location(salon: Salon, name: str) -> Decision:
    return lead(salon, "location.create", location_id=made_id(name), name=name, zone="Europe/Berlin")


MAKES = {"customer": (customer, Limit.CUSTOMERS, 1), "resource": (resource, Limit.RESOURCES, 2)}


@pytest.mark.parametrize("noun", sorted(MAKES))
def test_one_more_than_there_may_be_is_refused_with_what_was_entered_kept(noun: str) -> None:
    make, limit, there = MAKES[noun]
    salon = limited(**{limit.value: there + 1})
    assert make(salon, "one").outcome is OutcomeKind.APPLIED
    refused = make(salon, "two")
    assert refused.code is Code.LIMIT_REACHED
    assert refused.details == {"limit": limit.value, "held": there + 1, "most": there + 1, "tier": "ENTERPRISE"}
    assert refused.item_id is not None
    assert make(salon, "one").outcome is OutcomeKind.APPLIED, "it is there already"


@pytest.mark.parametrize("noun", sorted(MAKES))
def test_an_archived_one_makes_room_and_comes_back_only_where_there_is_some(noun: str) -> None:
    make, limit, there = MAKES[noun]
    salon = limited(**{limit.value: there + 1})
    make(salon, "one")
    assert archive(salon, noun, made_id("one")).code is None
    assert make(salon, "two").code is None
    assert archive(salon, noun, made_id("one"), archived=False).code is Code.LIMIT_REACHED
    assert archive(salon, noun, made_id("two")).code is None
    assert archive(salon, noun, made_id("one"), archived=False).code is None


def test_a_customer_whose_adding_was_undone_comes_back_only_where_there_is_room() -> None:
    salon = limited(customers=2)
    customer(salon, "one")
    assert lead(salon, "customer.withdraw", made={"customer_id": made_id("one"), "name": "one"}).code is None
    customer(salon, "two")
    assert lead(salon, "customer.restore", customer_id=made_id("one")).code is Code.LIMIT_REACHED
    assert lead(salon, "customer.restore", customer_id=made_id("two")).code is None, "it is there"


def test_what_an_edit_needs_brought_back_counts_too() -> None:
    salon = limited(customers=1)
    refused_for = archive(salon, "customer", MIRA.id)
    assert refused_for.code is None
    customer(salon, "one")
    refused = lead(salon, "appointment.book", **booking_of("visit"))
    assert refused.code is Code.ARCHIVED
    wish = {"item_id": refused.item_id, "choice": "restore"}
    assert lead(salon, "attention.resolve", **wish).code is Code.LIMIT_REACHED
    archive(salon, "customer", made_id("one"))
    assert lead(salon, "attention.resolve", **wish).code is None


def test_a_second_location_is_a_feature_and_a_limit() -> None:
    without = lead(under(FREE), "location.create", location_id=made_id("annex"), name="Annex", zone="Europe/Berlin")
    assert (without.code, without.details) == (
        Code.FEATURE_NOT_IN_PLAN, {"feature": "several_locations", "tier": "ENTERPRISE"},
    )  # fmt: skip
    salon = limited(locations=2)
    assert location(salon, "annex").code is None
    assert location(salon, "kiosk").code is Code.LIMIT_REACHED
    moved = under(replace(FREE, locations=5))
    assert archive(moved, "location", LOCATION.id).code is None
    assert location(moved, "only one").code is None, "the first one is in every plan"
    assert archive(moved, "location", LOCATION.id, archived=False).code is Code.FEATURE_NOT_IN_PLAN
    assert Feature.SEVERAL_LOCATIONS not in FREE.features


def test_visits_count_in_the_month_of_their_start_on_the_businesss_own_clock() -> None:
    salon = limited(appointments_a_month=1)
    last = month_of(TEN, BUSINESS.zone).end - timedelta(minutes=45)
    assert salon.book("in May", last).code is None
    assert salon.book("also in May", TEN).code is Code.LIMIT_REACHED
    first = last + timedelta(minutes=60)
    assert salon.book("in June", first).code is None
    # Still the last of May by UTC, the first of June in Berlin.
    assert (first.month, wall_time.local(first, BUSINESS.zone).month) == (5, 6)


def test_a_visit_that_came_to_nothing_makes_room_and_one_that_was_missed_does_not() -> None:
    salon = limited(appointments_a_month=1)
    salon.book("one")
    cancel: Args = {"appointment_id": made_id("one"), "was": was("booked"), "reason": "ill"}
    assert salon.send("appointment.cancel", **cancel).code is None
    assert salon.book("two").code is None
    missed: Args = {"appointment_id": made_id("two"), "was": was("booked")}
    assert salon.send("appointment.no_show", at=TEN + timedelta(hours=2), **missed).code is None
    assert salon.book("three", TEN + timedelta(hours=4)).code is Code.LIMIT_REACHED


def test_a_move_and_a_step_are_never_limited() -> None:
    salon = limited(appointments_a_month=1)
    salon.book("one", TEN + timedelta(days=31))
    salon.book("two", TEN)
    there: Args = {"appointment_id": made_id("one"), "was": was("booked", TEN + timedelta(days=31))}
    assert salon.send("appointment.reschedule", start=wire(TEN + timedelta(hours=3)), **there).code is None
    salon.tx.rows[Plan, BUSINESS.id] = replace(boundless(BUSINESS.id), appointments_a_month=0)
    for step, seen in (("confirm", "booked"), ("arrive", "confirmed"), ("undo_step", "arrived")):
        told = salon.send(f"appointment.{step}", appointment_id=made_id("two"), was=was(seen), at=TEN)
        assert told.code is None, step


def test_an_override_is_no_way_around_a_plan() -> None:
    salon = limited(appointments_a_month=0)
    assert lead(salon, "appointment.book", **booking_of("one"), override="She is my aunt").code is Code.LIMIT_REACHED


def test_a_visit_of_a_customer_who_had_no_room_waits_under_them_and_comes_with_them() -> None:
    salon = limited(customers=1)
    refused = customer(salon, "ida")
    late = salon.send("appointment.book", **booking_of("visit") | {"customer_id": made_id("ida")})
    assert (late.code, late.item_id) == (Code.DEPENDENCY, refused.item_id)
    keep = {"item_id": refused.item_id, "choice": "keep"}
    assert lead(salon, "attention.resolve", **keep).code is Code.LIMIT_REACHED
    salon.tx.rows[Plan, BUSINESS.id] = boundless(BUSINESS.id)
    assert lead(salon, "attention.resolve", **keep).code is None
    assert salon.tx.find(Appointment, made_id("visit")) is not None


# Whatever the order

KINDS = {Customer: "customer", Resource: "resource"}
WISHES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["make", "archive", "restore", "rename", "book", "cancel", "push", "plan"]),
        st.sampled_from(list(KINDS)),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=60,
)


class Business:
    """Three desks, each with a queue that is handed in when it is online, and a plan that somebody changes."""

    def __init__(self) -> None:
        self.salon = limited(customers=3, resources=3, appointments_a_month=3)
        self.queues: dict[str, list[tuple[str, dict[str, Any]]]] = {"a": [], "b": [], "c": []}

    def plan(self) -> Plan:
        return self.salon.tx.plan()

    def push(self, desk: str) -> None:
        for name, args in self.queues[desk]:
            before = self.counts()
            told = lead(self.salon, name, **args)
            self.check(name, args, told, before)
        self.queues[desk].clear()

    def counts(self) -> dict[Limit, int]:
        tx = self.salon.tx
        found = {LIMIT_OF[cls]: tx.live_count(cls) for cls in KINDS}
        return found | {Limit.APPOINTMENTS_A_MONTH: tx.visits_starting(MONTH)}

    def check(self, name: str, args: dict[str, Any], told: Decision, before: dict[Limit, int]) -> None:
        now = self.counts()
        for limit, count in now.items():
            most = self.plan().most(limit)
            assert count <= before[limit] or most is None or count <= most, (name, args, limit)
        if told.code is Code.LIMIT_REACHED:
            assert now == before
            assert told.details is not None
            limit = Limit(told.details["limit"])
            assert before[limit] == told.details["held"] >= told.details["most"] == self.plan().most(limit)
            makes = name in ("customer.create", "resource.create", "appointment.book", "customer.restore")
            assert makes or any(edit["field"] == "archived" for edit in args.get("edits", ())), name

    def rows(self, cls: Countable) -> Iterator[str]:
        yield from (one.id for one in self.salon.tx.all(cls))


MONTH: Span = month_of(TEN, BUSINESS.zone)


@given(WISHES)
def test_no_order_of_pushes_gets_beyond_a_limit_and_nothing_that_was_there_is_refused_by_one(
    wishes: list[tuple[str, str, Countable, int, int]],
) -> None:
    one = Business()
    for desk, kind, cls, number, other in wishes:
        noun, queue = KINDS[cls], one.queues[desk]
        known = sorted(one.rows(cls))
        chosen = known[number % len(known)]
        if kind == "make" and cls is Customer:
            queue.append(("customer.create", {"customer_id": new_id(), "name": "New"}))
        elif kind == "make":
            args = {"resource_id": new_id(), "location_id": LOCATION.id, "kind": "ROOM", "name": "New"}
            queue.append(("resource.create", args))
        elif kind in ("archive", "restore"):
            edits = [{"field": "archived", "was": kind == "restore", "value": kind == "archive"}]
            queue.append((f"{noun}.update", {f"{noun}_id": chosen, "edits": edits}))
        elif kind == "rename":
            queue.append((f"{noun}.update", {f"{noun}_id": chosen, "edits": [edit_of(one, cls, chosen)]}))
        elif kind == "book":
            start = TEN + timedelta(hours=number + 24 * other)
            queue.append(("appointment.book", booking_of("x", start) | {"appointment_id": new_id()}))
        elif kind == "cancel":
            queue += [("appointment.cancel", cancel_of(visit)) for visit in one.salon.tx.all(Appointment)[:1]]
        elif kind == "push":
            one.push(desk)
        else:
            plan = replace(one.plan(), customers=number, resources=other, appointments_a_month=number)
            one.salon.tx.rows[Plan, plan.id] = plan
    for desk in one.queues:
        one.push(desk)


def edit_of(one: Business, cls: Countable, row_id: str) -> dict[str, Any]:
    row = one.salon.tx.find(cls, row_id)
    assert row is not None
    return {"field": "name", "was": row.name, "value": f"{row.name[:20]}!"}


def cancel_of(visit: Appointment) -> dict[str, Any]:
    return {"appointment_id": visit.id, "was": was(visit.status.value, visit.starts_at), "reason": ""}


def test_a_plan_that_is_lowered_below_what_there_is_refuses_more_and_nothing_else() -> None:
    salon = limited()
    for number in range(5):
        customer(salon, str(number))
    salon.book("visit")
    salon.tx.rows[Plan, BUSINESS.id] = replace(FREE, customers=2, resources=1, appointments_a_month=0)
    assert customer(salon, "one more").details == {"limit": "customers", "held": 6, "most": 2, "tier": "FREE"}
    edits = [{"field": "name", "was": "3", "value": "Three"}]
    assert lead(salon, "customer.update", customer_id=made_id("3"), edits=edits).code is None
    resize = [{"field": "capacity", "was": 1, "value": 2}]
    assert lead(salon, "resource.update", resource_id=BEN.id, edits=resize).code is None
    there: Args = {"appointment_id": made_id("visit"), "was": was("booked")}
    assert salon.send("appointment.reschedule", start=wire(TEN + timedelta(hours=3)), **there).code is None
    assert archive(salon, "customer", made_id("3")).code is None
    assert salon.tx.find(Resource, ANA.id) is not None
    assert salon.tx.live_count(Location) == 1
