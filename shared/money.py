"""Amounts in minor units and their currencies: how many there are to the whole, and how they are written and read."""

import re
from typing import Final

_NONE: Final = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})
_THREE: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_WHOLE: Final = re.compile(r"\d{1,13}|\d{1,3}(?:[ .,’'\u00a0\u202f]\d{3}){1,3}", re.ASCII)


def digits_of(currency: str) -> int:
    """How many digits a currency has behind the point (ISO 4217)."""
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def plain_amount(minor: int, currency: str) -> str:
    """`45.00`, `-1.50`: for files and for fields, the same in every locale."""
    digits = digits_of(currency)
    whole, part = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{digits}}" if digits else f"{sign}{whole}"


def money_text(minor: int, currency: str) -> str:
    """`45.00 EUR`."""
    return f"{plain_amount(minor, currency)} {currency}".rstrip()


def typed_amount(text: str, currency: str) -> int | None:
    """The minor units of what a person typed: `45`, `45,5`, `1.234,50`; None where it is no amount of the currency.

    The last point or comma with at most as many digits behind it as the currency has begins those.
    """
    digits = digits_of(currency)
    cleaned = text.strip().removesuffix(currency).strip()
    whole, part = cleaned, ""
    if digits and (found := re.fullmatch(rf"(.*)[.,](\d{{1,{digits}}})", cleaned, re.ASCII)):
        whole, part = found[1], found[2]
    if not _WHOLE.fullmatch(whole):
        return None
    units: int = 10**digits * int(re.sub(r"\D", "", whole))
    return units + int(part.ljust(digits, "0") or 0)
