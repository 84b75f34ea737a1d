"""What people do about their own account: sessions and the second factor."""

from shared.clock import instant_text
from shared.ids import is_id
from shared.model.base import SessionId
from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events, second_factors
from syncserver.services.identity.accounts import ENDED_ELSEWHERE
from syncserver.services.identity.holders import Holder, require_password_of
from syncserver.services.server import Server
from syncserver.store.sessions import end_session, end_sessions_of, find_session, live_sessions
from syncserver.store.tenancy import control_transaction


def sessions_of(server: Server, holder: Holder) -> messages.Sessions:
    """The holder's sessions that go on, the newest first."""
    found = live_sessions(server.engine, holder.user.id, idle=server.settings.session_idle)
    return messages.Sessions(
        sessions=tuple(
            messages.SessionInfo(
                id=one.id,
                device=one.device_id,
                device_name=name,
                created_at=instant_text(one.created_at),
                last_used_at=instant_text(one.last_used_at),
                current=one.id == holder.session.id,
            )
            for one, name in found
        )
    )


def end_one(server: Server, holder: Holder, session_id: str) -> None:
    """End one of the holder's sessions, the one that asks too. Declined as `not_found` for anybody else's."""
    found = find_session(server.engine, SessionId(session_id)) if is_id(session_id) else None
    if found is None or found.user_id != holder.user.id:
        raise Declined(ProblemCode.NOT_FOUND)
    _tell(server, holder, end_session(server.engine, holder.tenant, found.id, reason=ENDED_ELSEWHERE))
    identity_events.session_ended(server, holder.tenant, holder.user, session=found.id)


def end_others(server: Server, holder: Holder) -> None:
    """End all of the holder's sessions but the one that asks."""
    with control_transaction(server.engine) as connection:
        version = end_sessions_of(
            connection, holder.tenant, holder.user.id, reason=ENDED_ELSEWHERE, but=holder.session.id
        )  # fmt: skip
    _tell(server, holder, version)
    identity_events.session_ended(server, holder.tenant, holder.user, session=None)


def _tell(server: Server, holder: Holder, version: int) -> None:
    if version:
        server.tell(holder.tenant.id, version)


def begin_factor(server: Server, holder: Holder, wish: messages.FactorWish) -> messages.FactorDrawn:
    """Draw a second factor. Declined as `wrong_password`, `too_many_tries` or `second_factor_on`."""
    require_password_of(server, holder.user, wish.password)
    drawn = second_factors.begin(server, holder.user)
    return messages.FactorDrawn(secret=drawn.secret, uri=drawn.uri)


def confirm_factor(server: Server, holder: Holder, wish: messages.FactorCode) -> messages.RecoveryCodes:
    """Let the second factor count that was drawn. Declined as `wrong_code` or `too_many_tries`."""
    codes = second_factors.confirm(server, holder.user, wish.code)
    identity_events.second_factor_on(server, holder.tenant, holder.user)
    return messages.RecoveryCodes(codes=codes)


def end_factor(server: Server, holder: Holder, wish: messages.FactorEnd) -> None:
    """Go on without a second factor. Declined as `wrong_password`, `too_many_tries` or `wrong_code`."""
    require_password_of(server, holder.user, wish.password)
    with second_factors.counting_tries(server, holder.user.id):
        second_factors.turn_off(server, holder.user, wish.code)
    identity_events.second_factor_off(server, holder.tenant, holder.user)
