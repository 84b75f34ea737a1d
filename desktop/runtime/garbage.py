"""The search for cycles that nobody holds any more, on the thread of the windows alone.

Python begins it on whichever thread makes an object too many. Parts of windows that end there, on the thread of the
store or of the network, take the application down with them, and even those in use have been seen to be taken for
garbage while Qt was at work on them. On the thread of the windows itself it may begin while the binding makes a list of
what Qt has given it, `topLevelWidgets` say: a window that ends then is in the list still.
"""

import gc

from PySide6.QtCore import QObject, QTimer

from desktop.runtime.uncollected import is_resting, rest_for_good

_LOOKS: int = 1000
"""Milliseconds from one look at how much there is to the next: what is in no cycle is freed at once all the same."""


def collect_due() -> None:
    """Search through as much as Python itself would, had it been asked by each new object; on the main thread."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation]:
            gc.collect(generation)
            return


class MainThreadCollector(QObject):
    """Takes the search over from Python, for as long as it stands."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=_LOOKS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Search here alone from now on, and never through what was made until now: it stays until the end."""
        gc.freeze()
        rest_for_good()
        self._timer.start()

    def _look(self) -> None:
        if not is_resting():
            collect_due()
