"""The commands `smoothschedule server plan …`: what each tier includes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import AppError
from shared.model.plan import Feature, Limit, Tier
from shared.rules.plans import GROUPS, Allowance
from syncserver import settings as all_settings
from syncserver.recording import recording
from syncserver.services.platform import plans
from syncserver.services.platform.plans import Offered
from syncserver.store.database import open_database
from syncserver.store.migrate import migrate
from syncserver.web import process

app = typer.Typer(no_args_is_help=True, help="What each tier includes.")

Data = Annotated[Path | None, typer.Option(help="Folder for what the server keeps itself.")]
_UNLIMITED = "none"


class BadLimit(AppError):
    """A limit that is no limit of a plan; the message says what one looks like."""


@app.command("list")
def list_plans(data: Data = None) -> None:
    """Say what each tier includes, and whether that is stored or came with the program."""
    with process.leaving_on_sigterm(), open_database(_settings(data)) as engine:
        migrate(engine)
        found = plans.offered(engine)
    for tier, one in found.items():
        _tell(tier, one)


@app.command("set")
def set_plan(
    tier: Annotated[Tier, typer.Argument(case_sensitive=False, help="Whose plan it is.")],
    limit: Annotated[
        list[str] | None, typer.Option(help=f"Such as customers=500; customers={_UNLIMITED} is any number.")
    ] = None,
    feature: Annotated[
        list[Feature] | None, typer.Option("--with", case_sensitive=False, help="A feature that it has from now on.")
    ] = None,
    no_feature: Annotated[
        list[Feature] | None, typer.Option("--without", case_sensitive=False, help="A feature that it has no more.")
    ] = None,
    data: Data = None,
) -> None:
    """Change what a tier includes, for every business that has it; broken off, say the same once more."""
    limits = _limits(limit or ())
    with recording(_settings(data)) as server:
        now = plans.offered(server.engine)[tier].allowance
        features = (now.features | frozenset(feature or ())) - frozenset(no_feature or ())
        wanted = Allowance(features=features, limits={**now.limits, **limits})
        changed = [tenant.slug for tenant in plans.set_plan(server.audit, tier, wanted)]
    _tell(tier, Offered(allowance=wanted, stored=True))
    typer.echo(f"Changed for {', '.join(changed) or 'no business'}.")


def _settings(data: Path | None) -> all_settings.Settings:
    return all_settings.load() if data is None else all_settings.load(data=data)


def _limits(told: Sequence[str]) -> Mapping[Limit, int | None]:
    return dict(_limit(one) for one in told)


def _limit(told: str) -> tuple[Limit, int | None]:
    name, _, most = told.partition("=")
    if name not in set(Limit) or not (most == _UNLIMITED or most.isdecimal()):
        raise BadLimit(f"{told!r} is no limit: it is one of {', '.join(Limit)}, then = and a number or {_UNLIMITED}.")
    return Limit(name), None if most == _UNLIMITED else int(most)


def _tell(tier: Tier, one: Offered) -> None:
    typer.echo(f"{tier.value}{'' if one.stored else '  [as the program has it]'}")
    limits = [(limit, one.allowance.limits[limit]) for limit in Limit]
    typer.echo("    " + ", ".join(f"{limit}={_UNLIMITED if most is None else most}" for limit, most in limits))
    for group, features in GROUPS.items():
        if has := [feature.value for feature in features if feature in one.allowance.features]:
            typer.echo(f"    {group}: {', '.join(has)}")
