"""Everything against everything, in both orders, from two desks that did not know of one another."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, CustomerId
from shared.model.customer import Customer
from shared.model.registry import entity_type
from shared.mutations.attention import seen_of
from syncserver.settings import Settings
from syncserver.store.rows import flush
from syncserver.store.tenancy import take_clock, tenant_transaction
from tests.support.postgres import Postgres, fresh_engine
from tests.support.replica_desk import ReplicaDesk
from tests.support.running import running
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.wire_desk import Json, next_day

Wish = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two desks of one shop, which meet only on the server."""

    engine: Engine
    shop: Shop
    a: ReplicaDesk
    b: ReplicaDesk

    def drain(self) -> None:
        """Let both send and take all there is."""
        for desk in (self.a, self.b, self.a):
            desk.push()
            desk.pull()

    def require_agreement(self) -> None:
        """Both desks are what the server is, byte for byte, and keep nothing back (promise 1)."""
        server = stored_rows(self.engine, self.shop.tenant)
        for desk in (self.a, self.b):
            assert desk.rows() == server
            assert desk.has_nothing_left()


@pytest.fixture(scope="module")
def pair(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    settings = Settings(data=tmp_path_factory.mktemp("matrix"), port=0)
    with fresh_engine(postgres) as engine, running(engine, settings) as (url, _), ExitStack() as stack:
        shop = open_shop(engine)
        desks = [ReplicaDesk(url, shop) for _ in range(2)]
        for desk in desks:
            stack.callback(desk.close)
        yield Pair(engine=engine, shop=shop, a=desks[0], b=desks[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A visit of a customer that both desks have, on a day of its own."""

    shop: Shop
    visit: str
    customer: str
    start: datetime

    def after(self, hours: int) -> str:
        return instant_text(self.start + timedelta(hours=hours))

    @property
    def was(self) -> Json:
        return {"appointment_id": self.visit, "was": {"status": "booked", "start": instant_text(self.start)}}

    def line(self, **changes: Any) -> Json:
        """What is booked in the visit, but for what is said otherwise."""
        return {"service_id": self.shop.cut, "resources": [self.shop.ana], "minutes": 45} | changes

    def booked_as(self, *lines: Json) -> Json:
        """A change of what is booked in the visit, against what was seen."""
        seen = self.was["was"] | {"segments": [self.line()]}
        return {"appointment_id": self.visit, "was": seen, "segments": list(lines)}

    def booking(self, visit: str, start: str, **more: Any) -> Json:
        segments = [{"service_id": self.shop.cut, "resources": [self.shop.ana]}]
        return {
            "appointment_id": visit, "customer_id": self.customer, "location_id": self.shop.location, "start": start,
            "segments": segments, **more,
        }  # fmt: skip

    def field(self, name: str, before: Any, after: Any) -> Json:
        return {"customer_id": self.customer, "edits": [{"field": name, "was": before, "value": after}]}

    def note(self, about: str, subject: str, typed: str) -> Json:
        return {"note_id": new_id(), "about": about, "subject_id": subject, "text": typed}


DAYS = count(2)


def begin(pair: Pair) -> Case:
    """A new visit of a new customer, which both desks know."""
    case = Case(shop=pair.shop, visit=new_id(), customer=new_id(), start=next_day(days=next(DAYS)))
    pair.a.edit("customer.create", {"customer_id": case.customer, "name": "Ida Brandt"})
    pair.a.edit("appointment.book", case.booking(case.visit, instant_text(case.start)))
    pair.drain()
    return case


# Each takes the case and a text of its own, which must be found again whatever becomes of the edit.
ACTIONS: dict[str, Callable[[Case, str], Wish]] = {
    "cancel": lambda case, typed: ("appointment.cancel", case.was | {"reason": typed}),
    "move": lambda case, typed: ("appointment.reschedule", case.was | {"start": case.after(4)}),
    "shift": lambda case, typed: ("appointment.reschedule", case.was | {"start": case.after(6)}),
    "lengthen": lambda case, typed: ("appointment.reschedule", case.booked_as(case.line(minutes=90))),
    "shorten": lambda case, typed: ("appointment.reschedule", case.booked_as(case.line(minutes=30))),
    "give": lambda case, typed: ("appointment.reschedule", case.booked_as(case.line(resources=[case.shop.ben]))),
    "add": lambda case, typed: ("appointment.reschedule", case.booked_as(case.line(), case.line())),
    "confirm": lambda case, typed: ("appointment.confirm", case.was),
    "arrive": lambda case, typed: ("appointment.arrive", case.was),
    "book": lambda case, typed: ("appointment.book", case.booking(new_id(), case.after(4), notes=typed)),
    "note": lambda case, typed: ("note.add", case.note("appointment", case.visit, typed)),
    "rename": lambda case, typed: ("customer.update", case.field("name", "Ida Brandt", typed)),
    "alert": lambda case, typed: ("customer.update", case.field("alert", "", typed)),
    "tag": lambda case, typed: ("customer.update", {"customer_id": case.customer, "tags_added": [typed]}),
    "archive": lambda case, typed: ("customer.update", case.field("archived", False, True)),
    "write": lambda case, typed: ("note.add", case.note("customer", case.customer, typed)),
}
TYPED = frozenset({"cancel", "book", "note", "rename", "alert", "tag", "write"})

APPLIED = "applied"
_BOOKED = ("lengthen", "shorten", "give", "add")
_MOVED = dict.fromkeys(("cancel", "move", "shift", "confirm", "arrive"), "changed_meanwhile")
_ENDED = _MOVED | dict.fromkeys(_BOOKED, "changed_meanwhile")
_GONE = dict.fromkeys(("book", "rename", "alert", "tag", "write"), "archived")
REFUSED: dict[str, dict[str, str]] = {
    # What comes first: what comes second and is refused, and why. Everything else is applied.
    "cancel": _ENDED | {"cancel": APPLIED},
    "move": _MOVED | {"move": APPLIED, "book": "slot_taken"},
    "shift": _MOVED | {"shift": APPLIED},
    "lengthen": {"shorten": "changed_meanwhile"},
    "shorten": {"lengthen": "changed_meanwhile"},
    "confirm": _ENDED | {"confirm": APPLIED},
    "arrive": _ENDED | {"arrive": APPLIED},
    "book": {"move": "slot_taken", "book": "slot_taken"},
    "rename": {"rename": "changed_meanwhile"},
    "alert": {"alert": "changed_meanwhile"},
    "archive": _GONE,
}


@pytest.mark.parametrize(("first", "second"), list(product(ACTIONS, ACTIONS)))
def test_both_orders_end_as_defined_and_both_desks_agree(pair: Pair, first: str, second: str) -> None:
    """P34: delete, update, move, status and book against one another."""
    case = begin(pair)
    before, after = f"first {new_id()}", f"second {new_id()}"
    pair.a.edit(*ACTIONS[first](case, before))
    pair.b.edit(*ACTIONS[second](case, after))
    (won,), (late,) = pair.a.push(), pair.b.push()
    assert won["outcome"] == APPLIED
    expected = REFUSED.get(first, {}).get(second, APPLIED)
    assert (late["code"] or late["outcome"]) == expected
    pair.drain()
    pair.require_agreement()
    rows = pair.b.rows()
    if late["outcome"] == "rejected":
        item = rows["attention_item"][late["item"]]
        assert second not in TYPED or after in orjson.dumps(item).decode()
        assert str(item[10]) == "open"
    told = {before for _ in TYPED & {first}} | {after for _ in TYPED & {second}}
    assert told <= {one for one in told if _is_in_history(pair, one)}


def _is_in_history(pair: Pair, typed: str) -> bool:
    """Whether the log has it, whatever came last: of a field that two people set it keeps both."""
    with tenant_transaction(pair.engine, pair.shop.tenant, read_only=True) as connection:
        sql = "SELECT count(*) FROM mutation_log WHERE strpos(args::text, %s) > 0"
        return bool(connection.exec_driver_sql(sql, (typed,)).scalar_one())


def test_what_two_desks_booked_under_one_id_is_there_once(pair: Pair) -> None:
    """Two desks make the same occurrence of a series."""
    case = begin(pair)
    same = new_id()
    for desk in (pair.a, pair.b):
        desk.edit("appointment.book", case.booking(same, case.after(3)))
    outcomes = [desk.push()[0]["outcome"] for desk in (pair.a, pair.b)]
    assert outcomes == [APPLIED, APPLIED]
    pair.drain()
    pair.require_agreement()


@pytest.mark.parametrize("clock_first", [True, False], ids=["the clock first", "the visits first"])
def test_another_clock_and_what_another_desk_booked_meanwhile_end_alike_everywhere(
    pair: Pair, *, clock_first: bool
) -> None:
    case, more = begin(pair), new_id()
    pair.a.edit("location.rezone", clock_of(pair, "Europe/Berlin", "Europe/London"))
    pair.b.edit("appointment.book", case.booking(more, case.after(3)))
    pair.b.edit(*ACTIONS["move"](case, ""))
    desks = (pair.a, pair.b) if clock_first else (pair.b, pair.a)
    told = [one["code"] or one["outcome"] for desk in desks for one in desk.push()]
    assert told == (["adjusted", APPLIED, "changed_meanwhile"] if clock_first else [APPLIED, APPLIED, "adjusted"])
    pair.drain()
    pair.require_agreement()
    visits = pair.b.rows()["appointment"]
    starts = {one: visits[one][3] for one in (case.visit, more)}
    # Ten o'clock is an hour later in London; what came after the clock was meant as an instant.
    moved = {case.visit: case.after(1), more: case.after(3)}
    assert starts == (moved if clock_first else {case.visit: case.after(5), more: case.after(4)})
    pair.a.edit("location.rezone", clock_of(pair, "Europe/London", "Europe/Berlin"))
    pair.drain()
    pair.require_agreement()


def clock_of(pair: Pair, was: str, zone: str) -> Json:
    return {"location_id": pair.shop.location, "was": was, "zone": zone}


def test_two_desks_add_to_what_a_service_needs_and_both_is_needed(pair: Pair) -> None:
    """A member of a set is added and removed, never the whole set written."""
    room, lamp = {"kind": "ROOM", "any_of": [new_id()]}, {"kind": "EQUIPMENT"}
    for desk, need, person in ((pair.a, room, pair.shop.ana), (pair.b, lamp, pair.shop.ben)):
        put = {"needs_put": [need], "terms_put": [{"resource_id": person, "active": 60}]}
        desk.edit("service.update", {"service_id": pair.shop.cut, **put})
    pair.drain()
    pair.require_agreement()
    cut = pair.b.rows()["service"][pair.shop.cut]
    assert [one["kind"] for one in cut[10]] == ["ROOM", "EQUIPMENT"]
    assert {one["resource_id"] for one in cut[13]} == {pair.shop.ana, pair.shop.ben}
    back = {"needs_removed": [room, lamp], "terms_removed": [pair.shop.ana, pair.shop.ben]}
    pair.a.edit("service.update", {"service_id": pair.shop.cut, **back})
    pair.drain()
    pair.require_agreement()


# P14: what was refused is taken back at the desk that did it


def test_p14_a_refused_insert_leaves_no_row(pair: Pair) -> None:
    case = begin(pair)
    mine = new_id()
    pair.a.edit("appointment.book", case.booking(new_id(), case.after(4)))
    pair.b.edit("appointment.book", case.booking(mine, case.after(4)))
    assert pair.b.replica.tx().find(Appointment, mine) is not None
    pair.drain()
    assert pair.b.replica.tx().find(Appointment, mine) is None
    pair.require_agreement()


@pytest.mark.parametrize("second", ["move", "rename", "cancel", "archive"])
def test_p14_a_refused_update_or_delete_leaves_the_row_as_the_server_has_it(pair: Pair, second: str) -> None:
    case = begin(pair)
    against = {"move": "cancel", "rename": "rename", "cancel": "arrive", "archive": "rename"}[second]
    pair.a.edit(*ACTIONS[against](case, "theirs"))
    pair.b.edit(*ACTIONS[second](case, "mine"))
    if second == "archive":
        # Archived and renamed at once: the contested name refuses both.
        pair.b.edit("customer.update", case.field("archived", True, False))
        edits = [*case.field("archived", False, True)["edits"], *case.field("name", "Ida Brandt", "Mine")["edits"]]
        pair.b.edit("customer.update", {"customer_id": case.customer, "edits": edits})
    pair.drain()
    pair.require_agreement()
    assert pair.b.replica.tx().find(Customer, case.customer).archived is False  # type: ignore[union-attr]


# P9: what comes after a refused edit


def test_p9_each_edit_after_a_refused_one_has_an_end_of_its_own(pair: Pair) -> None:
    """The first is refused; what stands on it waits under it, the rest is decided, and the note is never lost."""
    case = begin(pair)
    pair.a.edit("appointment.book", case.booking(new_id(), case.after(4)))
    mine = new_id()
    seen = {"appointment_id": mine, "was": {"status": "booked", "start": case.after(4)}}
    pair.b.edit("appointment.book", case.booking(mine, case.after(4), notes="first"))
    pair.b.edit("appointment.arrive", seen)
    pair.b.edit("note.add", case.note("appointment", mine, "second"))
    pair.b.edit("customer.update", {"customer_id": case.customer, "tags_added": ["third"]})
    pair.b.edit("note.add", case.note("customer", case.customer, "fourth"))
    pair.a.push()
    outcomes = pair.b.push()
    told = ["slot_taken", "dependency", "dependency", "applied", "applied"]
    assert [one["code"] or one["outcome"] for one in outcomes] == told
    pair.drain()
    pair.require_agreement()
    pair.a.edit("attention.resolve", {"item_id": outcomes[0]["item"], "choice": "drop"})
    pair.drain()
    pair.require_agreement()
    (alone,) = (
        row for row in pair.b.rows()["attention_item"].values() if row[3].get("text") == "second" and row[10] == "open"
    )
    attach = {"attach_about": "customer", "attach_to": case.customer}
    pair.b.edit("attention.resolve", {"item_id": alone[0], "choice": "attach", **attach})
    pair.drain()
    pair.require_agreement()
    assert {row[3] for row in pair.a.rows()["note"].values() if row[2] == case.customer} == {"second", "fourth"}


def test_p12_what_was_deleted_after_a_sync_stays_deleted_and_comes_once(pair: Pair) -> None:
    case = begin(pair)
    pair.a.edit(*ACTIONS["archive"](case, ""))
    pair.drain()
    pair.require_agreement()
    pair.drain()
    assert pair.a.replica.tx().find(Customer, case.customer).archived  # type: ignore[union-attr]
    assert len([row for row in pair.b.rows()["customer"].values() if row[0] == case.customer]) == 1


# P13: several changes of one row in one delta

SEQUENCES = [ops for length in (2, 3) for ops in product(("put", "put other", "remove"), repeat=length)]


@pytest.mark.parametrize("waiting", [False, True], ids=["nothing waits", "an edit waits"])
@pytest.mark.parametrize("present", [False, True], ids=["absent", "present"])
@pytest.mark.parametrize("ops", SEQUENCES, ids=", ".join)
def test_p13_several_changes_of_one_row_in_one_delta(
    pair: Pair, ops: tuple[str, ...], *, present: bool, waiting: bool
) -> None:
    """Whatever happened to a row since the last pull, the desk has what is there now, and its own edit over it."""
    row_id = CustomerId(new_id())
    rows: dict[str, Customer | None] = {
        "put": Customer(id=row_id, name="Ida Brandt"),
        "put other": Customer(id=row_id, name="Ida Lund", alert="theirs"),
        "remove": None,
    }

    def write(op: str) -> None:
        with tenant_transaction(pair.engine, pair.shop.tenant) as connection:
            version = take_clock(connection, pair.shop.tenant)
            row = rows[op]
            changed: dict[tuple[str, str], Any] = {("customer", row_id): row and entity_type(Customer).encode(row)}
            flush(connection, version, changed)

    if present:
        write("put")
        pair.a.pull()
        if waiting:
            pair.a.edit("customer.update", {"customer_id": row_id, "tags_added": ["mine"]})
    elif waiting:
        pair.a.edit("customer.create", {"customer_id": row_id, "name": "Mine"})
    for op in ops:
        write(op)
    pair.a.pull()
    there = rows[ops[-1]]
    shown = pair.a.replica.tx().find(Customer, row_id)
    if not waiting:
        assert shown == there
    elif there is not None:
        assert shown is not None
        assert (shown.name, shown.tags) == (there.name, ("mine",) if present else ())
    else:
        assert (shown is None) == present
        assert [edit.refused for edit in pair.a.replica.outbox.all()] == ["not_found" if present else None]
    pair.drain()
    pair.require_agreement()


def test_an_item_is_not_dropped_with_a_booking_that_nobody_saw_there(pair: Pair) -> None:
    case = begin(pair)
    # Refused for its blank name: stands for every other reason, such as a full plan.
    jo, visit = new_id(), new_id()
    pair.a.edit("customer.create", {"customer_id": jo, "name": "Jo"})
    sent = [dict(one) for one in pair.a.replica.unsent(500)]
    sent[0]["args"] = {**sent[0]["args"], "name": " "}
    (refused,) = pair.a.wire.push(*sent)
    pair.b.pull()
    item = pair.b.replica.tx().find(AttentionItem, refused["item"])
    assert item is not None
    choice = {"item_id": item.id, "choice": "drop", "seen": seen_of(pair.b.replica.tx(), item)}
    pair.b.edit("attention.resolve", choice)
    # The first has not pulled yet: it books them.
    booking = case.booking(visit, case.after(4), notes="after her holiday") | {"customer_id": jo}
    pair.a.edit("appointment.book", booking)
    (late,) = pair.a.wire.push(*([dict(one) for one in pair.a.replica.unsent(500)][1:]))
    assert (late["code"], late["item"]) == ("dependency", item.id)
    pair.a.pull()
    pair.drain()
    pair.require_agreement()
    left = pair.b.replica.tx().find(AttentionItem, item.id)
    assert left is not None
    assert (left.state, left.details["tried"]["choice"]) == (AttentionState.OPEN, "drop")
    # Both have the rows by which the server looks: what is seen now is let go.
    assert seen_of(pair.a.replica.tx(), left) == seen_of(pair.b.replica.tx(), left) != choice["seen"]
    pair.b.edit("attention.resolve", choice | {"seen": seen_of(pair.b.replica.tx(), left)})
    pair.drain()
    left = pair.a.replica.tx().find(AttentionItem, item.id)
    assert left is not None
    assert left.state is AttentionState.DROPPED


def test_who_was_given_to_another_person_while_refused_holds_only_them(pair: Pair) -> None:
    case = begin(pair)
    pair.a.edit("appointment.book", case.booking(new_id(), case.after(4)))
    pair.b.edit("appointment.book", case.booking(mine := new_id(), case.after(4)))
    was = {"status": "booked", "start": case.after(4), "segments": [case.line()]}
    segments = [case.line(resources=[case.shop.ben])]
    pair.b.edit("appointment.reschedule", {"appointment_id": mine, "was": was, "segments": segments})
    pair.drain()
    tx = pair.a.replica.tx()
    (item,) = tx.attention_about(mine)
    choice = {"item_id": item.id, "choice": "move", "start": case.after(6), "seen": seen_of(tx, item)}
    pair.a.edit("attention.resolve", choice)
    pair.drain()
    pair.require_agreement()
    assert [one.resource_id for one in pair.b.replica.tx().allocations_of(AppointmentId(mine))] == [case.shop.ben]
