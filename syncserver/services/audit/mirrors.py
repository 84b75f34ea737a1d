"""The two files of JSON lines that mirror the audit trail for log collectors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson

from syncserver.store.events import Entry, Kind
from syncserver.store.log_files import RotatingFile

_HIJACK: Final[Mapping[str, str]] = {
    Kind.MASQUERADE_DENIED: "HIJACK_ATTEMPT_DENIED",
    Kind.MASQUERADE_START: "HIJACK_START",
    Kind.MASQUERADE_END: "HIJACK_END",
    Kind.MASQUERADE_EXPIRED: "HIJACK_EXPIRED",
    Kind.MASQUERADE_ACTION_DENIED: "HIJACK_ACTION_DENIED",
}


class Mirrors:
    """`masquerade.log` and `security.log` in a folder; every event is a line of one of them."""

    def __init__(self, folder: Path, *, most: int, kept: int) -> None:
        self._masquerade: Final = RotatingFile(folder / "masquerade.log", most=most, kept=kept)
        self._security: Final = RotatingFile(folder / "security.log", most=most, kept=kept)

    def add(self, entry: Entry, tenant: str | None) -> None:
        """Add an event; `tenant` is the short name of the business. Raises OSError."""
        file, line = (
            (self._masquerade, _masquerade_line(entry, tenant))
            if entry.kind in _HIJACK
            else (self._security, _security_line(entry, tenant))
        )
        file.add(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def _masquerade_line(entry: Entry, tenant: str | None) -> Mapping[str, object]:
    return {
        "timestamp": entry.at,
        "action": _HIJACK[entry.kind],
        "hijacker_email": entry.actor_email,
        "hijacked_email": entry.as_whom_email,
        "ip_address": entry.ip,
        "session_key": entry.session,
        "tenant": tenant,
        "reason": entry.reason,
        "outcome": entry.outcome,
    }


def _security_line(entry: Entry, tenant: str | None) -> Mapping[str, object]:
    return {
        "timestamp": entry.at,
        "action": entry.kind.replace(".", "_").upper(),
        "actor_email": entry.actor_email,
        "as_whom_email": entry.as_whom_email,
        "subject": entry.subject,
        "ip_address": entry.ip,
        "session_key": entry.session,
        "tenant": tenant,
        "reason": entry.reason,
        "outcome": entry.outcome,
        "details": orjson.loads(entry.details),
    }
