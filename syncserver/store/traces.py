"""Where a customer shows in a tenant's tables: by the ids of the rows that are about them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from shared.model.base import SeriesId, value
from shared.mutations.appointment import series_occurrence_id
from shared.rules.rezoning import FARTHEST
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
        UNION SELECT other.id FROM same
        JOIN customer AS known ON known.id = same.id OR known.merged_into = same.id
        CROSS JOIN LATERAL (VALUES (known.id), (known.merged_into)) AS other (id)
        WHERE other.id IS NOT NULL
    )
    SELECT id::text FROM same ORDER BY id
    """
)
_VISITS: Final = text("SELECT id::text FROM appointment WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY id")
# What was said later of a visit that was refused names that visit alone.
_WISHED: Final = text(
    r"""
    SELECT DISTINCT visit[1] FROM mutation_log
    CROSS JOIN LATERAL regexp_matches(args::text, '"customer_id"\s*:\s*"([0-9a-f-]{36})"', 'g') AS whose
    CROSS JOIN LATERAL regexp_matches(
        args::text, '"appointment_id"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', 'g'
    ) AS visit
    WHERE args IS NOT NULL AND whose[1] = ANY(CAST(:ids AS text[]))
        AND NOT EXISTS (SELECT FROM appointment WHERE id = visit[1]::uuid)
    ORDER BY 1
    """
)
_TRIED: Final = text(
    """
    SELECT DISTINCT args ->> 'series_id' FROM mutation_log
    WHERE name = 'series.book' AND args ->> 'customer_id' = ANY(CAST(:ids AS text[]))
    """
)
_RULES: Final = text(
    """
    SELECT DISTINCT coalesce(args ->> 'new_id', args ->> 'series_id') AS series, args ->> 'first' AS first
    FROM mutation_log
    WHERE name IN ('series.book', 'series.change') AND args ->> 'series_id' = ANY(CAST(:series AS text[]))
    UNION SELECT id::text, start FROM series WHERE id = ANY(CAST(:series AS uuid[]))
    """
)
_NOWHERE: Final = text(
    r"""
    SELECT DISTINCT visit[2] FROM mutation_log
    CROSS JOIN LATERAL regexp_matches(
        args::text, '"(appointment_id|subject_id)"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', 'g'
    ) AS visit
    WHERE args IS NOT NULL AND NOT EXISTS (SELECT FROM appointment WHERE id = visit[2]::uuid)
    """
)
"""Whatever visits edits are about that were never made."""
_DAYS: Final = 2 * FARTHEST.days
"""How long after a series begins its last date can be: it is booked ahead, and goes on."""
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
_OWNED: Final = {
    table: text(f"SELECT id::text FROM {table} WHERE customer_id = ANY(CAST(:ids AS uuid[])) ORDER BY id")
    for table in ("series", "waitlist_entry")
}
_APART: Final = text(
    """
    SELECT id::text FROM kept_apart
    WHERE one_id = ANY(CAST(:ids AS uuid[])) OR other_id = ANY(CAST(:ids AS uuid[]))
    ORDER BY id
    """
)
# What was paid for a visit is theirs, whoever has paid it.
_PAYMENTS: Final = text(
    """
    SELECT id::text FROM payment
    WHERE customer_id = ANY(CAST(:ids AS uuid[])) OR appointment_id = ANY(CAST(:visits AS uuid[]))
    ORDER BY id
    """
)
_RECORDS: Final = text("SELECT EXISTS (SELECT FROM customer WHERE id = ANY(CAST(:ids AS uuid[])))")


@value
class Traces:
    """The rows about one person, by what they are.

    `customers` are all records that were merged; `apart` says from whom they are kept apart.
    `wished` are the visits that somebody tried to book for them and that were never made: there is no row of them.
    `customers` always has the id that was asked for, whether there is such a row or not.
    """

    customers: tuple[str, ...]
    appointments: tuple[str, ...]
    notes: tuple[str, ...]
    items: tuple[str, ...]
    series: tuple[str, ...]
    waitlist: tuple[str, ...]
    payments: tuple[str, ...]
    apart: tuple[str, ...]
    wished: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every id of them: an edit about the person names one in its arguments."""
        return (
            *self.customers, *self.appointments, *self.notes, *self.items, *self.series, *self.waitlist,
            *self.payments, *self.apart, *self.wished,
        )  # fmt: skip


def traces_of(connection: Connection, customer: str) -> Traces:
    """Every row about a customer; in a tenant's transaction."""
    customers = _asked(connection, _CUSTOMERS, {"customer": customer})
    appointments = _asked(connection, _VISITS, {"ids": array_text(customers)})
    booked = _asked(connection, _WISHED, {"ids": array_text(customers)})
    wished = tuple(sorted({*booked, *_dates(connection, customers)}))
    notes = _asked(connection, _NOTES, {"ids": array_text((*customers, *appointments, *wished))})
    owner = {"ids": array_text(customers)}
    series = _asked(connection, _OWNED["series"], owner)
    waitlist = _asked(connection, _OWNED["waitlist_entry"], owner)
    apart = _asked(connection, _APART, owner)
    payments = _asked(connection, _PAYMENTS, owner | {"visits": array_text(appointments)})
    about = (*customers, *appointments, *notes, *series, *waitlist, *payments, *wished)
    items = _asked(connection, _ITEMS, {"ids": array_text(about)})
    return Traces(
        customers=customers, appointments=appointments, notes=notes, items=items, series=series, waitlist=waitlist,
        payments=payments, apart=apart, wished=wished,
    )  # fmt: skip


def _dates(connection: Connection, customers: Sequence[str]) -> Collection[str]:
    """The dates of their series about which anything was said and that were never made: their ids follow from it."""
    owner = {"ids": array_text(customers)}
    series = {*_asked(connection, _OWNED["series"], owner), *_asked(connection, _TRIED, owner)}
    rules = connection.execute(_RULES, {"series": array_text(sorted(series))}).all() if series else ()
    if not rules:
        return ()
    nowhere = {*_asked(connection, _NOWHERE, {})}
    return nowhere and nowhere.intersection(one for rule in rules for one in _ids_by(*rule))


def _ids_by(series: SeriesId, first: str) -> Iterator[str]:
    """The ids that a date on any day would have, by whatever rule."""
    try:
        start = datetime.fromisoformat(first)
        for day in range(_DAYS):
            local = start + timedelta(days=day)
            yield from (series_occurrence_id(series, f"{local.isoformat()}/{fold}") for fold in (0, 1))
    except (ValueError, OverflowError):
        # What was sent for a start is none, or is at an end of the calendar.
        return


_UNTIED: Final = text(
    """
    SELECT DISTINCT args ->> 'subject_id' FROM mutation_log
    WHERE name = 'note.add' AND args ->> 'about' = 'appointment' AND args ->> 'text' NOT LIKE :scrubbed
        AND NOT EXISTS (SELECT FROM appointment WHERE id::text = args ->> 'subject_id')
    """
)
_ERASED: Final = text("SELECT customer_id::text FROM erasure")
_WISHED_BY: Final = text(
    r"""
    SELECT DISTINCT whose[1] AS customer, visit[1] AS visit FROM mutation_log
    CROSS JOIN LATERAL regexp_matches(args::text, '"customer_id"\s*:\s*"([0-9a-f-]{36})"', 'g') AS whose
    CROSS JOIN LATERAL regexp_matches(args::text, '"appointment_id"\s*:\s*"([0-9a-f-]{36})"', 'g') AS visit
    WHERE args IS NOT NULL AND whose[1] = ANY(CAST(:ids AS text[])) AND visit[1] = ANY(CAST(:visits AS text[]))
    ORDER BY 1, 2
    """
)
_OF_NOTES: Final = text(
    "SELECT id::text FROM attention_item WHERE name = 'note.add' AND subject_id = ANY(CAST(:ids AS text[])) ORDER BY id"
)


def said_later(connection: Connection, scrubbed: str) -> Mapping[str, Sequence[str]]:
    """Who was erased, and of which visits that were never made a note still has its words: it came later.

    Or the booking did, by which it is known whose it is. `scrubbed` is how words begin that were taken out. In a
    tenant's transaction.
    """
    erased = _asked(connection, _ERASED, {})
    visits = _asked(connection, _UNTIED, {"scrubbed": f"{scrubbed}%"}) if erased else ()
    found: dict[str, list[str]] = {}
    if visits:
        given = {"ids": array_text(erased), "visits": array_text(visits)}
        for customer, visit in connection.execute(_WISHED_BY, given):
            found.setdefault(customer, []).append(visit)
    return found


def traces_in_notes(connection: Connection, customer: str, visits: Sequence[str]) -> Traces:
    """What notes of some visits say of a customer, and nothing else; in a tenant's transaction."""
    about = {"ids": array_text(visits)}
    notes, items = (_asked(connection, one, about) for one in (_NOTES, _OF_NOTES))
    return Traces(
        customers=(customer,), appointments=(), notes=notes, items=items, series=(), waitlist=(), payments=(), apart=(),
        wished=tuple(visits),
    )  # fmt: skip


def is_anybody(connection: Connection, traces: Traces) -> bool:
    """Whether there are any such rows, but for what an erasure leaves."""
    others = traces.all[len(traces.customers) :]
    return bool(others) or bool(connection.execute(_RECORDS, {"ids": array_text(traces.customers)}).scalar_one())


def _asked(connection: Connection, question: object, given: dict[str, str]) -> tuple[str, ...]:
    found: Iterable[str] = connection.execute(question, given).scalars()  # type: ignore[call-overload]
    return tuple(found)
