"""What the mutations of a series say, as it goes over the wire."""

from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen

from shared.model.base import AppointmentId, CustomerId, LocationId, ResourceId, SeriesId
from shared.mutations.appointment.arguments import Beside, SegmentSeen, SegmentWish, Was
from shared.mutations.registry import Instant, Line, Text, arguments

Rule = Annotated[str, MaxLen(400)]
"""An RRULE without `RRULE:` (RFC 5545, section 3.3.10)."""
Dates = Annotated[tuple[Line, ...], MaxLen(1000)]
Wishes = Annotated[tuple[SegmentWish, ...], MaxLen(20)]
Party = Annotated[int, Ge(1), Le(10_000)]


@arguments
class BookSeries:
    """`series.book`: the series and its occurrences that begin before an instant."""

    series_id: SeriesId
    customer_id: CustomerId | None
    location_id: LocationId
    first: Line
    """The local start of the first occurrence, `2026-05-04T09:00:00`."""
    rrule: Rule
    wishes: Wishes
    before: Instant
    exdates: Dates = ()
    """Original starts that are left out, `2026-05-11T09:00:00/0`."""
    title: Line = ""
    notes: Text = ""
    party: Party = 1
    visit_id: AppointmentId | None = None
    """A visit that stands there and becomes the first one; what it is, all of them are."""


@arguments
class ExtendSeries:
    """`series.extend`: further occurrences, those that begin before an instant."""

    series_id: SeriesId
    before: Instant


@arguments
class ChangeSeries:
    """`series.change`: another series goes on from an occurrence, with another time, rule, length or other people.

    What is null stays as it is.
    """

    series_id: SeriesId
    new_id: SeriesId
    was: Rule
    """The rule that the person saw."""
    since: Line
    """The original start of the first occurrence that is changed."""
    first: Line
    """The local start that it gets."""
    rrule: Rule
    before: Instant
    wishes: Wishes | None = None
    party: Party | None = None


@arguments
class Onward:
    """A series that goes on with another one, and from which of its occurrences it ends with that; empty for all."""

    series_id: SeriesId
    was: Rule
    since: Line = ""


@arguments
class EndSeries:
    """`series.end`: cancel what is ahead, from an occurrence on or all of it, and make nothing more.

    Since version 2 it can say which others end with it.
    """

    series_id: SeriesId
    was: Rule
    since: Line = ""
    """The original start of the first occurrence that is cancelled; empty for all."""
    reason: Line = ""
    by: Literal["customer", "business"] = "customer"
    onward: Annotated[tuple[Onward, ...], MaxLen(10)] = ()


@arguments
class RuleBack:
    """What a series is to say again; `was` and `was_archived` are what it said when that was seen."""

    series_id: SeriesId
    was: Rule
    was_archived: bool
    rrule: Rule
    archived: bool
    exdates: Dates = ()
    closes: Dates = ()
    """Original starts that could not be had and wait for a person, and no longer do with this."""
    reopens: Dates = ()
    """Those that did so before, and do again."""


@arguments
class VisitBack:
    """What a visit is to be again: `ended`, `restored` to the step before, or `moved` to its place in a series."""

    appointment_id: AppointmentId
    was: Was
    until: Instant
    resources: Annotated[tuple[ResourceId, ...], MaxLen(1000)]
    """With `was` and `until` how it was seen."""
    to: Literal["ended", "restored", "moved"]
    series_id: SeriesId | None
    """Null for one that is to be a visit by itself again."""
    original_start: Line
    booked: Annotated[tuple[SegmentSeen, ...], MaxLen(100)] | None = None
    """With `party` what was seen to be booked in it, where that is lost; null is not known."""
    party: Party | None = None
    over: Beside | None = None
    """Whose places alone it may pass over again, where it stood over a rule; null is not known."""


@arguments
class EndedSeries:
    """An end of a series that is taken back, and when it was made."""

    at: Instant
    end: EndSeries


@arguments
class TurnBack:
    """`series.turn_back`: takes an edit of a series back, all of it or nothing.

    Since version 3 with what waits of its dates; before, that was closed by edits of its own. Since version 4 an end
    can be named: then all that it has ended comes back, and nothing that was ended otherwise.
    """

    series_id: SeriesId
    rules: Annotated[tuple[RuleBack, ...], MaxLen(10)]
    visits: Annotated[tuple[VisitBack, ...], MaxLen(1000)]
    ended: EndedSeries | None = None
    """Null where it is no end that is taken back; or one that is not told from what was ended in the same second."""
