"""Asking the server to let somebody in, before there is a book to open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop.config import Home, Login
from desktop.sync.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What the server gave to somebody whose password it took."""

    login: Login
    password: str = field(repr=False)
    refresh_token: str
    user: Mapping[str, Any]


def ask_in(home: Home, login: Login, password: str) -> Admitted:
    """Ask the server to let somebody in; nothing is kept here yet. Raises SignInRefused, Unreachable, Busy."""
    transport = Transport(login.server)
    try:
        answer = transport.sign_in(sign_in_wish(home, login, password))
    finally:
        transport.close()
    return Admitted(login=login, password=password, refresh_token=answer["refresh_token"], user=answer["user"])


def sign_in_wish(home: Home, login: Login, password: str) -> dict[str, Any]:
    """What a sign-in says."""
    return {
        "email": login.email, "password": password, "tenant": login.tenant, "device": home.device(), "totp": None
    }  # fmt: skip
