"""Every setting of the server: its default, what it does, and where its value came from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self, cast

from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from shared.errors import AppError
from shared.rules import offline_lease

PREFIX: Final = "SMOOTHSCHEDULE_"
FILE_VARIABLE: Final = f"{PREFIX}FILE"
"""The environment variable that names a settings file."""
DEFAULT_FILE: Final = Path("smoothschedule.toml")
_SPARE: Final = 10
"""Connections that are left to commands and to whoever looks after the database."""
_BESIDE: Final = 1
"""Connections of a worker beside its pool: the line on which workers tell one another of new versions."""
_SMALLEST: Final = 2
"""Connections of the smallest pool."""


class BadSetting(AppError):
    """A setting has a value that it cannot have; the message names it."""


class Settings(BaseSettings):
    """The server's settings. The environment goes before the file, the file before the default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True)

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("database_url", f"{PREFIX}DATABASE_URL", "DATABASE_URL"),
        description="PostgreSQL 15 or newer to keep everything in; without it the server runs one of its own.",
    )
    database_pooled: bool = Field(
        default=False,
        description="Whether a pooler that shares connections by transaction stands before DATABASE_URL.",
    )
    data: Path = Field(
        default=Path("smoothschedule-data"),
        description="Folder for what the server keeps itself, such as its own PostgreSQL.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        default=None,
        description="The address that desks use, where a proxy stands in front; links in mails begin with it.",
    )
    smtp_host: str | None = Field(
        default=None,
        description="Mail server; without it mails are kept as files in the folder mail of the data folder.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server; 465 speaks TLS at once.")
    smtp_user: str | None = Field(default=None, description="Whom to sign in to the mail server as, where it asks.")
    smtp_password: SecretStr | None = Field(default=None, description="The password for that.")
    smtp_starttls: bool = Field(
        default=True, description="Whether nothing is said to the mail server before TLS was begun."
    )
    smtp_sender: str | None = Field(
        default=None, description="The address that mails come from; needed with smtp_host."
    )
    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve; about one for each core.")
    pool_size: int = Field(
        default=10,
        ge=_SMALLEST,
        le=200,
        description="Connections to the database that are kept open; of each worker, and fewer where it takes fewer.",
    )
    access_token_life: timedelta = Field(
        default=timedelta(minutes=5), gt=timedelta(0), description="How long an access token is good for."
    )
    session_idle: timedelta = Field(
        default=timedelta(days=30), gt=timedelta(0), description="A session ends when it was not used for so long."
    )
    session_life: timedelta = Field(
        default=timedelta(days=90),
        gt=timedelta(0),
        description="A session ends after so long, however much it is used.",
    )
    offline_lease: timedelta = Field(
        default=offline_lease.USUAL,
        ge=offline_lease.SHORTEST,
        le=offline_lease.LONGEST,
        description="How long a desk takes edits without the server, where its business says no other length.",
    )
    marks: Path | None = Field(
        default=None,
        description="Folder for the record of how far the database has come, by which one that is put back is noticed. "
        "It must not go back with it. Several hosts share one; without it it is in the data folder.",
    )
    audit: Path | None = Field(
        default=None,
        description="Folder for what is known of the audit trail outside the database, by which a cut one is noticed. "
        "It must not go back with it. Several hosts share one; without it it is in the data folder.",
    )
    audit_checkpoint: int = Field(
        default=100, ge=1, description="Every so many events of a chain of the audit trail are sealed by a signature."
    )
    log_size: int = Field(
        default=10_000_000, ge=10_000, description="Bytes of masquerade.log and security.log before they begin anew."
    )
    log_files: int = Field(default=10, ge=1, le=1000, description="How many former ones of each of them are kept.")
    recovery_wait: timedelta = Field(
        default=timedelta(minutes=10),
        ge=timedelta(0),
        description="How long a database that was put back waits for what its desks have, before it goes on: "
        "for each business from its first desk that comes.",
    )
    keep_changes: timedelta = Field(
        default=timedelta(days=90),
        ge=timedelta(days=1),
        description="How long a desk may be away and be told what has changed; after that it loads the book again.",
    )
    keep_arguments: timedelta = Field(
        default=timedelta(days=400),
        ge=timedelta(days=1),
        description="How long the log keeps what an edit said; that it was made, and what became of it, stays.",
    )
    keep_silent: timedelta = Field(
        default=timedelta(days=400),
        ge=timedelta(days=1),
        description="After how long a desk that was not heard of, and a session that is over, is forgotten; "
        "not one of whoever is shut out, who is still to be told.",
    )

    @model_validator(mode="after")
    def _require_sender(self) -> Self:
        if self.smtp_host and not self.smtp_sender:
            raise ValueError("smtp_sender is needed where smtp_host is set")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the command line says goes first, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=_file(env_settings))
        return init_settings, env_settings, file

    @property
    def listens_at(self) -> str:
        """The address that is listened on, whatever a proxy in front is called."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def address(self) -> str:
        """The address that people reach the server at, without a slash at its end."""
        return (self.public_url or self.listens_at).rstrip("/")

    @property
    def leads_here(self) -> bool:
        """Whether `address` is one that others can go to: an address to listen on may be all that there are."""
        return self.public_url is not None or self.host not in ("", "0.0.0.0", "::")  # noqa: S104 none is bound here

    def at_port(self, port: int) -> "Settings":
        """The same with the port that was taken."""
        return self.model_copy(update={"port": port})

    def shared_out(self, database_url: str, *, room: int | None) -> "Settings":
        """What each worker is told; `room` is how many connections the database takes, None where a pooler sees to it.

        Raises BadSetting where the database takes too few for so many workers.
        """
        pool_size = self.pool_size
        if room is not None:
            pool_size = min(pool_size, (room - _SPARE) // self.workers - _BESIDE)
        if pool_size < _SMALLEST:
            raise BadSetting(f"PostgreSQL takes {room} connections of this login: too few for {self.workers} workers.")
        return self.model_copy(update={"database_url": SecretStr(database_url), "pool_size": pool_size})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One setting as a person reads it."""

    name: str
    value: str
    source: str
    description: str


def load(**given: Any) -> Settings:
    """The settings in force; `given` is what the command line says and goes before everything else.

    Raises BadSetting, naming each setting that is wrong.
    """
    try:
        return Settings(**given)
    except ValidationError as wrong:
        reasons = (
            f"{'.'.join(map(str, one['loc'])) or 'together'}: {one['msg']}" for one in wrong.errors(include_input=False)
        )
        raise BadSetting(f"Wrong settings: {'; '.join(reasons)}.") from None
    except (OSError, ValueError) as unreadable:
        raise BadSetting(f"The settings file cannot be read: {unreadable}") from None


def listed() -> Iterator[Listed]:
    """Every setting with the value in force and its source; secrets are masked. Raises BadSetting as `load` does."""
    settings = load()
    environment = EnvSettingsSource(Settings)
    sources = {
        "environment": environment(),
        "file": TomlConfigSettingsSource(Settings, toml_file=_file(environment))(),
    }
    for name, field in Settings.model_fields.items():
        names = {name, PREFIX.lower() + name, PREFIX + name.upper(), name.upper()}
        source = next((source for source, found in sources.items() if names & found.keys()), "default")
        shown = _shown(getattr(settings, name))
        yield Listed(name=name, value=shown, source=source, description=field.description or "")


def _shown(value: object) -> str:
    if value is None:
        return "(none)"
    return "********" if isinstance(value, SecretStr) else str(value)


def _file(environment: PydanticBaseSettingsSource) -> Path:
    named = cast(EnvSettingsSource, environment).env_vars.get(FILE_VARIABLE.lower())
    if named is None:
        return DEFAULT_FILE
    if not Path(named).is_file():
        raise BadSetting(f"There is no settings file {named} ({FILE_VARIABLE}).")
    return Path(named)
