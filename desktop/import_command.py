"""What `smoothschedule import …` does, without a window."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import typer

from desktop.config import Home
from desktop.desk import Desk
from desktop.files.bookings_csv import read_bookings
from desktop.files.calendar_ics import read_calendar
from desktop.files.customers_csv import read_customers
from desktop.files.services_csv import read_services
from desktop.files.table import MOST_BYTES
from desktop.files.verdict import Verdict
from desktop.operations.import_bookings import plan_bookings
from desktop.operations.import_services import plan_services
from desktop.operations.importing import (
    Plan,
    ReportLine,
    Target,
    plan_customers,
    plan_events,
    rehearse_file,
    sentences_of,
    take_file,
)
from desktop.queries.phones import region_of
from desktop.queries.setup import Setup, setup
from desktop.store.pieces import read_in_pieces
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringAway, KeyringSecrets, NoSecretStore, SecretStore
from desktop.sync.shut_out import ShutOut
from desktop.sync.status import Connection, SyncStatus
from shared import clock
from shared.dates import style_of
from shared.errors import AppError
from shared.model.resource import Resource
from shared.model.service import Service

N = TypeVar("N", Resource, Service)
_SECONDS_TO_SEND: Final = 60.0
_NOBODY: Final = "Nobody has signed in on this computer yet. Start SmoothSchedule and sign in first."
_ENDS: Final = frozenset({Connection.OFFLINE, Connection.SIGN_IN, Connection.STOPPED})


class CannotImport(AppError):
    """The import cannot begin; the message says why, and what to do."""


def take_customers(home: Path | None, file: Path, *, dry_run: bool) -> None:
    """Take customers from a CSV file; raises CannotImport."""
    with _desk(Home(home)) as desk:
        book = desk.do(setup)
        read = read_customers(_contents(file), region=region_of(book.business))
        _say(*sentences_of(read.notes))
        _take(desk, plan_customers(read), zone=book.business.zone, dry_run=dry_run)


def take_services(home: Path | None, file: Path, *, dry_run: bool) -> None:
    """Take a price list from a CSV file; raises CannotImport."""
    with _desk(Home(home)) as desk:
        business = desk.do(setup).business
        read = read_services(_contents(file), currency=business.currency)
        _say(*sentences_of(read.notes))
        plans = desk.do(lambda replica: plan_services(replica, read))
        _take(desk, plans, zone=business.zone, dry_run=dry_run)


def take_bookings(home: Path | None, file: Path, *, dry_run: bool) -> None:
    """Take bookings from a CSV file; raises CannotImport."""
    with _desk(Home(home)) as desk:
        business = desk.do(setup).business
        read = read_bookings(_contents(file), month_first=style_of(business.locale).month_first)
        _say(*sentences_of(read.notes))
        plans = read_in_pieces(desk, partial(plan_bookings, file=read, region=region_of(business)))
        _take(desk, plans, zone=business.zone, dry_run=dry_run)


def take_calendar(home: Path | None, file: Path, resource: str, service: str | None, *, dry_run: bool) -> None:
    """Take events from an iCalendar file as the time of a resource, by its name; raises CannotImport."""
    with _desk(Home(home)) as desk:
        book = desk.do(setup)
        target = _target(book, resource, service)
        read = read_calendar(_contents(file), zone=target.location.zone, now=clock.now())
        _say(*sentences_of(read.notes))
        plans = plan_events(read, target, locale=book.business.locale)
        _take(desk, plans, zone=target.location.zone, dry_run=dry_run)


def _target(book: Setup, resource: str, service: str | None) -> Target:
    wanted = _named(book.resources_at_work, resource, "person, room or piece of equipment")
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
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES)


def _take(desk: Desk, plans: Sequence[Plan], *, zone: str, dry_run: bool) -> None:
    lines = rehearse_file(desk, plans, zone=zone) if dry_run else take_file(desk, plans, zone=zone)
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
        _say_what_went(home)
        raise CannotImport(_NOBODY)
    try:
        _say_what_went(home)
        if not desk.do(lambda replica: replica.is_usable):
            raise CannotImport("The book is not on this computer yet. Start SmoothSchedule and let it load first.")
        yield desk
    finally:
        desk.close()


def _say_what_went(home: Home) -> None:
    """Say what became of books that have gone; the window tells it, too, for nobody may read what is said here."""
    _say(*ShutOut(home).gone().values())


def secrets_of(home: Home) -> SecretStore:
    """The computer's keyring, or where it has none the keys that the password of the last account opens."""
    try:
        return KeyringSecrets()
    except NoSecretStore:
        account, files = home.account(), KeyFiles(home)
        if account is None:
            raise CannotImport(_NOBODY) from None
        if not files.holds(account.login):
            raise KeyringAway from None
        return files.open(account.login, typer.prompt("Password", hide_input=True))
