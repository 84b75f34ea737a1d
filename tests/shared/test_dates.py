"""Dates and times follow the business's locale: twelve or twenty-four hours, and which of day and month comes first."""

from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import QLocale

from shared.dates import Dates, day_text, style_of, time_text

LOCALES = ["en-US", "de-DE"]
TIMES = [(0, 0), (0, 5), (9, 30), (11, 59), (12, 0), (12, 30), (16, 0), (23, 59)]
WRITTEN = {
    "en-US": ["12:00 AM", "12:05 AM", "9:30 AM", "11:59 AM", "12:00 PM", "12:30 PM", "4:00 PM", "11:59 PM"],
    "de-DE": ["00:00", "00:05", "09:30", "11:59", "12:00", "12:30", "16:00", "23:59"],
}
LANGUAGES = "cs da de el en es fi fr he hi hu id it ja ko ms nb nl pl pt ru sk sv ta te th tr uk ur vi"
# Written otherwise than the rest of their language, or their region: not worth a row of the table.
OTHERWISE = "en_BI en_DK en_FI en_ID en_IL en_JP es_BR es_BZ fr_CA ms_ID sv_FI"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_times_of_a_day(locale: str) -> None:
    assert [time_text(hour, minute, locale) for hour, minute in TIMES] == WRITTEN[locale]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en_US", "Tue May 5, 4:00 PM"),
        ("en", "Tue May 5, 4:00 PM"),
        ("en-GB", "Tue 5 May, 16:00"),
        ("en-AU", "Tue 5 May, 4:00 pm"),
        ("en-CA", "Tue May 5, 4:00 p.m."),
        ("fr-CA", "Tue 5 May, 16:00"),
        ("es-MX", "Tue 5 May, 4:00 pm"),
        ("de", "Tue 5 May, 16:00"),
        ("fi-FI", "Tue 5 May, 16.00"),
        ("zh-Hant-TW", "Tue 5 May, 4:00 pm"),
        ("", "Tue 5 May, 16:00"),
        ("what is this", "Tue 5 May, 16:00"),
    ],
)
def test_a_moment_in_the_style_of_its_locale(locale: str, said: str) -> None:
    assert Dates(zone="Europe/Berlin", locale=locale).moment(datetime(2026, 5, 5, 14, tzinfo=UTC)) == said


@pytest.mark.parametrize(
    ("locale", "within", "overnight", "to_midnight"),
    [
        (
            "en-US",
            "Tue May 5, 10:00 AM to 12:00 PM",
            "Tue May 5, 10:00 PM to Wed May 6, 1:30 AM",
            "Tue May 5, 10:00 PM to Wed May 6, 12:00 AM",
        ),
        (
            "de-DE",
            "Tue 5 May, 10:00 to 12:00",
            "Tue 5 May, 22:00 to Wed 6 May, 01:30",
            "Tue 5 May, 22:00 to Wed 6 May, 00:00",
        ),
    ],
)
def test_a_span_names_the_day_again_only_where_it_ends_on_another(
    locale: str, within: str, overnight: str, to_midnight: str
) -> None:
    dates = Dates(zone="Europe/Berlin", locale=locale)
    morning, late = datetime(2026, 5, 5, 8, tzinfo=UTC), datetime(2026, 5, 5, 20, tzinfo=UTC)
    assert dates.span(morning, datetime(2026, 5, 5, 10, tzinfo=UTC)) == within
    assert dates.span(late, datetime(2026, 5, 5, 23, 30, tzinfo=UTC)) == overnight
    assert dates.span(late, datetime(2026, 5, 5, 22, tzinfo=UTC)) == to_midnight


def test_the_day_is_that_of_the_zone() -> None:
    instant = datetime(2026, 5, 5, 23, tzinfo=UTC)
    assert Dates(zone="America/New_York").moment(instant) == "Tue 5 May, 19:00"
    assert Dates(zone="Asia/Tokyo").moment(instant) == "Wed 6 May, 08:00"


def test_every_day_and_month_has_its_name() -> None:
    named = [day_text(date(2026, month, 1), "en-GB") for month in range(1, 13)]
    assert named == [date(2026, month, 1).strftime("%a 1 %b") for month in range(1, 13)]


def known_to_qt() -> list[str]:
    """The locales of Qt's CLDR in the languages above, in each language's own script."""
    every = QLocale.matchingLocales(QLocale.Language.AnyLanguage, QLocale.Script.AnyScript, QLocale.Country.AnyCountry)
    languages = LANGUAGES.split()
    names = {one.name() for one in every if one.name().partition("_")[0] in languages}
    return sorted(name for name in names if name.count("_") == 1) + languages


@pytest.mark.parametrize("name", known_to_qt())
def test_the_table_says_what_the_cldr_says(name: str) -> None:
    pattern = QLocale(name).timeFormat(QLocale.FormatType.ShortFormat)
    style = style_of(name)
    assert (style.halves is not None) == ("A" in pattern.replace("'", ""))
    if name not in OTHERWISE.split() and style.halves is None:
        assert style.separator in pattern
        assert style.two_figures == pattern.startswith("HH")


def test_the_months_stand_first_where_the_cldr_puts_them_first() -> None:
    regions = {name for name in known_to_qt() if name.startswith("en_")} - set(OTHERWISE.split())
    patterns = {name: QLocale(name).dateFormat(QLocale.FormatType.LongFormat) for name in regions}
    first = {
        name for name, pattern in patterns.items() if pattern.index("MMMM") < pattern.replace("dddd", "    ").index("d")
    }
    assert {name for name in regions if style_of(name).month_first} == first
