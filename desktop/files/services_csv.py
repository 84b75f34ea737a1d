"""Services from a CSV price list."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from desktop.files.cells import amount_of, count_of, minutes_of
from desktop.files.columns import Chosen, Kind, by_word
from desktop.files.table import Cells, Column, TableRow, read_table
from desktop.files.verdict import Note, Why, note
from shared.model.base import LONGEST_LINE, value

_COLOUR: Final = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


class Role(StrEnum):
    """What the cells of a column are to us."""

    NAME = "name"
    CATEGORY = "category"
    PRICE = "price"
    CURRENCY = "currency"
    ACTIVE = "active"
    BEFORE = "before"
    PROCESSING = "processing"
    FINISHING = "finishing"
    AFTER = "after"
    CAPACITY = "capacity"
    COLOUR = "colour"
    EXTERNAL_ID = "external_id"
    OWN_ID = "own_id"


_HEADINGS: Final[Mapping[str, str]] = {
    Role.NAME: "name service servicename treatment title item itemname leistung dienstleistung behandlung bezeichnung"
    " angebot",
    Role.CATEGORY: "category servicecategory group kategorie gruppe warengruppe",
    Role.PRICE: "price amount cost retailprice defaultprice preis betrag verkaufspreis bruttopreis",
    Role.CURRENCY: "currency currencycode wahrung waehrung",
    Role.ACTIVE: "minutes duration durationminutes durationmin durationinminutes length active activeminutes dauer"
    " minuten dauermin dauerinminuten",
    Role.BEFORE: "before bufferbefore minutesbefore preparation paddingbefore vorher puffervorher vorbereitung"
    " minutenvorher",
    Role.PROCESSING: "processing processingtime minutesprocessing einwirkzeit einwirken",
    Role.FINISHING: "finishing finishingtime minutesfinishing nacharbeit fertigstellen",
    Role.AFTER: "after bufferafter minutesafter cleanup paddingafter nachher puffernachher nachbereitung"
    " minutennachher",
    Role.CAPACITY: "capacity places largestparty maxparty kapazitat plaetze platze",
    Role.COLOUR: "colour color farbe",
    Role.EXTERNAL_ID: "serviceid externalid id uid sku itemid leistungsid artikelnummer",
    Role.OWN_ID: "smoothscheduleid",
}

SERVICES: Final = Kind(
    roles={
        Role.NAME: "Name", Role.CATEGORY: "Category", Role.PRICE: "Price", Role.CURRENCY: "Currency",
        Role.ACTIVE: "Minutes", Role.BEFORE: "Minutes before", Role.PROCESSING: "Minutes of processing",
        Role.FINISHING: "Minutes of finishing", Role.AFTER: "Minutes after", Role.CAPACITY: "Largest party",
        Role.COLOUR: "Colour", Role.EXTERNAL_ID: "Id there", Role.OWN_ID: "Id in SmoothSchedule",
    },
    role_of=by_word(_HEADINGS).get,
    needed=(frozenset({Role.NAME}),),
    without=Why.NO_SERVICE_COLUMN,
)  # fmt: skip
"""A price list: a row needs a name, and a length where the service is new."""

_LENGTHS: Final = (Role.BEFORE, Role.ACTIVE, Role.PROCESSING, Role.FINISHING, Role.AFTER)


@value
class ServiceRow:
    """One row: its values by the name of the service's field, or `refused` where it says something that cannot be.

    A field whose cell is empty is left out: it stays as it is.
    """

    number: int
    name: str
    own_id: str
    external_id: str
    fields: Mapping[str, str | int]
    notes: tuple[Note, ...]
    refused: bool


@value
class ServiceFile:
    """A file that was read, and each row that is not blank."""

    notes: tuple[Note, ...]
    columns: tuple[Column, ...]
    rows: tuple[ServiceRow, ...]


def read_services(data: bytes, *, currency: str, chosen: Chosen | None = None) -> ServiceFile:
    """Read a price list in the currency of the business; `chosen` says what columns are where their headings do not.

    Content never raises; UnreadableFile is raised for what is no price list at all, or too large.
    """
    table = read_table(data, SERVICES, chosen)
    rows = tuple(_read(row, Cells(row, table.layout), currency) for row in table.rows)
    return ServiceFile(notes=table.notes, columns=table.columns, rows=rows)


def _read(row: TableRow, cells: Cells, currency: str) -> ServiceRow:
    against = _against(row, cells, currency)
    name = cells.line(cells.first(Role.NAME), "name")
    return ServiceRow(
        number=row.number,
        name=name,
        own_id=cells.own_id(Role.OWN_ID),
        external_id=cells.first(Role.EXTERNAL_ID),
        fields={} if against else _fields(cells, name, currency),
        notes=against or tuple(cells.notes),
        refused=bool(against),
    )


def _against(row: TableRow, cells: Cells, currency: str) -> tuple[Note, ...]:
    """What is wrong with a row, every cell of it."""
    if not cells.are_read:
        return row.notes
    if not cells.first(Role.NAME):
        return (note(Why.NO_NAME),)
    wrong = [
        note(Why.NOT_MINUTES, field=SERVICES.roles[role], text=cell)
        for role in _LENGTHS
        if (cell := cells.first(role)) and minutes_of(cell) is None
    ]
    named = cells.first(Role.CURRENCY)
    if named and named.upper() != currency:
        wrong.append(note(Why.OTHER_CURRENCY, currency=named, own=currency))
    price, places = cells.first(Role.PRICE), cells.first(Role.CAPACITY)
    if price and amount_of(price, currency) is None:
        wrong.append(note(Why.NOT_AN_AMOUNT, text=price, currency=currency))
    if places and count_of(places) is None:
        wrong.append(note(Why.NOT_A_NUMBER, text=places))
    return tuple(wrong)


def _fields(cells: Cells, name: str, currency: str) -> Mapping[str, str | int]:
    """The values of the cells that have one, each of them known to be right."""
    found: dict[str, str | int] = {"name": name}
    for role in _LENGTHS:
        minutes = minutes_of(cells.first(role))
        if minutes is not None:
            found[role.value] = minutes
    price = amount_of(cells.first(Role.PRICE), currency)
    if price is not None:
        found["price"] = price
    places = count_of(cells.first(Role.CAPACITY))
    if places is not None:
        found["capacity"] = places
    if category := cells.first(Role.CATEGORY):
        found["category"] = cells.cut(category, "category", LONGEST_LINE)
    colour = cells.first(Role.COLOUR)
    if _COLOUR.fullmatch(colour):
        found["colour"] = colour
    elif colour:
        cells.notes.append(note(Why.NOT_A_COLOUR, text=colour))
    return found
