"""The menu's entries for lists and calendars that are written at the desk."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.link import Link
from desktop.queries.setup import Setup, setup
from desktop.runtime.qt import Background
from desktop.views.actions import Actions
from desktop.views.export_dialog import ExportDialog
from desktop.views.main_window import MainWindow
from shared.model.member import Role
from shared.rules.permissions import Capability, may

NOTHING_CHOSEN: Final = "Choose a visit first."
NOTHING_WAITS: Final = "Nothing waits here: the server has everything."
_LISTS: Final = ("save_customers", "save_services", "save_bookings", "save_calendar")


class SavingPresenter(QObject):
    """Offers each of them to those whose role has it, and opens its dialog."""

    def __init__(
        self, link: Link, window: MainWindow, actions: Actions, background: Background,
        parent: QObject | None = None, *, chosen: Callable[[], str | None],
    ) -> None:  # fmt: skip
        """`chosen` gives the id of the visit that is meant, where there is one."""
        super().__init__(parent)
        self._link, self._window, self._actions, self._background = link, window, actions, background
        self._chosen = chosen
        self.dialog: ExportDialog | None = None
        actions.pressed.connect(self._pressed)
        actions["save_visit"].triggered.connect(self._ask_visit)
        actions["save_waiting"].triggered.connect(self._ask_waiting)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: whoever may not take lists along does not see them."""
        for name in _LISTS:
            self._actions[name].setVisible(may(role, Capability.EXPORT))
        self._actions["save_visit"].setVisible(may(role, Capability.SEE_BOOK))

    def let_go(self) -> None:
        """The person leaves the desk: nothing is asked any more."""
        if self.dialog is not None:
            self.dialog.reject()

    def _pressed(self, name: str) -> None:
        if name in _LISTS:
            self._link.ask(setup, lambda book: self._open(name, book))

    def _open(self, name: str, book: Setup) -> None:
        # Calendars and what writes files take their time to load: only who saves one waits for it.
        from desktop.presenters import saving

        given = (self._link, self._window, self._background)
        if name == "save_customers":
            self._opened(saving.save_customers(*given))
        elif name == "save_services":
            self._opened(saving.save_services(*given))
        elif name == "save_bookings":
            self._opened(saving.save_bookings(*given, book))
        else:
            self._opened(saving.save_calendar(*given, book))

    def _ask_visit(self) -> None:
        from desktop.presenters import saving

        visit = self._chosen()
        if visit is None:
            self._window.toast.show_message(NOTHING_CHOSEN)
        else:
            self._opened(saving.save_visit(self._link, self._window, self._background, visit))

    def _ask_waiting(self) -> None:
        if self._link.desk.status.waiting == 0:
            self._window.toast.show_message(NOTHING_WAITS)
            return
        from desktop.presenters import saving

        self._opened(saving.save_waiting(self._link, self._window, self._background))

    def _opened(self, dialog: ExportDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._forget)

    def _forget(self) -> None:
        self.dialog = None
