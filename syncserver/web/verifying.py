"""What a desk asks when it compares its replica with the server, each in its turn: it costs as much as a long pull."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from shared.protocol import codec
from shared.protocol.messages import Repair, Verified, Verify
from syncserver.services.server import Principal, Server
from syncserver.services.sync import verifying
from syncserver.web.bodies import read_sums
from syncserver.web.pulling import streamed
from syncserver.web.wiring import answer, in_thread, message_of, wiring


async def verified(request: Request, principal: Principal) -> Response:
    """What differs between a replica and the server."""
    body = await read_sums(request)
    wish = await in_thread(codec.message_of, body, Verify)
    wired = wiring(request)
    turn = await wired.pulls.take(principal, wish.replica)
    try:
        return answer(await in_thread(_compared, wired.server, principal, wish))
    finally:
        wired.pulls.give_back(turn)


def _compared(server: Server, principal: Principal, wish: Verify) -> Verified:
    return verifying.Verification(server, principal, wish).answer()


async def repaired(request: Request, principal: Principal) -> Response:
    """The stream of a pull that brings some ranges whole."""
    wish = await message_of(request, Repair)
    begin = partial(verifying.Repair, wiring(request).server, principal, wish)
    return await streamed(request, principal, wish.replica, begin)
