"""Secret addresses at which calendars read somebody's visits, and what stands there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, insert, select, update

from shared.model.appointment import Appointment
from shared.model.base import Span, UserId, value
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.resource import Resource
from syncserver.store.days import business_of
from syncserver.store.rows import entities
from syncserver.store.statements import array_text, ask_all
from syncserver.store.tables.control import calendar_feeds, users
from syncserver.store.tenancy import TenantId

_COLUMNS: Final = [
    calendar_feeds.c[name] for name in ("id", "tenant_id", "user_id", "made_by", "created_at")
] + [users.c.name, users.c.role]  # fmt: skip


@value
class CalendarFeed:
    """A feed that was not revoked; `name` and `role` are those of the person whose visits it shows."""

    id: str
    tenant_id: TenantId
    user_id: UserId
    made_by: UserId
    created_at: datetime
    name: str
    role: Role


@value
class FeedRows:
    """What a feed is made of: the visits by start, and the rows that they name."""

    business: Business
    visits: Sequence[Appointment]
    customers: Sequence[Customer]
    locations: Sequence[Location]


def put_feed(connection: Connection, feed: CalendarFeed, *, secret_hash: str) -> None:
    """Keep a feed; of its secret nothing but the hash."""
    connection.execute(
        insert(calendar_feeds).values(
            id=feed.id, tenant_id=feed.tenant_id, user_id=feed.user_id, secret_hash=secret_hash, made_by=feed.made_by,
            created_at=feed.created_at,
        )
    )  # fmt: skip


def feeds_of(connection: Connection, tenant: TenantId) -> Sequence[CalendarFeed]:
    """Every feed of a tenant that was not revoked, the newest first."""
    mine = _kept().where(calendar_feeds.c.tenant_id == tenant).order_by(calendar_feeds.c.created_at.desc())
    return [_feed(row) for row in connection.execute(mine)]


def feed_behind(connection: Connection, secret_hash: str) -> CalendarFeed | None:
    """The feed of an address that was not revoked."""
    row = connection.execute(_kept().where(calendar_feeds.c.secret_hash == secret_hash)).one_or_none()
    return None if row is None else _feed(row)


def _feed(row: Row[Any]) -> CalendarFeed:
    return CalendarFeed(**{**row._asdict(), "role": Role(row.role)})


def revoke_feed(connection: Connection, feed_id: str, now: datetime) -> bool:
    """Let an address lead nowhere any more; False where it does not already."""
    kept = update(calendar_feeds).where(calendar_feeds.c.id == feed_id, calendar_feeds.c.revoked_at.is_(None))
    return connection.execute(kept.values(revoked_at=now)).rowcount == 1


def _kept() -> Select[Any]:
    joined = calendar_feeds.join(users, users.c.id == calendar_feeds.c.user_id)
    return select(*_COLUMNS).select_from(joined).where(calendar_feeds.c.revoked_at.is_(None))


def feed_written(connection: Connection, user: UserId, span: Span) -> str:
    """What is another text as soon as a row that `visits_with` reads is written, for a fraction of its work.

    In a tenant's transaction.
    """
    given = (user, span.start, span.end)
    ((told,),) = ask_all(connection, [(_WRITTEN, given)])
    return str(told)


def visits_with(connection: Connection, user: UserId, span: Span) -> FeedRows:
    """The visits that take part of somebody's time and start within a span, whatever became of them.

    In a tenant's transaction.
    """
    theirs = entities(connection, Resource, ("member_id = %s::uuid", (user,)))
    found = _taking(connection, [one.id for one in theirs], [one.location_id for one in theirs], span)
    people = {one.customer_id for one in found if one.customer_id}
    return FeedRows(
        business=business_of(connection),
        visits=sorted(found, key=lambda one: (one.starts_at, one.id)),
        customers=entities(connection, Customer, ("id = ANY(%s::uuid[])", (array_text(people),))),
        locations=entities(connection, Location, ("TRUE", ())),
    )


def _taking(
    connection: Connection, resources: Sequence[str], locations: Sequence[str], span: Span
) -> Sequence[Appointment]:  # fmt: skip
    if not resources:
        return ()
    given = (array_text(set(locations)), span.start, span.end, array_text(resources))
    return entities(connection, Appointment, (_TAKES, given))


# What is called off holds nothing any more, so that it is found by what it asked for.
_TAKES: Final = """
location_id = ANY(%s::uuid[]) AND starts_at >= %s AND starts_at < %s AND EXISTS (
    SELECT FROM json_array_elements(segments) AS segment (one),
        json_array_elements_text(one -> 'resources') AS taken (id)
    WHERE taken.id = ANY(%s::text[])
)
"""
# By the transactions that wrote the rows: the versions of what was written long ago are kept no more. A visit that has
# an id elsewhere than among its resources is one too many, which does no harm.
_WRITTEN: Final = """
WITH theirs AS MATERIALIZED (
    SELECT id::text, location_id, xmin::text AS written FROM resource WHERE member_id = %s::uuid
), visits AS MATERIALIZED (
    SELECT id::text, customer_id, xmin::text AS written FROM appointment
    WHERE location_id IN (SELECT location_id FROM theirs) AND starts_at >= %s AND starts_at < %s
        AND EXISTS (SELECT FROM theirs WHERE strpos(segments::text, theirs.id) > 0)
), seen AS (
    SELECT id, written FROM theirs
    UNION ALL SELECT id, written FROM visits
    UNION ALL SELECT id::text, xmin::text FROM customer WHERE id IN (SELECT customer_id FROM visits)
    UNION ALL SELECT id::text, xmin::text FROM location
    UNION ALL SELECT id::text, xmin::text FROM business
)
SELECT to_json(md5(string_agg(id || written, ' ' ORDER BY id COLLATE "C", written)))::text FROM seen
"""
