"""An erasure in a business with a long history: how long its desks wait, and what is looked for every few hours."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Final

from sqlalchemy import Connection, Engine, text

from shared.model.base import SeriesId
from shared.mutations.appointment import series_occurrence_id
from syncserver.services.data.erasing import erase_customer, erase_said_later
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.events import OPERATOR
from syncserver.store.tenancy import (
    Tenant,
    control_transaction,
    schema_part,
    take_clock,
    tenant_part,
)
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.stage import Stage
from tests.support.shop import Shop, open_shop

EDITS: Final = 300_000
PEOPLE: Final = 20_000
_RUNS: Final = 5
_PAUSE: Final = 0.005
"""Seconds between two saves of the desk that waits."""


def measure(stage: Stage) -> list[Figure]:
    """People with series are erased while a desk saves again and again; then the look for what was said later."""
    edits = 3_000 if stage.quick else EDITS
    shop = open_shop(stage.engine)
    fill(stage.engine, shop, edits)
    server = open_server(stage.engine, Settings(data=stage.new_folder(), port=0))
    takes, waits = [], []
    for number in range(2 if stage.quick else _RUNS):
        with waiting(stage.engine, shop.tenant) as longest:
            whom = person(stage.engine, number)
            takes.append(milliseconds(partial(erase_customer, server, shop.tenant, whom, by=OPERATOR)))
        waits.append(longest())
    looks = [milliseconds(partial(erase_said_later, server, shop.tenant)) for _ in range(len(takes))]
    said = f"in a history of {edits:,} edits"
    return [
        figure(f"somebody with a series is erased {said}", "ms", takes),
        figure(f"longest wait of a desk meanwhile {said}", "ms", waits, bar=200),
        figure(f"looks for what was said later {said}", "ms", looks),
    ]


@contextmanager
def waiting(engine: Engine, tenant: Tenant) -> Iterator[Callable[[], float]]:
    """A desk that saves again and again; the most milliseconds that it waited, once the block has ended."""
    over, waits = threading.Event(), [0.0]

    def save() -> None:
        while not over.wait(_PAUSE):
            begun = perf_counter()
            with control_transaction(engine) as connection:
                # The product's two seconds would hide how long it is.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
                with tenant_part(connection, tenant):
                    take_clock(connection, tenant)
            waits.append((perf_counter() - begun) * 1000)

    thread = threading.Thread(target=save)
    thread.start()
    try:
        yield lambda: max(waits)
    finally:
        over.set()
        thread.join()


def person(engine: Engine, number: int) -> str:
    """Somebody who has a series, a few refused dates, and notes of them."""
    with control_transaction(engine, read_only=True) as connection:
        return str(connection.execute(text("SELECT md5('person ' || :n)::uuid"), {"n": str(number)}).scalar_one())


def fill(engine: Engine, shop: Shop, edits: int) -> None:
    """The history, and the rows that came of it: each edit its own version, the same at every run."""
    with control_transaction(engine) as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        with tenant_part(connection, shop.tenant):
            take_clock(connection, shop.tenant)
        with schema_part(connection, shop.tenant):
            given = {
                "edits": edits, "people": min(PEOPLE, edits // 15), "location": shop.location, "cut": shop.cut,
                "ana": shop.ana, "ben": shop.ben, "user": shop.users[next(iter(shop.users))],
            }  # fmt: skip
            for statement in _FILL:
                connection.execute(text(statement), given)
            connection.execute(_SAID, [_of_a_date(connection, number) for number in range(2 * _RUNS)])
        connection.execute(
            text("UPDATE tenant_clock SET version = :edits + 10 WHERE tenant_id = :tenant"),
            {"edits": edits, "tenant": shop.tenant.id},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("mutation_log", "appointment", "customer", "attention_item", "note", "series", "sync_row"):
            connection.exec_driver_sql(f'VACUUM ANALYZE "{shop.tenant.schema}".{table}')


def _of_a_date(connection: Connection, number: int) -> dict[str, str | int]:
    """A note about a date of somebody's series that was refused."""
    asked = connection.execute(
        text(f"SELECT {said('series')}::text FROM (VALUES (:n)) AS given (n)"), {"n": str(number)}
    )
    date = series_occurrence_id(SeriesId(asked.scalar_one()), "2026-05-11T09:00:00/0")
    return {"date": date, "n": number}


def said(table: str) -> str:
    """An id that follows from a number."""
    return f"md5('{table} ' || n)::uuid"


_WHO: Final = "md5('person ' || n % :people)::uuid"
# Every hundredth visit is refused.
_ARGS: Final = f"""
CASE n % 10
    WHEN 0 THEN json_build_object('customer_id', {said("made")}, 'name', 'Name ' || n,
        'phones', json_build_array('+49 30 ' || n), 'emails', json_build_array('p' || n || '@example.org'),
        'notes', 'as told by a friend')
    WHEN 1 THEN json_build_object('customer_id', {_WHO}, 'edits', json_build_array(json_build_object(
        'field', 'notes', 'was', '', 'value', 'prefers the morning, number ' || n)))
    WHEN 2 THEN json_build_object('note_id', {said("note")}, 'about', 'appointment',
        'subject_id', md5('visit ' || (n - n % 10 + 3 + n / 10 % 2))::uuid, 'text', 'called about it')
    WHEN 8 THEN json_build_object('appointment_id', md5('visit ' || (n - 4))::uuid,
        'was', json_build_object('status', 'booked', 'start', '2026-05-04T09:00:00Z'))
    WHEN 9 THEN json_build_object('appointment_id', md5('visit ' || (n - 4))::uuid,
        'was', json_build_object('status', 'booked', 'start', '2026-05-04T09:00:00Z'),
        'start', '2026-05-05T10:00:00Z', 'resources', json_build_array(CAST(:ana AS text), CAST(:ben AS text)))
    ELSE json_build_object('appointment_id', {said("visit")}, 'customer_id', {_WHO},
        'location_id', CAST(:location AS text), 'start', '2026-05-04T09:00:00Z',
        'segments', json_build_array(json_build_object('service_id', CAST(:cut AS text),
            'resources', json_build_array(CAST(:ana AS text)))), 'notes', 'window seat', 'title', '', 'party', 1)
END
"""
_NAME: Final = """
(ARRAY['customer.create', 'customer.update', 'note.add', 'appointment.book', 'appointment.book', 'appointment.book',
'appointment.book', 'appointment.book', 'appointment.confirm', 'appointment.reschedule'])[n % 10 + 1]
"""
_LOG: Final = """
INSERT INTO mutation_log (version, ordinal, id, name, v, args, args_hash, user_id, role, at, outcome, details,
    recorded_at)
"""
_OF_EACH: Final = "'TENANT_MANAGER', now(), CASE WHEN n % 100 IN (3, 4) THEN 'rejected' ELSE 'applied' END, '{}', now()"
_SAID: Final = text(
    f"""
    {_LOG}
    SELECT 5, n, {said("late")}, 'note.add', 1, json_build_object('note_id', {said("word")}, 'about', 'appointment',
        'subject_id', CAST(:date AS text), 'text', 'called about it'), '', user_id, role, at, 'rejected', '{{}}', at
    FROM (SELECT CAST(:n AS integer) AS n, user_id, role, at FROM mutation_log LIMIT 1) AS given
    """
)
_HOUR: Final = "timestamptz '2020-01-01 08:00Z' + n * interval '10 minutes'"
_FILL: Final = (
    f"""
    {_LOG}
    SELECT n + 5, 0, {said("edit")}, {_NAME}, 1, {_ARGS}, '', CAST(:user AS uuid), {_OF_EACH}
    FROM generate_series(1, :edits) AS n
    """,
    """
    INSERT INTO customer (id, name, phones, emails, language, tags, alert, notes, blocked, archived)
    SELECT md5('person ' || n)::uuid, 'Person ' || n, '["+49 30 1"]', '[]', '', '[]', '', 'notes', false, false
    FROM generate_series(0, :people - 1) AS n
    """,
    f"""
    INSERT INTO appointment (id, customer_id, location_id, starts_at, ends_at, zone, wall_start, segments, status,
        source, notes, price, currency, steps, cancel_reason, cancelled_by, cancelled_late, override_reason,
        original_start, series_id)
    SELECT {said("visit")}, {_WHO}, CAST(:location AS uuid), {_HOUR}, {_HOUR} + interval '30 minutes', 'UTC',
        to_char({_HOUR}, 'YYYY-MM-DD"T"HH24:MI:SS'), '[]', 'booked', 'desk', 'window seat', 4500, 'EUR', '[]', '', '',
        false, '', '', NULL
    FROM generate_series(1, :edits) AS n WHERE n % 10 IN (3, 4, 5, 6, 7) AND n % 100 NOT IN (3, 4)
    """,
    f"""
    INSERT INTO note (id, about, subject_id, text, author_id, at)
    SELECT {said("note")}, 'appointment', md5('visit ' || (n - n % 10 + 3 + n / 10 % 2))::uuid::text, 'called about it',
        CAST(:user AS uuid), now()
    FROM generate_series(1, :edits) AS n WHERE n % 10 = 2
    """,
    f"""
    INSERT INTO attention_item (id, mutation_id, name, args, code, details, subject_id, author_id, made_at, state,
        gathered)
    SELECT {said("item")}, {said("edit")}, {_NAME}, {_ARGS}, 'slot_taken', '{{}}', {said("visit")}::text,
        CAST(:user AS uuid), now(), 'settled', '[]'
    FROM generate_series(1, :edits) AS n WHERE n % 100 IN (3, 4)
    """,
    # Every twentieth person comes every week, and has one date that was refused and of which something was said.
    f"""
    INSERT INTO series (id, customer_id, location_id, zone, start, rrule, exdates, segments, notes, party, archived)
    SELECT {said("series")}, {_WHO}, CAST(:location AS uuid), 'Europe/Berlin', '2026-05-04T09:00:00', 'FREQ=WEEKLY',
        '[]', '[]', 'every Monday', 1, false
    FROM generate_series(0, :people / 20) AS n
    """,
    f"""
    {_LOG}
    SELECT 4, n, {said("rule")}, 'series.book', 1, json_build_object('series_id', {said("series")},
        'customer_id', {_WHO}, 'location_id', CAST(:location AS text), 'first', '2026-05-04T09:00:00',
        'rrule', 'FREQ=WEEKLY', 'before', '2026-09-01T00:00:00Z', 'wishes', '[]'::json), '',
        CAST(:user AS uuid), {_OF_EACH}
    FROM generate_series(0, :people / 20) AS n
    """,
    """
    INSERT INTO sync_row (table_name, pk, version, op)
    SELECT 'attention_item', id, 4, 'put' FROM attention_item
    UNION ALL SELECT 'appointment', id, 4, 'put' FROM appointment
    """,
)
