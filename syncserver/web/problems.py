"""Errors as problems of RFC 9457, with a stable code."""

from typing import Final

import orjson
from starlette.responses import Response

from shared.dates import Dates
from shared.errors import Code, Refusal, StorageFault
from shared.protocol.problems import STATUS, TITLES, ProblemCode
from shared.texts import sentence
from syncserver.services.declined import Declined

# What is refused here could not be read: it belongs to no business yet, and names no time of one.
_DATES: Final = Dates()
PROBLEMS: Final = {
    Code.NOT_ALLOWED: ProblemCode.NOT_ALLOWED,
    Code.FEATURE_NOT_IN_PLAN: ProblemCode.FEATURE_NOT_IN_PLAN,
    Code.LIMIT_REACHED: ProblemCode.LIMIT_REACHED,
}
"""What a rule refuses for another reason than that the request does not fit."""
MEDIA_TYPE: Final = "application/problem+json"
Expected = Declined | Refusal | StorageFault
"""What a service raises on purpose."""


def render(error: Expected) -> Response:
    """The response of an error that is raised on purpose."""
    if isinstance(error, Refusal):
        return problem(PROBLEMS.get(error.code, ProblemCode.INVALID), sentence(error.code, error.details, _DATES))
    if isinstance(error, StorageFault):
        return problem(ProblemCode.RETRY, retry_after=1)
    return problem(error.code, error.detail, retry_after=error.retry_after, **error.extra)


def problem(
    code: ProblemCode, detail: str | None = None, *, retry_after: int | None = None, **extra: object
) -> Response:
    """A problem; `extra` are further members of it."""
    status = STATUS[code]
    body = {
        "type": f"urn:smoothschedule:problem:{code}",
        "title": TITLES[code],
        "status": status,
        "code": code.value,
        "detail": detail or TITLES[code],
        **extra,
    }
    response = Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
