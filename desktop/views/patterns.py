"""How fields of Qt write days and times, as the locale of the business has them."""

from shared.dates import style_of


def day_pattern(locale: str) -> str:
    """The pattern of a day in Qt's letters: `Tue 24 Nov`, or `Tue Nov 24` where the month comes first."""
    return "ddd MMM d" if style_of(locale).month_first else "ddd d MMM"


def full_day_pattern(locale: str) -> str:
    """The same with the year, `Tue 24 Nov 2026` or `Tue Nov 24, 2026`, where one may be meant that is not this one."""
    return f"{day_pattern(locale)}{',' if style_of(locale).month_first else ''} yyyy"


def time_pattern(locale: str) -> str:
    """The pattern of a time of day in Qt's letters: `14:30`, or `2:30 PM` where the locale counts to twelve."""
    style = style_of(locale)
    hours = "HH" if style.two_figures else "h" if style.halves else "H"
    return f"{hours}{style.separator}mm{' AP' if style.halves else ''}"
