"""Where a customer shows in a tenant's tables: by the ids of the rows that are about them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, text

from shared.model.base import SeriesId, value
from shared.mutations.appointment import series_occurrence_id
from shared.rules.rezoning import FARTHEST
from syncserver.store.looked import IDS_IN, LOG, NOWHERE_YET, SAID, Looked, newest_version
from syncserver.store.statements import array_text

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
    rf"""
    SELECT DISTINCT visit[1] FROM {LOG}
    CROSS JOIN LATERAL regexp_matches(args::text, '"customer_id"\s*:\s*"([0-9a-f-]{{36}})"', 'g') AS whose
    CROSS JOIN LATERAL regexp_matches(
        args::text, '"appointment_id"\s*:\s*"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})"', 'g'
    ) AS visit
    WHERE whose[1] = ANY(CAST(:ids AS text[]))
        AND NOT EXISTS (SELECT FROM appointment WHERE id = visit[1]::uuid)
    ORDER BY 1
    """
)
_TRIED: Final = text(
    f"""
    SELECT DISTINCT args ->> 'series_id' FROM {LOG}
    WHERE name = 'series.book' AND args ->> 'customer_id' = ANY(CAST(:ids AS text[]))
    """
)
_RULES: Final = text(
    f"""
    SELECT DISTINCT coalesce(args ->> 'new_id', args ->> 'series_id') AS series, args ->> 'first' AS first
    FROM {LOG}
    WHERE name IN ('series.book', 'series.change') AND args ->> 'series_id' = ANY(CAST(:series AS text[]))
    UNION SELECT id::text, start FROM series WHERE id = ANY(CAST(:series AS uuid[]))
    """
)
NOWHERE: Final = text(
    r"""
    SELECT DISTINCT visit[2] FROM mutation_log
    CROSS JOIN LATERAL regexp_matches(
        args::text, '"(appointment_id|subject_id)"\s*:\s*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', 'g'
    ) AS visit
    WHERE version > :after AND version <= :upto AND args IS NOT NULL
        AND NOT EXISTS (SELECT FROM appointment WHERE id = visit[2]::uuid)
    """
)
"""Whatever visits some edits are about that were never made."""
_ABSENT: Final = {
    table: text(
        f"""
        SELECT given.id::text FROM unnest(CAST(:ids AS uuid[])) AS given (id)
        WHERE NOT EXISTS (SELECT FROM {table} WHERE {table}.id = given.id)
        """
    )
    for table in ("appointment", "series")
}
"""Which ids of such rows there are no rows of. Of any other, who has the row says whose it is."""
_DAYS: Final = 2 * FARTHEST.days
"""How long after a series begins its last date can be: it is booked ahead, and goes on."""
# A note that was entered about the person and attached to another row is theirs, too.
_NOTES: Final = text(
    f"""
    SELECT id::text FROM note
    WHERE subject_id = ANY(CAST(:ids AS text[])) OR id IN (
        SELECT (args::json ->> 'note_id')::uuid FROM {LOG}
        WHERE name = 'note.add' AND {IDS_IN.format("args::text")} && CAST(:ids AS uuid[])
    )
    ORDER BY id
    """
)
_ITEMS: Final = text(
    f"""
    SELECT id::text FROM attention_item
    WHERE (CAST(:all AS boolean) OR id = ANY(CAST(:items AS uuid[])) OR id IN (
        SELECT pk FROM sync_row WHERE table_name = 'attention_item' AND version > :upto
    )) AND (subject_id = ANY(CAST(:ids AS text[]))
        OR {IDS_IN.format("args::text || gathered::text || also_about::text")} && CAST(:ids AS uuid[]))
    ORDER BY id
    """
)
# What was decided of an edit about the person names its item alone, and that may have gone with somebody else.
_LOST: Final = text(
    f"""
    SELECT DISTINCT details ->> 'item' FROM {LOG}
    WHERE details ->> 'item' IS NOT NULL AND {IDS_IN.format(SAID)} && CAST(:ids AS uuid[])
        AND NOT EXISTS (SELECT FROM attention_item WHERE id = (details ->> 'item')::uuid)
    ORDER BY 1
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
    `wished` are the visits that somebody tried to book for them and that were never made, `tried` the series: there is
    no row of them. `lost` are items that went with somebody else who was erased. `customers` always has the id that was
    asked for, whether there is such a row or not. `rules` are their series and first days, by which the ids of dates
    are made.
    """

    customers: tuple[str, ...]
    appointments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    waitlist: tuple[str, ...] = ()
    payments: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    wished: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every id of them: an edit about the person names one in its arguments."""
        return (
            *self.customers, *self.appointments, *self.notes, *self.items, *self.series, *self.waitlist,
            *self.payments, *self.apart, *self.wished, *self.tried, *self.lost,
        )  # fmt: skip


def traces_of(connection: Connection, customer: str, looked: Looked = NOWHERE_YET) -> Traces:
    """Every row about a customer; in a tenant's transaction. What was `looked` at before is not looked at again."""
    customers = _asked(connection, _CUSTOMERS, {"customer": customer})
    owner = {"ids": array_text(customers)}
    appointments = _asked(connection, _VISITS, owner)
    series, waitlist = (_asked(connection, _OWNED[table], owner) for table in ("series", "waitlist_entry"))
    tried, rules = _rules(connection, customers, series, looked)
    wished = _never_made(connection, customers, rules, looked)
    notes = _asked(connection, _NOTES, {"ids": array_text((*customers, *appointments, *wished)), **looked.given})
    apart = _asked(connection, _APART, owner)
    payments = _asked(connection, _PAYMENTS, owner | {"visits": array_text(appointments)})
    about = (*customers, *appointments, *notes, *series, *waitlist, *payments, *wished, *tried)
    found = {"ids": array_text(about), "all": looked.items is None, "items": array_text(looked.items or ())}
    items = _asked(connection, _ITEMS, {**found, "upto": looked.version})
    lost = _asked(connection, _LOST, {"ids": array_text(about), **looked.given})
    return Traces(
        customers=customers, appointments=appointments, notes=notes, items=items, series=series, waitlist=waitlist,
        payments=payments, apart=apart, wished=wished, tried=tried, lost=lost, rules=rules,
    )  # fmt: skip


def _rules(
    connection: Connection, customers: Sequence[str], series: Sequence[str], looked: Looked
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The series that somebody tried to book or to change for them, and from which days any of theirs went."""
    known, rules = {*series}, set[tuple[str, str]]()
    more = {
        *series,
        *_absent(connection, "series", _asked(connection, _TRIED, {"ids": array_text(customers), **looked.given})),
    }
    while more:
        found = connection.execute(_RULES, {"series": array_text(sorted(more)), **looked.given}).all()
        known |= more
        own = known.union(_absent(connection, "series", {one for one, _ in found} - known))
        rules |= {(one, first) for one, first in found if one in own}
        more = own - known
    return tuple(sorted(known.difference(series))), tuple(sorted(rules))


def _never_made(
    connection: Connection, customers: Sequence[str], rules: Sequence[tuple[str, str]], looked: Looked
) -> tuple[str, ...]:
    """The visits that were wished for them, or that are dates of their series, and about which anything was said."""
    booked = _asked(connection, _WISHED, {"ids": array_text(customers), **looked.given})
    since = {"after": looked.version, "upto": newest_version(connection)}
    said = {*_asked(connection, NOWHERE, since)} if rules else set[str]()
    dates = {one for rule in rules for one in ids_of_days(*rule) if one in said} if said else set[str]()
    return tuple(sorted({*booked, *dates, *_absent(connection, "appointment", looked.dates)}))


def ids_of_days(series: str, first: str) -> Iterator[str]:
    """The ids that a date on any day would have, by whatever rule."""
    try:
        start = datetime.fromisoformat(first)
        for day in range(_DAYS):
            local = start + timedelta(days=day)
            yield from (series_occurrence_id(SeriesId(series), f"{local.isoformat()}/{fold}") for fold in (0, 1))
    except (ValueError, OverflowError):
        # What was sent for a start is none, or is at an end of the calendar.
        return


_OF_NOTES: Final = text(
    "SELECT id::text FROM attention_item WHERE name = 'note.add' AND subject_id = ANY(CAST(:ids AS text[])) ORDER BY id"
)


def traces_in_notes(
    connection: Connection, customer: str, looked: Looked = NOWHERE_YET, *, visits: Sequence[str]
) -> Traces:
    """What notes of some visits say of a customer, and nothing else; in a tenant's transaction."""
    about = {"ids": array_text(visits)}
    notes, items = _asked(connection, _NOTES, {**about, **looked.given}), _asked(connection, _OF_NOTES, about)
    return Traces(customers=(customer,), notes=notes, items=items, wished=tuple(visits))


def is_anybody(connection: Connection, traces: Traces) -> bool:
    """Whether there are any such rows, but for what an erasure leaves."""
    others = traces.all[len(traces.customers) :]
    return bool(others) or bool(connection.execute(_RECORDS, {"ids": array_text(traces.customers)}).scalar_one())


def _absent(connection: Connection, table: str, ids: Collection[str]) -> tuple[str, ...]:
    return _asked(connection, _ABSENT[table], {"ids": array_text(ids)}) if ids else ()


def _asked(connection: Connection, question: object, given: Mapping[str, Any]) -> tuple[str, ...]:
    found: Iterable[str] = connection.execute(question, given).scalars()  # type: ignore[call-overload]
    return tuple(found)
