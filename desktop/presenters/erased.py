"""Lets go of what is half typed about somebody of whom everything was erased."""

from collections.abc import Sequence
from typing import Final, Protocol

from PySide6.QtCore import QObject

from desktop.presenters.edits import Edits
from desktop.presenters.link import Latest, Link
from desktop.queries.erased import erased_of

GONE: Final = "Everything about a customer was erased: what was half typed about them is gone, too."


class Typed(Protocol):
    """Whatever keeps what is half typed about customers."""

    def half_typed_about(self) -> frozenset[str]:
        """The ids of the customers."""

    def forget_about(self, erased: frozenset[str]) -> None:
        """Keep nothing about these, shown or not."""


class ErasedPresenter(QObject):
    """Looks whenever customers have changed; whoever gives something back has it look, too."""

    def __init__(self, link: Link, edits: Edits, parts: Sequence[Typed], parent: QObject) -> None:
        super().__init__(parent)
        self._edits, self._parts, self._asking = edits, parts, Latest(link)
        link.changed.connect(self._changed)

    def _changed(self, tables: frozenset[str]) -> None:
        if "customer" in tables:
            self.look()

    def look(self) -> None:
        """Ask who of those that something is half typed about was erased."""
        about = frozenset[str]().union(*(one.half_typed_about() for one in self._parts))
        if about:
            self._asking.ask(lambda replica: erased_of(replica, about), self._took)

    def _took(self, erased: frozenset[str]) -> None:
        if erased:
            for one in self._parts:
                one.forget_about(erased)
            self._edits.say(GONE)
