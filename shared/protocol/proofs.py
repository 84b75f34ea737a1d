"""How a device shows that it is the one that was enrolled: the texts that it signs, the shapes of key and proof.

A proof is an Ed25519 signature (RFC 8032, section 5.1). Which of the texts it is of is said by their first part, and no
part holds a NUL character, because no message may: two different wishes never make one text.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

KEY_BYTES: Final = 32
PROOF_BYTES: Final = 64
KEY_LENGTH: Final = 43
"""Characters of a key as it travels."""
PROOF_LENGTH: Final = 86
"""Characters of a proof as it travels."""
_PRIME: Final = 2**255 - 19
_OF_ORDER_8: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# For these points of small order anybody can make signatures of anything: y is all that tells them from others.
_SMALL_ORDER: Final = frozenset({0, 1, _PRIME - 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8})


def sign_in_text(challenge: str, *, device: str, tenant: str | None, email: str) -> bytes:
    """What the device signs to sign somebody in; a platform account's tenant, null, is the empty text."""
    return _text("sign-in", challenge, device, tenant or "", email)


def refresh_text(refresh_token: str) -> bytes:
    """What the device signs to have a refresh token exchanged."""
    return _text("refresh", refresh_token)


def sign_out_text(refresh_token: str) -> bytes:
    """What the device signs to have the session of a refresh token ended."""
    return _text("sign-out", refresh_token)


def _text(purpose: str, *parts: str) -> bytes:
    return "\0".join((f"smoothschedule {purpose} 1", *parts)).encode()


def base64url(raw: bytes) -> str:
    """Bytes as they travel (RFC 4648, section 5, without padding)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_of(text: str) -> bytes | None:
    """The bytes of a text; None where it is not exactly what `base64url` makes of any."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # The decoder skips what it does not know: one key would go by several names.
    return raw if base64url(raw) == text else None


def is_public_key(text: str) -> bool:
    """Whether a text can be a device's key: a point in its one encoding (RFC 8032, 5.1.2), and none of small order."""
    raw = raw_of(text)
    if raw is None or len(raw) != KEY_BYTES:
        return False
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    return y < _PRIME and y not in _SMALL_ORDER


def is_proof(text: str) -> bool:
    """Whether a text has the shape of a signature."""
    raw = raw_of(text)
    return raw is not None and len(raw) == PROOF_BYTES
