"""Edits that the server has not decided yet, one row each, in the order in which they were made."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from desktop.store.database import Database
from desktop.store.wish_within import wish_within
from shared.clock import instant_text, parse_instant
from shared.model.base import Span, value
from shared.model.registry import canonical
from shared.mutations.decide import OutcomeKind


@value
class Waiting:
    """One edit that waits. `refused` is the code of the rule that would refuse it now, as far as this desk knows."""

    seq: int
    id: str
    name: str
    v: int
    args: Mapping[str, Any]
    author: str
    user_id: str
    lease: str
    elapsed: int
    at: datetime
    label: str
    subject: str
    refused: str | None = None
    details: Mapping[str, Any] | None = None
    was_version: int | None = None
    """Where an earlier history of the server had decided it: the version that it had there."""
    was_outcome: str | None = None
    was_code: str | None = None
    """How it had ended there; None where that was not told here."""
    undoes: tuple[str, ...] = ()
    """The mutations that it takes back, or does again."""

    @property
    def came_to_nothing(self) -> bool:
        """Whether an earlier history had not taken it: then none takes it before a person says so."""
        return self.was_outcome in CAME_TO_NOTHING

    def on_the_wire(self) -> Mapping[str, Any]:
        """What goes over the wire of it."""
        told: dict[str, Any] = {
            "seq": self.seq, "id": self.id, "name": self.name, "v": self.v, "args": self.args, "author": self.author,
            "lease": self.lease, "elapsed": self.elapsed,
        }  # fmt: skip
        if self.undoes:
            told["undoes"] = self.undoes
        if self.was_version is None:
            return told
        was = {
            "was_version": self.was_version, "was_outcome": self.was_outcome, "was_code": self.was_code,
            "made_by": self.user_id or None,
        }  # fmt: skip
        return told | {name: one for name, one in was.items() if one is not None}


CAME_TO_NOTHING: Final = frozenset({OutcomeKind.REJECTED.value, OutcomeKind.QUARANTINED.value})
_COLUMNS: Final = (
    "seq, id, name, v, args, author, user_id, lease, elapsed, at, label, subject, refused, details, was_version, "
    "was_outcome, was_code, undoes"
)

_SENT: Final = "seq, id, name, v, args, author, user_id, lease, elapsed, label, subject, undoes"


_AMONG: Final = "(SELECT value FROM json_each(?))"
# Of a group SQLite gives the row that has the maximum (sqlite.org/lang_select.html, bare columns).
_SETTLING: Final = (
    "SELECT subject FROM (SELECT subject, name, max(seq) FROM outbox "
    f"WHERE subject IN {_AMONG} AND name LIKE 'attention.%' GROUP BY subject) WHERE name != 'attention.reopen'"
)
_NUMBERS: Final = "SELECT seq, id FROM outbox WHERE seq <= ? ORDER BY seq"


class Outbox:
    """The queue of a replica."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, edit: Waiting) -> None:
        """Put an edit at the end."""
        self._database.run(
            f"INSERT INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                edit.seq, edit.id, edit.name, edit.v, canonical(edit.args), edit.author, edit.user_id, edit.lease,
                edit.elapsed, instant_text(edit.at), edit.label, edit.subject, None, None, edit.was_version,
                edit.was_outcome, edit.was_code,
                canonical(edit.undoes) if edit.undoes else None,
            ),
        )  # fmt: skip

    def take_back(self, mutation_id: str) -> int | None:
        """Drop an edit that waits: the number that it had, None for one that does not."""
        row = self._database.row("SELECT seq FROM outbox WHERE id = ?", (mutation_id,))
        self._database.run("DELETE FROM outbox WHERE id = ?", (mutation_id,))
        return None if row is None else int(row[0])

    def knows(self, mutation_id: str) -> bool:
        """Whether an edit waits, or was sent lately."""
        sql = "SELECT 1 FROM outbox WHERE id = ?1 UNION ALL SELECT 1 FROM sent WHERE id = ?1"
        return self._database.row(sql, (mutation_id,)) is not None

    def of(self, user_id: str) -> Sequence[Waiting]:
        """Every edit of a person, in order."""
        return [one for one in self.all() if one.user_id == user_id]

    def first(self, limit: int, *, after: int = 0) -> Sequence[Waiting]:
        """The oldest edits beyond a number, in order."""
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        found = self._database.rows(sql, (after, limit))
        return [_waiting(row) for row in found]

    def all(self) -> Sequence[Waiting]:
        """Every edit, in order."""
        return self.first(-1)

    def refused(self) -> Sequence[Waiting]:
        """The edits that the rules would refuse now."""
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE refused IS NOT NULL ORDER BY seq"
        return [_waiting(row) for row in self._database.rows(sql)]

    def ids(self) -> frozenset[str]:
        """The ids of all that waits."""
        return frozenset(row[0] for row in self._database.rows("SELECT id FROM outbox"))

    def refused_about(self, row_id: str) -> Sequence[Waiting]:
        """Those of them that are about a row."""
        # The plus keeps to the index of subjects: very many may be refused.
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE subject = ? AND refused IS NOT NULL ORDER BY +seq"
        return [_waiting(row) for row in self._database.rows(sql, (row_id,))]

    def refused_wishes(self, span: Span) -> Sequence[Waiting]:
        """Those of them that wish for a visit which may touch a span."""
        condition, given = wish_within(span)
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE refused IS NOT NULL AND {condition} ORDER BY seq"
        return [_waiting(row) for row in self._database.rows(sql, given)]

    def about(self, rows: Collection[str]) -> frozenset[str]:
        """Those of these rows that waiting edits are about."""
        sql = f"SELECT DISTINCT subject FROM outbox WHERE subject IN {_AMONG}"
        return self._ids(sql, rows)

    def settling(self, items: Collection[str]) -> frozenset[str]:
        """Those of these attention items that a waiting edit settles, and no later one opens again."""
        return self._ids(_SETTLING, items)

    def _ids(self, sql: str, among: Collection[str]) -> frozenset[str]:
        return frozenset(row[0] for row in self._database.rows(sql, (canonical([*among]),)))

    def adopt(self, user_id: str, session: str) -> None:
        """Let a person's new session answer for what the same person made before: the old one may have ended."""
        self._database.run("UPDATE outbox SET author = ? WHERE user_id = ?", (session, user_id))

    def count(self) -> int:
        """How many edits wait."""
        row = self._database.row("SELECT count(*) FROM outbox")
        return int(row[0]) if row else 0

    def look_through(self) -> None:
        """Raise DamagedFile where what waits cannot be read."""
        # An index would tell how many there are, and of nothing that is broken beside it.
        self._database.row("SELECT count(*) FROM outbox NOT INDEXED")

    def count_of(self, author: str) -> int:
        """How many edits of a session wait."""
        row = self._database.row("SELECT count(*) FROM outbox WHERE author = ?", (author,))
        return int(row[0]) if row else 0

    def judge(self, edit: Waiting, refused: str | None, details: Mapping[str, Any] | None) -> None:
        """Note what the replay made of an edit, where it was otherwise the last time."""
        said, before = _text(details), _text(edit.details)
        if (refused, said) != (edit.refused, before):
            self._database.run("UPDATE outbox SET refused = ?, details = ? WHERE seq = ?", (refused, said, edit.seq))

    def oldest(self) -> int | None:
        """The number of the first edit that waits: all before it are acknowledged."""
        (seq,) = self._database.row("SELECT min(seq) FROM outbox") or (None,)
        return None if seq is None else int(seq)

    def numbers(self, up_to: int) -> Sequence[tuple[int, str]]:
        """Number and id of each edit that waits, up to a number."""
        return [(seq, mutation) for seq, mutation in self._database.rows(_NUMBERS, (up_to,))]

    def acknowledge(
        self, last_seq: int, outcomes: Mapping[int, Mapping[str, Any]], version: int, at: datetime
    ) -> None:  # fmt: skip
        """Move what the server has decided to `sent`; `outcomes` are what it says of each, by number.

        `version` stands for those whose own it does not tell.
        """
        self._database.run(
            f"INSERT OR IGNORE INTO sent ({_SENT}, made_at, outcome, code, version, at) "
            f"SELECT {_SENT}, at, coalesce(was_outcome, ''), was_code, ?, ? FROM outbox WHERE seq <= ? ORDER BY seq",
            (version, instant_text(at), last_seq),
        )
        # By the id, which finds the row: two weeks of a busy desk are thousands of them.
        self._database.run_many(
            "UPDATE sent SET outcome = ?, code = ?, version = ?, already = ? WHERE id = ? AND seq = ?",
            [
                (one["outcome"], one.get("code"), one.get("version") or version, one.get("already"), one["id"], seq)
                for seq, one in outcomes.items()
            ],
        )
        self._database.run("DELETE FROM outbox WHERE seq <= ?", (last_seq,))

    def were_nothing(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of these mutations that were sent and changed nothing."""
        return self._ids(f"SELECT id FROM sent WHERE already AND id IN {_AMONG}", [*ids])

    def forget_sent(self, before: datetime) -> None:
        """Drop what was sent before an instant."""
        # By an index of its own: rows do not lie by time where the server's clock has leapt.
        self._database.run("DELETE FROM sent WHERE at < ?", (instant_text(before),))


def _text(details: Mapping[str, Any] | None) -> str | None:
    return None if details is None else canonical(details)


def _waiting(row: tuple[Any, ...]) -> Waiting:
    (
        seq, mutation, name, v, args, author, user, lease, elapsed, at, label, subject, refused, details,
        was, was_outcome, was_code, undoes,
    ) = row  # fmt: skip
    return Waiting(
        seq=seq, id=mutation, name=name, v=v, args=orjson.loads(args), author=author, user_id=user, lease=lease,
        elapsed=elapsed, at=parse_instant(at), label=label, subject=subject, refused=refused,
        details=None if details is None else orjson.loads(details), was_version=was, was_outcome=was_outcome,
        was_code=was_code, undoes=() if undoes is None else tuple(orjson.loads(undoes)),
    )  # fmt: skip
