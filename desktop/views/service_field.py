"""Which services are booked: one that is looked for by its name, and others that are done after it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.rows import Choice
from desktop.views.build import Button, clear, column, label, marked, named, part, row
from desktop.widgets.announcing import announce
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow


class ServiceField(QWidget):
    """Shows the service that was chosen, those that follow it, and a search for one more."""

    chosen = Signal(str)
    """The id of the first service; empty once it is let go of."""
    added = Signal(str)
    """Another service, to be done after those that are chosen."""
    dropped = Signal(int)
    """The place of one of the services that were added, from 0 on."""
    settled = Signal()
    """A service was taken from the list: typing goes on elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services: tuple[Choice, ...] = ()
        self._service_id = ""
        self.search = SearchBox()
        self.search.set_label("Service", "Choose a service")
        self.search.edit.setObjectName("Service")
        self.another = SearchBox()
        self.another.set_label("Another service", "Choose another service")
        self._more = QVBoxLayout()
        self._more.setSpacing(4)
        self._another_part = part(column(self.another))
        self._note = marked(label("", "error", wrap=True), "What no service is called")
        self._add = Button("Add another service…", kind="link")
        for hidden in (self._another_part, self._note, self._add):
            hidden.hide()
        above = label("Service", "caption")
        above.setBuddy(self.search.edit)
        self.setLayout(
            column(above, self.search, self._more, self._another_part, self._note, row(self._add, None), space=4)
        )
        self.search.queryChanged.connect(self._typed)
        self.search.chosen.connect(self._choose)
        self.search.edit.editingFinished.connect(self.settle)
        self.another.queryChanged.connect(self._another_typed)
        self.another.chosen.connect(self._choose_another)
        self._add.clicked.connect(self._ask_another)

    # What it is told

    def show_choices(self, services: tuple[Choice, ...]) -> None:
        """Offer these services."""
        self._services = services

    def show_services(self, service_id: str, more: tuple[str, ...]) -> None:
        """Show what is chosen; where that is nothing, what is typed to find a service stays."""
        if service_id or self._service_id:
            self._service_id = service_id
            self.search.set_text(self._name_of(service_id))
        self._say_unknown()
        self._show_more(more)

    def _show_more(self, more: tuple[str, ...]) -> None:
        clear(self._more)
        for place, service_id in enumerate(more):
            name = self._name_of(service_id)
            gone = Button("Take out", kind="link")
            named(gone, f"Take out {name}")
            gone.clicked.connect(lambda _=False, chosen=place: self.dropped.emit(chosen))
            self._more.addLayout(row(label(f"then {name}", wrap=True), None, gone))
        self._add.setVisible(bool(self._service_id) and self._another_part.isHidden())

    def clear_typed(self) -> None:
        """Let go of what was typed to find a service."""
        for box in (self.search, self.another):
            box.set_text("")
        self._another_part.hide()

    @property
    def service_id(self) -> str:
        """The first service; empty where none is chosen yet."""
        return self._service_id

    @property
    def is_typing(self) -> bool:
        """Whether a service is being looked for and not chosen yet."""
        return bool(self.another.text() or (self.search.text() and not self._service_id))

    def focus_first(self) -> None:
        """Put the focus where the first service is chosen."""
        self._look_for(self.search)

    def focus_another(self) -> None:
        """Put the focus where another service is chosen."""
        self._look_for(self.another)

    # What a person does

    def settle(self) -> None:
        """Who has typed a name out has chosen it, with the list or without."""
        typed = self.search.text().strip().casefold()
        found = [one for one in self._services if one.text.casefold() == typed]
        if not self._service_id and len(found) == 1:
            self._take(found[0].id)

    def _look_for(self, box: SearchBox) -> None:
        """Put the focus where a service is chosen; what is typed there already is looked for once more."""
        box.edit.setFocus()
        if box.text():
            self._offer(box)

    def _offer(self, box: SearchBox) -> None:
        fits, words = self._named_like(box.text()), box.text().casefold().split()
        # "men" means the men's cut before the treatment, whatever the order of the list.
        fits.sort(key=lambda one: _begins(one.text.casefold(), words), reverse=True)
        box.show_rows([SearchRow(id=one.id, title=one.text, detail=one.detail, icon="calendar") for one in fits])

    def _named_like(self, typed: str) -> list[Choice]:
        words = typed.casefold().split()
        return [one for one in self._services if all(word in f"{one.text} {one.detail}".casefold() for word in words)]

    def _typed(self, typed: str) -> None:
        if self._service_id and typed.strip() != self._name_of(self._service_id):
            # Nothing is booked by a name that nobody reads any more.
            self._service_id = ""
            self.chosen.emit("")
        self._offer(self.search)
        self._say_unknown()

    def _another_typed(self) -> None:
        self._offer(self.another)
        self._say_unknown()

    def _say_unknown(self) -> None:
        """Say under the fields which of what stands in them no service is called."""
        typed = [self.another.text().strip(), "" if self._service_id else self.search.text().strip()]
        unknown = next((one for one in typed if one and not self._named_like(one)), "")
        words = f"No service is called “{unknown}”." if unknown else ""
        is_new = words != self._note.text()
        self._note.setText(words)
        self._note.setVisible(bool(words))
        if words and is_new:
            announce(self._note, words)

    def _choose(self, row_id: object) -> None:
        self._take(str(row_id))
        self.settled.emit()

    def _take(self, service_id: str) -> None:
        self._service_id = service_id
        self.search.set_text(self._name_of(service_id))
        self.chosen.emit(service_id)

    def _ask_another(self) -> None:
        self._add.hide()
        self._another_part.show()
        self.another.edit.setFocus()

    def _choose_another(self, row_id: object) -> None:
        self.another.set_text("")
        self._another_part.hide()
        self.added.emit(str(row_id))

    def _name_of(self, service_id: str) -> str:
        return next((one.text for one in self._services if one.id == service_id), "")


def _begins(title: str, words: list[str]) -> tuple[bool, bool]:
    """Whether a title begins with what was typed, and whether words of it do."""
    return title.startswith(" ".join(words)), all(any(one.startswith(word) for one in title.split()) for word in words)
