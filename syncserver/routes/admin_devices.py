"""The admin's page of devices, of all tenants."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.rules.permissions import Capability
from syncserver.services.platform import platform_devices
from syncserver.services.platform.platform_reach import holds
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, page_number, searched, sent
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/devices", route_class=PageRoute)


@router.get("", dependencies=admits(Capability.FIND_TENANTS, masqueraded=True))
async def devices(request: Request) -> Response:
    """The devices of all tenants that somebody may see."""
    server, admin, text = wiring(request).server, admin_of(request), searched(request)
    found = await in_thread(platform_devices.find_devices, server, admin, text, page_number(request))
    may_revoke = holds(admin, Capability.REVOKE_DEVICES)
    return admin_page(request, "admin/devices.html", found=found, q=text, may_revoke=may_revoke)


@router.post("/{tenant}/{device}/revoke", dependencies=admits(Capability.REVOKE_DEVICES))
async def revoke(request: Request, tenant: str, device: str) -> Response:
    """Shut a device out."""
    reason = sent(request, "reason")["reason"]
    await in_thread(platform_devices.revoke, wiring(request).server, admin_of(request), tenant, device, reason)
    return done("/admin/devices", "revoked")
