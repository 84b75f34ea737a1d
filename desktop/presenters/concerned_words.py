"""Visits that a change leaves without hours or room, in words."""

from desktop.models.setup_rows import ConcernedRow
from desktop.presenters.words import Words
from desktop.queries.consequences import Concerned
from shared.model.base import Span
from shared.texts import sentence


def concerned_note(count: int) -> str:
    """What becomes of visits that a change leaves without hours or room."""
    them = "One visit" if count == 1 else f"{count:,} visits"
    return f"{them} would be left without hours or room. Nothing is deleted: open and move each, or leave it there."


def concerned_row(one: Concerned, words: Words) -> ConcernedRow:
    """A visit in words: when, whose, what, and what is in the way."""
    visit = one.visit
    what = one.customer_name or visit.service_names or "Visit"
    why = "There is no place left for it." if one.why is None else sentence(one.why.code, one.why.details, words.dates)
    override = f" Booked over a rule: {visit.override_reason}" if visit.override_reason else ""
    return ConcernedRow(
        appointment_id=visit.id, text=f"{words.when(Span(visit.starts_at, visit.ends_at))} · {what}",
        detail=why + override,
    )  # fmt: skip
