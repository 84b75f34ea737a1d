"""Nothing that a person entered is dropped unseen: every argument of every edit is on the page *Needs attention*."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from desktop.models.rows import Fact
from desktop.presenters.attention import _now, _yours, telling_of, title_of
from desktop.presenters.edit_names import EDITS
from desktop.presenters.entered_words import entered
from desktop.presenters.field_words import label_of
from desktop.presenters.series_words import rule_words
from desktop.presenters.setup.place_form import location_form, resource_form
from desktop.presenters.setup.policies import policies_form
from desktop.presenters.setup.service_form import service_form
from desktop.presenters.words import STATUS, words_of
from desktop.queries.attention_items import Attention, attention_items
from desktop.queries.business_setup import business_setup
from desktop.queries.phones import phones_text
from desktop.store.replica import Replica
from shared.clock import instant_text, parse_instant
from shared.dates import WEEKDAYS
from shared.ids import is_id
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import (
    AttentionItemId,
    CustomerId,
    LocationId,
    MutationId,
    ResourceId,
)
from shared.model.customer import Customer
from shared.model.resource import ResourceKind
from shared.mutations.registry import MUTATIONS
from tests.desktop.store.test_undo import edit, opened
from tests.support.edits_of_each_kind import (
    BEFORE_AND_EDIT,
    BLOCK,
    BLOCKED,
    BOOKED,
    ENTRY,
    FRIDAY,
    ITEM,
    LATER,
    ONE_WAY_EDITS,
    OTHER,
    PAID,
    REPEATED,
    RULE,
    SERIES,
    VISIT,
    Wish,
)
from tests.support.moving_clock import stopped
from tests.support.recording import releases, story_of
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MIRA, STAFF_USER, TEN, made_id, was

ROOM = replace(ANA, id=ResourceId(made_id("room")), name="Room 7", kind=ResourceKind.ROOM, member_id=None)
NORTH = replace(LOCATION, id=LocationId(made_id("north")), name="North")
JO = Customer(id=CustomerId(made_id("jo")), name="Jo Weiss")
EARLY = instant_text(TEN - timedelta(days=30, minutes=25))
LATE = instant_text(TEN + timedelta(days=3, minutes=35))
WALL, ORIGINAL = "2026-06-09T16:20:00", "2026-06-16T09:10:00/0"
FULL_SEGMENT = {
    "service_id": COLOUR.id, "resources": [BEN.id, ROOM.id], "minutes": 65, "fill": True, "exchangeable": [BEN.id],
}  # fmt: skip
SEEN_SEGMENT = {"service_id": CUT.id, "resources": [ANA.id], "minutes": 55}
WISH = {
    "service_id": COLOUR.id, "people": [BEN.id], "weekdays": [1, 4], "earliest": 555, "latest": 1085,
    "from_day": "2026-05-11", "to_day": "2026-05-29", "priority": 2, "party": 3, "notes": "only before her shift",
}  # fmt: skip
NEEDS = [
    {"kind": "ROOM", "pool": "Laser", "count": 2, "during": "active"},
    {"kind": "STAFF", "any_of": [ANA.id, BEN.id], "during": "hands_on"},
]  # fmt: skip
TERMS = [{"resource_id": BEN.id, "price": 7150, "active": 41, "processing": 22, "finishing": 13}]
NEW_CUSTOMER = {
    "customer_id": made_id("ida"), "name": "Ida Lund", "phones": ["+49 40 765432"], "emails": ["ida@mail.example"],
    "language": "sv", "tags": ["regular", "early bird"], "alert": "Nickel allergy", "notes": "Prefers tea",
}  # fmt: skip


def edits(**values: tuple[Any, Any]) -> dict[str, Any]:
    return {"edits": [{"field": name, "was": before, "value": after} for name, (before, after) in values.items()]}


FULL: tuple[Wish, ...] = (
    ("appointment.book", {
        "appointment_id": made_id("lost"), "customer_id": JO.id, "location_id": NORTH.id, "start": LATE,
        "segments": [FULL_SEGMENT], "status": "requested", "source": "phone", "title": "Bridal hair",
        "notes": "brings her own veil", "override": "promised on the phone", "series_id": SERIES,
        "original_start": ORIGINAL, "party": 4,
    }),
    ("appointment.reschedule", {
        "appointment_id": VISIT, "was": was("booked") | {"segments": [SEEN_SEGMENT], "party": 2}, "start": LATE,
        "segments": [FULL_SEGMENT], "override": "the room is big", "party": 5,
    }),
    ("appointment.cancel", {"appointment_id": VISIT, "was": was("booked"), "reason": "Ill", "by": "business"}),
    ("appointment.swap", {
        "appointment_id": VISIT, "was": was("booked"), "resources": [ANA.id], "other_id": made_id("other"),
        "other_was": was("booked", TEN + timedelta(hours=3)), "other_resources": [BEN.id], "override": "both asked",
        "other_override": "the other one, too",
    }),
    ("attention.resolve", {
        "item_id": ITEM, "choice": "move", "start": LATE, "resources": [BEN.id], "override": "as agreed",
        "attach_about": "customer", "attach_to": JO.id,
    }),
    ("block.put", {
        "block_id": BLOCK, "resource_id": ANA.id, "start": LATE, "end": instant_text(TEN + timedelta(days=3, hours=1)),
        "reason": "Training", "origin": "calendar",
        "was": {"resource_id": BEN.id, "start": EARLY, "end": LATER, "reason": "Leave", "archived": True},
    }),
    ("block.remove", {
        "block_id": BLOCK,
        "was": {"resource_id": BEN.id, "start": EARLY, "end": LATER, "reason": "Parental leave", "archived": True},
    }),
    ("customer.create", NEW_CUSTOMER),
    ("customer.withdraw", {"made": NEW_CUSTOMER}),
    ("customer.consent", {
        "customer_id": MIRA.id, "to": "photos", "given": True, "said_at": EARLY, "instead_of": LATE,
    }),
    ("customer.consent", {"customer_id": MIRA.id, "to": "text", "given": False}),
    ("customer.erase", {name: [made_id(name)] for name in (
        "appointments", "notes", "items", "series", "waitlist", "payments", "apart",
    )} | {"customers": [MIRA.id, JO.id]}),
    ("customer.merge", {"kept_id": MIRA.id, "merged_id": JO.id, "though_apart": True}),
    ("customer.update", {
        "customer_id": MIRA.id, "tags_added": ["vip"], "tags_removed": ["slow payer"],
        **edits(
            name=("Mira Holm", "Mira Berg"), phones=(["+49 30 1234567"], ["+49 30 1234567", "+49 170 5555555"]),
            emails=([], ["mira@mail.example"]), language=("", "fr"), alert=("Nickel", "Latex allergy"),
            notes=("", "Coffee, no sugar"),
            blocked=(False, True), archived=(True, False), preferred_id=(ANA.id, BEN.id),
        ),
    }),
    ("business.update", {"business_id": BUSINESS.id, **edits(
        name=("Salon Lind", "Lind & Daughters"), locale=("de-DE", "en-GB"), first_day_of_week=(0, 6),
        slot_step=(15, 20),
        min_notice=(120, 180), max_advance=(365, 400), cancel_window=(1440, 2880), requests_hold=(True, False),
        series_clash=("part", "refuse"), approval=(True, False), request_life=(0, 90), late_fee=(0, 1550),
    )}),
    ("location.create", {
        "location_id": made_id("east"), "name": "East Side", "zone": "Europe/London", "address": "Lagerweg 12",
    }),
    ("location.update", {"location_id": NORTH.id, **edits(
        name=("North", "Far north"), address=("", "Seestr. 4"), archived=(False, True),
    )}),
    ("resource.create", {
        "resource_id": made_id("chair"), "location_id": NORTH.id, "kind": "EQUIPMENT", "name": "Dryer", "capacity": 6,
        "colour": "#123456", "position": 11, "member_id": STAFF_USER, "pool": "Dryers",
    }),
    ("resource.update", {"resource_id": BEN.id, **edits(
        name=("Ben", "Benno"), capacity=(1, 8), colour=("", "#654321"), pool=("", "Stylists"), archived=(False, True),
        position=(1, 16), kind=("STAFF", "ROOM"), location_id=(LOCATION.id, NORTH.id), member_id=(None, STAFF_USER),
    )}),
    ("service.create", {
        "service_id": made_id("wash"), "name": "Head massage", "category": "Care", "colour": "#abcdef", "price": 2350,
        "before": 6, "active": 37, "processing": 17, "finishing": 9, "after": 4, "needs": NEEDS, "capacity": 12,
        "terms": TERMS,
    }),
    ("service.update", {
        "service_id": CUT.id, "needs": NEEDS, "needs_put": NEEDS, "needs_removed": NEEDS, "terms": TERMS,
        "terms_put": TERMS, "terms_removed": [ANA.id],
        **edits(
            name=("Cut", "Cut and style"), category=("Hair", "Styling"), colour=("", "#0a0b0c"), price=(4500, 4950),
            before=(0, 8), active=(45, 52), processing=(0, 19), finishing=(0, 14), after=(5, 7), capacity=(1, 13),
            archived=(False, True),
        ),
    }),
    ("hours.except", {
        "owner_id": ANA.id, "day": FRIDAY, "opens": 615, "closes": 845, "reason": "Half day",
        "was": {"opens": 555, "closes": 765, "reason": "School run"},
    }),
    ("hours.clear", {
        "owner_id": ANA.id, "day": FRIDAY,
        "was": {"opens": 565, "closes": 775, "reason": "Concert", "by_week": False},
    }),
    ("hours.set", {"owner_id": NORTH.id, "weekday": 2, "openings": [
        {"opens": 535, "closes": 725},
        {"opens": 785, "closes": 1565, "valid_from": "2026-06-01", "valid_to": "2026-08-30"},
    ], "was": [{"opens": 541, "closes": 722, "valid_from": "2026-05-04", "valid_to": "2026-05-31"}]}),
    ("hours.set", {"owner_id": ANA.id, "weekday": 6, "openings": []}),
    ("series.book", {
        "series_id": made_id("weekly"), "customer_id": MIRA.id, "location_id": NORTH.id, "first": WALL, "rrule": RULE,
        "wishes": [FULL_SEGMENT], "before": LATE, "exdates": [ORIGINAL], "title": "Course", "notes": "bring a towel",
        "party": 9, "visit_id": VISIT,
    }),
    ("series.change", {
        "series_id": SERIES, "new_id": made_id("next series"), "was": RULE, "since": ORIGINAL, "first": WALL,
        "rrule": "FREQ=MONTHLY;BYMONTHDAY=7", "before": LATE, "wishes": [FULL_SEGMENT], "party": 14,
    }),
    ("series.end", {"series_id": SERIES, "was": RULE, "since": ORIGINAL, "reason": "Moves away", "by": "business"}),
    ("series.turn_back", BEFORE_AND_EDIT["series.turn_back"][1][1] | {"visits": [
        BEFORE_AND_EDIT["series.turn_back"][1][1]["visits"][0] | {"booked": [SEEN_SEGMENT], "party": 15},
    ]}),
    ("waitlist.add", {"entry_id": made_id("wish"), "customer_id": JO.id, "location_id": NORTH.id, "wish": WISH}),
    ("waitlist.change", {
        "entry_id": ENTRY, "was": {"service_id": CUT.id, "notes": "any day", "party": 2}, "wish": WISH,
    }),
    ("waitlist.offer", {"entry_id": ENTRY, "start": LATE, "resources": [BEN.id], "until": LATER}),
    ("waitlist.accept", {
        "entry_id": ENTRY, "appointment_id": made_id("lost"), "start": LATE, "segments": [FULL_SEGMENT],
        "override": "she waits so long",
    }),
    ("waitlist.put_back", {
        "entry_id": ENTRY, "was": "booked", "state": "offered", "appointment_id": VISIT,
        "offer": {"start": LATE, "resources": [BEN.id], "until": LATER}, "was_offer": None,
    }),
    ("payment.take", PAID[1] | {"kind": "tip", "method": "terminal"}),
    ("payment.refund", {
        "payment_id": made_id("back"), "refund_of": made_id("paid"), "location_id": NORTH.id, "method": "transfer",
        "amount": 1250, "currency": "USD", "appointment_id": VISIT,
    }),
)  # fmt: skip
"""One edit of each kind in which everything that can be entered is, and most of it said nowhere else."""

UNSAID = {
    "the row that it makes, which has no name yet": (
        "appointment.book.appointment_id", "block.put.block_id", "block.repeat.series_id",
        "customer.create.customer_id",
        "customer.withdraw.made.customer_id", "location.create.location_id", "note.add.note_id",
        "payment.refund.payment_id", "payment.take.payment_id", "resource.create.resource_id", "series.book.series_id",
        "series.change.new_id", "service.create.service_id", "waitlist.accept.appointment_id", "waitlist.add.entry_id",
    ),
    "the business's own row: there is one": ("business.update.business_id", "plan.set.business_id"),
    "how far ahead the program makes dates at first": (
        "block.repeat.before", "series.book.before", "series.change.before", "series.extend.before",
    ),
    "the program's own note of where it comes from": ("block.put.origin", "appointment.book.original_start"),
    "how the program chose: whom it chose is named": tuple(
        f"{one}.{name}"
        for one in (
            "appointment.book.segments", "appointment.reschedule.segments", "series.book.wishes",
            "series.change.wishes", "waitlist.accept.segments",
        )
        for name in ("fill", "exchangeable")
    ),
    "seen beside the visit that is named with it, not entered": (
        "appointment.swap.resources", "appointment.swap.other_resources", "block.put.was.archived",
        "block.remove.was.archived",
    ),
    "said as the hours of the week, where it is so": ("hours.except.was.by_week", "hours.clear.was.by_week"),
    "put together by the program, to take back what somebody did": (
        *(
            f"series.turn_back.rules.{name}"
            for name in ("series_id", "was", "was_archived", "archived", "exdates", "closes", "reopens")
        ),
        *(
            f"series.turn_back.visits.{name}"
            for name in (
                "appointment_id", "was.status", "until", "resources", "to", "series_id", "original_start",
                "booked.service_id", "booked.resources", "booked.minutes", "party",
            )
        ),
        "appointment.reschedule.over", "appointment.swap.over", "appointment.undo_step.over",
        "series.turn_back.visits.over", "attention.close.decided",
        *(f"service.update.needs_were.{name}" for name in ("kind", "any_of", "pool", "count", "during")),
        *(
            f"service.update.terms_were.{name}"
            for name in ("resource_id", "price", "active", "processing", "finishing")
        ),
        *(f"waitlist.put_back.was_offer.{name}" for name in ("start", "resources", "until")), "waitlist.withdraw.was",
        "block.rule_back.was_archived", "block.rule_back.archived", "series.turn_back.series_id",
        "block.rule_back.ended.at", "block.rule_back.ended.since", "series.turn_back.ended.at",
        *(
            f"series.turn_back.ended.end.{name}"
            for name in ("series_id", "was", "since", "reason", "by", "onward.series_id", "onward.was", "onward.since")
        ),
    ),
    "put back by the program as it was booked: what is booked is named": tuple(
        f"appointment.reschedule.as_before.{name}"
        for name in ("service_id", "price", "before", "active", "processing", "finishing", "after")
    ),
    "what the page showed, as a number": ("attention.resolve.seen",),
    "found by the program: by what rule it goes on is said": ("series.end.onward.series_id", "series.end.onward.since"),
    "gathered by the program: whom it is about is named": tuple(
        f"customer.erase.{name}"
        for name in ("appointments", "notes", "items", "series", "waitlist", "payments", "apart")
    ),
}  # fmt: skip
"""Arguments that are not on the page, each with the reason."""
UNSAID_PATHS = {path for paths in UNSAID.values() for path in paths}
SAID_AS = {
    "cash": "Cash", "terminal": "Card terminal", "transfer": "Transfer", "tip": "Tip", "balance": "Balance",
    "phone": "By phone", "requested": "Requested", "booked": "Booked", "photos": "Photos being kept", "mail": "e-mail",
    "text": "Reminders by text message", "customer": "customer", "business": "business", "part": "Book the other dates",
    "refuse": "Book none of them", "ROOM": "room", "EQUIPMENT": "quipment", "STAFF": "erson", "move": "Another time",
    "drop": "Drop it", "attach": "Attach it", "moved": "Moved", "dropped": "Dropped", "hands_on": "somebody works",
    "active": "active phase", "en-GB": "English, United Kingdom", "de-DE": "German, Germany", "waiting": "Waiting",
    "offered": "Offered", "withdrawn": "Withdrawn", "STARTER": "Plan starter", "appointment": "visit",
    "EUR": "\N{EURO SIGN}", "USD": "$",
} | STATUS  # fmt: skip
"""What is chosen from a few, as a person reads it."""
LENGTHS = {"min_notice", "cancel_window", "request_life"}
MINUTES_OF_A_DAY = {"opens", "closes", "earliest", "latest"}
AMOUNTS = {"price", "late_fee"}


@dataclass(frozen=True)
class Leaf:
    """One value of an edit: where it stands, and what stands there."""

    path: str
    name: str
    value: Any


def leaves(edit_name: str, args: Mapping[str, Any]) -> Iterator[Leaf]:
    """Every single value of an edit, but for what is as it is for whoever enters nothing there."""
    yield from _leaves(edit_name, MUTATIONS[edit_name].arguments, args)


def _leaves(path: str, shape: Any, value: Any) -> Iterator[Leaf]:
    if isinstance(value, list):
        for one in value:
            yield from _leaves(path, shape, one)
    elif isinstance(value, dict) and "field" in value:
        for version in ("was", "value"):
            if value[version] not in ("", None, []):
                yield from _leaves(f"{path}.{value['field']}.{version}", None, value[version])
    elif isinstance(value, dict):
        for name, one in value.items():
            known = next(each for each in fields(shape) if each.name == name)
            otherwise = list(known.default) if isinstance(known.default, tuple) else known.default
            if one is not None and one != [] and (one != otherwise or type(one) is not type(otherwise)):
                yield from _leaves(f"{path}.{name}", shape_within(shape, name), one)
    else:
        parts = path.split(".")
        yield Leaf(path, parts[-2] if parts[-1] in ("value", "was") and "edits" in parts else parts[-1], value)


def shape_within(shape: type[Any], name: str) -> type[Any] | None:
    """The value object that stands in an argument, by itself or several times."""
    found = [get_type_hints(shape)[name]]
    while found:
        one = found.pop()
        if is_dataclass(one) and isinstance(one, type):
            return one
        found += get_args(one)
    return None


def paths_of(path: str, shape: type[Any]) -> Iterator[str]:
    """Every place in the arguments of an edit at which a value can stand."""
    for one in fields(shape):
        inner = shape_within(shape, one.name)
        if inner is None:
            yield f"{path}.{one.name}"
        elif one.name != "edits":
            yield from paths_of(f"{path}.{one.name}", inner)


EXAMPLES: list[Wish] = [
    *FULL,
    *(wish for _, wish in (*BEFORE_AND_EDIT.values(), *ONE_WAY_EDITS.values())),
    *((one["name"], one["args"]) for release in releases().values() for one in story_of(release, earlier=False)),
]
"""Edits of every kind: those that say all that can be said, and those that every release has recorded."""


def test_every_argument_of_every_edit_has_an_example_or_a_reason() -> None:
    said = {leaf.path for name, args in EXAMPLES for leaf in leaves(name, args)}
    known = {path for name, one in MUTATIONS.items() for path in paths_of(name, one.arguments)}
    assert known - said - UNSAID_PATHS == set()
    assert UNSAID_PATHS - known == set(), "what is not there any more needs no reason"


def book(folder: Path) -> Replica:
    """A book in which all that the examples name can be found."""
    made = opened(folder / "book.db")
    for one in (BOOKED, OTHER, BLOCKED, BEFORE_AND_EDIT["waitlist.add"][1], PAID, REPEATED):
        edit(made, *one)
    made.apply_lines(patch(3, NORTH, ROOM, JO))
    return made


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    with stopped(TEN):
        made = book(tmp_path)
        yield made
    made.close()


NAMES = {
    MIRA.id: ("Mira Holm",), JO.id: ("Jo Weiss",), ANA.id: ("Ana",), BEN.id: ("Ben",), ROOM.id: ("Room 7",),
    CUT.id: ("Cut",), COLOUR.id: ("Colour",), LOCATION.id: ("Mitte",), NORTH.id: ("North",), STAFF_USER: ("Ana",),
    VISIT: ("Mira Holm", "Cut", "10:00"), made_id("other"): ("Mira Holm", "Colour", "13:00"), BLOCK: ("Leave", "Ben"),
    ENTRY: ("Mira Holm", "Cut"), SERIES: ("Mira Holm", "Cut", "Every week"), made_id("paid"): ("Balance", "45,00"),
    ITEM: ("Booking",),
}  # fmt: skip
"""Every row that is in the book, and by what a person knows it."""


def wanted(leaf: Leaf) -> tuple[str, ...]:
    """What must stand on the page where a value was entered; nothing where the book does not know what it names."""
    value, words = leaf.value, words_of(BUSINESS, "Europe/Berlin")
    if isinstance(value, bool):
        return () if leaf.name == "given" else ("Yes" if value else "No",)
    if isinstance(value, int):
        return (_number(leaf, value),)
    if is_id(value):
        return NAMES.get(value, ())
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value):
        return (words.moment(parse_instant(value)).partition(", ")[0], words.time(parse_instant(value)))
    if re.match(r"\d{4}-\d\d-\d\dT", value):
        return (words.full_date(date.fromisoformat(value[:10])), value[11:16])
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return (words.full_date(date.fromisoformat(value)),)
    if value.startswith("FREQ="):
        return (rule_words(value, words),)
    return phones_text((value,), "DE") if leaf.name == "phones" else (SAID_AS.get(value, value),)


def _number(leaf: Leaf, value: int) -> str:
    words = words_of(BUSINESS, "Europe/Berlin")
    if leaf.name in AMOUNTS or leaf.name == "amount":
        # In which currency stands beside it.
        return words.money(value).split("\N{NO-BREAK SPACE}")[0]
    if leaf.name in MINUTES_OF_A_DAY:
        return f"{value // 60 % 24:02}:{value % 60:02}"
    if leaf.name in LENGTHS:
        return (
            f"{value // 1440} day"
            if value % 1440 == 0
            else f"{value // 60} hour"
            if value % 60 == 0
            else f"{value} min"
        )
    if leaf.name in ("weekday", "weekdays", "first_day_of_week"):
        return WEEKDAYS[value]
    if leaf.name == "position":
        return str(value + 1)
    return {1: "High", 2: "Very high"}[value] if leaf.name == "priority" else f"{value:,}"


def item_of(wish: Wish, *gathered: Wish, key: str = "an item", **more: Any) -> AttentionItem:
    """What the server leaves behind of an edit, with others that wait for it."""
    name, args = wish
    given: dict[str, Any] = {"code": "not_found", "details": {}} | more
    return AttentionItem(
        id=AttentionItemId(made_id(key)), mutation_id=MutationId(made_id(f"edit of {key}")), name=name, args=args,
        subject_id=MUTATIONS[name].subject(MUTATIONS[name].parse(args)), author_id=STAFF_USER, as_whom=None,
        made_at=TEN - timedelta(days=2), state=AttentionState.OPEN,
        gathered=tuple(
            Gathered(mutation_id=MutationId(made_id(f"late {place}")), name=one, args=told)
            for place, (one, told) in enumerate(gathered)
        ),
        **given,
    )  # fmt: skip


VERSIONS = count(4)


def told_of(replica: Replica, item: AttentionItem, *rows: Any) -> Attention:
    """The item as the desk has it, once it and these rows have come."""
    replica.apply_lines(patch(next(VERSIONS), item, *rows))
    return next(one for one in attention_items(replica) if one.id == item.id)


def text_of(facts: tuple[Fact, ...]) -> str:
    return "\n".join(f"{one.label}: {one.text}" + (f" (was {one.was})" if one.was else "") for one in facts)


def missing(text: str, wish: Wish) -> list[str]:
    """The values of an edit that a text does not hold."""
    told = [leaf for leaf in leaves(*wish) if leaf.path not in UNSAID_PATHS]
    return [f"{leaf.path}: {leaf.value}" for leaf in told for one in wanted(leaf) if one not in text]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Attention]:
    """Each example as an edit that was refused, and as one that waits under a booking."""
    own = (item_of(wish, key=f"own {number}") for number, wish in enumerate(EXAMPLES))
    under = (item_of(BOOKED, wish, key=f"under {number}") for number, wish in enumerate(EXAMPLES))
    with stopped(TEN), closing(book(tmp_path_factory.mktemp("book"))) as replica:
        replica.apply_lines(patch(next(VERSIONS), *own, *under))
        return {one.id: one for one in attention_items(replica)}


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=lambda number: f"{number} {EXAMPLES[number][0]}")
def test_every_value_that_was_entered_is_on_the_page(shown: Mapping[str, Attention], number: int) -> None:
    wish, own, under = EXAMPLES[number], shown[made_id(f"own {number}")], shown[made_id(f"under {number}")]
    words = words_of(BUSINESS, "Europe/Berlin")
    page = f"{title_of(own)}\n{text_of(_yours(own, telling_of(own, words)))}"
    assert missing(page, wish) == [], page
    (late,) = under.gathered
    line = text_of(entered(late.name, late.args, telling_of(under, words)))
    assert missing(f"{EDITS[late.name]}\n{line}", wish) == [], line


MIRAS_PHONES = ["+49 30 1234567"]
NUMBER = "+49 170 5555555"


def pages(replica: Replica, item: AttentionItem, *rows: Any) -> tuple[dict[str, Fact], dict[str, Fact]]:
    """What was entered, and what is there now, by label."""
    one = told_of(replica, item, *rows)
    telling = telling_of(one, words_of(BUSINESS, "Europe/Berlin"))
    yours, now = _yours(one, telling), _now(one, telling)
    return {fact.label: fact for fact in yours}, {fact.label: fact for fact in now}


def test_of_a_contested_change_every_field_is_shown_as_it_was_as_it_is_and_as_it_was_entered(replica: Replica) -> None:
    args = {
        "customer_id": MIRA.id, "tags_added": ["vip"],
        **edits(name=("Mira Holm", "Mira Berg"), phones=(MIRAS_PHONES, [*MIRAS_PHONES, NUMBER]), alert=("", "Latex")),
    }  # fmt: skip
    details = {"subject": MIRA.id, "field": "name", "was": "Mira Holm", "now": "Mira Horn", "wanted": "Mira Berg"}
    theirs = replace(MIRA, name="Mira Horn", tags=("regular",), alert="Nickel")
    item = item_of(("customer.update", args), code="changed_meanwhile", details=details)
    yours, now = pages(replica, item, theirs)
    assert (yours["Name"].was, yours["Name"].text, now["Name"].text) == ("Mira Holm", "Mira Berg", "Mira Horn")
    assert (yours["Phones"].text, now["Phones"].text) == ("030 1234567, 0170 5555555", "030 1234567")
    assert (yours["Alert"].was, yours["Alert"].text, now["Alert"].text) == ("–", "Latex", "Nickel")
    assert (yours["Tags added"].text, now["Tags"].text) == ("vip", "regular")


def test_a_change_of_an_archived_customer_is_shown(replica: Replica) -> None:
    change = ("customer.update", {"customer_id": MIRA.id, **edits(alert=("", "Latex allergy"))})
    told = {"what": "customer", "name": "Mira Holm", "subject": MIRA.id}
    item = item_of(change, code="archived", details=told)
    yours, now = pages(replica, item, replace(MIRA, archived=True))
    assert yours["Alert"].text == "Latex allergy"
    assert now["Alert"].text == "–"
    assert "archived" in now["In the book"].text


def test_what_others_have_made_of_a_wish_stands_beside_it_field_by_field(replica: Replica) -> None:
    before = {"service_id": CUT.id, "notes": "mornings", "priority": 1}
    change = {"entry_id": ENTRY, "was": before, "wish": {"service_id": CUT.id, "notes": "only with Ana, before 11"}}
    yours, now = pages(replica, item_of(("waitlist.change", change)))
    assert (yours["Notes"].was, yours["Notes"].text, now["Notes"].text) == ("mornings", "only with Ana, before 11", "–")
    assert "Wish" not in now
    assert (yours["Priority"].was, yours["Priority"].text, now["Priority"].text) == ("High", "–", "–")


def test_the_hours_of_the_day_that_stand_are_there_now(replica: Replica) -> None:
    edit(replica, "hours.set", {"owner_id": BEN.id, "weekday": 4, "openings": [{"opens": 600, "closes": 1080}]})
    change = {"owner_id": BEN.id, "weekday": 4, "openings": [{"opens": 540, "closes": 720}]}
    yours, now = pages(replica, item_of(("hours.set", change)))
    assert (yours["Hours"].text, now["Hours"].text) == ("09:00–12:00", "10:00–18:00")
    _, other = pages(replica, item_of(("hours.set", change | {"weekday": 3})))
    assert other["Hours"].text == "Closed"


def test_what_waits_for_a_new_customer_is_told_with_their_name_its_time_and_its_amount(replica: Replica) -> None:
    booking = BOOKED[1] | {"appointment_id": made_id("first visit"), "customer_id": made_id("ida")}
    paid = PAID[1] | {"payment_id": made_id("first"), "appointment_id": made_id("first visit")}
    item = item_of(("customer.create", NEW_CUSTOMER), ("appointment.book", booking), ("payment.take", paid))
    told = told_of(replica, item)
    telling = telling_of(told, words_of(BUSINESS, "Europe/Berlin"), one_place=True)
    first, second = (entered(one.name, one.args, telling) for one in told.gathered)
    assert text_of(first) == "Customer: Ida Lund\nWhen: Tue 5 May, 10:00\nService: Cut with Ana"
    assert "Visit: Ida Lund, Tue 5 May, 10:00" in text_of(second)
    assert "45,00" in text_of(second)


def test_what_is_of_no_shape_that_is_known_is_told_as_it_is(replica: Replica) -> None:
    strange = ("service.update", {"service_id": CUT.id, **edits(price=(4500, "free"), shelf=(None, {"row": 3}))})
    yours, _ = pages(replica, item_of(strange, code="invalid"))
    assert (yours["Price"].text, yours["Shelf"].text) == ("free", "Row: 3")


def test_fields_are_called_as_in_the_forms(replica: Replica) -> None:
    told = business_setup(replica)
    words = words_of(told.business, "Europe/Berlin")
    forms = {
        "business": policies_form(told.business, words), "service": service_form(None, words),
        "resource": resource_form(None, told, LOCATION.id), "location": location_form(None, told),
    }  # fmt: skip
    renamed = {"location": "location_id", "member": "member_id"}
    called = {
        (noun, one.name): (
            label_of(f"{noun}.update", renamed.get(one.name, one.name) if noun == "resource" else one.name)
        )
        for noun, form in forms.items()
        for one in form.fields
    }
    assert called == {(noun, one.name): one.label for noun, form in forms.items() for one in form.fields}
