"""Asking the server to let somebody in, before there is a book to open."""

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

from desktop.config import Home, Login
from desktop.sync.device_key import Device, kept_device
from desktop.sync.secret_store import SecretStore
from desktop.sync.signing_in import sign_in
from desktop.sync.transport import Transport
from shared.errors import Unreachable
from shared.protocol.proofs import sign_out_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What the server gave to somebody whose password it took."""

    login: Login
    password: str = field(repr=False)
    device: Device
    """Where it let them in."""
    refresh_token: str = field(repr=False)
    user: Mapping[str, Any]


def ask_in(
    home: Home, secrets: SecretStore | None, login: Login, password: str, *, code: str | None = None
) -> Admitted:  # fmt: skip
    """Ask the server to let somebody in; nothing is kept here yet. Raises SignInRefused, Unreachable, Busy.

    `secrets` is None while they cannot be opened: then it is at a device of its own. `code` is one of
    the person's second factor, where the server has asked for it.
    """
    with closing(Transport(login.reached)) as transport:
        device, answer = sign_in(transport, home, secrets, login, password, code=code)
    return Admitted(
        login=login, password=password, device=device, refresh_token=answer["refresh_token"], user=answer["user"]
    )


def at_own_device(home: Home, secrets: SecretStore, admitted: Admitted) -> Admitted:
    """The same person, let in at the device whose key the secrets hold, now that they are open.

    Raises SignInRefused, Unreachable, Busy.
    """
    if kept_device(home, secrets) in (None, admitted.device):
        return admitted
    own = ask_in(home, secrets, admitted.login, admitted.password)
    send_away(admitted)
    return own


def send_away(admitted: Admitted) -> None:
    """End the session of somebody who does not come in by it."""
    token = admitted.refresh_token
    # Where it does not arrive the session lapses: nobody has its token.
    with suppress(Unreachable), closing(Transport(admitted.login.reached)) as transport:
        transport.sign_out(token, admitted.device.sign(sign_out_text(token)))
