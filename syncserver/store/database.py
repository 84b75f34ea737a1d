"""The database that the settings mean: the operator's, or one of our own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from sqlalchemy import Engine

from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from syncserver.store.private_postgres import PrivatePostgres, running_url


def database_url(engine: Engine) -> str:
    """Where this pool's database is, its password in clear text: for another process of this server."""
    return engine.url.render_as_string(hide_password=False)


_PATIENCE: Final = 60.0
"""Seconds for which a server waits for a command that has started the private PostgreSQL to end."""


@contextmanager
def open_database(settings: Settings, *, to_serve: bool = False) -> Iterator[Engine]:
    """A pool on the database of `database_url`.

    Without one: on the data folder's private PostgreSQL, that of the process that runs it or else one that is started
    and lasts as long as the block. One that is `to_serve` is its own: that of a command ends with the command. Raises
    BadSetting or StorageFault.
    """
    with ExitStack() as stack:
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
        else:
            url = (None if to_serve else running_url(settings.data)) or _started(settings, stack, to_serve=to_serve)
        engine = make_engine(url, pool_size=settings.pool_size, pooled=settings.database_pooled)
        stack.callback(engine.dispose)
        yield engine


def _started(settings: Settings, stack: ExitStack, *, to_serve: bool) -> str:
    private = PrivatePostgres(settings.data)
    stack.callback(private.stop)
    return private.start(patience=_PATIENCE if to_serve else 0.0)
