"""How long the desks of the business work without the server: asked of the server, and changed there by its owner."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from PySide6.QtCore import QObject

from desktop.models.rows import Choice
from desktop.presenters.link import DeskLink
from desktop.presenters.team import office_words
from desktop.runtime.qt import Background
from desktop.views.main_window import MainWindow
from shared.errors import AppError, Unreachable
from shared.model.member import Role
from shared.rules.offline_lease import MINUTE, length_words
from shared.rules.permissions import Capability, may

LENGTHS: Final = (
    timedelta(hours=1), timedelta(hours=8), timedelta(days=1), timedelta(days=3), timedelta(days=7),
    timedelta(days=14), timedelta(days=30),
)  # fmt: skip
AWAY: Final = "Changing this needs the server, which cannot be reached just now."
UNKNOWN: Final = "The server did not answer: whether this was changed is said by Refresh, once it is reached."
CHANGED: Final = "Changed. Each desk goes by it from when it next reaches the server."


class LeaseChoicePresenter(QObject):
    """Reads when the page of the team is shown or asked for anew, and after a change."""

    def __init__(
        self, link: DeskLink, window: MainWindow, background: Background, parent: QObject | None = None
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._link, self._background, self._view = link, background, window.team.lease
        self._role = Role.TENANT_STAFF
        self._view.hide()
        window.pageShown.connect(self._shown)
        window.team.refreshRequested.connect(self._read)
        self._view.wanted.connect(self._choose)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: only who leads the business sees it."""
        self._role = role
        if not may(role, Capability.MANAGE_BUSINESS):
            self._view.hide()

    def _shown(self, page: str) -> None:
        if page == "team":
            self._read()

    def _read(self, then: Callable[[], None] = lambda: None) -> None:
        if not may(self._role, Capability.MANAGE_BUSINESS):
            return

        def took(length: timedelta) -> None:
            self._show(length)
            then()

        office = self._link.desk.office
        self._link.await_job(self._background.submit(office.lease), took, self._not_told)

    def _show(self, length: timedelta) -> None:
        lengths = sorted({*LENGTHS, length})
        self._view.show_lengths(tuple(Choice(id=_key(one), text=length_words(one)) for one in lengths), _key(length))
        self._view.setVisible(may(self._role, Capability.MANAGE_BUSINESS))

    def _not_told(self, error: AppError | OSError) -> None:
        self._view.allow(allowed=False, note=AWAY if isinstance(error, Unreachable) else office_words(error))

    def _choose(self, key: str) -> None:
        length, office = int(key) * MINUTE, self._link.desk.office

        def chosen(_: None) -> None:
            self._read(lambda: self._view.allow(allowed=True, note=CHANGED))

        self._view.allow(allowed=False, note="Asking the server…")
        self._link.await_job(self._background.submit(lambda: office.choose_lease(length)), chosen, self._not_chosen)

    def _not_chosen(self, error: AppError | OSError) -> None:
        # Where the answer was lost, the wish may have come through.
        note = UNKNOWN if isinstance(error, Unreachable) else f"Nothing was changed. {office_words(error)}"
        self._view.allow(allowed=True, note=note)


def _key(length: timedelta) -> str:
    return str(length // MINUTE)
