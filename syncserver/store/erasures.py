"""Taking a person out of what the server keeps beside the book, and a business out of the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy.exc
import structlog
from sqlalchemy import Connection, text

from shared.model.registry import canonical
from shared.rules.erasure import Word, without_words
from syncserver.store.looked import IDS_IN, LOG, NOWHERE_YET, SAID, Looked
from syncserver.store.pushes import WAYS
from syncserver.store.statements import array_text
from syncserver.store.tenancy import Tenant, TenantId, drop_schema, schema_part
from syncserver.store.traces import Traces

log = structlog.get_logger()

_PART: Final = 1000
_NOTE: Final = text(
    """
    INSERT INTO erasure (customer_id, at, made_in)
    SELECT id, :now, pg_current_xact_id() FROM unnest(CAST(:ids AS uuid[])) AS id
    ON CONFLICT (customer_id) DO UPDATE SET made_in = excluded.made_in
    """
)
_KNOWN: Final = text("SELECT EXISTS (SELECT FROM erasure WHERE customer_id = :customer)")
_NAMED: Final = text(
    f"""
    SELECT version, ordinal, id::text, args::text, details::text FROM {LOG}
    WHERE (version, ordinal) > (:version, :ordinal) AND name <> 'customer.erase'
        AND {IDS_IN.format(SAID)} && CAST(:ids AS uuid[])
    ORDER BY version, ordinal LIMIT {_PART}
    """
)
_REPLACE: Final = text(
    """
    UPDATE mutation_log SET args = said.args, args_hash = '', details = said.details
    FROM json_to_recordset(CAST(:said AS json)) AS said (id uuid, args json, details json)
    WHERE mutation_log.id = said.id
    """
)
_REPLACE_OUTCOMES: Final = text(
    """
    UPDATE outcome SET args_hash = '', details = said.details
    FROM json_to_recordset(CAST(:said AS json)) AS said (id uuid, args json, details json) WHERE outcome.id = said.id
    """
)
_DROP_OFFERS: Final = text(f"DELETE FROM offered WHERE {IDS_IN.format('args::text')} && CAST(:ids AS uuid[])")


def take_time(connection: Connection) -> None:
    """Let the statements of this transaction look through a whole history."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = '60s'")


def is_erased(connection: Connection, customer: str) -> bool:
    """Whether a customer was erased before; in a tenant's transaction."""
    return bool(connection.execute(_KNOWN, {"customer": customer}).scalar_one())


def erase_words(
    connection: Connection,
    tenant: Tenant,
    traces: Traces,
    word: Word,
    now: datetime,
    looked: Looked = NOWHERE_YET,
) -> int:
    """Replace each word of every edit about a person by what `word` makes of it, wherever it is kept; how many edits.

    In a control transaction in which the tenant's clock was taken. What was `looked` at is not looked at again.
    """
    named = array_text(traces.all)
    count, place = 0, (0, -1)
    with schema_part(connection, tenant):
        connection.execute(_NOTE, {"ids": array_text(traces.customers), "now": now})
        connection.execute(_DROP_OFFERS, {"ids": named})
        while rows := _next(connection, place, {"ids": named, **looked.given}):
            said = [
                {
                    "id": row.id,
                    "args": None if row.args is None else without_words(orjson.loads(row.args), word),
                    "details": without_words(_without_ways(row.details), word, people=traces.customers),
                }
                for row in rows
            ]
            connection.execute(_REPLACE, {"said": canonical(said)})
            connection.execute(_REPLACE_OUTCOMES, {"said": canonical(said)})
            place, count = (rows[-1].version, rows[-1].ordinal), count + len(rows)
    return count


def _without_ways(details: str) -> dict[str, Any]:
    """Details without what tells, by trying, which words were to be put back."""
    return {name: told for name, told in orjson.loads(details).items() if name != WAYS}


def _next(connection: Connection, place: tuple[int, int], given: Mapping[str, Any]) -> Sequence[Any]:
    version, ordinal = place
    return connection.execute(_NAMED, {"version": version, "ordinal": ordinal, **given}).all()


_USERS: Final = "(SELECT id FROM users WHERE tenant_id = :tenant)"
_OF_A_TENANT: Final = tuple(
    text(statement)
    for statement in (
        f"DELETE FROM refusal_counts WHERE tenant_id = :tenant OR actor_id IN {_USERS}",
        f"DELETE FROM second_factors WHERE user_id IN {_USERS}",
        f"DELETE FROM reset_links WHERE user_id IN {_USERS}",
        f"DELETE FROM admin_sessions WHERE user_id IN {_USERS}",
        "DELETE FROM calendar_feeds WHERE tenant_id = :tenant",
        "DELETE FROM reset_wishes WHERE tenant = (SELECT slug FROM tenants WHERE id = :tenant)",
        "DELETE FROM mails WHERE recipient IN (SELECT email FROM users WHERE tenant_id = :tenant"
        " UNION SELECT email FROM invites WHERE tenant_id = :tenant)",
        "DELETE FROM invites WHERE tenant_id = :tenant",
        "DELETE FROM spent_tokens WHERE session_id IN (SELECT id FROM sessions WHERE tenant_id = :tenant)",
        "DELETE FROM sessions WHERE tenant_id = :tenant",
        "DELETE FROM devices WHERE tenant_id = :tenant",
        "DELETE FROM users WHERE tenant_id = :tenant",
        "DELETE FROM tenant_clock WHERE tenant_id = :tenant",
        "DELETE FROM tenants WHERE id = :tenant",
    )
)


def drop_tenant(connection: Connection, tenant: Tenant) -> None:
    """Take a tenant out of the database: its schema, its role and all that the server knows of it.

    In a control transaction. Whoever is at work there ends first.
    """
    drop_schema(connection, tenant)
    for statement in _OF_A_TENANT:
        connection.execute(statement, {"tenant": TenantId(tenant.id)})
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f'DROP ROLE "{tenant.role}"')
    except sqlalchemy.exc.InternalError:
        # A copy of this database in the same cluster has objects of it: the role is of no use to anybody here.
        log.warning("tenant.role_left", role=tenant.role)
