"""The panel in which a visit is booked: who, what, with whom, where and when, with a live word on whether it fits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time

from PySide6.QtCore import QDate, QLocale, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.models.rows import BookingForm, Choice
from desktop.views.build import (
    Button,
    IconLabel,
    clear,
    column,
    field,
    frame,
    indented,
    inset,
    label,
    marked,
    named,
    part,
    row,
)
from desktop.views.customer_field import CustomerField
from desktop.views.date_time_fields import DateField, TimeField
from desktop.views.patterns import day_pattern, time_pattern
from desktop.views.side_panel import SidePanel
from desktop.widgets import theme
from desktop.widgets.announcing import announce
from desktop.widgets.banner import Banner
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow

NOBODY = ""
"""The id of the choice that leaves a room or a piece of equipment out."""
NOTHING = ("Nobody", "No room", "None")
"""What it is called to choose no person, no room and no equipment."""
SOURCES = (("desk", "At the desk"), ("phone", "By phone"), ("walk_in", "Walked in"))
"""How somebody comes to be booked here."""
SLOT_WIDTH = 276
"""Logical pixels that the words of a free slot may take, a scroll bar beside them."""


class BookingPanel(SidePanel):
    """Shows a `BookingForm` and says each change of it; whether it can be saved it is told."""

    changed = Signal(object)
    """The `BookingForm` after a change."""
    serviceChosen = Signal(str)
    serviceAdded = Signal(str)
    """Another service, to be done after those that are chosen."""
    serviceDropped = Signal(int)
    """The place of one of the services that were added, from 0 on."""
    customerQueried = Signal(str)
    slotChosen = Signal(str)
    """The id of one of the next free slots."""
    begunChosen = Signal(str)
    """The id of what was offered to do with a booking that was begun before."""
    saveRequested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("New booking", parent)
        self._shown = BookingForm()
        self._services: tuple[Choice, ...] = ()
        self._service_id = ""
        self._offered: tuple[Choice, ...] = ()
        """The free starts that are offered."""
        self._quiet = self._is_refused = False
        self._awaits_save: QWidget | None = None
        """Where somebody waits until *Save* can be pressed."""
        self.customer = CustomerField()
        self.service = SearchBox()
        self.service.set_label("Service", "Choose a service")
        self.service.edit.setObjectName("Service")
        self.another = SearchBox()
        self.another.set_label("Another service", "Choose another service")
        self.party = named(QSpinBox(), "How many come")
        self.party.setRange(1, 1)
        self.location = named(QComboBox(), "Location")
        self.staff = named(QComboBox(), "Staff")
        self.room = named(QComboBox(), "Room")
        self.equipment = named(QComboBox(), "Equipment")
        self.day = named(DateField(), "Day")
        self.day.setCalendarPopup(True)
        self.start = named(TimeField(), "Start")
        self.minutes = named(QSpinBox(), "Length in minutes")
        self.minutes.setRange(5, 24 * 60)
        self.minutes.setSingleStep(5)
        self.minutes.setSuffix(" min")
        for editor in (self.start, self.minutes, self.party):
            indented(editor).setFixedWidth(88)
        for narrow in (self.day, self.staff, self.room, self.equipment, self.location):
            narrow.setMinimumWidth(64)
        self.source = named(QComboBox(), "How it came")
        for source, text in SOURCES:
            self.source.addItem(text, source)
        self.notes = named(QPlainTextEdit(), "Notes")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(64)
        self.notes.setPlaceholderText("Anything the team should know")
        self.override = named(QLineEdit(), "Reason to book anyway")
        self._service_note = marked(label("", "error", wrap=True), "What no service is called")
        self._coming = inset(Banner())
        self._begun_text = marked(label("", wrap=True), "What was begun before")
        self._begun_choices = row(space=4)
        self._begun = frame("well", column(self._begun_text, self._begun_choices, space=2, margins=(12, 9, 12, 4)))
        self._begun.hide()
        self._length_note = marked(label("", "caption", wrap=True), "What the service takes")
        self._anyway = Button("Book anyway…", kind="link")
        self._why = Button("Why not?", kind="link")
        self._against = marked(label("", "caption", wrap=True), "What is in the way")
        self._add = Button("Add another service…", kind="link")
        self._build()
        self._connect()

    def _build(self) -> None:
        above = label("Service", "caption")
        above.setBuddy(self.service.edit)
        self._location_part = part(field("Location", self.location))
        self._room_part = part(field("Room", self.room))
        self._equipment_part = part(field("Equipment", self.equipment))
        self._override_part = part(field("Reason to book anyway", self.override))
        self._party_part = part(field("How many come", self.party))
        self._another_part = part(column(self.another))
        self._more = QVBoxLayout()
        self._more.setSpacing(4)
        self._slots = QVBoxLayout()
        self._slots.setSpacing(6)
        self._slots_part = part(column(label("Next free", "caption"), self._slots, space=4))
        self._verdict_icon = IconLabel("check", size=18, tint="success_soft_text")
        self._verdict_text = marked(label("", wrap=True), "Whether it fits")
        self._verdict = frame("good", row(self._verdict_icon, self._verdict_text, margins=(12, 9, 12, 9)))
        self._verdict_text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        unasked = (self._override_part, self._slots_part, self._verdict, self._anyway, self._location_part)
        folded = (self._why, self._against, self._add, self._another_part, self._party_part)
        for hidden in (*unasked, *folded, self._length_note, self._service_note):
            hidden.hide()
        when = row(field("Day", self.day), field("Start", self.start), field("Length", self.minutes), space=8)
        when.setStretch(0, 1)
        body = column(
            self._begun,
            self.customer,
            self._coming,
            self._location_part,
            column(
                above, self.service, self._more, self._another_part, self._service_note, row(self._add, None), space=4
            ),
            field("Staff", self.staff),
            row(self._room_part, self._equipment_part, self._party_part),
            column(when, self._length_note, space=4),
            column(
                self._verdict,
                row(self._why, self._anyway, None),
                self._against,
                self._override_part,
                self._slots_part,
                space=8,
            ),
            field("How it came", self.source),
            field("Notes", self.notes),
            None,
            space=14,
            margins=(20, 4, 20, 16),
        )
        self._save = Button("Save booking", kind="primary")
        self._discard = Button("Discard", kind="quiet")
        self._hint = label("", "caption")
        self.fill(body, row(self._discard, None, self._hint, self._save, margins=(16, 12, 20, 12)))

    def _connect(self) -> None:
        self.customer.queryChanged.connect(self.customerQueried)
        self.customer.changed.connect(self._say)
        self.customer.settled.connect(self._after_customer)
        self.service.queryChanged.connect(self._service_typed)
        self.another.queryChanged.connect(self._another_typed)
        self.another.chosen.connect(self._add_service)
        self._add.clicked.connect(self._ask_another)
        self._why.clicked.connect(self._unfold_why)
        self.party.valueChanged.connect(self._say)
        self.service.chosen.connect(self._choose_service)
        self.service.edit.editingFinished.connect(self._settle_service)
        self.service.edit.returnPressed.connect(self.save)
        for combo in (self.location, self.staff, self.room, self.equipment, self.source):
            combo.currentIndexChanged.connect(self._say)
        self.day.dateChanged.connect(self._say)
        self.start.timeChanged.connect(self._say)
        self.minutes.valueChanged.connect(self._say_length)
        self.notes.textChanged.connect(self._say)
        self.override.textEdited.connect(self._say)
        self.override.returnPressed.connect(self.save)
        self._anyway.clicked.connect(self._ask_reason)
        self._save.clicked.connect(self.save)
        self._discard.clicked.connect(self._throw_away)

    # What it is told

    def set_locale(self, locale: str) -> None:
        """Write dates and times as the place does (`en_US`)."""
        where = QLocale(locale)
        self.day.setLocale(where)
        self.start.setLocale(where)
        self.day.setDisplayFormat(day_pattern(locale))
        self.start.setDisplayFormat(time_pattern(locale))

    def show_choices(
        self,
        *,
        services: tuple[Choice, ...],
        locations: tuple[Choice, ...] = (),
    ) -> None:
        """Offer these services, and locations where there are several."""
        self._services = services
        self._quietly(lambda: _offer(self.location, locations, self._shown.location_id))
        self._location_part.setVisible(len(locations) > 1)

    def show_resources(
        self,
        *,
        staff: tuple[Choice, ...],
        rooms: tuple[Choice, ...],
        equipment: tuple[Choice, ...],
        nothing: tuple[str, ...] = NOTHING,
    ) -> None:
        """Offer these people, rooms and equipment; what was chosen stays where it is still offered.

        `nothing` says of each of the three what it means to choose none.
        """
        nobody, no_room, none = (Choice(id=NOBODY, text=text) for text in nothing)

        def offer() -> None:
            _offer(self.staff, (nobody, *staff), self._shown.staff_id)
            _offer(self.room, (no_room, *rooms), self._shown.room_id)
            _offer(self.equipment, (none, *equipment), self._shown.equipment_id)

        self._quietly(offer)
        self._room_part.setVisible(bool(rooms))
        self._equipment_part.setVisible(bool(equipment))

    def show_largest_party(self, most: int) -> None:
        """How many may come to one visit; where it is one nobody is asked."""
        self._quietly(lambda: self.party.setRange(1, max(1, most)))
        self._party_part.setVisible(most > 1)

    def begin(self, form: BookingForm) -> None:
        """Show another form than the one that was shown: what was typed in that one to find something is not of it."""
        self.customer.take_query()
        for box in (self.service, self.another):
            box.set_text("")
        self._another_part.hide()
        self._awaits_save = None
        self.show_form(form)

    def show_form(self, form: BookingForm) -> None:
        """Show a form, and let stand what is being looked for; says nothing of it."""
        self._shown = form
        self._quietly(lambda: self._fill_in(form))

    def _fill_in(self, form: BookingForm) -> None:
        if (self.customer.customer(), self.customer.new_customer()) != (form.customer, form.new_customer):
            self.customer.show_customer(form.customer, form.new_customer)
        if form.service_id or self._service_id:
            self._service_id = form.service_id
            self.service.set_text(self._name_of(form.service_id))
        self._say_unknown()
        self._show_more(form.more)
        self.party.setValue(form.party)
        for combo, chosen in (
            (self.location, form.location_id),
            (self.staff, form.staff_id),
            (self.room, form.room_id),
            (self.equipment, form.equipment_id),
            (self.source, form.source),
        ):
            combo.setCurrentIndex(max(0, combo.findData(chosen)) if combo.count() else -1)
        if form.day is not None:
            self.day.setDate(QDate(form.day.year, form.day.month, form.day.day))
        if form.start is not None:
            self.start.setTime(QTime(form.start.hour, form.start.minute))
        self.minutes.setValue(form.minutes)
        # In a row each takes as long as it takes.
        self.minutes.setEnabled(not form.more)
        if self.notes.toPlainText() != form.notes:
            self.notes.setPlainText(form.notes)
        self._override_part.setVisible(form.override is not None)
        if self.override.text() != (form.override or ""):
            self.override.setText(form.override or "")

    def _show_more(self, more: tuple[str, ...]) -> None:
        clear(self._more)
        for place, service_id in enumerate(more):
            name = self._name_of(service_id)
            gone = Button("Take out", kind="link")
            named(gone, f"Take out {name}")
            gone.clicked.connect(lambda _=False, chosen=place: self.serviceDropped.emit(chosen))
            self._more.addLayout(row(label(f"then {name}", wrap=True), None, gone))
        self._add.setVisible(bool(self._service_id) and self._another_part.isHidden())

    def show_verdict(self, text: str, *, ok: bool, override_why_not: str | None = None) -> None:
        """Say whether it fits and if not why.

        `override_why_not` is None where no override helps, empty where this person may book over the rule, else why
        they may not.
        """
        announced = text != self._verdict_text.text()
        self._is_refused = not ok
        self._verdict_text.setText(text)
        self._verdict_text.setAccessibleName(f"Whether it fits: {text}")
        self._verdict.setVisible(bool(text))
        theme.set_property(self._verdict, "role", "good" if ok else "bad")
        theme.set_property(self._verdict_text, "of", "good" if ok else "bad")
        self._verdict_icon.set_icon("check" if ok else "warning", "success_soft_text" if ok else "danger_soft_text")
        self._anyway.setVisible(override_why_not is not None and self._shown.override is None)
        self._anyway.setEnabled(not override_why_not)
        self._anyway.setToolTip(override_why_not or "Book over the rule, with a reason that is kept.")
        if announced:
            announce(self._verdict, text)

    def show_begun(self, text: str, choices: tuple[Choice, ...]) -> None:
        """Say that a booking was begun before, and what can be done with it; empty where none was."""
        if text == self._begun_text.text():
            return
        self._begun_text.setText(text)
        clear(self._begun_choices)
        for choice in choices:
            link = Button(choice.text, kind="link")
            link.clicked.connect(lambda _=False, chosen=choice.id: self.begunChosen.emit(chosen))
            self._begun_choices.addWidget(link)
            # Where others stand already they would come a turn of the loop later.
            link.show()
        self._begun_choices.addStretch(1)
        self._begun.setVisible(bool(text))
        if text:
            announce(self._begun, text)

    def show_coming(self, text: str) -> None:
        """Say what the customer has booked for that day already; empty where there is nothing."""
        if text:
            self._coming.show_message(text, kind="warning")
        else:
            self._coming.clear()

    def show_length_note(self, text: str) -> None:
        """Say how long the service takes, where the form's length is another; empty where there is nothing to say."""
        self._length_note.setText(text)
        self._length_note.setVisible(bool(text))

    def show_against(self, sentences: tuple[str, ...]) -> None:
        """Every rule that is in the way, to be unfolded; nothing where it fits."""
        self._against.setText("\n".join(f"• {one}" for one in sentences))
        self._why.setText("Why not?" if len(sentences) < 2 else f"Why not? {len(sentences)} reasons")
        self._why.setVisible(bool(sentences))
        if not sentences:
            self._against.hide()

    def show_slots(self, slots: tuple[Choice, ...]) -> None:
        """Offer the next free starts; where the one that is asked for is none, they are brought into view."""
        are_new, self._offered = slots != self._offered, slots
        clear(self._slots)
        chips = []
        for place, slot in enumerate(slots):
            chip = Button("", kind="slot")
            chip.setText(chip.fontMetrics().elidedText(slot.text, Qt.TextElideMode.ElideRight, SLOT_WIDTH))
            named(chip, f"Next free: {slot.detail or slot.text}")
            chip.setToolTip(f"{slot.detail} (Alt+{place + 1})".lstrip())
            chip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            chip.clicked.connect(lambda _=False, chosen=slot.id: self._choose_slot(chosen))
            self._slots.addWidget(chip)
            chips.append(chip)
        self._slots_part.setVisible(bool(slots))
        # Who writes further down is not taken away from there.
        if chips and are_new and self._is_refused and not self.notes.hasFocus():
            self.bring_into_view(chips[0])

    def show_found(self, found: tuple[Choice, ...]) -> None:
        """Offer the customers that were found."""
        self.customer.show_found(found)

    def set_saveable(self, *, ok: bool, why_not: str = "") -> None:
        """Whether what stands here can be saved; if not, why."""
        self._save.setEnabled(ok)
        self._save.setToolTip(why_not or "Ctrl+Enter")
        awaited, self._awaits_save = self._awaits_save, None
        focus = QApplication.focusWidget()
        # Who has gone elsewhere meanwhile is not taken away from there.
        if awaited is not None and focus is not None and (focus is awaited or focus.isAncestorOf(awaited)):
            self._save.setFocus() if ok else self.focus_first(focus)

    def form(self) -> BookingForm:
        """What stands in the panel."""
        day, start = self.day.date(), self.start.time()
        return replace(
            self._shown,
            customer=self.customer.customer(),
            new_customer=self.customer.new_customer(),
            location_id=self.location.currentData() or self._shown.location_id,
            service_id=self._service_id,
            party=self.party.value(),
            staff_id=self.staff.currentData() or "",
            room_id=self.room.currentData() or "",
            equipment_id=self.equipment.currentData() or "",
            day=date(day.year(), day.month(), day.day()),
            start=self._same_or(time(start.hour(), start.minute())),
            minutes=self.minutes.value(),
            source=self.source.currentData(),
            notes=self.notes.toPlainText(),
            override=None if self._override_part.isHidden() else self.override.text(),
        )

    @property
    def is_typing(self) -> bool:
        """Whether somebody or something is being looked for and not chosen yet."""
        is_service_typed = bool(self.service.text()) and not self._service_id
        return bool(self.customer.search.text() or self.another.text() or is_service_typed)

    def _same_or(self, start: time) -> time:
        # An hour that the clocks show twice says in its fold which one is meant; the editor cannot.
        return self._shown.start if self._shown.start == start else start

    def focus_customer(self) -> None:
        """Put the focus on whom a form is for that is opened, and on the service where that is asked next."""
        self.customer.focus_first()
        if self.customer.customer() is not None and not self._service_id:
            self._look_for(self.service)

    def focus_first(self, otherwise: QWidget | None = None) -> None:
        """Put the focus where something is still to be entered; where nothing is, `otherwise` has it, or the panel.

        There no key presses anything: the first button is the one that takes the customer out.
        """
        new = self.customer.new_customer()
        if self.customer.customer() is None and not (new and new.name):
            self.customer.focus_first()
        elif not self._service_id:
            self._look_for(self.service)
        else:
            (otherwise or self).setFocus()

    # What a person does

    def save(self) -> None:
        """Ask for the booking to be saved; a key may ask before it is known whether it fits."""
        self._settle_service()
        if self.another.text().strip():
            self._look_for(self.another)
            self.show_verdict("Choose the other service first, or empty its field.", ok=False)
        else:
            self.saveRequested.emit(self.form())

    def _throw_away(self) -> None:
        self.begin(BookingForm(day=self._shown.day, start=self._shown.start, location_id=self._shown.location_id))
        self.changed.emit(self.form())
        self.closeRequested.emit()

    def _after_customer(self) -> None:
        if self._service_id:
            self._go_on_to_save(self.customer)
        else:
            self.service.edit.setFocus()

    def _choose_slot(self, slot: str) -> None:
        self.slotChosen.emit(slot)
        self._go_on_to_save(self._slots_part)

    def _go_on_to_save(self, meanwhile: QWidget) -> None:
        """Put the focus on *Save*, and until that can be pressed on a part that takes no key."""
        self._awaits_save = meanwhile
        (self._save if self._save.isEnabled() else meanwhile).setFocus()

    def _look_for(self, box: SearchBox) -> None:
        """Put the focus where a service is chosen; what is typed there already is looked for once more."""
        box.edit.setFocus()
        if box.text():
            self._offer_services(box)

    def _offer_services(self, box: SearchBox) -> None:
        fits, words = self._named_like(box.text()), box.text().casefold().split()
        # "men" means the men's cut before the treatment, whatever the order of the list.
        fits.sort(key=lambda one: _begins(one.text.casefold(), words), reverse=True)
        box.show_rows([SearchRow(id=one.id, title=one.text, detail=one.detail, icon="calendar") for one in fits])

    def _named_like(self, typed: str) -> list[Choice]:
        words = typed.casefold().split()
        return [one for one in self._services if all(word in f"{one.text} {one.detail}".casefold() for word in words)]

    def _service_typed(self, typed: str) -> None:
        if self._service_id and typed.strip() != self._name_of(self._service_id):
            # Nothing is booked by a name that nobody reads any more.
            self._service_id = ""
            self.serviceChosen.emit("")
        self._offer_services(self.service)
        self._say_unknown()

    def _another_typed(self) -> None:
        self._offer_services(self.another)
        self._say_unknown()

    def _say_unknown(self) -> None:
        """Say under the fields which of what stands in them no service is called."""
        typed = [self.another.text().strip(), "" if self._service_id else self.service.text().strip()]
        unknown = next((one for one in typed if one and not self._named_like(one)), "")
        words = f"No service is called “{unknown}”." if unknown else ""
        is_new = words != self._service_note.text()
        self._service_note.setText(words)
        self._service_note.setVisible(bool(words))
        if words and is_new:
            announce(self._service_note, words)

    def _settle_service(self) -> None:
        """Who has typed a name out has chosen it, with the list or without."""
        typed = self.service.text().strip().casefold()
        named = [one for one in self._services if one.text.casefold() == typed]
        if not self._service_id and len(named) == 1:
            self._take_service(named[0].id)

    def _take_service(self, service_id: str) -> None:
        self._service_id = service_id
        self.service.set_text(self._name_of(service_id))
        self.serviceChosen.emit(service_id)

    def _choose_service(self, row_id: object) -> None:
        self._take_service(str(row_id))
        self._save.setFocus()

    def _name_of(self, service_id: str) -> str:
        return next((one.text for one in self._services if one.id == service_id), "")

    def _ask_another(self) -> None:
        self._add.hide()
        self._another_part.show()
        self.another.edit.setFocus()

    def _add_service(self, row_id: object) -> None:
        self.another.set_text("")
        self._another_part.hide()
        self.serviceAdded.emit(str(row_id))
        self._go_on_to_save(self)

    def _unfold_why(self) -> None:
        self._against.setVisible(self._against.isHidden())
        if not self._against.isHidden():
            announce(self._against, self._against.text())

    def _ask_reason(self) -> None:
        self._override_part.show()
        self._anyway.hide()
        self.override.setFocus()
        self._say()

    def _say(self) -> None:
        if not self._quiet:
            self._shown = self.form()
            self.changed.emit(self._shown)

    def _say_length(self) -> None:
        if not self._quiet:
            self._shown = replace(self._shown, own_length=True)
            self._say()

    def _quietly(self, act: Callable[[], None]) -> None:
        before, self._quiet = self._quiet, True
        try:
            act()
        finally:
            self._quiet = before


def _begins(title: str, words: list[str]) -> tuple[bool, bool]:
    """Whether a title begins with what was typed, and whether words of it do."""
    return title.startswith(" ".join(words)), all(any(one.startswith(word) for one in title.split()) for word in words)


def _offer(combo: QComboBox, choices: tuple[Choice, ...], chosen: str) -> None:
    kept = combo.currentData() if combo.count() else chosen
    combo.clear()
    for choice in choices:
        combo.addItem(choice.text, choice.id)
    wanted = combo.findData(chosen)
    combo.setCurrentIndex(wanted if wanted >= 0 else max(0, combo.findData(kept)))
