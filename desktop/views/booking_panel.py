"""The panel in which a visit is booked: who, what, with whom, where and when, with a live word on whether it fits."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from desktop.models.rows import BookingForm, Choice
from desktop.views.begun_notice import BegunNotice
from desktop.views.build import Button, column, field, indented, inset, label, marked, named, part, row
from desktop.views.customer_field import CustomerField
from desktop.views.free_slots import FreeSlots
from desktop.views.service_field import ServiceField
from desktop.views.side_panel import SidePanel
from desktop.views.verdict_line import VerdictLine
from desktop.views.when_fields import WhenFields
from desktop.widgets.announcing import announce
from desktop.widgets.banner import Banner

NOBODY = ""
"""The id of the choice that leaves a room or a piece of equipment out."""
NOTHING = ("Nobody", "No room", "None")
"""What it is called to choose no person, no room and no equipment."""
SOURCES = (("desk", "At the desk"), ("phone", "By phone"), ("walk_in", "Walked in"))
"""How somebody comes to be booked here."""


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
        self._quiet = False
        self._awaits_save: QWidget | None = None
        """Where somebody waits until *Save* can be pressed."""
        self.customer = CustomerField()
        self.service = ServiceField()
        self.party = named(QSpinBox(), "How many come")
        self.party.setRange(1, 1)
        self.location = named(QComboBox(), "Location")
        self.staff = named(QComboBox(), "Staff")
        self.room = named(QComboBox(), "Room")
        self.equipment = named(QComboBox(), "Equipment")
        self.when = WhenFields()
        indented(self.party).setFixedWidth(88)
        for narrow in (self.staff, self.room, self.equipment, self.location):
            narrow.setMinimumWidth(64)
        self.source = named(QComboBox(), "How it came")
        for source, text in SOURCES:
            self.source.addItem(text, source)
        self.notes = named(QPlainTextEdit(), "Notes")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(64)
        self.notes.setPlaceholderText("Anything the team should know")
        self.override = named(QLineEdit(), "Reason to book anyway")
        self._coming = inset(Banner())
        self._begun = BegunNotice()
        self._verdict, self._slots = VerdictLine(), FreeSlots()
        self._anyway = Button("Book anyway…", kind="link")
        self._why = Button("Why not?", kind="link")
        self._against = marked(label("", "caption", wrap=True), "What is in the way")
        self._build()
        self._connect()

    def _build(self) -> None:
        self._location_part = part(field("Location", self.location))
        self._room_part = part(field("Room", self.room))
        self._equipment_part = part(field("Equipment", self.equipment))
        self._override_part = part(field("Reason to book anyway", self.override))
        self._party_part = part(field("How many come", self.party))
        refused = (self._why, self._anyway, self._against, self._override_part)
        for hidden in (self._location_part, self._party_part, *refused):
            hidden.hide()
        body = column(
            self._begun,
            self.customer,
            self._coming,
            self._location_part,
            self.service,
            field("Staff", self.staff),
            row(self._room_part, self._equipment_part, self._party_part),
            self.when,
            column(
                self._verdict,
                row(self._why, self._anyway, None),
                self._against,
                self._override_part,
                self._slots,
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
        self._begun.chosen.connect(self.begunChosen)
        self._why.clicked.connect(self._unfold_why)
        self.party.valueChanged.connect(self._say)
        self.service.chosen.connect(self.serviceChosen)
        self.service.settled.connect(self._save.setFocus)
        self.service.added.connect(self._add_service)
        self.service.dropped.connect(self.serviceDropped)
        self.service.search.edit.returnPressed.connect(self.save)
        self._slots.chosen.connect(self._choose_slot)
        for combo in (self.location, self.staff, self.room, self.equipment, self.source):
            combo.currentIndexChanged.connect(self._say)
        self.when.changed.connect(self._say)
        self.when.lengthChanged.connect(self._say_length)
        self.notes.textChanged.connect(self._say)
        self.override.textEdited.connect(self._say)
        self.override.returnPressed.connect(self.save)
        self._anyway.clicked.connect(self._ask_reason)
        self._save.clicked.connect(self.save)
        self._discard.clicked.connect(self._throw_away)

    # What it is told

    def set_locale(self, locale: str) -> None:
        """Write dates and times as the place does (`en_US`)."""
        self.when.set_locale(locale)

    def show_choices(self, *, services: tuple[Choice, ...], locations: tuple[Choice, ...] = ()) -> None:
        """Offer these services, and locations where there are several."""
        self.service.show_choices(services)
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
        self.service.clear_typed()
        self._awaits_save = None
        self.show_form(form)

    def show_form(self, form: BookingForm) -> None:
        """Show a form, and let stand what is being looked for; says nothing of it."""
        self._shown = form
        self._quietly(lambda: self._fill_in(form))

    def _fill_in(self, form: BookingForm) -> None:
        if (self.customer.customer(), self.customer.new_customer()) != (form.customer, form.new_customer):
            self.customer.show_customer(form.customer, form.new_customer)
        self.service.show_services(form.service_id, form.more)
        self.party.setValue(form.party)
        for combo, chosen in (
            (self.location, form.location_id),
            (self.staff, form.staff_id),
            (self.room, form.room_id),
            (self.equipment, form.equipment_id),
            (self.source, form.source),
        ):
            combo.setCurrentIndex(max(0, combo.findData(chosen)) if combo.count() else -1)
        self.when.show_form(form)
        if self.notes.toPlainText() != form.notes:
            self.notes.setPlainText(form.notes)
        self._override_part.setVisible(form.override is not None)
        if self.override.text() != (form.override or ""):
            self.override.setText(form.override or "")

    def show_verdict(self, text: str, *, ok: bool, override_why_not: str | None = None) -> None:
        """Say whether it fits and if not why.

        `override_why_not` is None where no override helps, empty where this person may book over the rule, else why
        they may not.
        """
        self._verdict.show_verdict(text, ok=ok)
        self._anyway.setVisible(override_why_not is not None and self._shown.override is None)
        self._anyway.setEnabled(not override_why_not)
        self._anyway.setToolTip(override_why_not or "Book over the rule, with a reason that is kept.")

    def show_begun(self, text: str, choices: tuple[Choice, ...]) -> None:
        """Say that a booking was begun before, and what can be done with it; empty where none was."""
        self._begun.show_begun(text, choices)

    def show_coming(self, text: str) -> None:
        """Say what the customer has booked for that day already; empty where there is nothing."""
        if text:
            self._coming.show_message(text, kind="warning")
        else:
            self._coming.clear()

    def show_length_note(self, text: str) -> None:
        """Say how long the service takes, where the form's length is another; empty where there is nothing to say."""
        self.when.show_length_note(text)

    def show_against(self, sentences: tuple[str, ...]) -> None:
        """Every rule that is in the way, to be unfolded; nothing where it fits."""
        self._against.setText("\n".join(f"• {one}" for one in sentences))
        self._why.setText("Why not?" if len(sentences) < 2 else f"Why not? {len(sentences)} reasons")
        self._why.setVisible(bool(sentences))
        if not sentences:
            self._against.hide()

    def show_slots(self, slots: tuple[Choice, ...]) -> None:
        """Offer the next free starts; where the one that is asked for is none, they are brought into view."""
        are_new = slots != self._slots.offered
        self._slots.show_slots(slots)
        first = self._slots.first
        # Who writes further down is not taken away from there.
        if first is not None and are_new and self._verdict.is_refused and not self.notes.hasFocus():
            self.bring_into_view(first)

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
        return replace(
            self.when.entered(self._shown),
            customer=self.customer.customer(),
            new_customer=self.customer.new_customer(),
            location_id=self.location.currentData() or self._shown.location_id,
            service_id=self.service.service_id,
            party=self.party.value(),
            staff_id=self.staff.currentData() or "",
            room_id=self.room.currentData() or "",
            equipment_id=self.equipment.currentData() or "",
            source=self.source.currentData(),
            notes=self.notes.toPlainText(),
            override=None if self._override_part.isHidden() else self.override.text(),
        )

    @property
    def is_typing(self) -> bool:
        """Whether somebody or something is being looked for and not chosen yet."""
        return bool(self.customer.search.text()) or self.service.is_typing

    def focus_customer(self) -> None:
        """Put the focus on whom a form is for that is opened, and on the service where that is asked next."""
        self.customer.focus_first()
        if self.customer.customer() is not None and not self.service.service_id:
            self.service.focus_first()

    def focus_first(self, otherwise: QWidget | None = None) -> None:
        """Put the focus where something is still to be entered; where nothing is, `otherwise` has it, or the panel.

        There no key presses anything: the first button is the one that takes the customer out.
        """
        new = self.customer.new_customer()
        if self.customer.customer() is None and not (new and new.name):
            self.customer.focus_first()
        elif not self.service.service_id:
            self.service.focus_first()
        else:
            (otherwise or self).setFocus()

    # What a person does

    def save(self) -> None:
        """Ask for the booking to be saved; a key may ask before it is known whether it fits."""
        self.service.settle()
        if self.service.another.text().strip():
            self.service.focus_another()
            self.show_verdict("Choose the other service first, or empty its field.", ok=False)
        else:
            self.saveRequested.emit(self.form())

    def _throw_away(self) -> None:
        self.begin(BookingForm(day=self._shown.day, start=self._shown.start, location_id=self._shown.location_id))
        self.changed.emit(self.form())
        self.closeRequested.emit()

    def _after_customer(self) -> None:
        if self.service.service_id:
            self._go_on_to_save(self.customer)
        else:
            self.service.search.edit.setFocus()

    def _add_service(self, service_id: str) -> None:
        self.serviceAdded.emit(service_id)
        self._go_on_to_save(self)

    def _choose_slot(self, slot: str) -> None:
        self.slotChosen.emit(slot)
        self._go_on_to_save(self._slots)

    def _go_on_to_save(self, meanwhile: QWidget) -> None:
        """Put the focus on *Save*, and until that can be pressed on a part that takes no key."""
        self._awaits_save = meanwhile
        (self._save if self._save.isEnabled() else meanwhile).setFocus()

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


def _offer(combo: QComboBox, choices: tuple[Choice, ...], chosen: str) -> None:
    kept = combo.currentData() if combo.count() else chosen
    combo.clear()
    for choice in choices:
        combo.addItem(choice.text, choice.id)
    wanted = combo.findData(chosen)
    combo.setCurrentIndex(wanted if wanted >= 0 else max(0, combo.findData(kept)))
