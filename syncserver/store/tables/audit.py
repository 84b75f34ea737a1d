"""A chain of events and its checkpoints: the same tables in the control schema and in each tenant's."""

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid

from syncserver.store.tables.control import CONTROL
from syncserver.store.tables.tenant import TENANT, JsonText


def _chain(home: MetaData) -> tuple[Table, Table]:
    events = Table(
        "audit_event",
        home,
        Column("number", BigInteger, primary_key=True),
        Column("id", Uuid(as_uuid=False), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("kind", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("tenant_id", Uuid(as_uuid=False)),
        Column("actor_id", Uuid(as_uuid=False)),
        Column("actor_email", Text),
        Column("as_whom_id", Uuid(as_uuid=False)),
        Column("as_whom_email", Text),
        Column("subject", Text),
        Column("reason", Text),
        Column("ip", Text),
        Column("session", Text),
        Column("details", JsonText, nullable=False),
        Column("previous", Text, nullable=False),
        Column("hash", Text, nullable=False),
    )
    checkpoints = Table(
        "audit_checkpoint", home, Column("number", BigInteger, primary_key=True), Column("signed", Text, nullable=False)
    )
    return events, checkpoints


events, checkpoints = _chain(CONTROL)
_chain(TENANT)
