"""The requests of a business that nobody has answered, in a tenant's transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection

from shared.model.appointment import Appointment
from shared.model.registry import entity_type
from syncserver.store.rows import row_json
from syncserver.store.statements import ask_all


def open_requests(connection: Connection) -> Sequence[Appointment]:
    """Every visit that is a request still, by its start."""
    kind = entity_type(Appointment)
    asked = f"SELECT {row_json(kind.table)}::text FROM {kind.table} WHERE status = 'requested' ORDER BY starts_at, id"
    # The status is part of the text: a kept plan uses the index of requests only where it knows that it asks for them.
    ((*rows,),) = ask_all(connection, [(asked, ())])
    return [kind.decode(row) for row in rows]
