"""What people do about their own account from a desk: their password, and a second factor beside it."""

from typing import Final

from desktop.sync.session import Tokens
from desktop.sync.transport import Answer, Transport
from shared.errors import ProtocolMismatch
from shared.model.base import value

_ODD: Final = "The server's answer is not what this version understands."


@value
class DrawnFactor:
    """A secret that an authenticator app takes: as it is typed (base 32, RFC 4648), and the address in its picture."""

    secret: str
    uri: str


class OwnAccount:
    """Every call waits for the server. Raises Unreachable, and what the server has against it."""

    def __init__(self, transport: Transport, tokens: Tokens) -> None:
        self._transport, self._tokens = transport, tokens

    def change_password(self, old: str, new: str) -> None:
        """Set another password, by the one before; every other session of the person ends."""
        self._told("/v1/account/password", old=old, new=new)

    def begin_factor(self, password: str) -> DrawnFactor:
        """Draw a second factor, which counts once it is confirmed."""
        told = self._told("/v1/account/second-factor/begin", password=password)
        secret, uri = told.get("secret"), told.get("uri")
        if not (isinstance(secret, str) and isinstance(uri, str)):
            raise ProtocolMismatch(_ODD)
        return DrawnFactor(secret=secret, uri=uri)

    def confirm_factor(self, code: str) -> tuple[str, ...]:
        """Let it count, by a code of it; the recovery codes, which are told this once."""
        codes = self._told("/v1/account/second-factor/confirm", code=code).get("codes")
        if not isinstance(codes, list):
            raise ProtocolMismatch(_ODD)
        return tuple(map(str, codes))

    def end_factor(self, password: str, code: str) -> None:
        """Go on without it, by a code of it or a recovery code."""
        self._told("/v1/account/second-factor/off", password=password, code=code)

    def _told(self, path: str, **message: str) -> Answer:
        return self._transport.answered(self._tokens.token(), path, message)
