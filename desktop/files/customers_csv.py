"""Customers from the CSV files that other programs write."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from email.utils import parseaddr
from typing import Final

import phonenumbers

from desktop.files.columns import Layout, Role, layout
from desktop.files.text import decode, without_controls
from desktop.files.verdict import Note, UnreadableFile, Verdict, Why, note
from shared.ids import derived_id
from shared.model.base import CustomerId, value

_MEGABYTES: Final = 50
_MOST_ROWS: Final = 100_000
_MOST_COLUMNS: Final = 500
_LONGEST_CELL: Final = 32_000
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 4000
_MOST_VALUES: Final = 50
_DELIMITERS: Final = ",;\t|"
_SEVERAL: Final = re.compile(r":::|[;|\n]")
_SEVERAL_CONTACTS: Final = re.compile(r":::|[;|,\n]")
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\"]+")
_ROUNDED: Final = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_GUARDED: Final = re.compile(r'^(?:="(.*)"|\'([+\d].*))$', re.DOTALL)
_YES: Final = frozenset({"yes", "true", "1", "y", "ja", "oui", "si"})


@value
class ImportedCustomer:
    """One person as the file describes them; phones in E.164 form, with ` ext. n` where they have an extension."""

    id: CustomerId
    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    language: str = ""
    tags: tuple[str, ...] = ()
    alert: str = ""
    notes: str = ""


@value
class CustomerRow:
    """What became of one row. `number` counts rows as a spreadsheet does: the headings are row 1."""

    number: int
    verdict: Verdict
    notes: tuple[Note, ...]
    customer: ImportedCustomer | None


@value
class CustomerFile:
    """A file that was read: the program that wrote it where that can be told, and each row that is not blank."""

    program: str
    notes: tuple[Note, ...]
    rows: tuple[CustomerRow, ...]


def read_customers(data: bytes, *, region: str) -> CustomerFile:
    """Read a list of customers; `region` (ISO 3166, `DE`) is where phone numbers without a country code belong.

    A customer's id is a UUIDv5, so that reading the file again, or on another desk, gives the same ids: from the id
    that the program gave where a known program wrote one, else from name, phones and e-mails, case and order aside.
    Two rows with the same id are one customer: the second is refused. Content never raises; UnreadableFile is raised
    for a file that is no list of customers at all, or too large.
    """
    text, notes = decode(data, wanted="CSV", megabytes=_MEGABYTES)
    delimiter, columns = _best_layout(text)
    if not columns.names_somebody:
        raise UnreadableFile(Why.NO_COLUMNS, first_row=", ".join(_first_row(text, delimiter)))
    if columns.width > _MOST_COLUMNS:
        raise UnreadableFile(Why.TOO_MANY_COLUMNS, limit=_MOST_COLUMNS)
    if columns.left_out:
        notes = (*notes, note(Why.COLUMNS_LEFT_OUT, columns=", ".join(columns.left_out)))
    seen: dict[str, int] = {}
    rows = tuple(_judged(number, cells, columns, region, seen) for number, cells in _rows(text, delimiter))
    return CustomerFile(program=columns.program, notes=notes, rows=rows)


def _best_layout(text: str) -> tuple[str, Layout]:
    """The delimiter under which the first row makes most sense, and what it then says."""
    said = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    choices = said[1] if said else _DELIMITERS
    found = [(delimiter, layout(_first_row(text, delimiter)[: _MOST_COLUMNS + 1])) for delimiter in choices]
    return max(found, key=lambda pair: (pair[1].known, pair[1].width))


def _first_row(text: str, delimiter: str) -> list[str]:
    return next((cells for _, cells in _records(text, delimiter) if isinstance(cells, list)), [])


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Note]]:
    """Every row after the headings with its number, blank ones left out."""
    records = _records(text, delimiter)
    for _, cells in records:
        if isinstance(cells, list):
            break
    for count, (number, cells) in enumerate(records):
        if count == _MOST_ROWS:
            raise UnreadableFile(Why.TOO_MANY, limit=_MOST_ROWS)
        yield number, cells


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Note]]:
    """Each row that is not blank with its number, or why it cannot be read. Excel's `sep=;` is no row."""
    body = re.sub(r"\Asep=.\r?\n", "", text, flags=re.IGNORECASE)
    # csv wants its lines whole; a lone carriage return ends one too (old spreadsheets on the Mac write them).
    reader = csv.reader(io.StringIO(body, newline=None), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # An open quote swallows what follows until it is too much for one cell or the file ends.
            swallowed = reader.line_num > line
            yield (
                number,
                note(Why.QUOTE_OPEN, first=line, last=reader.line_num) if swallowed else note(Why.QUOTE_BROKEN),
            )
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _judged(number: int, cells: list[str] | Note, columns: Layout, region: str, seen: dict[str, int]) -> CustomerRow:
    """The verdict on one row; `seen` remembers the customers of the rows before."""
    refused = cells if isinstance(cells, Note) else _shape_problem(cells, columns.width)
    if refused is not None or isinstance(cells, Note):
        return CustomerRow(number=number, verdict=Verdict.REFUSED, notes=(refused,) if refused else (), customer=None)
    notes: list[Note] = []
    customer = _Row(cells, columns, region, notes).customer()
    if customer is None:
        return CustomerRow(number=number, verdict=Verdict.REFUSED, notes=(note(Why.NOBODY),), customer=None)
    first = seen.setdefault(customer.id, number)
    if first != number:
        same = note(Why.SAME_AS_ROW, row=first)
        return CustomerRow(number=number, verdict=Verdict.REFUSED, notes=(same,), customer=None)
    verdict = Verdict.CHANGED if notes else Verdict.TAKEN
    return CustomerRow(number=number, verdict=verdict, notes=tuple(notes), customer=customer)


def _shape_problem(cells: Sequence[str], width: int) -> Note | None:
    if len(cells) < width:
        return note(Why.CELLS_MISSING, found=len(cells), wanted=width)
    if any(cell.strip() for cell in cells[width:]):
        return note(Why.CELLS_TOO_MANY, found=len(cells), wanted=width)
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        return note(Why.CELL_TOO_LONG, limit=_LONGEST_CELL)
    return None


class _Row:
    """One row on its way to a customer; what is changed on the way is added to `notes`."""

    def __init__(self, cells: Sequence[str], columns: Layout, region: str, notes: list[Note]) -> None:
        self._columns = columns
        self._region = region
        self._notes = notes
        self._left_over: list[str] = []
        plain = [without_controls(cell) for cell in cells]
        if any(len(cell) < len(raw) for cell, raw in zip(plain, cells, strict=True)):
            notes.append(note(Why.CONTROL_CHARACTERS))
        self._cells = [_unguarded(cell.strip()) for cell in plain]

    def customer(self) -> ImportedCustomer | None:
        phones = self._contacts(Role.PHONE, self._phone)
        emails = self._contacts(Role.EMAIL, self._email)
        name = self._name()
        if not name:
            name = next(iter((*phones, *emails, *self._left_over)), "")[:_LONGEST_LINE]
            if not name:
                return None
            self._notes.append(note(Why.NAMED_BY_CONTACT, name=name))
        # Google writes its own groups with a star: "* myContacts".
        tags = [tag for tag in self._split(Role.TAGS, _SEVERAL) if not tag.startswith("*")]
        return ImportedCustomer(
            id=self._id(name, phones, emails),
            name=name,
            phones=phones,
            emails=emails,
            language=self._cut(self._first(Role.LANGUAGE), "language", _LONGEST_LINE),
            tags=self._few([self._cut(tag, "tag", _LONGEST_LINE) for tag in tags], "tags"),
            alert=self._cut(self._alert(), "alert", _LONGEST_TEXT),
            notes=self._cut("\n".join([*self._all(Role.NOTES), *self._left_over]), "notes", _LONGEST_TEXT),
        )

    def _all(self, role: Role) -> list[str]:
        return [cell for at in self._columns.columns.get(role, ()) if (cell := self._cells[at])]

    def _first(self, role: Role) -> str:
        return next(iter(self._all(role)), "")

    def _split(self, role: Role, separator: re.Pattern[str]) -> list[str]:
        return [part.strip() for cell in self._all(role) for part in separator.split(cell) if part.strip()]

    def _name(self) -> str:
        parts = [self._first(role) for role in (Role.GIVEN, Role.MIDDLE, Role.FAMILY, Role.SUFFIX)]
        whole = " ".join(part for part in parts if part)
        name = self._first(Role.FULL) or whole or self._first(Role.NICKNAME) or self._first(Role.COMPANY)
        return self._cut(" ".join(name.split()), "name", _LONGEST_LINE)

    def _alert(self) -> str:
        alerts = self._all(Role.ALERT)
        if self._first(Role.BLOCKED).casefold() in _YES:
            self._notes.append(note(Why.BLOCKED_THERE))
            alerts.append(f"Blocked: {self._first(Role.BLOCK_REASON)}".removesuffix(": "))
        return "\n".join(alerts)

    def _contacts(self, role: Role, read: Callable[[str], str | Note]) -> tuple[str, ...]:
        """The phones or e-mails of the row, each once; what is none goes to the notes, so that nothing is lost."""
        found = []
        for text in self._split(role, _SEVERAL_CONTACTS):
            contact = read(text)
            if isinstance(contact, Note):
                self._notes.append(contact)
                self._left_over.append(text)
            else:
                found.append(contact)
        return self._few(found, f"{role.value}s")

    def _phone(self, text: str) -> str | Note:
        if _ROUNDED.fullmatch(text):
            return note(Why.PHONE_ROUNDED, text=text)
        try:
            number = phonenumbers.parse(text, self._region)
        except phonenumbers.NumberParseException:
            return note(Why.NOT_A_PHONE, text=text)
        if not phonenumbers.is_possible_number(number):
            return note(Why.NOT_A_PHONE, text=text)
        extension = f" ext. {number.extension}" if number.extension else ""
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension

    def _email(self, text: str) -> str | Note:
        address = (parseaddr(text)[1] if "<" in text else text).removeprefix("mailto:")
        if len(address) > _LONGEST_LINE or not _ADDRESS.fullmatch(address):
            return note(Why.NOT_AN_EMAIL, text=text)
        local, _, domain = address.rpartition("@")
        return f"{local}@{domain.lower()}"

    def _id(self, name: str, phones: Sequence[str], emails: Sequence[str]) -> CustomerId:
        external = self._first(Role.EXTERNAL_ID)
        if external and self._columns.program:
            return CustomerId(derived_id("import.customer", self._columns.program, external))
        contacts = sorted({*phones, *(email.casefold() for email in emails)})
        return CustomerId(derived_id("import.customer", external, name.casefold(), *contacts))

    def _cut(self, text: str, field: str, limit: int) -> str:
        if len(text) > limit:
            self._notes.append(note(Why.SHORTENED, field=field, limit=limit))
        return text[:limit]

    def _few(self, values: Sequence[str], field: str) -> tuple[str, ...]:
        once = tuple(dict.fromkeys(values))
        if len(once) > _MOST_VALUES:
            self._notes.append(note(Why.TOO_MANY_VALUES, field=field, limit=_MOST_VALUES))
        return once[:_MOST_VALUES]


def _unguarded(cell: str) -> str:
    """The cell without what spreadsheets are told to keep leading zeros with: `="0171"`, `'+49…`."""
    guarded = _GUARDED.match(cell)
    return (guarded[1] or guarded[2] or "").strip() if guarded else cell
