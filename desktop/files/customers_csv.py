"""Customers from the CSV files that other programs write."""

import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import parseaddr
from typing import Final

import phonenumbers

from desktop.files.columns import Chosen, Layout
from desktop.files.customer_columns import CUSTOMERS, Role
from desktop.files.table import Cells, Column, TableRow, read_table
from desktop.files.verdict import Note, Verdict, Why, note
from shared.ids import derived_id
from shared.model.base import LONGEST_LINE, LONGEST_TEXT, CustomerId, value

_MOST_VALUES: Final = 50
_SEVERAL: Final = re.compile(r":::|[;|\n]")
_SEVERAL_CONTACTS: Final = re.compile(r":::|[;|,\n]")
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\"]+")
_ROUNDED: Final = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
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
    columns: tuple[Column, ...]
    rows: tuple[CustomerRow, ...]


def read_customers(data: bytes, *, region: str, chosen: Chosen | None = None) -> CustomerFile:
    """Read a list of customers; `region` (ISO 3166, `DE`) is where phone numbers without a country code belong.

    `chosen` says what columns are where that is not what their headings say.

    A customer's id is SmoothSchedule's own where it wrote the list. Else it is a UUIDv5, so that reading the file
    again, or on another desk, gives the same ids: from the id that the program gave where a known program wrote one,
    else from name, phones and e-mails, case and order aside.
    Two rows with the same id are one customer: the second is refused. Content never raises; UnreadableFile is raised
    for a file that is no list of customers at all, or too large.
    """
    table = read_table(data, CUSTOMERS, chosen)
    seen: dict[str, int] = {}
    rows = tuple(_judged(row, table.layout, region, seen) for row in table.rows)
    return CustomerFile(program=table.layout.program, notes=table.notes, columns=table.columns, rows=rows)


def read_customer(name: str, phone: str, email: str, *, region: str) -> CustomerRow:
    """One person who is named beside something else, as a list of customers would have them; nobody where all is empty.

    The row's number is 0.
    """
    columns: Mapping[str, tuple[int, ...]] = {Role.FULL: (0,), Role.PHONE: (1,), Role.EMAIL: (2,)}
    layout = Layout(program="", columns=columns, width=3, left_out=(), is_whole=True)
    return _judged(TableRow(number=0, cells=(name, phone, email), notes=()), layout, region, {})


def _judged(row: TableRow, columns: Layout, region: str, seen: dict[str, int]) -> CustomerRow:
    """The verdict on one row; `seen` remembers the customers of the rows before."""
    if not row.cells:
        return CustomerRow(number=row.number, verdict=Verdict.REFUSED, notes=row.notes, customer=None)
    read = _Row(Cells(row, columns), columns, region)
    customer = read.customer()
    if customer is None:
        return CustomerRow(number=row.number, verdict=Verdict.REFUSED, notes=(note(Why.NOBODY),), customer=None)
    first = seen.setdefault(customer.id, row.number)
    if first != row.number:
        same = note(Why.SAME_AS_ROW, row=first)
        return CustomerRow(number=row.number, verdict=Verdict.REFUSED, notes=(same,), customer=None)
    verdict = Verdict.CHANGED if read.notes else Verdict.TAKEN
    return CustomerRow(number=row.number, verdict=verdict, notes=tuple(read.notes), customer=customer)


class _Row:
    """One row on its way to a customer; what is changed on the way is added to `notes`."""

    def __init__(self, cells: Cells, columns: Layout, region: str) -> None:
        self._cells, self._columns, self._region = cells, columns, region
        self.notes = cells.notes
        self._left_over: list[str] = []

    def customer(self) -> ImportedCustomer | None:
        phones = self._contacts(Role.PHONE, self._phone)
        emails = self._contacts(Role.EMAIL, self._email)
        name = self._name()
        if not name:
            name = next(iter((*phones, *emails, *self._left_over)), "")[:LONGEST_LINE]
            if not name:
                return None
            self.notes.append(note(Why.NAMED_BY_CONTACT, name=name))
        # Google writes its own groups with a star: "* myContacts".
        tags = [tag for tag in self._cells.split(Role.TAGS, _SEVERAL) if not tag.startswith("*")]
        return ImportedCustomer(
            id=self._id(name, phones, emails),
            name=name,
            phones=phones,
            emails=emails,
            language=self._cells.cut(self._cells.first(Role.LANGUAGE), "language", LONGEST_LINE),
            tags=self._few([self._cells.cut(tag, "tag", LONGEST_LINE) for tag in tags], "tags"),
            alert=self._cells.cut(self._alert(), "alert", LONGEST_TEXT),
            notes=self._cells.cut("\n".join([*self._cells.all(Role.NOTES), *self._left_over]), "notes", LONGEST_TEXT),
        )

    def _name(self) -> str:
        parts = [self._cells.first(role) for role in (Role.GIVEN, Role.MIDDLE, Role.FAMILY, Role.SUFFIX)]
        whole = " ".join(part for part in parts if part)
        name = (
            self._cells.first(Role.FULL) or whole or self._cells.first(Role.NICKNAME) or self._cells.first(Role.COMPANY)
        )
        return self._cells.line(name, "name")

    def _alert(self) -> str:
        alerts = self._cells.all(Role.ALERT)
        if self._cells.first(Role.BLOCKED).casefold() in _YES:
            self.notes.append(note(Why.BLOCKED_THERE))
            alerts.append(f"Blocked: {self._cells.first(Role.BLOCK_REASON)}".removesuffix(": "))
        return "\n".join(alerts)

    def _contacts(self, role: Role, read: Callable[[str], str | Note]) -> tuple[str, ...]:
        """The phones or e-mails of the row, each once; what is none goes to the notes, so that nothing is lost."""
        found = []
        for text in self._cells.split(role, _SEVERAL_CONTACTS):
            contact = read(text)
            if isinstance(contact, Note):
                self.notes.append(contact)
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
        if len(address) > LONGEST_LINE or not _ADDRESS.fullmatch(address):
            return note(Why.NOT_AN_EMAIL, text=text)
        local, _, domain = address.rpartition("@")
        return f"{local}@{domain.lower()}"

    def _id(self, name: str, phones: Sequence[str], emails: Sequence[str]) -> CustomerId:
        own = self._cells.own_id(Role.OWN_ID)
        if own:
            return CustomerId(own)
        external = self._cells.first(Role.EXTERNAL_ID)
        if external and self._columns.program:
            return CustomerId(derived_id("import.customer", self._columns.program, external))
        contacts = sorted({*phones, *(email.casefold() for email in emails)})
        return CustomerId(derived_id("import.customer", external, name.casefold(), *contacts))

    def _few(self, values: Sequence[str], field: str) -> tuple[str, ...]:
        once = tuple(dict.fromkeys(values))
        if len(once) > _MOST_VALUES:
            self.notes.append(note(Why.TOO_MANY_VALUES, field=field, limit=_MOST_VALUES))
        return once[:_MOST_VALUES]
