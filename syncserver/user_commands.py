"""The commands `smoothschedule server user …`: who may sign in, and who is let in again."""

from pathlib import Path
from typing import Annotated

import typer

from shared.model.member import Role
from syncserver import settings as all_settings
from syncserver.data_commands import tenant_of
from syncserver.recording import recording
from syncserver.services.identity import lost_factors
from syncserver.services.identity.masquerades import reason_of
from syncserver.services.identity.passwords import hash_password, require_good
from syncserver.store.events import OPERATOR, Event, Kind
from syncserver.store.users import BadUser, hold_user, user_by_email
from syncserver.store.users import create_user as make_user

app = typer.Typer(no_args_is_help=True, help="The people who may sign in.")

Data = Annotated[Path | None, typer.Option(help="Folder for what the server keeps itself.")]


@app.command("create")
def create_user(
    email: Annotated[str, typer.Argument(help="What the person signs in with.")],
    name: Annotated[str, typer.Argument(help="What the others see.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the person may do.")],
    password: Annotated[
        str,
        typer.Option(
            prompt=True, hide_input=True, confirmation_prompt=True, envvar="SMOOTHSCHEDULE_PASSWORD",
            help="Better given at the prompt or in the environment, where no other user sees it.",
        ),
    ],
    tenant: Annotated[str | None, typer.Option(help="Short name of the business; none for platform people.")] = None,
    temporary: Annotated[bool, typer.Option("--temporary", help="A temporary user of a demo tenant.")] = False,  # noqa: FBT002 typer
    data: Data = None,
) -> None:  # fmt: skip
    """Make somebody who may sign in."""
    require_good(password, email=email)
    with recording(_settings(data)) as server:
        home = None if tenant is None else tenant_of(server, tenant)
        user = make_user(
            server.engine, home, email=email, name=name, role=role, password_hash=hash_password(password),
            is_temporary=temporary,
        )  # fmt: skip
        made = {"user": user.id, "role": user.role.value, "temporary": user.is_temporary}
        server.audit.note(Event(kind=Kind.USER_CREATED, tenant=home, actor=OPERATOR, subject=user.email, details=made))
    typer.echo(f"Made the user {user.email} ({user.role.value}).")


@app.command("reset-factor")
def reset_factor(
    email: Annotated[str, typer.Argument(help="What the person signs in with.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why, for the audit trail.")],
    tenant: Annotated[str | None, typer.Option(help="Short name of the business; none for platform people.")] = None,
    data: Data = None,
) -> None:
    """Take the second factor away from somebody who has lost it and all recovery codes.

    Whoever is of the platform is signed out and gets a link for another password by mail. While others of the platform
    can still sign in, they do it in the administration: this is for the last of them.
    """
    said = reason_of(reason)
    with recording(_settings(data)) as server:
        home = None if tenant is None else tenant_of(server, tenant)
        with server.audit.transaction(home) as (connection, record):
            known = user_by_email(connection, home.id if home else None, email)
            user = known and hold_user(connection, home.id if home else None, known.id)
            if user is None:
                raise BadUser(f"There is no user {email} {f'in {home.slug}' if home else 'on the platform'}.")
            if not lost_factors.take_away(server, connection, user, home):
                raise BadUser(f"{user.email} is disabled, or has no second factor.")
            about = {"user": user.id, "role": user.role.value}
            record(
                Event(
                    kind=Kind.FACTOR_RESET, tenant=home, actor=OPERATOR, subject=user.email, reason=said, details=about
                )
            )  # fmt: skip
        if home is None:
            lost_factors.end_masquerade(server, user)
    typer.echo(f"The second factor of {user.email} is taken away, and a mail tells them.")


def _settings(data: Path | None) -> all_settings.Settings:
    return all_settings.load() if data is None else all_settings.load(data=data)
