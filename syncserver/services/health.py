"""Whether the database answers, and what it says of itself."""

from syncserver.services.server import Server
from syncserver.store.recoveries import count_recovering


def check(server: Server) -> int:
    """How many tenants are in recovery. Raises StorageFault where it does not answer."""
    return count_recovering(server.engine)
