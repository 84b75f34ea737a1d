"""Which bookings and moves wish for a visit within a span, asked of their arguments without drawing what they wish."""

from datetime import timedelta
from typing import Final

from shared.clock import instant_text
from shared.model.base import Span
from shared.rules.booking import LONGEST

# A move that leaves the start as it is wishes for it where the visit stands by now.
_WISHED: Final = """(
    name IN ('appointment.book', 'appointment.reschedule')
    AND coalesce(
        json_extract(args, '$.start'),
        (SELECT starts_at FROM appointment WHERE appointment.id = json_extract(args, '$.appointment_id'))
    ) BETWEEN ?1 AND ?2
)"""


def wish_within(span: Span) -> tuple[str, tuple[str, str]]:
    """A condition on a table with the `name` and the `args` of edits, and its two parameters, which are the first.

    Where it does not hold no visit of a length that there can be is wished for that touches the span.
    """
    # No visit is longer: what touches a span cannot start before this.
    return _WISHED, (instant_text(span.start - timedelta(minutes=LONGEST)), instant_text(span.end))
