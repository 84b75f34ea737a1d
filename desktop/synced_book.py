"""A book that is open and brought together with its server: what a window needs of it, whoever is at it."""

from collections.abc import Callable
from pathlib import Path

from desktop.open_book import OpenBook
from desktop.sync.engine import Engine
from desktop.sync.status import SyncStatus


class SyncedBook(OpenBook):
    """Every call may come from any thread."""

    engine: Engine
    """Made by whoever derives from this, once the replica is open."""

    def __init__(self, path: Path | None, key: bytes, server: str) -> None:
        """Open the file, or a book in memory where `path` is None. Raises StorageFault, ProtocolMismatch."""
        self.server = server
        self._listeners: list[Callable[[SyncStatus], None]] = []
        super().__init__(path, key)

    def start(self) -> None:
        """Begin to sync."""
        self.engine.start()

    def _edited(self) -> None:
        self.engine.edited()

    @property
    def status(self) -> SyncStatus:
        """How syncing stands."""
        return self.engine.status

    def on_status(self, listener: Callable[[SyncStatus], None]) -> Callable[[], None]:
        """Tell `listener`, on the engine's thread, whenever the status changes; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, status: SyncStatus) -> None:
        # One may end while another is told.
        for listener in tuple(self._listeners):
            listener(status)
