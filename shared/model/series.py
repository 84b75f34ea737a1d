"""A visit that repeats: a rule, and what each occurrence is made from."""

from shared.model.appointment import Segment
from shared.model.base import CustomerId, LocationId, SeriesId, value


@value
class Series:
    """A recurrence rule in its zone. Its occurrences are ordinary appointments that bear its id."""

    id: SeriesId
    customer_id: CustomerId | None
    location_id: LocationId
    zone: str
    start: str
    """The local start of the first occurrence, `2026-05-04T09:00:00`."""
    rrule: str
    """RFC 5545, section 3.3.10, without `RRULE:`."""
    exdates: tuple[str, ...]
    """Original starts with their fold that are no occurrences, `2026-05-11T09:00:00/0`.

    Of blocks those whose block was freed before an end of the rule freed the rest.
    """
    segments: tuple[Segment, ...]
    notes: str
    party: int = 1
    follows_id: SeriesId | None = None
    """The series that this one goes on with from its start."""
    archived: bool = False
    """Ended: nothing more is made of it."""
