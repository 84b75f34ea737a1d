"""What the server says of a masquerade, and the token that it is used with: nothing of it is kept."""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from desktop.sync.session import Tokens
from desktop.sync.transport import Transport
from shared import clock
from shared.clock import parse_instant
from shared.errors import NotSignedIn, ProtocolMismatch
from shared.model.base import value

ENDED: Final = "masquerade_ended"
"""The server's word for one that is over."""


@value
class Whom:
    """Somebody who acts as another, or the other; `tenant` is the short name, None for people of the platform."""

    name: str
    email: str
    role: str
    tenant: str | None


@value
class About:
    """What a masquerade is about; nothing of it works as a credential."""

    actor: Whom
    target: Whom
    business: str
    reason: str
    expires_at: datetime


@value
class Begun:
    """A masquerade at a desk, and what it is used with. `until` is the end on this machine's monotonic clock."""

    server: str
    token: str
    session: str
    user: str
    until: float
    about: About


def start(transport: Transport, tokens: Tokens, target: str, reason: str) -> Begun:
    """Begin to act as somebody of one's staff. Raises what the server has against it, and Unreachable."""
    asked = clock.monotonic()
    return _begun(transport.url, transport.masquerade_start(tokens.token(), target, reason), asked)


def look(server: str, code: str) -> About:
    """What a code would open; it stays as good as it was. Raises SignInRefused, Unreachable."""
    with closing(Transport(server)) as transport:
        return _about(transport.masquerade_code(code))


def redeem(server: str, code: str, digits: str) -> Begun:
    """Open a masquerade by its code, which is used up by it. Raises SignInRefused, Unreachable."""
    with closing(Transport(server)) as transport:
        asked = clock.monotonic()
        return _begun(server, transport.masquerade_redeem(code, digits), asked)


class OneToken:
    """The token of a masquerade: good until its time is over or the server takes it no more, and never renewed."""

    def __init__(self, begun: Begun) -> None:
        self._begun = begun
        self._ended = False

    def token(self) -> str:
        """It. Raises NotSignedIn once it is over."""
        if self._ended or clock.monotonic() >= self._begun.until:
            raise NotSignedIn(ENDED)
        return self._begun.token

    def forget_token(self) -> None:
        """The server did not take it."""
        self._ended = True

    def sign_out(self, refresh_token: str) -> None:
        """There is no session of the device to end: raises NotSignedIn."""
        raise NotSignedIn(ENDED)


def _begun(server: str, told: Mapping[str, Any], asked: float) -> Begun:
    """`asked` is when, so that what the answer took on its way is not added to the time that is left."""
    try:
        return Begun(
            server=server, token=str(told["access_token"]), session=str(told["session"]), user=str(told["user"]),
            until=asked + float(told["expires_in"]), about=_about(told["about"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as odd:
        raise ProtocolMismatch("The server's answer is not what this version understands.") from odd


def _about(told: Mapping[str, Any]) -> About:
    try:
        return About(
            actor=_whom(told["actor"]), target=_whom(told["target"]), business=str(told["business"]),
            reason=str(told["reason"]), expires_at=parse_instant(str(told["expires_at"])),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as odd:
        raise ProtocolMismatch("The server's answer is not what this version understands.") from odd


def _whom(told: Mapping[str, Any]) -> Whom:
    tenant = told["tenant"]
    return Whom(
        name=str(told["name"]), email=str(told["email"]), role=str(told["role"]),
        tenant=None if tenant is None else str(tenant),
    )  # fmt: skip
