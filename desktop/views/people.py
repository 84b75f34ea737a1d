"""Who is at the desk: everybody who has signed in on this computer, and somebody else."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.models.rows import PersonRow
from desktop.views.build import Button, clear, column, frame, inset, label, named, part, row
from desktop.views.scrolling import scroller
from desktop.widgets.banner import Banner
from desktop.widgets.elided_label import ElidedLabel

_SHOWN = 6
"""People who are shown without scrolling."""
_HEIGHT, _SPACE = 54, 8
_KEYS = 9
"""People who have a key of their own."""


def avatar(name: str) -> QLabel:
    """The initials of a name in a circle."""
    made = label(initials(name), "avatar")
    made.setFixedSize(30, 30)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


def initials(name: str) -> str:
    """The first letters of the first two words of a name."""
    return "".join(one[:1] for one in name.split()[:2]).upper()


class PersonButton(Button):
    """A person to be chosen, by a click or by the key that is shown with them."""

    def __init__(self, shown: PersonRow, key: str) -> None:
        super().__init__("", kind="slot")
        named(self, f"{shown.name}, {shown.detail}" if shown.detail else shown.name, _key_words(key))
        name, detail = ElidedLabel(shown.name), ElidedLabel(shown.detail)
        name.setProperty("role", "strong")
        detail.setProperty("role", "caption")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(12, 6, 12, 6)
        inside.setSpacing(10)
        inside.addWidget(avatar(shown.name))
        inside.addLayout(column(name, detail, space=0), 1)
        if shown.is_here:
            inside.addWidget(label("At the desk", "chip"), 0, Qt.AlignmentFlag.AlignVCenter)
        inside.addWidget(label(key, "caption"), 0, Qt.AlignmentFlag.AlignVCenter)
        for child in self.findChildren(QLabel):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        # A style sheet's least height stands above a fixed one.
        return QSize(super().sizeHint().width(), _HEIGHT)


class PeopleView(QWidget):
    """Shows `PersonRow`s and says which was chosen."""

    personChosen = Signal(str)
    """The id of a row."""
    somebodyElseRequested = Signal()
    backRequested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: tuple[str, ...] = ()
        self._message = inset(Banner())
        self._list = column(space=_SPACE)
        self._page = part(column(self._list, None))
        self._area = scroller(self._page)
        self._page.setAutoFillBackground(False)
        self._area.viewport().setAutoFillBackground(False)
        self._else = Button("Somebody else…", icon_name="plus")
        self._back = Button("Back to the book", kind="link")
        card = frame(
            "card",
            column(
                label("Who is at the desk?", "heading"),
                label("What you do from now on is done in your name.", "muted", wrap=True),
                self._message,
                self._area,
                self._else,
                self._back,
                space=14,
                margins=(32, 28, 32, 24),
            ),
        )
        card.setFixedWidth(420)
        self.setLayout(row(None, column(None, card, None), None))
        self._else.clicked.connect(self.somebodyElseRequested)
        self._back.clicked.connect(self.backRequested)

    def go_back(self) -> None:
        """Leave the desk to who is at it, where somebody is."""
        if not self._back.isHidden():
            self.backRequested.emit()

    def show_people(
        self, rows: tuple[PersonRow, ...], *, may_go_back: bool, is_locked: bool = False, message: str = ""
    ) -> None:
        """Offer these people; `may_go_back` where somebody is at the desk still, to the book or to its lock."""
        clear(self._list)
        buttons = [PersonButton(one, _key_of(place)) for place, one in enumerate(rows)]
        self._ids = tuple(one.id for one in rows)
        for one, button in zip(rows, buttons, strict=True):
            button.clicked.connect(lambda _=False, chosen=one.id: self.personChosen.emit(chosen))
            self._list.addWidget(button)
            # What is not shown yet takes no focus.
            button.show()
        self._page.setMinimumHeight(len(rows) * (_HEIGHT + _SPACE))
        self._area.setFixedHeight(min(len(rows), _SHOWN) * (_HEIGHT + _SPACE))
        self._back.setVisible(may_go_back)
        self._back.say("Back to the lock screen" if is_locked else "Back to the book")
        if message:
            self._message.show_message(message, kind="info")
        else:
            self._message.clear()
        # Who takes the desk is hardly ever who has it.
        others = (button for one, button in zip(rows, buttons, strict=True) if not one.is_here)
        next(others, self._else).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = [_key_of(place) for place in range(len(self._ids))]
        if event.text() and event.text() in keys:
            self.personChosen.emit(self._ids[keys.index(event.text())])
        else:
            super().keyPressEvent(event)


def _key_of(place: int) -> str:
    """The key that chooses who stands at a place, from 0; empty from the tenth on."""
    return str(place + 1) if place < _KEYS else ""


def _key_words(key: str) -> str:
    return f"Key {key}" if key else ""
