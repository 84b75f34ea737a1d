"""The plan of the business: what is in it, what is not, and how much of each limit is used. Nothing is changed here."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.models.setup_rows import FeatureRow, LimitRow, PlanPage
from desktop.views.build import Button, IconLabel, clear, column, frame, label, marked, named, row
from desktop.views.scrolling import scrolled
from desktop.widgets.share_bar import ShareBar

_WIDTH = 720


class PlanView(QWidget):
    """Shows a `PlanPage`, and asks for what only the server knows."""

    askRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "heading", wrap=True)
        self._whom = marked(label("", "muted", wrap=True), "Whom to ask for more")
        self._agreed = marked(label("", "strong", wrap=True), "Agreed apart from the plan")
        self._server = marked(label("", "caption", wrap=True), "What the server says")
        self.ask = Button("Ask the server again", kind="quiet", icon_name="sync")
        self._limits, self._features = column(space=8), column(space=6)
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        asking = row(self._server, self.ask)
        asking.setStretch(0, 1)
        page.setLayout(
            column(
                self._title, self._whom, self._agreed, label("Limits and use", "title"), self._limits, asking,
                label("Features", "title"), self._features, None, space=12, margins=(24, 20, 24, 24),
            )
        )  # fmt: skip
        self._area = named(scrolled(page), "Plan and limits")
        # Nothing in it takes the focus but a button at its end: it is scrolled by keyboard all the same.
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLayout(column(self._area))
        self.ask.clicked.connect(self.askRequested)
        self.forget()

    def focus_first(self) -> None:
        """Put the focus where one reads from."""
        self._area.setFocus()

    def forget(self) -> None:
        """Show nothing of anybody's plan."""
        self._title.setText("Plan")
        clear(self._limits)
        clear(self._features)
        for one in (self._whom, self._agreed):
            one.clear()
            one.hide()
        self.show_server("", may_ask=False)

    def show_page(self, shown: PlanPage) -> None:
        """Show a plan in place of what is there."""
        self._title.setText(shown.title)
        for into, text in ((self._whom, shown.whom), (self._agreed, shown.agreed)):
            into.setText(text)
            into.setVisible(bool(text))
        clear(self._limits)
        for limit in shown.limits:
            self._limits.addWidget(_limit_line(limit))
        self._show_features(shown)

    def _show_features(self, shown: PlanPage) -> None:
        clear(self._features)
        if shown.features_note:
            self._features.addWidget(label(shown.features_note, "strong", wrap=True))
        self._features.addWidget(label("In the plan", "caption"))
        for one in shown.included:
            self._features.addWidget(_feature_line(one, "check", "In the plan"))
        if not shown.included:
            self._features.addWidget(label("Nothing beside the book.", wrap=True))
        if shown.missing:
            self._features.addWidget(label("Not in the plan", "caption"))
        for one in shown.missing:
            self._features.addWidget(_feature_line(one, "slash", "Not in the plan"))

    def show_server(self, said: str, *, may_ask: bool) -> None:
        """Say what is known of what only the server knows, and whether it can be asked just now."""
        self._server.setText(said)
        self._server.setVisible(bool(said))
        self.ask.setVisible(may_ask)


def _limit_line(shown: LimitRow) -> QFrame:
    words = (f"{shown.title}: {shown.used}", shown.mark, shown.agreed, shown.note)
    mark = label(shown.mark, "error")
    figure = label(shown.used, "error" if shown.is_full else "")
    marks: tuple[QLabel, ...] = (label(shown.agreed, "chip"),) if shown.agreed else ()
    inside = column(
        row(label(shown.title, "strong"), *marks, None, *((mark,) if shown.mark else ()), figure, space=10),
        space=5, margins=(14, 10, 14, 10),
    )  # fmt: skip
    if shown.share is not None:
        inside.addWidget(ShareBar(shown.share, is_full=shown.is_full))
    if shown.note:
        inside.addWidget(label(shown.note, "error" if shown.is_full else "caption", wrap=True))
    return named(frame("line", inside), ". ".join(one.rstrip(".") for one in words if one))


def _feature_line(shown: FeatureRow, icon: str, state: str) -> QFrame:
    detail = label(shown.detail, "caption")
    inside = row(IconLabel(icon), label(shown.title), None, detail, margins=(4, 1, 14, 1))
    detail.setVisible(bool(shown.detail))
    return named(frame("plain", inside), ". ".join(filter(None, (f"{shown.title}: {state}", shown.detail))))
