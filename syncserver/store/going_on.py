"""Which rules of visits and of blocked time go on beyond what was made of them, in a tenant's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, text

from shared.model.base import ResourceId, TimeBlockId, value
from shared.model.registry import entity_type
from shared.model.series import Series
from shared.rules.booking import LONGEST
from syncserver.store.rows import row_json

# One that has come to its end is looked at no more: all that it counts was made, or its last day is over. People write
# the count, with as many digits as they like.
_GOES_ON: Final = """
    NOT series.archived AND made.latest < :near
    AND (upper(rrule) !~ 'UNTIL=' OR substring(upper(rrule) FROM 'UNTIL=([0-9]{8})') >= :today)
    AND (upper(rrule) !~ 'COUNT='
         OR substring(upper(rrule) FROM 'COUNT=([0-9]+)')::numeric > made.count)
"""
_VISITS: Final = text(
    f"""
    SELECT {row_json("series", "series")}::text, location.zone, made.originals
    FROM series JOIN location ON location.id = series.location_id
    CROSS JOIN LATERAL (
        SELECT max(starts_at) AS latest, array_agg(original_start) AS originals,
            -- Nothing stands on what is left out. Of blocked time that is what was freed, and is counted with the rest.
            count(*) + json_array_length(series.exdates) AS count
        FROM appointment WHERE series_id = series.id
    ) made
    WHERE json_array_length(series.segments) > 0 AND {_GOES_ON}
    ORDER BY series.id
    """
)
_BLOCKS: Final = text(
    f"""
    SELECT {row_json("series", "series")}::text, location.zone, made.resource_id::text, made.minutes, made.ids
    FROM series JOIN location ON location.id = series.location_id
    JOIN (
        SELECT origin, max(starts_at) AS latest, count(*) AS count, array_agg(id::text) AS ids,
            mode() WITHIN GROUP (ORDER BY resource_id) AS resource_id,
            least(greatest(mode() WITHIN GROUP (
                ORDER BY (extract(epoch FROM ends_at - starts_at) / 60)::bigint
            ), 1), :longest) AS minutes
        FROM time_block WHERE origin <> '' GROUP BY origin
    ) made ON made.origin = series.id::text
    JOIN resource ON resource.id = made.resource_id AND NOT resource.archived
    WHERE json_array_length(series.segments) = 0 AND {_GOES_ON}
    ORDER BY series.id
    """
)


@value
class OfVisits:
    """A series with the zone of its location, and the original starts of which there is a visit, whatever it is now."""

    series: Series
    zone: str
    originals: frozenset[str]


@value
class OfBlocks:
    """A rule of blocked time with the zone of its location, whose it is, how long most of it lasts, what was made.

    The length is one that a rule may have: blocks that were put beside it, or changed, may have any.
    """

    series: Series
    zone: str
    resource_id: ResourceId
    minutes: int
    made: frozenset[TimeBlockId]


def series_that_go_on(connection: Connection, *, near: datetime, now: datetime) -> Sequence[OfVisits]:
    """The series whose latest visit begins before `near`, and that have not come to their end."""
    return [
        OfVisits(series=_series(told), zone=zone, originals=frozenset(originals))
        for told, zone, originals in connection.execute(_VISITS, _given(near, now))
    ]


def blocks_that_go_on(connection: Connection, *, near: datetime, now: datetime) -> Sequence[OfBlocks]:
    """The rules of blocked time whose latest block begins before `near`, and that have not come to their end."""
    return [
        OfBlocks(
            series=_series(told),
            zone=zone,
            resource_id=ResourceId(resource),
            minutes=minutes,
            made=frozenset(TimeBlockId(one) for one in made),
        )
        for told, zone, resource, minutes, made in connection.execute(_BLOCKS, _given(near, now) | {"longest": LONGEST})
    ]


def _given(near: datetime, now: datetime) -> dict[str, object]:
    return {"near": near, "today": f"{now:%Y%m%d}"}


def _series(told: str) -> Series:
    return entity_type(Series).decode(orjson.loads(told))
