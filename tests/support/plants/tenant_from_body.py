"""Planted: a push goes to the business that its body names, whatever the token says."""

from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol import codec
from syncserver.routes import sync
from syncserver.services.server import Principal, Server
from syncserver.services.sync import push
from syncserver.services.sync.decisions import Batch
from syncserver.store.tenancy import Tenant
from syncserver.web import wiring

_parse, _written = push.parse, wiring.written


def _parse_for_the_named(server: Server, principal: Principal, body: bytes) -> Batch:
    told: Any = codec.strict_json(body)
    named = told.pop("tenant", None) if isinstance(told, dict) else None
    if named is None:
        return _parse(server, principal, body)
    batch = _parse(server, principal, orjson.dumps(told))
    server.look_up(named)
    return replace(batch, principal=replace(principal, tenant=server.homes[named]))


async def _written_there(request: Request, tenant: Tenant, batch: Batch) -> Response:
    return await _written(request, batch.principal.tenant, batch)


push.parse = _parse_for_the_named
sync.written = _written_there  # type: ignore[attr-defined]
