"""A replica that is not what the server knows under its name begins again under another one, with all that waits."""

from collections.abc import Mapping
from typing import Any

from desktop.store.database import Database
from desktop.store.meta import Meta
from desktop.store.outbox import Outbox
from shared.errors import ProtocolMismatch


class ReplicaForked(ProtocolMismatch):
    """The server has numbers of this replica that it never gave: its file was copied, or put back from a copy."""

    def __init__(self) -> None:
        super().__init__("This book was put back from an older copy.")


def require_own_numbers(meta: Meta, last_seq: int) -> None:
    """Raise ReplicaForked where the server has decided more than this replica has made.

    Taken for acknowledgements, those numbers would drop edits that nobody else has.
    """
    if last_seq >= int(meta.get("next_seq") or "1"):
        raise ReplicaForked


def require_own_edits(outbox: Outbox, last_seq: int, outcomes: Mapping[int, tuple[str, str]]) -> None:
    """Raise ReplicaForked where the server has decided other edits under the numbers of those that wait.

    Two copies of one file count on from the same number: what the other has pushed is no word about what waits here.
    """
    for seq, mutation in outbox.numbers(last_seq):
        if seq not in outcomes or outcomes[seq][0] != mutation:
            raise ReplicaForked


def begin_again(database: Database, replica: str, *, offer_sent: bool) -> None:
    """Take another id, count from 1 again and ask for everything, in one transaction.

    Edits keep their ids, so that the server knows those that it has from elsewhere. With `offer_sent` what was sent in
    the last days waits again, before the rest: for a server that has lost it.
    """
    meta = Meta(database)
    with database.transaction():
        waiting = database.rows(f"SELECT {_KEPT} FROM outbox ORDER BY seq")
        if offer_sent:
            waiting = [*_as_waiting(database), *waiting]
        database.run("DELETE FROM outbox")
        database.run("DELETE FROM sent")
        database.run_many(
            # A lease is good for the replica that it was given to: the next one is filled in when it comes.
            f"INSERT INTO outbox (seq, lease, elapsed, {_KEPT}) VALUES (?, '', 0, {', '.join('?' * _KEPT_COUNT)})",
            [(seq, *row) for seq, row in enumerate(waiting, start=1)],
        )
        meta.set("replica", replica)
        meta.set("next_seq", str(len(waiting) + 1))
        meta.set("lease", "")
        for name in ("cursor", "epoch", "version"):
            meta.delete(name)


_KEPT = "id, name, v, args, author, user_id, at, label, subject, refused, details"
_KEPT_COUNT = _KEPT.count(",") + 1


def _as_waiting(database: Database) -> list[tuple[Any, ...]]:
    """What was sent, as edits of the person at the desk: whose session made them is not kept, and may have ended."""
    meta = Meta(database)
    return database.rows(
        "SELECT id, name, v, args, ?, ?, at, '', '', NULL, NULL FROM sent ORDER BY seq",
        (meta.get("session"), meta.get("user_id")),
    )


def fill_leases(database: Database, lease: str) -> None:
    """Give what has no lease yet the one that has come; within the transaction that keeps it."""
    database.run("UPDATE outbox SET lease = ?, elapsed = 0 WHERE lease = ''", (lease,))
