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
# the count, with as many digits as they like. What was made of the others is read once they are known: of nearly all
# rules the latest alone is, and what is counted is counted by the index.
_NEAR: Final = """
near AS MATERIALIZED (
    SELECT series.* FROM series
    CROSS JOIN LATERAL (SELECT starts_at FROM {made} ORDER BY starts_at DESC LIMIT 1) latest
    WHERE {whose} AND NOT series.archived AND latest.starts_at < :near
        AND (upper(rrule) !~ 'UNTIL=' OR substring(upper(rrule) FROM 'UNTIL=([0-9]{{8}})') >= :today)
)
"""
_GOES_ON: Final = """
(upper(rrule) !~ 'COUNT='
    OR substring(upper(rrule) FROM 'COUNT=([0-9]+)')::numeric > (SELECT count(*) FROM {made}) + {left_out})
"""
_OF_VISITS: Final = "appointment WHERE series_id = series.id"
_OF_BLOCKS: Final = "time_block WHERE origin <> '' AND origin = series.id::text"
# Nothing stands on what is left out. Of blocked time that is what was freed, and is counted with the rest.
_VISITS: Final = text(
    f"""
    WITH {_NEAR.format(made=_OF_VISITS, whose="json_array_length(series.segments) > 0")}
    SELECT {row_json("series", "series")}::text, location.zone, made.originals
    FROM near AS series JOIN location ON location.id = series.location_id
    CROSS JOIN LATERAL (SELECT array_agg(original_start) AS originals FROM {_OF_VISITS}) made
    WHERE {_GOES_ON.format(made=_OF_VISITS, left_out="json_array_length(series.exdates)")}
    ORDER BY series.id
    """
)
_BLOCKS: Final = text(
    f"""
    WITH {_NEAR.format(made=_OF_BLOCKS, whose="json_array_length(series.segments) = 0")}
    SELECT {row_json("series", "series")}::text, location.zone, made.resource_id::text, made.minutes, made.ids
    FROM near AS series JOIN location ON location.id = series.location_id
    CROSS JOIN LATERAL (
        SELECT array_agg(id::text) AS ids, mode() WITHIN GROUP (ORDER BY resource_id) AS resource_id,
            least(greatest(mode() WITHIN GROUP (
                ORDER BY (extract(epoch FROM ends_at - starts_at) / 60)::bigint
            ), 1), :longest) AS minutes
        FROM {_OF_BLOCKS}
    ) made
    JOIN resource ON resource.id = made.resource_id AND NOT resource.archived
    WHERE {_GOES_ON.format(made=_OF_BLOCKS, left_out=0)}
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
