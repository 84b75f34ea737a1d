"""What the replica knows about itself: who it is, how far it has come, and what time it is."""

from datetime import datetime, timedelta
from typing import Final

from desktop.store.database import Database
from shared import clock, ids
from shared.clock import instant_text, parse_instant
from shared.model.base import value
from shared.protocol.messages import MAX_ELAPSED


@value
class Identity:
    """Whose replica this is, on which device, and the person at the desk."""

    replica: str
    device: str
    tenant: str
    session: str
    user_id: str
    user_name: str
    role: str


_RUN: Final = ids.new_id()
"""This run of the program."""
_IDENTITY: Final = ("replica", "device", "tenant", "session", "user_id", "user_name", "role")


class Meta:
    """Names and values, kept in the transaction that changes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """The value of a name."""
        row = self._database.row("SELECT value FROM meta WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def set(self, name: str, text: str) -> None:
        """Keep a value."""
        self._database.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, text)
        )

    def delete(self, name: str) -> None:
        """Forget a value."""
        self._database.run("DELETE FROM meta WHERE name = ?", (name,))

    def identity(self) -> Identity | None:
        """Whose replica this is; None for one that nobody has signed in to."""
        found = {name: self.get(name) for name in _IDENTITY}
        if any(text is None for text in found.values()):
            return None
        return Identity(**{name: text for name, text in found.items() if text is not None})

    def set_identity(self, identity: Identity) -> None:
        """Note who is at the desk."""
        for name in _IDENTITY:
            self.set(name, getattr(identity, name))

    def take_seq(self) -> int:
        """The next number of an edit, taken in the edit's own transaction."""
        seq = int(self.get("next_seq") or "1")
        self.set("next_seq", str(seq + 1))
        return seq

    def moment(self, name: str) -> datetime | None:
        """An instant that is kept under a name."""
        text = self.get(name)
        return None if text is None else parse_instant(text)

    def take_lease(self, lease: str, server_time: datetime) -> None:
        """Keep the server's signed time, from which edits count."""
        self.set("lease", lease)
        self.set("lease_time", instant_text(server_time))
        self._note_tick(0.0)

    def lease(self) -> tuple[str, int]:
        """The lease and the whole seconds since it was given, for an edit; the next one is never before it."""
        elapsed = self._elapsed()
        self._note_tick(elapsed)
        return self.get("lease") or "", int(elapsed)

    def now(self) -> datetime:
        """The time as edits count it: the server's clock, as far as this desk can tell."""
        return self.lease_time() + timedelta(seconds=int(self._elapsed()))

    def _elapsed(self) -> float:
        """Seconds since the lease was given.

        They are counted by the monotonic clock. It may have started again between two runs of the program, and nothing
        tells so for certain: then the step of the wall clock counts where it is longer. Neither counts backwards.
        """
        elapsed = float(self.get("tick_elapsed") or "0")
        step = clock.monotonic() - float(self.get("tick_monotonic") or "0")
        if step < 0 or self.get("tick_run") != _RUN:
            was = self.moment("tick_wall") or clock.now()
            step = max(0.0, step, (clock.now() - was).total_seconds())
        return min(elapsed + step, float(MAX_ELAPSED))

    def _note_tick(self, elapsed: float) -> None:
        self.set("tick_elapsed", repr(elapsed))
        self.set("tick_monotonic", repr(clock.monotonic()))
        self.set("tick_wall", instant_text(clock.now()))
        self.set("tick_run", _RUN)

    def lease_time(self) -> datetime:
        """When the lease was given, by the server's clock; this computer's where there was none yet."""
        return self.moment("lease_time") or clock.now()
