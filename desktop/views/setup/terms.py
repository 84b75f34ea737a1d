"""What single people do a service otherwise than it says."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from desktop.models.setup_rows import TermsRow, Texts
from desktop.views.build import clear, column, label, marked, named, row
from desktop.widgets import theme
from desktop.widgets.elided_label import ElidedLabel

TERMS = ("Price", "Active", "Processing", "Finishing")


def _name(text: str) -> ElidedLabel:
    made = ElidedLabel(text)
    # As narrow as its share: the lines of all people stand below one another.
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return made


class TermsEditor(QWidget):
    """What people do a service otherwise than it says: a line for each of them, empty as the service says."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, tuple[QLineEdit, ...]] = {}
        self._inside = column(space=6)
        self._error = marked(label("", "error", wrap=True), "What is wrong: terms")
        words = "Who takes longer or costs more. Leave empty what is as the service says."
        self._content = column(
            label("Terms of single people", "title"),
            label(words, "muted", wrap=True),
            self._inside,
            self._error,
            space=8,
        )
        self._error.hide()
        self.setLayout(self._content)

    def show_terms(self, terms: Sequence[TermsRow]) -> None:
        """Show a line for each person."""
        clear(self._inside)
        self._lines = {}
        self.setVisible(bool(terms))
        heads = row(_name(""), *(label(head, "caption") for head in TERMS), space=8)
        self._stretch(heads)
        self._inside.addLayout(heads)
        for one in terms:
            texts = (one.price, one.active, one.processing, one.finishing)
            editors = tuple(
                named(QLineEdit(text), f"{head} of {one.name}") for head, text in zip(TERMS, texts, strict=True)
            )
            for editor in editors:
                editor.setMinimumWidth(40)
                editor.textEdited.connect(self._touched)
            self._lines[one.id] = editors
            line = row(_name(one.name), *editors, space=8)
            self._stretch(line)
            self._inside.addLayout(line)

    @staticmethod
    def _stretch(line: QHBoxLayout) -> None:
        for place, share in enumerate((3, 2, 2, 2, 2)):
            line.setStretch(place, share)

    def terms(self) -> dict[str, tuple[str, str, str, str]]:
        """What stands in each person's line: price, active, processing, finishing."""
        return {
            who: (price.text(), active.text(), processing.text(), finishing.text())
            for who, (price, active, processing, finishing) in self._lines.items()
        }

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong, by `terms.`, the person and the place in the line."""
        said = [text for name, text in errors.items() if name.startswith("terms.")]
        for who, editors in self._lines.items():
            for place, editor in enumerate(editors):
                theme.set_property(editor, "invalid", f"terms.{who}.{place}" in errors)
        self._error.setText("\n".join(dict.fromkeys(said)))
        self._error.setVisible(bool(said))

    def _touched(self) -> None:
        self.show_errors({})
        self.edited.emit()
