"""Whether a device is the one that was enrolled: challenges, and the proofs that answer them."""

from datetime import timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared import clock
from shared.clock import instant_text, parse_instant
from shared.protocol.messages import Challenge, SignIn
from shared.protocol.problems import ProblemCode
from shared.protocol.proofs import raw_of, sign_in_text
from syncserver.services.declined import Declined
from syncserver.services.server import Server

_CHALLENGE: Final = "challenge"
_LIFE: Final = timedelta(seconds=60)


def challenge(server: Server) -> Challenge:
    """What a sign-in is to be proven with; the server keeps nothing of it, it only knows it again."""
    sealed = server.keys.seal(_CHALLENGE, {"at": instant_text(clock.now())})
    return Challenge(challenge=sealed, expires_in=int(_LIFE.total_seconds()))


def require_proof(server: Server, wish: SignIn) -> None:
    """Decline a sign-in that is not signed by the key it shows, or not with a challenge of the last minute.

    Nothing is asked of the database: it tells whether a message fits itself, not whether anybody is known.
    """
    told = server.keys.unseal(_CHALLENGE, wish.challenge)
    if told is None or clock.now() - parse_instant(told["at"]) > _LIFE:
        raise Declined(ProblemCode.CHALLENGE_EXPIRED)
    device = wish.device
    text = sign_in_text(wish.challenge, device=device.id, tenant=wish.tenant, email=wish.email)
    if not is_proven(device.key, text, device.proof):
        raise Declined(ProblemCode.DEVICE_UNPROVEN)


def is_proven(key: str | None, text: bytes, proof: str | None) -> bool:
    """Whether a proof is the signature of a key over a text; not without either. Both have their shapes."""
    raw, signature = raw_of(key or ""), raw_of(proof or "")
    if not raw or not signature:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, text)
    except InvalidSignature:
        return False
    return True
