"""The admin's page of the audit trail."""

from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.clock import parse_instant
from shared.rules.permissions import Capability
from syncserver.services.platform import trail
from syncserver.store.events import Kind
from syncserver.store.trail import Filter
from syncserver.web.admin import PageRoute, admin_page, admits, sent
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/audit", route_class=PageRoute)
_FILTERS: Final = ("tenant", "kind", "person", "since", "until")
_NUMBER: Final = 18
"""Digits of a number of an event at most."""


@router.get("", dependencies=admits(Capability.READ_PLATFORM_AUDIT, masqueraded=True))
async def audit(request: Request) -> Response:
    """A chain, newest first: the platform's, or a tenant's."""
    server = wiring(request).server
    asked = {name: request.query_params.get(name, "").replace("\0", "").strip()[:200] for name in _FILTERS}
    tenant = await in_thread(trail.chain_named, server, asked["tenant"])
    shown = await in_thread(trail.read_trail, server, tenant, _filter(request, asked))
    given = {name: said for name, said in asked.items() if said}
    older = urlencode(given | {"before": shown.older}) if shown.older else ""
    kinds = [kind.value for kind in Kind]
    return admin_page(
        request, "admin/audit.html", shown=shown, asked=asked, kinds=kinds, older=older, is_first=not _before(request)
    )


@router.post("/verify", dependencies=admits(Capability.READ_PLATFORM_AUDIT))
async def verify(request: Request) -> Response:
    """Walk a chain now."""
    server, slug = wiring(request).server, sent(request, "tenant")["tenant"]
    tenant = await in_thread(trail.chain_named, server, slug)
    await in_thread(trail.verify, server, tenant)
    return RedirectResponse(f"/admin/audit?{urlencode({'tenant': slug, 'said': 'verified'})}", 303)


def _filter(request: Request, asked: dict[str, str]) -> Filter:
    return Filter(
        kind=asked["kind"],
        person=asked["person"],
        since=_day(asked["since"]),
        until=_day(asked["until"], days=1),
        before=_before(request),
    )


def _before(request: Request) -> int | None:
    said = request.query_params.get("before", "")
    return int(said) if said.isdecimal() and len(said) <= _NUMBER else None


def _day(said: str, days: int = 0) -> datetime | None:
    """The beginning of a day in UTC, or so many days later; None for what is none."""
    try:
        return parse_instant(f"{date.fromisoformat(said).isoformat()}T00:00:00Z") + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
