"""Which wishes of a tenant's waitlist time may have ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import Connection, text

from shared.model.registry import entity_type
from shared.model.waitlist import WaitlistEntry
from syncserver.store.rows import row_json

_DUE: Final = text(
    f"""
    SELECT {row_json("waitlist_entry")}::text, coalesce(location.zone, business.zone) AS zone
    FROM waitlist_entry
    CROSS JOIN business LEFT JOIN location ON location.id = waitlist_entry.location_id
    WHERE (state = 'offered' AND (offer ->> 'until')::timestamptz <= :now)
        OR (state IN ('waiting', 'offered') AND to_day < :day)
    ORDER BY waitlist_entry.id LIMIT 500
    """
)
_FURTHEST_EAST: Final = timedelta(hours=14)
"""No clock of the world is further ahead of UTC."""


def perhaps_over(connection: Connection, now: datetime) -> Sequence[tuple[WaitlistEntry, str]]:
    """Wishes whose offer is past its time, or whose last day may be, each with the zone of its location.

    In a tenant's transaction; at most 500 of them.
    """
    given = {"now": now, "day": (now + _FURTHEST_EAST).date()}
    decode = entity_type(WaitlistEntry).decode
    return [(decode(orjson.loads(told)), zone) for told, zone in connection.execute(_DUE, given)]
