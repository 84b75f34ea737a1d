"""The ground of the services, for commands that leave events in the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager

from syncserver.services.server import Server, open_server
from syncserver.settings import Settings
from syncserver.store.database import open_database
from syncserver.store.migrate import migrate
from syncserver.web import process


@contextmanager
def recording(settings: Settings) -> Iterator[Server]:
    """The ground over the migrated database, whose chains are sealed once the command is done."""
    with process.leaving_on_sigterm(), open_database(settings) as engine:
        migrate(engine)
        server = open_server(engine, settings)
        yield server
        server.audit.seal()
