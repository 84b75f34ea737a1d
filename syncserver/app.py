"""The server's application, built in one place."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.problems import ProblemCode
from syncserver.effects.mail import post_of
from syncserver.effects.news import News
from syncserver.effects.pokes import Pokes
from syncserver.routes import (
    account,
    admin_account,
    admin_audit,
    admin_devices,
    admin_granted,
    admin_grants,
    admin_masquerade,
    admin_tenants,
    admin_users,
    audit,
    auth,
    data,
    feeds,
    health,
    live,
    masquerade,
    numbers,
    pages,
    sync,
    team,
)
from syncserver.services.jobs.key_rotation import KeyWatch
from syncserver.services.jobs.mailing import Sender
from syncserver.services.jobs.overdue import GOING_ON_EVERY, Overdue
from syncserver.services.jobs.pruning import Upkeep
from syncserver.services.jobs.refusal_counts import RefusalCounts
from syncserver.services.jobs.said_later import SaidLater
from syncserver.services.server import open_server
from syncserver.services.sync.endings.ending import GOING_ON
from syncserver.services.sync.push import Pushing
from syncserver.services.sync.writers import Writers
from syncserver.settings import Settings
from syncserver.store.handles import Engine
from syncserver.web import admin, documents
from syncserver.web.access import Declared, need_of
from syncserver.web.direct import Direct
from syncserver.web.guard import Guard
from syncserver.web.problems import problem
from syncserver.web.serving import Listening
from syncserver.web.turns import Exports, OneByOne, PerMinute, Pulls, SignIns, Strangers
from syncserver.web.wiring import Wiring

VERSION: Final = "1"
_WRITERS: Final = 4
"""Tenants that are written to at the same moment."""
_SIGN_INS: Final = 2
"""People who sign in at the same moment, in all workers, of which each takes one at least."""
_STRANGERS: Final = 16
"""Bodies of a mebibyte at the same moment from desks that were shut out, in each worker."""
_FEEDS: Final = 120
"""Calendars that one address may ask for in a minute, in each worker: a house full of phones asks for fewer."""
_NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What would go elsewhere holds addresses with ids and messages with names; and it is looked for at each request."""
_MISSING: Final[Mapping[int, ProblemCode]] = {404: ProblemCode.NOT_FOUND, 405: ProblemCode.METHOD_NOT_ALLOWED}
ADMIN: Final = (
    admin_account, admin_tenants, admin_granted, admin_users, admin_devices, admin_grants, admin_masquerade,
    admin_audit,
)  # fmt: skip
"""The routes of the browser admin."""
# What is asked most goes first: each of them is tried in turn.
_ROUTES: Final = (sync, live, health, auth, account, team, feeds, masquerade, audit, data, numbers, pages, *ADMIN)


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """The application over a migrated database.

    Raises StorageFault where the database does not answer, and Undeclared where a route says not what it needs.
    """
    # Before anything is opened that would have to be closed.
    _require_needs()
    pokes = Pokes()
    # A pooler that shares connections would listen on one and give another.
    news = News(engine, pokes, line=not settings.database_pooled)
    server = open_server(engine, settings, tell=news.tell)
    wired = Wiring(
        server=server,
        key_watch=KeyWatch(server),
        pokes=pokes,
        news=news,
        writers=Writers(Pushing(server, news.tell).apply, threads=_WRITERS, weight=lambda batch: batch.weight),
        sign_ins=SignIns(max(1, _SIGN_INS // settings.workers)),
        pulls=Pulls(max(1, settings.pool_size - _WRITERS - 1)),
        strangers=Strangers(_STRANGERS),
        exports=Exports(),
        feeds=OneByOne(),
        days=OneByOne(),
        feeds_asked=PerMinute(_FEEDS),
    )
    app = FastAPI(
        title="SmoothSchedule", version=VERSION, lifespan=_lifespan, openapi_url="/docs/openapi.json",
        telemetry=_NO_TELEMETRY,
    )  # fmt: skip
    # A client would be sent to the host that it named itself.
    app.router.redirect_slashes = False
    app.state.wiring = wired
    app.state.rounds = (
        Upkeep(server.engine, settings),
        Sender(server, post_of(settings)),
        Overdue(server),
        Overdue(server, GOING_ON, every=GOING_ON_EVERY),
        SaidLater(server),
        wired.key_watch,
        RefusalCounts(server.audit),
    )
    app.add_exception_handler(HTTPException, _not_here)
    app.add_exception_handler(RequestValidationError, _not_fitting)
    for routes in _ROUTES:
        app.include_router(routes.router)
    app.add_middleware(Direct, routes=tuple(route for routes in _ROUTES for route in routes.router.routes))
    # What is added later, or beside these, has declared nothing.
    app.add_middleware(Declared, known=tuple(app.router.routes))
    app.add_middleware(Guard)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def _require_needs() -> None:
    for routes in _ROUTES:
        for route in routes.router.routes:
            need_of(route)


def listening(app: FastAPI, settings: Settings) -> Listening:
    """The application under uvicorn, at the settings' address; `run` serves until SIGTERM or SIGINT."""
    wired: Wiring = app.state.wiring
    return Listening(app, on_stop=wired.pokes.close, host=settings.host, port=settings.port)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    wired: Wiring = app.state.wiring
    wired.news.start()
    for rounds in app.state.rounds:
        rounds.start()
    yield
    for rounds in app.state.rounds:
        rounds.close()
    wired.pokes.close()
    wired.writers.close()
    wired.news.close()
    wired.server.audit.seal()


def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = _MISSING.get(status, ProblemCode.INVALID)
    return admin.not_here(request, code) if admin.is_page(request) else problem(code)


def _not_fitting(_: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": ""}
    return problem(ProblemCode.INVALID, f"{'.'.join(map(str, first['loc']))}: {first['msg']}.")


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = made.setdefault("components", {})
        components["schemas"] = {**components.get("schemas", {}), **documents.schemas()}
        components["securitySchemes"] = documents.BEARER
        app.openapi_schema = made
    return app.openapi_schema
