"""What the engine needs of the replica."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from desktop.store.checksums import Summed
from desktop.store.load import Load
from desktop.store.people import Leave
from desktop.store.rows import Line
from shared.model.base import value


@value
class Place:
    """Where a replica stands: which one it is, and up to where it has heard."""

    replica: str
    device: str
    schema: int
    epoch: str | None
    cursor: str | None
    """None for one that has never been loaded, or begins again under another name."""
    version: int
    view: str | None
    """What the book holds, as the server names it."""
    is_loading: bool
    """Whether a load of everything has begun, and is to be gone on with."""


class LeftDesk(Exception):
    """Somebody else has come to the desk: what was to be written was said to the one before."""


class EngineStore(Protocol):
    """What the engine needs of the replica. Every call waits until it is done, and may be made from any thread.

    Some of what is written is about the person at the desk: that the server has answered them, or lets them in no more.
    """

    def only_while(self, holds: Callable[[], bool]) -> None:
        """Raise LeftDesk, from now on, for what the server has said, where this does not hold as it is written."""

    def place(self) -> Place: ...

    def registered(self, answer: Mapping[str, Any]) -> None: ...

    def belongs_elsewhere(self, view: str) -> bool:
        """Whether the person at the desk has another view than the book, which others work on as well."""

    def begin_to_end(self) -> Sequence[Leave]: ...

    def ended(self, session: str) -> None: ...

    def standing(self, limit: int, after: int) -> tuple[Place, Sequence[Line]]:
        """`place` and `unsent`, of one moment."""

    def unsent(self, limit: int, after: int) -> Sequence[Mapping[str, Any]]: ...

    def waiting(self) -> int: ...

    def last_contact(self) -> datetime | None: ...

    def touch_contact(self, tail: Line) -> None:
        """The server has answered, and nothing is new; `tail` is the end of its answer."""

    def begin_again(self, *, offer_sent: bool) -> None: ...

    def hidden(self) -> str | None: ...

    def note_hidden(self, why: str | None) -> None: ...

    def verified(self) -> datetime | None: ...

    def note_verified(self) -> None: ...

    def most_rows(self) -> int: ...

    def next_sum(self, table: str, start: str | None, rows: int) -> Summed: ...

    def range_sum(self, table: str, start: str | None, before: str | None, without: Collection[str]) -> Summed: ...

    def apply_lines(self, lines: Iterator[Line]) -> None: ...

    def note_damaged(self) -> None:
        """Nothing that can be done while the program runs mends the file."""

    def load(self) -> Load: ...

    def take_over(self, load: Load) -> None: ...
