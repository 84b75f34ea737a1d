"""The admin's pages of one tenant that an action opens, held by role or granted: billing, schedule, archived rows."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.dates import Dates
from shared.errors import Refusal
from shared.ids import new_id
from shared.model.plan import Feature, Limit
from shared.model.registry import canonical
from shared.protocol.problems import STATUS, ProblemCode
from shared.texts import sentence
from syncserver.services.declined import Declined
from syncserver.services.platform import platform_billing, platform_edits
from syncserver.services.platform.book_days import Day
from syncserver.services.platform.platform_edits import Form as Said
from syncserver.services.platform.platform_edits import Seen
from syncserver.store.archived import MOST, Kind
from syncserver.web.access import Access
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, searched, sent
from syncserver.web.mistakes import Mistake, mistake_of
from syncserver.web.pages import Form
from syncserver.web.plan_forms import LIMIT_WORDS, differing
from syncserver.web.problems import PROBLEMS
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/tenants/{tenant}", route_class=PageRoute)
_YEARS: Final = range(1901, 2199)
"""In which a visit can be."""
_VISIT: Final = ("key", "visit", "status", "start", "day", "reason")
_MOVE: Final = (*_VISIT, "wall")


@router.get("/billing", dependencies=admits(Access.SIGNED_IN))
async def billing(request: Request, tenant: str) -> Response:
    """What the tenant has of its plan, and what was changed of it."""
    shown = await in_thread(platform_billing.show_billing, wiring(request).server, admin_of(request), tenant)
    return admin_page(
        request,
        "admin/billing.html",
        shown=shown,
        limits=[
            (LIMIT_WORDS[one], one.value, shown.use.get(one), shown.plan.most(one), shown.offered.limits[one])
            for one in Limit
        ],
        otherwise=differing(shown.deal.override),
        features=[
            (one.value, one.value in shown.plan.features, one in shown.offered.features)
            for one in Feature
            if one.value in shown.plan.features or one in shown.offered.features
        ],
    )


@router.get("/book", dependencies=admits(Access.SIGNED_IN))
async def book(request: Request, tenant: str) -> Response:
    """A day of the tenant's schedule, with what can be done to each visit."""
    server, admin = wiring(request).server, admin_of(request)
    asked = _day(request.query_params.get("day", ""))
    found, shown = await in_thread(platform_edits.shown_day, server, admin, tenant, asked)
    return admin_page(request, "admin/book.html", tenant=found, shown=shown, new_key=new_id)


@router.post("/book/cancel", dependencies=admits(Access.SIGNED_IN))
async def cancel(request: Request, tenant: str) -> Response:
    """Cancel a visit for the tenant."""
    form, server, admin = sent(request, *_VISIT), wiring(request).server, admin_of(request)
    try:
        await in_thread(platform_edits.cancel, server, admin, tenant, _said(form), _seen(form))
    except (Declined, Refusal) as wrong:
        return await _again(request, tenant, form, wrong, deed="cancel")
    return _back(tenant, form, "cancelled")


@router.post("/book/move", dependencies=admits(Access.SIGNED_IN))
async def move(request: Request, tenant: str) -> Response:
    """Move a visit of the tenant to another time."""
    form, server, admin = sent(request, *_MOVE), wiring(request).server, admin_of(request)
    try:
        wall = _wall(form["wall"])
        await in_thread(platform_edits.move, server, admin, tenant, _said(form), _seen(form), wall)
    except (Declined, Refusal) as wrong:
        return await _again(request, tenant, form, wrong, deed="move")
    return done(f"/admin/tenants/{tenant}/book", "moved", day=wall.date().isoformat())


@router.post("/edits", dependencies=admits(Access.SIGNED_IN))
async def edit(request: Request, tenant: str) -> Response:
    """Make any one edit of the tenant's schedule: its name, and its arguments as JSON, as a desk pushes them."""
    form, server, admin = sent(request, "key", "name", "args", "reason"), wiring(request).server, admin_of(request)
    args = _args(form["args"])
    await in_thread(platform_edits.edit, server, admin, tenant, _said(form), name=form["name"], args=args)
    return done(f"/admin/tenants/{tenant}/book", "edited")


@router.get("/archived", dependencies=admits(Access.SIGNED_IN))
async def archived(request: Request, tenant: str) -> Response:
    """What of the tenant was archived and can be brought back, a kind at a time."""
    server, admin, asked = wiring(request).server, admin_of(request), request.query_params.get("kind", "")
    kind, text = Kind(asked) if asked in set(Kind) else Kind.CUSTOMER, searched(request)
    found, rows = await in_thread(platform_edits.archived, server, admin, tenant, kind, text)
    return admin_page(
        request, "admin/archived.html", tenant=found, rows=rows, kind=kind, kinds=list(Kind), q=text, new_key=new_id,
        most=MOST,
    )  # fmt: skip


@router.post("/archived/restore", dependencies=admits(Access.SIGNED_IN))
async def restore(request: Request, tenant: str) -> Response:
    """Bring an archived row of the tenant back."""
    form = sent(request, "key", "kind", "row", "reason")
    server, admin, kind = wiring(request).server, admin_of(request), form["kind"]
    await in_thread(platform_edits.restore, server, admin, tenant, _said(form), kind, form["row"])
    return done(f"/admin/tenants/{tenant}/archived", "restored", kind=kind)


async def _again(request: Request, tenant: str, form: Form, wrong: Declined | Refusal, *, deed: str) -> Response:
    """The form of a visit once more, with what was typed, and why it was not taken, by the clock of its place."""
    server, admin, day = wiring(request).server, admin_of(request), _day(form["day"])
    if isinstance(wrong, Declined):
        mistake = mistake_of(wrong)
        found, _ = await in_thread(platform_edits.shown_day, server, admin, tenant, day)
    else:
        found, shown = await in_thread(platform_edits.shown_day, server, admin, tenant, day)
        said = sentence(wrong.code, wrong.details, Dates(zone=_zone_of(shown, form["visit"]), locale=shown.locale))
        mistake = Mistake(said=said, field="", status=STATUS[PROBLEMS.get(wrong.code, ProblemCode.INVALID)])
    return admin_page(
        request, "admin/visit.html", status=mistake.status, tenant=found, typed=form, mistake=mistake, deed=deed
    )  # fmt: skip


def _zone_of(shown: Day, visit: str) -> str:
    """By which clock a visit of a day is shown; one that is gone, by that of the business."""
    its = (
        column.zone or shown.zone for column in shown.columns for one in column.entries
        if one.visit is not None and one.visit.id == visit
    )  # fmt: skip
    return next(its, shown.home)


def _said(form: Form) -> Said:
    return Said(key=form["key"], reason=form["reason"])


def _seen(form: Form) -> Seen:
    return Seen(id=form["visit"], status=form["status"], start=form["start"])


def _back(tenant: str, form: Form, said: str) -> Response:
    day = _day(form["day"])
    shown = {"day": day.isoformat()} if day else {}
    return done(f"/admin/tenants/{tenant}/book", said, **shown)


def _day(text: str) -> date | None:
    """The day that is named, None for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wall(text: str) -> datetime:
    """A time of a clock as the field of a form tells it. Declined as `invalid`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    # As a browser writes it: no zone, no fractions, and none of the other forms of ISO 8601.
    if (
        found is None
        or found.tzinfo is not None
        or found.isoformat(timespec="minutes") != text
        or found.year not in _YEARS
    ):
        raise Declined(ProblemCode.INVALID, "A day and a time are needed.", field="wall")
    return found


def _args(text: str) -> Mapping[str, Any]:
    """The arguments of an edit. Declined as `invalid` where they are no object of JSON that can be written again."""
    try:
        found = orjson.loads(text)
        canonical(found)
    except (ValueError, TypeError):
        found = None
    if not isinstance(found, dict):
        raise Declined(ProblemCode.INVALID, "The arguments of an edit are one object of JSON.", field="args")
    return found
