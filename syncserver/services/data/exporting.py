"""An export: everything about a business or a customer in one zip, which `shared/EXPORT.md` describes.

It is read in one snapshot, a few rows at a time. The manifest comes last, and so does the zip's own list of what is in
it: of an export that was cut off no program opens anything.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import IO, Any, Final

import orjson

from shared import clock, ids
from shared.clock import instant_text
from shared.model.registry import Kind, canonical
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.store.events import Event, Party
from syncserver.store.events import Kind as EventKind
from syncserver.store.exports import OF_A_CUSTOMER, OF_A_TENANT, File, Rows, rows_of
from syncserver.store.handles import Connection
from syncserver.store.tenancy import Tenant, control_transaction, tenant_part
from syncserver.store.traces import Traces, traces_of

VERSION: Final = 1
"""Counts up with every change of what a file means."""
MANIFEST: Final = "manifest.json"
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
"""With what a cell begins that a spreadsheet might run (OWASP, CSV Injection), and the mark that keeps it from it."""
_BOM: Final = "\ufeff"


def export(
    server: Server, tenant: Tenant, out: IO[bytes], *, customer: str | None = None, by: Party, reason: str | None = None
) -> None:  # fmt: skip
    """Write everything about a tenant, or about one customer of it, and record that somebody has it.

    Declined as `not_found` for a customer of whom nothing is known. Raises StorageFault where it cannot be recorded:
    then nothing is written.
    """
    if customer is not None and not ids.is_id(customer):
        raise Declined(ProblemCode.NOT_FOUND)
    with control_transaction(server.engine, read_only=True) as connection:
        traces = None if customer is None else _known(connection, tenant, customer)
        with server.audit.transaction(tenant) as (_, record):
            record(Event(kind=EventKind.EXPORTED, tenant=tenant, actor=by, subject=customer, reason=reason))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, connection, tenant, traces)


def _known(connection: Connection, tenant: Tenant, customer: str) -> Traces:
    with tenant_part(connection, tenant):
        traces = traces_of(connection, customer)
    files = (one for one in OF_A_CUSTOMER if one.name in ("customer", "attention_item"))
    if not any(_has_rows(rows_of(connection, tenant, one, traces)) for one in files):
        raise Declined(ProblemCode.NOT_FOUND)
    return traces


def _has_rows(rows: Rows) -> bool:
    with closing(rows):
        return next(rows, None) is not None


def _fill(archive: zipfile.ZipFile, connection: Connection, tenant: Tenant, traces: Traces | None) -> None:
    told: dict[str, Any] = {}
    for file in OF_A_TENANT if traces is None else OF_A_CUSTOMER:
        for name, write in ((f"json/{file.name}.json", _write_json), (f"csv/{file.name}.csv", _write_csv)):
            with _entry(archive, name) as (put, summed):
                count = write(put, file, rows_of(connection, tenant, file, traces))
            told[name] = {"rows": count, "sha256": summed.hexdigest()}
    manifest = {
        "format": "smoothschedule-export",
        "version": VERSION,
        "made_at": instant_text(clock.now()),
        "business": {"id": tenant.id, "short_name": tenant.slug, "name": tenant.name},
        "customer": None if traces is None else list(traces.customers),
        "files": told,
    }
    with _entry(archive, MANIFEST) as (put, _):
        put(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode())


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> "Iterator[tuple[Callable[[str], None], hashlib._Hash]]":
    summed = hashlib.sha256()
    with archive.open(name, "w", force_zip64=True) as entry:

        def put(text: str) -> None:
            raw = text.encode()
            summed.update(raw)
            entry.write(raw)

        yield put, summed


def _write_json(put: Callable[[str], None], file: File, rows: Rows) -> int:
    """An array of objects, one a line."""
    count = 0
    for row in rows:
        told = {column.name: said for column, said in zip(file.columns, row, strict=True)}
        put(f"{',' if count else '['}\n{orjson.dumps(told).decode()}")
        count += 1
    put("\n]\n" if count else "[]\n")
    return count


def _write_csv(put: Callable[[str], None], file: File, rows: Rows) -> int:
    """RFC 4180 in UTF-8, with a header and with the mark by which spreadsheets know UTF-8."""
    put(_BOM)
    put(_line([column.name for column in file.columns]))
    count = 0
    for row in rows:
        put(_line([cell(said, column.kind) for column, said in zip(file.columns, row, strict=True)]))
        count += 1
    return count


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def cell(said: Any, kind: Kind) -> str:
    """A JSON value as a cell: nothing for null; text that is empty or that a spreadsheet might run after a `'`."""
    if said is None:
        return ""
    if kind is Kind.JSON:
        return canonical(said)
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, int):
        return str(said)
    return f"'{said}" if not said or said.startswith(_RISKY) else str(said)
