"""Around every request: nothing is stored by anybody between, and a bug is an incident with an id."""

from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Refusal, StorageFault
from shared.ids import new_id
from shared.protocol.headers import REQUEST_ID, is_request_id
from shared.protocol.problems import ProblemCode
from syncserver.services.caller import called_from
from syncserver.services.declined import Declined
from syncserver.web.access import tell_refusal
from syncserver.web.problems import problem, render

log = structlog.get_logger()

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False
        headers = _HEADERS | _request_id(scope)

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                sent = MutableHeaders(scope=message)
                for name, said in headers.items():
                    # What a route says of keeping its answer goes before.
                    sent.setdefault(name, said)
            await send(message)

        client = scope.get("client")
        called_from.set(client[0] if client else None)
        try:
            await self._app(scope, receive, guarded)
        except (Declined, Refusal, StorageFault) as expected:
            shown = await _told(scope, expected) if isinstance(expected, Declined) else expected
            if not begun:
                await render(shown)(scope, receive, guarded)
        except ClientDisconnect:
            log.debug("request.left")
        except Exception as error:  # noqa: BLE001 the top: whatever comes here is a bug
            incident = new_id()
            log.error("request.failed", incident=incident, kind=type(error).__name__, where=_where(error))
            # Half an answer stays half, and the server cuts the line: nobody takes it for a whole one.
            if not begun:
                await problem(ProblemCode.INTERNAL, incident=incident)(scope, receive, guarded)


async def _told(scope: Scope, refused: Declined) -> Declined:
    """What is answered once the trail tells of a refusal."""
    try:
        await tell_refusal(scope, refused)
    except Declined as slowed:
        return slowed
    except StorageFault:
        # Refused it is all the same.
        log.error("refusal.untold", code=refused.code.value)
    return refused


def _request_id(scope: Scope) -> dict[str, str]:
    asked = Headers(scope=scope).get(REQUEST_ID, "")
    return {REQUEST_ID: asked} if is_request_id(asked) else {}


def _where(error: BaseException) -> list[str]:
    """Files and lines, without the message: that may name a person."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-8:]
