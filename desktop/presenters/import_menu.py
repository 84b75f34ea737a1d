"""The menu's entries for files of other programs."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.presenters.link import Link
from desktop.queries.setup import Setup, setup
from desktop.runtime.qt import Background
from desktop.views.actions import Actions
from shared.model.member import Role
from shared.rules.permissions import Capability, may

OPENED: Final = ("import_customers", "import_services", "import_bookings", "import_calendar")
"""The menu's entries that ask for a file."""


class ImportPresenter(QObject):
    """Opens the import dialogs."""

    def __init__(
        self, link: Link, window: QWidget, actions: Actions, background: Background, parent: QObject | None = None,
        *, say: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`say` tells of what was imported after its dialog was closed."""
        super().__init__(parent)
        self._link, self._window, self._background, self._say = link, window, background, say
        self._actions = actions
        actions.pressed.connect(self._pressed)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: whoever may not set the business up takes no price list."""
        self._actions["import_services"].setVisible(may(role, Capability.MANAGE_SETUP))

    def _pressed(self, name: str) -> None:
        if name in OPENED:
            self._link.ask(setup, lambda book: self._open(name, book))

    def _open(self, name: str, book: Setup) -> None:
        # Calendars, zones and phone numbers of other programs take 100 ms to load: only who imports waits for them.
        from desktop.presenters import importing

        opened = {
            "import_customers": importing.import_customers,
            "import_services": importing.import_services,
            "import_bookings": importing.import_bookings,
            "import_calendar": importing.import_calendar,
        }
        opened[name](self._link, self._window, self._background, book, self._say)
