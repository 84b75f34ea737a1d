"""Many statements in one round trip."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection

from syncserver.store import pipeline
from syncserver.store.faults import as_storage_fault

Statement = tuple[str, Sequence[Any]]
"""SQL with its parameters as psycopg takes them."""


def array_text(values: Iterable[str]) -> str:
    """The text of a PostgreSQL array (its manual, section 8.15.2), for a parameter such as `%s::uuid[]`.

    A driver's list of some hundred ids takes longer to make than the query takes.
    """
    texts = list(values)
    together = "".join(texts)
    if "\\" in together or '"' in together:
        texts = [one.replace("\\", "\\\\").replace('"', '\\"') for one in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def run_all(connection: Connection, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, in order; all of them travel together. Raises StorageFault for passing trouble."""
    if not statements:
        return []
    driver = pipeline.driver_of(connection)
    with as_storage_fault():
        with driver.pipeline():
            cursors = [driver.execute(sql.encode(), parameters) for sql, parameters in statements]
        return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


# Plans are kept for what every push and every pull runs, and for nothing else: the driver keeps none by itself.


def send_all(connection: Connection, writes: Sequence[Statement]) -> None:
    """Run writes whose answers nobody reads, as one statement; in a clocked transaction it travels with the commit.

    None sees what another has written, and none may write a row that another writes (PostgreSQL's manual, 7.8.4).
    """
    parameters = [one for _, given in writes for one in given]
    with as_storage_fault():
        pipeline.send(connection, _steps(tuple(sql for sql, _ in writes)), parameters)


@lru_cache(maxsize=256)
def _steps(writes: tuple[str, ...]) -> str:
    *first, last = writes
    steps = [f"step_{place} AS ({sql})" for place, sql in enumerate(first)]
    return f"WITH {', '.join(steps)} {last}" if steps else last


def ask(connection: Connection, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement that is asked again and again. Raises StorageFault for passing trouble."""
    with as_storage_fault():
        return pipeline.ask(connection, sql, parameters)


def ask_last(connection: Connection, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The same, as the last of a transaction, which ends in the same round trip: nothing may be asked after it."""
    with as_storage_fault():
        return pipeline.ask_last(connection, sql, parameters)


def ask_all(connection: Connection, questions: Sequence[Statement]) -> list[list[Any]]:
    """The answers to each question, in order: the JSON values of the one column of text that it selects.

    They are asked as one statement: a dozen small ones cost more in being sent than in being answered.
    """
    if not questions:
        return []
    parameters = [one for _, given in questions for one in given]
    answers: list[list[Any]] = [[] for _ in questions]
    with as_storage_fault():
        for place, text in pipeline.ask(connection, _union(tuple(sql for sql, _ in questions)), parameters):
            answers[place].append(orjson.loads(text))
    return answers


@lru_cache(maxsize=256)
def _union(questions: tuple[str, ...]) -> str:
    return " UNION ALL ".join(f"SELECT {place}, asked.* FROM ({sql}) asked" for place, sql in enumerate(questions))
