"""What a business's book says in figures."""

from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from shared.ids import CANONICAL
from shared.model.base import LocationId
from shared.protocol.problems import ProblemCode
from shared.rules.numbers.material import Asked
from shared.rules.numbers.report import Numbers
from shared.rules.permissions import Capability
from syncserver.routes.account import HELD
from syncserver.services.data.numbers import numbers_at
from syncserver.web.access import principal_of
from syncserver.web.documents import JSON, call
from syncserver.web.wiring import answer, in_thread, wiring

router: Final = APIRouter(prefix="/v1", tags=["numbers"])


@router.get(
    "/numbers",
    **call(
        {JSON: (Numbers,)}, ProblemCode.FEATURE_NOT_IN_PLAN, ProblemCode.INVALID, ProblemCode.NOT_FOUND, *HELD,
        needs=Capability.SEE_REPORTS,
    ),
)  # fmt: skip
async def read_numbers(
    request: Request,
    location: Annotated[str, Query(pattern=f"^{CANONICAL}$", description="The id of a location.")],
    first: Annotated[date, Query(description="The first local day, `2026-05-04`.")],
    last: Annotated[date, Query(description="The last one, at most a year on; it is included.")],
) -> Response:
    """How some days of a location went, as `shared/decisions/0053-the-numbers.md` defines it."""
    asked = Asked(location_id=LocationId(location), first=first, last=last)
    return answer(await in_thread(numbers_at, wiring(request).server, principal_of(request), asked))
