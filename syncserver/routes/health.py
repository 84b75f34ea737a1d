"""Whether the server and its database are up."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.messages import Health
from syncserver.services import health
from syncserver.web.access import Access
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, wiring

router: Final = APIRouter(tags=["health"])


@router.get("/health", **call({JSON: (Health,)}, needs=Access.OPEN))
async def read_health(request: Request) -> Response:
    """200 where both are, 503 where the database is not."""
    recovering = await in_thread(health.check, wiring(request).server)
    return answer(Health(status="ok", recovering=recovering))
