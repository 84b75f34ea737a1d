"""The days around today as the book shows them, of rows that stand in no book yet."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date, timedelta
from typing import Final

from desktop.queries.day_book import DayBook, day_book
from desktop.queries.setup import setup
from desktop.store.database import KEY_BYTES
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from desktop.store.rows import STORED, Line, put_rows, rows_of
from shared.errors import ProtocolMismatch
from shared.model.base import value
from shared.model.business import Business, Location

_NO_KEY: Final = bytes(KEY_BYTES)
"""What is nowhere but in memory is not encrypted."""


@value
class FirstDays:
    """Yesterday, today and tomorrow at a location."""

    business: Business
    locations: tuple[Location, ...]
    location: Location
    today: date
    days: tuple[DayBook, ...]


def read_first_days(tables: Iterable[Line], identity: Identity, *, location: str, today: date) -> FirstDays:
    """What the book will show of these days to somebody.

    It is read from a replica in memory that is gone with the answer: there is nothing that an edit could be made in.
    Raises StorageFault, and ProtocolMismatch where these rows are none of these days.
    """
    with closing(Replica(None, _NO_KEY)) as replica:
        replica.identify(identity)
        try:
            _fill(replica, tables)
            return _read(replica, location, today)
        except (LookupError, TypeError, ValueError) as odd:
            raise ProtocolMismatch("The server's answer is not what this version understands.") from odd


def _fill(replica: Replica, tables: Iterable[Line]) -> None:
    with replica.database.transaction():
        for line in tables:
            if line["table"] in STORED:
                put_rows(replica.database, line["table"], rows_of(line))


def _read(replica: Replica, location: str, today: date) -> FirstDays:
    told = setup(replica)
    place = {str(one.id): one for one in told.locations}[location]
    days = (today + timedelta(days=one) for one in (-1, 0, 1))
    return FirstDays(
        business=told.business,
        locations=told.locations,
        location=place,
        today=today,
        days=tuple(day_book(replica, day, place) for day in days),
    )
