"""What is kept of a business and of its customers, for its owner to take."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD
from syncserver.web.documents import call
from syncserver.web.exporting import MEDIA_TYPE, Exports, exported

router: Final = APIRouter(prefix="/v1", tags=["data"])

_exports: Final = Exports()


@router.get("/export", **call({MEDIA_TYPE: ()}, ProblemCode.NOT_ALLOWED, *HELD, needs=Capability.EXPORT))
async def export(request: Request) -> Response:
    """Everything that is kept of the business, as `shared/EXPORT.md` describes it."""
    return await exported(request, None, _exports)


@router.get(
    "/customers/{customer}/export",
    **call({MEDIA_TYPE: ()}, ProblemCode.NOT_FOUND, ProblemCode.NOT_ALLOWED, *HELD, needs=Capability.EXPORT),
)
async def export_customer(request: Request, customer: str) -> Response:
    """Everything that is kept about one customer."""
    return await exported(request, customer, _exports)
