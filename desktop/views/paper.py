"""Plain text on paper."""

from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QWidget


def print_text(parent: QWidget, text: str) -> None:
    """Ask for a printer and print."""
    # What prints is loaded by whoever prints: no window waits for it at its start.
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    document = QTextDocument()
    font = QFont("monospace", 9)
    font.setStyleHint(QFont.StyleHint.Monospace)
    document.setDefaultFont(font)
    document.setPlainText(text)
    dialog = QPrintDialog(QPrinter(QPrinter.PrinterMode.HighResolution), parent)
    dialog.setWindowTitle("Print")
    dialog.accepted.connect(lambda: document.print_(dialog.printer()))
    dialog.finished.connect(dialog.deleteLater)
    dialog.setModal(True)
    dialog.show()
