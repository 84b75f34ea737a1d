"""What a test of the desktop leaves behind ends with it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def _gone() -> Iterator[None]:
    yield
    # Outside of an event loop nothing that is only about to be deleted ever is, and each look dresses all of it.
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
