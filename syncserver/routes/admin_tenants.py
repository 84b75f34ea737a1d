"""The admin's pages of tenants."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Refusal
from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Feature, Limit, Tier
from shared.protocol.problems import ProblemCode
from shared.rules.grants import Action
from shared.rules.offline_lease import length_words
from shared.rules.permissions import Capability, Scope, may, scope
from syncserver.services.declined import Declined
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.identity.sign_in_events import party_of
from syncserver.services.platform import (
    admin_masquerades,
    plans,
    platform_actions,
    platform_exports,
    platform_people,
    platform_tenants,
    tenant_invites,
)
from syncserver.services.platform.platform_people import NewUser
from syncserver.services.platform.platform_reach import holds
from syncserver.services.platform.tenant_invites import TenantWish
from syncserver.services.server import Server
from syncserver.store.directory import PersonLine
from syncserver.web.access import Access
from syncserver.web.admin import PageRoute, admin_of, admin_page, admits, done, page_number, searched, sent
from syncserver.web.exporting import exported
from syncserver.web.mistakes import Mistake, mistake_of
from syncserver.web.pages import Form
from syncserver.web.plan_forms import FIELDS, LIMIT_WORDS, differing, plain_deal, plan_fields, terms_of
from syncserver.web.wiring import in_thread, wiring

router: Final = APIRouter(include_in_schema=False, prefix="/admin/tenants", route_class=PageRoute)
_HOME: Final = "/admin/tenants"
_INVITE: Final = ("key", "email", "name", "zone", "currency", "demo", *FIELDS)
_FIRST_TIER: Final = Tier.PROFESSIONAL
_ZONES: Final = sorted(available_timezones())
TENANT_ROLES: Final = [one for one in Role if not one.is_platform]
USER: Final = ("email", "name", "role")
"""The fields of a new user."""
_OPENED: Final = (
    (Action.VIEW_BILLING, "billing", "Billing"),
    (Action.EDIT_SCHEDULE, "book", "Schedule"),
    (Action.RESTORE_DELETED, "archived", "Archived"),
)
"""Pages of a tenant that an action opens."""
NOBODY: Final = dict.fromkeys(USER, "")


@router.get("", dependencies=admits(Capability.FIND_TENANTS, masqueraded=True))
async def tenants(request: Request) -> Response:
    """The tenants that somebody may see, and the form that invites one."""
    server, admin, text = wiring(request).server, admin_of(request), searched(request)
    found = await in_thread(platform_tenants.find_tenants, server, admin, text, page_number(request))
    form = await _invite_fields(request) if holds(admin, Capability.INVITE_TENANTS) else None
    return admin_page(request, "admin/tenants.html", found=found, q=text, form=form)


@router.get("/invite", dependencies=admits(Capability.INVITE_TENANTS))
async def invite_page(request: Request) -> Response:
    """The form by itself, where no script opens it as a dialog."""
    return admin_page(request, "admin/invite.html", form=await _invite_fields(request))


@router.post("/invite", dependencies=admits(Capability.INVITE_TENANTS))
async def invite(request: Request) -> Response:
    """Invite a business."""
    form = sent(request, *_INVITE)
    server, admin = wiring(request).server, admin_of(request)
    try:
        wish = TenantWish(
            key=form["key"],
            email=form["email"].strip(),
            name=form["name"],
            terms=terms_of(form),
            zone=form["zone"].strip(),
            currency=form["currency"].strip().upper(),
            is_demo=bool(form["demo"]),
        )
        made = await in_thread(tenant_invites.invite_tenant, server, admin, wish)
    except Declined as wrong:
        mistake = mistake_of(wrong)
        fields = await _invite_fields(request, form, mistake)
        return admin_page(request, "admin/invite.html", status=mistake.status, form=fields)
    return done(f"{_HOME}/{made.id}", "invited")


@router.get("/{tenant}", dependencies=admits(Capability.FIND_TENANTS, masqueraded=True))
async def tenant_page(request: Request, tenant: str) -> Response:
    """One tenant."""
    server, admin = wiring(request).server, admin_of(request)
    shown = await in_thread(platform_tenants.show_tenant, server, admin, tenant)
    offered = await in_thread(plans.offered, server.engine)
    actions = await in_thread(platform_actions.offered, server, admin, shown.tenant)
    return admin_page(
        request,
        "admin/tenant.html",
        shown=shown,
        limits=[(LIMIT_WORDS[one], one.value, shown.use.get(one), shown.plan.most(one)) for one in Limit],
        lease=length_words(shown.offline_lease),
        otherwise=differing(shown.deal.override),
        features=[one.value for one in Feature if one.value in shown.plan.features],
        plan=plan_fields(offered, shown.deal),
        may_export=Action.EXPORT_TENANT_DATA in actions,
        may_erase=platform_actions.by_role(admin, Action.EXPORT_TENANT_DATA),
        opened=[(path, title) for action, path, title in _OPENED if action in actions],
        may_suspend=holds(admin, Capability.SUSPEND_TENANTS),
        may_plan=holds(admin, Capability.SET_PLANS),
        may_revoke=holds(admin, Capability.REVOKE_DEVICES),
        may_invite=holds(admin, Capability.INVITE_TENANTS),
        may_add=shown.tenant.is_demo and holds(admin, Capability.MANAGE_USERS),
        roles=TENANT_ROLES,
        typed=NOBODY,
        mistake=None,
        mails_kept=server.settings.smtp_host is None,
        **await in_thread(deeds_on, server, admin, shown.people.rows),
    )


def deeds_on(server: Server, admin: Admin, people: Sequence[PersonLine]) -> Mapping[str, Any]:
    """What somebody may do to people, and whom of them they may become, for the table of them."""
    granted = platform_people.granted_tenants(server, admin)
    return {
        "actions": {one.id: platform_people.actions_on(admin, one, granted) for one in people},
        "becoming": {one.id for one in people if admin_masquerades.may_become(admin, one)},
    }


@router.post("/{tenant}/suspend", dependencies=admits(Capability.SUSPEND_TENANTS))
async def suspend(request: Request, tenant: str) -> Response:
    """Suspend a tenant."""
    reason = sent(request, "reason")["reason"]
    await in_thread(platform_tenants.suspend, wiring(request).server, admin_of(request), tenant, reason)
    return done(f"{_HOME}/{tenant}", "suspended")


@router.post("/{tenant}/reopen", dependencies=admits(Capability.SUSPEND_TENANTS))
async def reopen(request: Request, tenant: str) -> Response:
    """Open a suspended tenant again."""
    reason = sent(request, "reason")["reason"]
    await in_thread(platform_tenants.reopen, wiring(request).server, admin_of(request), tenant, reason)
    return done(f"{_HOME}/{tenant}", "reopened")


@router.post("/{tenant}/export", dependencies=admits(Access.SIGNED_IN))
async def export(request: Request, tenant: str) -> Response:
    """Everything that is kept of a tenant, as `shared/EXPORT.md` describes it."""
    reason, admin = sent(request, "reason")["reason"], admin_of(request)
    found, said = await in_thread(platform_exports.admit, wiring(request).server, admin, tenant, reason)
    return await exported(request, found, by=party_of(admin.user), reason=said)


@router.post("/{tenant}/plan", dependencies=admits(Capability.SET_PLANS))
async def set_plan(request: Request, tenant: str) -> Response:
    """Put a tenant on a plan."""
    terms = terms_of(sent(request, *FIELDS))
    await in_thread(platform_tenants.set_terms, wiring(request).server, admin_of(request), tenant, terms)
    return done(f"{_HOME}/{tenant}", "plan-set")


@router.post("/{tenant}/invite-owner", dependencies=admits(Capability.INVITE_TENANTS))
async def invite_owner(request: Request, tenant: str) -> Response:
    """Invite the owner of a tenant that has none."""
    email = sent(request, "email")["email"].strip()
    await in_thread(tenant_invites.invite_owner, wiring(request).server, admin_of(request), tenant, email)
    return done(f"{_HOME}/{tenant}", "owner-invited")


@router.post("/{tenant}/users", dependencies=admits(Capability.MANAGE_USERS))
async def add_user(request: Request, tenant: str) -> Response:
    """Make a temporary user of a demo tenant."""
    form = sent(request, *USER)
    try:
        wish = new_user_of(form)
        await in_thread(platform_people.add_temporary_user, wiring(request).server, admin_of(request), tenant, wish)
    except (Declined, Refusal) as wrong:
        return user_again(request, form, mistake_of(wrong), to=f"{_HOME}/{tenant}", roles=TENANT_ROLES)
    return done(f"{_HOME}/{tenant}", "made")


def user_again(request: Request, form: Form, mistake: Mistake, *, to: str, roles: Sequence[Role]) -> Response:
    """The form of a new user once more, with what was typed; `to` is the page that it belongs to."""
    return admin_page(
        request, "admin/user.html", status=mistake.status, typed=form, mistake=mistake, to=to, roles=roles
    )  # fmt: skip


def new_user_of(form: Form) -> NewUser:
    """Somebody who is to be made. Declined as `invalid`."""
    email, name = form["email"].strip(), " ".join(form["name"].split())
    tenant_invites.require_email(email)
    if not 1 <= len(name) <= tenant_invites.LONGEST_NAME:
        raise Declined(ProblemCode.INVALID, "A name is needed.", field="name")
    if form["role"] not in set(Role):
        raise Declined(ProblemCode.INVALID, "A role is needed.", field="role")
    return NewUser(email=email, name=name, role=Role(form["role"]))


async def _invite_fields(
    request: Request, typed: Form | None = None, mistake: Mistake | None = None
) -> dict[str, object]:
    """What the form shows; the key says of two sendings of one form that they are one."""
    offered = await in_thread(plans.offered, wiring(request).server.engine)
    role = admin_of(request).user.role
    tier = Tier(typed["tier"]) if typed and typed["tier"] in set(Tier) else _FIRST_TIER
    held = typed if typed and typed["override"] else None
    return {
        "mistake": mistake,
        "typed": typed or dict.fromkeys(_INVITE, ""),
        "key": typed["key"] if typed else new_id(),
        "zones": _ZONES,
        "plan": plan_fields(offered, plain_deal(tier), typed=held),
        "may_override": may(role, Capability.SET_PLANS),
        "demo_only": scope(role, Capability.INVITE_TENANTS) is Scope.DEMO,
    }
