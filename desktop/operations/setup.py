"""What an owner sets up: services, people and rooms, locations, hours, and the policies of the business."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import LocationId, OwnerId, ResourceId, ServiceId
from shared.model.business import Business, Location
from shared.model.registry import Entity, entity_type, structured, unstructured
from shared.model.resource import Resource
from shared.model.service import Need, Service, Terms
from shared.mutations.business import BusinessUpdate
from shared.mutations.fields import FieldEdit
from shared.mutations.hours import HoursClear, HoursExcept, HoursSet, Opening
from shared.mutations.location import LocationCreate, LocationUpdate
from shared.mutations.resource import ResourceCreate, ResourceUpdate
from shared.mutations.service import NeedWish, ServiceCreate, ServiceUpdate, TermsWish, to_sets
from shared.store import Reads

Values = Mapping[str, Any]
"""Fields by name, their values as on the wire."""


def _edits(seen: Entity, values: Values) -> tuple[FieldEdit, ...]:
    """The fields that are to be otherwise, each against the value that was seen."""
    kind = entity_type(type(seen))
    was = dict(zip(kind.names, kind.encode(seen), strict=True))
    return tuple(
        FieldEdit(field=name, was=was[name], value=value) for name, value in values.items() if was[name] != value
    )


def _needs(needs: Sequence[Need]) -> tuple[NeedWish, ...]:
    return structured(unstructured(tuple(needs)), tuple[NeedWish, ...])


def _terms(terms: Sequence[Terms]) -> tuple[TermsWish, ...]:
    return structured(unstructured(tuple(terms)), tuple[TermsWish, ...])


def add_service(values: Values, needs: Sequence[Need], terms: Sequence[Terms]) -> Operation:
    """Add a service."""
    made = ServiceCreate(service_id=ServiceId(ids.new_id()), needs=_needs(needs), terms=_terms(terms), **values)
    return Operation(name="service.create", args=made, label="adding")


def change_service(
    seen: Service, values: Values, needs: Sequence[Need] | None = None, terms: Sequence[Terms] | None = None
) -> Operation | None:
    """Change a service; of needs and terms what was put or taken away is said, None leaves them.

    None where nothing would be otherwise.
    """
    wish = to_sets(seen, seen.needs if needs is None else needs, seen.terms if terms is None else terms)
    args = replace(wish, edits=_edits(seen, values))
    if args == ServiceUpdate(service_id=seen.id):
        return None
    return Operation(name="service.update", args=args, label="change")


def add_resource(location_id: str, kind: str, values: Values) -> Operation:
    """Add a person, a room or a piece of equipment to a location."""
    made = ResourceCreate(
        resource_id=ResourceId(ids.new_id()),
        location_id=LocationId(location_id),
        kind=kind,  # type: ignore[arg-type]
        **values,
    )
    return Operation(name="resource.create", args=made, label="adding")


def change_resource(seen: Resource, values: Values) -> Operation | None:
    """Change a person, a room or a piece of equipment; None where nothing would be otherwise."""
    edits = _edits(seen, values)
    if not edits:
        return None
    args = ResourceUpdate(resource_id=seen.id, edits=edits)
    return Operation(name="resource.update", args=args, label="change")


def add_location(values: Values) -> Operation:
    """Add a site."""
    made = LocationCreate(location_id=LocationId(ids.new_id()), **values)
    return Operation(name="location.create", args=made, label="adding")


def change_location(seen: Location, values: Values) -> Operation | None:
    """Change a site; None where nothing would be otherwise."""
    edits = _edits(seen, values)
    if not edits:
        return None
    return Operation(name="location.update", args=LocationUpdate(location_id=seen.id, edits=edits), label="change")


def change_business(seen: Business, values: Values) -> Operation | None:
    """Change the policies of the business; None where nothing would be otherwise."""
    edits = _edits(seen, values)
    if not edits:
        return None
    return Operation(name="business.update", args=BusinessUpdate(business_id=seen.id, edits=edits), label="policies")


def set_week(
    reads: Reads,
    owner: str,
    days: Mapping[int, Sequence[tuple[int, int]]],
    season: tuple[date | None, date | None],
    seen: Mapping[int, Sequence[tuple[int, int]]],
) -> list[Operation]:
    """Set an owner's hours of days of the week, for a season alone: what holds on other dates stays.

    One edit for each day on which it would be otherwise. Of a day that was `seen` it is one against that, and none
    where the person has left it so: what others have made of it stays.
    """
    rules = sorted(reads.hours([OwnerId(owner)]), key=lambda one: (one.weekday, one.opens, one.id))
    made: list[Operation] = []
    for weekday, wanted in days.items():
        here = [one for one in rules if one.weekday == weekday]
        now = [(one.opens, one.closes) for one in here if (one.valid_from, one.valid_to) == season]
        before = seen.get(weekday, now)
        if sorted(wanted) not in (sorted(now), sorted(before)):
            kept = [
                Opening(opens=one.opens, closes=one.closes, valid_from=one.valid_from, valid_to=one.valid_to)
                for one in here
                if (one.valid_from, one.valid_to) != season
            ]
            made.append(_set_day(owner, weekday, *([*kept, *_in(season, one)] for one in (wanted, before))))
    return made


def _in(season: tuple[date | None, date | None], day: Sequence[tuple[int, int]]) -> list[Opening]:
    return [Opening(opens=opens, closes=closes, valid_from=season[0], valid_to=season[1]) for opens, closes in day]


def _set_day(owner: str, weekday: int, openings: Sequence[Opening], was: Sequence[Opening]) -> Operation:
    args = HoursSet(owner_id=OwnerId(owner), weekday=weekday, openings=tuple(openings), was=tuple(was))
    return Operation(name="hours.set", args=args, label="opening hours")


def set_date(owner: str, day: date, opening: tuple[int, int] | None, reason: str) -> Operation:
    """Set an owner's hours on a date, in minutes of it; None is closed."""
    opens, closes = opening or (None, None)
    args = HoursExcept(owner_id=OwnerId(owner), day=day, opens=opens, closes=closes, reason=reason)
    return Operation(name="hours.except", args=args, label="hours of a date")


def clear_date(owner: str, day: date) -> Operation:
    """Let an owner keep the hours of the week on a date again."""
    return Operation(name="hours.clear", args=HoursClear(owner_id=OwnerId(owner), day=day), label="hours of a date")
