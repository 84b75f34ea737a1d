"""What another clock of a location comes to, in words."""

from datetime import datetime, timedelta

from desktop.models.setup_rows import ConcernedRow
from desktop.presenters.words import Words
from desktop.queries.rezoned import MovedShown
from shared.model.appointment import Appointment
from shared.model.base import Span

NOTHING = "Nothing that is ahead begins at another instant by it."


def moved_note(count: int) -> str:
    """How much begins at another instant."""
    if not count:
        return NOTHING
    them = "One visit or blocked time keeps" if count == 1 else f"{count:,} visits and blocked times keep"
    its = "its time" if count == 1 else "their times"
    return f"{them} {its} on the wall, and so begin{'s' if count == 1 else ''} earlier or later than before."


def moved_row(one: MovedShown, words: Words) -> ConcernedRow:
    """A visit or blocked time by the new clock, how far it moves, and whether that brings it onto another."""
    was, now = one.moved.was, one.moved.now
    over = " Its place is taken there: see to it." if one.is_over else ""
    return ConcernedRow(
        appointment_id=now.id if isinstance(now, Appointment) else "",
        text=f"{words.when(Span(now.starts_at, now.ends_at))} · {one.what}",
        detail=f"{_shift_words(was.starts_at, now.starts_at)}.{over}",
    )


def _shift_words(was: datetime, now: datetime) -> str:
    """`6 h later`, `30 min earlier`."""
    minutes = abs(now - was) // timedelta(minutes=1)
    hours, rest = divmod(minutes, 60)
    length = " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)
    return f"{length} {'later' if now > was else 'earlier'}"
