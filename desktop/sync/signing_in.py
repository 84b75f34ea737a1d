"""Asking the server to let somebody in at this device."""

from desktop.config import Home, Login
from desktop.sync.device_key import Device, another_device, device_of
from desktop.sync.problems import SignInRefused
from desktop.sync.secret_store import SecretStore
from desktop.sync.transport import Answer, Transport
from shared.protocol.proofs import sign_in_text


def sign_in(
    transport: Transport, home: Home, secrets: SecretStore | None, login: Login, password: str, *,
    code: str | None = None,
) -> tuple[Device, Answer]:  # fmt: skip
    """The answer to a sign-in, and the device that it is for, which is to be kept with what it gives.

    `code` is one of the person's second factor, where the server has asked for it (`second_factor_required`).

    That is the device whose key the secrets hold; where they hold none, or the server knows its id by another key, it
    is a new one. Raises SignInRefused, Unreachable, Busy.
    """
    device = device_of(home, secrets)
    try:
        return device, _in_time(transport, device, login, password, code)
    except SignInRefused as refused:
        if refused.code != "device_unproven":
            raise
    device = another_device(home)
    return device, _in_time(transport, device, login, password, code)


def _in_time(transport: Transport, device: Device, login: Login, password: str, code: str | None) -> Answer:
    """Sign in; once more where the challenge has grown too old on the way, as over a lid that was closed."""
    try:
        return _asked(transport, device, login, password, code)
    except SignInRefused as refused:
        if refused.code != "challenge_expired":
            raise
    return _asked(transport, device, login, password, code)


def _asked(transport: Transport, device: Device, login: Login, password: str, code: str | None) -> Answer:
    challenge: str = transport.challenge()["challenge"]
    proof = device.sign(sign_in_text(challenge, device=device.id, tenant=login.tenant, email=login.email))
    shown = {"id": device.id, "name": device.name, "key": device.public_key, "proof": proof}
    return transport.sign_in(
        {
            "challenge": challenge, "email": login.email, "password": password, "tenant": login.tenant, "device": shown,
            "totp": code,
        }
    )  # fmt: skip
