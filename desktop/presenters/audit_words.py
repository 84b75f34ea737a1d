"""What each kind of event of the audit trail is called by a person."""

from typing import Final

from desktop.sync.office import Happened
from shared.ids import is_id
from shared.rules.offline_lease import MINUTE, length_words

DONE: Final = {
    "sign_in.tried": "Signed in",
    "sign_in.locked_out": "Has to wait after too many wrong passwords",
    "session.signed_out": "Signed out",
    "session.token_reused": "An old sign-in was used again: the session was ended",
    "session.refused": "A session was refused",
    "session.ended": "Ended a session",
    "device.unproven": "A device could not show that it is the one it said",
    "device.handed_in": "A device that was shut out handed in what it had",
    "device.revoked": "Shut a device out",
    "data.exported": "Exported data",
    "customer.erased": "Erased a customer",
    "tenant.erased": "Erased the business",
    "tenant.created": "Made the business",
    "tenant.tier_set": "Changed the plan",
    "tenant.plan_changed": "The plan was changed",
    "tenant.suspended": "Suspended the business",
    "tenant.reopened": "Reopened the business",
    "tenant.closed": "Closed the business",
    "tenant.lease_set": "Changed how long desks work without the server",
    "tenant.owner_invited": "Invited the owner",
    "plan.stored": "Stored a plan",
    "user.created": "Made an account",
    "user.disabled": "Disabled somebody",
    "user.enabled": "Enabled somebody",
    "user.unlocked": "Unlocked somebody",
    "user.reset_sent": "Sent a link for a new password",
    "user.password_changed": "Changed the password",
    "user.second_factor_on": "Turned the second factor on",
    "user.second_factor_off": "Turned the second factor off",
    "user.second_factor_reset": "Took away the second factor of somebody",
    "user.recovery_codes_drawn": "Drew new recovery codes",
    "user.role_changed": "Changed a role",
    "user.invited": "Invited somebody",
    "user.invite_revoked": "Took an invite back",
    "user.joined": "Joined the team",
    "feed.made": "Made a calendar address",
    "feed.revoked": "Revoked a calendar address",
    "access.refused": "Was refused something",
    "book.edited": "Edited the book for the business",
    "grant.created": "Was given a right for a short time",
    "grant.used": "Used a right given for a short time",
    "grant.revoked": "Took back a right given for a short time",
    "grant.expired": "A right given for a short time had run out",
    "masquerade.denied": "Was not let act as somebody",
    "masquerade.started": "Began to act as somebody",
    "masquerade.opened": "Opened it at a desk",
    "masquerade.ended": "Stopped acting as somebody",
    "masquerade.expired": "The time to act as somebody was over",
    "masquerade.action_denied": "Was refused something while acting as somebody",
}
REFUSED: Final = {
    "sign_in.tried": "Could not sign in",
    "user.password_changed": "Could not change the password",
    "data.exported": "Was not let export data",
}
"""Where an attempt is called otherwise than a deed."""
EDITS: Final = {
    "appointment.book": "booked a visit",
    "appointment.reschedule": "moved a visit",
    "appointment.swap": "let two visits change places",
    "appointment.cancel": "cancelled a visit",
    "block.put": "blocked time",
    "block.remove": "freed blocked time",
    "customer.restore": "brought a customer back",
    "service.update": "brought a service back",
    "resource.update": "brought a person or a thing back",
    "location.update": "brought a location back",
}
"""What the platform's people do in the book."""
_TOLD: Final = ("email", "role", "was", "what", "name", "action", "why")
"""The details that say something to a person, in this order."""


def what_happened(event: Happened) -> str:
    """A sentence without its full stop, and what it was about where that says something."""
    said = (REFUSED if event.denied else {}).get(event.kind) or DONE.get(event.kind) or _unknown(event.kind)
    about = event.subject if event.subject and not is_id(event.subject) else ""
    known = {name: told for name, told in event.details.items() if name in _TOLD and isinstance(told, str) and told}
    if event.kind == "user.role_changed" and {"was", "role"} <= known.keys():
        return f"{said}: {about}, {_plain(known['was'])} → {_plain(known['role'])}"
    if event.kind == "book.edited":
        return f"{said}: {EDITS.get(about, about)}"
    if event.kind == "tenant.lease_set":
        return f"{said}: {_length(event.details.get('was'))} → {_length(event.details.get('now'))}"
    told = ", ".join(dict.fromkeys(_plain(one) for one in (about, *(known.get(name, "") for name in _TOLD)) if one))
    return f"{said}: {told}" if told else said


def _length(minutes: object) -> str:
    return length_words(minutes * MINUTE) if isinstance(minutes, int) else "as the server says"


def _unknown(kind: str) -> str:
    """A newer server records more than this version knows."""
    return kind.replace(".", ": ", 1).replace("_", " ").capitalize()


def _plain(text: str) -> str:
    # A constant of the wire is no word; an address is one already.
    if "@" in text or " " in text:
        return text
    return text.removeprefix("TENANT_").removeprefix("PLATFORM_").replace("_", " ").lower()
