"""Bodies of requests, no larger than they may be, and not waited for without end."""

import asyncio
from typing import Final

from starlette.requests import Request

from shared.protocol.messages import MAX_BODY, MAX_VERIFY
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined

SMALL: Final = 32 * 1024
"""Bytes of a message that is no push: strangers send those too."""
WITHIN: Final = 30.0
PUSH_WITHIN: Final = 120.0
"""Seconds; a desk whose link is slower sends fewer edits at once."""


async def read_message(request: Request) -> bytes:
    """The body of a message that is no push; declined as in `read_push`."""
    return await _read(request, most=SMALL, within=WITHIN)


async def read_push(request: Request) -> bytes:
    """The body of a push. Declined as `too_large` as soon as it shows to be, as `retry` where it takes too long."""
    return await _read(request, most=MAX_BODY, within=PUSH_WITHIN)


async def read_sums(request: Request) -> bytes:
    """The body of a question whether a replica is right; declined as in `read_push`."""
    return await _read(request, most=MAX_VERIFY, within=WITHIN)


async def _read(request: Request, *, most: int, within: float) -> bytes:
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > most:
        raise Declined(ProblemCode.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Declined(ProblemCode.TOO_LARGE)
    except TimeoutError:
        raise Declined(ProblemCode.RETRY, retry_after=1) from None
    return bytes(body)
