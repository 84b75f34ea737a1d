"""A tenant's book as the figures of a business ask it, in a tenant's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection

from shared.clock import instant_text
from shared.model.base import CustomerId, LocationId, OwnerId, ResourceId, Span
from shared.model.business import Location
from shared.model.hours import HoursException, HoursRule, TimeBlock
from shared.model.resource import Resource
from shared.rules.numbers.material import HELD_COLUMNS, VISIT_COLUMNS, Row
from shared.rules.numbers.reading import After
from shared.rules.status import CAME
from syncserver.store.rows import entities, row_json
from syncserver.store.statements import array_text, ask_all

_CAME: Final = ", ".join(f"'{one.value}'" for one in sorted(CAME))


class TenantSource:
    """`shared.rules.numbers.reading.Source` over a tenant's schema."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def location(self, location: LocationId) -> Location | None:
        """The location, archived or not."""
        found = entities(self._connection, Location, ("id = %s::uuid", (location,)))
        return found[0] if found else None

    def resources(self, location: LocationId) -> Sequence[Resource]:
        """Its resources, archived ones too."""
        return entities(self._connection, Resource, ("location_id = %s::uuid", (location,)))

    def rules(self, owners: Collection[OwnerId]) -> Sequence[HoursRule]:
        """The weekly hours of these owners."""
        return entities(self._connection, HoursRule, ("owner_id = ANY(%s::uuid[])", (array_text(owners),)))

    def exceptions(self, owners: Collection[OwnerId], first: date, last: date) -> Sequence[HoursException]:
        """The dated exceptions of these owners, both days included."""
        given = (array_text(owners), first.isoformat(), last.isoformat())
        where = "owner_id = ANY(%s::uuid[]) AND day BETWEEN %s::date AND %s::date"
        return entities(self._connection, HoursException, (where, given))

    def blocks(self, resources: Collection[ResourceId], span: Span) -> Sequence[TimeBlock]:
        """The blocks that share an instant with the span, archived ones aside."""
        given = (array_text(resources), instant_text(span.end), instant_text(span.start))
        where = "resource_id = ANY(%s::uuid[]) AND starts_at < %s::timestamptz AND ends_at > %s::timestamptz"
        return entities(self._connection, TimeBlock, (f"NOT archived AND {where}", given))

    def visits(self, location: LocationId, span: Span, after: After, most: int) -> Sequence[Row]:
        """The first visits that start within the span and behind `after`, by start and id."""
        return self._ask(_VISITS, *after, instant_text(span.end), location, most)

    def held(self, resources: Collection[ResourceId], span: Span) -> Sequence[Row]:
        """What is held of these resources and shares an instant with the span."""
        start, end = instant_text(span.start), instant_text(span.end)
        return self._ask(_HELD, array_text(resources), start, end, start)

    def payments(self, location: LocationId, span: Span) -> Sequence[Row]:
        """What was paid and given back at the location within the span: kind, currency, and the sum of both."""
        return self._ask(_PAID, location, instant_text(span.start), instant_text(span.end))

    def merged(self) -> Mapping[CustomerId, CustomerId]:
        """Into whom each merged customer of the business was merged."""
        return dict(self._ask(_MERGED))

    def known_before(self, customers: Collection[CustomerId], before: datetime) -> Collection[CustomerId]:
        """Which of these customers came to a visit that started before an instant, at whichever location."""
        found: list[CustomerId] = self._ask(_KNOWN_BEFORE, array_text(customers), instant_text(before))
        return found

    def _ask(self, sql: str, *given: Any) -> list[Any]:
        ((*found,),) = ask_all(self._connection, [(sql, given)])
        return found


_VISITS: Final = f"""
SELECT {row_json("appointment", names=VISIT_COLUMNS)}::text FROM appointment
WHERE (starts_at, id) > (%s::timestamptz, %s::uuid) AND starts_at < %s::timestamptz AND location_id = %s::uuid
ORDER BY starts_at, id LIMIT %s
"""
# What a visit holds lasts 72 hours at most, which lets the index on its start find it.
_HELD: Final = f"""
SELECT {row_json("allocation", names=HELD_COLUMNS)}::text FROM allocation
WHERE resource_id = ANY(%s::uuid[]) AND starts_at > %s::timestamptz - interval '72 hours'
    AND starts_at < %s::timestamptz AND ends_at > %s::timestamptz
"""
_PAID: Final = """
SELECT json_build_array(kind, currency, sum(amount))::text FROM payment
WHERE location_id = %s::uuid AND at >= %s::timestamptz AND at < %s::timestamptz
GROUP BY kind, currency
"""
_MERGED: Final = """
SELECT json_build_array(id, merged_into)::text FROM customer WHERE archived AND merged_into IS NOT NULL
"""
_KNOWN_BEFORE: Final = f"""
SELECT to_json(asked.id)::text FROM unnest(%s::uuid[]) AS asked (id)
WHERE EXISTS (
    SELECT FROM appointment
    WHERE customer_id = asked.id AND starts_at < %s::timestamptz AND status IN ({_CAME})
)
"""
