"""What the replica knows about itself: who it is, how far it has come, and what time it is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from desktop.store.database import Database
from desktop.store.lease import Lease, confirmed, has_leapt, lease_of, ticked
from shared import clock, ids
from shared.clock import instant_text, parse_instant
from shared.errors import Code, NotSignedIn, Refusal
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


@value
class Stamp:
    """What is noted of an edit beside what it says: its number, who makes it, and when by the server's clock."""

    seq: int
    who: Identity
    lease: str
    elapsed: int
    """Whole seconds since the lease was given."""
    at: datetime


VERIFIED: Final = "verified"
"""The name under which it is kept when the book was last compared with the server's; a book loaded afresh has none."""
BUSINESS: Final = "business"
"""The name under which it is kept which business the book is of, by the server's word."""
HIDDEN: Final = "hidden"
"""The name under which it is kept why the book is not shown, from the server's no to its next yes."""
_RUN: Final = ids.new_id()
"""This run of the program."""
_IDENTITY: Final = ("replica", "device", "tenant", "session", "user_id", "user_name", "role")
_Known = Mapping[str, str]


def hidden_name(user_id: str) -> str:
    """Under which name that is kept: the server's no is said to one person, and others may work on the same book."""
    return f"{HIDDEN}:{user_id}"


LOAD: Final = "load"
"""Under which name the file of a load says how far it has come."""


class Meta:
    """Names and values, kept in the transaction that changes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """The value of a name."""
        row = self._database.row("SELECT value FROM meta WHERE name = ?", (name,))
        return None if row is None else str(row[0])

    def all(self) -> Mapping[str, str]:
        """Every value by its name: they are few, and one statement is faster than one for each that is needed."""
        return dict(self._database.rows("SELECT name, value FROM meta"))

    def set(self, name: str, text: str) -> None:
        """Keep a value."""
        self._set_all({name: text})

    def _set_all(self, values: _Known) -> None:
        self._database.run_many(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", values.items()
        )

    def delete(self, name: str) -> None:
        """Forget a value."""
        self._database.run("DELETE FROM meta WHERE name = ?", (name,))

    def identity(self) -> Identity:
        """Whose replica this is; raises NotSignedIn for one that nobody has signed in to."""
        return identity_of(self.all())

    def set_identity(self, identity: Identity) -> None:
        """Note who is at the desk."""
        self._set_all({name: getattr(identity, name) for name in _IDENTITY})

    def stamp(self) -> Stamp:
        """What the next edit is noted with, within its own transaction; no later one is before it.

        Raises NotSignedIn where nobody has ever been at the desk, Refusal(LEASE_OVER) where it was too long without
        its server.
        """
        known = self.all()
        who = identity_of(known)
        _require(lease_of(known, who.user_id))
        if hidden_name(who.user_id) in known:
            # The server's no came while it was being made.
            raise NotSignedIn("revoked")
        seq, elapsed = int(known.get("next_seq", "1")), _elapsed(known)
        told = {"next_seq": str(seq + 1), **_tick(elapsed), **ticked(known)}
        self._set_all({name: text for name, text in told.items() if known.get(name) != text})
        lease = known.get("lease", "")
        return Stamp(
            seq=seq, who=who, lease=lease, elapsed=int(elapsed), at=_at(known, elapsed)
        )  # fmt: skip

    def moment(self, name: str) -> datetime | None:
        """An instant that is kept under a name."""
        text = self.get(name)
        return None if text is None else parse_instant(text)

    def take_lease(self, lease: str, server_time: datetime) -> None:
        """Keep the server's signed time, from which edits count."""
        self._set_all({"lease": lease, "lease_time": instant_text(server_time), **_tick(0.0)})

    def confirm(self, server_time: datetime, length: float | None) -> None:
        """The server has answered the person at the desk; `length` is the offline lease, in seconds."""
        known = self.all()
        self._set_all(confirmed(known, known.get("user_id", ""), server_time, length))

    def lease(self) -> Lease:
        """How long the person at the desk may go on without the server. Raises NotSignedIn where nobody is."""
        known = self.all()
        return lease_of(known, identity_of(known).user_id)

    def require_lease(self) -> None:
        """Raise Refusal(LEASE_OVER) where the person at the desk was too long without the server."""
        _require(self.lease())

    def has_leapt(self) -> bool:
        """Whether the clock must be kept at once."""
        return has_leapt(self.all())

    def tick(self) -> None:
        """Keep how far the clock has come: it does not go back by a restart."""
        self._set_all(ticked(self.all()))

    def now(self) -> datetime:
        """The time as edits count it: the server's clock, as far as this desk can tell."""
        known = self.all()
        return _at(known, _elapsed(known))


def _require(standing: Lease) -> None:
    if standing.is_over:
        raise Refusal(Code.LEASE_OVER, since=instant_text(standing.confirmed))


def identity_of(known: Mapping[str, str]) -> Identity:
    """Whose replica these values tell of; raises NotSignedIn where nobody has signed in."""
    try:
        return Identity(**{name: known[name] for name in _IDENTITY})
    except KeyError as error:
        raise NotSignedIn from error


def _elapsed(known: _Known) -> float:
    """Seconds since the lease was given.

    They are counted by the monotonic clock. It may have started again between two runs of the program, and nothing
    tells so for certain: then the step of the wall clock counts where it is longer. Neither counts backwards.
    """
    elapsed = float(known.get("tick_elapsed", "0"))
    step = clock.monotonic() - float(known.get("tick_monotonic", "0"))
    if step < 0 or known.get("tick_run") != _RUN:
        was = parse_instant(known["tick_wall"]) if "tick_wall" in known else clock.now()
        step = max(0.0, step, (clock.now() - was).total_seconds())
    return min(elapsed + step, float(MAX_ELAPSED))


def _tick(elapsed: float) -> _Known:
    return {
        "tick_elapsed": repr(elapsed),
        "tick_monotonic": repr(clock.monotonic()),
        "tick_wall": instant_text(clock.now()),
        "tick_run": _RUN,
    }


def _at(known: _Known, elapsed: float) -> datetime:
    if "lease_time" not in known:
        # This computer's clock, where the server has not told its own yet: nothing has been counted from that.
        return clock.now()
    return parse_instant(known["lease_time"]) + timedelta(seconds=int(elapsed))
