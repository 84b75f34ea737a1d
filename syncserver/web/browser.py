"""What keeps a signed-in browser from being used by others' pages: cookies, the line, the origin, and a token."""

from datetime import timedelta
from hmac import compare_digest
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin, SignedIn
from syncserver.services.server import Server
from syncserver.web.pages import Form
from syncserver.web.wiring import wiring

TOKEN_FIELD: Final = "csrf"  # noqa: S105 a field's name
_SESSION: Final = "admin"
_MARK: Final = "admin-browser"
_MARK_LIFE: Final = timedelta(days=400)
"""Longer than that browsers keep no cookie (RFC 6265bis, section 5.5)."""
_OWN: Final = "same-origin"
_TLS_ONLY: Final = (
    "The administration is reached by https, or on the server's own machine. Where something in front of the server "
    "speaks TLS, set public_url to its https address."
)


def session_token(request: Request) -> str:
    """What the browser shows for its session; empty where it shows nothing."""
    return request.cookies.get(_name(request, _SESSION), "")


def browser_mark(request: Request) -> str | None:
    """The mark of a browser in which somebody was signed in before."""
    return request.cookies.get(_name(request, _MARK))


def keep(request: Request, response: Response, signed_in: SignedIn) -> Response:
    """Have the browser keep a session until it is closed, and its mark beyond that."""
    _set(request, response, _SESSION, signed_in.token)
    if not signed_in.must_enrol:
        _set(request, response, _MARK, signed_in.browser, life=_MARK_LIFE)
    return response


def forget(request: Request, response: Response) -> Response:
    """Have the browser forget its session."""
    _set(request, response, _SESSION, "", life=timedelta(0))
    return response


def _set(request: Request, response: Response, name: str, said: str, life: timedelta | None = None) -> None:
    response.set_cookie(
        _name(request, name),
        said,
        max_age=None if life is None else int(life.total_seconds()),
        path="/",
        secure=_is_https(request),
        httponly=True,
        samesite="strict",
    )


def _name(request: Request, name: str) -> str:
    # With the prefix no other host of the domain, and nobody on a line without TLS, can set it (RFC 6265bis, 4.1.3.2).
    return f"__Host-{name}" if _is_https(request) else name


def _is_https(request: Request) -> bool:
    public = wiring(request).server.settings.public_url
    return request.url.scheme == "https" or bool(public and public.startswith("https://"))


def require_private_line(request: Request) -> None:
    """Decline as `not_allowed` where passwords would cross a network in the clear."""
    if not _is_https(request) and not _is_at_home(request):
        raise Declined(ProblemCode.NOT_ALLOWED, _TLS_ONLY)


def _is_at_home(request: Request) -> bool:
    host, client = request.url.hostname or "", request.client
    try:
        return client is not None and ip_address(client.host).is_loopback and _is_loopback(host)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback


def require_own_origin(request: Request) -> None:
    """Decline as `not_allowed` what another page than one of ours has sent, or what says not whose it is.

    Browsers say it of everything that can change something, and no page can make them say otherwise (Fetch, 3.2 and
    Fetch Metadata).
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = (site is not None and site != _OWN) or (origin is not None and not _is_own(request, origin))
    if foreign or (site is None and origin is None):
        raise Declined(ProblemCode.NOT_ALLOWED, "This form was not sent by a page of ours.")


def _is_own(request: Request, origin: str) -> bool:
    public = wiring(request).server.settings.public_url
    if public and origin == _origin_of(public):
        return True
    scheme = "https" if _is_https(request) else "http"
    return origin == f"{scheme}://{request.headers.get('host', '')}"


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def form_token(server: Server, admin: Admin) -> str:
    """What a form of this session shows that it is one."""
    return server.keys.keyed_hash("form", admin.session)


def require_token(server: Server, admin: Admin, form: Form) -> None:
    """Decline as `not_allowed` a form that was not made for this session."""
    if not compare_digest(form.get(TOKEN_FIELD, "").encode(), form_token(server, admin).encode()):
        raise Declined(ProblemCode.NOT_ALLOWED, "This form has grown old. Open the page again and repeat it.")
