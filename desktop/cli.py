"""The desktop's part of the command line: the window, and `smoothschedule import …` and `links …`."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

import typer

from desktop import demo as demonstration
from desktop.config import Home, Offer
from shared.command import PlainWords

_LATER: Final = (
    "argon2", "cryptography", "httpx2", "icalendar", "keyring", "phonenumbers", "sqlcipher3", "sqlite_utils",
)  # fmt: skip
"""What the commands load when they come to need it."""


def _require_all() -> None:
    # Without its extra the desktop says so before a command has done half of its work.
    for name in _LATER:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


_require_all()


app = PlainWords(invoke_without_command=True, add_completion=False, help="The desktop of SmoothSchedule.")
imports = typer.Typer(no_args_is_help=True, help="Take another program's file into the book.")
app.add_typer(imports, name="import")
links = typer.Typer(no_args_is_help=True, help="Let the system open the administration's links in this program.")
app.add_typer(links, name="links")

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
        # Qt is loaded only where a window is wanted: `--help` and the imports need none. What can do without it comes
        # first, because PySide reads the source of every module that is imported after it.
        import desktop.desk  # noqa: F401
        from desktop.app import run

        sys.exit(run(Home(home), Offer(server=server, tenant=business, email=email)))


@app.command(name="open")
def open_link(
    context: typer.Context,
    link: Annotated[str, typer.Argument(help="A link of the administration: smoothschedule://masquerade?…")],
) -> None:
    """Open the window, and what a link is about; it does nothing before somebody at the desk has agreed."""
    from desktop.app import run

    sys.exit(run(Home(context.obj), Offer(), link))


@links.command("register")
def register_links(context: typer.Context) -> None:
    """Open smoothschedule:// links in this program from now on, for this user alone."""
    from desktop.link_command.run import register

    typer.echo(register(context.obj))


@links.command("unregister")
def unregister_links() -> None:
    """Take that back."""
    from desktop.link_command.run import unregister

    typer.echo(unregister())


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
    # What reads other programs' files is loaded by these commands alone: the window's start does not wait for it.
    from desktop.import_command import take_customers

    take_customers(context.obj, file, dry_run=dry_run)


@imports.command("services")
def import_services(context: typer.Context, file: File, *, dry_run: DryRun = False) -> None:
    """Take a price list from a CSV file; what is here already is changed to what it says."""
    from desktop.import_command import take_services

    take_services(context.obj, file, dry_run=dry_run)


@imports.command("bookings")
def import_bookings(context: typer.Context, file: File, *, dry_run: DryRun = False) -> None:
    """Take bookings from a CSV file; what is here already is left as it is."""
    from desktop.import_command import take_bookings

    take_bookings(context.obj, file, dry_run=dry_run)


@imports.command("calendar")
def import_calendar(
    context: typer.Context, file: File, *, resource: Name, service: ServiceName = None, dry_run: DryRun = False
) -> None:
    """Take events from an iCalendar file of another program."""
    from desktop.import_command import take_calendar

    take_calendar(context.obj, file, resource, service, dry_run=dry_run)
