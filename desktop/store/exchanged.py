"""What the server has exchanged in edits of this desk: another room, where the one that was found here was gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from desktop.store.database import Database
from desktop.store.meta import Meta

_MOST: Final = 20
"""Of many only the last are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One edit, by its number: what it is about, what was named in it, and what was taken in place of that."""

    seq: int
    subject: str
    gone: tuple[str, ...]
    taken: tuple[str, ...]


def keep_exchanges(database: Database, meta: Meta, outcomes: Mapping[int, Mapping[str, Any]]) -> None:
    """Within a transaction, before the edits leave the outbox: note what became of them otherwise than shown here."""
    fresh = []
    for seq, one in sorted(outcomes.items()):
        adjusted = one.get("adjusted") or {}
        row = database.row("SELECT subject FROM outbox WHERE seq = ?", (seq,)) if "exchanged" in adjusted else None
        if row is not None:
            fresh.append([seq, row[0], adjusted["exchanged"], adjusted.get("taken", [])])
    if fresh:
        meta.set("exchanged", orjson.dumps([*_kept(meta), *fresh][-_MOST:]).decode())


def exchanges(meta: Meta) -> Sequence[Exchange]:
    """The last that were noted, the eldest first."""
    return [
        Exchange(seq=seq, subject=subject, gone=tuple(gone), taken=tuple(taken))
        for seq, subject, gone, taken in _kept(meta)
    ]


def _kept(meta: Meta) -> list[Any]:
    return list(orjson.loads(meta.get("exchanged") or "[]"))
