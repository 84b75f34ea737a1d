"""The left edge of the window: whose book it is, where one can go, and who is at the desk."""

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from desktop.views.build import Button, column, label, marked, named, row
from desktop.views.people import avatar, initials
from desktop.widgets import theme
from desktop.widgets.elided_label import ElidedLabel

WIDTH = 212


class NavigationButton(Button):
    """A place to go to, with a count where something waits there."""

    def __init__(self, text: str, icon_name: str) -> None:
        super().__init__(text, kind="nav", icon_name=icon_name)
        self._text = text
        self.setMinimumHeight(34)
        self._badge = label("", "badge")
        # Qt draws no round corner that is more than half as high as what it belongs to.
        self._badge.setFixedHeight(18)
        self._badge.setMinimumWidth(18)
        self._badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 8, 0)
        inside.addStretch(1)
        inside.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        self._badge.hide()

    def set_current(self, *, current: bool) -> None:
        """Whether this is the place that is shown."""
        theme.set_property(self, "current", current)
        self.setAccessibleDescription("shown now" if current else "")

    def set_count(self, count: int) -> None:
        """Show how many wait there; none shows nothing."""
        self._badge.setText(str(count) if count < 100 else "99+")
        self._badge.setVisible(count > 0)
        self.setAccessibleName(f"{self._text}, {count}" if count else self._text)
        self.setToolTip(self.accessibleName())

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), max(34, hint.height()))


class AccountButton(Button):
    """Who is at the desk; a click opens the menu of what they can do about it."""

    def __init__(self) -> None:
        super().__init__("", kind="nav")
        self.name, self.role, self.picture = ElidedLabel(), ElidedLabel(), avatar("")
        self.name.setProperty("role", "strong")
        self.role.setProperty("role", "caption")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(6, 4, 6, 4)
        inside.setSpacing(9)
        inside.addWidget(self.picture)
        inside.addLayout(column(self.name, self.role, space=0), 1)
        for child in (self.name, self.role, self.picture):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.menu_of_person = QMenu(self)
        named(self.menu_of_person, "Account")
        self.clicked.connect(self._open)

    def show_person(self, name: str, role: str) -> None:
        """Show who it is."""
        self.name.setText(name)
        self.role.setText(role)
        self.picture.setText(initials(name))
        named(self, f"Account: {name}, {role}")
        self.setToolTip("Switch person or sign out")

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 48)

    def _open(self) -> None:
        above = QPoint(0, -self.menu_of_person.sizeHint().height())
        self.menu_of_person.popup(self.mapToGlobal(above))


class Navigation(QFrame):
    """The pages, those for which somebody is there; the business above, the person below."""

    pageChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_property(self, "role", "nav")
        self.setFixedWidth(WIDTH)
        self._business = marked(ElidedLabel(), "Business name")
        self._business.setProperty("role", "title")
        self.account = AccountButton()
        self._buttons = {
            "book": NavigationButton("Book", "calendar"),
            "day": NavigationButton("Day list", "clock"),
            "customers": NavigationButton("Customers", "user"),
            "waitlist": NavigationButton("Waitlist", "hourglass"),
            "cash": NavigationButton("Cash sheet", "note"),
            "numbers": NavigationButton("Numbers", "chart"),
            "attention": NavigationButton("Needs attention", "inbox"),
            "team": NavigationButton("Team", "users"),
            "setup": NavigationButton("Set-up", "settings"),
            "audit": NavigationButton("Audit trail", "history"),
        }
        for page, button in self._buttons.items():
            button.clicked.connect(lambda _=False, chosen=page: self.pageChosen.emit(chosen))
        self.offer_pages(())
        self.allow_setup(allowed=False)
        self.allow_numbers(allowed=False)
        self.show_page("book")
        self.setLayout(
            column(
                row(self._business, margins=(8, 0, 4, 10)),
                *self._buttons.values(),
                None,
                self.account,
                space=3,
                margins=(10, 18, 10, 14),
            )
        )

    def show_business(self, name: str) -> None:
        self._business.setText(name)

    def show_person(self, name: str, role: str) -> None:
        """Show who is at the desk, and what they are."""
        self.account.show_person(name, role)

    def offer(self, actions: Iterable[QAction]) -> None:
        """What the menu of the person holds."""
        self.account.menu_of_person.addActions(list(actions))

    def show_page(self, page: str) -> None:
        for name, button in self._buttons.items():
            button.set_current(current=name == page)

    def offer_pages(self, pages: Iterable[str]) -> None:
        """Which of `team` and `audit` are for the person at the desk."""
        offered = frozenset(pages)
        for page in ("team", "audit"):
            self._buttons[page].setVisible(page in offered)

    def offer_waitlist(self, *, offered: bool) -> None:
        """Whether the plan of the business has a waitlist."""
        self._buttons["waitlist"].setVisible(offered)

    def allow_setup(self, *, allowed: bool) -> None:
        """Whether *Set-up* is for the person at the desk."""
        self._buttons["setup"].setVisible(allowed)

    def allow_numbers(self, *, allowed: bool) -> None:
        """Whether *Numbers* is for the person at the desk, and in the plan of the business."""
        self._buttons["numbers"].setVisible(allowed)

    def allow_attention(self, *, allowed: bool) -> None:
        """Whether *Needs attention* can be gone to."""
        self._buttons["attention"].setEnabled(allowed)

    def show_requests(self, count: int) -> None:
        """Say how many requests wait for an answer."""
        self._buttons["day"].set_count(count)

    def allow_cash(self, *, allowed: bool) -> None:
        """Whether the cash sheet is for the person at the desk."""
        self._buttons["cash"].setVisible(allowed)

    def show_count(self, count: int) -> None:
        """Say how many items need attention."""
        self._buttons["attention"].set_count(count)
