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
    arriving = Arriving(request, most=most)
    await arriving.read(within=within)
    return bytes(arriving.body)


class Arriving:
    """A body that is read in parts: what its beginning says may decide whether the rest is waited for."""

    def __init__(self, request: Request, *, most: int) -> None:
        """Declined as `too_large` where it is announced to be."""
        announced = request.headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            raise Declined(ProblemCode.TOO_LARGE)
        self.body = bytearray()
        self.is_whole = False
        self._most = most
        self._chunks = request.stream()

    async def read(self, *, within: float, enough: int | None = None) -> None:
        """Read to the end, or until there are more than `enough` bytes. Declined as in `read_push`."""
        try:
            async with asyncio.timeout(within):
                async for chunk in self._chunks:
                    self.body += chunk
                    if len(self.body) > self._most:
                        raise Declined(ProblemCode.TOO_LARGE)
                    if enough is not None and len(self.body) > enough:
                        return
        except TimeoutError:
            raise Declined(ProblemCode.RETRY, retry_after=1) from None
        self.is_whole = True
