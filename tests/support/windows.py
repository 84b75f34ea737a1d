"""The end of a window that a test has made."""

import shiboken6

from desktop.views.main_window import MainWindow


def discard(window: MainWindow) -> None:
    """Delete a window at once, with its actions and what of a book it holds back while that is not to be read.

    Left to Python they stay for good: each holds the other by a signal, which no collector sees through, and every
    window that is left is some megabytes and is dressed again with each look that a later test puts on.
    """
    for part in (window, window._work, window.first_sync.days, window.actions_by_name):
        if shiboken6.isValid(part):
            shiboken6.delete(part)
