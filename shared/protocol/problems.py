"""The errors of the wire: a stable code, its HTTP status, and what it means."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ProblemCode(StrEnum):
    """Why a request was not served. Stable names: clients act on them."""

    REAUTH = "reauth"
    REVOKED = "revoked"
    SIGN_IN_FAILED = "sign_in_failed"
    CHALLENGE_EXPIRED = "challenge_expired"
    DEVICE_UNPROVEN = "device_unproven"
    SECOND_FACTOR_REQUIRED = "second_factor_required"
    NOT_ALLOWED = "not_allowed"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 a code, not a password
    WRONG_CODE = "wrong_code"
    NO_REPLICA = "no_replica"
    TENANT_SUSPENDED = "tenant_suspended"
    FEATURE_NOT_IN_PLAN = "feature_not_in_plan"
    LIMIT_REACHED = "limit_reached"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    SECOND_FACTOR_ON = "second_factor_on"
    EMAIL_TAKEN = "email_taken"
    LAST_OWNER = "last_owner"
    EPOCH_CHANGED = "epoch_changed"
    REPLICA_FORKED = "replica_forked"
    REPLICA_RETIRED = "replica_retired"
    SEQ_GAP = "seq_gap"
    TICKET_SPENT = "ticket_spent"
    RESET_REQUIRED = "reset_required"
    LINK_SPENT = "link_spent"
    TOO_LARGE = "too_large"
    INVALID = "invalid"
    WEAK_PASSWORD = "weak_password"  # noqa: S105 a code, not a password
    UPGRADE_REQUIRED = "upgrade_required"
    TOO_MANY_TRIES = "too_many_tries"
    TOO_MANY_STREAMS = "too_many_streams"
    INTERNAL = "internal"
    RETRY = "retry"
    RECOVERING = "recovering"


STATUS: Final[Mapping[ProblemCode, int]] = {
    ProblemCode.REAUTH: 401,
    ProblemCode.REVOKED: 401,
    ProblemCode.SIGN_IN_FAILED: 401,
    ProblemCode.CHALLENGE_EXPIRED: 403,
    ProblemCode.DEVICE_UNPROVEN: 403,
    ProblemCode.SECOND_FACTOR_REQUIRED: 403,
    ProblemCode.NOT_ALLOWED: 403,
    ProblemCode.WRONG_PASSWORD: 403,
    ProblemCode.WRONG_CODE: 403,
    ProblemCode.NO_REPLICA: 403,
    ProblemCode.TENANT_SUSPENDED: 403,
    ProblemCode.FEATURE_NOT_IN_PLAN: 403,
    ProblemCode.LIMIT_REACHED: 403,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.METHOD_NOT_ALLOWED: 405,
    ProblemCode.SECOND_FACTOR_ON: 409,
    ProblemCode.EMAIL_TAKEN: 409,
    ProblemCode.LAST_OWNER: 409,
    ProblemCode.EPOCH_CHANGED: 409,
    ProblemCode.REPLICA_FORKED: 409,
    ProblemCode.REPLICA_RETIRED: 409,
    ProblemCode.SEQ_GAP: 409,
    ProblemCode.TICKET_SPENT: 409,
    ProblemCode.RESET_REQUIRED: 410,
    ProblemCode.LINK_SPENT: 410,
    ProblemCode.TOO_LARGE: 413,
    ProblemCode.INVALID: 422,
    ProblemCode.WEAK_PASSWORD: 422,
    ProblemCode.UPGRADE_REQUIRED: 426,
    ProblemCode.TOO_MANY_TRIES: 429,
    ProblemCode.TOO_MANY_STREAMS: 429,
    ProblemCode.INTERNAL: 500,
    ProblemCode.RETRY: 503,
    ProblemCode.RECOVERING: 503,
}
"""The HTTP status of each."""

TITLES: Final[Mapping[ProblemCode, str]] = {
    ProblemCode.REAUTH: "Sign in again.",
    ProblemCode.REVOKED: "This device or account may not be used any more.",
    ProblemCode.SIGN_IN_FAILED: "The business, e-mail or password is wrong.",
    ProblemCode.CHALLENGE_EXPIRED: "Signing in took too long. Try again.",
    ProblemCode.DEVICE_UNPROVEN: "This device cannot show that it is the one that is known by its id.",
    ProblemCode.SECOND_FACTOR_REQUIRED: "The code of your authenticator app is needed as well.",
    ProblemCode.NOT_ALLOWED: "This account may not do that.",
    ProblemCode.WRONG_PASSWORD: "The password is wrong.",
    ProblemCode.WRONG_CODE: "The code is wrong, or was used before.",
    ProblemCode.NO_REPLICA: "This account may not keep a copy of the book.",
    ProblemCode.TENANT_SUSPENDED: "This business is suspended or closed.",
    ProblemCode.FEATURE_NOT_IN_PLAN: "The plan of the business does not include that.",
    ProblemCode.LIMIT_REACHED: "The plan of the business has no room for more.",
    ProblemCode.NOT_FOUND: "There is nothing here.",
    ProblemCode.METHOD_NOT_ALLOWED: "This address does not take that method.",
    ProblemCode.SECOND_FACTOR_ON: "This account has a second factor already.",
    ProblemCode.EMAIL_TAKEN: "There is already somebody with this e-mail.",
    ProblemCode.LAST_OWNER: "A business keeps one active owner at least.",
    ProblemCode.EPOCH_CHANGED: "The server began a new history.",
    ProblemCode.REPLICA_FORKED: "Another copy of this replica has pushed something else under the same number.",
    ProblemCode.REPLICA_RETIRED: "This replica was away for too long: begin again under another name.",
    ProblemCode.SEQ_GAP: "Earlier changes of this replica have not arrived.",
    ProblemCode.TICKET_SPENT: "This ticket is not good, or was used before.",
    ProblemCode.RESET_REQUIRED: "What is asked for cannot be told as a difference: load afresh.",
    ProblemCode.LINK_SPENT: "This link was used before, or is too old.",
    ProblemCode.TOO_LARGE: "The request is too large: split it.",
    ProblemCode.INVALID: "The request does not fit.",
    ProblemCode.WEAK_PASSWORD: "This password is too easy to guess.",
    ProblemCode.UPGRADE_REQUIRED: "This program is too old for the server.",
    ProblemCode.TOO_MANY_TRIES: "Too many tries. Wait a moment.",
    ProblemCode.TOO_MANY_STREAMS: "This account listens too often at once.",
    ProblemCode.INTERNAL: "Something went wrong on the server.",
    ProblemCode.RETRY: "The server is busy. Try again in a moment.",
    ProblemCode.RECOVERING: "The server was put back from a backup and collects what its desks have.",
}
"""What each says to a person."""
