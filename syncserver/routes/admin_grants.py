"""The admin's page of grants: one action in one business for minutes."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Refusal
from shared.protocol.problems import ProblemCode
from shared.rules.grants import Action
from shared.rules.permissions import Capability
from syncserver.services.declined import Declined
from syncserver.services.platform import platform_grants
from syncserver.services.platform.grants import DEFAULT_MINUTES, OPENS, State
from syncserver.services.platform.platform_grants import GrantWish
from syncserver.services.platform.platform_reach import holds
from syncserver.web.access import Access
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, page_number, sent
from syncserver.web.mistakes import Mistake, mistake_of
from syncserver.web.pages import Form
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/grants", route_class=PageRoute)
_HOME: Final = "/admin/grants"
_TICKED: Final = "grant-"
_FIELDS: Final = ("grantee", "tenant", "action", "reason", "minutes")


@router.get("", dependencies=admits(Access.SIGNED_IN, masqueraded=True))
async def grants(request: Request) -> Response:
    """The grants of all for whoever gives them; for everybody else those that they have."""
    server, admin = wiring(request).server, admin_of(request)
    state = _state(request)
    found = await in_thread(platform_grants.find_grants, server, admin, state, page_number(request))
    gives = holds(admin, Capability.GRANT)
    return admin_page(
        request,
        "admin/grants.html",
        found=found,
        state=state,
        states=list(State),
        sees_all=platform_grants.sees_all(admin),
        may_grant=gives,
        form=await _form_fields(request, _fresh(request)) if gives else None,
    )


@router.post("", dependencies=admits(Capability.GRANT))
async def give(request: Request) -> Response:
    """Give somebody an action."""
    form = sent(request, *_FIELDS)
    try:
        await in_thread(platform_grants.give, wiring(request).server, admin_of(request), _wish(form))
    except (Declined, Refusal) as wrong:
        mistake = mistake_of(wrong)
        fields = await _form_fields(request, form, mistake)
        return admin_page(request, "admin/grant.html", status=mistake.status, form=fields)
    return done(_HOME, "granted")


def _fresh(request: Request) -> Form:
    """What the form begins with."""
    asked = request.query_params.get("tenant", "").replace("\0", "")[:63]
    return dict.fromkeys(_FIELDS, "") | {"tenant": asked, "minutes": str(DEFAULT_MINUTES)}


async def _form_fields(request: Request, typed: Form, mistake: Mistake | None = None) -> dict[str, object]:
    server, admin = wiring(request).server, admin_of(request)
    return {
        "typed": typed,
        "mistake": mistake,
        "colleagues": await in_thread(platform_grants.grantees, server, admin),
        "kinds": (kinds := platform_grants.actions_to_give(admin)),
        "opens": [(one, OPENS[one]) for one in kinds],
    }


@router.post("/revoke", dependencies=admits(Capability.GRANT))
async def revoke(request: Request) -> Response:
    """Revoke one grant, or those that are ticked."""
    form: Form = request.state.form
    ticked = [name for name in form if name.startswith(_TICKED)]
    only = sent(request, "only", *ticked)["only"]
    ids = [only] if only else [name.removeprefix(_TICKED) for name in ticked]
    await in_thread(platform_grants.revoke, wiring(request).server, admin_of(request), ids)
    return done(_HOME, "grants-revoked" if ids else "none-ticked")


def _state(request: Request) -> State:
    asked = request.query_params.get("state", "")
    return State(asked) if asked in set(State) else State.ACTIVE


def _wish(form: Form) -> GrantWish:
    minutes = form["minutes"].strip()
    if form["action"] not in set(Action):
        raise Declined(ProblemCode.INVALID, "An action is needed.", field="action")
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 4):
        raise Declined(ProblemCode.INVALID, "A number of minutes is needed, 1 to 30.", field="minutes")
    return GrantWish(
        grantee=form["grantee"], tenant=form["tenant"].strip(), action=Action(form["action"]), reason=form["reason"],
        minutes=int(minutes),
    )  # fmt: skip
