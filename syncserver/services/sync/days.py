"""The days around today at a location: what a desk shows while its first book is loaded."""

from datetime import timedelta
from typing import Final

import orjson

from shared import clock
from shared.model.base import Span
from shared.model.business import Location
from shared.protocol.problems import ProblemCode
from shared.rules.wall_time import day_span, local
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.services.sync.decisions import RECOVERS
from syncserver.services.sync.pull import rows_line
from syncserver.services.sync.standing import require_desk, telling_why
from syncserver.store import feeds
from syncserver.store.days import places_of, rows_around
from syncserver.store.handles import Connection
from syncserver.store.tenancy import tenant_transaction

MOST: Final = 4000
"""Rows of one table that are told at once: what somebody waits for on a bad line, and the memory of the process."""
_ONE: Final = timedelta(days=1)
_TOO_MUCH: Final = "More stands in these days than is told at once."


def days_around(server: Server, principal: Principal, location: str | None) -> bytes:
    """Yesterday, today and tomorrow, as a `BookDays`; at the first location by name, where none is asked for.

    Declined as a pull is, as `not_found` where the business has no such location, as `too_large` beyond `MOST` rows.
    """
    told = server.marks.told(principal.tenant.id)
    reading = tenant_transaction(server.engine, principal.tenant, read_only=True)
    with telling_why(server, principal), reading as connection:
        now = feeds.snapshot(connection, principal.session, feeds.NO_KEY)
        server.marks.require_progress(principal.tenant.id, told, now.version)
        view = require_desk(principal, now.person, now.terms)
        if now.recovering_until is not None:
            raise Declined(ProblemCode.RECOVERING, retry_after=RECOVERS)
        place = _place(connection, location)
        today = local(clock.now(), place.zone).date()
        first, last = today - _ONE, today + _ONE
        span = Span(day_span(first, place.zone).start, day_span(last, place.zone).end)
        pages = rows_around(connection, place.id, (first, last), span, tables=view.tables, most=MOST)
    if pages is None:
        raise Declined(ProblemCode.TOO_LARGE, _TOO_MUCH)
    tables = [orjson.Fragment(rows_line(table, page)) for table, page in pages.items()]
    return orjson.dumps({"location": place.id, "today": today.isoformat(), "tables": tables})


def _place(connection: Connection, location: str | None) -> Location:
    # In the order in which a desk has them: its book begins with the first one, too.
    places = sorted(places_of(connection), key=lambda one: (one.name, one.id))
    found = next((one for one in places if location in (None, one.id)), None)
    if found is None:
        raise Declined(ProblemCode.NOT_FOUND)
    return found
