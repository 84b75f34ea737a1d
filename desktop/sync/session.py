"""The sessions of people with the server: signing in, and a token that is good for the next request."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

from desktop.sync.device_key import Device
from desktop.sync.secret_store import SecretStore
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn
from shared.protocol.proofs import refresh_text, sign_out_text

# A token is exchanged this long before its end, so that no request carries one that dies on the way.
_MARGIN: Final = timedelta(seconds=30)


class Tokens(Protocol):
    """Gives what a request needs; a session, or that of whoever is at the desk."""

    def token(self) -> str: ...

    def forget_token(self) -> None: ...

    def sign_out(self, refresh_token: str) -> None: ...


class Session:
    """Keeps the refresh token in the secret store under `name`; the access token stays in memory."""

    def __init__(
        self, transport: Transport, secrets: SecretStore, name: str, *, device: Callable[[], Device | None]
    ) -> None:
        """`device` is whose proof goes with the token, None where its key is lost."""
        self._transport, self._device = transport, device
        self.secrets: Final = secrets
        self._name = name
        self._token: str | None = None
        self._is_handed_over = False
        self._until = clock.monotonic()
        # One refresh at a time: two would make two children of one token.
        self._lock = threading.Lock()

    def begin(self, answer: Mapping[str, Any]) -> None:
        """Go on with what a sign-in has given; its device is kept already. Raises StorageFault."""
        with self._lock:
            self._is_handed_over = False
            self._keep(answer)

    def renew(self, refresh_token: str) -> None:
        """Go on with the token of a sign-in; an exchange of the one before is over then. Raises StorageFault."""
        with self._lock:
            self._is_handed_over = False
            self.secrets.set(self._name, refresh_token)
            self._token = None

    def who(self) -> Mapping[str, Any]:
        """Who it is, as the server says it now. Raises what `token` raises."""
        with self._lock:
            return dict(self._refreshed()["user"])

    def token(self) -> str:
        """A token for the next request.

        Raises NotSignedIn where only a password can help, SignInRefused where that cannot either, Unreachable offline.
        """
        with self._lock:
            if self._token is None or clock.monotonic() >= self._until:
                token: str = self._refreshed()["access_token"]
                return token
            return self._token

    def forget_token(self) -> None:
        """Do not use the access token again: the server did not take it."""
        with self._lock:
            self._token = None

    def hand_over(self) -> str | None:
        """Let go of the session without ending it: the refresh token, for whoever ends it later; None without one.

        No request is made by it from here on: a refresh would make another token of it than the one that was given.
        """
        with self._lock:
            self._is_handed_over = True
            kept, self._token = self.secrets.get(self._name), None
        return kept

    def forget(self) -> None:
        """Forget the refresh token."""
        with self._lock:
            self.secrets.delete(self._name)

    def sign_out(self, refresh_token: str) -> None:
        """End a session of this device on the server: this one, or one that was handed over.

        Raises Unreachable, and NotSignedIn where the device's key is lost: that session lapses.
        """
        device = self._device()
        if device is None:
            raise NotSignedIn
        self._transport.sign_out(refresh_token, device.sign(sign_out_text(refresh_token)))

    def _refreshed(self) -> Mapping[str, Any]:
        kept, device = self.secrets.get(self._name), self._device()
        if kept is None or device is None or self._is_handed_over:
            raise NotSignedIn
        answer = self._transport.refresh(kept, device.sign(refresh_text(kept)))
        self._keep(answer)
        return answer

    def _keep(self, answer: Mapping[str, Any]) -> None:
        # The new refresh token is safe before the access token is used: a crash between the two loses nothing.
        self.secrets.set(self._name, answer["refresh_token"])
        self._token = answer["access_token"]
        life = timedelta(seconds=answer["expires_in"])
        self._until = clock.monotonic() + max(life - _MARGIN, life / 2).total_seconds()


class AtDesk:
    """The session of whoever is at the desk: people take turns, and each request is made as one of them.

    An answer that is under way when they change is kept under the name of whoever had asked.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def token(self) -> str:
        """A token for the next request; raises as `Session.token`."""
        return self.session.token()

    def forget_token(self) -> None:
        """Do not use the access token again."""
        self.session.forget_token()

    def sign_out(self, refresh_token: str) -> None:
        """End a session of this device; raises as `Session.sign_out`."""
        self.session.sign_out(refresh_token)
