"""The plan of the business, for its owner: from the book, and beside it what only the server knows."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.link import DeskLink, Latest
from desktop.presenters.setup.plan_words import plan_page
from desktop.presenters.team import office_words
from desktop.presenters.words import Words, words_of
from desktop.queries.plan_use import PlanUse, plan_use
from desktop.runtime.qt import Background
from desktop.sync.office import PlanTerms
from desktop.views.main_window import MainWindow
from shared import clock
from shared.errors import AppError, Unreachable
from shared.model.member import Role
from shared.rules.permissions import Capability, may

_TABLES: Final = frozenset({"plan", "business", "location", "resource", "customer", "appointment", "member"})
ASKING: Final = "Asking the server…"
ONLY_THERE: Final = "Computers, and whether anything was agreed apart from the plan, only the server knows. {why}"
AWAY: Final = "It cannot be reached just now."
SAID: Final = "Computers, and what was agreed apart from the plan, are as the server said at {at}."


class PlanPresenter(QObject):
    """Reads the book when its page is shown and whenever that changes; asks the server when it is shown."""

    def __init__(self, link: DeskLink, window: MainWindow, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._window, self._background = link, window, background
        self._view = window.setup.plan
        self._questions = Latest(link)
        self._role = Role.TENANT_STAFF
        self._told: PlanUse | None = None
        self._terms: PlanTerms | None = None
        self._said_at: datetime | None = None
        self._asking = False
        # What another person has seen is not for whoever comes now.
        self._view.forget()
        self._view.askRequested.connect(self._ask_server)
        window.pageShown.connect(self.look)
        window.setup.partShown.connect(self.look)
        link.changed.connect(self._changed)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is."""
        self._role = role
        if not may(role, Capability.SEE_BILLING):
            self._told = self._terms = self._said_at = None
            self._view.forget()

    @property
    def _is_shown(self) -> bool:
        is_here = self._window.page == "setup" and self._window.setup.part == "plan"
        return is_here and may(self._role, Capability.SEE_BILLING)

    def look(self) -> None:
        """Read the book and ask the server, where the page is shown."""
        if self._is_shown:
            self._ask_book()
            self._ask_server()

    def _changed(self, tables: frozenset[str]) -> None:
        if not self._is_shown:
            return
        if tables & _TABLES:
            self._ask_book()
        if "plan" in tables:
            self._ask_server()

    def _ask_book(self) -> None:
        self._questions.ask(plan_use, self._took_book)

    def _took_book(self, told: PlanUse) -> None:
        self._told = told
        self._show()

    def _ask_server(self) -> None:
        if self._asking or not self._is_shown:
            return
        self._asking, office = True, self._link.desk.office
        self._view.show_server(ASKING, may_ask=False)
        self._link.await_job(self._background.submit(office.plan_terms), self._took_terms, self._not_told)

    def _took_terms(self, terms: PlanTerms) -> None:
        self._asking = False
        if may(self._role, Capability.SEE_BILLING):
            self._terms, self._said_at = terms, clock.now()
            self._show()
            self._view.show_server(self._last_said(), may_ask=True)

    def _not_told(self, error: AppError | OSError) -> None:
        self._asking = False
        why = AWAY if isinstance(error, Unreachable) else office_words(error)
        said = ONLY_THERE.format(why=why) if self._terms is None else f"{self._last_said()} {why}"
        self._view.show_server(said, may_ask=True)

    def _last_said(self) -> str:
        at = clock.now() if self._said_at is None else self._said_at
        return SAID.format(at=self._words.recent(at, clock.now()))

    @property
    def _words(self) -> Words:
        told = self._told
        return Words() if told is None else words_of(told.business, told.business.zone)

    def _show(self) -> None:
        if self._told is not None and may(self._role, Capability.SEE_BILLING):
            self._view.show_page(plan_page(self._told, self._terms, self._words, server=self._link.desk.server))
