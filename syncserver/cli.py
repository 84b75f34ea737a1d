"""The commands `smoothschedule server …`."""

import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from shared import clock
from shared.clock import instant_text
from shared.command import PlainWords
from shared.errors import AppError
from shared.model.plan import Tier
from syncserver import data_commands, plan_commands, user_commands
from syncserver import settings as all_settings
from syncserver.app import create_app, listening
from syncserver.effects.mail import mail_folder
from syncserver.recording import recording
from syncserver.services.audit.checks import check_chains
from syncserver.services.data.erasing import make_again
from syncserver.services.demo.tenants import Account, invented_accounts, make_demo
from syncserver.services.history import check_history
from syncserver.services.identity.passwords import hash_password
from syncserver.services.jobs.key_rotation import retire, rotate
from syncserver.services.jobs.pruning import prune as prune_tenant
from syncserver.services.platform.plans import set_terms
from syncserver.services.platform.trail import remember
from syncserver.services.server import Server, open_server
from syncserver.services.sync.recovery import end_recovery
from syncserver.settings import Settings
from syncserver.store.database import database_url, open_database
from syncserver.store.engine import room
from syncserver.store.events import OPERATOR, Event, Kind
from syncserver.store.handles import Engine
from syncserver.store.mails import given_up_mails, waiting_mails
from syncserver.store.migrate import migrate as migrate_all
from syncserver.store.recoveries import recovering
from syncserver.store.server import keys_in_use
from syncserver.store.tenancy import Tenant, migration_transaction
from syncserver.store.tenants import BadTenant, every_tenant, find_tenant_by_slug, found_tenant, new_tenant
from syncserver.web import process
from syncserver.web.workers import Workers
from syncserver.worker import serve


class PortTaken(AppError):
    """Something else listens where the server was to; the message says where."""


def _log_events() -> None:
    process.log_events()


app = PlainWords(
    no_args_is_help=True, add_completion=False, help="The sync server.", callback=_log_events,
    # A password is a local of whatever fails.
    pretty_exceptions_show_locals=False,
)  # fmt: skip
tenants = typer.Typer(no_args_is_help=True, help="The businesses on this server.")
recoveries = typer.Typer(no_args_is_help=True, help="After the database was put back from a backup.")
audits = typer.Typer(no_args_is_help=True, help="The audit trail.")
keys = typer.Typer(no_args_is_help=True, help="The keys that tokens are signed with.")
app.add_typer(tenants, name="tenant")
app.add_typer(user_commands.app, name="user")
app.add_typer(recoveries, name="recovery")
app.add_typer(keys, name="keys")
app.add_typer(audits, name="audit")
app.add_typer(plan_commands.app, name="plan")
app.command("export")(data_commands.export)
app.command("erase")(data_commands.erase)

Data = Annotated[Path | None, typer.Option(help="Folder for what the server keeps itself.")]
ACCOUNTS: Final = "accounts.json"


@app.command()
def run(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve.")] = None,
) -> None:
    """Bring the database up to date and serve until SIGTERM or Ctrl+C."""
    settings = _settings(data=data, host=host, port=port, workers=workers)
    with process.leaving_on_sigterm(), _bound(settings) as door, open_database(settings, to_serve=True) as engine:
        settings = settings.at_port(_port(door))
        migrate_all(engine)
        _look_back(engine, settings)
        _tell_where_mails_go(settings)
        on_start = partial(typer.echo, f"Serving at {settings.listens_at}")
        if settings.workers == 1:
            _serve(engine, settings, door, on_start)
        else:
            _have_served(engine, settings, door, on_start)


def _tell_where_mails_go(settings: Settings) -> None:
    if settings.smtp_host is None:
        typer.echo(f"No mail server is set (smtp_host): mails are kept in {mail_folder(settings)}")
    if not settings.leads_here:
        typer.echo(f"Links in mails begin with {settings.address}, which leads nowhere: set public_url.")


def _look_back(engine: Engine, settings: Settings) -> None:
    """See what became of the database, and of the audit trail, since somebody was served last."""
    check_history(engine, settings)
    server = open_server(engine, settings)
    make_again(server)
    server.audit.seal_left()


def _serve(engine: Engine, settings: Settings, door: socket.socket, on_start: Callable[[], None]) -> None:
    server = listening(create_app(engine, settings), settings)
    server.on_start = on_start
    process.prepare()
    server.run(sockets=[door])


def _have_served(engine: Engine, settings: Settings, door: socket.socket, on_start: Callable[[], None]) -> None:
    """Serve by workers, each with connections of its own to the same database."""
    shared = settings.shared_out(database_url(engine), room=None if settings.database_pooled else room(engine))
    engine.dispose()
    process.prepare()
    Workers(settings.workers, serve, shared, door).run(on_start=on_start)


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the control schema and every tenant's schema to the newest version."""
    with process.leaving_on_sigterm(), open_database(_settings(data=data)) as engine:
        migrate_all(engine)
    typer.echo("The database is up to date.")


@recoveries.command("status")
def recovery_status(data: Data = None) -> None:
    """Say which businesses wait for what their desks hand in again, after the database was put back from a backup."""
    settings = _settings(data=data)
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        migrate_all(engine)
        found = recovering(engine)
    for one in found:
        is_counting = one.until <= clock.now() + settings.recovery_wait
        ends = f"until {instant_text(one.until)}" if is_counting else "waits for its first desk"
        typer.echo(f"{one.tenant.slug}: {ends}, {one.offered} edits were handed in.")
    if not found:
        typer.echo("No business is in recovery.")


@recoveries.command("end")
def recovery_end(
    tenant: Annotated[str | None, typer.Argument(help="Short name of one business; all without it.")] = None,
    data: Data = None,
) -> None:
    """Decide what was handed in so far and go on; what comes later is decided as it comes."""
    with _server(data) as server:
        ended = [one.tenant for one in recovering(server.engine) if tenant in (None, one.tenant.slug)]
        for one in ended:
            end_recovery(server.engine, one)
    typer.echo(f"Recovery is over for {', '.join(one.slug for one in ended) or 'nobody: no business was in it'}.")


@keys.command("list")
def list_keys(data: Data = None) -> None:
    """Say which keys are in use, newest first, and which of them signs."""
    with _server(data) as server:
        for one in keys_in_use(server.engine):
            signs = "  signs" if one.kid == server.keys.signer else ""
            typer.echo(f"{one.kid}  {instant_text(one.created_at)}{signs}")


@keys.command("rotate")
def rotate_keys(data: Data = None) -> None:
    """Make another key; running servers sign with it within a minute, and take what older ones have signed."""
    with _server(data) as server:
        made = rotate(server)
    typer.echo(f"Made the key {made.kid}; it signs in a minute. Older keys stay good until they are retired.")


@keys.command("retire")
def retire_key(
    kid: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    at_once: Annotated[bool, typer.Option("--now", help="Even if desks may hold what it has signed.")] = False,  # noqa: FBT002 typer
    data: Data = None,
) -> None:
    """Take a key out of use: nothing that it has signed is good any more."""
    with _server(data) as server:
        retire(server, kid, at_once=at_once)
    typer.echo(f"The key {kid} is retired.")


@app.command("mail")
def mail_status(data: Data = None) -> None:
    """Say how many mails wait, and which ones nobody got."""
    with _server(data) as server:
        waiting, longest = waiting_mails(server.engine, clock.now())
        given_up = given_up_mails(server.engine)
    typer.echo(f"{waiting} mails wait, the oldest for {int(longest.total_seconds())} s.")
    for one in given_up:
        when = instant_text(one.given_up_at)
        typer.echo(f"{when}: given up {one.kind} to {one.recipient} after {one.tries} tries: {one.trouble}")


@app.command()
def prune(data: Data = None) -> None:
    """Drop what the settings keep no longer; a running server does it by itself, every night."""
    settings = _settings(data=data)
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        migrate_all(engine)
        for tenant in every_tenant(engine):
            done = prune_tenant(engine, settings, tenant)
            typer.echo(
                f"{tenant.slug}: dropped {done.pointers} pointers, {done.arguments} arguments, "
                f"{done.replicas} replicas, {done.sessions} sessions."
            )


@app.command()
def settings() -> None:
    """List every setting: its value, where that comes from, and what it does."""
    for one in all_settings.listed():
        typer.echo(f"{one.name} = {one.value}  [{one.source}]\n    {one.description}")


@app.command()
def demo(
    data: Annotated[Path, typer.Option(help="Folder that keeps everything; a second start reuses it.")],
    ready_file: Annotated[Path | None, typer.Option(help="Written once the server answers.")] = None,
) -> None:
    """Serve two invented businesses at a free port of 127.0.0.1 until SIGTERM or Ctrl+C."""
    data.mkdir(parents=True, exist_ok=True)
    before = _kept_demo(data)
    # Invented people have no business in the operator's database, whatever DATABASE_URL says.
    settings = all_settings.load(database_url=None, data=data, host="127.0.0.1", port=before.get("port", 0))
    with (
        process.leaving_on_sigterm(),
        _bound(settings, else_any=True) as door,
        open_database(settings, to_serve=True) as engine,
    ):
        migrate_all(engine)
        accounts = invented_accounts([Account(**one) for one in before.get("accounts", [])])
        told = {"port": _port(door), "accounts": [asdict(account) for account in accounts]}
        _write_private(data / ACCOUNTS, told)
        _look_back(engine, settings)
        make_demo(engine, hash_password, accounts)
        settings = settings.at_port(_port(door))
        _serve(engine, settings, door, lambda: _tell(settings.listens_at, accounts, ready_file))


@tenants.command("create")
def create_tenant(
    slug: Annotated[str, typer.Argument(help="Short name that people sign in with, such as acme.")],
    name: Annotated[str, typer.Argument(help="The business's name.")],
    is_demo: Annotated[bool, typer.Option("--demo", help="A demo tenant, for good.")] = False,  # noqa: FBT002 typer
    tier: Annotated[Tier, typer.Option(case_sensitive=False, help="Its plan.")] = Tier.PROFESSIONAL,
    data: Data = None,
) -> None:
    """Make a business."""
    with recording(_settings(data=data)) as server:
        tenant = new_tenant(slug=slug, name=name, tier=tier, is_demo=is_demo)
        with server.audit.transaction(tenant, begun=migration_transaction) as (connection, record):
            found_tenant(connection, tenant)
            record(Event(kind=Kind.TENANT_CREATED, tenant=tenant, actor=OPERATOR, subject=tier.value))
    typer.echo(f"Made the business {tenant.name} ({tenant.slug}).")


@tenants.command("tier")
def set_tier(
    slug: Annotated[str, typer.Argument(help="Short name of the business.")],
    tier: Annotated[Tier, typer.Argument(case_sensitive=False, help="Its plan from now on.")],
    data: Data = None,
) -> None:
    """Put a business on another plan; what it had otherwise than its last one ends."""
    with recording(_settings(data=data)) as server:
        tenant = _tenant(server.engine, slug)
        with server.audit.transaction(tenant) as (connection, record):
            set_terms(connection, tenant, tier)
            was = {"was": tenant.tier.value}
            record(Event(kind=Kind.TIER_SET, tenant=tenant, actor=OPERATOR, subject=tier.value, details=was))
    typer.echo(f"{tenant.name} ({tenant.slug}) has the plan {tier.value.capitalize()} now.")


@audits.command("verify")
def audit_verify(
    tenant: Annotated[str | None, typer.Option(help="Short name of one business; without it every chain.")] = None,
    data: Data = None,
) -> None:
    """Walk the audit trail and name the first break of each chain; exit 1 where there is one."""
    settings = _settings(data=data)
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        migrate_all(engine)
        wanted = None if tenant is None else [_tenant(engine, tenant)]
        checked = remember(engine, check_chains(engine, settings, wanted))
    broken = [(one.name, one.found) for one in checked if one.found]
    for name, found in broken:
        typer.echo(f"{name}: {f'event {found.number}' if found.number else 'the chain'} {found.what}.")
    if broken:
        raise typer.Exit(1)
    typer.echo(f"The audit trail is whole: {sum(one.events for one in checked)} events, {len(checked)} chains.")


def _tenant(engine: Engine, slug: str) -> Tenant:
    found = find_tenant_by_slug(engine, slug)
    if found is None:
        raise BadTenant(f"There is no tenant {slug}.")
    return found


@contextmanager
def _server(data: Path | None) -> Iterator[Server]:
    settings = _settings(data=data)
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        migrate_all(engine)
        yield open_server(engine, settings)


def _settings(**given: object) -> Settings:
    return all_settings.load(**{name: value for name, value in given.items() if value is not None})


@contextmanager
def _bound(settings: Settings, *, else_any: bool = False) -> Iterator[socket.socket]:
    """A socket at the settings' address, taken before anything starts; with `else_any` at any port if that is taken."""
    try:
        door = socket.create_server((settings.host, settings.port))
    except OSError as taken:
        if not else_any:
            # `create_server` repeats the address in its own words; a name that is not known has a negative number.
            why = os.strerror(taken.errno) if taken.errno and taken.errno > 0 else str(taken.strerror)
            raise PortTaken(f"Cannot listen at {settings.host}, port {settings.port}: {why}.") from None
        door = socket.create_server((settings.host, 0))
    with door:
        yield door


def _port(door: socket.socket) -> int:
    port: int = door.getsockname()[1]
    return port


def _kept_demo(data: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads((data / ACCOUNTS).read_text())
    except FileNotFoundError:
        return {}
    return kept


def _tell(url: str, accounts: Sequence[Account], ready_file: Path | None) -> None:
    typer.echo(f"Serving the demo at {url}")
    for one in accounts:
        typer.echo(f"  {one.tenant or 'platform':9} {one.role:17} {one.email:32} {one.password}")
    if ready_file:
        told = {"url": url, "pid": os.getpid(), "accounts": [asdict(account) for account in accounts]}
        _write_private(ready_file, told)


def _write_private(file: Path, content: object) -> None:
    """Write JSON that only its owner reads, whole or not at all."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(content, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
