"""What the server signs: access tokens for everyone to check, and opaque texts that only it can read back."""

import hashlib
import hmac
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared import clock
from shared.ids import secret_token
from shared.model.registry import canonical
from syncserver.services.keys.key_ring import KeyRing, NotOurs, as_bytes, as_text, kid_of
from syncserver.store.server import SigningKey

_AUDIENCE: Final = "smoothschedule"
_NONCE: Final = 12
"""Bytes of a nonce of AES-GCM (NIST SP 800-38D, section 8.2.2): by chance, for few texts under one key."""

_UUID: Final = 16
"""Bytes of a session's id."""


def new_key() -> SigningKey:
    """A key that nobody has used yet."""
    kid = secret_token(9)
    key = OKPKey.generate_key("Ed25519", {"kid": kid}, private=True)
    return SigningKey(kid=kid, private_key=key.as_pem(private=True).decode(), created_at=clock.now())


class Keys:
    """Every signing key in use, as of the last time that somebody looked; one signs, all verify."""

    def __init__(self, keys: Sequence[SigningKey], *, issuer: str) -> None:
        self._issuer = issuer
        self._ring = KeyRing(keys)
        self._known = tuple(keys)

    def use(self, keys: Sequence[SigningKey]) -> bool:
        """Go on with these keys, newest first; whether they are others than before."""
        if tuple(keys) == self._known:
            return False
        # One assignment: whoever is in the middle of a check ends it with the keys that it began with.
        self._ring, self._known = KeyRing(keys), tuple(keys)
        return True

    @property
    def signer(self) -> str:
        """The id of the key that signs now."""
        return self._ring.signer

    def is_unknown(self, token: str) -> bool:
        """Whether an access token names a key that is none of these: another server may have made it since."""
        kid = kid_of(token)
        return kid is not None and kid not in self._ring

    def access_token(self, claims: dict[str, Any], *, issued: datetime, expires: datetime) -> str:
        """A signed access token (RFC 9068) of these claims."""
        times = {"iat": int(issued.timestamp()), "exp": int(expires.timestamp())}
        return self._ring.sign({**claims, **times, "iss": self._issuer, "aud": _AUDIENCE})

    def claims(self, token: str, *, now: datetime) -> dict[str, Any] | None:
        """The claims of an access token of ours that is good at `now`; None for any other text."""
        try:
            signed = self._ring.signed(token)
        except NotOurs:
            return None
        moment = int(now.timestamp())
        if signed.good_since is not None and signed.good_since <= moment < signed.claims["exp"]:
            return signed.claims
        checks = jwt.JWTClaimsRegistry(
            now=moment,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": _AUDIENCE},
            exp={"essential": True},
        )
        try:
            checks.validate(signed.claims)
        except (JoseError, ValueError):
            return None
        signed.good_since = moment
        return signed.claims

    def sign(self, purpose: str, value: object) -> str:
        """A text of JSON values that everybody reads and none but us could have made (RFC 7515, section 7.1)."""
        return self._ring.sign_text(canonical(value), kind=f"{purpose}+jws")

    def signed(self, purpose: str, text: str) -> Any:
        """What was signed; None where none of these keys has signed it, or for something else."""
        try:
            return orjson.loads(self._ring.signed_text(text, kind=f"{purpose}+jws"))
        except NotOurs:
            return None

    def seal(self, purpose: str, value: object) -> str:
        """An opaque text of JSON values that `unseal` reads back for the same purpose; it can be read, not changed."""
        ring = self._ring
        kid, body = ring.signer, as_text(canonical(value).encode())
        return f"{kid}.{body}.{ring.tag(kid, purpose, body)}"

    def unseal(self, purpose: str, sealed: str) -> Any:
        """What was sealed; None where the text is not ours, was changed, or was sealed for something else."""
        try:
            return orjson.loads(self._ring.sealed(purpose, sealed))
        except NotOurs:
            return None

    def is_of_no_key(self, sealed: str) -> bool:
        """Whether a text has the form of what was sealed, by a key that is none of these."""
        match sealed.split("."):
            case [kid, body, tag]:
                return bool(kid and body and tag) and kid not in self._ring
            case _:
                return False

    def encrypt(self, purpose: str, text: str, *, about: str) -> str:
        """A text that only these keys open again, for the same purpose and about the same thing (AES-256-GCM)."""
        ring = self._ring
        kid, nonce = ring.signer, os.urandom(_NONCE)
        hidden = AESGCM(ring.secret(kid, f"encrypt {purpose}")).encrypt(nonce, text.encode(), about.encode())
        return f"{kid}.{as_text(nonce + hidden)}"

    def decrypt(self, purpose: str, hidden: str, *, about: str) -> str | None:
        """What was encrypted; None where it was changed, was about something else, or its key is in use no more."""
        ring = self._ring
        kid, _, body = hidden.partition(".")
        if kid not in ring:
            return None
        raw = as_bytes(body)
        try:
            text = AESGCM(ring.secret(kid, f"encrypt {purpose}")).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except InvalidTag:
            return None
        return text.decode()

    def first_refresh_token(self, session: str) -> str:
        """A refresh token that begins a session's family."""
        return self._refresh_token(self._ring.signer, session, secret_token())

    def child_of(self, refresh_token: str) -> str:
        """The one token that this one is exchanged for, however often it is asked."""
        ring = self._ring
        kid = refresh_token.partition(".")[0]
        kid = kid if kid in ring else ring.signer
        secret, session = ring.tag(kid, "refresh", refresh_token), self.session_of(refresh_token)
        return f"{kid}.{secret}" if session is None else self._refresh_token(kid, session, secret)

    def session_of(self, refresh_token: str) -> str | None:
        """The session that a refresh token of ours was made for; None where it does not say, or is none of ours."""
        kid, _, rest = refresh_token.partition(".")
        body, _, tag = rest.partition(".")
        ring = self._ring
        if kid not in ring or not hmac.compare_digest(ring.tag(kid, "session", body).encode(), tag.encode()):
            return None
        return str(UUID(bytes=as_bytes(body)[:_UUID]))

    def _refresh_token(self, kid: str, session: str, secret: str) -> str:
        body = as_text(UUID(session).bytes + as_bytes(secret))
        return f"{kid}.{body}.{self._ring.tag(kid, 'session', body)}"

    def keyed_hash(self, purpose: str, text: str) -> str:
        """A hash that tells nothing to whoever has not the keys; it changes when the oldest key is retired."""
        ring = self._ring
        return ring.tag(ring.oldest, purpose, text)


def token_hash(token: str) -> str:
    """How a token is stored: enough to know it again, useless to whoever reads it."""
    return hashlib.sha256(token.encode()).hexdigest()
