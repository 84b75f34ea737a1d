"""An export as a response: written to a file without a name first, so that a slow reader holds no snapshot."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.protocol.problems import ProblemCode
from syncserver.services.data import exporting
from syncserver.services.declined import Declined
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.sign_in_events import party_of
from syncserver.web.access import holder_of
from syncserver.web.wiring import in_thread, wiring

MEDIA_TYPE: Final = "application/zip"
_PIECE: Final = 256 * 1024
_LATER: Final = 10


class Exports:
    """One export at a time: it reads all that a business has."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have one's turn inside the block. Declined as `retry` while another has it."""
        if self._free.locked():
            raise Declined(ProblemCode.RETRY, retry_after=_LATER)
        async with self._free:
            yield


async def exported(request: Request, customer: str | None, exports: Exports) -> Response:
    """Everything about the business of whoever asks, or about one customer of it. Raises what `export` raises."""
    holder = await holder_of(request)
    async with exports.turn():
        file, length = await in_thread(_written, request, holder, customer)
    name = f"{holder.tenant.slug}{'' if customer is None else f'-{customer}'}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(length)}
    pieces = iter(partial(file.read, _PIECE), b"")
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers=headers, background=BackgroundTask(file.close))


def _written(request: Request, holder: Holder, customer: str | None) -> tuple[IO[bytes], int]:
    # It has no name and is gone with the process, however that ends.
    file = tempfile.TemporaryFile()  # noqa: SIM115 closed once it is sent
    try:
        exporting.export(wiring(request).server, holder.tenant, customer, file, by=party_of(holder.user))
        length = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, length
