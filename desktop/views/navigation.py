"""The left edge of the window: whose book it is, where one can go, and who is at the desk."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.views.build import Button, column, label, marked, row
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


class Navigation(QFrame):
    """Book and Needs attention; the business above, the person below."""

    pageChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_property(self, "role", "nav")
        self.setFixedWidth(WIDTH)
        self._business = marked(ElidedLabel(), "Business name")
        self._business.setProperty("role", "title")
        self._initials = label("", "avatar")
        self._initials.setFixedSize(30, 30)
        self._initials.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._person, self._role = ElidedLabel(), ElidedLabel()
        self._person.setProperty("role", "strong")
        self._role.setProperty("role", "caption")
        self._buttons = {
            "book": NavigationButton("Book", "calendar"),
            "attention": NavigationButton("Needs attention", "inbox"),
        }
        for page, button in self._buttons.items():
            button.clicked.connect(lambda _=False, chosen=page: self.pageChosen.emit(chosen))
        self.show_page("book")
        self.setLayout(
            column(
                row(self._business, margins=(8, 0, 4, 10)),
                *self._buttons.values(),
                None,
                row(self._initials, column(self._person, self._role, space=0), space=9, margins=(4, 0, 0, 0)),
                space=3,
                margins=(10, 18, 10, 14),
            )
        )

    def show_business(self, name: str) -> None:
        self._business.setText(name)

    def show_person(self, name: str, role: str) -> None:
        """Show who is at the desk, and what they are."""
        self._person.setText(name)
        self._role.setText(role)
        self._initials.setText("".join(part[:1] for part in name.split()[:2]).upper())

    def show_page(self, page: str) -> None:
        for name, button in self._buttons.items():
            button.set_current(current=name == page)

    def show_count(self, count: int) -> None:
        """Say how many items need attention."""
        self._buttons["attention"].set_count(count)
