"""Who is let in where: each route declares what it needs, and what declares nothing is not there."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from operator import is_
from typing import Final

from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability
from syncserver.services.declined import Declined
from syncserver.services.identity import accounts, holders, masquerades, refusals
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.refusals import Refused
from syncserver.services.server import Claims, Principal
from syncserver.services.sync import standing
from syncserver.web.problems import problem
from syncserver.web.wiring import in_thread, wiring


class Access(StrEnum):
    """What a route can need beside a capability."""

    OPEN = "open"
    """Nothing: it stands before signing in."""
    SIGNED_IN = "signed_in"
    MASQUERADE = "masquerade"
    """A session in which somebody acts as somebody else, and no other."""
    ENROLLING = "enrolling"
    """A session of the browser admin, though its second factor is still to be set up."""
    DESK = "desk"
    """A session; what it may do there is decided for each mutation, or by the view of its role."""


Need = Capability | Access
_RIGHTS: Final = frozenset(
    {ProblemCode.NOT_ALLOWED, ProblemCode.NOT_FOUND, ProblemCode.NO_REPLICA, ProblemCode.FEATURE_NOT_IN_PLAN}
)
"""Refusals of which the audit trail tells. An id that leads nowhere may be that of another business."""


class Undeclared(Exception):
    """A route says not what it needs: a bug of ours."""


class Admission:
    """Stands before a route and lets in whoever has what it needs; here by a bearer token."""

    def __init__(self, need: Need, *, masqueraded: bool = False) -> None:
        self.need: Final = need
        self.masqueraded: Final = masqueraded
        """Whether it may be used by somebody who acts as somebody else."""

    async def __call__(self, request: Request) -> None:
        """Find whom the request comes from. Raises Declined; the role is what it is now, whatever a token says."""
        if self.need is Access.OPEN:
            return
        principal = await _principal(request)
        request.state.principal = principal
        if principal.actor is not None:
            to = f"{request.method} {request.scope['route'].path}"
            server = wiring(request).server
            await in_thread(masquerades.admit, server, principal, to=to, usable=self.masqueraded)
        elif self.need is Access.MASQUERADE:
            await holder_of(request)
            raise Declined(ProblemCode.NOT_ALLOWED)
        if isinstance(self.need, Capability):
            await in_thread(standing.require_capability, wiring(request).server, principal, self.need)


def stands_before(need: Need, *, masqueraded: bool = False) -> list[Depends]:
    """The dependencies of a route that needs something; one that is not `masqueraded` refuses whoever masquerades."""
    return [Depends(Admission(need, masqueraded=masqueraded))]


def principal_of(request: Request) -> Principal:
    """Whom the request of a route that needs anything comes from."""
    found: Principal = request.state.principal
    return found


async def holder_of(request: Request) -> Holder:
    """Who asks for something that is about people, as they are now; declined as `holders.holder_of` says."""
    return await in_thread(holders.holder_of, wiring(request).server, principal_of(request))


async def tell_refusal(scope: Scope, refused: Declined) -> None:
    """Record what somebody who is known was declined, where no service has: a right, or what is not theirs to name.

    Declined as `too_many_tries` where they were refused that again and again.
    """
    principal: Principal | None = scope.get("state", {}).get("principal")
    if principal is None or refused.told or refused.code not in _RIGHTS:
        return
    told = Refused(
        user=principal.user,
        what=f"{scope['method']} {scope['route'].path}",
        code=refused.code,
        masquerade=None if principal.actor is None else principal.session,
    )
    await in_thread(refusals.refuse, wiring(Request(scope)).server, principal.tenant, told)


async def _principal(request: Request) -> Principal:
    """Whom the bearer token stands for; declined as `reauth` without a good one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Declined(ProblemCode.REAUTH)
    server = wiring(request).server
    claims = await _claimed(request, token)
    if (known := server.principal(claims)) is None:
        await in_thread(server.look_up, claims.tenant)
        known = server.principal(claims)
    if known is None:
        raise Declined(ProblemCode.REAUTH)
    return known


async def _claimed(request: Request, token: str) -> Claims:
    server = wiring(request).server
    try:
        return accounts.claimed(server, token)
    except Declined:
        if not server.keys.is_unknown(token):
            raise
    # Another server may have made it with a key of which this one has not heard.
    await in_thread(wiring(request).key_watch.look_soon)
    return accounts.claimed(server, token)


def need_of(route: BaseRoute) -> Need:
    """What a route of ours declares. Raises Undeclared."""
    return admission_of(route).need


def admission_of(route: BaseRoute) -> Admission:
    """What stands before a route of ours. Raises Undeclared."""
    stands = [one.dependency for one in _before(route) if isinstance(one.dependency, Admission)]
    if len(stands) != 1:
        raise Undeclared(getattr(route, "path", repr(route)))
    return stands[0]


def _before(route: BaseRoute) -> Sequence[Depends]:
    return route.dependencies if isinstance(route, APIRoute) else ()


class Declared:
    """Answers as if there were no other routes than those that are known to declare what they need."""

    def __init__(self, app: ASGIApp, known: Iterable[BaseRoute]) -> None:
        self._app = app
        self._known = tuple(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "lifespan" and self._is_undeclared(scope):
            await problem(ProblemCode.NOT_FOUND)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_undeclared(self, scope: Scope) -> bool:
        routes: list[BaseRoute] = scope["app"].router.routes
        if len(routes) == len(self._known) and all(map(is_, routes, self._known)):
            return False
        known = frozenset(map(id, self._known))
        others = (route for route in routes if id(route) not in known)
        return any(route.matches(scope)[0] is not Match.NONE for route in others)
