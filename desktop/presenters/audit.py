"""The audit trail in plain words, page by page, asked of the server."""

from PySide6.QtCore import QObject

from desktop.models.rows import AuditRow
from desktop.presenters.audit_words import what_happened
from desktop.presenters.book import BookPresenter
from desktop.presenters.link import DeskLink
from desktop.presenters.team import office_words
from desktop.runtime.qt import Background
from desktop.sync.office import Happened, Trail
from desktop.views.main_window import MainWindow
from shared.errors import AppError, Unreachable
from shared.model.member import Role
from shared.rules.permissions import Capability, may

NEVER_SHOWN = "The audit trail is asked of the server, which cannot be reached just now."


class AuditPresenter(QObject):
    """Reads the newest page when it is shown, and older ones when they are asked for."""

    def __init__(
        self, link: DeskLink, window: MainWindow, book: BookPresenter, background: Background,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._link, self._view, self._book, self._background = link, window.audit, book, background
        self._events: tuple[Happened, ...] = ()
        self._before: int | None = None
        self._asking = self._allowed = False
        self._view.show_nothing("The audit trail is asked of the server.")
        self._view.banner.clear()
        window.pageShown.connect(self._shown)
        self._view.refreshRequested.connect(self.refresh)
        self._view.olderRequested.connect(self._read_older)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is."""
        self._allowed = may(role, Capability.READ_AUDIT)

    def _shown(self, page: str) -> None:
        if page == "audit":
            self.refresh()

    def refresh(self) -> None:
        """Ask for the newest."""
        self._read(None)

    def _read_older(self) -> None:
        if self._before is not None:
            self._read(self._before)

    def _read(self, before: int | None) -> None:
        if self._asking or not self._allowed:
            return
        self._asking, office = True, self._link.desk.office
        self._view.show_busy(busy=True)

        def took(trail: Trail) -> None:
            self._events = (*(self._events if before is not None else ()), *trail.events)
            self._before = trail.before
            self._show()

        self._link.await_job(self._background.submit(lambda: office.trail(before)), took, self._not_told)

    def _show(self) -> None:
        self._asking = False
        self._view.show_busy(busy=False)
        self._view.banner.clear()
        if self._events:
            self._view.show_rows(tuple(self._row(one) for one in self._events), more=self._before is not None)
        else:
            self._view.show_nothing("Nothing has been recorded yet.")

    def _not_told(self, error: AppError | OSError) -> None:
        self._asking = False
        self._view.show_busy(busy=False)
        if not self._events:
            self._view.show_nothing(NEVER_SHOWN if isinstance(error, Unreachable) else office_words(error))
        else:
            self._show()
            self._view.banner.show_message(office_words(error), kind="warning", action="Try again")

    def _row(self, one: Happened) -> AuditRow:
        who = f"{one.actor} as {one.as_whom}" if one.as_whom and one.as_whom != one.actor else one.actor
        return AuditRow(
            when=self._book.words.moment(one.at), who=who or "Nobody known", what=what_happened(one),
            reason=one.reason, place=one.ip, refused=one.denied,
        )  # fmt: skip
