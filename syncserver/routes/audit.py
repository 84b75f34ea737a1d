"""What was done with people's rights, for whom it concerns."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.audit_messages import AuditPage
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD
from syncserver.services.team import audit_reading
from syncserver.web.access import principal_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, wiring

router: Final = APIRouter(prefix="/v1", tags=["audit"])


@router.get(
    "/audit",
    **call(
        {JSON: (AuditPage,)}, ProblemCode.FEATURE_NOT_IN_PLAN, ProblemCode.INVALID, *HELD, needs=Capability.READ_AUDIT
    ),
)
async def read_audit(
    request: Request,
    before: Annotated[
        int | None, Query(ge=1, lt=2**53, description="The `before` of the page before; none for the newest.")
    ] = None,
) -> Response:
    """The audit trail of the business, the newest first."""
    return answer(await in_thread(audit_reading.page_of, wiring(request).server, principal_of(request), before))
