"""A backup of a demo server's whole PostgreSQL, and the server put back to it; what it keeps outside stays as it is."""

import shutil
import subprocess
from pathlib import Path

from syncserver.store.postgres_files import Place
from tests.support.demo_server import DemoServer


class Backup:
    """The cluster of a server as it is now; the server is stopped for it and runs again afterwards."""

    def __init__(self, server: DemoServer, copy: Path) -> None:
        self._server, self._copy = server, copy
        (told,) = server.data.rglob("postgres.json")
        self._cluster = Place.of(told.parent).cluster
        server.stop()
        _copy(self._cluster, copy)
        server.start()

    def put_back(self) -> None:
        """Put the stopped server back; it is not started."""
        shutil.rmtree(self._cluster)
        _copy(self._copy, self._cluster)


def _copy(source: Path, target: Path) -> None:
    # With owners, modes and sockets, which `shutil` leaves out or stumbles over.
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
