"""The messages about people: passwords, second factors, sessions, devices and teams."""

import re
from typing import Annotated, Final

from annotated_types import MaxLen, MinLen, Predicate

from shared.model.base import Uuid
from shared.model.member import Role
from shared.mutations.registry import arguments

LONGEST_SLUG: Final = 63
"""Characters of a business's short name, as a label of a host name has (RFC 1035, section 2.3.4)."""
_EMAIL: Final = re.compile(r"[!-~]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NOT_IN_EMAIL: Final = frozenset('<>()[]\\,;:"')


def is_email(text: str) -> bool:
    """Whether mail can be sent there: an address without a name and without quotes (RFC 5321, section 4.1.2)."""
    return _EMAIL.fullmatch(text) is not None and text.count("@") == 1 and _NOT_IN_EMAIL.isdisjoint(text)


Email = Annotated[str, MinLen(3), MaxLen(254), Predicate(is_email)]
Password = Annotated[str, MinLen(1), MaxLen(1024)]
Code = Annotated[str, MinLen(1), MaxLen(32)]


@arguments
class Nothing:
    """A request that says all by its address: an empty object."""


@arguments
class PasswordChange:
    """`POST /v1/account/password`."""

    old: Password
    new: Password


@arguments
class Forgotten:
    """`POST /v1/account/forgotten`. `tenant` is the slug, null for platform people."""

    tenant: Annotated[str, MaxLen(LONGEST_SLUG)] | None
    email: Annotated[str, MinLen(1), MaxLen(320)]


@arguments
class FactorWish:
    """`POST /v1/account/second-factor/begin`."""

    password: Password


@arguments
class FactorDrawn:
    """The answer: the secret for an authenticator app, and the same as an address for a picture of it."""

    secret: str
    uri: str


@arguments
class FactorCode:
    """`POST /v1/account/second-factor/confirm`: a code of the app."""

    code: Code


@arguments
class RecoveryCodes:
    """The answer: what lets somebody in without the app, each once. They are not shown again."""

    codes: tuple[str, ...]


@arguments
class FactorEnd:
    """`POST /v1/account/second-factor/off`; `code` is one of the app or a recovery code."""

    password: Password
    code: Code


@arguments
class SessionInfo:
    """One of a person's sessions; `current` is the one that asks."""

    id: str
    device: str
    device_name: str
    created_at: str
    last_used_at: str
    current: bool


@arguments
class Sessions:
    """`GET /v1/account/sessions`."""

    sessions: tuple[SessionInfo, ...]


@arguments
class DevicePerson:
    """Somebody who is signed in on a device."""

    id: str
    name: str


@arguments
class DeviceShown:
    """A device of the business; `current` is the one that asks.

    One that was shut out and has no `handed_in_at` may still have edits that nobody has seen: it is *not handed in*.
    """

    id: str
    name: str
    created_at: str
    last_seen_at: str
    revoked_at: str | None
    handed_in_at: str | None
    people: tuple[DevicePerson, ...]
    current: bool


@arguments
class Devices:
    """`GET /v1/devices`."""

    devices: tuple[DeviceShown, ...]


@arguments
class Invite:
    """`POST /v1/team/invites`."""

    email: Email
    role: Role


@arguments
class InviteInfo:
    """An invite that waits to be taken."""

    id: str
    email: str
    role: str
    created_at: str
    expires_at: str


@arguments
class TeamUser:
    """Somebody of the team; `last_seen_at` is when they last used a desk, null for nobody who ever has."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    second_factor: bool
    last_seen_at: str | None


@arguments
class Team:
    """`GET /v1/team`: users in the order of their ids, and on the first page the invites that wait.

    `after` is what the next page is asked for with; null on the last one.
    """

    users: tuple[TeamUser, ...]
    invites: tuple[InviteInfo, ...]
    after: str | None


@arguments
class RoleChange:
    """`POST /v1/team/{user}/role`."""

    role: Role


@arguments
class OfflineLease:
    """`GET /v1/lease`: how long the desks of the business work without the server, in minutes.

    `chosen` is what its owner has said, null where the server's own setting holds.
    """

    minutes: int
    chosen: int | None


@arguments
class LeaseWish:
    """`POST /v1/lease`: from 60 minutes to 43200, which are 30 days; null for the server's own setting."""

    minutes: int | None


@arguments
class Erasure:
    """`POST /v1/customers/{customer}/erase`: the same id once more, for it cannot be taken back."""

    customer: Uuid


@arguments
class Closing:
    """`POST /v1/business/close`: the business's short name once more, and the password of the owner who closes it."""

    tenant: Annotated[str, MaxLen(LONGEST_SLUG)]
    password: Password


@arguments
class PlanTerms:
    """`GET /v1/business/plan`: what of the plan only the server knows; the rest stands in the book.

    `otherwise` names the limits that were agreed with the business apart from its tier, and `features` where what is
    included was. `users` and `devices` are how many count against the limits of that name.
    """

    otherwise: tuple[str, ...]
    users: int
    devices: int


@arguments
class FeedWish:
    """`POST /v1/feeds`: whose visits, null for one's own."""

    user: Uuid | None = None


@arguments
class FeedInfo:
    """A feed that was not revoked; its address is shown once, when it is made."""

    id: str
    user: str
    name: str
    made_by: str
    """The id of who made it."""
    created_at: str


@arguments
class Feeds:
    """`GET /v1/feeds`: one's own, and those of whom one manages, the newest first."""

    feeds: tuple[FeedInfo, ...]


@arguments
class FeedMade:
    """What `POST /v1/feeds` gives: whoever knows the address reads the visits, until it is revoked."""

    feed: FeedInfo
    address: str
