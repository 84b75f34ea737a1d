"""Where a customer shows in a tenant's tables: by the ids of the rows that are about them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, text

from shared.model.base import value
from syncserver.store.statements import array_text

IDS_IN: Final = """ARRAY(
    SELECT found[1]::uuid
    FROM regexp_matches({}, '[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}', 'g') AS found
)"""
"""An SQL expression for every id that stands in a text."""

_CUSTOMERS: Final = text(
    """
    WITH RECURSIVE same AS (
        SELECT CAST(:customer AS uuid) AS id
        UNION SELECT customer.id FROM customer JOIN same ON customer.merged_into = same.id
    )
    SELECT id::text FROM same ORDER BY id
    """
)
_VISITS: Final = text("SELECT id::text FROM appointment WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY id")
# A note that was entered about the person and attached to another row is theirs, too.
_NOTES: Final = text(
    f"""
    SELECT id::text FROM note
    WHERE subject_id = ANY(CAST(:ids AS text[])) OR id IN (
        SELECT (args::json ->> 'note_id')::uuid FROM mutation_log
        WHERE name = 'note.add' AND {IDS_IN.format("args::text")} && CAST(:ids AS uuid[])
    )
    ORDER BY id
    """
)
_ITEMS: Final = text(
    f"""
    SELECT id::text FROM attention_item
    WHERE subject_id = ANY(CAST(:ids AS text[]))
        OR {IDS_IN.format("args::text || gathered::text || also_about::text")} && CAST(:ids AS uuid[])
    ORDER BY id
    """
)
_RECORDS: Final = text("SELECT EXISTS (SELECT FROM customer WHERE id = ANY(CAST(:ids AS uuid[])))")


@value
class Traces:
    """The rows about one person: the record and what was merged into it, visits, notes, and items that need attention.

    `customers` always has the id that was asked for, whether there is such a row or not.
    """

    customers: tuple[str, ...]
    appointments: tuple[str, ...]
    notes: tuple[str, ...]
    items: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every id of them: an edit about the person names one in its arguments."""
        return (*self.customers, *self.appointments, *self.notes, *self.items)


def traces_of(connection: Connection, customer: str) -> Traces:
    """Every row about a customer; in a tenant's transaction."""
    customers = _asked(connection, _CUSTOMERS, {"customer": customer})
    appointments = _asked(connection, _VISITS, {"ids": array_text(customers)})
    notes = _asked(connection, _NOTES, {"ids": array_text((*customers, *appointments))})
    items = _asked(connection, _ITEMS, {"ids": array_text((*customers, *appointments, *notes))})
    return Traces(customers=customers, appointments=appointments, notes=notes, items=items)


def is_anybody(connection: Connection, traces: Traces) -> bool:
    """Whether there are any such rows, but for what an erasure leaves."""
    others = traces.appointments or traces.notes or traces.items
    return bool(others) or bool(connection.execute(_RECORDS, {"ids": array_text(traces.customers)}).scalar_one())


def _asked(connection: Connection, question: object, given: dict[str, str]) -> tuple[str, ...]:
    found: Iterable[str] = connection.execute(question, given).scalars()  # type: ignore[call-overload]
    return tuple(found)
