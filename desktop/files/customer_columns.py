"""Which column of another program's customer list means what."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from desktop.files.columns import Kind, by_word
from desktop.files.verdict import Why


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
    OWN_ID = "own_id"
    """The id that SmoothSchedule itself wrote."""


_NAMING: Final = {
    Role.FULL,
    Role.GIVEN,
    Role.FAMILY,
    Role.NICKNAME,
    Role.COMPANY,
    Role.PHONE,
    Role.EMAIL,
}

# Headings as the programs write them, English, German, French and Spanish, letters and digits only.
_HEADINGS: Final[Mapping[str, str]] = {
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
    Role.OWN_ID: "smoothscheduleid",
}
_BY_HEADING: Final = by_word(_HEADINGS)
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


def _role(heading: str) -> Role | None:
    if heading in _BY_HEADING:
        return Role(_BY_HEADING[heading])
    if _PHONE.fullmatch(heading):
        return Role.PHONE
    return Role.EMAIL if _EMAIL.fullmatch(heading) else None


def _program(headings: Collection[str]) -> str:
    return next((name for name, wanted in _PROGRAMS if wanted <= set(headings)), "")


CUSTOMERS: Final = Kind(
    roles={
        Role.FULL: "Name", Role.GIVEN: "First name", Role.MIDDLE: "Middle name", Role.FAMILY: "Last name",
        Role.SUFFIX: "Suffix", Role.NICKNAME: "Nickname", Role.COMPANY: "Company", Role.PHONE: "Phones",
        Role.EMAIL: "E-mails", Role.LANGUAGE: "Language", Role.TAGS: "Tags", Role.ALERT: "Alert", Role.NOTES: "Notes",
        Role.BLOCKED: "Blocked (yes or no)", Role.BLOCK_REASON: "Why blocked", Role.EXTERNAL_ID: "Id there",
        Role.OWN_ID: "Id in SmoothSchedule",
    },
    role_of=_role,
    needed=(frozenset(_NAMING),),
    without=Why.NO_COLUMNS,
    program_of=_program,
    preferred={Role.EXTERNAL_ID: _PREFERRED_IDS},
)  # fmt: skip
"""A list of customers: a row needs a name, a phone or an e-mail."""
