"""Work on other threads whose answer a presenter waits for."""

from collections.abc import Callable
from typing import TypeVar

from desktop.runtime.qt import Background, MainThread
from shared.errors import AppError

T = TypeVar("T")


class Jobs:
    """Has a job done elsewhere, and hands on here what came of it."""

    def __init__(self, main: MainThread, background: Background) -> None:
        self._main, self._background = main, background

    def submit(self, job: Callable[[], T], then: Callable[[T], None], failed: Callable[[AppError], None]) -> None:
        """Have it done; `failed` gets what the world or the rules had against it. A bug is raised."""

        def refused(error: BaseException) -> None:
            if not isinstance(error, AppError):
                raise error
            failed(error)

        self._main.deliver(self._background.submit(job), then, refused)
