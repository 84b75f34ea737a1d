"""Phone numbers as a business writes them: those of its own country without the country code, others with it."""

import re
from importlib.resources import files

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
