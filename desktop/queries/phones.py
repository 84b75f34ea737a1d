"""Phone numbers as a business writes them: those of its own country without the country code, others with it."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from shared.model.business import Business


def region_of(business: Business) -> str:
    """The country whose phone numbers a business writes without a country code: its locale's, else its zone's."""
    named = re.search(r"[-_]([A-Z]{2})$", business.locale)
    if named:
        return named[1]
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == business.zone), "ZZ")


def phones_text(phones: tuple[str, ...], region: str) -> tuple[str, ...]:
    """`(212) 555-0144` for a region's own `+12125550144`, `+44 20 7946 0018` for another's; what is no number stays.

    `region` is a country by ISO 3166-1, or `ZZ`.
    """
    return tuple(_phone_text(one, region) for one in phones)


_VERSIONS: Final = frozenset({"was", "value", "wanted", "now"})
"""What holds the numbers where a field is named beside them."""


def written(told: Any, region: str) -> Any:
    """JSON values, such as the arguments of an edit, with every phone number as a business of a region writes it."""
    if isinstance(told, list | tuple):
        return [written(one, region) for one in told]
    if not isinstance(told, Mapping):
        return told
    held = _VERSIONS if told.get("field") == "phones" else ("phones",)
    return {name: _written(one, region) if name in held else written(one, region) for name, one in told.items()}


def _written(phones: Any, region: str) -> Any:
    are_phones = isinstance(phones, list | tuple) and all(isinstance(one, str) for one in phones)
    return list(phones_text(tuple(phones), region)) if are_phones else phones


def _phone_text(phone: str, region: str) -> str:
    # The numbering plans take 50 ms to load: a window starts without them.
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return phone
    if not phonenumbers.is_possible_number(number) or not (
        phone.startswith("+") or phonenumbers.is_valid_number(number)
    ):
        return phone
    own = phonenumbers.country_code_for_region(region) == number.country_code
    wanted = phonenumbers.PhoneNumberFormat.NATIONAL if own else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, wanted))
