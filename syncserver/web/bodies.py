"""Bodies of requests, no larger than they may be."""

from starlette.requests import Request

from shared.protocol.messages import MAX_BODY
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined


async def read_body(request: Request) -> bytes:
    """The body. Declined as `too_large` as soon as it shows to be, without reading the rest."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > MAX_BODY:
        raise Declined(ProblemCode.TOO_LARGE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Declined(ProblemCode.TOO_LARGE)
    return bytes(body)
