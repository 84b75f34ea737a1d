"""Times, dates, money and people in the words of the tenant's locale."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from PySide6.QtCore import QDate, QLocale

from shared.dates import Dates, date_text, day_text
from shared.model.base import Span
from shared.model.business import Business
from shared.model.service import Service
from shared.money import digits_of
from shared.rules import wall_time

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF ", "JPY": "¥", "CAD": "$", "AUD": "$"}

ROLES = {
    "TENANT_OWNER": "Owner",
    "TENANT_MANAGER": "Manager",
    "TENANT_STAFF": "Staff",
}
STATUS = {
    "requested": "Requested",
    "booked": "Booked",
    "confirmed": "Confirmed",
    "arrived": "Arrived",
    "in_service": "In service",
    "completed": "Completed",
    "declined": "Declined",
    "expired": "Expired",
    "cancelled": "Cancelled",
    "no_show": "No-show",
}
NOT_ACCEPTED = "Saved on this computer, not yet accepted by the server."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The locale and zone in which things are said."""

    locale: str = "en_GB"
    zone: str = "UTC"
    currency: str = "EUR"

    @property
    def dates(self) -> Dates:
        """How sentences write times: as everything here does."""
        return Dates(zone=self.zone, locale=self.locale)

    def time(self, instant: datetime) -> str:
        """`14:30`, or `2:30 PM` where the locale counts to twelve."""
        return self.dates.time(instant)

    def span(self, span: Span) -> str:
        """`14:30 – 15:15`."""
        return f"{self.time(span.start)} – {self.time(span.end)}"

    def day(self, day: date) -> str:
        """`Tuesday, 24 November 2026`."""
        return QLocale(self.locale).toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)

    def short_day(self, day: date) -> str:
        """`Tue 24 Nov`, or `Tue Nov 24` where the month comes first."""
        return day_text(day, self.locale)

    def full_date(self, day: date) -> str:
        """`24 Nov 2026`, or `Nov 24, 2026` where the month comes first."""
        return date_text(day, self.locale)

    def month(self, day: date) -> str:
        """`November 2026`."""
        return f"{QLocale(self.locale).standaloneMonthName(day.month)} {day.year}"

    def weekday(self, day: date) -> str:
        """`Tuesday`."""
        return QLocale(self.locale).standaloneDayName(day.isoweekday())

    def moment(self, instant: datetime) -> str:
        """`Tue 24 Nov, 14:30`."""
        return self.dates.moment(instant)

    def when(self, span: Span) -> str:
        """`Tue 24 Nov, 14:30 – 15:15`; the day is named again only where the span ends on another."""
        return self.dates.span(span.start, span.end, to="–")

    def recent(self, instant: datetime, now: datetime) -> str:
        """`14:02` for a time of today, with its day otherwise."""
        same = wall_time.local(instant, self.zone).date() == wall_time.local(now, self.zone).date()
        return self.time(instant) if same else self.moment(instant)

    def money(self, minor: int) -> str:
        """An amount in minor units of the currency."""
        digits = digits_of(self.currency)
        symbol = _SYMBOLS.get(self.currency, f"{self.currency} ")
        # Some locales write less than nothing in brackets, as accountants do.
        written = QLocale(self.locale).toCurrencyString(abs(minor) / 10**digits, symbol, digits)
        return f"-{written}" if minor < 0 else written

    def in_currency(self, currency: str) -> "Words":
        """The same, of amounts in another currency."""
        return replace(self, currency=currency)

    def service(self, service: Service) -> str:
        """How long a service takes and what it costs."""
        return f"{service.minutes} min · {self.money(service.price)}"


def zone_words(zone: str) -> str:
    """`New York time` of `America/New_York`; `UTC`."""
    area, _, place = zone.rpartition("/")
    return f"{place.replace('_', ' ')} time" if area else zone


def words_of(business: Business, zone: str) -> Words:
    """How a business says things, with the times of a zone."""
    return Words(locale=business.locale.replace("-", "_"), zone=zone, currency=business.currency)
