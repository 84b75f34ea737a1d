"""The person's session with the server: signing in, and a token that is good for the next request."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from desktop.sync.device_key import Device
from desktop.sync.secret_store import SecretStore
from desktop.sync.transport import Transport
from shared import clock
from shared.errors import NotSignedIn
from shared.protocol.proofs import refresh_text, sign_out_text

# A token is exchanged this long before its end, so that no request carries one that dies on the way.
_MARGIN: Final = timedelta(seconds=30)


class Session:
    """Keeps the refresh token in the secret store under `name`; the access token stays in memory."""

    def __init__(
        self, transport: Transport, secrets: SecretStore, name: str, *, device: Callable[[], Device | None]
    ) -> None:
        """`device` is whose proof goes with the token, None where its key is lost."""
        self._transport, self._device = transport, device
        self._secrets = secrets
        self._name = name
        self._token: str | None = None
        self._until = clock.monotonic()
        # One refresh at a time: two would make two children of one token.
        self._lock = threading.Lock()

    def begin(self, answer: Mapping[str, Any]) -> None:
        """Go on with what a sign-in has given; its device is kept already. Raises StorageFault."""
        with self._lock:
            self._keep(answer)

    def token(self) -> str:
        """A token for the next request.

        Raises NotSignedIn where only a password can help, SignInRefused where that cannot either, Unreachable offline.
        """
        with self._lock:
            if self._token is None or clock.monotonic() >= self._until:
                return self._refresh()
            return self._token

    def forget_token(self) -> None:
        """Do not use the access token again: the server did not take it."""
        with self._lock:
            self._token = None

    def sign_out(self) -> None:
        """End the session here, and on the server where it can be reached; one whose device is lost lapses there."""
        with self._lock:
            kept, self._token = self._secrets.get(self._name), None
            self._secrets.delete(self._name)
        device = self._device()
        if kept is not None and device is not None:
            self._transport.sign_out(kept, device.sign(sign_out_text(kept)))

    def _refresh(self) -> str:
        kept, device = self._secrets.get(self._name), self._device()
        if kept is None or device is None:
            raise NotSignedIn
        return self._keep(self._transport.refresh(kept, device.sign(refresh_text(kept))))

    def _keep(self, answer: Mapping[str, Any]) -> str:
        # The new refresh token is safe before the access token is used: a crash between the two loses nothing.
        self._secrets.set(self._name, answer["refresh_token"])
        token: str = answer["access_token"]
        self._token = token
        life = timedelta(seconds=answer["expires_in"])
        self._until = clock.monotonic() + max(life - _MARGIN, life / 2).total_seconds()
        return token
