"""What the server's refusals and the network's faults mean for the desk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from desktop.sync.problems import (
    Busy,
    OlderServer,
    PutBack,
    ResetRequired,
    Revoked,
    SignInRefused,
    Stopped,
    TimedOut,
    TooLarge,
    UpgradeRequired,
)
from shared.errors import NotSignedIn, Unreachable
from shared.protocol.problems import ProblemCode


@contextmanager
def as_unreachable() -> Iterator[None]:
    """Raise Unreachable for whatever the network does, TimedOut where it was an answer that did not come."""
    try:
        yield
    except (httpx2.ReadTimeout, httpx2.WriteTimeout) as error:
        raise TimedOut("The server does not answer.") from error
    except (httpx2.HTTPError, httpx2.StreamError, httpx2.CookieConflict) as error:
        raise Unreachable("The server cannot be reached.") from error
    except httpx2.InvalidURL as error:
        raise Unreachable("This is no address of a server.") from error


def require_success(response: httpx2.Response) -> None:
    """Raise what a refusal means; a body that is not a problem document says it by its status alone."""
    if response.is_success:
        return
    with as_unreachable():
        response.read()
    told = _told(response)
    code, detail = str(told.get("code", "")), str(told.get("detail") or told.get("title") or "")
    status = response.status_code
    if status < 400:
        # Our server sends nobody elsewhere: a network's login page does.
        raise Unreachable("The server cannot be reached.")
    if status == 401 and code == "revoked":
        raise Revoked(str(told.get("ticket", "")), whole_device=told.get("whole_device") is True, said=detail)
    if status == 401 and code != "sign_in_failed":
        raise NotSignedIn(code or "reauth")
    if status in (401, 403) or (status == 429 and code == "too_many_tries"):
        raise SignInRefused(code, detail)
    if status == 410:
        raise ResetRequired(detail)
    if status == 413:
        raise TooLarge(detail)
    if status in (429, 502, 503, 504) or status >= 500:
        raise _busy(told, detail, _after(response))
    if status == 426:
        raise UpgradeRequired(code, detail, push_ok=_push_ok(told), registered=told.get("registered"))
    raise Stopped(code or str(status), detail)


def _busy(told: Mapping[str, Any], detail: str, after: float) -> Busy:
    if _push_ok(told):
        return OlderServer(detail, after, registered=told.get("registered"))
    return PutBack(detail, after) if told.get("code") == ProblemCode.RECOVERING else Busy(detail, after)


def _push_ok(told: Mapping[str, Any]) -> bool:
    return told.get("push_ok") is True


def _told(response: httpx2.Response) -> dict[str, Any]:
    try:
        told = response.json()
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"detail": f"The server answered {response.status_code}."}


def _after(response: httpx2.Response) -> float:
    try:
        asked = float(response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return min(60.0, asked) if asked > 0 else 0.0
