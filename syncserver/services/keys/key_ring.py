"""The keys of one moment: which of them signs, what each has signed, and what is derived from them."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared import clock
from syncserver.store.server import SigningKey

ALGORITHM: Final = "Ed25519"
"""EdDSA over edwards25519, by the name that RFC 9864 gives it."""
TYPE: Final = "at+jwt"
"""Tells an access token from everything else that could be signed (RFC 9068, section 2.1)."""
SETTLING: Final = timedelta(seconds=60)
"""How old a key is before it signs: by then every running server has read it."""
_REMEMBERED: Final = 4096
"""Tokens of which the signature is not looked at again."""


class NotOurs(Exception):
    """A text is nothing that one of our keys has signed or sealed."""


@dataclass(slots=True)
class SignedToken:
    """The claims of an access token that one of our keys has signed, whatever they say."""

    claims: dict[str, Any]
    good_since: int | None = None
    """When they were checked and found good, in seconds since 1970: until they expire they stay so."""


class KeyRing:
    """Every key in use, the newest first; all verify. It never changes: another set of keys is another ring."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._keys = tuple(keys)
        self._public = {one.kid: OKPKey.import_key(one.private_key, {"kid": one.kid}) for one in keys}
        self._secrets = {one.kid: one.private_key.encode() for one in keys}
        self._secret_of = lru_cache(maxsize=_REMEMBERED)(self._derived)
        # A desk shows the same token for minutes, and a signature that was good once stays good. What is not ours
        # raises and so is not remembered: strangers choose its length and its number.
        self.signed = lru_cache(maxsize=_REMEMBERED)(self._read)
        """What an access token says that one of the keys has signed; raises NotOurs."""
        # The same with what only we read back: a desk names one lease for all that it does in an hour.
        self.sealed = lru_cache(maxsize=_REMEMBERED)(self._opened)
        """The JSON text that was sealed for a purpose; raises NotOurs."""

    def __contains__(self, kid: str) -> bool:
        return kid in self._secrets

    @property
    def signer(self) -> str:
        """The key that signs now: the newest that every server has read, else the oldest that there is."""
        settled = clock.now() - SETTLING
        return next((one.kid for one in self._keys if one.created_at <= settled), self.oldest)

    @property
    def oldest(self) -> str:
        """The key that was there before all others in use."""
        return self._keys[-1].kid

    def sign(self, claims: dict[str, Any]) -> str:
        """An access token of these claims."""
        kid = self.signer
        header = {"alg": ALGORITHM, "kid": kid, "typ": TYPE}
        return jwt.encode(header, claims, self._public[kid], algorithms=[ALGORITHM])

    def sign_text(self, text: str, *, kind: str) -> str:
        """A text that one of the keys has signed as being of a kind."""
        kid = self.signer
        header = {"alg": ALGORITHM, "kid": kid, "typ": kind}
        return jws.serialize_compact(header, text, self._public[kid], algorithms=[ALGORITHM])

    def signed_text(self, text: str, *, kind: str) -> bytes:
        """What `sign_text` has signed; raises NotOurs."""
        kid = kid_of(text)
        key = self._public.get(kid) if kid is not None else None
        if key is None:
            raise NotOurs
        try:
            read = jws.deserialize_compact(text, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError) as error:
            raise NotOurs from error
        if read.protected.get("typ") != kind:
            raise NotOurs
        return read.payload

    def tag(self, kid: str, purpose: str, text: str) -> str:
        """What only who has the key can make of a text, for a purpose."""
        return as_text(hmac.digest(self.secret(kid, purpose), text.encode(), "sha256"))

    def secret(self, kid: str, purpose: str) -> bytes:
        """32 bytes that follow from a key, for a purpose."""
        return self._secret_of(kid, purpose)

    def _derived(self, kid: str, purpose: str) -> bytes:
        return hmac.digest(self._secrets[kid], purpose.encode(), "sha256")

    def _read(self, token: str) -> SignedToken:
        kid = kid_of(token)
        key = self._public.get(kid) if kid is not None else None
        if key is None:
            raise NotOurs
        try:
            read = jwt.decode(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError) as error:
            # A header's members may be of any type: the library goes through a `crit` of 5 as if it were a list.
            raise NotOurs from error
        if read.header.get("typ") != TYPE:
            raise NotOurs
        return SignedToken(read.claims)

    def _opened(self, purpose: str, sealed: str) -> bytes:
        kid, _, rest = sealed.partition(".")
        body, _, tag = rest.partition(".")
        if kid not in self or not hmac.compare_digest(tag.encode(), self.tag(kid, purpose, body).encode()):
            raise NotOurs
        return as_bytes(body)


def kid_of(token: str) -> str | None:
    """The key that an access token names; None for what names none."""
    head = token.partition(".")[0]
    try:
        read = json.loads(as_bytes(head))
    except (ValueError, RecursionError):
        return None
    kid = read.get("kid") if isinstance(read, dict) else None
    return kid if isinstance(kid, str) else None


def as_text(raw: bytes) -> str:
    """Bytes as base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_bytes(text: str) -> bytes:
    """The bytes of base64url without padding; raises ValueError for other text."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
