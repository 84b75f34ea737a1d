"""Which column of another program's customer list means what."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from shared.model.base import value


class Role(StrEnum):
    """What the cells of a column are to us."""

    FULL = "full"
    GIVEN = "given"
    MIDDLE = "middle"
    FAMILY = "family"
    SUFFIX = "suffix"
    NICKNAME = "nickname"
    COMPANY = "company"
    PHONE = "phone"
    EMAIL = "email"
    NOTES = "notes"
    TAGS = "tags"
    LANGUAGE = "language"
    ALERT = "alert"
    BLOCKED = "blocked"
    BLOCK_REASON = "block_reason"
    EXTERNAL_ID = "external_id"


@value
class Layout:
    """The columns of a file: positions by role, the program that wrote them, and those without a place here."""

    program: str
    columns: Mapping[Role, tuple[int, ...]]
    width: int
    left_out: tuple[str, ...]

    @property
    def known(self) -> int:
        """How many columns have a role."""
        return sum(len(positions) for positions in self.columns.values())

    @property
    def names_somebody(self) -> bool:
        """Whether a customer could be made from these columns."""
        return bool(self.columns.keys() & _NAMING)


_NAMING: Final = {Role.FULL, Role.GIVEN, Role.FAMILY, Role.NICKNAME, Role.COMPANY, Role.PHONE, Role.EMAIL}

# Headings as the programs write them, English, German, French and Spanish, letters and digits only.
_HEADINGS: Final[Mapping[Role, str]] = {
    Role.FULL: "name fullname displayname customername clientname customer client kunde kundin nom nomcomplet nombre"
    " nombrecompleto",
    Role.GIVEN: "firstname givenname given forename vorname prenom nombredepila",
    Role.MIDDLE: "middlename additionalname middle",
    Role.FAMILY: "lastname familyname surname family nachname familienname nomdefamille apellido apellidos",
    Role.SUFFIX: "suffix namesuffix",
    Role.NICKNAME: "nickname preferredname spitzname",
    Role.COMPANY: "company companyname organization organizationname organisation business businessname firma empresa",
    Role.NOTES: "notes note memo comments comment remarks notizen bemerkung bemerkungen anmerkungen notas",
    Role.TAGS: "tags tag labels label groups group groupmembership categories category gruppen kategorien etiquetas",
    Role.LANGUAGE: "language preferredlanguage locale sprache langue idioma",
    Role.ALERT: "alert alerts warning importantnote staffalert",
    Role.BLOCKED: "blocked isblocked banned",
    Role.BLOCK_REASON: "blockreason blockedreason",
    Role.EXTERNAL_ID: "squarecustomerid referenceid customerid clientid externalid id contactid uid",
}
_BY_HEADING: Final = {heading: role for role, words in _HEADINGS.items() for heading in words.split()}
_PHONE: Final = re.compile(
    r"(primary|main|home|business|work|office|mobile|cell|day|night|evening|other|car|assistants|company|customer|client)?"
    r"(phone|telephone|tel|telefon|telefonnummer|telefono|telefonnr|telephonenumber|mobile|mobil|mobiltelefon|handy|cell"
    r"|cellphone|movil|portable|mobilenumber|phonenumber|contactnumber)\d*(number|value)?"
)
_EMAIL: Final = re.compile(
    r"(primary|home|work|other|customer|client)?(email|mail)(address|adresse)?\d*(address|value)?"
)

# A heading that only one program writes, in the order in which they are asked.
_PROGRAMS: Final = (
    ("Square", {"squarecustomerid"}),
    ("Fresha", {"clientid", "acceptsmarketing"}),
    ("Vagaro", {"customerid", "cellphone", "dayphone"}),
    ("Google Contacts", {"phone1value"}),
    ("Google Contacts", {"email1value"}),
    ("Outlook", {"emailaddress", "businessphone"}),
    ("Outlook", {"emailaddress", "mobilephone"}),
    ("Acuity", {"firstname", "lastname", "phone", "email", "dayssincelastappointment"}),
)
# These are read from their own column only, where a file has both it and another of the same meaning.
_PREFERRED_IDS: Final = ("squarecustomerid", "clientid", "customerid")


def layout(first_row: Sequence[str]) -> Layout:
    """The columns that a first row names."""
    headings = [_plain(heading) for heading in first_row]
    columns: dict[Role, list[int]] = {}
    left_out = []
    for position, heading in enumerate(headings):
        role = _role(heading)
        if role is None:
            left_out.extend([first_row[position].strip()] if heading else [])
        else:
            columns.setdefault(role, []).append(position)
    for heading in _PREFERRED_IDS:
        if heading in headings:
            columns[Role.EXTERNAL_ID] = [headings.index(heading)]
            break
    return Layout(
        program=_program(set(headings)),
        columns={role: tuple(positions) for role, positions in columns.items()},
        width=len(first_row),
        left_out=tuple(left_out),
    )


def _plain(heading: str) -> str:
    decomposed = heading.casefold().translate(str.maketrans("éèêáàíóúñü", "eeeaaiounu"))
    return re.sub(r"[^a-z0-9]", "", decomposed)


def _role(heading: str) -> Role | None:
    if heading in _BY_HEADING:
        return _BY_HEADING[heading]
    if _PHONE.fullmatch(heading):
        return Role.PHONE
    return Role.EMAIL if _EMAIL.fullmatch(heading) else None


def _program(headings: set[str]) -> str:
    return next((name for name, wanted in _PROGRAMS if wanted <= headings), "")
