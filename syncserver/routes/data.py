"""What is kept of a business and of its customers, for its owner to see, to take, to erase, and to close."""

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.account_messages import Closing, Erasure, PlanTerms
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD, SENT
from syncserver.services.data import erasing
from syncserver.services.declined import Declined
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.team import closing, plan_terms
from syncserver.web.access import holder_of
from syncserver.web.documents import JSON, call
from syncserver.web.exporting import MEDIA_TYPE, exported
from syncserver.web.wiring import answer, in_thread, message_of, wiring

router: Final = APIRouter(prefix="/v1", tags=["data"])


@router.get("/export", **call({MEDIA_TYPE: ()}, ProblemCode.NOT_ALLOWED, *HELD, needs=Capability.EXPORT))
async def export(request: Request) -> Response:
    """Everything that is kept of the business, as `shared/EXPORT.md` describes it."""
    holder = await holder_of(request)
    return await exported(request, holder.tenant, by=party_of(holder.user))


@router.post(
    "/customers/{customer}/erase",
    **call(
        {}, ProblemCode.NOT_FOUND, ProblemCode.NOT_ALLOWED, *HELD, *SENT, request=Erasure, needs=Capability.ERASE
    ),
)  # fmt: skip
async def erase_customer(request: Request, customer: str) -> Response:
    """Erase all that identifies a customer, for good; their visits stay as what they took up."""
    holder = await holder_of(request)
    wish = await message_of(request, Erasure)
    if wish.customer != customer:
        raise Declined(ProblemCode.NOT_FOUND)
    erase = partial(erasing.erase_customer, by=party_of(holder.user), holder=holder)
    await in_thread(erase, wiring(request).server, holder.tenant, customer)
    return Response(status_code=204)


@router.get(
    "/customers/{customer}/export",
    **call({MEDIA_TYPE: ()}, ProblemCode.NOT_FOUND, ProblemCode.NOT_ALLOWED, *HELD, needs=Capability.EXPORT),
)
async def export_customer(request: Request, customer: str) -> Response:
    """Everything that is kept about one customer."""
    holder = await holder_of(request)
    return await exported(request, holder.tenant, customer=customer, by=party_of(holder.user))


@router.get("/business/plan", **call({JSON: (PlanTerms,)}, *HELD, needs=Capability.SEE_BILLING))
async def plan(request: Request) -> Response:
    """What was agreed with the business apart from its tier, and how many users and devices it has."""
    holder = await holder_of(request)
    return answer(await in_thread(plan_terms.shown, wiring(request).server, holder))


@router.post(
    "/business/close",
    **call(
        {}, ProblemCode.WRONG_PASSWORD, ProblemCode.TOO_MANY_TRIES, ProblemCode.NOT_FOUND, *HELD, *SENT,
        request=Closing, needs=Capability.CLOSE_BUSINESS,
    ),
)  # fmt: skip
async def close_business(request: Request) -> Response:
    """Close the business: nobody of it is let in any more. What it has is kept."""
    holder = await holder_of(request)
    wish = await message_of(request, Closing)
    async with wiring(request).sign_ins.turn():
        await in_thread(closing.close, wiring(request).server, holder, wish)
    return Response(status_code=204)
