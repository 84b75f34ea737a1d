"""Telling desks that there is something new."""

from collections.abc import AsyncIterator
from typing import Final

from shared import clock
from shared.protocol.messages import Poke
from syncserver.effects.pokes import Listener
from syncserver.services.server import Principal, Server
from syncserver.services.sync.standing import require_desk, telling_why
from syncserver.store.replicas import standing
from syncserver.store.tenancy import tenant_transaction

HEARTBEAT: Final = 25.0
"""Seconds of silence after which a sign of life is due."""


def here(server: Server, principal: Principal) -> Poke:
    """Where the tenant stands; declined for whoever may not listen."""
    with tenant_transaction(server.engine, principal.tenant, read_only=True) as connection:
        person, terms, version = standing(connection, principal.session)
    with telling_why(server, principal):
        view = require_desk(principal, person, terms)
    return Poke(version=version, epoch=server.epoch, view=view.hash)


async def events(listener: Listener, principal: Principal, first: Poke) -> AsyncIterator[Poke | None]:
    """The first poke at once and one whenever the version rises; None where a sign of life is due.

    Ends with the access token, so that a session that has ended listens no longer than that.
    """
    listener.tell(first.version)
    told = 0
    while not listener.ended and (left := principal.expires_at - clock.now().timestamp()) > 0:
        if listener.version > told:
            told = listener.version
            yield Poke(version=told, epoch=first.epoch, view=first.view)
        elif not await listener.risen(within=min(HEARTBEAT, left)):
            yield None


async def newer(listener: Listener, first: Poke, after: int) -> Poke:
    """The first poke beyond a version; after a heartbeat's time where it stands, whatever that is."""
    listener.tell(first.version)
    while listener.version <= after and not listener.ended:
        if not await listener.risen(within=HEARTBEAT):
            break
    return Poke(version=listener.version, epoch=first.epoch, view=first.view)
