"""Platform people in the browser admin: signed in with password and code, and nowhere without a second factor."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from shared import clock
from shared.ids import new_id, secret_token
from shared.model.base import value
from shared.protocol.problems import ProblemCode
from syncserver.services.caller import called_from
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords, second_factors
from syncserver.services.identity.accounts import ENDED_ELSEWHERE, SIGNED_OUT
from syncserver.services.identity.holders import require_password_of
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.identity.second_factors import Enrolment
from syncserver.services.identity.sign_in_events import party_of, tell_missed, telling_refusal
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.store.admin_sessions import (
    AdminSession,
    add_admin_session,
    end_admin_session,
    end_admin_sessions_of,
    find_admin_session,
    live_admin_sessions,
    touch_admin_session,
)
from syncserver.store.events import Event, Kind, Outcome
from syncserver.store.handles import Connection
from syncserver.store.misses import charge_try, forget_misses
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import User, find_user, find_user_by_email, is_unchanged, normal_email

IDLE: Final = timedelta(minutes=30)
"""A session ends when it was not used for so long."""
LIFE: Final = timedelta(hours=12)
"""A session ends after so long, however much it is used."""
_NOTED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is known when a session was last used: not every page is worth a write."""
_BROWSER: Final = "admin browser"
_LONGEST_AGENT: Final = 300
"""Characters that are kept of what a browser calls itself."""
_HERE: Final = {"where": "admin"}
_ENROLLED: Final = "enrolled"


@value
class SignedIn:
    """What a browser gets: the session's token, and a mark by which the browser is known the next time.

    Both are for cookies of their own; only the mark outlives the session. With `must_enrol` the token is good for
    `begin_enrolment`, `confirm_enrolment` and `sign_out` alone.
    """

    token: str
    browser: str
    must_enrol: bool


@value
class Admin:
    """Somebody of the platform who is signed in, and their session."""

    user: User
    """Who is shown the pages: of the platform's people whom somebody acts as, the other."""
    session: str
    is_enrolled: bool
    under: Masquerade | None = None
    """The masquerade that they have not stopped, in whichever window it is used."""

    @property
    def really(self) -> User:
        """Who has signed in."""
        return self.under.actor if self.under else self.user


def sign_in(
    server: Server, *, email: str, password: str, code: str | None, browser: str | None = None, agent: str = ""
) -> SignedIn:  # fmt: skip
    """Begin a session; `browser` is the mark that this browser was given before, `agent` what it calls itself.

    An unknown e-mail, one of a tenant, somebody disabled and a wrong password are one answer, `sign_in_failed`, after
    the same work. Declined as `second_factor_required` where a code is missing, as `too_many_tries` after misses: those
    of other browsers delay nobody at one of their own.
    """
    wanted = find_user_by_email(server.engine, None, email)
    user = _recognised(server, wanted, _Shown(email=email, password=password, code=code, browser=browser))
    must_enrol = not second_factors.is_on(server, user.id)
    with control_transaction(server.engine) as connection:
        if not is_unchanged(connection, user):
            raise Declined(ProblemCode.SIGN_IN_FAILED)
        token, session = _begin(connection, user, enrolled=not must_enrol, agent=agent)
    _tell(server, Kind.SIGN_IN, user, session)
    return SignedIn(token=token, browser=server.keys.seal(_BROWSER, {"user": user.id}), must_enrol=must_enrol)


@value
class _Shown:
    email: str
    password: str
    code: str | None
    browser: str | None


def _recognised(server: Server, user: User | None, shown: _Shown) -> User:
    tries = _tries_key(server, shown.email, user, shown.browser)
    if wait := charge_try(server.engine, tries, clock.now()):
        raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=wait)
    right = passwords.is_right(shown.password, user.password_hash if user else None)
    if user is None or not right or not user.is_active:
        tell_missed(server, None, user, email=shown.email, tries=tries, where=_HERE)
        raise Declined(ProblemCode.SIGN_IN_FAILED)
    with telling_refusal(server, Kind.SIGN_IN, None, user):
        second_factors.require_code(server, user.id, shown.code)
    forget_misses(server.engine, tries, clock.now())
    return user


def _tries_key(server: Server, email: str, user: User | None, browser: str | None) -> str:
    mark = server.keys.unseal(_BROWSER, browser) if browser else None
    known = user is not None and mark is not None and mark["user"] == user.id
    return misses_key(server, email, at_home=known)


def misses_key(server: Server, email: str, *, at_home: bool) -> str:
    """What misses at signing in to the admin are counted by; `at_home` for those at a browser that is known."""
    return server.keys.keyed_hash("admin sign-in", "\x1f".join((normal_email(email), "known" if at_home else "")))


def _begin(connection: Connection, user: User, *, enrolled: bool, agent: str) -> tuple[str, AdminSession]:
    token, now = secret_token(), clock.now()
    session = AdminSession(
        id=new_id(), user_id=user.id, enrolled=enrolled, created_at=now, last_used_at=now,
        user_agent=agent[:_LONGEST_AGENT], ip=called_from.get(),
    )  # fmt: skip
    add_admin_session(connection, session, token_hash(token))
    return token, session


def _tell(server: Server, kind: Kind, user: User, session: AdminSession | None) -> None:
    key = server.audit.session_key(session.id) if session else None
    server.audit.note(Event(kind=kind, actor=party_of(user), session=key, details=_HERE))


def admin_of(server: Server, token: str) -> Admin:
    """Who a session's token stands for; declined as `reauth` where nobody, or nobody any more.

    Declined as `second_factor_required` for whoever has to enrol one first.
    """
    user, session = _holder(server, token)
    if not session.enrolled:
        raise Declined(ProblemCode.SECOND_FACTOR_REQUIRED)
    return Admin(user=user, session=session.id, is_enrolled=session.enrolled)


def enrolling(server: Server, token: str) -> Admin:
    """Who a session's token stands for, with a second factor or on the way to one; declined as `reauth`."""
    user, session = _holder(server, token)
    return Admin(user=user, session=session.id, is_enrolled=session.enrolled)


def begin_enrolment(server: Server, token: str) -> Enrolment:
    """Draw the secret of a second factor; for whoever has signed in and has none yet."""
    user, _ = _holder(server, token)
    return second_factors.begin(server, user)


def confirm_enrolment(server: Server, token: str, code: str) -> tuple[SignedIn, tuple[str, ...]]:
    """Let the second factor count; another session in place of this one, and the recovery codes, shown this once.

    Declined as `wrong_code` or `too_many_tries`, and as `reauth` where this one has ended meanwhile: no factor counts.
    """
    user, session = _holder(server, token)
    codes = second_factors.confirm(server, user, code)
    with control_transaction(server.engine) as connection:
        # Nobody who saw the token before the second factor has anything of it.
        is_live = end_admin_session(connection, session.id, reason=_ENROLLED, now=clock.now())
        made = _begin(connection, user, enrolled=True, agent=session.user_agent) if is_live else None
        if made is None:
            # With another password meanwhile, or by somebody else's word: whose factor it is, nobody knows.
            second_factors.forget(connection, user.id)
    if made is None:
        raise Declined(ProblemCode.REAUTH)
    full, begun = made
    _tell(server, Kind.FACTOR_ON, user, begun)
    signed_in = SignedIn(token=full, browser=server.keys.seal(_BROWSER, {"user": user.id}), must_enrol=False)
    return signed_in, codes


def draw_codes(server: Server, admin: Admin, *, password: str, code: str) -> tuple[str, ...]:
    """Recovery codes in place of those that somebody has, shown this once; asked for with password and app.

    Declined as `wrong_password`, `wrong_code` or `too_many_tries`. Raises StorageFault where it cannot be recorded;
    then those of before go on.
    """
    user = admin.user
    drawn = Event(
        kind=Kind.CODES_DRAWN, actor=party_of(user), session=server.audit.session_key(admin.session), details=_HERE
    )  # fmt: skip
    try:
        require_password_of(server, user, password)
        with (
            second_factors.counting_tries(server, user.id),
            server.audit.transaction(None) as (connection, record),
        ):
            codes = second_factors.redraw(server, connection, user.id, code)
            record(drawn)
    except Declined as declined:
        # Within the wait nothing was looked at, and there may be any number of such tries.
        if declined.code is not ProblemCode.TOO_MANY_TRIES:
            why = {"why": declined.code.value, **_HERE}
            server.audit.note(replace(drawn, outcome=Outcome.DENIED, details=why))
        raise
    return codes


def sign_out(server: Server, token: str) -> None:
    """End a session; one that is known no more ends nothing."""
    with control_transaction(server.engine) as connection:
        session = find_admin_session(connection, token_hash(token))
        if session is not None:
            end_admin_session(connection, session.id, reason=SIGNED_OUT, now=clock.now())
    user = find_user(server.engine, session.user_id) if session else None
    if user is not None:
        _tell(server, Kind.SIGN_OUT, user, session)


def sessions_of(server: Server, admin: Admin) -> Sequence[AdminSession]:
    """The sessions of whoever asks that go on, the latest used first."""
    now = clock.now()
    with control_transaction(server.engine, read_only=True) as connection:
        return live_admin_sessions(connection, admin.user.id, used_since=now - IDLE, begun_since=now - LIFE)


def end_one(server: Server, admin: Admin, session_id: str) -> None:
    """End one of the sessions of whoever asks. Declined as `not_found` for any other."""
    ended = [one for one in sessions_of(server, admin) if one.id == session_id]
    if not ended:
        raise Declined(ProblemCode.NOT_FOUND)
    with control_transaction(server.engine) as connection:
        end_admin_session(connection, session_id, reason=ENDED_ELSEWHERE, now=clock.now())
    _tell(server, Kind.SESSION_ENDED, admin.user, ended[0])


def end_others(server: Server, admin: Admin) -> None:
    """End all sessions of whoever asks but the one that asks."""
    with control_transaction(server.engine) as connection:
        end_admin_sessions_of(
            connection, admin.user.id, reason=ENDED_ELSEWHERE, now=clock.now(), but=admin.session
        )  # fmt: skip
    _tell(server, Kind.SESSION_ENDED, admin.user, None)


def _holder(server: Server, token: str) -> tuple[User, AdminSession]:
    now = clock.now()
    with control_transaction(server.engine) as connection:
        session = find_admin_session(connection, token_hash(token))
        if session is None or now > min(session.last_used_at + IDLE, session.created_at + LIFE):
            raise Declined(ProblemCode.REAUTH)
        if now > session.last_used_at + _NOTED_EVERY:
            touch_admin_session(connection, session.id, now)
    user = find_user(server.engine, session.user_id)
    if user is None or not user.is_active or not user.role.is_platform:
        raise Declined(ProblemCode.REAUTH)
    return user, session
