"""Taking money for a visit and giving it back: what is due stands there already, Enter takes it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QHBoxLayout, QLineEdit, QWidget

from desktop.models.day_rows import PaidRow, PaymentRow
from desktop.views.build import Button, clear, column, field, inset, label, marked, named, part, row, show_facts, titled
from desktop.views.choosing import choose
from desktop.views.reading_order import InReadingOrder
from desktop.views.scrolling import scroller
from desktop.widgets.banner import Banner
from desktop.widgets.buttons import was_struck_just_now
from desktop.widgets.elided_label import ElidedLabel

_WIDTH = 520
_LIST = 210
"""Logical pixels that the list of payments takes at most."""
METHODS = {"cash": "Cash", "terminal": "Card terminal", "transfer": "Transfer", "online": "Online"}


class PaidLine(QFrame):
    """One payment, with a way to give it back."""

    refundWanted = Signal(object)
    """The `PaidRow`."""

    def __init__(self, shown: PaidRow, why_not: str) -> None:
        super().__init__()
        self.setProperty("role", "line")
        named(self, f"{shown.text}, {shown.amount}, {shown.detail}")
        title, detail = ElidedLabel(shown.text), ElidedLabel(shown.detail)
        detail.setProperty("role", "caption")
        inside = QHBoxLayout(self)
        inside.setContentsMargins(12, 6, 8, 6)
        inside.addLayout(column(title, detail, space=0), 1)
        inside.addWidget(label(shown.amount, "strong"))
        if shown.left:
            button = Button("Refund…")
            named(button, f"Refund: {shown.text}, {shown.amount}", why_not)
            button.setEnabled(not why_not)
            button.setToolTip(why_not)
            button.clicked.connect(lambda: self.refundWanted.emit(shown))
            inside.addWidget(button)


class PaymentDialog(InReadingOrder, QDialog):
    """Shows a `PaymentRow`; what is typed it hands on as it was typed."""

    takeRequested = Signal(str, str, str, str)
    """Amount and tip as they were typed, the kind, and the method."""
    refundRequested = Signal(str, str, str)
    """The id of the payment, the amount as it was typed, and the method."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        self.shown: PaymentRow | None = None
        self._refunded: PaidRow | None = None
        self._title = label("", "heading", wrap=True)
        self._facts = QHBoxLayout()
        self._facts.setSpacing(24)
        self._warning = inset(Banner())
        self._list = column(space=6)
        self._form_title = label("", "title")
        self.amount, self.tip = named(QLineEdit(), "Amount"), named(QLineEdit(), "Tip")
        self.kind, self.method = named(QComboBox(), "What for"), named(QComboBox(), "How")
        for key, words in METHODS.items():
            self.method.addItem(words, key)
        self._message = marked(label("", "error", wrap=True), "Payment message")
        self.close_button, self.go = Button("Close"), Button("Take payment", kind="primary")
        self.back = Button("Back")
        self._build()
        self.go.clicked.connect(self._go)
        for edit in (self.amount, self.tip):
            edit.returnPressed.connect(self._entered)
            edit.textEdited.connect(lambda: self.show_message(""))
        self.close_button.clicked.connect(self.reject)
        self.back.clicked.connect(self._stop_refunding)

    def _build(self) -> None:
        area = self._area = scroller(part(column(self._list, None, space=0)))
        self._kinds, self._tips = part(field("What for", self.kind)), part(field("Tip", self.tip))
        form = row(field("Amount", self.amount), self._tips, self._kinds, field("How", self.method), space=12)
        self.setLayout(
            column(
                self._title, self._facts, self._warning, area, self._form_title, form, self._message,
                row(self.close_button, None, self.back, self.go), space=14, margins=(24, 22, 24, 20),
            )
        )  # fmt: skip

    def show_row(self, shown: PaymentRow) -> None:
        """Show the money side of a visit, ready to take what is due."""
        self.shown = shown
        name = f"Payment: {shown.title}"
        titled(self, name, self._title)
        clear(self._facts)
        for fact in shown.facts:
            one = column(space=1)
            show_facts(one, (fact,))
            self._facts.addLayout(one)
        self._facts.addStretch(1)
        if shown.warning:
            self._warning.show_message(shown.warning, kind="warning")
        else:
            self._warning.clear()
        self._show_list(shown)
        self._stop_refunding()

    def _show_list(self, shown: PaymentRow) -> None:
        clear(self._list)
        for one in shown.rows:
            line = PaidLine(one, shown.refund_why_not)
            line.refundWanted.connect(self._refund)
            self._list.addWidget(line)
        if not shown.rows:
            self._list.addWidget(label("Nothing was paid yet.", "muted"))
        self._area.setFixedHeight(min(_LIST, max(1, len(shown.rows)) * 56) if shown.rows else 28)

    def show_message(self, text: str) -> None:
        """Say what is wrong with what was typed."""
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def focus_first(self) -> None:
        """Put the focus into the amount, all of it marked."""
        self.amount.setFocus(Qt.FocusReason.OtherFocusReason)
        self.amount.selectAll()

    # Which of the two the form is for

    def _stop_refunding(self) -> None:
        shown, self._refunded = self.shown, None
        if shown is None:
            return
        self._form_title.setText("Take a payment")
        self.amount.setText(shown.amount)
        # What is cleared comes back by Ctrl+Z.
        self.tip.setText("")
        self.tip.setPlaceholderText("None")
        self.kind.clear()
        for key, words in shown.kinds:
            self.kind.addItem(words, key)
        self._dress("Take payment", shown.take_why_not, refunding=False)

    def _refund(self, shown: PaidRow) -> None:
        self._refunded = shown
        self._form_title.setText(f"Give back: {shown.text}, {shown.amount}")
        self.amount.setText(shown.left)
        choose(self.method, shown.method)
        self._dress("Give back", "", refunding=True)

    def _dress(self, words: str, why_not: str, *, refunding: bool) -> None:
        self._tips.setVisible(not refunding)
        self._kinds.setVisible(not refunding)
        self.back.setVisible(refunding)
        self.go.say(words, why_not)
        self.go.setEnabled(not why_not)
        self.show_message(why_not)
        self.focus_first()

    def _entered(self) -> None:
        # What is due stands there already: who strikes twice on what has opened this has not read it.
        if not was_struck_just_now():
            self._go()

    def _go(self) -> None:
        if not self.go.isEnabled():
            return
        method = str(self.method.currentData())
        if self._refunded is not None:
            self.refundRequested.emit(self._refunded.id, self.amount.text(), method)
        else:
            self.takeRequested.emit(self.amount.text(), self.tip.text(), str(self.kind.currentData()), method)
