"""The set-up page: its parts, one at a time."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QWidget

from desktop.views.build import column, label, named, row
from desktop.views.setup.consequences import ConsequencesDialog
from desktop.views.setup.form import Draft
from desktop.views.setup.hours import HoursDrafts, HoursView
from desktop.views.setup.places import PlacesView
from desktop.views.setup.plan import PlanView
from desktop.views.setup.policies import PoliciesView
from desktop.views.setup.services import ServicesView

PARTS: Final = (
    ("services", "Services"), ("places", "People and rooms"), ("hours", "Hours"), ("policies", "Policies"),
    ("plan", "Plan and limits"),
)  # fmt: skip


class SetupDrafts(NamedTuple):
    """Everything of the set-up that is half typed: forms by their part, and hours."""

    forms: Mapping[str, tuple[Draft, ...]]
    hours: HoursDrafts


class SetupView(QWidget):
    """Holds the parts; which of them are for the person at the desk it is told."""

    partShown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services, self.places = ServicesView(), PlacesView()
        self.hours, self.policies, self.plan = HoursView(), PoliciesView(), PlanView()
        self._views = (self.services, self.places, self.hours, self.policies, self.plan)
        self._forms = {"services": self.services.form, "places": self.places.form, "policies": self.policies.form}
        self.consequences = ConsequencesDialog(self)
        self._tabs = named(QTabBar(), "Parts of the set-up")
        self._tabs.setExpanding(False)
        self._tabs.setDrawBase(False)
        self._pages = QStackedWidget()
        for (name, text), page in zip(PARTS, self._views, strict=True):
            self._tabs.setTabData(self._tabs.addTab(text), name)
            self._pages.addWidget(page)
        top = row(label("Set-up", "heading"), self._tabs, None, space=18, margins=(20, 8, 20, 0))
        bar = QFrame()
        bar.setProperty("role", "bar")
        bar.setLayout(top)
        whole = column(bar, self._pages, space=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._tabs.currentChanged.connect(self._shown)

    @property
    def part(self) -> str:
        """`services`, `places`, `hours`, `policies` or `plan`."""
        return PARTS[self._pages.currentIndex()][0]

    def show_part(self, name: str) -> None:
        """Show one of the parts."""
        self._tabs.setCurrentIndex([one for one, _ in PARTS].index(name))

    def offer_parts(self, names: Iterable[str]) -> None:
        """Which parts are for the person at the desk."""
        offered = frozenset(names)
        for place, (name, _) in enumerate(PARTS):
            self._tabs.setTabVisible(place, name in offered)

    def forget(self, *, but: Collection[str] = ()) -> None:
        """Let go of what is half typed, and of what else was told, in all parts but these."""
        for place, (name, _) in enumerate(PARTS):
            if name not in but:
                self._views[place].forget()

    def take_drafts(self, unanswered: str) -> SetupDrafts:
        """Everything that is half typed, which is gone from here then: it is one person's.

        Of a form that is being saved it is `unanswered` whether it was.
        """
        taken = {name: form.take_drafts(unanswered) for name, form in self._forms.items()}
        found = SetupDrafts(taken, self.hours.take_drafts())
        self.forget()
        return found

    def give_drafts(self, drafts: SetupDrafts) -> None:
        """Let what was half typed stand again where it was typed."""
        for name, found in drafts.forms.items():
            self._forms[name].give_drafts(found)
        self.hours.give_drafts(drafts.hours)

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        self._views[self._pages.currentIndex()].focus_first()

    def _shown(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        self.partShown.emit(PARTS[place][0])
