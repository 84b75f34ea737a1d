"""The set-up page as a whole: for whom it is, and when the book is asked."""

from typing import Final

from PySide6.QtCore import QObject

from desktop.presenters.blocking import BlockPresenter
from desktop.presenters.drafts import UNANSWERED
from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.presenters.setup.hours import HoursPresenter
from desktop.presenters.setup.places import PlacesPresenter
from desktop.presenters.setup.policies import PoliciesPresenter
from desktop.presenters.setup.services import ServicesPresenter
from desktop.presenters.visits import VisitOpener
from desktop.queries.business_setup import BusinessSetup, business_setup
from desktop.views.main_window import MainWindow
from desktop.views.setup.page import SetupDrafts
from shared.model.member import Role
from shared.rules.permissions import Capability, may

_TABLES: Final = frozenset(
    {"business", "location", "resource", "service", "hours_rule", "hours_exception", "time_block", "member"}
)
_LEADERS: Final = ("services", "places", "hours")
_OWNERS: Final = {"policies": Capability.MANAGE_BUSINESS, "plan": Capability.SEE_BILLING}
"""The parts that need more than the page itself does."""
_OF_VISITS: Final = _TABLES | {"appointment", "allocation"}


class SetupPresenter(QObject):
    """Reads when the page is shown, and whenever what it shows has changed."""

    def __init__(
        self,
        link: Link,
        window: MainWindow,
        edits: Edits,
        parent: QObject,
        *,
        opener: VisitOpener,
        blocking: BlockPresenter,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._questions = Latest(link)
        self._role = Role.TENANT_STAFF
        page = window.setup
        # What somebody else had begun is not for whoever comes now.
        page.forget()
        self.services = ServicesPresenter(link, page, edits, self)
        self.places = PlacesPresenter(link, page, edits, self)
        self.hours = HoursPresenter(link, page, edits, self)
        self.policies = PoliciesPresenter(link, page, edits, self)
        self._parts = (self.services, self.places, self.hours, self.policies)
        for part in self._parts:
            part.stale.connect(self._ask)
        self.hours.visitWanted.connect(opener.open)
        self.hours.blockWanted.connect(blocking.ask_new)
        self.hours.blockChangeWanted.connect(blocking.ask_change)
        self.hours.blockFreeWanted.connect(blocking.ask_free)
        window.pageShown.connect(self._shown)
        window.book_page.setupRequested.connect(window.actions_by_name["go_setup"].trigger)
        page.partShown.connect(self._part_shown)
        link.changed.connect(self._changed)

    def set_role(self, role: Role) -> None:
        """Say what the person at the desk is: it decides whether the page is for them, and which parts."""
        self._role = role
        allowed = may(role, Capability.MANAGE_SETUP)
        self._window.navigation.allow_setup(allowed=allowed)
        self._window.actions_by_name["go_setup"].setEnabled(allowed)
        self._window.book_page.offer_setup(offered=allowed)
        if not allowed and self._window.page == "setup":
            self._window.show_page("book")
        offered = (*_LEADERS, *(part for part, needed in _OWNERS.items() if may(role, needed)))
        page = self._window.setup
        if page.part not in offered:
            page.show_part(offered[0])
        page.offer_parts(offered)
        # What somebody may not see any more is not kept either.
        page.forget(but=offered if allowed else ())

    def let_go(self) -> SetupDrafts:
        """Clear away what is half typed, before another comes; it can be given back."""
        return self._window.setup.take_drafts(UNANSWERED)

    def give_back(self, drafts: SetupDrafts) -> None:
        """Let the person go on with what was half typed; what their role does not let them see any more goes."""
        self._window.setup.give_drafts(drafts)

    @property
    def _is_shown(self) -> bool:
        return self._window.page == "setup" and may(self._role, Capability.MANAGE_SETUP)

    def _shown(self, page: str) -> None:
        if page == "setup":
            self._ask()
            self._look_outside()

    def _part_shown(self, part: str) -> None:
        self._look_outside()

    def _changed(self, tables: frozenset[str]) -> None:
        if tables & _TABLES:
            self._ask()
        if tables & _OF_VISITS:
            self._look_outside()

    def _ask(self) -> None:
        if self._is_shown:
            self._questions.ask(business_setup, self._took)

    def _look_outside(self) -> None:
        if self._is_shown and self._window.setup.part == "hours":
            self.hours.look_outside()

    def _took(self, told: BusinessSetup) -> None:
        for part in self._parts:
            part.take(told)
