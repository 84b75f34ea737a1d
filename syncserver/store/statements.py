"""Many statements in one round trip."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import orjson
import psycopg
from sqlalchemy import Connection

from syncserver.store.faults import as_storage_fault

Statement = tuple[str, Sequence[Any]]
"""SQL with its parameters as psycopg takes them."""


def array_text(values: Iterable[str]) -> str:
    """The text of a PostgreSQL array (its manual, section 8.15.2), for a parameter such as `%s::uuid[]`.

    A driver's list of some hundred ids takes longer to make than the query takes.
    """
    return "{" + ",".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values) + "}"


def run_all(
    connection: Connection, statements: Sequence[Statement], *, prepared: bool = False
) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, in order; all of them travel together. Raises StorageFault for passing trouble.

    `prepared` lets the database keep the plans, for what every push runs. Not after a change of tables or a rollback to
    a savepoint in the same transaction: the driver then drops its plans, in the middle of the round trip.
    """
    if not statements:
        return []
    driver = cast("psycopg.Connection[tuple[Any, ...]]", connection.connection.driver_connection)
    with as_storage_fault():
        if len(statements) == 1:
            ((sql, parameters),) = statements
            cursor = driver.execute(sql.encode(), parameters, prepare=prepared)
            return [cursor.fetchall() if cursor.description else []]
        with driver.pipeline():
            cursors = [driver.execute(sql.encode(), parameters, prepare=prepared) for sql, parameters in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def ask_all(connection: Connection, questions: Sequence[Statement]) -> list[list[Any]]:
    """The answers to each question, in order: the JSON values of the one column of text that it selects.

    They are asked as one statement, with a plan that is kept: a dozen small ones cost more in being sent than answered.
    """
    if not questions:
        return []
    whole = " UNION ALL ".join(
        f"SELECT {place}, asked.* FROM ({sql}) asked" for place, (sql, _) in enumerate(questions)
    )
    (rows,) = run_all(connection, [(whole, [one for _, given in questions for one in given])], prepared=True)
    answers: list[list[Any]] = [[] for _ in questions]
    for place, text in rows:
        answers[place].append(orjson.loads(text))
    return answers
