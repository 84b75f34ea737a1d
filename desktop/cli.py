"""The desktop's part of the command line: the window, and `smoothschedule import …`."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from desktop import demo as demonstration
from desktop.config import Home, Offer
from desktop.desk import Desk
from desktop.files.calendar_ics import read_calendar
from desktop.files.customers_csv import read_customers
from desktop.files.verdict import Verdict
from desktop.operations.importing import (
    Plan,
    ReportLine,
    Target,
    plan_customers,
    plan_events,
    region_of,
    sentences_of,
)
from desktop.queries.setup import Setup, setup
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringSecrets, NoSecretStore, SecretStore
from desktop.sync.status import Connection, SyncStatus
from shared import clock
from shared.errors import AppError
from shared.model.resource import Resource
from shared.model.service import Service

N = TypeVar("N", Resource, Service)
_MOST_BYTES: Final = 60_000_000
_SECONDS_TO_SEND: Final = 60.0
_NOBODY: Final = "Nobody has signed in on this computer yet. Start SmoothSchedule and sign in first."
_ENDS: Final = frozenset({Connection.OFFLINE, Connection.SIGN_IN, Connection.STOPPED})


class CannotImport(AppError):
    """The import cannot begin; the message says why, and what to do."""


class _PlainWords(typer.Typer):
    """Says what was raised on purpose in one sentence; a bug keeps its traceback."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except AppError as reason:
            typer.echo(str(reason), err=True)
            raise SystemExit(1) from None


app = _PlainWords(invoke_without_command=True, add_completion=False, help="The desktop of SmoothSchedule.")
imports = typer.Typer(no_args_is_help=True, help="Take another program's file into the book.")
app.add_typer(imports, name="import")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would become of each row, and store nothing.")]
Name = Annotated[str, typer.Option(help="Whose time the events take: a person, a room, a piece of equipment.")]
ServiceName = Annotated[
    str | None, typer.Option("--service", help="Make appointments of this service; without it, blocked time.")
]


@app.callback()
def desktop(
    context: typer.Context,
    *,
    home: Annotated[Path | None, typer.Option(help="Folder of the desk, in place of this user's own.")] = None,
    server: Annotated[str, typer.Option(help="Server address that the sign-in form begins with.")] = "",
    business: Annotated[str, typer.Option(help="Business that the sign-in form begins with.")] = "",
    email: Annotated[str, typer.Option(help="E-mail that the sign-in form begins with.")] = "",
) -> None:
    """Open the window."""
    context.obj = home
    if context.invoked_subcommand is None:
        # Qt is loaded only where a window is wanted: `--help` and the imports need none.
        from desktop.app import run

        sys.exit(run(Home(home), Offer(server=server, tenant=business, email=email)))


@app.command()
def demo(
    *,
    data: Annotated[Path, typer.Option(help="Folder that keeps everything; a second start reuses it.")] = Path(".demo"),
    no_desk: Annotated[bool, typer.Option("--no-desk", help="The server alone, until SIGTERM or Ctrl+C.")] = False,
    ready_file: Annotated[Path | None, typer.Option(help="Address and accounts, once the server answers.")] = None,
) -> None:
    """Start a server with two invented businesses, and two desks of one of them."""
    data, ready_file = data.absolute(), ready_file and ready_file.absolute()
    if no_desk:
        demonstration.become_server(data, ready_file)
    raise typer.Exit(demonstration.run(data, ready_file, say=typer.echo))


@imports.command("customers")
def import_customers(context: typer.Context, file: File, *, dry_run: DryRun = False) -> None:
    """Take customers from a CSV file of another program."""
    with _desk(Home(context.obj)) as desk:
        book = desk.do(setup)
        read = read_customers(_contents(file), region=region_of(book.business))
        _say(*sentences_of(read.notes))
        _take(desk, plan_customers(read), zone=book.business.zone, dry_run=dry_run)


@imports.command("calendar")
def import_calendar(
    context: typer.Context, file: File, *, resource: Name, service: ServiceName = None, dry_run: DryRun = False
) -> None:
    """Take events from an iCalendar file of another program."""
    with _desk(Home(context.obj)) as desk:
        target = _target(desk.do(setup), resource, service)
        read = read_calendar(_contents(file), zone=target.location.zone, now=clock.now())
        _say(*sentences_of(read.notes))
        _take(desk, plan_events(read, target), zone=target.location.zone, dry_run=dry_run)


def _target(book: Setup, resource: str, service: str | None) -> Target:
    wanted = _named(book.resources, resource, "person, room or piece of equipment")
    return Target(
        resource=wanted,
        location=next(one for one in book.locations if one.id == wanted.location_id),
        service=None if service is None else _named(book.services, service, "service"),
    )


def _named(rows: Sequence[N], name: str, what: str) -> N:
    """The one row of a name, case aside; raises CannotImport where there is none, or more than one."""
    found = [one for one in rows if one.name.casefold() == name.strip().casefold()]
    if not found:
        raise CannotImport(f"There is no {what} called “{name}”. There are: {', '.join(one.name for one in rows)}.")
    if len(found) > 1:
        raise CannotImport(f"More than one {what} is called “{name}”; give them names of their own first.")
    return found[0]


def _contents(file: Path) -> bytes:
    # More than the readers take, so that what is larger is refused by its size and not cut off.
    with file.open("rb") as opened:
        return opened.read(_MOST_BYTES)


def _take(desk: Desk, plans: Sequence[Plan], *, zone: str, dry_run: bool) -> None:
    lines = desk.take_file(plans, zone=zone, keep=not dry_run)
    _say(*(_row(line) for line in lines), _sum(lines))
    if dry_run:
        _say("This was a dry run: nothing was stored.")
    elif any(line.made for line in lines):
        _say(_sent(desk))
    if lines and all(line.verdict is Verdict.REFUSED for line in lines):
        raise typer.Exit(1)


def _row(line: ReportLine) -> str:
    said = " ".join(line.sentences)
    return f"{line.number:>6}  {line.verdict.value:<8} {line.what}{': ' if line.what and said else ''}{said}"


def _sum(lines: Sequence[ReportLine]) -> str:
    counts = {verdict: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
    words = {Verdict.SKIPPED: "here already"}
    said = [f"{count} {words.get(verdict, verdict.value)}" for verdict, count in counts.items() if count]
    return f"{len(lines)} rows: {', '.join(said)}." if lines else "There is nothing in the file to import."


def _sent(desk: Desk) -> str:
    """Give the server what was taken, and say how far that went."""
    done = threading.Event()

    def look(status: SyncStatus) -> None:
        if not status.waiting or status.connection in _ENDS:
            done.set()

    desk.on_status(look)
    desk.start()
    done.wait(_SECONDS_TO_SEND)
    waiting = desk.status.waiting
    if waiting:
        return f"Saved on this computer; {waiting} edits wait for the server and go with the next start."
    return "Saved on this computer and given to the server; what it could not take is under Needs attention."


def _say(*sentences: str) -> None:
    for one in sentences:
        typer.echo(one)


@contextmanager
def _desk(home: Home) -> Iterator[Desk]:
    """The desk of this computer; raises CannotImport where nobody has signed in yet, or it is not loaded."""
    desk = Desk.open(home, secrets_of(home))
    if desk is None:
        raise CannotImport(_NOBODY)
    try:
        if not desk.do(lambda replica: replica.is_usable):
            raise CannotImport("The book is not on this computer yet. Start SmoothSchedule and let it load first.")
        yield desk
    finally:
        desk.close()


def secrets_of(home: Home) -> SecretStore:
    """The computer's keyring, or where it has none the keys that the password of the last account opens."""
    try:
        return KeyringSecrets()
    except NoSecretStore:
        account, files = home.account(), KeyFiles(home)
        if account is None or not files.holds(account.login):
            raise CannotImport(_NOBODY) from None
        return files.open(account.login, typer.prompt("Password", hide_input=True))
