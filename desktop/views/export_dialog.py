"""Where to write an export, and how far that is; what it holds stands above."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget

from desktop.views.build import Button, column, field, inset, label, named, row, titled
from desktop.widgets.banner import Banner
from desktop.widgets.busy_bar import BusyBar

_WIDTH = 520
ZIP = "Zip files (*.zip)"


class ExportDialog(QDialog):
    """Asks for a file, and says when it is written."""

    saveRequested = Signal(str)
    """The path of the file."""
    cancelRequested = Signal()

    def __init__(
        self, title: str, text: str, path: str, parent: QWidget | None = None,
        *, files: str = ZIP, options: QWidget | None = None,
    ) -> None:  # fmt: skip
        """`text` is what the file will hold, `path` where it is offered to be written, `files` what it may be called.

        `options` stand above it, where there is something to say of what is written.
        """
        super().__init__(parent)
        self._files = files
        self.setModal(True)
        self.setFixedWidth(_WIDTH)
        titled(self, title)
        self._is_busy = False
        self._folder = Path(path).parent
        self._confirmed = ""
        """The path of a file that may be replaced."""
        self.file = named(QLineEdit(path), "File")
        self._choose = Button("Choose…")
        self.write, self.leave = Button("Save", kind="primary"), Button("Cancel")
        self.message, self._busy = inset(Banner()), BusyBar()
        self._content = column(
            label(title, "heading", wrap=True), label(text, wrap=True), *(() if options is None else (options,)),
            row(field("&File", self.file), column(None, self._choose)), self.message, self._busy,
            row(None, self.leave, self.write), space=14, margins=(24, 22, 24, 20),
        )  # fmt: skip
        self.setLayout(self._content)
        self._choose.clicked.connect(self._ask_file)
        self.file.returnPressed.connect(self._send)
        self.file.textEdited.connect(lambda: self._say("", "info"))
        self.write.clicked.connect(self._send)
        self.leave.clicked.connect(self.reject)

    def ask(self) -> None:
        """Open it."""
        self._fit()
        self.open()
        self.write.setFocus()

    def show_progress(self, words: str) -> None:
        """It is on its way."""
        self._allow(allowed=False)
        self.message.clear()
        self._busy.show_progress(words)
        self._fit()

    def show_saved(self, text: str) -> None:
        """It is written."""
        self._is_busy = False
        self._say(text, "success")
        self._busy.finish()
        self.write.hide()
        self.leave.say("Close")
        self.leave.setEnabled(True)
        self.leave.setFocus()
        self._fit()

    def show_message(self, text: str) -> None:
        """It was not written, and why."""
        self._busy.finish()
        self._allow(allowed=True)
        self._say(text, "danger")

    def reject(self) -> None:
        """Stop what goes on; where nothing does, close."""
        if self._is_busy:
            self.cancelRequested.emit()
        else:
            super().reject()

    def _allow(self, *, allowed: bool) -> None:
        self._is_busy = not allowed
        for one in (self.file, self._choose, self.write):
            one.setEnabled(allowed)

    def _say(self, text: str, kind: str) -> None:
        if text:
            self.message.show_message(text, kind=kind)
        else:
            self.message.clear()
        if self.write.text() != "Save":
            self.write.say("Save")
        self._fit()

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.windowTitle(), self.file.text(), self._files)
        if path:
            # The system's dialog has asked whether it may be replaced.
            self.file.setText(path)
            self._confirmed = self._target()
            self._say("", "info")

    def _target(self) -> str:
        """Where it is to be written: a name alone stands where it was offered, not where the program was started."""
        typed = self.file.text().strip()
        return typed if not typed or typed.startswith("~") else str(self._folder / typed)

    def _send(self) -> None:
        path = self._target()
        if not path or not self.write.isEnabled():
            return
        if _is_there(path) and path != self._confirmed:
            self._confirmed = path
            self._say("There is a file of that name. It is replaced once the new one is whole.", "warning")
            self.write.say("Replace")
        else:
            self.saveRequested.emit(path)

    def _fit(self) -> None:
        # A layout asks for too little where words are wrapped, and a dialog keeps the height that it was opened with.
        self._content.invalidate()
        self._content.activate()
        self.setFixedHeight(max(1, self._content.totalHeightForWidth(_WIDTH)))


def _is_there(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, RuntimeError):
        # A name that is too long, or somebody's folder whom there is not: whoever writes there says so.
        return False
