"""Which day and location a page is about: one day back, one on, today, and the location where there are several."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, IconButton, label, named
from desktop.views.choosing import offer_several


class DayStepper(QWidget):
    """Shows what it is told, and says what is wanted."""

    stepRequested = Signal(int)
    todayRequested = Signal()
    locationChosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.today = Button("Today")
        self.back, self.on = IconButton("chevron-left", "Previous day"), IconButton("chevron-right", "Next day")
        self.title = label("", "title")
        self.location = named(QComboBox(), "Location")
        self.location.hide()
        inside = QHBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        for one in (self.today, self.back, self.on, self.title):
            inside.addWidget(one)
        inside.addStretch(1)
        inside.addWidget(self.location)
        self.today.clicked.connect(self.todayRequested)
        self.back.clicked.connect(lambda: self.stepRequested.emit(-1))
        self.on.clicked.connect(lambda: self.stepRequested.emit(1))
        self.location.activated.connect(lambda: self.locationChosen.emit(str(self.location.currentData())))

    def show_day(self, words: str) -> None:
        """Name the day."""
        self.title.setText(words)
        self.title.setAccessibleName(f"Day shown: {words}")

    def show_locations(self, choices: tuple[Choice, ...], chosen: str) -> None:
        """Offer the locations where there are several."""
        offer_several(self.location, choices, chosen)
