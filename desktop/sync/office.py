"""What owners and managers see and do about people, devices and the audit trail: asked of the server each time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from desktop.sync import masquerade
from desktop.sync.masquerade import Begun
from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from shared.clock import parse_instant
from shared.errors import ProtocolMismatch
from shared.model.base import value
from shared.rules.offline_lease import MINUTE

_ODD: Final = "The server's answer is not what this version understands."


@value
class Colleague:
    """Somebody of the business."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    second_factor: bool
    last_seen: datetime | None


@value
class OpenInvite:
    """Somebody who is invited and has not come yet."""

    id: str
    email: str
    role: str
    expires: datetime


@value
class People:
    """Everybody, and who is invited."""

    users: tuple[Colleague, ...]
    invites: tuple[OpenInvite, ...]


@value
class KnownDevice:
    """A computer on which people of the business have signed in."""

    id: str
    name: str
    last_seen: datetime
    revoked: datetime | None
    handed_in: datetime | None
    people: tuple[str, ...]
    is_this: bool


@value
class OwnSession:
    """Where the person at the desk is signed in."""

    id: str
    device: str
    last_used: datetime
    is_this: bool


@value
class KnownFeed:
    """An address at which a calendar reads somebody's visits; what it is was shown when it was made."""

    id: str
    user: str
    name: str
    created: datetime


@value
class PlanTerms:
    """What of the plan only the server knows: what was agreed apart from the tier, and how many computers count."""

    otherwise: frozenset[str]
    """Names of limits, and `features` where what is included was agreed."""
    devices: int


@value
class Happened:
    """One event of the audit trail: who, as whom, what, why and from where."""

    at: datetime
    kind: str
    denied: bool
    actor: str
    as_whom: str
    subject: str
    reason: str
    ip: str
    details: Mapping[str, Any]


@value
class Trail:
    """A page of it, the newest first; `before` is where the next one begins."""

    events: tuple[Happened, ...]
    before: int | None


class Office:
    """Every call waits for the server. Raises Unreachable, and what the server has against it."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self._transport, self._tokens = transport, tokens

    def people(self) -> People:
        """The whole team."""
        users: list[Colleague] = []
        told = self._told("/v1/team")
        invites = tuple(_read(_invite, one) for one in told.get("invites", ()))
        while True:
            users += [_read(_colleague, one) for one in told.get("users", ())]
            if told.get("after") is None:
                return People(users=tuple(users), invites=invites)
            told = self._told("/v1/team", after=str(told["after"]))

    def invite(self, email: str, role: str) -> None:
        """Invite somebody: a link is mailed to them."""
        self._done("/v1/team/invites", email=email, role=role)

    def take_back(self, invite: str) -> None:
        """Take an invite back."""
        self._done(f"/v1/team/invites/{invite}/revoke")

    def change_role(self, user: str, role: str) -> None:
        """Give somebody another role."""
        self._done(f"/v1/team/{user}/role", role=role)

    def disable(self, user: str) -> None:
        """Let somebody sign in no more."""
        self._done(f"/v1/team/{user}/disable")

    def enable(self, user: str) -> None:
        """Let somebody sign in again."""
        self._done(f"/v1/team/{user}/enable")

    def reset_factor(self, user: str) -> None:
        """Take the second factor of somebody away who has lost it."""
        self._done(f"/v1/team/{user}/second-factor/reset")

    def devices(self) -> Sequence[KnownDevice]:
        """The devices of the business."""
        return [_read(_device, one) for one in self._told("/v1/devices").get("devices", ())]

    def shut_out(self, device: str) -> None:
        """Shut a device out, for good."""
        self._done(f"/v1/devices/{device}/revoke")

    def lease(self) -> timedelta:
        """How long the desks of the business work without the server."""
        length: timedelta = _read(_lease, self._told("/v1/lease"))
        return length

    def choose_lease(self, length: timedelta) -> None:
        """Let them work so long, each from when it next reaches the server."""
        self._transport.done(self._tokens.token(), "/v1/lease", {"minutes": length // MINUTE})

    def plan_terms(self) -> PlanTerms:
        """What the business has apart from its tier, and how many computers count."""
        terms: PlanTerms = _read(_plan_terms, self._told("/v1/business/plan"))
        return terms

    def sessions(self) -> Sequence[OwnSession]:
        """Where the person at the desk is signed in."""
        return [_read(_session, one) for one in self._told("/v1/account/sessions").get("sessions", ())]

    def end_session(self, session: str) -> None:
        """End one of them."""
        self._done(f"/v1/account/sessions/{session}/end")

    def feeds(self) -> Sequence[KnownFeed]:
        """The calendar addresses of the person at the desk, and of whom they manage."""
        return [_read(_feed, one) for one in self._told("/v1/feeds").get("feeds", ())]

    def make_feed(self, user: str) -> str:
        """Make a calendar address for somebody; it is told this once."""
        told = self._transport.answered(self._tokens.token(), "/v1/feeds", {"user": user})
        return str(_read(lambda one: one["address"], told))

    def revoke_feed(self, feed: str) -> None:
        """Let a calendar address lead nowhere any more."""
        self._done(f"/v1/feeds/{feed}/revoke")

    def trail(self, before: int | None) -> Trail:
        """A page of the audit trail, the newest where `before` is None."""
        told = self._told("/v1/audit", **({} if before is None else {"before": str(before)}))
        events = tuple(_read(_happened, one) for one in told.get("events", ()))
        return Trail(events=events, before=told.get("before"))

    def act_as(self, user: str, reason: str) -> Begun:
        """Begin to act as somebody of one's staff."""
        return masquerade.start(self._transport, self._tokens, user, reason)

    def erase(self, customer: str) -> None:
        """Erase all that identifies a customer, for good. Again does nothing more."""
        self._done(f"/v1/customers/{customer}/erase", customer=customer)

    def close_business(self, short_name: str, password: str) -> None:
        """Close the business: nobody of it is let in any more."""
        self._done("/v1/business/close", tenant=short_name, password=password)

    def stop_own(self) -> None:
        """End the masquerade that the person at the desk runs, wherever they began it; none is no matter."""
        self._done("/v1/masquerade/stop-own")

    def _told(self, path: str, **asked: str) -> Mapping[str, Any]:
        return self._transport.told(self._tokens.token(), path, **asked)

    def _done(self, path: str, **message: str) -> None:
        self._transport.done(self._tokens.token(), path, message)


def _read(make: Any, told: Any) -> Any:
    try:
        return make(told)
    except (KeyError, TypeError, ValueError) as odd:
        raise ProtocolMismatch(_ODD) from odd


def _colleague(told: Mapping[str, Any]) -> Colleague:
    return Colleague(
        id=told["id"], name=told["name"], email=told["email"], role=told["role"], active=told["active"],
        second_factor=told["second_factor"], last_seen=_moment(told["last_seen_at"]),
    )  # fmt: skip


def _invite(told: Mapping[str, Any]) -> OpenInvite:
    return OpenInvite(
        id=told["id"], email=told["email"], role=told["role"], expires=parse_instant(told["expires_at"])
    )  # fmt: skip


def _device(told: Mapping[str, Any]) -> KnownDevice:
    return KnownDevice(
        id=told["id"], name=told["name"], last_seen=parse_instant(told["last_seen_at"]),
        revoked=_moment(told["revoked_at"]), handed_in=_moment(told["handed_in_at"]),
        people=tuple(one["name"] for one in told["people"]), is_this=told["current"],
    )  # fmt: skip


def _session(told: Mapping[str, Any]) -> OwnSession:
    return OwnSession(
        id=told["id"], device=told["device_name"], last_used=parse_instant(told["last_used_at"]),
        is_this=told["current"],
    )  # fmt: skip


def _feed(told: Mapping[str, Any]) -> KnownFeed:
    return KnownFeed(
        id=told["id"], user=told["user"], name=told["name"], created=parse_instant(told["created_at"])
    )  # fmt: skip


def _lease(told: Mapping[str, Any]) -> timedelta:
    return timedelta(minutes=told["minutes"])


def _plan_terms(told: Mapping[str, Any]) -> PlanTerms:
    return PlanTerms(otherwise=frozenset(str(one) for one in told["otherwise"]), devices=int(told["devices"]))


def _happened(told: Mapping[str, Any]) -> Happened:
    return Happened(
        at=parse_instant(told["at"]), kind=told["kind"], denied=told["outcome"] == "denied",
        actor=_party(told["actor"]), as_whom=_party(told["as_whom"]), subject=told["subject"] or "",
        reason=told["reason"] or "", ip=told["ip"] or "", details=told["details"],
    )  # fmt: skip


def _party(told: Mapping[str, Any] | None) -> str:
    return "" if told is None else str(told["email"] or told["id"] or "")


def _moment(told: str | None) -> datetime | None:
    return None if told is None else parse_instant(told)
