"""What a desk that was shut out hands in: its ticket is read before the rest of a large body is waited for."""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Code, Refusal
from shared.protocol import codec
from shared.protocol.messages import MAX_BODY, HandedIn, HandIn
from syncserver.services.identity.upload_tickets import claim_of
from syncserver.services.server import Server
from syncserver.services.sync import handing_in
from syncserver.web.bodies import PUSH_WITHIN, SMALL, WITHIN, Arriving
from syncserver.web.wiring import answer, in_thread, wiring

_TICKET: Final = re.compile(rb'\s*\{\s*"ticket"\s*:\s*"([A-Za-z0-9._~=-]{1,1024})"')


async def handed_in(request: Request) -> Response:
    """Keep what is handed in, a large part of it in its turn. Raises what `take` raises, and Refusal for no ticket."""
    wired = wiring(request)
    arriving = Arriving(request, most=MAX_BODY)
    # Anybody may send so much to any call: who has no ticket takes no turn from those who have.
    await arriving.read(within=WITHIN, enough=SMALL)
    if arriving.is_whole:
        return answer(await in_thread(_taken, wired.server, bytes(arriving.body)))
    claim = await in_thread(claim_of, wired.server, _ticket_of(arriving.body))
    with wired.strangers.turn(claim.tenant, claim.user):
        await arriving.read(within=PUSH_WITHIN)
        return answer(await in_thread(_taken, wired.server, bytes(arriving.body)))


def _ticket_of(beginning: bytearray) -> str:
    found = _TICKET.match(beginning)
    if found is None:
        why = "of a body beyond 32 KiB it is the first member"
        raise Refusal(Code.INVALID, what="field", field="ticket", why=why)
    return found[1].decode()


def _taken(server: Server, body: bytes) -> HandedIn:
    return handing_in.take(server, codec.message_of(body, HandIn))
