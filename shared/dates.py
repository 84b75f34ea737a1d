"""How a business writes dates and times: the clock and the order by its locale, never by the computer's.

The names of days and months are in the language of the sentences, which is English. Which regions count to twelve and
which languages write a point or a single figure is taken from the CLDR (Unicode Technical Standard 35, part 4).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

_LOCALE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_]([A-Za-z]{2}|\d{3}))?(?![A-Za-z0-9])")
_REGIONS: Final = (
    "001 419 AE AG AL AR AS AU BB BD BH BM BN BO BS BT CA CL CO CR CU CY DJ DM DO DZ EC EG EH ER ET FJ FM GD GH GM GR "
    "GT GU GY HK HN IN IQ JM JO KH KI KN KP KR KW KY LB LC LR LS LY MH MO MP MR MW MX MY NA NI NZ OM PA PE PG PH PK PR "
    "PS PW PY QA SA SB SD SG SL SO SS SV SY SZ TC TD TN TO TT TW UM US UY VC VE VG VI VU WS YE ZM"
)
_TWELVE: Final = frozenset(_REGIONS.split())
_TWENTY_FOUR: Final = frozenset({("fr", "CA"), ("ar", "IL")})
"""Languages that do not count as their region does."""
_HOME: Final = {
    "am": "ET", "ar": "EG", "bn": "BD", "el": "GR", "en": "US", "fil": "PH", "hi": "IN", "ko": "KR", "ms": "MY",
    "ps": "AF", "so": "SO", "sq": "AL", "ta": "IN", "te": "IN", "ur": "PK",
}  # fmt: skip
"""The region of a language that comes without one, where it counts to twelve."""
_MONTH_FIRST: Final = frozenset({"AS", "CA", "GU", "MH", "MP", "PH", "PR", "UM", "US", "VI"})
_CAPITALS: Final = _MONTH_FIRST - {"CA"} | {"AE"}
_POINT: Final = frozenset({"da", "fi", "id"})
_ONE_FIGURE: Final = frozenset({"bg", "ca", "cs", "es", "fa", "fi", "he", "hu", "ja", "sk"})
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""By ISO 8601, from Monday on."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a locale writes a time of day and the order of a date."""

    halves: tuple[str, str] | None = None
    """What stands behind the hours before and after noon where they are counted to twelve; None for 0 to 23."""
    separator: str = ":"
    two_figures: bool = True
    """Whether an hour below ten has a nought before it."""
    month_first: bool = False


@cache
def style_of(locale: str) -> Style:
    """The style of `en-US` or `en_US`; of a language alone that of its home; 0 to 23 for what is no locale."""
    found = _LOCALE.match(locale)
    if found is None:
        return Style()
    language = found[1].lower()
    region = (found[2] or _HOME.get(language, "")).upper()
    if region in _TWELVE and (language, region) not in _TWENTY_FOUR:
        halves = ("AM", "PM") if region in _CAPITALS else ("a.m.", "p.m.") if region == "CA" else ("am", "pm")
        return Style(halves=halves, two_figures=False, month_first=region in _MONTH_FIRST)
    return Style(separator="." if language in _POINT else ":", two_figures=language not in _ONE_FIGURE)


@cache
def time_text(hour: int, minute: int, locale: str) -> str:
    """`16:05`, or `4:05 PM` where the locale counts to twelve: midnight is `12:00 AM`, noon `12:00 PM`."""
    style = style_of(locale)
    if style.halves is None:
        return f"{hour:0{2 if style.two_figures else 1}}{style.separator}{minute:02}"
    return f"{hour % 12 or 12}{style.separator}{minute:02} {style.halves[hour >= 12]}"


def opening_text(opens: int, closes: int, locale: str) -> str:
    """`09:00–12:30`, `20:00–24:00`, `20:00–02:00`: an opening by the minutes of its day."""
    return f"{_minute_text(opens, locale)}–{_closing_text(opens, closes, locale)}"


def _closing_text(opens: int, closes: int, locale: str) -> str:
    if closes - opens > _DAY:
        return f"{closes // 60}:{closes % 60:02}"
    return _minute_text(closes if closes <= _DAY else closes - _DAY, locale)


def _minute_text(minute: int, locale: str) -> str:
    return "24:00" if minute == _DAY else time_text(minute // 60, minute % 60, locale)


def day_text(day: date, locale: str) -> str:
    """`Tue 4 May`, or `Tue May 4` where the locale puts the month first."""
    name, month = WEEKDAYS[day.weekday()], _MONTHS[day.month - 1]
    return f"{name} {month} {day.day}" if style_of(locale).month_first else f"{name} {day.day} {month}"


def date_text(day: date, locale: str) -> str:
    """`4 May 2027`, or `May 4, 2027` where the locale puts the month first: for a day of another year."""
    month = _MONTHS[day.month - 1]
    return f"{month} {day.day}, {day.year}" if style_of(locale).month_first else f"{day.day} {month} {day.year}"


def weekday_text(day: date) -> str:
    """`Tue`."""
    return WEEKDAYS[day.weekday()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Writes instants as they are read in a zone (an IANA name), in the style of a locale."""

    zone: str = "UTC"
    locale: str = "en-GB"

    def local(self, instant: datetime) -> datetime:
        """An aware instant as the zone's clock shows it."""
        return instant.astimezone(ZoneInfo(self.zone))

    def time(self, instant: datetime) -> str:
        """`16:05` or `4:05 PM`."""
        local = self.local(instant)
        return time_text(local.hour, local.minute, self.locale)

    def moment(self, instant: datetime) -> str:
        """`Tue 4 May, 16:05` or `Tue May 4, 4:05 PM`."""
        return f"{day_text(self.local(instant).date(), self.locale)}, {self.time(instant)}"

    def span(self, start: datetime, end: datetime, *, to: str = "to") -> str:
        """`Tue 4 May, 09:00 to 10:30`; the day is named again only where the span ends on another."""
        same = self.local(start).date() == self.local(end).date()
        return f"{self.moment(start)} {to} {self.time(end) if same else self.moment(end)}"
