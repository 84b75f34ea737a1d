"""One edit of each mutation over the small salon, with what must stand there before it."""

from datetime import timedelta
from typing import Any

from shared.clock import instant_text
from shared.model.attention import AttentionItem, AttentionState, Gathered
from shared.model.base import AttentionItemId, MutationId, SeriesId
from shared.model.registry import Entity
from shared.mutations.appointment import series_occurrence_id
from tests.support.salon import ANA, BEN, BUSINESS, COLOUR, CUT, LOCATION, MIRA, STAFF_USER, TEN, booking_of, made_id
from tests.support.salon import was as seen

Wish = tuple[str, dict[str, Any]]

VISIT = made_id("visit")
BLOCK = made_id("block")
ITEM = made_id("item")
FRIDAY = "2026-05-08"
LATER = instant_text(TEN + timedelta(hours=3))
BOOKED: Wish = ("appointment.book", booking_of("visit"))
OTHER: Wish = (
    "appointment.book",
    booking_of("other", TEN + timedelta(hours=3)) | {"segments": [{"service_id": COLOUR.id, "resources": [BEN.id]}]},
)
BLOCKED: Wish = (
    "block.put",
    {"block_id": BLOCK, "resource_id": BEN.id, "start": instant_text(TEN), "end": LATER, "reason": "Leave"},
)

SERIES = made_id("series")
RULE = "FREQ=WEEKLY;COUNT=4"
REPEATED: Wish = (
    "series.book",
    {
        "series_id": SERIES, "customer_id": MIRA.id, "location_id": LOCATION.id, "first": "2026-05-05T10:00:00",
        "rrule": RULE, "wishes": [{"service_id": CUT.id, "resources": [ANA.id]}],
        "before": instant_text(TEN + timedelta(days=60)),
    },
)  # fmt: skip
LUNCHES: Wish = (
    "block.repeat",
    {
        "series_id": made_id("lunch"), "resource_id": BEN.id, "first": "2026-05-07T12:00:00", "minutes": 60,
        "rrule": "FREQ=WEEKLY", "before": instant_text(TEN + timedelta(days=30)), "reason": "Lunch",
    },
)  # fmt: skip
TAKEN: Wish = ("appointment.book", booking_of("taken", TEN + timedelta(days=7)))
"""On a date of the series."""
LOCKED: Wish = ("appointment.lock", {"appointment_id": VISIT})
ENTRY = made_id("entry")
EARLIER = instant_text(TEN - timedelta(days=30))
WAITING: Wish = (
    "waitlist.add",
    {"entry_id": ENTRY, "customer_id": MIRA.id, "location_id": LOCATION.id, "wish": {"service_id": CUT.id}},
)
OVER: Wish = ("waitlist.add", WAITING[1] | {"wish": {"service_id": CUT.id, "to_day": "2026-05-01"}})
OFFERED: Wish = (
    "waitlist.offer",
    {
        "entry_id": ENTRY, "start": LATER, "resources": [BEN.id],
        "until": instant_text(TEN + timedelta(hours=1)),
    },
)  # fmt: skip
ACCEPTED: Wish = (
    "waitlist.accept",
    {
        "entry_id": ENTRY, "appointment_id": VISIT, "start": LATER,
        "segments": [{"service_id": CUT.id, "resources": [BEN.id]}],
    },
)  # fmt: skip


NEW: Wish = ("customer.create", {"customer_id": made_id("jo"), "name": "Jo Weiß"})
APART: Wish = ("customer.keep_apart", {"one_id": MIRA.id, "other_id": made_id("jo")})


def step(name: str, status: str) -> Wish:
    """A step of the visit."""
    return f"appointment.{name}", {"appointment_id": VISIT, "was": seen(status)}


def field(name: str, before: Any, after: Any) -> dict[str, Any]:
    """The edits that change one field."""
    return {"edits": [{"field": name, "was": before, "value": after}]}


def refused_booking() -> AttentionItem:
    """An item about a visit that was refused, with an arrival that waits for it."""
    return AttentionItem(
        id=AttentionItemId(ITEM),
        mutation_id=MutationId(made_id("refused")),
        name="appointment.book",
        args=booking_of("wished"),
        code="slot_taken",
        details={},
        subject_id=made_id("wished"),
        author_id=STAFF_USER,
        as_whom=None,
        made_at=TEN - timedelta(days=2),
        state=AttentionState.OPEN,
        gathered=(
            Gathered(
                mutation_id=MutationId(made_id("late")),
                name="appointment.confirm",
                args={"appointment_id": made_id("wished"), "was": seen("booked")},
            ),
        ),
    )


ROWS: tuple[Entity, ...] = (refused_booking(),)
"""What is in the book beside the salon."""

BEFORE_AND_EDIT: dict[str, tuple[tuple[Wish, ...], Wish]] = {
    "appointment.book": ((), BOOKED),
    "appointment.reschedule": (
        (BOOKED,),
        (
            "appointment.reschedule",
            {
                "appointment_id": VISIT, "was": seen("booked"), "start": LATER,
                "segments": [{"service_id": CUT.id, "resources": [BEN.id], "minutes": 60}],
            },
        ),
    ),
    "appointment.swap": (
        (BOOKED, OTHER),
        (
            "appointment.swap",
            {
                "appointment_id": VISIT, "was": seen("booked"), "resources": [ANA.id], "other_id": made_id("other"),
                "other_was": seen("booked", TEN + timedelta(hours=3)), "other_resources": [BEN.id],
            },
        ),
    ),
    "appointment.cancel": (
        (BOOKED, step("confirm", "booked")),
        ("appointment.cancel", step("cancel", "confirmed")[1] | {"reason": "Ill"}),
    ),
    "appointment.confirm": ((BOOKED,), step("confirm", "booked")),
    "appointment.arrive": ((BOOKED,), step("arrive", "booked")),
    "appointment.start": ((BOOKED, step("arrive", "booked")), step("start", "arrived")),
    "appointment.complete": ((BOOKED, step("start", "booked")), step("complete", "in_service")),
    "appointment.no_show": ((BOOKED, step("confirm", "booked")), step("no_show", "confirmed")),
    "appointment.undo_step": ((BOOKED, step("arrive", "booked")), step("undo_step", "arrived")),
    "appointment.decline": (
        (("appointment.book", BOOKED[1] | {"status": "requested"}),),
        ("appointment.decline", step("decline", "requested")[1] | {"reason": "Full that day"}),
    ),
    "appointment.lock": ((BOOKED, step("complete", "booked")), LOCKED),
    "appointment.unlock": (
        (BOOKED, step("complete", "booked"), LOCKED),
        ("appointment.unlock", {"appointment_id": VISIT, "reason": "Wrong price"}),
    ),
    "attention.resolve": ((), ("attention.resolve", {"item_id": ITEM, "choice": "move", "start": LATER})),
    "attention.reopen": (
        (("attention.resolve", {"item_id": ITEM, "choice": "drop"}),),
        ("attention.reopen", {"item_id": ITEM, "was": "dropped"}),
    ),
    "attention.close": ((), ("attention.close", {"item_id": ITEM, "settled": "dropped"})),
    "block.put": (
        (BLOCKED,),
        ("block.put", BLOCKED[1] | {"reason": "Training", "end": LATER, "was": dict(list(BLOCKED[1].items())[1:])}),
    ),
    "block.repeat": ((), LUNCHES),
    "block.end_repeat": (
        (LUNCHES,),
        ("block.end_repeat", {"series_id": made_id("lunch"), "resource_id": BEN.id, "was": "FREQ=WEEKLY",
                              "since": "2026-05-14T12:00:00/0"}),
    ),
    "block.rule_back": (
        (LUNCHES,),
        (
            "block.rule_back",
            {
                "series_id": made_id("lunch"), "resource_id": BEN.id, "was": "FREQ=WEEKLY", "was_archived": False,
                "rrule": "FREQ=WEEKLY;COUNT=2", "archived": False,
            },
        ),
    ),
    "block.remove": ((BLOCKED,), ("block.remove", {"block_id": BLOCK})),
    "business.update": ((), ("business.update", {"business_id": BUSINESS.id, **field("slot_step", 15, 30)})),
    "customer.consent": (
        (("customer.consent", {"customer_id": MIRA.id, "to": "mail", "given": True, "said_at": EARLIER}),),
        ("customer.consent", {"customer_id": MIRA.id, "to": "mail", "given": False}),
    ),
    "customer.create": ((), ("customer.create", {"customer_id": made_id("jo"), "name": "Jo Weiß", "tags": ["new"]})),
    "customer.keep_apart": ((NEW,), APART),
    "customer.restore": (
        (
            ("customer.create", {"customer_id": made_id("jo"), "name": "Jo Weiß"}),
            ("customer.withdraw", {"made": {"customer_id": made_id("jo"), "name": "Jo Weiß"}}),
        ),
        ("customer.restore", {"customer_id": made_id("jo")}),
    ),
    "customer.suggest_again": (
        (NEW, APART),
        ("customer.suggest_again", {"one_id": made_id("jo"), "other_id": MIRA.id}),
    ),
    "customer.update": (
        (("customer.update", {"customer_id": MIRA.id, "tags_added": ["regular"]}),),
        (
            "customer.update",
            {
                "customer_id": MIRA.id, "tags_added": ["vip"], "tags_removed": ["regular"],
                "edits": [
                    {"field": "name", "was": "Mira Holm", "value": "Mira Lund"},
                    {"field": "phones", "was": ["+49 30 1234567"], "value": []},
                ],
            },
        ),
    ),
    "customer.withdraw": (
        (("customer.create", {"customer_id": made_id("jo"), "name": "Jo Weiß"}),),
        ("customer.withdraw", {"made": {"customer_id": made_id("jo"), "name": "Jo Weiß"}}),
    ),
    "hours.clear": (
        (("hours.except", {"owner_id": ANA.id, "day": FRIDAY, "opens": 600, "closes": 840, "reason": "Half"}),),
        ("hours.clear", {"owner_id": ANA.id, "day": FRIDAY}),
    ),
    "hours.except": ((), ("hours.except", {"owner_id": ANA.id, "day": FRIDAY})),
    "hours.set": (
        (("hours.set", {"owner_id": ANA.id, "weekday": 4, "openings": [{"opens": 540, "closes": 720}]}),),
        (
            "hours.set",
            {
                "owner_id": ANA.id, "weekday": 4,
                "openings": [
                    {"opens": 600, "closes": 720},
                    {"opens": 780, "closes": 900, "valid_from": "2026-06-01", "valid_to": "2026-08-31"},
                ],
            },
        ),
    ),
    "location.create": (
        (),
        ("location.create", {"location_id": made_id("east"), "name": "East", "zone": "Europe/Berlin"}),
    ),
    "location.update": (
        (),
        ("location.update", {"location_id": LOCATION.id, **field("address", "Torstr. 1", "Elsewhere")}),
    ),
    "location.rezone": (
        (BLOCKED, REPEATED),
        ("location.rezone", {"location_id": LOCATION.id, "was": "Europe/Berlin", "zone": "Europe/London"}),
    ),
    "resource.create": (
        (),
        (
            "resource.create",
            {"resource_id": made_id("room"), "location_id": LOCATION.id, "kind": "ROOM", "name": "Room 1"},
        ),
    ),
    "resource.update": ((), ("resource.update", {"resource_id": BEN.id, **field("capacity", 1, 2)})),
    "series.book": ((TAKEN,), REPEATED),
    "series.extend": (
        (("series.book", REPEATED[1] | {"rrule": "FREQ=WEEKLY", "before": instant_text(TEN + timedelta(days=8))}),),
        ("series.extend", {"series_id": SERIES, "before": instant_text(TEN + timedelta(days=30))}),
    ),
    "series.change": (
        (REPEATED,),
        (
            "series.change",
            {
                "series_id": SERIES, "new_id": made_id("next series"), "was": RULE, "since": "2026-05-12T10:00:00/0",
                "first": "2026-05-13T11:00:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3",
                "before": REPEATED[1]["before"],
                "wishes": [{"service_id": CUT.id, "resources": [BEN.id], "minutes": 60}],
            },
        ),
    ),
    "series.end": (
        (REPEATED,), ("series.end", {"series_id": SERIES, "was": RULE, "since": "2026-05-12T10:00:00/0"}),
    ),
    "series.turn_back": (
        (REPEATED,),
        (
            "series.turn_back",
            {
                "series_id": SERIES,
                "rules": [
                    {
                        "series_id": SERIES, "was": RULE, "was_archived": False, "rrule": RULE, "archived": True,
                        "exdates": [],
                    },
                ],
                "visits": [
                    {
                        "appointment_id": series_occurrence_id(SeriesId(SERIES), f"2026-{day}T10:00:00/0"),
                        "was": seen("booked", TEN + timedelta(days=7 * week)),
                        "until": instant_text(TEN + timedelta(days=7 * week, minutes=45)),
                        "resources": [ANA.id], "to": "ended",
                        "series_id": SERIES, "original_start": f"2026-{day}T10:00:00/0",
                    }
                    for week, day in enumerate(("05-05", "05-12", "05-19", "05-26"))
                ],
            },
        ),
    ),
    "service.create": ((), ("service.create", {"service_id": made_id("wash"), "name": "Wash", "active": 20})),
    "waitlist.accept": ((WAITING, OFFERED), ACCEPTED),
    "waitlist.add": ((), WAITING),
    "waitlist.change": (
        (WAITING,),
        (
            "waitlist.change",
            {
                "entry_id": ENTRY, "was": {"service_id": CUT.id},
                "wish": {"service_id": CUT.id, "priority": 2, "weekdays": [1], "to_day": FRIDAY},
            },
        ),
    ),
    "waitlist.lapse": ((OVER,), ("waitlist.lapse", {"entry_id": ENTRY})),
    "waitlist.offer": ((WAITING,), OFFERED),
    "waitlist.put_back": (
        (
            WAITING, ACCEPTED,
            (
                "appointment.cancel",
                {"appointment_id": VISIT, "was": seen("booked", TEN + timedelta(hours=3)), "by": "business"},
            ),
        ),
        ("waitlist.put_back", {"entry_id": ENTRY, "was": "booked", "state": "waiting"}),
    ),
    "waitlist.withdraw": ((WAITING, OFFERED), ("waitlist.withdraw", {"entry_id": ENTRY})),
    "service.update": ((), ("service.update", {"service_id": COLOUR.id, **field("price", 9000, 9900)})),
}  # fmt: skip
"""By the name of the mutation: what is done before, and the edit that is undone."""

PAID: Wish = (
    "payment.take",
    {
        "payment_id": made_id("paid"), "appointment_id": VISIT, "location_id": LOCATION.id, "kind": "balance",
        "method": "cash", "amount": 4500, "currency": "EUR",
    },
)  # fmt: skip

ONE_WAY_EDITS: dict[str, tuple[tuple[Wish, ...], Wish]] = {
    "appointment.expire": (
        (("appointment.book", BOOKED[1] | {"status": "requested"}),),
        ("appointment.expire", {"appointment_id": VISIT}),
    ),
    "customer.erase": ((), ("customer.erase", {"customers": [MIRA.id]})),
    "customer.merge": ((NEW,), ("customer.merge", {"kept_id": MIRA.id, "merged_id": made_id("jo")})),
    "note.add": (
        (),
        ("note.add", {"note_id": made_id("note"), "about": "customer", "subject_id": MIRA.id, "text": "Allergic."}),
    ),
    "payment.refund": (
        (BOOKED, PAID),
        (
            "payment.refund",
            {
                "payment_id": made_id("refund"), "refund_of": made_id("paid"), "location_id": LOCATION.id,
                "method": "cash", "amount": 500, "currency": "EUR",
            },
        ),
    ),
    "payment.take": ((BOOKED,), PAID),
    "plan.set": (
        (),
        (
            "plan.set",
            {
                "business_id": BUSINESS.id, "tier": "STARTER", "features": ["waitlist"], "users": 5, "resources": 5,
                "locations": 1, "devices": 5, "appointments_a_month": 500, "customers": 500, "storage_mib": 100,
            },
        ),
    ),
}  # fmt: skip
"""By the name of each mutation without a way back: what is done before, and the edit."""
