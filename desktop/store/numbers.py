"""The replica as the figures of a business ask it: some columns of many rows, a page at a time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import orjson

from desktop.store.replica import Replica
from desktop.store.tx import REACH
from shared.clock import instant_text
from shared.model.base import CustomerId, LocationId, OwnerId, ResourceId, Span
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.registry import ENTITIES, Kind
from shared.model.resource import Resource
from shared.rules.numbers.material import HELD_COLUMNS, VISIT_COLUMNS, Row
from shared.rules.numbers.reading import After
from shared.rules.status import CAME


class _Some:
    """Some columns of a table, read as on the wire but for truth, which stays 0 and 1."""

    def __init__(self, table: str, names: Sequence[str]) -> None:
        kinds = {column.name: column.kind for column in ENTITIES[table].columns}
        self._select = f"SELECT {', '.join(names)} FROM {table}"
        self._json = [place for place, name in enumerate(names) if kinds[name] is Kind.JSON]

    def rows(self, replica: Replica, tail: str, parameters: Sequence[Any]) -> Sequence[Row]:
        """The rows that the rest of a query finds."""
        found = [list(row) for row in replica.database.rows(f"{self._select} {tail}", parameters)]
        for place in self._json:
            for row in found:
                row[place] = orjson.loads(row[place])
        return found


_VISITS: Final = _Some("appointment", VISIT_COLUMNS)
_HELD: Final = _Some("allocation", HELD_COLUMNS)
_CAME: Final = ", ".join(f"'{one.value}'" for one in sorted(CAME))


class ReplicaSource:
    """`shared.rules.numbers.reading.Source` over the replica; used by the store thread alone."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def location(self, location: LocationId) -> Location | None:
        """The location, archived or not."""
        return self._replica.tx().find(Location, location)

    def resources(self, location: LocationId) -> Sequence[Resource]:
        """Its resources, archived ones too."""
        return self._replica.tx().resources_at(location)

    def rules(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """The weekly hours of these owners."""
        return self._replica.tx().hours(owners)

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions of these owners, both days included."""
        return self._replica.tx().exceptions(owners, first, last)

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks that share an instant with the span, archived ones aside."""
        return self._replica.tx().blocks(resources, span)

    def visits(self, location: LocationId, span: Span, after: After, most: int) -> Sequence[Row]:
        """The first visits that start within the span and behind `after`, by start and id."""
        start, row_id = after
        tail = (
            "WHERE starts_at >= ? AND starts_at < ? AND (starts_at > ? OR id > ?) AND location_id = ?"
            " ORDER BY starts_at, id LIMIT ?"
        )
        return _VISITS.rows(self._replica, tail, (start, instant_text(span.end), start, row_id, location, most))

    def held(self, resources: Collection[ResourceId], span: Span) -> Sequence[Row]:
        """What is held of these resources and shares an instant with the span."""
        tail = (
            "WHERE resource_id IN (SELECT value FROM json_each(?)) AND starts_at > ? AND starts_at < ? AND ends_at > ?"
        )
        earliest, start, end = map(instant_text, (span.start - REACH, span.start, span.end))
        return _HELD.rows(self._replica, tail, (_list(resources), earliest, end, start))

    def payments(self, location: LocationId, span: Span) -> Sequence[Row]:
        """What was paid and given back at the location within the span: kind, currency, and the sum of both."""
        asked = (
            "SELECT kind, currency, sum(amount) FROM payment WHERE at >= ? AND at < ? AND location_id = ?"
            " GROUP BY kind, currency"
        )
        return self._replica.database.rows(asked, (instant_text(span.start), instant_text(span.end), location))

    def merged(self) -> Mapping[CustomerId, CustomerId]:
        """Into whom each merged customer of the business was merged."""
        # Whoever was merged is archived: the index of those finds them.
        asked = "SELECT id, merged_into FROM customer WHERE archived = 1 AND merged_into IS NOT NULL"
        return dict(self._replica.database.rows(asked))

    def known_before(self, customers: Collection[CustomerId], before: datetime) -> Collection[CustomerId]:
        """Which of these customers came to a visit that started before an instant, at whichever location."""
        asked = (
            "SELECT value FROM json_each(?) AS asked WHERE EXISTS (SELECT 1 FROM appointment"
            f" WHERE customer_id = asked.value AND starts_at < ? AND status IN ({_CAME}))"
        )
        return [row[0] for row in self._replica.database.rows(asked, (_list(customers), instant_text(before)))]


def _list(values: Collection[str]) -> str:
    return orjson.dumps([*values]).decode()
