"""People, rooms and equipment as forms, and locations; and the forms as what they say."""

from collections.abc import Sequence
from typing import Any, Final

from desktop.models.rows import Choice
from desktop.models.setup_rows import FieldRow, FormRow, SetupRow, Texts
from desktop.presenters.setup import typed
from desktop.presenters.setup.part import colour_choices
from desktop.queries.business_setup import BusinessSetup
from shared.model.business import Location
from shared.model.resource import Resource
from shared.rules.permissions import Capability, may

KINDS: Final = {"STAFF": "Person", "ROOM": "Room", "EQUIPMENT": "Equipment"}
_SEVERAL: Final = {"STAFF": "People", "ROOM": "Rooms", "EQUIPMENT": "Equipment"}
_UNTIL: Final = "Can be changed until it is booked for the first time"
_OWNERS: Final = "Only an owner lets a location go by another clock."
_ARCHIVED: Final = "Archived: nobody can book it. What is booked stays. Bring it back to change it."


def place_rows(told: BusinessSetup, *, with_archived: bool, chosen: str) -> tuple[SetupRow, ...]:
    """Each location with its people, rooms and equipment below it, in the order of the book's columns."""

    def shown(one: Location | Resource) -> bool:
        return with_archived or not one.archived or one.id == chosen

    rows: list[SetupRow] = []
    for location in filter(shown, told.locations):
        detail = "Archived location" if location.archived else "Location"
        rows.append(SetupRow(id=location.id, title=location.name, detail=detail, is_archived=location.archived))
        here = [one for one in told.resources if one.location_id == location.id and shown(one)]
        for kind, several in _SEVERAL.items():
            of_kind = [one for one in here if one.kind.value == kind]
            if of_kind:
                rows.append(SetupRow(title=several, is_heading=True))
            rows += [_row(one) for one in of_kind]
    return tuple(rows)


def _row(one: Resource) -> SetupRow:
    places = f"{one.capacity:,} places" if one.capacity > 1 else ""
    detail = " · ".join(filter(None, ("Archived" if one.archived else "", one.pool, places)))
    return SetupRow(id=one.id, title=one.name, detail=detail, colour=one.colour, is_archived=one.archived)


def resource_form(one: Resource | None, told: BusinessSetup, location_id: str) -> FormRow:
    """The form of a person, a room or a piece of equipment; of a new one at a location."""
    live = [each for each in told.locations if not each.archived or (one and each.id == one.location_id)]
    colour = one.colour if one else ""
    members = sorted((each for each in told.members if each.active), key=lambda each: each.name.casefold())
    fields = (
        FieldRow(name="name", label="Name", value=one.name if one else ""),
        FieldRow(
            name="kind", label="What it is", kind="choice", value=one.kind.value if one else "STAFF", is_narrow=True,
            choices=tuple(Choice(id=kind, text=text) for kind, text in KINDS.items()),
            help=_UNTIL if one else "",
        ),
        FieldRow(
            name="location", label="Location", kind="choice", value=one.location_id if one else location_id,
            is_narrow=True, choices=tuple(Choice(id=each.id, text=each.name) for each in live),
            help=_UNTIL if one else "",
        ),
        FieldRow(name="colour", label="Colour", kind="colour", value=colour, choices=colour_choices(colour),
                 is_narrow=True),
        FieldRow(
            name="capacity", label="Places", value=str(one.capacity) if one else "1", is_narrow=True,
            help="How many visits at one time",
        ),
        FieldRow(
            name="pool", label="Pool", value=one.pool if one else "", is_narrow=True,
            help="Such as Treatment room: a service may need any of a pool",
        ),
        FieldRow(
            name="member", label="Who signs in", kind="choice", value=(one.member_id or "") if one else "",
            choices=(Choice(id="", text="Nobody"), *(Choice(id=each.id, text=each.name) for each in members)),
            help="The member of the team behind a person: their own day, and their own blocked time",
        ),
    )  # fmt: skip
    archived = one.archived if one else False
    return FormRow(
        id=one.id if one else "", title=one.name if one else "New person, room or device", fields=fields,
        is_archived=archived, note=_ARCHIVED if archived else "",
    )  # fmt: skip


def location_form(one: Location | None, told: BusinessSetup) -> FormRow:
    """The form of a location; a new one is in the zone of the business unless something else is typed."""
    archived = one.archived if one else False
    fields = (
        FieldRow(name="name", label="Name", value=one.name if one else ""),
        FieldRow(name="address", label="Address", value=one.address if one else ""),
        FieldRow(
            name="zone", label="Time zone", value=one.zone if one else told.business.zone,
            help="Such as Europe/Berlin. Another one keeps every time on the wall: ten o’clock stays ten o’clock",
            why_not="" if one is None or may(told.role, Capability.MANAGE_BUSINESS) else _OWNERS,
        ),
    )  # fmt: skip
    return FormRow(
        id=one.id if one else "", title=one.name if one else "New location", fields=fields, is_archived=archived,
        note=_ARCHIVED if archived else "",
    )  # fmt: skip


def read_resource(texts: Texts) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a person, a room or a piece of equipment that can be changed, and what is wrong by field."""
    form = typed.Form()
    values = {
        "name": form.read("name", lambda: typed.text(texts["name"], "a name", needed=True), ""),
        "colour": texts["colour"],
        "capacity": form.read("capacity", lambda: typed.number(texts["capacity"], 1, 10_000, "the places"), 1),
        "pool": form.read("pool", lambda: typed.text(texts["pool"], "a pool"), ""),
        "member_id": texts["member"] or None,
    }
    return values, form.errors


def read_location(texts: Texts) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a location, and what is wrong by field."""
    form = typed.Form()
    values = {
        "name": form.read("name", lambda: typed.text(texts["name"], "a name", needed=True), ""),
        "address": form.read("address", lambda: typed.text(texts["address"], "an address", longest=4000), ""),
        "zone": form.read("zone", lambda: typed.text(texts["zone"], "a time zone", needed=True), ""),
    }
    return values, form.errors


def moved(order: Sequence[str], resources: Sequence[Resource]) -> list[tuple[Resource, int]]:
    """Whose place among the columns is to be another one, so that they come in this order; and which place."""
    by_id: dict[str, Resource] = {one.id: one for one in resources}
    listed = [by_id[one] for one in order if one in by_id]
    return [(one, place) for place, one in enumerate(listed) if one.position != place and not one.archived]
