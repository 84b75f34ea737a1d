"""Whether the database answers."""

from syncserver.services.server import Server
from syncserver.store.server import read_epoch


def check(server: Server) -> None:
    """Ask it something small. Raises StorageFault where it does not answer."""
    read_epoch(server.engine)
