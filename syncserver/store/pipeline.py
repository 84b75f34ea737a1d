"""Statements that travel together and whose plans are kept, by libpq's pipeline mode (PostgreSQL's manual, 34.5).

The driver has a pipeline too. It sends each statement by itself, waits for the answer to BEGIN and for an empty one at
the end, and prepares ten objects for each statement: together that was most of the processor time of a single edit.
"""

import select
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, Self

import psycopg
from psycopg import errors
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Connection

_NAME: Final = "pipeline"
_PLANS: Final = "plans"
"""Where a connection of the pool keeps its open pipeline and its plans (`Connection.info`)."""
_MUCH: Final = 8192
"""Bytes of a statement that are sent without its end by libpq, which fills a buffer of that size."""
_MOST: Final = 100
"""Plans that a connection keeps; each is some memory of the database's."""

# Object ids of types (PostgreSQL's catalog pg_type.dat), which never change.
_BOOL: Final = 16
_BIGINT: Final = 20
_INSTANT: Final = 1184
_UNKNOWN: Final = 0
_READ: Final[Mapping[int, Callable[[bytes], Any]]] = {
    _BOOL: lambda value: value == b"t",
    **dict.fromkeys((_BIGINT, 21, 23), int),
    # name, text, json, uuid, varchar; ids and JSON as the server writes them.
    **dict.fromkeys((19, 25, 114, 2950, 1043), bytes.decode),
}
"""How to read a value of a type; one that is not here is asked for as text."""

Parameters = Sequence[str | int | datetime | None]
Rows = list[tuple[Any, ...]]
Plan = tuple[str, tuple[int, ...]]
"""What a plan is made of: a statement and the types of its parameters."""


class Plans:
    """The names of the plans that a connection has kept, or none where a pooler stands between."""

    def __init__(self, *, kept: bool) -> None:
        self.are_kept: Final = kept
        self._names: OrderedDict[Plan, bytes] = OrderedDict()
        self._made = 0

    def find(self, key: Plan) -> bytes | None:
        """The name of a plan that was kept; it is used now."""
        if (name := self._names.get(key)) is not None:
            self._names.move_to_end(key)
        return name

    def add(self, key: Plan) -> tuple[bytes, bytes | None]:
        """A name for a new plan, and that of one which has to go for it."""
        self._made += 1
        name = self._names[key] = f"kept_{self._made}".encode()
        gone = self._names.popitem(last=False)[1] if len(self._names) > _MOST else None
        return name, gone

    def forget(self, key: Plan) -> None:
        """A plan was not made after all."""
        self._names.pop(key, None)


class Answer:
    """What comes of a statement; it is waited for when its rows are asked for."""

    __slots__ = ("_read", "plan", "result")

    def __init__(self, read: Callable[[], None], plan: Plan | None) -> None:
        self._read = read
        self.plan = plan
        """The plan that the statement makes, where it is for that."""
        self.result: PGresult | None = None

    def rows(self) -> Rows:
        """The rows that were selected. Raises what the database says of it, or of a statement before it."""
        if self.result is None:
            self._read()
        if (result := self.result) is None:
            raise psycopg.InterfaceError("a statement has no answer")
        loads = [_READ[result.ftype(column)] for column in range(result.nfields)]
        value = result.get_value
        return [
            # A list first, which takes half of what a generator does.
            tuple([None if (told := value(row, column)) is None else load(told) for column, load in enumerate(loads)])
            for row in range(result.ntuples)
        ]


class Pipeline:
    """From its beginning to its end the connection is used through this alone; after an error it takes nothing more.

    What is sent goes out with the next question, at the end, or at once when it is much.
    """

    def __init__(self, driver: "psycopg.Connection[Any]", plans: Plans) -> None:
        self._connection: Final[PGconn] = driver.pgconn
        self._plans = plans
        self._awaited: deque[Answer] = deque()
        self._is_synced = False
        """Whether the end of what was sent is sent, too, and still to be read."""
        self._is_over = False
        """Whether that was read, and nothing is to follow."""

    def __enter__(self) -> Self:
        self._connection.enter_pipeline_mode()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection.status == ConnStatus.BAD:
            return
        # After an error too: the server skips what follows one until it is told where that ends.
        trouble = None if self._is_over else self._synced()
        self._connection.exit_pipeline_mode()
        if trouble is not None and error is None:
            raise trouble

    def send(self, sql: str, parameters: Parameters = ()) -> "Answer":
        """Run a statement; its error shows with the next answer that is read, or at the end."""
        if self._is_synced or self._is_over:
            # No error of the driver's: those may pass, and this is a bug of ours.
            raise RuntimeError("a pipeline has ended, and nothing follows its end")
        text = _numbered(sql)
        types, values = _encoded(parameters)
        if not self._plans.are_kept or not parameters:
            self._connection.send_query_params(text, values, param_types=types)
        else:
            self._connection.send_query_prepared(self._planned((sql, types), text), values)
        if sum(map(len, filter(None, values))) > _MUCH:
            # Without its end the server would only begin when the next one comes, and we do not wait for it here.
            self._connection.flush()
        return self._await(None)

    def begin(self) -> None:
        """Let the database begin with what was sent, while more of it is made; nothing is waited for."""
        self._connection.flush()

    def _await(self, plan: Plan | None) -> "Answer":
        answer = Answer(self._read, plan)
        self._awaited.append(answer)
        return answer

    def _planned(self, key: Plan, text: bytes) -> bytes:
        if (name := self._plans.find(key)) is not None:
            return name
        name, gone = self._plans.add(key)
        if gone is not None:
            self._connection.send_query_params(b"DEALLOCATE " + gone, None)
            self._await(None)
        self._connection.send_prepare(name, text, param_types=key[1])
        self._await(key)
        return name

    def _read(self) -> None:
        """Read the answer to all that was sent. Raises the first error."""
        self._connection.send_flush_request()
        self._flush()
        while self._awaited:
            result = self._next()
            if result is not None and (trouble := self._taken(result)) is not None:
                raise trouble
        # Nothing follows each answer.
        self._next()

    def _taken(self, result: PGresult) -> psycopg.Error | None:
        """Hand a result to whom it answers; the error where it is one."""
        if not self._awaited:
            # It answers nothing that was sent: the server says why it ends the connection.
            return errors.error_from_result(result)
        answer = self._awaited.popleft()
        if result.status in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            answer.result = result
            return None
        if answer.plan is not None:
            self._plans.forget(answer.plan)
        # What follows an error was skipped, and says only so.
        return None if result.status == ExecStatus.PIPELINE_ABORTED else errors.error_from_result(result)

    def _sync(self) -> None:
        self._connection.pipeline_sync()
        self._flush()
        self._is_synced = True

    def _synced(self) -> psycopg.Error | None:
        """End what was sent and read all that is still to come; the first error that came."""
        first: psycopg.Error | None = None
        if not self._is_synced:
            self._sync()
        while (result := self._next()) is None or result.status != ExecStatus.PIPELINE_SYNC:
            trouble = None if result is None else self._taken(result)
            first = first or trouble
        self._is_synced = False
        return first

    def _next(self) -> PGresult | None:
        connection = self._connection
        while connection.is_busy():
            _wait(connection)
            connection.consume_input()
        return connection.get_result()

    def _flush(self) -> None:
        connection = self._connection
        while connection.flush():
            # The server may be waiting for us to read before it reads on.
            if _wait(connection, also_writable=True):
                connection.consume_input()


def _wait(connection: PGconn, *, also_writable: bool = False) -> bool:
    """Wait until the connection can be read, or written where that helps too; whether it can be read."""
    sockets = [connection.socket]
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select(sockets, sockets if also_writable else [], [])[0])
    waiting = select.poll()
    waiting.register(connection.socket, select.POLLIN | (select.POLLOUT if also_writable else 0))
    ((_, ready),) = waiting.poll()
    # Also a connection that broke is read: that says how.
    return bool(ready & ~select.POLLOUT)


def keep_plans(info: dict[Any, Any], *, kept: bool) -> None:
    """Prepare a new connection of the pool for pipelines."""
    info[_PLANS] = Plans(kept=kept)


class Transaction(Pipeline):
    """A pipeline that is a transaction: committed at the end, rolled back after an error or where it is abandoned."""

    def __init__(self, connection: Connection, begin: str) -> None:
        super().__init__(driver_of(connection), connection.info[_PLANS])
        self._info = connection.info
        self._begin = begin
        self._commit: Answer | None = None
        self.abandoned = False
        """Whether nothing of it is to stay."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._info[_NAME] = self
        self.send(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._info[_NAME]
        if self._connection.status != ConnStatus.BAD and not (self._is_synced or self._is_over):
            if error is not None:
                self._synced()
            if error is None and not self.abandoned:
                self._commit = self.send("COMMIT")
            else:
                self.send("ROLLBACK")
        super().__exit__(kind, error, trace)
        if error is None and not self.abandoned:
            self._require_committed()

    def end(self) -> None:
        """Send the commit: what is done from here to the exit is done while the database commits.

        Whether it has committed shows at the exit, as ever. An error of ours that comes between undoes nothing.
        """
        self._commit = self.send("COMMIT")
        self._sync()

    def _require_committed(self) -> None:
        """Raise where nothing stays although no error says so: somebody has caught it within the transaction.

        The COMMIT is skipped then, without an error of its own, or done as a ROLLBACK (PostgreSQL's manual, 34.5.1).
        """
        if self._commit is None:
            raise psycopg.OperationalError("the connection was lost within a transaction")
        if (result := self._commit.result) is None or result.command_status != b"COMMIT":
            raise errors.InFailedSqlTransaction("an error was caught within a transaction, and nothing of it stays")

    def ask_last(self, sql: str, parameters: Parameters) -> Rows:
        """The rows of the last statement; the transaction is over once they are there."""
        answer = self.send(sql, parameters)
        self.end()
        if (trouble := self._synced()) is not None:
            raise trouble
        self._is_over = True
        return answer.rows()


def abandon(connection: Connection) -> None:
    """Let nothing stay of the transaction that a connection is in; it is at its end."""
    if (open_one := connection.info.get(_NAME)) is None:
        connection.rollback()
    else:
        open_one.abandoned = True


def finish(connection: Connection) -> None:
    """Have the database commit the transaction that a connection is in; it is at its end, and waited for there."""
    if (open_one := connection.info.get(_NAME)) is not None:
        open_one.end()


def send(connection: Connection, sql: str, parameters: Parameters) -> None:
    """Run a statement whose answer nobody reads; within a transaction that is a pipeline it waits for none."""
    if (open_one := connection.info.get(_NAME)) is not None:
        open_one.send(sql, parameters)
        return
    with Pipeline(driver_of(connection), connection.info[_PLANS]) as alone:
        alone.send(sql, parameters)


def ask(connection: Connection, sql: str, parameters: Parameters) -> Rows:
    """The rows of a statement."""
    open_one: Transaction | None = connection.info.get(_NAME)
    if open_one is not None:
        return open_one.send(sql, parameters).rows()
    with Pipeline(driver_of(connection), connection.info[_PLANS]) as alone:
        return alone.send(sql, parameters).rows()


def ask_last(connection: Connection, sql: str, parameters: Parameters) -> Rows:
    """The rows of the last statement of a transaction, which is committed with it."""
    open_one: Transaction | None = connection.info.get(_NAME)
    return ask(connection, sql, parameters) if open_one is None else open_one.ask_last(sql, parameters)


def driver_of(connection: Connection) -> "psycopg.Connection[Any]":
    """The driver's connection, for what SQLAlchemy has no word for."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"not a connection of psycopg: {driver!r}")
    return driver


@lru_cache(maxsize=1024)
def _numbered(sql: str) -> bytes:
    """Each `%s` as PostgreSQL writes a parameter, `%%` as one."""
    first, *others = sql.split("%s")
    numbered = first + "".join(f"${place}{text}" for place, text in enumerate(others, 1))
    return numbered.replace("%%", "%").encode()


def _encoded(parameters: Parameters) -> tuple[tuple[int, ...], list[bytes | None]]:
    """The type of each parameter and its text; that of a text is what the statement makes of it."""
    types, values = [], list[bytes | None]()
    for one in parameters:
        if one is None or isinstance(one, str):
            types.append(_UNKNOWN)
            values.append(None if one is None else one.encode())
        elif isinstance(one, datetime):
            types.append(_INSTANT)
            values.append(one.isoformat().encode())
        else:
            types.append(_BIGINT)
            values.append(str(int(one)).encode())
    return tuple(types), values
