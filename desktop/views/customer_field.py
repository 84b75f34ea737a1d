"""Who is being booked: found by any digits, name or mail, or entered as somebody new."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.models.rows import Choice, NewCustomer
from desktop.views.build import IconButton, column, field, frame, inset, label, named, part, row
from desktop.widgets.banner import Banner
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow


class CustomerField(QWidget):
    """Shows one of three things: the search, the customer that was found, or the form for a new one."""

    queryChanged = Signal(str)
    changed = Signal()
    settled = Signal()
    """A customer was chosen or entered: typing goes on in the next field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offered: dict[str, Choice] = {}
        self._chosen: Choice | None = None
        self.search = SearchBox()
        self.search.set_label("Find customer", "Phone, name or e-mail")
        self.search.edit.setObjectName("Find customer")
        self.search.set_create_label("New customer “{text}”")
        above = label("Customer", "caption")
        above.setBuddy(self.search.edit)
        self._searching = part(column(above, self.search, space=4))
        self._name, self._detail = ElidedLabel(), ElidedLabel()
        self._name.setProperty("role", "strong")
        self._detail.setProperty("role", "muted")
        self._again = IconButton("close", "Choose another customer")
        known = frame("well", row(column(self._name, self._detail, space=2), self._again, margins=(12, 8, 6, 8)))
        self._alert = inset(Banner())
        self._found = part(column(label("Customer", "caption"), known, self._alert, space=4))
        self.new_name = named(QLineEdit(), "New customer's name")
        self.new_phone = named(QLineEdit(), "New customer's phone")
        self._back = IconButton("close", "Search again")
        head = row(label("New customer", "strong"), None, self._back)
        form = column(head, field("Name", self.new_name), field("Phone", self.new_phone), margins=(12, 8, 12, 12))
        self._new = frame("well", form)
        self.setLayout(column(self._searching, self._found, self._new, space=0))
        self._connect()
        self.show_search()

    def _connect(self) -> None:
        self.search.queryChanged.connect(self.queryChanged)
        self.search.chosen.connect(self._choose)
        self.search.createRequested.connect(self._enter_new)
        self._again.clicked.connect(self.search_again)
        self._back.clicked.connect(self.search_again)
        self.new_name.textEdited.connect(self.changed)
        self.new_phone.textEdited.connect(self.changed)
        self.new_name.returnPressed.connect(self.new_phone.setFocus)
        self.new_phone.returnPressed.connect(self.settled)
        self.search.edit.installEventFilter(self)
        self._again.installEventFilter(self)

    # What it is told

    def show_found(self, found: tuple[Choice, ...]) -> None:
        """Offer what was found, best first."""
        self._offered = {one.id: one for one in found}
        self.search.show_rows(
            [SearchRow(id=one.id, title=one.text, detail=one.detail, alert=one.alert) for one in found]
        )

    def show_customer(self, chosen: Choice | None, new: NewCustomer | None) -> None:
        """Show who is being booked, or the search where it is nobody yet."""
        self._chosen = chosen
        if new is not None:
            self.new_name.setText(new.name)
            self.new_phone.setText(new.phone)
            self._show(self._new)
        elif chosen is not None:
            self._name.setText(chosen.text)
            self._detail.setText(chosen.detail)
            self._detail.setVisible(bool(chosen.detail))
            if chosen.alert:
                self._alert.show_message(chosen.alert, kind="warning")
            else:
                self._alert.clear()
            self._show(self._found)
        else:
            self.show_search()

    def show_search(self) -> None:
        self._chosen = None
        self._show(self._searching)

    def customer(self) -> Choice | None:
        return self._chosen

    def new_customer(self) -> NewCustomer | None:
        if self._new.isHidden():
            return None
        return NewCustomer(name=self.new_name.text().strip(), phone=self.new_phone.text().strip())

    def take_query(self) -> str:
        """What was typed to find somebody, which is gone from here then: it is one person's."""
        taken = self.search.text()
        self.search.set_text("")
        return taken

    def focus_first(self) -> None:
        """Put the focus where somebody is entered."""
        if not self._searching.isHidden():
            self.search.edit.setFocus()
            self.search.edit.selectAll()
        elif not self._new.isHidden():
            self.new_name.setFocus()
        else:
            self._again.setFocus()

    # What a person does

    def search_again(self) -> None:
        """Give up who was chosen, and search."""
        self.show_search()
        self.focus_first()
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._again and isinstance(event, QKeyEvent) and _is_letter(event):
            return self._typed_on(event)
        asked = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if asked and event.type() == QEvent.Type.KeyPress and not self.search.is_open:
            self.queryChanged.emit(self.search.text())
        return super().eventFilter(watched, event)

    def _typed_on(self, event: QKeyEvent) -> bool:
        """Search for whom somebody begins to type who sees a name here, and means another."""
        if event.type() == QEvent.Type.KeyPress:
            self.search_again()
            key = QKeyEvent(event.type(), event.key(), event.modifiers(), event.text())
            QApplication.sendEvent(self.search.edit, key)
        # That no shortcut of the window takes it before it is pressed.
        event.accept()
        return True

    def _choose(self, row_id: object) -> None:
        found = self._offered.get(str(row_id))
        if found is not None:
            self.show_customer(found, None)
            self.search.set_text("")
            self.changed.emit()
            self.settled.emit()

    def _enter_new(self, typed: str) -> None:
        digits = sum(letter.isdigit() for letter in typed)
        is_phone = digits >= max(3, len(typed.replace(" ", "")) - 3)
        self.show_customer(None, NewCustomer(name="" if is_phone else typed, phone=typed if is_phone else ""))
        self.search.set_text("")
        (self.new_name if is_phone else self.new_phone).setFocus()
        self.changed.emit()

    def _show(self, page: QWidget) -> None:
        for one in (self._searching, self._found, self._new):
            one.setVisible(one is page)


def _is_letter(event: QKeyEvent) -> bool:
    pressed = event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    return (
        pressed and held == Qt.KeyboardModifier.NoModifier and event.text().isprintable() and bool(event.text().strip())
    )
