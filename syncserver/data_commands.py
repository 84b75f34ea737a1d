"""The commands `smoothschedule server export` and `erase`: what is kept of a business or a customer."""

import os
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import AppError
from syncserver import settings as all_settings
from syncserver.recording import recording
from syncserver.services.data import erasing, exporting
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store.events import OPERATOR
from syncserver.store.tenancy import Tenant
from syncserver.store.tenants import BadTenant, find_tenant_by_slug

Data = Annotated[Path | None, typer.Option(help="Folder for what the server keeps itself.")]
Slug = Annotated[str, typer.Option("--tenant", help="Short name of the business.")]
CustomerId = Annotated[
    str | None, typer.Option("--customer", help="Id of one customer; without it all of the business.")
]


class NotConfirmed(AppError):
    """What was typed is not what is to be erased."""


class CannotWrite(AppError):
    """The file cannot be written; the message says why."""


def export(
    tenant: Slug, to: Annotated[Path, typer.Option(help="The zip to write.")], customer: CustomerId = None,
    data: Data = None,
) -> None:  # fmt: skip
    """Write everything about a business or a customer into a zip."""
    if to.exists():
        raise CannotWrite(f"There is a file {to} already.")
    with recording(_settings(data)) as server:
        home = tenant_of(server, tenant)
        try:
            _write(server, home, customer, to)
        except Declined:
            raise BadTenant(f"There is no customer {customer} at {home.slug}.") from None
    typer.echo(f"Wrote {to}.")


def erase(
    tenant: Slug,
    customer: CustomerId = None,
    confirm: Annotated[
        str,
        typer.Option(prompt="Type the short name of the business, or the id of the customer, to erase it for good"),
    ] = "",
    data: Data = None,
) -> None:
    """Erase a customer, or a whole business, for good. Stop the servers before a business is erased."""
    if confirm != (customer or tenant):
        raise NotConfirmed("That is not what is to be erased. Nothing was done.")
    with recording(_settings(data)) as server:
        home = tenant_of(server, tenant)
        if customer is None:
            erasing.erase_tenant(server, home, by=OPERATOR)
            typer.echo(f"The business {home.name} ({home.slug}) is erased.")
            return
        try:
            erasing.erase_customer(server, home, customer, by=OPERATOR)
        except Declined:
            raise BadTenant(f"There is no customer {customer} at {home.slug}.") from None
    typer.echo(f"The customer {customer} is erased.")


def _write(server: Server, tenant: Tenant, customer: str | None, to: Path) -> None:
    """Under another name first: what has the name is whole."""
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            exporting.export(server, tenant, out, customer=customer, by=OPERATOR)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(to)
    except OSError as error:
        raise CannotWrite(f"The file {to} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)


def tenant_of(server: Server, slug: str) -> Tenant:
    """The business of a short name. Raises BadTenant."""
    found = find_tenant_by_slug(server.engine, slug)
    if found is None:
        raise BadTenant(f"There is no tenant {slug}.")
    return found


def _settings(data: Path | None) -> Settings:
    return all_settings.load() if data is None else all_settings.load(data=data)
