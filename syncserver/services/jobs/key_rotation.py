"""Keys that come and go: made, noticed by every running server, and retired once nothing depends on them."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from shared import clock
from shared.clock import instant_text
from shared.errors import AppError
from syncserver.services.identity.second_factors import PURPOSE as SECOND_FACTOR
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.keys.key_ring import SETTLING, KeyRing
from syncserver.services.keys.signing import new_key
from syncserver.services.outbox import PURPOSE as MAIL
from syncserver.services.server import Server
from syncserver.store import mails, second_factors
from syncserver.store.handles import Connection
from syncserver.store.server import SigningKey, add_key, keys_in_use, retire_key
from syncserver.store.tenancy import control_transaction

log = structlog.get_logger()

EVERY: Final = 15.0
"""Seconds between two looks at the keys: a new one does not sign before every server has looked several times."""
_SOONEST: Final = 5.0
"""Seconds between two looks that a token of an unknown key can cause: anybody can name one."""


class BadKey(AppError):
    """A key cannot be retired; the message says why."""


class KeyWatch:
    """Lets a running server use the keys that there are now."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        rounds = Rounds("keys", self.look, every=EVERY)
        self.start, self.close = rounds.start, rounds.close

    def look(self) -> None:
        """Read the keys. Raises StorageFault."""
        self._looked_at = clock.monotonic()
        if self._server.keys.use(keys_in_use(self._server.engine)):
            log.info("keys.changed", signer=self._server.keys.signer)

    def look_soon(self) -> None:
        """Read the keys, unless that was done a moment ago. Raises StorageFault."""
        with self._lock:
            if clock.monotonic() >= self._looked_at + _SOONEST:
                self.look()


def rotate(server: Server) -> SigningKey:
    """Make another key; it signs once every running server has read it, within a minute."""
    newest = keys_in_use(server.engine)[0]
    # Clocks count whole seconds, and are set back now and then: the newest key is the youngest all the same.
    key = replace(new_key(), created_at=max(clock.now(), newest.created_at + timedelta(seconds=1)))
    add_key(server.engine, key)
    return key


def retire(server: Server, kid: str, *, at_once: bool = False) -> None:
    """Take a key out of use: what only it has signed or sealed is good no more from now on, within a quarter minute.

    Secrets and mails that it encrypts are encrypted anew first, and sessions go on. A lease of it does not say any more
    when an edit was made, which counts as made when it arrives: so it is refused, unless `at_once`, until no session is
    left that began while the key signed. Raises BadKey for that, for a key that is not in use, and for the one that
    signs.
    """
    known = keys_in_use(server.engine)
    ring = KeyRing(known)
    if kid not in ring:
        raise BadKey(f"There is no key {kid} in use.")
    if kid == ring.signer:
        raise BadKey(f"The key {kid} signs: make another one first and give it a minute.")
    free = _signed_until(known, kid) + server.settings.session_life
    if not at_once and clock.now() < free:
        raise BadKey(
            f"Desks may still hold what the key {kid} has signed, until {instant_text(free)}. With --now it is retired "
            "all the same; what waits at a desk by then counts as made when it arrives."
        )
    with control_transaction(server.engine) as connection:
        _encrypt_anew(server, connection, kid)
        retire_key(connection, kid)


def _signed_until(known: Sequence[SigningKey], kid: str) -> datetime:
    """When the next newer key has begun to sign; now for the newest."""
    place = next(place for place, one in enumerate(known) if one.kid == kid)
    return known[place - 1].created_at + SETTLING if place else clock.now()


def _encrypt_anew(server: Server, connection: Connection, kid: str) -> None:
    keys = server.keys
    for user, hidden in second_factors.factors_under(connection, kid):
        secret = keys.decrypt(SECOND_FACTOR, hidden, about=user)
        if secret is not None:
            second_factors.replace_secret(connection, user, keys.encrypt(SECOND_FACTOR, secret, about=user))
    for mail, hidden in mails.mails_under(connection, kid):
        said = keys.decrypt(MAIL, hidden, about=mail)
        if said is not None:
            mails.replace_fields(connection, mail, keys.encrypt(MAIL, said, about=mail))
