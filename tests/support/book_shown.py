"""What a replica's book shows: without what is cancelled, archived or settled, and without the history of each row."""

from typing import Any

import orjson

from desktop.store.replica import Replica
from shared.model.appointment import Status
from shared.model.attention import AttentionState
from shared.model.registry import ENTITIES
from shared.model.waitlist import WaitlistState

Rows = dict[tuple[str, str], dict[str, Any]]

_UNSAID = {
    # Who took a step and when is theirs who took the last one; a booking that was taken back stays as a cancelled one.
    # How often it was changed counts the way back too.
    "appointment": {"steps", "cancel_reason", "cancelled_by", "cancelled_late", "sequence"},
}


def book_of(replica: Replica) -> Rows:
    """Every row that is shown, by table and id; what is a set is in order."""
    shown: Rows = {}
    for table, kind in ENTITIES.items():
        if table == "note":
            # What was written down stays, whatever is taken back.
            continue
        for row in replica.database.rows(f"SELECT {', '.join(kind.names)} FROM {table}"):
            told = dict(zip(kind.names, row, strict=True))
            if told.get("archived") or told.get("status") == Status.CANCELLED:
                continue
            if table == "waitlist_entry" and told["state"] == WaitlistState.WITHDRAWN:
                continue
            if table == "attention_item" and told["state"] != AttentionState.OPEN:
                continue
            if "tags" in told:
                told["tags"] = sorted(orjson.loads(told["tags"]))
            shown[table, row[0]] = {name: one for name, one in told.items() if name not in _UNSAID.get(table, ())}
    return shown
