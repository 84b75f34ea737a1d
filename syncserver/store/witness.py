"""What is known of the chains of events outside the database: a cut tail, or an older database, shows by it.

One folder for a database (its lineage), in it one file for each chain that is only ever added to: a line for each
event, its number and hash, and the signed texts of the checkpoints between.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from shared.ids import is_id
from syncserver.store.appending import append_whole
from syncserver.store.events import PLATFORM, ChainName, Grown

_LAST_LINES: Final = 4096
"""Bytes; more than two lines have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What the file of a chain says: every hash that a number ever had, and the signed texts."""

    hashes: Mapping[int, frozenset[str]]
    signed: Sequence[str]


class Witness:
    """The files of one database. Every method may be called from any thread and any process; all raise OSError."""

    def __init__(self, folder: Path, *, lineage: str) -> None:
        self._folder: Final = folder / lineage

    def file(self, chain: ChainName) -> Path:
        """Where what is known of a chain stands; whoever takes a break for settled puts this file away."""
        return self._folder / chain

    def note(self, grown: Grown) -> None:
        """Add what was added to a chain."""
        lines: list[dict[str, object]] = []
        for entry in grown.entries:
            lines.append({"number": entry.number, "hash": entry.hash})
            if entry.number in grown.signed:
                lines.append({"signed": grown.signed[entry.number]})
        self._add(grown.chain, lines)

    def note_signed(self, chain: ChainName, signed: str) -> None:
        """Add a checkpoint of what was added before."""
        self._add(chain, [{"signed": signed}])

    def _add(self, chain: ChainName, lines: Sequence[Mapping[str, object]]) -> None:
        # Half a line that a power cut has left stays by itself. One write of a few lines is never mixed with another's.
        whole = b"\n" + b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
        append_whole(self.file(chain), whole, sync=any("signed" in line for line in lines))

    def forget(self, chain: ChainName) -> None:
        """A chain is there no more, and is not to be missed. Raises OSError."""
        self.file(chain).unlink(missing_ok=True)

    def chains(self) -> Sequence[ChainName]:
        """Every chain of which something is known."""
        if not self._folder.is_dir():
            return ()
        return [ChainName(file.name) for file in sorted(self._folder.iterdir()) if _is_chain(file.name)]

    def is_sealed(self, chain: ChainName) -> bool:
        """Whether the last that is known of a chain is a checkpoint."""
        with (self.file(chain)).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_LINES))
            lines = list(_read(file.read().splitlines()))
        return bool(lines) and "signed" in lines[-1]

    def witnessed(self, chain: ChainName) -> Witnessed:
        """All that is known of a chain; nothing of one that nobody has noted."""
        hashes: dict[int, frozenset[str]] = {}
        signed: list[str] = []
        if (self.file(chain)).exists():
            with (self.file(chain)).open("rb") as file:
                for line in _read(file):
                    if "signed" in line:
                        signed.append(line["signed"])
                    else:
                        number = line["number"]
                        hashes[number] = hashes.get(number, frozenset()) | {line["hash"]}
        return Witnessed(hashes=hashes, signed=signed)


def _is_chain(name: str) -> bool:
    return name == PLATFORM or is_id(name)


def _read(lines: Any) -> Iterator[dict[str, Any]]:
    """The lines that are whole."""
    for line in lines:
        try:
            read = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(read, dict) and ("signed" in read or {"number", "hash"} <= read.keys()):
            yield read
