"""Needs attention: each edit that the server could not take, and the ways to settle it."""

from dataclasses import replace

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListView,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.models.row_list import ROW, Index, RowList
from desktop.models.rows import AttentionDetail, AttentionRow, Choice
from desktop.views.actions import Actions
from desktop.views.build import (
    Button,
    IconLabel,
    clear,
    column,
    field,
    frame,
    label,
    marked,
    named,
    part,
    row,
)
from desktop.views.fact_lines import FactLines, GatheredList
from desktop.widgets import theme
from desktop.widgets.announcing import announce
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.search_box import SearchBox
from desktop.widgets.search_rows import SearchRow
from desktop.widgets.tokens import TYPE

MEANWHILE = "Another person has settled it meanwhile."


class AttentionDelegate(QStyledItemDelegate):
    """Paints a refused edit: what, which rule in two lines at most, when."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        body, small = QFontMetrics(theme.font(TYPE.body)), QFontMetrics(theme.font(TYPE.small))
        # All have room for two lines of the rule: a list that measures each by its words jumps as they change.
        return QSize(260, body.height() + 3 * small.height() + 32)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shown = index.data(ROW)
        tokens = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = option.rect.adjusted(6, 3, -6, -3)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        pointed = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or pointed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent_soft if chosen else tokens.hover))
            painter.drawRoundedRect(area, 6, 6)
        text = area.adjusted(12, 9, -12, -9)
        small = theme.font(TYPE.small)
        rule = two_lines(shown.rule, small, text.width())
        # What is shorter than its room stands in the middle of it.
        text.setTop(text.top() + (2 - len(rule)) * (QFontMetrics(small).height() + 2) // 2)
        lines = (
            (shown.title, theme.font(TYPE.body, QFont.Weight.DemiBold), tokens.text),
            *((line, small, tokens.danger_soft_text) for line in rule),
            (shown.made, small, tokens.text_muted if chosen else tokens.text_faint),
        )
        for words, font, colour in lines:
            metrics = QFontMetrics(font)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            line = metrics.elidedText(words, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text.left(), text.top() + metrics.ascent(), line)
            text.setTop(text.top() + metrics.height() + 2)
        painter.restore()


def two_lines(words: str, font: QFont, width: int) -> tuple[str, ...]:
    """A text as one line where it fits into `width` logical pixels, else as two; the second may be too long."""
    layout = QTextLayout(words, font)
    layout.beginLayout()
    first = layout.createLine()
    first.setLineWidth(width)
    layout.endLayout()
    end = first.textLength()
    return tuple(filter(None, (words[:end].rstrip(), words[end:].lstrip())))


class AttentionView(QWidget):
    """A list of items beside the details of the chosen one."""

    itemChosen = Signal(str)
    slotChosen = Signal(str, str)
    """The item, and the id of one of its next free slots."""
    keepRequested = Signal(str, str)
    """The item and the reason, which is empty where none is needed."""
    dropRequested = Signal(str)
    restoreRequested = Signal(str)
    attachRequested = Signal(str, str)
    """The item, and the id of what it is attached to."""
    customerQueried = Signal(str)
    bookRequested = Signal()
    _movedOn = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._detail: AttentionDetail | None = None
        self._open: tuple[AttentionRow, ...] = ()
        """What is open; beside it one may be listed that was settled while somebody writes about it."""
        self._handed_over = ""
        """The item that somebody has settled here."""
        self._is_settled = False
        """Whether the item that is shown was settled by others while somebody writes about it."""
        self._model: RowList[AttentionRow] = RowList(
            lambda shown: f"{shown.title}. {shown.rule} {shown.made}", lambda shown: shown.item_id, self
        )
        self._list = named(QListView(), "Edits that need attention")
        self._list.setModel(self._model)
        self._list.setItemDelegate(AttentionDelegate(self._list))
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setProperty("role", "bare")
        self._list.setMouseTracking(True)
        self._list.selectionModel().currentChanged.connect(self._chosen)
        self._build()
        # The view itself has none of the keys: there the focus does no harm.
        actions.attach("attention", self._pages)
        self._movedOn.connect(self._move_on, Qt.ConnectionType.QueuedConnection)
        for number in range(1, 6):
            actions[f"slot_{number}"].triggered.connect(lambda _=False, place=number - 1: self._take(place))
        actions["keep"].triggered.connect(self.ask_reason)
        actions["drop"].triggered.connect(self._drop_now)
        actions["restore"].triggered.connect(self._restore_now)
        actions["attach"].triggered.connect(self._ask_whom)

    def _build(self) -> None:
        self._title = label("", "heading", wrap=True)
        self._made = label("", "muted", wrap=True)
        self._rule = marked(label("", wrap=True), "Why it was not taken")
        self._yours, self._now = FactLines(), FactLines()
        self._slots = column(space=6)
        self._slots_title = label("", "strong")
        self._also = GatheredList()
        self._why_not = label("", "muted", wrap=True)
        self._keep = Button("Keep…", icon_name="check")
        self._drop = Button("Drop", icon_name="trash")
        self._restore = Button("", kind="primary", icon_name="undo", tint="accent_text")
        self.customer = SearchBox()
        self.customer.set_label("Attach to another customer", "Another customer: phone, name or e-mail")
        self.customer.edit.setObjectName("Attach to another customer")
        self.reason = named(QLineEdit(), "Reason to keep it")
        self._sure = Button("Keep it", kind="primary")
        self._not = Button("Back")
        self._asking = part(column(field("Reason to keep it", self.reason), row(None, self._not, self._sure)))
        self._asking.hide()
        page = QWidget()
        page.setLayout(self._page())
        page.setMaximumWidth(760)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        self._unread = QWidget()
        """Stands where there are items that were not listed yet."""
        self._empty = EmptyState()
        self._empty.show_state("check-double", "Nothing needs attention. Every edit was taken.", "Open the book")
        heading = label("Needs attention", "title")
        heading.setIndent(10)
        listing = frame("nav", column(heading, self._list, space=10, margins=(8, 18, 8, 8)))
        listing.setFixedWidth(340)
        beside = row(listing, area, space=0)
        beside.setStretch(1, 1)
        both = part(beside)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(both)
        self._pages.addWidget(self._unread)
        self.setLayout(column(self._pages))
        self._keep.clicked.connect(self.ask_reason)
        self._drop.clicked.connect(self._drop_now)
        self._not.clicked.connect(self._go_back)
        self._sure.clicked.connect(self._keep_now)
        self.reason.returnPressed.connect(self._keep_now)
        self._empty.actionRequested.connect(self.bookRequested)
        self._restore.clicked.connect(self._restore_now)
        self.customer.queryChanged.connect(self.customerQueried)
        self.customer.chosen.connect(self._attach)

    def _page(self) -> QVBoxLayout:
        why = frame(
            "bad", row(IconLabel("warning", size=18, tint="danger_soft_text"), self._rule, margins=(12, 10, 12, 10))
        )
        self._rule.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        yours = frame(
            "card", column(label("What was entered", "strong"), self._yours.lines, None, margins=(16, 14, 16, 16))
        )
        now = frame(
            "card", column(label("What is there now", "strong"), self._now.lines, None, margins=(16, 14, 16, 16))
        )
        both = row(yours, now, space=12)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        return column(
            column(self._title, self._made, space=2),
            why,
            both,
            column(self._slots_title, self._slots, self.customer, space=8),
            self._also.lines,
            row(self._restore, self._keep, self._drop, None),
            self._why_not,
            self._asking,
            None,
            space=16,
            margins=(28, 22, 28, 24),
        )

    # What it is told

    def await_items(self) -> None:
        """Show none, and do not say that there is none either, until they are listed."""
        self.show_items(())
        self._pages.setCurrentWidget(self._unread)

    def show_items(self, items: tuple[AttentionRow, ...]) -> None:
        """List what is open; the chosen one stays chosen, else the first is.

        One that is not open any more stays, too, while somebody writes about it.
        """
        focused = QApplication.focusWidget()
        awaited = any(part is focused or part.isAncestorOf(focused) for part in (self._unread, self._empty) if focused)
        held = self._detail.item_id if self._detail else None
        was_settled, self._is_settled = self._is_settled, self._is_written_about(held, items)
        listed = self._with_settled(items) if self._is_settled else items
        self._open = items
        self._model.show_rows(listed)
        self._pages.setCurrentIndex(1 if listed else 0)
        place = self._model.place_of(held)
        if self._is_settled and not was_settled:
            self._say_settled()
        if not place.isValid() and listed:
            place = self._model.index(0)
        # A list that the focus has come to has a current row already, and nothing chosen.
        if place.isValid() and not self._list.selectionModel().isSelected(place):
            self._list.setCurrentIndex(place)
        if was_settled and not self._is_settled:
            # It may be open again: the ways to settle it are shown anew.
            self._chosen(self._model.place_of(held))
        if all(one.item_id != self._handed_over for one in items):
            # Should it come back, it is to be settled anew.
            self._handed_over = ""
        if not listed:
            self._detail = None
        if awaited:
            self.focus_first()

    def _is_written_about(self, item_id: str | None, items: tuple[AttentionRow, ...]) -> bool:
        """Whether somebody writes about an item that is not among these, and that was not settled by them."""
        is_writing = self.is_asking or (not self.customer.isHidden() and bool(self.customer.text().strip()))
        is_gone = item_id is not None and all(one.item_id != item_id for one in items)
        return is_gone and is_writing and item_id != self._handed_over

    def _with_settled(self, items: tuple[AttentionRow, ...]) -> tuple[AttentionRow, ...]:
        """The rows with the one that somebody writes about at its place."""
        place = self._model.place_of(self._detail.item_id if self._detail else None)
        kept = place.data(ROW)
        if not isinstance(kept, AttentionRow):
            return items
        return (*items[: place.row()], replace(kept, rule=MEANWHILE), *items[place.row() :])

    def _say_settled(self) -> None:
        """Show the item that somebody writes about as one that nothing settles any more; what is written stays."""
        if self._detail is None:
            return
        self.show_detail(
            replace(
                self._detail, rule=MEANWHILE, slots=(), slots_wanted=False, keep_why_not=MEANWHILE,
                drop_why_not=MEANWHILE, restore_why_not=MEANWHILE,
            )
        )  # fmt: skip
        announce(self._rule, MEANWHILE)

    def forget(self) -> None:
        """Show nothing of what was listed before, nor of what was written about it."""
        self.stop_asking()
        self.customer.set_text("")
        self.show_items(())

    def take_back(self, item_id: str) -> None:
        """What somebody chose for an item was refused: they may go on writing about it."""
        if self._handed_over == item_id:
            self._handed_over = ""

    def choose(self, item_id: str) -> None:
        """Choose an item, as a click on it does."""
        place = self._model.place_of(item_id)
        if place.isValid():
            self._list.setCurrentIndex(place)

    def show_detail(self, detail: AttentionDetail) -> None:
        """Show one item in full."""
        if self._detail is None or self._detail.item_id != detail.item_id:
            self.stop_asking()
        self._detail = detail
        self._title.setText(detail.title)
        self._made.setText(detail.made)
        self._rule.setText(detail.rule)
        self._yours.show_facts(detail.yours)
        self._now.show_facts(detail.now)
        self._show_slots(detail)
        self._also.show_rows(detail.also)
        self._show_keep_and_drop(detail)
        self._show_restore(detail)
        reasons = dict.fromkeys((detail.restore_why_not, detail.keep_why_not, detail.drop_why_not))
        self._why_not.setText("\n".join(filter(None, reasons)))
        self._why_not.setVisible(any(reasons))
        self.customer.setVisible(detail.attach)
        self._sure.setEnabled(not detail.keep_why_not)

    def _show_keep_and_drop(self, detail: AttentionDetail) -> None:
        self._keep.say(detail.keep or ("Keep…" if detail.keep_needs_reason else "Keep"))
        self._keep.setEnabled(not detail.keep_why_not)
        keeps = detail.keep or "Keep it as it was entered"
        self._keep.setToolTip(detail.keep_why_not or f"{keeps} ({self._actions.keys_of('keep')})")
        self._drop.say(detail.drop or "Drop")
        self._drop.setEnabled(not detail.drop_why_not)
        drops = detail.drop or "Let it go"
        self._drop.setToolTip(detail.drop_why_not or f"{drops} ({self._actions.keys_of('drop')})")

    def _show_restore(self, detail: AttentionDetail) -> None:
        self._restore.setVisible(bool(detail.restore))
        self._restore.setText(detail.restore)
        self._restore.setAccessibleName(detail.restore)
        self._restore.setEnabled(not detail.restore_why_not)
        self._restore.setToolTip(detail.restore_why_not or f"{detail.restore} ({self._actions.keys_of('restore')})")

    def show_customers(self, found: tuple[Choice, ...]) -> None:
        """Offer customers to attach something to, best first."""
        self.customer.show_rows(
            [SearchRow(id=one.id, title=one.text, detail=one.detail, alert=one.alert) for one in found]
        )

    def focus_first(self) -> None:
        """Put the focus into the list."""
        (self._empty, self._list, self._unread)[self._pages.currentIndex()].setFocus()

    # What a person does

    def ask_reason(self) -> None:
        """Ask why it is kept, where a reason is needed; else keep it."""
        if self._detail is None or self._detail.keep_why_not:
            return
        if not self._detail.keep_needs_reason:
            self._settle(self.keepRequested, self._detail.item_id, "")
            return
        self._asking.show()
        self.reason.setFocus()

    @property
    def is_asking(self) -> bool:
        """Whether a reason is asked for, or an item is shown that was settled meanwhile."""
        return not self._asking.isHidden() or self._is_settled

    def stop_asking(self) -> None:
        """Give up the reason; where the item was settled meanwhile, everything that is written about it."""
        self._asking.hide()
        # What is cleared comes back by Ctrl+Z.
        self.reason.setText("")
        if self._is_settled:
            self.customer.set_text("")
            self._is_settled = False
            # Another one is chosen perhaps, and shown before the list is made anew.
            self._movedOn.emit()

    def _go_back(self) -> None:
        self.stop_asking()
        self.focus_first()

    def _move_on(self) -> None:
        if self._model.rows != self._open:
            self.show_items(self._open)

    def _keep_now(self) -> None:
        if self._detail is not None and not self._detail.keep_why_not and self.reason.text().strip():
            self._settle(self.keepRequested, self._detail.item_id, self.reason.text().strip())

    def _settle(self, chosen: SignalInstance, item_id: str, *how: str) -> None:
        self._handed_over = item_id
        chosen.emit(item_id, *how)

    def _restore_now(self) -> None:
        if self._detail is not None and self._detail.restore and not self._detail.restore_why_not:
            self._settle(self.restoreRequested, self._detail.item_id)

    def _ask_whom(self) -> None:
        if self._detail is not None and self._detail.attach:
            self.customer.edit.setFocus()

    def _attach(self, target: object) -> None:
        if self._detail is not None and not self._is_settled:
            self.customer.set_text("")
            self._settle(self.attachRequested, self._detail.item_id, str(target))

    def _drop_now(self) -> None:
        if self._detail is not None and not self._detail.drop_why_not:
            self._settle(self.dropRequested, self._detail.item_id)

    def _take(self, place: int) -> None:
        if self._detail is not None and place < len(self._detail.slots):
            self._choose(self._detail, self._detail.slots[place])

    def _choose(self, detail: AttentionDetail, choice: Choice) -> None:
        self._settle(self.attachRequested if detail.attach else self.slotChosen, detail.item_id, choice.id)

    def _chosen(self, current: QModelIndex) -> None:
        shown = current.data(ROW)
        if isinstance(shown, AttentionRow):
            self.itemChosen.emit(shown.item_id)

    def _show_slots(self, detail: AttentionDetail) -> None:
        clear(self._slots)
        if detail.attach:
            said = "Attach to"
        elif detail.slots:
            said = "Next free"
        else:
            said = "No free slot in the next two weeks." if detail.slots_known else "Looking for the next free slots…"
        self._slots_title.setText(said)
        self._slots_title.setVisible(detail.attach or detail.slots_wanted)
        for number, slot in enumerate(detail.slots, 1):
            self._slots.addWidget(self._slot(detail, slot, number))

    def _slot(self, detail: AttentionDetail, slot: Choice, number: int) -> Button:
        made = Button(f"{number}    {slot.text}", kind="slot")
        named(made, f"{'Attach to' if detail.attach else 'Take'} {slot.text}")
        # Figures of one width, so that the times stand below one another.
        font = made.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        made.setFont(font)
        made.setToolTip(slot.detail)
        made.clicked.connect(lambda: self._choose(detail, slot))
        return made
