"""Everything that is raised on purpose; anything else is a bug."""

from enum import StrEnum


class Code(StrEnum):
    """Why something was refused. Stable names: they travel, are stored, and choose the sentence a person reads."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    SLOT_TAKEN = "slot_taken"
    SERIES_CLASH = "series_clash"
    NEED_UNMET = "need_unmet"
    OUTSIDE_HOURS = "outside_hours"
    BLOCKED = "blocked"
    TOO_SOON = "too_soon"
    TOO_FAR_AHEAD = "too_far_ahead"
    NOT_STARTED = "not_started"
    WRONG_STATUS = "wrong_status"
    LOCKED = "locked"
    BEYOND_PAID = "beyond_paid"
    CHANGED_MEANWHILE = "changed_meanwhile"
    ARCHIVED = "archived"
    ERASED = "erased"
    IN_USE = "in_use"
    CUSTOMER_BLOCKED = "customer_blocked"
    DEPENDENCY = "dependency"
    LIMIT_REACHED = "limit_reached"
    FEATURE_NOT_IN_PLAN = "feature_not_in_plan"
    QUARANTINED = "quarantined"
    LEASE_OVER = "lease_over"
    NOT_REACHED = "not_reached"
    NOT_ANSWERED = "not_answered"


class AppError(Exception):
    """The root of what is raised on purpose."""


class Refusal(AppError):
    """The rules said no: `code` says which rule, `details` what a sentence needs (JSON values only).

    The same class on both sides; it travels and is never logged as a fault.
    """

    def __init__(self, code: Code, **details: object) -> None:
        super().__init__(code.value, details)
        self.code = code
        self.details = details


class Unreachable(AppError):
    """The network or the server is down: the status line says so, work goes on."""


class ProtocolMismatch(AppError):
    """One side is too old or speaks wrongly: syncing stops and says so, everything is kept."""


class NotSignedIn(AppError):
    """Sign in again; what waits to be sent is kept. `code` is the server's word for it."""

    def __init__(self, code: str = "reauth") -> None:
        super().__init__(code)
        self.code = code


class StorageFault(AppError):
    """The disk is full, the file is locked or damaged: the world's fault, said plainly."""
