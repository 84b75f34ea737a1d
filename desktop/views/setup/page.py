"""The set-up page: its parts, one at a time."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabBar, QWidget

from desktop.views.build import column, label, named, row
from desktop.views.setup.consequences import ConsequencesDialog
from desktop.views.setup.hours import HoursView
from desktop.views.setup.places import PlacesView
from desktop.views.setup.plan import PlanView
from desktop.views.setup.policies import PoliciesView
from desktop.views.setup.services import ServicesView

PARTS: Final = (
    ("services", "Services"), ("places", "People and rooms"), ("hours", "Hours"), ("policies", "Policies"),
    ("plan", "Plan and limits"),
)  # fmt: skip


class SetupView(QWidget):
    """Holds the parts; which of them are for the person at the desk it is told."""

    partShown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services, self.places = ServicesView(), PlacesView()
        self.hours, self.policies, self.plan = HoursView(), PoliciesView(), PlanView()
        self._views = (self.services, self.places, self.hours, self.policies, self.plan)
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

    def forget(self) -> None:
        """Let go of what is half typed."""
        for one in (self.services, self.places, self.policies):
            one.form.forget()
        self.hours.week.forget()
        self.hours.clear_typed()

    def focus_first(self) -> None:
        """Put the focus where one begins."""
        self._views[self._pages.currentIndex()].focus_first()

    def _shown(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        self.partShown.emit(PARTS[place][0])
