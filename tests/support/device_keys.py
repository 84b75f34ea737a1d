"""Keys of devices under test: a device's key follows from its id, so that whoever shares an id shares the key."""

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.protocol import proofs
from shared.protocol.proofs import base64url


def key_of(device: str) -> Ed25519PrivateKey:
    """The key pair of a device."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(device.encode()).digest())


def public_text(key: Ed25519PrivateKey) -> str:
    """A public key as it travels."""
    return base64url(key.public_key().public_bytes_raw())


def proven(wish: Mapping[str, Any], challenge: str, *, key: Ed25519PrivateKey | None = None) -> dict[str, Any]:
    """A sign-in as its device proves it; `key` stands for that of another device."""
    device = wish["device"]
    pair = key or key_of(device["id"])
    text = proofs.sign_in_text(challenge, device=device["id"], tenant=wish["tenant"], email=wish["email"])
    shown = {"key": public_text(pair), "proof": base64url(pair.sign(text))}
    return {**wish, "challenge": challenge, "device": {**device, **shown}}


def refreshing(device: str, token: str) -> dict[str, str]:
    """A wish to refresh as a device proves it."""
    return _shown(device, token, proofs.refresh_text(token))


def signing_out(device: str, token: str) -> dict[str, str]:
    """A wish to sign out as a device proves it."""
    return _shown(device, token, proofs.sign_out_text(token))


def _shown(device: str, token: str, text: bytes) -> dict[str, str]:
    return {"refresh_token": token, "proof": base64url(key_of(device).sign(text))}
