"""A request that is not served, with the code that the wire knows it by."""

from shared.errors import AppError
from shared.protocol.problems import TITLES, ProblemCode


class Declined(AppError):
    """Raised by a service; the web turns it into a problem of RFC 9457.

    `retry_after` in seconds goes with `too_many_tries` and `retry`; `told` says that the audit trail has it already;
    `field` is the field of a form that it is about, empty for none; `extra` are further members of the problem.
    """

    def __init__(
        self,
        code: ProblemCode,
        detail: str | None = None,
        *,
        retry_after: int | None = None,
        told: bool = False,
        field: str = "",
        **extra: object,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail or _sentence(code, retry_after)
        self.retry_after = retry_after
        self.told = told
        self.field = field
        self.extra = extra


def _sentence(code: ProblemCode, retry_after: int | None) -> str:
    if code is not ProblemCode.TOO_MANY_TRIES or retry_after is None:
        return TITLES[code]
    return f"Too many tries. Wait {_length(retry_after)}."


def _length(seconds: int) -> str:
    """A wait in words, never shorter than it is: `1 second`, `10 minutes`."""
    count, unit = (seconds, "second") if seconds < 60 else (-(-seconds // 60), "minute")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
