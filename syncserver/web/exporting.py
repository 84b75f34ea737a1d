"""An export as a response: written to a file without a name first, so that a slow reader holds no snapshot."""

import tempfile
from collections.abc import Callable
from functools import partial
from typing import IO, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from syncserver.services.data import exporting
from syncserver.services.server import Server
from syncserver.store.events import Party
from syncserver.store.tenancy import Tenant
from syncserver.web.wiring import in_thread, wiring

MEDIA_TYPE: Final = "application/zip"
_PIECE: Final = 256 * 1024


async def exported(
    request: Request, tenant: Tenant, *, customer: str | None = None, by: Party, reason: str | None = None
) -> Response:  # fmt: skip
    """Everything about a business, or about one customer of it. Raises what `export` raises."""
    async with wiring(request).exports.turn():
        write = partial(exporting.export, customer=customer, by=by, reason=reason)
        file, length = await in_thread(_written, wiring(request).server, tenant, write)
    name = f"{tenant.slug}{'' if customer is None else f'-{customer}'}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(length)}
    pieces = iter(partial(file.read, _PIECE), b"")
    return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers=headers, background=BackgroundTask(file.close))


def _written(
    server: Server, tenant: Tenant, write: Callable[[Server, Tenant, IO[bytes]], None]
) -> tuple[IO[bytes], int]:
    # It has no name and is gone with the process, however that ends.
    file = tempfile.TemporaryFile()  # noqa: SIM115 closed once it is sent
    try:
        write(server, tenant, file)
        length = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, length
