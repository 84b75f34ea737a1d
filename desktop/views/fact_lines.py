"""Facts below one another: what was there before each, and long texts cut until somebody wants them whole."""

from collections.abc import Iterator, Sequence
from typing import Final

from PySide6.QtWidgets import QVBoxLayout

from desktop.models.rows import Fact, GatheredRow
from desktop.views.build import Button, clear, column, frame, label, named, row

LONGEST: Final = 280
"""Letters of a text that are shown at first."""
_MOST_LINES: Final = 6
"""Lines of one that are."""
MOST_GATHERED: Final = 8
"""Edits of those that wait that are."""


def cut(text: str) -> str:
    """A text as it is shown at first."""
    kept = "\n".join(text.splitlines()[:_MOST_LINES])
    if len(kept) > LONGEST:
        kept = kept[:LONGEST].rpartition(" ")[0] or kept[:LONGEST]
    return text if kept == text else f"{kept.rstrip()} …"


class LongText:
    """A text that wraps, in a layout; of a long one the beginning, with a button for the rest."""

    def __init__(self, text: str, called: str, *, role: str, is_whole: bool) -> None:
        self._text, self._called, self.is_whole = text, called, is_whole
        self.label = label("", role, wrap=True)
        # What is cut for the eye is read aloud whole.
        self.label.setAccessibleName(f"{called}: {text}")
        self.lines = column(self.label, space=0)
        self.more = Button("", kind="link")
        if cut(text) != text:
            self.more.clicked.connect(self._turn)
            self.lines.addLayout(row(self.more, None))
        self._show()

    def _turn(self) -> None:
        self.is_whole = not self.is_whole
        self._show()

    def _show(self) -> None:
        self.label.setText(self._text if self.is_whole else cut(self._text))
        self.more.setText("Show less" if self.is_whole else "Show all")
        named(self.more, f"{self.more.text()}: {self._called}")


class FactLines:
    """Facts, each under its label, in a layout. What was opened stays open while the same is shown anew."""

    def __init__(self) -> None:
        self.lines = column(space=10)
        self._texts: dict[str, LongText] = {}

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Replace the lines."""
        whole = {text for text, shown in self._texts.items() if shown.is_whole}
        clear(self.lines)
        self._texts = {}
        for fact in facts:
            self.lines.addLayout(column(label(fact.label, "caption"), *self._of(fact, whole), space=1))

    def _of(self, fact: Fact, whole: set[str]) -> Iterator[QVBoxLayout]:
        said = [(fact.text, fact.label, "")]
        if fact.was:
            said.append((f"Was: {fact.was}", f"{fact.label} before", "muted"))
        for text, called, role in said:
            self._texts[f"{called}: {text}"] = shown = LongText(
                text, called, role=role, is_whole=f"{called}: {text}" in whole
            )
            yield shown.lines


class GatheredList:
    """Edits that wait for another, each with what was entered; of many the first, with a button for the others."""

    def __init__(self) -> None:
        self._rows: Sequence[GatheredRow] = ()
        self._facts: list[FactLines] = []
        self._all = False
        self._title = label("", "strong")
        self._list = column(space=8)
        self.more = Button("", kind="link")
        self.more.clicked.connect(self._show_all)
        self.lines = column(self._title, self._list, row(self.more, None), space=8)
        self._show()

    def show_rows(self, rows: Sequence[GatheredRow]) -> None:
        """Replace what waits."""
        if rows != self._rows:
            self._rows, self._all = rows, False
            self._show()

    def _show_all(self) -> None:
        self._all = True
        self._show()

    def _show(self) -> None:
        clear(self._list)
        self._facts = []
        for one in self._rows if self._all else self._rows[:MOST_GATHERED]:
            facts = FactLines()
            facts.show_facts(one.facts)
            self._facts.append(facts)
            self._list.addWidget(
                frame("card", column(label(one.title, "strong"), facts.lines, space=8, margins=(16, 12, 16, 12)))
            )
        self._title.setText(f"Waiting for this one: {len(self._rows):,}")
        self._title.setVisible(bool(self._rows))
        self.more.setText(f"Show all {len(self._rows):,}")
        named(self.more, self.more.text())
        self.more.setVisible(not self._all and len(self._rows) > MOST_GATHERED)
