"""Pages for people without a desk: made here, without anything of anybody else's, and under a strict policy."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.web.bodies import read_message

_FOLDER: Final = "templates"
_TEMPLATES: Final = Environment(
    loader=PackageLoader("syncserver.web", _FOLDER), autoescape=True, undefined=StrictUndefined
)
_HEADERS: Final = {
    # Nothing but our own style and script; nobody frames the page, and its form goes nowhere else.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    # Nothing is told elsewhere. To ourselves it is: without, a browser says of its own forms that their origin is null.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 64
_KINDS: Final = {".css": "text/css", ".js": "text/javascript"}
Form = Mapping[str, str]


def page(template: str, *, status: int = 200, **fields: object) -> Response:
    """A page of a template."""
    text = _TEMPLATES.get_template(template).render(fields)
    return Response(text, status_code=status, media_type="text/html", headers=_HEADERS)


def teach(**filters: Callable[..., str]) -> None:
    """Let templates write something by a filter of this name."""
    _TEMPLATES.filters.update(filters)


def part(name: str) -> Response:
    """The style or the script of the pages."""
    file = files("syncserver.web").joinpath(_FOLDER, name)
    return Response(file.read_text(encoding="utf-8"), media_type=_KINDS[name[name.rindex(".") :]], headers=_HEADERS)


async def form_of(request: Request, *names: str) -> Form:
    """The fields of a form by their names, empty where they are missing; no others are there.

    Declined as `invalid` where it is no form, or has a field twice or one that is not asked for.
    """
    return fields_of(await whole_form(request), *names)


def fields_of(form: Form, *names: str) -> Form:
    """The same of a form that was read already."""
    if not form.keys() <= set(names):
        raise Declined(ProblemCode.INVALID)
    return {name: form.get(name, "") for name in names}


async def whole_form(request: Request) -> Form:
    """Every field of a form. Declined as `invalid` where it is none, or has a field twice."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Declined(ProblemCode.INVALID)
    try:
        body = (await read_message(request)).decode()
        sent = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise Declined(ProblemCode.INVALID) from None
    if any(len(said) > 1 or "\0" in said[0] for said in sent.values()):
        raise Declined(ProblemCode.INVALID)
    return {name: said for name, (said,) in sent.items()}
