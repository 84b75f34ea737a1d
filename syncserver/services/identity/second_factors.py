"""The second factor: codes of six digits that follow from a secret and the time (RFC 6238), and recovery codes."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import pyotp

from shared import clock
from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try, forget_misses
from syncserver.store.second_factors import (
    begin_factor,
    confirm_factor,
    drop_factor,
    find_factor,
    recovery_codes_left,
    replace_recovery_codes,
    use_recovery_code,
    use_step,
)
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import User

PURPOSE: Final = "second factor"
ISSUER: Final = "SmoothSchedule"
RECOVERY_CODES: Final = 10
_WINDOW: Final = (0, -1, 1)
"""Steps of 30 seconds beside that of now whose code is taken: clocks differ, and typing takes a while."""
_DIGITS: Final = 6
_RECOVERY_BYTES: Final = 10
"""80 bits: what is kept of them tells nobody which they are."""


@value
class Enrolment:
    """A secret that is to be confirmed by a code of it, and the address by which an authenticator app takes it."""

    secret: str
    uri: str


def begin(server: Server, user: User) -> Enrolment:
    """Draw a secret for somebody; it counts once it is confirmed. Declined as `second_factor_on` where one counts."""
    secret = pyotp.random_base32()
    hidden = server.keys.encrypt(PURPOSE, secret, about=user.id)
    with control_transaction(server.engine) as connection:
        if not begin_factor(connection, user.id, hidden, clock.now()):
            raise Declined(ProblemCode.SECOND_FACTOR_ON)
    return Enrolment(secret=secret, uri=pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER))


def confirm(server: Server, user: User, code: str) -> tuple[str, ...]:
    """Let the secret count for which this is a code; the recovery codes, which are shown this once.

    Declined as `wrong_code`, as `too_many_tries` after misses, and as `wrong_code` where nothing waits to be confirmed.
    """
    with control_transaction(server.engine, read_only=True) as connection:
        factor = find_factor(connection, user.id)
    if factor is None or factor.is_confirmed:
        # No try at all: a token alone keeps nobody from ending the factor that they have.
        raise Declined(ProblemCode.WRONG_CODE)
    codes = _recovery_codes()
    with counting_tries(server, user.id), control_transaction(server.engine) as connection:
        factor = find_factor(connection, user.id, held=True)
        if factor is None or factor.is_confirmed:
            raise Declined(ProblemCode.WRONG_CODE)
        if not _use_code(server, connection, user.id, factor.secret, code):
            raise Declined(ProblemCode.WRONG_CODE)
        confirm_factor(connection, user.id, [_recovery_hash(user.id, one) for one in codes], clock.now())
    return codes


def redraw(server: Server, connection: Connection, user: UserId, code: str) -> tuple[str, ...]:
    """Draw recovery codes in place of those of before, which let nobody in any more; within a control transaction.

    `code` is one of the authenticator app: a recovery code that somebody has found is not to become ten others.
    Declined as `wrong_code`.
    """
    factor = find_factor(connection, user, held=True)
    if factor is None or not factor.is_confirmed or not _use_code(server, connection, user, factor.secret, code):
        raise Declined(ProblemCode.WRONG_CODE)
    codes = _recovery_codes()
    replace_recovery_codes(connection, user, [_recovery_hash(user, one) for one in codes])
    return codes


def codes_left(server: Server, user: UserId) -> int:
    """How many recovery codes somebody has still."""
    with control_transaction(server.engine, read_only=True) as connection:
        return recovery_codes_left(connection, user)


def code_key(server: Server, user: UserId) -> str:
    """What misses are counted by where somebody who is signed in is asked for a code."""
    return server.keys.keyed_hash("code asked", user)


@contextmanager
def counting_tries(server: Server, user: UserId) -> Iterator[None]:
    """Charge a try until the block is done without an error: nobody buys guesses without end.

    Declined as `too_many_tries` after misses. Within no transaction.
    """
    key = code_key(server, user)
    if wait := charge_try(server.engine, key, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    yield
    forget_misses(server.engine, key, clock.now())


def turn_off(server: Server, user: User, code: str) -> None:
    """Forget somebody's second factor; `code` is one of it or a recovery code. Declined as `wrong_code`.

    Platform people keep theirs: declined as `not_allowed`.
    """
    if user.role.is_platform:
        raise Declined(ProblemCode.NOT_ALLOWED)
    with control_transaction(server.engine) as connection:
        factor = find_factor(connection, user.id, held=True)
        if factor is None or not factor.is_confirmed or not _use_any(server, connection, user.id, factor.secret, code):
            raise Declined(ProblemCode.WRONG_CODE)
        drop_factor(connection, user.id)


def forget(connection: Connection, user: UserId) -> bool:
    """Forget somebody's second factor without a code, within a control transaction; False where none counts."""
    factor = find_factor(connection, user, held=True)
    if factor is None or not factor.is_confirmed:
        return False
    drop_factor(connection, user)
    return True


def is_on(server: Server, user: UserId) -> bool:
    """Whether somebody has a second factor that counts."""
    with control_transaction(server.engine, read_only=True) as connection:
        factor = find_factor(connection, user)
    return factor is not None and factor.is_confirmed


def require_code(server: Server, user: UserId, code: str | None) -> None:
    """Use a code of somebody who has a second factor, and be content with anybody who has none.

    Declined as `second_factor_required` without a code, as `sign_in_failed` where it is not right or was used.
    """
    with control_transaction(server.engine) as connection:
        factor = find_factor(connection, user)
        if factor is None or not factor.is_confirmed:
            return
        if not code:
            raise Declined(ProblemCode.SECOND_FACTOR_REQUIRED)
        if not _use_any(server, connection, user, factor.secret, code):
            raise Declined(ProblemCode.SIGN_IN_FAILED)


def _use_any(server: Server, connection: Connection, user: UserId, hidden: str, code: str) -> bool:
    plain = _plain(code)
    if plain.isdecimal() and len(plain) == _DIGITS:
        return _use_code(server, connection, user, hidden, plain)
    return use_recovery_code(connection, user, _recovery_hash(user, plain), clock.now())


def _use_code(server: Server, connection: Connection, user: UserId, hidden: str, code: str) -> bool:
    secret = server.keys.decrypt(PURPOSE, hidden, about=user)
    step = None if secret is None else _step_of(pyotp.TOTP(secret), _plain(code), clock.now())
    return step is not None and use_step(connection, user, step, forget_before=step - 2 * len(_WINDOW))


def _step_of(totp: pyotp.TOTP, code: str, now: datetime) -> int | None:
    """The step within the window whose code this is; every one is looked at, so that the time tells nothing."""
    current = totp.timecode(now)
    steps = [current + by for by in _WINDOW]
    right = [step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), code)]
    return right[0] if right else None


def _plain(code: str) -> str:
    """A code as it is compared: apps and people write it with gaps."""
    return code.replace(" ", "").replace("-", "").upper()


def _recovery_codes() -> tuple[str, ...]:
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def _recovery_code() -> str:
    drawn = base64.b32encode(os.urandom(_RECOVERY_BYTES)).decode()
    return "-".join(drawn[at : at + 4] for at in range(0, len(drawn), 4))


def _recovery_hash(user: UserId, code: str) -> str:
    return token_hash(f"{user}\x1f{_plain(code)}")
