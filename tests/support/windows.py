"""The end of a window that a test has made."""

import gc
import weakref

import shiboken6
from PySide6.QtWidgets import QWidget

from desktop.views.main_window import MainWindow


def discard(window: MainWindow) -> None:
    """Delete a window at once, with its actions and what of a book it holds back while that is not to be read.

    Left to Python they stay for good: each holds the other by a signal, which no collector sees through, and every
    window that is left is some megabytes and is dressed again with each look that a later test puts on.
    """
    for part in (window, window._work, window.first_sync.days, window.actions_by_name):
        if shiboken6.isValid(part):
            shiboken6.delete(part)


def assert_kept(window: QWidget) -> None:
    """Search for garbage: every part of a window that is shown is still what it was made as afterwards.

    Who asks a widget for what does not belong to it, such as its focus proxy, has the binding hold that by the widget
    alone; a part is then garbage, though the window shows it.
    """
    made = [
        (f"{type(one).__name__} {one.accessibleName() or one.objectName()}", weakref.ref(one))
        for one in shiboken6.getAllValidWrappers()
        if isinstance(one, QWidget) and shiboken6.createdByPython(one) and window.isAncestorOf(one)
    ]
    assert made
    gc.collect()
    lost = [name for name, one in made if (found := one()) is None or not shiboken6.isValid(found)]
    assert lost == []
