"""Refresh tokens that went with the history of a database that was put back.

A desk has exchanged its token since the backup, every few minutes, and the database knows none of those. The session
itself is there, mostly, and the token says which it is, as nobody else could have written it.
"""

import structlog

from shared.model.base import SessionId
from shared.protocol.messages import RefreshToken
from shared.protocol.proofs import refresh_text
from syncserver.services.identity.devices import is_proven
from syncserver.services.keys.signing import token_hash
from syncserver.services.server import Server
from syncserver.store.devices import key_of_session
from syncserver.store.recoveries import is_recovering
from syncserver.store.sessions import Session, find_session, take_up
from syncserver.store.tenants import find_tenant

log = structlog.get_logger()


def session_of_lost(server: Server, shown: RefreshToken, text: bytes) -> Session | None:
    """The session of a token that is not known; None without the proof over `text` of the device that it is on."""
    named = server.keys.session_of(shown.refresh_token)
    session = None if named is None else find_session(server.engine, SessionId(named))
    if session is None or not is_proven(key_of_session(server.engine, session.id), text, shown.proof):
        return None
    return session


def is_taken_up(server: Server, shown: RefreshToken) -> bool:
    """Whether a session goes on with a token that is not known, because an earlier history had given it.

    While its business is in recovery, for that is when its desk is to hand in what it has; with the proof of the device
    that the session is on; and only where it could have gone on with the token that is known of it.
    """
    session = session_of_lost(server, shown, refresh_text(shown.refresh_token))
    if session is None or session.tenant_id is None:
        return False
    tenant = find_tenant(server.engine, session.tenant_id)
    if tenant is None or not is_recovering(server.engine, tenant):
        return False
    known = take_up(server.engine, session.id, token_hash(shown.refresh_token), idle=server.settings.session_idle)
    log.info("refresh.taken_up", tenant=tenant.id, user=session.user_id, session=session.id, known=known)
    return known
