"""Edits as each release of the app made them; `python -m tests.support.recording` records those of this one.

What stands in a file is never changed again: a shape that would be another is a new version of its mutation.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import orjson

from shared.clock import parse_instant
from shared.ids import CANONICAL
from shared.model.base import MutationId, SeriesId
from shared.model.member import Role
from shared.model.registry import ENTITIES, SCHEMA_VERSION, EntityType, unstructured
from shared.mutations.appointment import series_occurrence_id
from shared.mutations.attention import item_id_of
from shared.mutations.decide import Decision, decide
from shared.mutations.registry import MUTATIONS, Actor, Context, Mutation
from shared.protocol.codec import arguments_of, json_schema
from shared.rules.permissions import may
from tests.support.memory import MemoryTx
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, MIRA, NOW, OWNER_USER, TEN, Salon, made_id, was, wire

FOLDER = Path(__file__).parents[1] / "sync" / "recorded"
Json = dict[str, Any]
_WORDS = frozenset({"title", "description"})
_OF_IDS = ("pattern", f"^{CANONICAL}$")
"""What shapes say of ids only since they are published; they have never had another form."""


def releases() -> dict[str, Json]:
    """What was recorded, by release: the shapes of arguments and a story of edits that holds each of them."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in sorted(FOLDER.glob("*.json"))}


def shape_of(mutation: Mutation[Any]) -> Any:
    """The JSON schema of a mutation's arguments without the words for people."""
    return _plain(json_schema(mutation.arguments))


def _plain(schema: Any) -> Any:
    if isinstance(schema, dict):
        # A field may be called so as well: then a schema stands there, and no text.
        told = ((name, one) for name, one in schema.items() if (name, one) != _OF_IDS)
        return {name: _plain(one) for name, one in told if name not in _WORDS or not isinstance(one, str)}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def story_of(release: Json, *, earlier: bool) -> list[Json]:
    """The edits of a release in their order; with `earlier` each as the version before it would have been sent."""
    before = release["earlier"] if earlier else {}
    return [edit | before.get(str(number), {}) for number, edit in enumerate(release["edits"])]


def unrecorded(mutations: Mapping[str, Mutation[Any]], recorded: Mapping[str, Json]) -> list[str]:
    """What is wrong with the table of mutations in the light of what was released, in sentences."""
    shapes: dict[tuple[str, int], Any] = {}
    examples: set[tuple[str, int]] = set()
    for release in recorded.values():
        shapes |= {(one["name"], one["v"]): one["shape"] for one in release["shapes"]}
        told_of = [*story_of(release, earlier=False), *story_of(release, earlier=True)]
        examples |= {(one["name"], one["v"]) for one in told_of}
    wrong = []
    for name, mutation in mutations.items():
        known = shapes.get((name, mutation.version))
        if known is None or (name, mutation.version) not in examples:
            wrong.append(f"{name} v{mutation.version} is not recorded: python -m tests.support.recording")
        elif known != shape_of(mutation):
            wrong.append(
                f"{name} v{mutation.version} takes other arguments than it was released with: raise its version"
            )
        wrong += [f"{name} v{v} has no example" for v in mutation.upcasters if (name, v) not in examples]
    for name, v in sorted(shapes):
        if name not in mutations or v > mutations[name].version:
            wrong.append(f"{name} v{v} was released and is not known any more")
    return wrong


def columns_of(entities: Mapping[str, EntityType[Any]]) -> Json:
    """The columns of every table in the order of a row on the wire: `name kind`, with a `?` where one may be empty."""
    return {
        table: [f"{one.name} {one.kind.value}{'?' if one.nullable else ''}" for one in of.columns]
        for table, of in entities.items()
    }


def reshaped(columns: Json, schema: int, recorded: Mapping[str, Json]) -> list[str]:
    """What is wrong with the columns of a schema in the light of what was released, in sentences."""
    released = {one["schema"]["version"]: one["schema"]["columns"] for one in recorded.values()}
    if schema not in released:
        return [f"schema {schema} is not recorded: python -m tests.support.recording"]
    before = released[schema]
    other = sorted(table for table in {*columns, *before} if columns.get(table) != before.get(table))
    return [f"{table} has other columns than schema {schema} was released with: raise its number" for table in other]


def told(tx: MemoryTx, edit: Json) -> Decision:
    """Decide one edit of a story over the salon, as a push of it would be; what no owner may do the platform does."""
    role = Role.TENANT_OWNER if may(Role.TENANT_OWNER, MUTATIONS[edit["name"]].capability) else Role.SUPERUSER
    ctx = Context(
        at=parse_instant(edit["at"]),
        actor=Actor(user_id=OWNER_USER, role=role),
        mutation_id=MutationId(edit["id"]),
    )
    args = arguments_of(edit["name"], edit["v"], edit["args"])
    return decide(tx, ctx, edit["name"], args, unstructured(args))


def _story() -> Iterator[tuple[str, Json, datetime]]:
    """Edits of every kind, in an order in which the rules take them."""

    def visit(name: str) -> Json:
        return {"appointment_id": made_id(name)}

    def booking(name: str, start: datetime, **more: Any) -> Json:
        cut = {"service_id": CUT.id, "resources": [ANA.id]}
        return {
            **visit(name),
            "customer_id": MIRA.id,
            "location_id": LOCATION.id,
            "start": wire(start),
            "segments": [cut],
            **more,
        }

    def edits(field: str, before: Any, value: Any) -> Json:
        return {"edits": [{"field": field, "was": before, "value": value}]}

    later, after = TEN + timedelta(hours=2), TEN + timedelta(hours=5)
    yield "customer.create", {"customer_id": made_id("ida"), "name": "Ida"}, NOW
    yield "customer.create", {
        "customer_id": made_id("ben"), "name": "Ben", "phones": ["+49 30 1"], "emails": ["ben@mail.example"],
        "language": "de", "tags": ["regular"], "alert": "Nickel", "notes": "Tea",
    }, NOW  # fmt: skip
    yield "customer.update", {
        "customer_id": made_id("ida"), **edits("notes", "", "Coffee"), "tags_added": ["new"], "tags_removed": ["old"],
    }, NOW  # fmt: skip
    yield "appointment.book", booking("first", TEN), NOW
    yield "appointment.book", booking(
        "second", later, status="requested", source="phone", title="", notes="Window", override=None, series_id=None,
        original_start="",
    ), NOW  # fmt: skip
    # Refused: the slot is taken.
    yield "appointment.book", booking("third", TEN), NOW
    yield "attention.resolve", {
        "item_id": item_id_of(_id(5)), "choice": "move", "start": wire(after), "resources": [BEN.id], "override": None,
    }, NOW  # fmt: skip
    yield "appointment.confirm", {**visit("second"), "was": was("requested", later)}, NOW
    yield "appointment.reschedule", {
        **visit("second"), "was": was("booked", later), "start": wire(later + timedelta(hours=1)),
        "segments": [{"service_id": CUT.id, "resources": [BEN.id], "minutes": 60}], "override": None,
    }, NOW  # fmt: skip
    yield "appointment.arrive", {**visit("first"), "was": was("booked")}, TEN
    yield "appointment.undo_step", {**visit("first"), "was": was("arrived")}, TEN
    yield "appointment.arrive", {**visit("first"), "was": was("booked")}, TEN
    yield "appointment.start", {**visit("first"), "was": was("arrived")}, TEN
    yield "appointment.complete", {**visit("first"), "was": was("in_service")}, later
    yield "appointment.cancel", {
        **visit("second"), "was": was("booked", later + timedelta(hours=1)), "reason": "ill", "by": "customer",
    }, later  # fmt: skip
    yield "appointment.no_show", {**visit("third"), "was": was("booked", after)}, after + timedelta(minutes=10)
    yield "block.put", {
        "block_id": made_id("block"), "resource_id": ANA.id, "start": wire(after),
        "end": wire(after + timedelta(hours=1)), "reason": "Training", "origin": "calendar",
    }, NOW  # fmt: skip
    yield "block.remove", {
        "block_id": made_id("block"),
        "was": {
            "resource_id": ANA.id, "start": wire(after), "end": wire(after + timedelta(hours=1)),
            "reason": "Training", "archived": False,
        },
    }, NOW  # fmt: skip
    yield "business.update", {"business_id": BUSINESS.id, **edits("cancel_window", 1440, 60)}, NOW
    yield "location.create", {"location_id": made_id("annex"), "name": "Annex", "zone": "Europe/Paris"}, NOW
    yield "location.update", {"location_id": made_id("annex"), **edits("address", "", "Rue 1")}, NOW
    yield "resource.create", {
        "resource_id": made_id("room"), "location_id": LOCATION.id, "kind": "ROOM", "name": "Room", "capacity": 2,
        "colour": "#112233", "position": 5, "member_id": None,
    }, NOW  # fmt: skip
    yield "resource.update", {"resource_id": made_id("room"), **edits("capacity", 2, 3)}, NOW
    yield "service.create", {
        "service_id": made_id("massage"), "name": "Massage", "category": "Care", "colour": "", "price": 6000,
        "before": 0, "active": 50, "processing": 0, "finishing": 0, "after": 10,
        "needs": [{"kind": "ROOM", "any_of": [made_id("room")]}],
    }, NOW  # fmt: skip
    yield "service.update", {"service_id": made_id("massage"), **edits("price", 6000, 6500)}, NOW
    yield "hours.set", {"owner_id": ANA.id, "weekday": 0, "openings": [{"opens": 540, "closes": 1080}]}, NOW
    half = {"opens": 600, "closes": 840, "reason": "Half"}
    by_week = {"opens": None, "closes": None, "reason": "", "by_week": True}
    yield "hours.except", {"owner_id": ANA.id, "day": "2026-06-01", **half, "was": by_week}, NOW
    yield "hours.clear", {"owner_id": ANA.id, "day": "2026-06-01", "was": {**half, "by_week": False}}, NOW
    yield "attention.reopen", {"item_id": item_id_of(_id(5)), "was": "moved"}, NOW
    yield "attention.close", {"item_id": item_id_of(_id(5)), "settled": "moved"}, NOW
    stray = {"note_id": made_id("note"), "about": "customer", "subject_id": made_id("nobody"), "text": "Pram"}
    # Refused: there is nobody of that id.
    yield "note.add", stray, NOW
    yield "attention.resolve", {
        "item_id": item_id_of(_id(30)), "choice": "attach", "start": None, "resources": None, "override": None,
        "attach_about": "customer", "attach_to": MIRA.id,
    }, NOW  # fmt: skip
    yield "customer.create", {"customer_id": made_id("mistake"), "name": "Mistake"}, NOW
    yield "customer.withdraw", {"made": {"customer_id": made_id("mistake"), "name": "Mistake"}}, NOW
    yield "customer.restore", {"customer_id": made_id("mistake")}, NOW
    yield "appointment.book", booking("asked", after + timedelta(hours=2), status="requested"), NOW
    yield "appointment.decline", {
        **visit("asked"), "was": was("requested", after + timedelta(hours=2)), "reason": "Full that day",
    }, NOW  # fmt: skip
    yield "appointment.book", booking("forgotten", after + timedelta(hours=3), status="requested"), NOW
    yield "appointment.expire", visit("forgotten"), after + timedelta(hours=3)
    till = {"location_id": LOCATION.id, "method": "cash", "currency": "EUR"}
    yield "payment.take", {
        **visit("first"), **till, "payment_id": made_id("paid"), "kind": "balance", "amount": 4500,
    }, later  # fmt: skip
    yield "payment.refund", {
        **till, "payment_id": made_id("back"), "refund_of": made_id("paid"), "amount": 500, "appointment_id": None,
    }, later  # fmt: skip
    yield "appointment.unlock", {**visit("first"), "reason": "Wrong price"}, later
    yield "appointment.lock", visit("first"), later
    yield "plan.set", {
        "business_id": BUSINESS.id, "tier": "STARTER", "features": ["waitlist", "series"], "users": 5, "resources": 10,
        "locations": 2, "devices": 5, "appointments_a_month": 500, "customers": None, "storage_mib": 1000,
    }, NOW  # fmt: skip
    yield "customer.consent", {
        "customer_id": MIRA.id, "to": "mail", "given": True, "said_at": wire(NOW - timedelta(days=3)),
        "instead_of": None,
    }, NOW  # fmt: skip
    yield "customer.create", {"customer_id": made_id("twin"), "name": "Mira H."}, NOW
    yield "customer.merge", {"kept_id": MIRA.id, "merged_id": made_id("twin")}, NOW
    entry, wish = {"entry_id": made_id("entry")}, {
        "service_id": CUT.id, "people": [BEN.id], "weekdays": [1, 2], "earliest": 540, "latest": 1080,
        "from_day": "2026-05-05", "to_day": "2026-05-29", "priority": 1, "party": 1, "notes": "Window",
    }  # fmt: skip
    slot = {"start": wire(TEN), "resources": [BEN.id], "until": wire(NOW + timedelta(hours=2))}
    yield "waitlist.add", {**entry, "customer_id": made_id("twin"), "location_id": LOCATION.id, "wish": wish}, NOW
    yield "waitlist.change", {**entry, "was": wish, "wish": wish | {"priority": 2, "to_day": None}}, NOW
    yield "waitlist.withdraw", {**entry, "was": "waiting"}, NOW
    yield "waitlist.put_back", {
        **entry, "was": "withdrawn", "state": "waiting", "offer": None, "appointment_id": None, "was_offer": None,
    }, NOW  # fmt: skip
    yield "waitlist.offer", {**entry, **slot}, NOW
    yield "waitlist.lapse", entry, NOW + timedelta(hours=2)
    yield "waitlist.accept", {
        **entry, "appointment_id": made_id("from the list"), "start": wire(TEN), "override": None,
        "segments": [{"service_id": CUT.id, "resources": [BEN.id]}],
    }, NOW  # fmt: skip
    series, soon = {"series_id": made_id("series")}, wire(TEN + timedelta(days=30))
    weekly, twice = "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=6"
    wishes = [{"service_id": CUT.id, "resources": [BEN.id]}]
    yield "series.book", {
        **series, "customer_id": MIRA.id, "location_id": LOCATION.id, "first": "2026-05-19T15:00:00", "rrule": weekly,
        "wishes": wishes, "before": soon,
    }, NOW  # fmt: skip
    yield "series.extend", {**series, "before": wire(TEN + timedelta(days=44))}, NOW
    yield "series.change", {
        **series, "new_id": made_id("later series"), "was": weekly, "since": "2026-06-02T15:00:00/0",
        "first": "2026-06-03T16:00:00", "rrule": twice, "wishes": wishes, "before": wire(TEN + timedelta(days=44)),
    }, NOW  # fmt: skip
    later_series = {"series_id": made_id("later series")}
    yield "series.end", {**later_series, "was": twice, "since": "2026-06-10T16:00:00/0"}, NOW
    yield "series.turn_back", {
        **series, "visits": [],
        "rules": [{
            **later_series, "was": "FREQ=WEEKLY;UNTIL=20260610T135959Z", "was_archived": False, "rrule": twice,
            "archived": False,
            "exdates": [],
        }],
    }, NOW  # fmt: skip
    lunch = {"series_id": made_id("lunch"), "resource_id": BEN.id}
    yield "block.repeat", {
        **lunch, "first": "2026-05-07T12:00:00", "minutes": 60, "rrule": weekly, "before": soon, "reason": "Lunch",
    }, NOW  # fmt: skip
    yield "block.end_repeat", {**lunch, "was": weekly, "since": "2026-05-14T12:00:00/0"}, NOW
    yield "block.rule_back", {
        **lunch, "was": "FREQ=WEEKLY;UNTIL=20260514T095959Z", "was_archived": False, "rrule": weekly, "archived": False,
    }, NOW  # fmt: skip
    yield "location.rezone", {"location_id": made_id("annex"), "was": "Europe/Paris", "zone": "Europe/London"}, NOW
    yield "customer.erase", {
        "customers": [made_id("mistake")], "appointments": [], "notes": [], "items": [], "series": [], "waitlist": [],
        "payments": [],
    }, NOW  # fmt: skip
    week = TEN + timedelta(days=7)
    bens = [{"service_id": CUT.id, "resources": [BEN.id]}]
    yield "appointment.book", booking("early", week, segments=bens), NOW
    yield "appointment.book", booking("late", week + timedelta(hours=2), segments=bens), NOW
    yield "appointment.swap", {
        **visit("early"), "was": was("booked", week), "resources": [BEN.id], "other_id": made_id("late"),
        "other_was": was("booked", week + timedelta(hours=2)), "other_resources": [BEN.id], "override": None,
    }, NOW  # fmt: skip
    yield "customer.create", {"customer_id": made_id("sister"), "name": "Ida Holm"}, NOW
    sisters = {"one_id": MIRA.id, "other_id": made_id("sister")}
    yield "customer.keep_apart", sisters, NOW
    yield "customer.suggest_again", sisters, NOW
    yield "customer.keep_apart", sisters, NOW
    # Refused: they are kept apart.
    yield "customer.merge", {"kept_id": MIRA.id, "merged_id": made_id("sister"), "though_apart": False}, NOW
    yield "customer.merge", {"kept_id": MIRA.id, "merged_id": made_id("sister"), "though_apart": True}, NOW
    yield "customer.erase", {
        "customers": [made_id("ida")], "appointments": [], "notes": [], "items": [], "series": [], "waitlist": [],
        "payments": [], "apart": [],
    }, NOW  # fmt: skip
    staff, room = {"kind": "STAFF"}, {"kind": "ROOM", "any_of": [made_id("room")]}
    yield "service.update", {
        "service_id": made_id("massage"), "edits": [], "needs": [room], "needs_put": [staff], "needs_removed": [],
        "terms": [{"resource_id": ANA.id, "price": 7000}], "terms_put": [{"resource_id": BEN.id, "active": 60}],
        "terms_removed": [],
    }, NOW  # fmt: skip
    yield "service.update", {
        "service_id": made_id("massage"), "needs_put": [], "needs_removed": [room], "terms_put": [],
        "terms_removed": [ANA.id], "needs_were": [room, staff],
        "terms_were": [{"resource_id": ANA.id, "price": 7000}, {"resource_id": BEN.id, "active": 60}],
    }, NOW  # fmt: skip
    # It was swapped with the later one.
    there = week + timedelta(hours=2)
    seen = [{"service_id": CUT.id, "resources": [BEN.id], "minutes": 45}]
    yield "appointment.reschedule", {
        **visit("early"), "was": was("booked", there) | {"segments": seen, "party": None}, "start": None,
        "segments": [seen[0] | {"minutes": 60}], "override": None, "party": None,
    }, NOW  # fmt: skip
    once, first = {"series_id": made_id("once")}, TEN + timedelta(days=8, hours=6)
    yield "series.book", {
        **once, "customer_id": MIRA.id, "location_id": LOCATION.id, "first": "2026-05-13T16:00:00",
        "rrule": "FREQ=WEEKLY;COUNT=1", "wishes": wishes, "before": soon,
    }, NOW  # fmt: skip
    original = "2026-05-13T16:00:00/0"
    yield "series.turn_back", {
        **once,
        "rules": [{
            **once, "was": "FREQ=WEEKLY;COUNT=1", "was_archived": False, "rrule": "FREQ=WEEKLY;COUNT=1",
            "archived": True, "exdates": [],
        }],
        "visits": [{
            "appointment_id": series_occurrence_id(SeriesId(made_id("once")), original), "was": was("booked", first),
            "until": wire(first + timedelta(minutes=45)), "resources": [BEN.id], "to": "ended", **once,
            "original_start": original, "booked": seen, "party": 1,
        }],
    }, NOW  # fmt: skip
    leave = {"resource_id": BEN.id, "start": wire(after), "end": wire(after + timedelta(hours=1)), "reason": "Leave"}
    later_leave = {**leave, "start": wire(after + timedelta(hours=1)), "end": wire(after + timedelta(hours=2))}
    for block, seen_so in ((leave, None), (later_leave, {**leave, "archived": False})):
        yield "block.put", {"block_id": made_id("leave"), **block, "origin": "", "was": seen_so}, NOW
    longer = [seen[0] | {"minutes": 60}]
    yield "appointment.reschedule", {
        **visit("early"), "was": was("booked", there) | {"segments": longer, "party": None}, "start": None,
        "segments": seen, "override": None, "party": None,
        "as_before": [{
            "service_id": CUT.id, "price": 4500, "before": 0, "active": 45, "processing": 0, "finishing": 0, "after": 5,
        }],
    }, NOW  # fmt: skip
    morning, day = ({"opens": 540, "closes": one, "valid_from": None, "valid_to": None} for one in (720, 1080))
    yield "hours.set", {"owner_id": BEN.id, "weekday": 6, "openings": [morning], "was": []}, NOW
    yield "hours.set", {"owner_id": BEN.id, "weekday": 6, "openings": [day], "was": [morning]}, NOW
    yield "series.end", {
        **later_series, "was": twice, "since": "2026-06-17T16:00:00/0", "reason": "Moved away", "by": "customer",
        "onward": [{**series, "was": "FREQ=WEEKLY;UNTIL=20260602T125959Z", "since": ""}],
    }, NOW  # fmt: skip
    yield "series.turn_back", {
        **series, "visits": [],
        "rules": [{
            **later_series, "was": "FREQ=WEEKLY;UNTIL=20260617T135959Z", "was_archived": False, "rrule": twice,
            "archived": False, "exdates": [], "closes": [], "reopens": ["2026-06-10T16:00:00/0"],
        }],
    }, NOW  # fmt: skip
    # Refused: Ben is there already.
    yield "appointment.book", booking("twice", week, segments=bens), NOW
    refused = {"item_id": item_id_of(_id(_TWICE))}
    yield "attention.resolve", {**refused, "choice": "drop", "seen": _SEEN}, NOW
    yield "attention.reopen", {**refused, "was": "dropped"}, NOW
    yield "attention.close", {**refused, "settled": "dropped", "decided": []}, NOW
    # Back over a rule, and over nobody but whom they stood beside.
    yield "appointment.cancel", {**visit("late"), "was": was("booked", week), "by": "business"}, NOW
    yield "appointment.undo_step", {**visit("late"), "was": was("cancelled", week), "over": [made_id("early")]}, NOW
    yield "appointment.swap", {
        **visit("early"), "was": was("booked", there), "resources": [BEN.id], "other_id": made_id("late"),
        "other_was": was("booked", week), "other_resources": [BEN.id], "override": "A regular", "other_override": None,
        "over": [],
    }, NOW  # fmt: skip
    yield "appointment.reschedule", {
        **visit("early"), "was": was("booked", week) | {"segments": None, "party": None},
        "start": wire(week + timedelta(minutes=105)), "segments": None, "override": "A regular", "party": None,
        "over": [made_id("late")],
    }, NOW  # fmt: skip
    yield "series.turn_back", {
        **once,
        "rules": [{
            **once, "was": "FREQ=WEEKLY;COUNT=1", "was_archived": True, "rrule": "FREQ=WEEKLY;COUNT=1",
            "archived": False, "exdates": [],
        }],
        "visits": [{
            "appointment_id": series_occurrence_id(SeriesId(made_id("once")), original),
            "was": was("cancelled", first), "until": wire(first + timedelta(minutes=45)), "resources": [BEN.id],
            "to": "restored", **once, "original_start": original, "booked": None, "party": None, "over": [],
        }],
    }, NOW  # fmt: skip
    ending = {**once, "was": "FREQ=WEEKLY;COUNT=1", "since": "", "reason": "Moved away", "by": "customer", "onward": []}
    yield "series.end", ending, NOW
    yield "series.turn_back", {
        **once, "visits": [],
        "rules": [{
            **once, "was": "FREQ=WEEKLY;COUNT=1", "was_archived": True, "rrule": "FREQ=WEEKLY;COUNT=1",
            "archived": False, "exdates": [], "closes": [], "reopens": [],
        }],
        "ended": {"at": wire(NOW), "end": ending},
    }, NOW  # fmt: skip
    yield "block.end_repeat", {**lunch, "was": weekly, "since": ""}, NOW
    yield "block.rule_back", {
        **lunch, "was": weekly, "was_archived": True, "rrule": weekly, "archived": False,
        "ended": {"at": wire(NOW), "since": ""},
    }, NOW  # fmt: skip


_TWICE: Final = 86
"""The number of the last booking that is refused."""
_SEEN: Final = "a1bdebd8f4a3ea25"
"""What there is to see of that booking."""
_EARLIER: Final = {
    6: 1,
    8: 2,
    10: 1,
    16: 1,
    25: 2,
    29: 1,
    31: 2,
    46: 1,
    57: 1,
    58: 1,
    61: 1,
    63: 2,
    66: 1,
    76: 3,
    78: 2,
    85: 3,
    94: 3,
}
"""The version of an edit of the story that keeps an earlier one, by its number."""


def _id(number: int) -> MutationId:
    return MutationId(made_id(f"edit {number}"))


def _as_it_was(shape: Any, defs: Json, value: Any) -> Any:
    """A value without what an earlier shape of it did not have. Raises LookupError for what could not be said then."""
    if "$ref" in shape:
        return _as_it_was(defs[shape["$ref"].rpartition("/")[2]], defs, value)
    if "anyOf" in shape and value is not None:
        (other,) = (one for one in shape["anyOf"] if one.get("type") != "null")
        return _as_it_was(other, defs, value)
    if value not in shape.get("enum", [value]):
        raise LookupError(value)
    if isinstance(value, dict) and "properties" in shape:
        known = shape["properties"]
        if missing := set(shape.get("required", ())) - value.keys():
            raise LookupError(*missing)
        # A yes to what was not asked then.
        if assured := {name for name, one in value.items() if one is True and name not in known}:
            raise LookupError(*assured)
        return {name: _as_it_was(known[name], defs, one) for name, one in value.items() if name in known}
    if isinstance(value, list) and "items" in shape:
        if len(value) < shape.get("minItems", 0):
            raise LookupError(value)
        return [_as_it_was(shape["items"], defs, one) for one in value]
    return value


def _earlier(edits: Iterable[Json], shapes: Iterable[Json]) -> Json:
    """By their numbers those edits that an earlier version could say, with it and its arguments."""
    by_name: dict[str, list[Json]] = {}
    for one in sorted(shapes, key=itemgetter("v")):
        by_name.setdefault(one["name"], []).append(one)
    made: Json = {}
    for number, edit in enumerate(edits):
        older = [one for one in by_name[edit["name"]] if one["v"] < edit["v"]]
        if older:
            # By turns, so that each has an example where there are as many edits.
            said = older[0]
            by_name[edit["name"]].append(by_name[edit["name"]].pop(0))
            with suppress(LookupError):
                args = _as_it_was(said["shape"], said["shape"].get("$defs", {}), edit["args"])
                made[str(number)] = {"v": said["v"], "args": args}
    return made


def record() -> Json:
    """The columns, the shapes and the story of the code as it is."""
    tx = Salon().tx
    edits = []
    for number, (name, args, at) in enumerate(_story()):
        edit = {
            "id": _id(number),
            "name": name,
            "v": _EARLIER.get(number, MUTATIONS[name].version),
            "args": args,
            "at": wire(at),
        }
        edits.append(edit | {"outcome": told(tx, edit).outcome.value})
    shapes = [{"name": name, "v": one.version, "shape": shape_of(one)} for name, one in sorted(MUTATIONS.items())]
    schema = {"version": SCHEMA_VERSION, "columns": columns_of(ENTITIES)}
    return {"schema": schema, "shapes": shapes, "edits": edits}


def main() -> int:
    """Write the file of this release, unless that would change what stands in it."""
    file = FOLDER / f"{version('smoothschedule')}.json"
    there = orjson.loads(file.read_bytes()) if file.exists() else {"shapes": []}
    before, made = there["shapes"], record()
    # What an earlier version took is said by nothing but this file.
    made["shapes"] += [one for one in before if one["v"] < MUTATIONS[one["name"]].version]
    lost = [f"{one['name']} v{one['v']}" for one in before if one not in made["shapes"]]
    if there.get("schema", {}).get("version") == SCHEMA_VERSION and there["schema"] != made["schema"]:
        lost.append(f"schema {SCHEMA_VERSION}")
    made["earlier"] = _earlier(made["edits"], made["shapes"]) | there.get("earlier", {})
    if lost:
        print(f"These would be recorded otherwise than they are: {', '.join(lost)}")
        return 1
    file.write_bytes(orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
