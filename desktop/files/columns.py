"""What the columns of another program's list mean: guessed by their headings, or as a person says."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from typing import Final, TypeVar

from desktop.files.verdict import Why
from shared.model.base import value

T = TypeVar("T")

LEFT_OUT: Final = ""
"""The role of a column without a place here."""

Chosen = Mapping[int, str]
"""The roles that a person gave to columns, by their position from 0; the others are as guessed."""


def _no_program(headings: Collection[str]) -> str:
    return ""


@value
class Kind:
    """A kind of list: the roles that its columns may have, and how they are known by their headings."""

    roles: Mapping[str, str]
    """What a person reads for each role, in the order in which they are offered."""
    role_of: Callable[[str], str | None]
    """The role of a heading in letters and digits only, if it has one."""
    needed: tuple[frozenset[str], ...]
    """Of each of these at least one must have a column."""
    without: Why
    """What is said where one of them has none."""
    program_of: Callable[[Collection[str]], str] = _no_program
    """The program that writes such headings, where that can be told."""
    preferred: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Headings by role of which only the first is read, where a file has several of that meaning."""


@value
class Layout:
    """The columns of a file: positions by role, the program that wrote them, and those without a place here."""

    program: str
    columns: Mapping[str, tuple[int, ...]]
    width: int
    left_out: tuple[str, ...]
    is_whole: bool
    """Whether every column is there without which nothing can be made of a row."""

    @property
    def known(self) -> int:
        """How many columns have a role."""
        return sum(len(positions) for positions in self.columns.values())

    def role_at(self, position: int) -> str:
        """The role of a column, `LEFT_OUT` where it has none."""
        return next((role for role, positions in self.columns.items() if position in positions), LEFT_OUT)


def layout(first_row: Sequence[str], kind: Kind, chosen: Chosen | None = None) -> Layout:
    """The columns that a first row names; `chosen` goes before what is guessed."""
    headings = [_plain(heading) for heading in first_row]
    roles = [kind.role_of(heading) or LEFT_OUT for heading in headings]
    for role, preferred in kind.preferred.items():
        best = next((headings.index(one) for one in preferred if one in headings), None)
        if best is not None:
            roles = [LEFT_OUT if one == role and place != best else one for place, one in enumerate(roles)]
            roles[best] = role
    for place, role in (chosen or {}).items():
        if place < len(roles):
            roles[place] = role
    columns: dict[str, list[int]] = {}
    for place, role in enumerate(roles):
        if role != LEFT_OUT:
            columns.setdefault(role, []).append(place)
    return Layout(
        program=kind.program_of(headings),
        columns={role: tuple(places) for role, places in columns.items()},
        width=len(first_row),
        left_out=tuple(
            first_row[at].strip()
            for at, role in enumerate(roles)
            if role == LEFT_OUT and headings[at] and kind.role_of(headings[at]) is None
        ),
        is_whole=all(columns.keys() & wanted for wanted in kind.needed),
    )


def by_word(words: Mapping[T, str]) -> Mapping[str, T]:
    """What each word stands for, from the words of each with spaces between: roles by heading."""
    return {word: stands_for for stands_for, said in words.items() for word in said.split()}


def _plain(heading: str) -> str:
    decomposed = heading.casefold().translate(str.maketrans("éèêáàíóúñäöü", "eeeaaiounaou"))
    return re.sub(r"[^a-z0-9]", "", decomposed)
