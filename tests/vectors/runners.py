"""How a row of each kind of vector goes through the rules of the product."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import Refusal
from shared.model.appointment import Appointment, Segment, Source, Status
from shared.model.base import AppointmentId, BusinessId, LocationId, ResourceId
from shared.model.business import Business, Location
from shared.model.member import Role
from shared.model.resource import Resource, ResourceKind
from shared.rules import allocating, booking, masquerade, recurrence, wall_time
from shared.store import Changes
from tests.support.memory import MemoryTx

Row = Mapping[str, Any]

_MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
_BUSINESS = Business(
    id=BusinessId("business"),
    name="Vectors",
    zone="UTC",
    currency="EUR",
    locale="en",
    first_day_of_week=0,
    slot_step=5,
    min_notice=0,
    max_advance=3650,
    cancel_window=0,
    requests_hold=True,
    series_clash="part",
)
_LOCATION = Location(id=LocationId("location"), name="Here", zone="UTC", address="")


def _appointment(name: str, row: Row) -> Appointment:
    start = _MIDNIGHT + timedelta(minutes=row["start"])
    segment = Segment(
        service_id=None,
        name="",
        colour="",
        price=0,
        before=row["buffer_before"],
        active=row["end"] - row["start"],
        processing=0,
        finishing=0,
        after=row["buffer_after"],
        resources=tuple(ResourceId(one) for one in row["resources"]),
    )
    return Appointment(
        id=AppointmentId(name),
        customer_id=None,
        location_id=_LOCATION.id,
        starts_at=start,
        ends_at=_MIDNIGHT + timedelta(minutes=row["end"]),
        zone="UTC",
        wall_start="",
        segments=(segment,),
        status=Status(row["status"]),
        source=Source.DESK,
        notes="",
        price=0,
        currency="EUR",
        steps=(),
    )


def _resource(row: Row) -> Resource:
    return Resource(
        id=ResourceId(row["id"]),
        location_id=_LOCATION.id,
        kind=ResourceKind.STAFF,
        name=row["id"],
        capacity=row["capacity"],
        colour="",
        position=0,
    )


def run_booking(row: Row) -> Row:
    """What comes of the attempt beside what is booked already."""
    tx = MemoryTx(_BUSINESS, _LOCATION, *(_resource(one) for one in row["resources"]))
    for number, one in enumerate(row["existing"]):
        existing = _appointment(f"existing-{number}", one)
        held = allocating.allocations_of(existing) if booking.holds(tx, existing) else ()
        tx.apply(Changes(put=(existing, *held)))
    attempt = _appointment("attempt", row["attempt"])
    try:
        tx.apply(booking.place(tx, attempt, at=_MIDNIGHT, role=Role.TENANT_STAFF))
    except Refusal as refusal:
        return {"outcome": refusal.code.value}
    return {"outcome": "applied"}


def run_wall_times(row: Row) -> Row:
    """The instant that a wall time means, and which kind of wall time it is."""
    wall, zone = datetime.fromisoformat(row["wall"]), row["zone"]
    fold = 1 if row.get("kind") == "ambiguous_second" else 0
    return {"utc": _text(wall_time.resolve(wall, zone, fold=fold))}


def run_recurrence(row: Row) -> Row:
    """The starts of a recurrence."""
    exdates = [datetime.fromisoformat(one) for one in row["exdates"]]
    start = datetime.fromisoformat(row["start"])
    found = recurrence.occurrences(start, row["zone"], row["rrule"], exdates, before=None, limit=10_000)
    return {"starts": [_text(one.start) for one in found]}


def run_masquerade(row: Row) -> Row:
    """Whether the actor may become the target."""
    actor = masquerade.Party(role=Role(row["actor_role"]), active=row["actor_active"])
    target = masquerade.Party(
        role=Role(row["target_role"]), active=row["target_active"], is_temporary=row["target_is_temporary"]
    )
    circumstances = masquerade.Circumstances(
        is_self=row["is_self"],
        same_tenant=bool(row["same_tenant"]),
        already_masquerading=row["actor_already_masquerading"],
    )
    return {"allowed": masquerade.may_masquerade(actor, target, circumstances)}


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


RUNNERS: Mapping[str, Callable[[Row], Row]] = {
    "booking": run_booking,
    "wall_times": run_wall_times,
    "recurrence": run_recurrence,
    "masquerade": run_masquerade,
}

EXPECTED = frozenset({"allowed", "utc", "starts", "outcome"})
"""The columns that are compared; all else of a row is input."""


def difference(kind: str, row: Row) -> str | None:
    """What differs between a row and what the rules make of it; a row that raises differs."""
    expected = {name: value for name, value in row.items() if name in EXPECTED}
    try:
        made = RUNNERS[kind](row)
    except Exception as error:  # noqa: BLE001 - a vector is foreign data: whatever it does to the rules is a difference
        return f"raised {type(error).__name__}: {error}"
    if not expected:
        return "has no expected column"
    return None if made == expected else f"expected {expected}, made {dict(made)}"
