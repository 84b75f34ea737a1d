"""A route for what is asked again and again: nothing stands between who may ask and its function."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from syncserver.web.access import admission_of


class DirectRoute(APIRoute):
    """Calls a function that takes the request alone as soon as its sender is let in.

    What FastAPI works out beside that for each request is as much again; a function that takes more is called by it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What serves a request of this route."""
        if [*inspect.signature(self.endpoint).parameters] != ["request"]:
            return super().get_route_handler()
        admit = admission_of(self)
        function = cast("Callable[[Request], Awaitable[Response]]", self.endpoint)

        async def handle(request: Request) -> Response:
            await admit(request)
            return await function(request)

        return handle
