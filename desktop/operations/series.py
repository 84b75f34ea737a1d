"""Visits that repeat."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from desktop.operations.operation import Operation
from shared import ids
from shared.model.appointment import Appointment
from shared.model.base import SeriesId
from shared.model.series import Series
from shared.mutations.appointment.arguments import SegmentWish
from shared.mutations.series.arguments import BookSeries, ChangeSeries, EndSeries, ExtendSeries


def repeat(seen: Appointment, rrule: str, *, before: datetime, series_id: str | None = None) -> Operation:
    """Let a visit that was seen be the first of a series, booked until `before`."""
    args = BookSeries(
        series_id=SeriesId(series_id or ids.new_id()),
        customer_id=seen.customer_id,
        location_id=seen.location_id,
        first=seen.wall_start,
        rrule=rrule,
        wishes=tuple(
            SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes)
            for one in seen.segments
        ),
        before=before,
        title=next((one.name for one in seen.segments if one.service_id is None), ""),
        notes=seen.notes,
        party=seen.party,
        visit_id=seen.id,
    )
    return Operation(name="series.book", args=args, label="series")


def extend(series: Series, *, before: datetime) -> Operation:
    """Book further dates of a series."""
    return Operation(name="series.extend", args=ExtendSeries(series_id=series.id, before=before), label="further dates")


def change(
    series: Series,
    *,
    since: str,
    first: str,
    rrule: str,
    before: datetime,
    wishes: Sequence[SegmentWish] | None = None,
    party: int | None = None,
) -> Operation:
    """Change a series from the occurrence of an original start on; `first` is the local start that it gets."""
    args = ChangeSeries(
        series_id=series.id,
        new_id=SeriesId(ids.new_id()),
        was=series.rrule,
        since=since,
        first=first,
        rrule=rrule,
        before=before,
        wishes=None if wishes is None else tuple(wishes),
        party=party,
    )
    return Operation(name="series.change", args=args, label="change of the series")


def end(series: Series, *, since: str = "", reason: str = "", by_business: bool = False) -> Operation:
    """Cancel what is ahead of a series, from an occurrence on or all."""
    by: Literal["customer", "business"] = "business" if by_business else "customer"
    args = EndSeries(series_id=series.id, was=series.rrule, since=since, reason=reason, by=by)
    return Operation(name="series.end", args=args, label="end of the series")
