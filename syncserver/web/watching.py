"""Answers that go on for a while, to somebody who masquerades: they end with that, wherever it is ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from shared.errors import StorageFault
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.server import Principal, Server
from syncserver.web.wiring import in_thread

log = structlog.get_logger()

EVERY: Final = 0.5
"""Seconds between two looks: that it was ended is felt within a second."""


@asynccontextmanager
async def watched(server: Server, principal: Principal, *, over: Callable[[], None]) -> AsyncIterator[None]:
    """Look inside the block whether a masquerade goes on; `over` is called, on the loop's thread, where it does not.

    Whoever is there themselves is not looked at: their sessions end with their tokens.
    """
    if principal.actor is None:
        yield
        return
    watch = asyncio.create_task(_watch(server, principal.session, over))
    try:
        yield
    finally:
        watch.cancel()


async def _watch(server: Server, masquerade: str, over: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(EVERY)
        try:
            await in_thread(masquerades.standing_of, server, masquerade)
        except Declined:
            over()
            return
        except StorageFault:
            # The database is away for a moment: nobody is told anything meanwhile.
            continue
        except Exception:
            # Nobody would look any more whether they may still be there.
            log.exception("masquerade.not_watched", masquerade=masquerade)
            over()
            return
