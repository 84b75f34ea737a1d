"""Statements that travel together: their answers, their errors, and what stays of them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from syncserver.store.pipeline import Rows, Transaction, abandon, ask, ask_last, finish, send
from tests.support.postgres import single
from tests.support.waiting import until

_BEGIN = "BEGIN"
_MANY = "SELECT n::bigint, repeat('x', 1000) FROM generate_series(1, %s) n"
_HOLD = "SELECT pg_advisory_xact_lock(%s::bigint), %s::text"
_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"


def test_reads_values_as_the_server_writes_them(any_engine: Engine) -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    asked = "SELECT %s::bigint, %s::text, %s::uuid, %s::json, %s::text IS NULL, %s = '2026-05-04T09:00Z', '%%'::text"
    given = (2**53, "ä'\"\\", "6b1d9f0e-59c2-5f0a-9d3e-2f6a4c1b7e55", '{"a": 1}', None, at)
    with any_engine.connect() as connection, Transaction(connection, _BEGIN):
        (row,) = ask(connection, asked, given)
    assert row == (*given[:4], True, True, "%")


def test_an_answer_may_be_read_after_those_that_were_asked_later(any_engine: Engine) -> None:
    with any_engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        first = transaction.send("SELECT %s::text", ("first",))
        assert ask(connection, "SELECT %s::text", ("second",)) == [("second",)]
        assert first.rows() == [("first",)]


def test_much_goes_both_ways_at_once(any_engine: Engine) -> None:
    much = "x" * 8_000_000
    with any_engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        answers = [transaction.send("SELECT %s::text", (much,)) for _ in range(4)]
        assert len(ask(connection, _MANY, (5000,))) == 5000
        assert all(one.rows() == [(much,)] for one in answers)


@pytest.mark.parametrize("size", [9_000, 20_000, 150_000])
def test_the_database_begins_with_what_is_much_before_anybody_waits_for_it(any_engine: Engine, size: int) -> None:
    number = 7_000_000 + size
    with any_engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        transaction.send(_HOLD, (number, "x" * size))
        with any_engine.connect() as other:
            until(lambda: ask(other, _HELD, (number,)) == [(1,)])


def test_the_database_begins_while_more_is_made(any_engine: Engine) -> None:
    number = 7_500_000
    with any_engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        transaction.send(_HOLD, (number, "little"))
        transaction.begin()
        with any_engine.connect() as other:
            until(lambda: ask(other, _HELD, (number,)) == [(1,)])


def _abandoned(connection: Connection, _: Engine) -> None:
    abandon(connection)


def _raised(_: Connection, __: Engine) -> None:
    raise LookupError


def _failed(connection: Connection, _: Engine) -> None:
    ask(connection, "SELECT %s::bigint / 0", (1,))


def _failed_and_caught(connection: Connection, engine: Engine) -> None:
    with suppress(psycopg.errors.DivisionByZero):
        _failed(connection, engine)


def _failed_and_caught_before_it_was_finished(connection: Connection, engine: Engine) -> None:
    _failed_and_caught(connection, engine)
    finish(connection)


def _failed_and_caught_before_it_was_abandoned(connection: Connection, engine: Engine) -> None:
    _failed_and_caught(connection, engine)
    abandon(connection)


def _failed_at_the_end(connection: Connection, _: Engine) -> None:
    send(connection, "SELECT %s::bigint / 0", (1,))
    send(connection, "INSERT INTO public.kept VALUES (%s)", (2,))


def _failed_at_the_commit(connection: Connection, _: Engine) -> None:
    send(connection, "INSERT INTO public.kept VALUES (%s)", (1,))


def _failed_once_it_was_finished(connection: Connection, engine: Engine) -> None:
    _failed_at_the_commit(connection, engine)
    finish(connection)


def _finished(connection: Connection, engine: Engine) -> None:
    finish(connection)
    with engine.connect() as other:
        until(lambda: other.exec_driver_sql("SELECT n FROM public.kept").all() == [(1,)])


def _raised_once_it_was_finished(connection: Connection, engine: Engine) -> None:
    _finished(connection, engine)
    raise LookupError


def _asked_last(connection: Connection, engine: Engine) -> None:
    assert ask_last(connection, "SELECT %s::text", ("last",)) == [("last",)]
    with engine.connect() as other:
        assert other.exec_driver_sql("SELECT n FROM public.kept").all() == [(1,)]


def _raised_after_the_last_question(connection: Connection, engine: Engine) -> None:
    _asked_last(connection, engine)
    raise LookupError


def _failed_with_the_last_question(connection: Connection, _: Engine) -> None:
    ask_last(connection, "SELECT %s::bigint / 0", (1,))


@pytest.mark.parametrize(
    ("happens", "trouble", "kept"),
    [
        (lambda *_: None, None, 1),
        (_abandoned, None, 0),
        (_raised, LookupError, 0),
        (_failed, psycopg.errors.DivisionByZero, 0),
        (_failed_and_caught, psycopg.errors.InFailedSqlTransaction, 0),
        (_failed_and_caught_before_it_was_finished, psycopg.errors.InFailedSqlTransaction, 0),
        (_failed_and_caught_before_it_was_abandoned, None, 0),
        (_failed_at_the_end, psycopg.errors.DivisionByZero, 0),
        (_failed_at_the_commit, psycopg.errors.UniqueViolation, 0),
        (_failed_once_it_was_finished, psycopg.errors.UniqueViolation, 0),
        (_finished, None, 1),
        (_raised_once_it_was_finished, LookupError, 1),
        (_asked_last, None, 1),
        (_raised_after_the_last_question, LookupError, 1),
        (_failed_with_the_last_question, psycopg.errors.DivisionByZero, 0),
    ],
)
def test_all_of_a_transaction_stays_or_nothing(
    any_engine: Engine, happens: Callable[[Connection, Engine], None], trouble: type[Exception] | None, kept: int
) -> None:
    with single(any_engine) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS public.kept (n bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)"
            )
            connection.exec_driver_sql("TRUNCATE public.kept")
        raised: type[Exception] | None = None
        try:
            with engine.connect() as connection, Transaction(connection, _BEGIN):
                send(connection, "INSERT INTO public.kept VALUES (%s)", (1,))
                happens(connection, any_engine)
        except (LookupError, psycopg.Error) as error:
            raised = type(error)
        assert raised is trouble
        # The same connection goes on as if nothing had been.
        with engine.connect() as connection, Transaction(connection, _BEGIN):
            assert ask(connection, "SELECT count(*) FROM public.kept WHERE n > %s", (0,)) == [(kept,)]


@pytest.mark.parametrize("end", [finish, lambda one: ask_last(one, "SELECT %s::bigint", (1,))])
def test_nothing_follows_the_end_of_a_transaction(any_engine: Engine, end: Callable[[Connection], object]) -> None:
    with single(any_engine) as engine:
        with engine.connect() as connection, Transaction(connection, _BEGIN):
            end(connection)
            with pytest.raises(RuntimeError, match="nothing follows its end"):
                ask(connection, "SELECT %s::bigint", (2,))
        with engine.connect() as connection, Transaction(connection, _BEGIN):
            assert ask(connection, "SELECT %s::bigint", (3,)) == [(3,)]


def test_the_first_of_two_errors_is_told(any_engine: Engine) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        _fail_twice(any_engine)


def _fail_twice(engine: Engine) -> None:
    with engine.connect() as connection, Transaction(connection, _BEGIN) as transaction:
        transaction.send("SELECT %s::bigint / 0", (1,))
        transaction.send("SELECT nothing FROM nowhere WHERE n = %s", (1,))


def test_a_plan_that_could_not_be_made_is_made_the_next_time(any_engine: Engine) -> None:
    with single(any_engine) as engine:
        with pytest.raises(psycopg.errors.UndefinedTable):
            _look_for_late(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE public.late AS SELECT 1::bigint AS n")
        assert _look_for_late(engine) == [(1,)]
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE public.late")


def _look_for_late(engine: Engine) -> Rows:
    with engine.connect() as connection, Transaction(connection, _BEGIN):
        return ask(connection, "SELECT n FROM public.late WHERE n = %s", (1,))


def test_plans_outlive_a_rollback_and_a_change_of_tables_by_the_driver(any_engine: Engine) -> None:
    with single(any_engine) as engine:
        for _ in range(2):
            with engine.connect() as connection, Transaction(connection, _BEGIN):
                assert ask(connection, "SELECT %s::bigint + 1", (1,)) == [(2,)]
            with engine.connect() as connection:
                connection.exec_driver_sql("CREATE TABLE public.passing (n bigint)")
                connection.exec_driver_sql("DROP TABLE public.passing")
                connection.rollback()


def test_no_more_than_a_hundred_plans_are_kept_and_none_behind_a_pooler(any_engine: Engine) -> None:
    with single(any_engine) as engine, engine.connect() as connection:
        with Transaction(connection, _BEGIN):
            for number in [*range(150), 0]:
                assert ask(connection, f"SELECT {number}::bigint + %s", (1,)) == [(number + 1,)]
        kept = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one()
    assert kept == (0 if "port" in any_engine.url.query else 100)


def _asks_on(connection: Connection) -> None:
    ask(connection, "SELECT %s::bigint", (1,))


def _asks_the_last(connection: Connection) -> None:
    ask_last(connection, "SELECT %s::bigint", (1,))


def _asks_on_and_catches(connection: Connection) -> None:
    with suppress(psycopg.OperationalError):
        _asks_on(connection)


def _goes_away(_: Connection) -> None:
    raise LookupError


@pytest.mark.parametrize(
    "goes_on", [_asks_on, _asks_on_and_catches, _asks_the_last, finish, abandon, _goes_away, lambda _: None]
)
def test_a_connection_that_ends_within_a_transaction_is_said_to_have(
    any_engine: Engine, goes_on: Callable[[Connection], None]
) -> None:
    with single(any_engine) as engine:
        with pytest.raises(psycopg.OperationalError):
            _end_within(engine, any_engine, goes_on)
        with engine.connect() as connection, Transaction(connection, _BEGIN):
            assert ask(connection, "SELECT %s::bigint", (1,)) == [(1,)]


def _end_within(engine: Engine, others: Engine, goes_on: Callable[[Connection], None]) -> None:
    with engine.connect() as connection, Transaction(connection, _BEGIN):
        ((backend,),) = ask(connection, "SELECT pg_backend_pid()::bigint + %s", (0,))
        with others.connect() as other:
            ask(other, "SELECT pg_terminate_backend(%s::int)", (backend,))
            until(lambda: ask(other, "SELECT count(*) FROM pg_stat_activity WHERE pid = %s", (backend,)) == [(0,)])
        goes_on(connection)
