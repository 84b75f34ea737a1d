"""What the server signs: access tokens for everyone to check, and opaque texts that only it can read back."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.ids import secret_token
from shared.model.registry import canonical
from syncserver.store.server import SigningKey

_ALGORITHM: Final = "Ed25519"
"""EdDSA over edwards25519, by the name that RFC 9864 gives it."""
_TYPE: Final = "at+jwt"
"""Tells an access token from everything else that could be signed (RFC 9068, section 2.1)."""
_REMEMBERED: Final = 4096
"""Tokens of which the signature is not looked at again."""
_AUDIENCE: Final = "smoothschedule"


def new_key() -> SigningKey:
    """A key that nobody has used yet."""
    kid = secret_token(9)
    key = OKPKey.generate_key("Ed25519", {"kid": kid}, private=True)
    return SigningKey(kid=kid, private_key=key.as_pem(private=True).decode())


class _NotOurs(Exception):
    """A text is nothing that one of our keys has signed or sealed."""


class Keys:
    """Every signing key in use; the first signs, all verify."""

    def __init__(self, keys: Sequence[SigningKey], *, issuer: str) -> None:
        self._issuer = issuer
        self._current = keys[0].kid
        self._keys = {one.kid: OKPKey.import_key(one.private_key, {"kid": one.kid}) for one in keys}
        # A desk shows the same token for minutes, and a signature that was good once stays good. What is not ours
        # raises and so is not remembered: strangers choose its length and its number.
        self._signed = lru_cache(maxsize=_REMEMBERED)(self._read)
        # The same with what only we read back: a desk names one lease for all that it does in an hour.
        self._sealed = lru_cache(maxsize=_REMEMBERED)(self._opened)
        self._secrets = {one.kid: one.private_key.encode() for one in keys}
        self._secret_of = lru_cache(maxsize=_REMEMBERED)(self._derived)

    def access_token(self, claims: dict[str, Any], *, issued: datetime, expires: datetime) -> str:
        """A signed access token (RFC 9068) of these claims."""
        header = {"alg": _ALGORITHM, "kid": self._current, "typ": _TYPE}
        times = {"iat": int(issued.timestamp()), "exp": int(expires.timestamp())}
        whole = {**claims, **times, "iss": self._issuer, "aud": _AUDIENCE}
        return jwt.encode(header, whole, self._keys[self._current], algorithms=[_ALGORITHM])

    def claims(self, token: str, *, now: datetime) -> dict[str, Any] | None:
        """The claims of an access token of ours that is good at `now`; None for any other text."""
        try:
            claims = self._signed(token)
        except _NotOurs:
            return None
        checks = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": _AUDIENCE},
            exp={"essential": True},
        )
        try:
            checks.validate(claims)
        except (JoseError, ValueError):
            return None
        return claims

    def _read(self, token: str) -> dict[str, Any]:
        """The claims of an access token that one of our keys has signed, whatever they say; raises _NotOurs."""
        kid = _header(token).get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise _NotOurs
        try:
            read = jwt.decode(token, key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError, TypeError) as error:
            # A header's members may be of any type: the library goes through a `crit` of 5 as if it were a list.
            raise _NotOurs from error
        if read.header.get("typ") != _TYPE:
            raise _NotOurs
        return read.claims

    def sign(self, purpose: str, value: object) -> str:
        """A text of JSON values that everybody reads and none but us could have made (RFC 7515, section 7.1)."""
        header = {"alg": _ALGORITHM, "kid": self._current, "typ": f"{purpose}+jws"}
        return jws.serialize_compact(header, canonical(value), self._keys[self._current], algorithms=[_ALGORITHM])

    def signed(self, purpose: str, text: str) -> Any:
        """What was signed; None where none of these keys has signed it, or for something else."""
        kid = _header(text).get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            return None
        try:
            read = jws.deserialize_compact(text, key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError, TypeError):
            return None
        return orjson.loads(read.payload) if read.protected.get("typ") == f"{purpose}+jws" else None

    def seal(self, purpose: str, value: object) -> str:
        """An opaque text of JSON values that `unseal` reads back for the same purpose."""
        body = _text(canonical(value).encode())
        return f"{self._current}.{body}.{self._tag(self._current, purpose, body)}"

    def unseal(self, purpose: str, sealed: str) -> Any:
        """What was sealed; None where the text is not ours, was changed, or was sealed for something else."""
        try:
            return orjson.loads(self._sealed(purpose, sealed))
        except _NotOurs:
            return None

    def _opened(self, purpose: str, sealed: str) -> bytes:
        """The JSON text that was sealed for a purpose; raises _NotOurs."""
        kid, _, rest = sealed.partition(".")
        body, _, tag = rest.partition(".")
        if kid not in self._keys or not hmac.compare_digest(tag.encode(), self._tag(kid, purpose, body).encode()):
            raise _NotOurs
        return urlsafe_b64decode(body + "=" * (-len(body) % 4))

    def first_refresh_token(self) -> str:
        """A refresh token that begins a family."""
        return f"{self._current}.{secret_token()}"

    def child_of(self, refresh_token: str) -> str:
        """The one token that this one is exchanged for, however often it is asked."""
        kid = refresh_token.partition(".")[0]
        kid = kid if kid in self._keys else self._current
        return f"{kid}.{self._tag(kid, 'refresh', refresh_token)}"

    def keyed_hash(self, purpose: str, text: str) -> str:
        """A hash that tells nothing to whoever has not the keys; it changes when the oldest key is retired."""
        return self._tag(min(self._keys), purpose, text)

    def _tag(self, kid: str, purpose: str, text: str) -> str:
        return _text(hmac.digest(self._secret_of(kid, purpose), text.encode(), "sha256"))

    def _derived(self, kid: str, purpose: str) -> bytes:
        return hmac.digest(self._secrets[kid], purpose.encode(), "sha256")


def token_hash(token: str) -> str:
    """How a refresh token is stored: enough to know it again, useless to whoever reads it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _header(token: str) -> dict[str, Any]:
    head = token.partition(".")[0]
    try:
        read = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
