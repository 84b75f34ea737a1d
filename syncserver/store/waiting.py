"""Which wishes of a tenant's waitlist time may have ended."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import orjson
from sqlalchemy import Connection, text

from shared.model.base import value
from shared.model.registry import entity_type
from shared.model.waitlist import WaitlistEntry
from syncserver.store.rows import row_json

# As the index says it that holds nothing else: what is settled is kept for ever.
_OPEN: Final = "state IN ('waiting', 'offered')"
_DUE: Final = text(
    f"""
    SELECT {row_json("waitlist_entry")}::text, coalesce(location.zone, business.zone) AS zone
    FROM waitlist_entry
    CROSS JOIN business LEFT JOIN location ON location.id = waitlist_entry.location_id
    WHERE {_OPEN} AND (state = 'offered' AND (offer ->> 'until')::timestamptz <= :now OR to_day < :day)
    ORDER BY waitlist_entry.id LIMIT 500
    """
)
_OFFER: Final = text(
    f"""
    SELECT min((offer ->> 'until')::timestamptz) FROM waitlist_entry
    WHERE {_OPEN} AND state = 'offered' AND (offer ->> 'until')::timestamptz > :now
    """
)
_DAYS: Final = text(
    f"""
    SELECT DISTINCT to_day, coalesce(location.zone, business.zone) AS zone
    FROM waitlist_entry
    CROSS JOIN business LEFT JOIN location ON location.id = waitlist_entry.location_id
    WHERE {_OPEN} AND to_day >= :day AND to_day < '9999-01-01'
    """
)
_FURTHEST_EAST: Final = timedelta(hours=14)
"""No clock of the world is further ahead of UTC."""
_FURTHEST_WEST: Final = timedelta(hours=12)
"""No clock of the world is further behind UTC."""


@value
class Coming:
    """Which ends in a waitlist are to come: of the offer that ends first, and of last days with their zones."""

    offer: datetime | None
    days: tuple[tuple[date, str], ...]
    """Days that may not be over at least, each once for a zone."""


def perhaps_over(connection: Connection, now: datetime) -> Sequence[tuple[WaitlistEntry, str]]:
    """Wishes whose offer is past its time, or whose last day may be, each with the zone of its location.

    In a tenant's transaction; at most 500 of them.
    """
    given = {"now": now, "day": (now + _FURTHEST_EAST).date()}
    decode = entity_type(WaitlistEntry).decode
    return [(decode(orjson.loads(told)), zone) for told, zone in connection.execute(_DUE, given)]


def ends_to_come(connection: Connection, now: datetime) -> Coming:
    """What ends after `now` where nobody writes, in a tenant's transaction; a day after the year 9998 never does."""
    days = connection.execute(_DAYS, {"day": (now - _FURTHEST_WEST).date()})
    offer = connection.execute(_OFFER, {"now": now}).scalar_one()
    return Coming(offer=offer, days=tuple((day, zone) for day, zone in days))
