"""What an export holds of a tenant or of one customer: its files, their columns, and their rows as they stand."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from shared.model.base import value
from shared.model.registry import ENTITIES, Kind
from syncserver.store.looked import IDS_IN
from syncserver.store.statements import array_text
from syncserver.store.tenancy import Tenant, tenant_part
from syncserver.store.traces import Traces

Rows = Generator[Sequence[Any], None, None]
_ROWS_AT_ONCE: Final = 500


@value
class Column:
    """One column of a file: its name, and what it holds."""

    name: str
    kind: Kind


@value
class File:
    """One file of an export. `source` is a table of the tenant, or with `is_control` one of the server's own."""

    name: str
    source: str
    columns: tuple[Column, ...]
    order: str
    is_control: bool = False


def _columns(**kinds: Kind) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind) for name, kind in kinds.items())


_ID, _TEXT, _INT, _BOOL, _AT, _JSON = Kind.ID, Kind.TEXT, Kind.INT, Kind.BOOL, Kind.INSTANT, Kind.JSON
BOOK: Final = tuple(
    File(name=table, source=table, order="id", columns=_columns(**{one.name: one.kind for one in kind.columns}))
    for table, kind in ENTITIES.items()
)
"""The book: a file for each entity."""
HISTORY: Final = File(
    name="history",
    source="mutation_log",
    columns=_columns(
        version=_INT, ordinal=_INT, id=_ID, name=_TEXT, v=_INT, args=_JSON, user_id=_ID, role=_TEXT, as_whom=_ID,
        at=_AT, outcome=_TEXT, details=_JSON, recorded_at=_AT,
    ),
    order="version, ordinal",
)  # fmt: skip
"""Every edit, with who made it, and what came of it."""
EVENTS: Final = File(
    name="events",
    source="audit_event",
    columns=_columns(
        number=_INT, id=_ID, at=_AT, kind=_TEXT, outcome=_TEXT, tenant_id=_ID, actor_id=_ID, actor_email=_TEXT,
        as_whom_id=_ID, as_whom_email=_TEXT, subject=_TEXT, reason=_TEXT, ip=_TEXT, session=_TEXT, details=_JSON,
        previous=_TEXT, hash=_TEXT,
    ),
    order="number",
)  # fmt: skip
"""The audit trail of the business."""
_USERS: Final = File(
    name="users",
    source="users",
    columns=_columns(id=_ID, email=_TEXT, name=_TEXT, role=_TEXT, is_active=_BOOL, is_temporary=_BOOL, created_at=_AT),
    order="id",
    is_control=True,
)
_DEVICES: Final = File(
    name="devices",
    source="devices",
    columns=_columns(id=_ID, name=_TEXT, created_at=_AT, last_seen_at=_AT, revoked_at=_AT, handed_in_at=_AT),
    order="id",
    is_control=True,
)
_INVITES: Final = File(
    name="invites",
    source="invites",
    columns=_columns(
        id=_ID, email=_TEXT, role=_TEXT, invited_by=_ID, created_at=_AT, expires_at=_AT, used_at=_AT, revoked_at=_AT
    ),
    order="id",
    is_control=True,
)
_FEEDS: Final = File(
    name="calendar_feeds",
    source="calendar_feeds",
    columns=_columns(id=_ID, user_id=_ID, made_by=_ID, created_at=_AT, revoked_at=_AT),
    order="id",
    is_control=True,
)
OF_A_TENANT: Final = (*BOOK, HISTORY, EVENTS, _USERS, _DEVICES, _INVITES, _FEEDS)
"""All that is kept of a business, but for secrets and for what syncing keeps for itself."""
_OF_A_PERSON: Final[Mapping[str, str]] = {
    "customer": "id = ANY(%(customers)s::uuid[])",
    "appointment": "id = ANY(%(appointments)s::uuid[])",
    "allocation": "appointment_id = ANY(%(appointments)s::uuid[])",
    "kept_apart": "id = ANY(%(apart)s::uuid[])",
    "series": "id = ANY(%(series)s::uuid[])",
    "waitlist_entry": "id = ANY(%(waitlist)s::uuid[])",
    "payment": "id = ANY(%(payments)s::uuid[])",
    "note": "id = ANY(%(notes)s::uuid[])",
    "attention_item": "id = ANY(%(items)s::uuid[])",
    "history": f"{IDS_IN.format('args::text')} && %(named)s::uuid[]",
}
OF_A_CUSTOMER: Final = tuple(one for one in OF_A_TENANT if one.name in _OF_A_PERSON)
"""All that is kept about one person."""


def rows_of(
    connection: Connection, tenant: Tenant, file: File, traces: Traces | None = None
) -> Rows:  # fmt: skip
    """The rows of a file as JSON values, a few at a time; with `traces` those about one person.

    In a control transaction that reads one snapshot.
    """
    given: dict[str, str] = {}
    which = "true"
    if traces is not None:
        which = _OF_A_PERSON[file.name]
        given = {
            "customers": array_text(traces.customers), "appointments": array_text(traces.appointments),
            "notes": array_text(traces.notes), "items": array_text(traces.items),
            "series": array_text(traces.series), "waitlist": array_text(traces.waitlist),
            "payments": array_text(traces.payments), "apart": array_text(traces.apart), "named": array_text(traces.all),
        }  # fmt: skip
    if file.is_control:
        yield from _asked(connection, file, "tenant_id = %(tenant)s::uuid", {"tenant": tenant.id})
    else:
        with tenant_part(connection, tenant):
            yield from _asked(connection, file, which, given)


def _asked(connection: Connection, file: File, which: str, given: Mapping[str, str]) -> Rows:
    values = ", ".join(_wire(column) for column in file.columns)
    asked = f"SELECT json_build_array({values})::text FROM {file.source} WHERE {which} ORDER BY {file.order}"
    # Of this statement alone: a connection's own options would be those of all that follow.
    options = {"yield_per": _ROWS_AT_ONCE}
    with connection.exec_driver_sql(asked, dict(given), execution_options=options) as found:
        for (text,) in found:
            yield orjson.loads(text)


def _wire(column: Column) -> str:
    name = f'"{column.name}"'
    return f"""to_char({name}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')""" if column.kind is Kind.INSTANT else name
