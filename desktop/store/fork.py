"""A replica that is not what the server knows under its name begins again under another one, with all that waits."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from desktop.store.database import Database
from desktop.store.meta import Meta
from desktop.store.outbox import Outbox
from shared.errors import ProtocolMismatch

PERHAPS_KNOWN: Final = "perhaps_known"
"""The last number of what waited as the book took its name: the server may have decided it under the former one."""


class ReplicaForked(ProtocolMismatch):
    """The server has numbers of this replica that it never gave: its file was copied, or put back from a copy."""

    def __init__(self) -> None:
        super().__init__("This book was put back from an older copy.")


class ServerPutBack(ProtocolMismatch):
    """The server knows less than it once told this replica: its database was put back from a backup."""

    def __init__(self) -> None:
        super().__init__("The server was put back from a backup. Everything on this computer is kept.")


class OlderAnswer(ServerPutBack):
    """What comes was told before something that is here; or something on the way gives an answer that it had kept."""


def require_own_numbers(meta: Meta, outbox: Outbox, last_seq: int) -> None:
    """Raise ReplicaForked where the server has decided more than this replica has made.

    Taken for acknowledgements, those numbers would drop edits that nobody else has. Raises OlderAnswer where it has
    decided less than it has acknowledged: it does not have all that left the queue for it.
    """
    next_seq = int(meta.get("next_seq") or "1")
    if last_seq >= next_seq:
        raise ReplicaForked
    if last_seq < (outbox.oldest() or next_seq) - 1:
        raise OlderAnswer


def require_own_edits(outbox: Outbox, last_seq: int, outcomes: Mapping[int, Mapping[str, Any]]) -> None:
    """Raise ReplicaForked where the server has decided other edits under the numbers of those that wait.

    Two copies of one file count on from the same number: what the other has pushed is no word about what waits here.
    """
    for seq, mutation in outbox.numbers(last_seq):
        if seq not in outcomes or outcomes[seq]["id"] != mutation:
            raise ReplicaForked


def require_own_history(meta: Meta, epoch: str | None) -> None:
    """Raise ServerPutBack where what comes is of another epoch than this replica's."""
    if epoch is not None and meta.get("epoch") not in (None, epoch):
        raise ServerPutBack


def require_progress(meta: Meta, version: int) -> None:
    """Raise OlderAnswer where what comes is older than what this replica has had: in an epoch nothing goes back."""
    if version < int(meta.get("version") or "0"):
        raise OlderAnswer


def begin_again(database: Database, replica: str, *, offer_sent: bool) -> None:
    """Take another id, count from 1 again and ask for everything, in one transaction.

    Edits keep their ids, so that the server knows those that it has from elsewhere. With `offer_sent` what was sent in
    the last days waits again, before the rest and with the versions that it had: for a server that has lost it.
    Without it the epoch is remembered, so that a server that was put back meanwhile is still noticed.
    """
    with database.transaction():
        rename(database, replica, offer_sent=offer_sent)


def rename(database: Database, replica: str, *, offer_sent: bool) -> None:
    """What `begin_again` does, within a transaction that does more."""
    meta = Meta(database)
    waiting = [*(_as_waiting(database) if offer_sent else ()), *_waiting(database)]
    database.run("DELETE FROM outbox")
    # Their numbers are those of the former name.
    database.run("UPDATE sent SET seq = NULL")
    database.run_many(
        f"INSERT INTO outbox (seq, {_KEPT}) VALUES (?, {', '.join('?' * _KEPT_COUNT)})",
        [(seq, *row) for seq, row in enumerate(waiting, start=1)],
    )
    meta.set("replica", replica)
    meta.set("next_seq", str(len(waiting) + 1))
    meta.set(PERHAPS_KNOWN, str(len(waiting)))
    meta.set("lease", "")
    for name in ("cursor", "version", *(("epoch",) if offer_sent else ())):
        meta.delete(name)


_KEPT = (
    "id, name, v, args, author, user_id, lease, elapsed, at, label, subject, refused, details, was_version, "
    "was_outcome, was_code, undoes"
)
_KEPT_COUNT = _KEPT.count(",") + 1


def _waiting(database: Database) -> Sequence[tuple[Any, ...]]:
    """What waits. A lease is good for the replica that it was given to: the next one is filled in when it comes.

    What was decided before keeps the one that it was made under: so it counts as made when it was made.
    """
    return database.rows("""
        SELECT id, name, v, args, author, user_id, iif(was_version IS NULL, '', lease),
            iif(was_version IS NULL, 0, elapsed), at, label, subject, refused, details, was_version, was_outcome,
            was_code, undoes
        FROM outbox ORDER BY seq
    """)


def _as_waiting(database: Database) -> Sequence[tuple[Any, ...]]:
    """What was sent, in the order in which it was decided and with how it ended; it waits again, and is sent no more.

    Without its ending what was refused would be tried once more, and take the place of what was confirmed.
    """
    found = database.rows("""
        SELECT id, name, v, args, author, user_id, lease, elapsed, made_at, label, subject, NULL, NULL, version,
            nullif(outcome, ''), code, undoes
        FROM sent ORDER BY version, rowid
    """)
    database.run("DELETE FROM sent")
    return found


def fill_leases(database: Database, lease: str) -> None:
    """Give what has no lease yet the one that has come; within the transaction that keeps it."""
    database.run("UPDATE outbox SET lease = ?, elapsed = 0 WHERE lease = ''", (lease,))
