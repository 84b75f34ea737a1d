"""The form of a wish: who waits, for what, by whom, and when it would do."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QDate, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from desktop.models.people_rows import WishForm
from desktop.models.rows import Choice
from desktop.views.build import Button, column, field, indented, label, marked, named, part, row
from desktop.views.choosing import choose, offer
from desktop.views.customer_field import CustomerField
from desktop.views.date_time_fields import DateField
from desktop.views.patterns import full_day_pattern
from shared.dates import WEEKDAYS

_WHOLE_DAY = 24 * 60
_STEP = 30
_PRIORITIES = ((0, "As asked"), (1, "High"), (2, "Very high"), (-1, "Low"))


class DayChoice:
    """A day that may be left open: a box to tick, and the day."""

    def __init__(self, name: str) -> None:
        self.asked = named(QCheckBox(name), name)
        self.day = named(DateField(), f"{name}: day")
        self.day.setCalendarPopup(True)
        self.day.setEnabled(False)
        self.asked.toggled.connect(self.day.setEnabled)

    def set_locale(self, locale: str) -> None:
        """Write the day as a locale, named as by BCP 47, has it."""
        self.day.setLocale(QLocale(locale))
        self.day.setDisplayFormat(full_day_pattern(locale))

    def show_day(self, day: date | None, otherwise: date) -> None:
        """Show a day; None leaves it open, and `otherwise` is what would be chosen first."""
        self.asked.setChecked(day is not None)
        shown = day or otherwise
        self.day.setDate(QDate(shown.year, shown.month, shown.day))

    def chosen(self) -> date | None:
        """The day; None where it is left open."""
        shown = self.day.date()
        return date(shown.year(), shown.month(), shown.day()) if self.asked.isChecked() else None


class WishFormView(QWidget):
    """Enters a wish or corrects one; whoever listens to `customerQueried` answers with `show_customers`."""

    customerQueried = Signal(str)
    customerChanged = Signal()
    """Another was chosen or entered by hand, or is being looked for."""
    saveRequested = Signal(object)
    """The `WishForm`."""
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label("", "heading")
        self.customer = CustomerField()
        self.service, self.person = named(QComboBox(), "Service"), named(QComboBox(), "By whom")
        self.days = [named(QCheckBox(text), text) for text in WEEKDAYS]
        self.earliest, self.latest = named(QComboBox(), "Not before"), named(QComboBox(), "Done by")
        self.first, self.last = DayChoice("From"), DayChoice("Until")
        self.priority, self.party = named(QComboBox(), "Priority"), indented(named(QSpinBox(), "People"))
        self.party.setRange(1, 100)
        self.notes = named(QPlainTextEdit(), "Notes of the wish")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(56)
        self._message = marked(label("", "error", wrap=True), "Wish message")
        self.save, self.back = Button("Save", kind="primary"), Button("Cancel")
        for value, text in _PRIORITIES:
            self.priority.addItem(text, value)
        self._build()
        self.save.clicked.connect(self._save)
        self.back.clicked.connect(self.cancelled)
        self.customer.queryChanged.connect(self.customerQueried)
        self.customer.changed.connect(self.customerChanged)
        self.customer.settled.connect(self.service.setFocus)

    def _build(self) -> None:
        days = column(label("On these days; none is any", "caption"), row(_in_fours(self.days), None), space=4)
        span = QGridLayout()
        for line, choice in enumerate((self.first, self.last)):
            span.addWidget(choice.asked, line, 0)
            span.addWidget(choice.day, line, 1)
        what = row(field("Service", self.service), field("By whom", self.person), space=12)
        when = row(field("Not before", self.earliest), field("Done by", self.latest), space=12)
        more = row(field("Priority", self.priority), field("People", self.party), None, space=12)
        for one in (what, when):
            _halve(one)
        notes = field("Notes", self.notes)
        self._entered = part(column(self.customer, what, days, when, row(span, None), more, notes, space=14))
        self.setLayout(
            column(
                self._title,
                self._entered,
                self._message,
                row(self.save, self.back, None),
                None,
                space=14,
                margins=(28, 22, 28, 24),
            )
        )

    def show_setup(
        self, services: tuple[Choice, ...], people: tuple[Choice, ...], hours: tuple[str, ...], *, locale: str
    ) -> None:
        """What can be chosen; `hours` are the half hours of a day in words, 49 of them."""
        for day in (self.first, self.last):
            day.set_locale(locale)
        _fill(self.service, (Choice(id="", text="Choose a service"), *services))
        _fill(self.person, (Choice(id="", text="Anybody"), *people))
        for editor, away in ((self.earliest, "Any time"), (self.latest, "Any time")):
            chosen = editor.currentData()
            editor.clear()
            editor.addItem(away, 0 if editor is self.earliest else _WHOLE_DAY)
            for number, text in enumerate(hours[1:-1], 1):
                editor.addItem(text, number * _STEP)
            if chosen is not None:
                _choose_minute(editor, int(chosen))

    def show_form(self, title: str, form: WishForm, today: date, *, is_new: bool) -> None:
        """Show a wish; whose it is can only be chosen for a new one. Days that are left open begin with `today`."""
        self._fill(title, form, today, is_new=is_new)
        if form.customer:
            self.service.setFocus()
        elif form.new_customer is None or not _has_focus(self.customer):
            # Who is being entered as somebody new goes on where that was begun.
            self.customer.focus_first()

    def _fill(self, title: str, form: WishForm, today: date, *, is_new: bool) -> None:
        self._title.setText(title)
        self.customer.search.set_text(form.query)
        self.customer.show_customer(form.customer, form.new_customer)
        self.customer.setEnabled(is_new)
        choose(self.service, form.service_id)
        choose(self.person, form.person_id)
        for number, day in enumerate(self.days):
            day.setChecked(number in form.weekdays)
        _choose_minute(self.earliest, form.earliest)
        _choose_minute(self.latest, form.latest)
        for chosen, day_of in ((self.first, form.from_day), (self.last, form.to_day)):
            chosen.show_day(day_of, today)
        choose(self.priority, form.priority)
        self.party.setValue(form.party)
        self.notes.setPlainText(form.notes)
        self.show_message("")

    def show_customers(self, found: tuple[Choice, ...]) -> None:
        """Offer customers, best first."""
        self.customer.show_found(found)

    def show_customer(self, customer: Choice) -> None:
        """Whose it is: somebody who is in the book, where nobody was or somebody new."""
        was_entering = _has_focus(self.customer)
        self.customer.search.set_text("")
        self.customer.show_customer(customer, None)
        if was_entering:
            self.service.setFocus()

    def show_sending(self, *, sending: bool) -> None:
        """Take nothing more while it is being saved: it would be of nothing that is sent."""
        if sending == self._entered.isEnabled():
            if sending:
                self.save.setFocus(Qt.FocusReason.OtherFocusReason)
            self._entered.setEnabled(not sending)
            if not sending:
                self.service.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Let nothing stand in it any more: it is one person's."""
        self.show_sending(sending=False)
        shown = self.first.day.date()
        self._fill("", WishForm(), date(shown.year(), shown.month(), shown.day()), is_new=True)
        self.show_customers(())

    def show_message(self, text: str) -> None:
        """Say what is wrong with what is entered."""
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def form(self) -> WishForm:
        """What stands in it."""
        return WishForm(
            customer=self.customer.customer(),
            query=self.customer.search.text(),
            new_customer=self.customer.new_customer(),
            service_id=str(self.service.currentData() or ""),
            person_id=str(self.person.currentData() or ""),
            weekdays=tuple(number for number, day in enumerate(self.days) if day.isChecked()),
            earliest=int(self.earliest.currentData() or 0),
            latest=int(self.latest.currentData() or _WHOLE_DAY),
            from_day=self.first.chosen(),
            to_day=self.last.chosen(),
            priority=int(self.priority.currentData() or 0),
            party=self.party.value(),
            notes=self.notes.toPlainText().strip(),
        )

    def _save(self) -> None:
        form = self.form()
        if form.customer is None and form.new_customer is None:
            self.show_message("Choose a customer first.")
            self.customer.focus_first()
        elif form.new_customer is not None and not form.new_customer.name:
            self.show_message("The new customer needs a name.")
            self.customer.focus_first()
        elif not form.service_id:
            self.show_message("Choose a service first.")
            self.service.setFocus()
        else:
            self.saveRequested.emit(form)


def _has_focus(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and part.isAncestorOf(focused)


def _in_fours(boxes: Sequence[QCheckBox]) -> QGridLayout:
    """Boxes below one another: in a line they would be wider than the narrowest window."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    for number, box in enumerate(boxes):
        grid.addWidget(box, number // 4, number % 4)
    return grid


def _halve(line: QHBoxLayout) -> None:
    line.setStretch(0, 1)
    line.setStretch(1, 1)


def _fill(editor: QComboBox, choices: tuple[Choice, ...]) -> None:
    chosen = editor.currentData()
    offer(editor, choices, chosen)


def _choose_minute(editor: QComboBox, minute: int) -> None:
    place = editor.findData(minute)
    if place < 0:
        editor.addItem(f"{minute // 60:02}:{minute % 60:02}", minute)
        place = editor.count() - 1
    editor.setCurrentIndex(place)
