"""Ends the sessions of those who have left, on the server too, once everything that they made is decided."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from desktop.sync.engine_store import EngineStore
from desktop.sync.problems import SignInRefused
from desktop.sync.session import Tokens
from shared.errors import NotSignedIn, ProtocolMismatch

log = logging.getLogger(__name__)


def end_sessions(
    session: Tokens, store: EngineStore, *, waiting: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """End what is due, by the proof of whoever is at the desk; `waiting` stands around each request.

    Raises Unreachable, and it is due still.

    A session whose end was told and whose answer was lost is told again: the server ends it once.
    """
    for leave in store.begin_to_end():
        try:
            with waiting():
                session.sign_out(leave.token)
        except (NotSignedIn, SignInRefused, ProtocolMismatch):
            # It had ended before, by whatever means: there is nothing left to end.
            log.warning("session.was_ended", extra={"session": leave.session})
        store.ended(leave.session)
