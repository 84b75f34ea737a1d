"""Visits and blocked time that repeat without an end, made as far as may be booked ahead, as time goes on."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared import ids
from shared.clock import instant_text
from shared.errors import Refusal
from shared.model.base import MutationId
from shared.model.business import Business
from shared.model.plan import Feature
from shared.model.series import Series
from shared.mutations.block.reach import repeated_id
from shared.mutations.block.repeating import REPEAT
from shared.mutations.series import EXTEND
from shared.rules import series as rules
from shared.rules.recurrence import Occurrence
from syncserver.services.sync.endings.lapsing import SERVER
from syncserver.services.sync.endings.own_edits import still_due
from syncserver.services.sync.gateway import Edit
from syncserver.store.days import business_of
from syncserver.store.going_on import OfBlocks, OfVisits, blocks_that_go_on, series_that_go_on
from syncserver.store.handles import Connection
from syncserver.store.plans import plan_in_force

AT_ONCE: Final = 10
"""Rules that go on in one transaction at most: nobody else writes meanwhile. The others go on in the next round."""
_STRIDE: Final = timedelta(days=28)
_SHARE: Final = 4
"""Further dates are made once so much of what may be booked ahead, or a stride, is empty at its end: not one by one."""
_LATE: Final = 24
"""By what part of that they may be made later than then."""


def visits_due(connection: Connection, now: datetime) -> Sequence[Edit]:
    """The further dates of series, in a tenant's transaction; none under a plan without series.

    What cannot be had is listed as the business wants it, once: an edit is about its first date.
    """
    business = business_of(connection)
    found = series_that_go_on(connection, near=_near(business, now), now=now)
    if not found or Feature.SERIES not in plan_in_force(connection).features:
        return []
    horizon = _horizon(business, now)
    return _new(connection, [edit for one in found for edit in _further_visits(one, horizon, now)])


def blocks_due(connection: Connection, now: datetime) -> Sequence[Edit]:
    """The further dates of blocked time that repeats, in a tenant's transaction."""
    business = business_of(connection)
    found = blocks_that_go_on(connection, near=_near(business, now), now=now)
    horizon = _horizon(business, now)
    return _new(connection, [edit for one in found for edit in _further_blocks(one, horizon, now)])


def next_due(connection: Connection, now: datetime) -> datetime:
    """When to look again where nobody writes, in a tenant's transaction: what is to be made has weeks."""
    return now + _margin(business_of(connection)) / _LATE


def _horizon(business: Business, now: datetime) -> datetime:
    return (now + timedelta(days=business.max_advance)).replace(microsecond=0)


def _near(business: Business, now: datetime) -> datetime:
    return now + timedelta(days=business.max_advance) - _margin(business)


def _margin(business: Business) -> timedelta:
    """How much may be empty at the end of what may be booked ahead."""
    return min(_STRIDE, timedelta(days=business.max_advance) / _SHARE)


def _new(connection: Connection, edits: Sequence[Edit]) -> Sequence[Edit]:
    """Those that were not made yet: what was refused once waits for a person."""
    return still_due(connection, edits, SERVER.user_id)[:AT_ONCE]


def _further_visits(one: OfVisits, horizon: datetime, now: datetime) -> list[Edit]:
    first = _first(replace(one.series, zone=one.zone), horizon, one.originals)
    args = {"series_id": one.series.id, "before": instant_text(horizon)}
    return [] if first is None else [_edit(EXTEND.name, one.series, first, args, now)]


def _further_blocks(one: OfBlocks, horizon: datetime, now: datetime) -> list[Edit]:
    series = one.series
    dates = _dates(series, horizon, rules.MOST_BLOCKS)
    first = next((date for date in dates if repeated_id(series.id, date.original) not in one.made), None)
    args = {
        "series_id": series.id,
        "resource_id": one.resource_id,
        "first": series.start,
        "minutes": one.minutes,
        "rrule": series.rrule,
        "before": instant_text(horizon),
        "reason": series.notes,
    }
    return [] if first is None else [_edit(REPEAT.name, series, first, args, now)]


def _first(series: Series, horizon: datetime, made: Collection[str]) -> Occurrence | None:
    dates = _dates(series, horizon, rules.MOST_AT_ONCE + len(made))
    return next((one for one in dates if one.original not in made), None)


def _dates(series: Series, horizon: datetime, limit: int) -> Sequence[Occurrence]:
    try:
        return rules.dates(series, before=horizon, limit=limit)
    except Refusal:
        # A rule that nobody can read has no dates, here as at the desks.
        return ()


def _edit(name: str, series: Series, first: Occurrence, args: dict[str, Any], now: datetime) -> Edit:
    made = ids.derived_id("goes on", series.id, first.original)
    return Edit(id=MutationId(made), name=name, args=args, at=now)
