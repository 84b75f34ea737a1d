"""The one way to refresh a screen: whoever shows rows is told which of them changed."""

import threading
from collections.abc import Callable, Mapping

Tables = Mapping[str, frozenset[str]]
"""The ids that changed, by table; an empty set stands for all of them."""
Listener = Callable[[Tables], None]


class Changes:
    """Tells its listeners of changes, on the thread that made them."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` from now on; the returned function ends it."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def tell(self, tables: Tables) -> None:
        """Tell of changes, where there are any."""
        if not tables:
            return
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(tables)
