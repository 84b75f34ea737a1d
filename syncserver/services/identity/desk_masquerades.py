"""What desks say and are told about masquerades."""

from shared import clock
from shared.clock import instant_text
from shared.model.base import UserId
from shared.protocol import masquerade_messages as messages
from syncserver.services.identity import masquerades
from syncserver.services.identity.holders import holder_of
from syncserver.services.identity.masquerades import Masquerade, Opened
from syncserver.services.server import Principal, Server
from syncserver.services.views import view_of
from syncserver.store.plans import features_of
from syncserver.store.users import User


def start(server: Server, principal: Principal, wish: messages.MasqueradeWish) -> messages.MasqueradeBegun:
    """Begin to act as somebody, at the desk that asks. Declined as `masquerades.start` and `open_at_desk` say."""
    if principal.actor is not None:
        # By whoever really asks, and never by whom they act as.
        first = masquerades.standing_of(server, principal.session)
        raise masquerades.refuse_second(server, first, wish.target, reason=wish.reason)
    holder = holder_of(server, principal)
    begun = masquerades.start(server, holder.user, UserId(wish.target), reason=wish.reason)
    return _begun(server, masquerades.open_at_desk(server, begun))


def look_at_code(server: Server, wish: messages.MasqueradeCode) -> messages.MasqueradeInfo:
    """What a code would open."""
    return _info(masquerades.look_at_code(server, wish.opening))


def redeem(server: Server, wish: messages.MasqueradeRedeemed) -> messages.MasqueradeBegun:
    """Open a masquerade by its code."""
    return _begun(server, masquerades.redeem(server, wish.opening, wish.digits))


def stop(server: Server, principal: Principal) -> None:
    """End the masquerade of the token that asks."""
    masquerades.stop(server, masquerades.standing_of(server, principal.session))


def stop_own(server: Server, principal: Principal) -> None:
    """End the masquerade that somebody runs at a desk that is gone, with whatever it was used by."""
    begun = masquerades.running(server, holder_of(server, principal).user)
    if begun is not None:
        masquerades.stop(server, begun)


def _begun(server: Server, opened: Opened) -> messages.MasqueradeBegun:
    masquerade, target, tenant = opened.masquerade, opened.masquerade.target, opened.tenant
    return messages.MasqueradeBegun(
        access_token=opened.token,
        expires_in=int((masquerade.expires_at - clock.now()).total_seconds()),
        session=masquerade.id,
        user=target.id,
        view=view_of(target.role, features_of(server.engine, tenant)).hash,
        about=_info(masquerade),
    )


def _info(masquerade: Masquerade) -> messages.MasqueradeInfo:
    return messages.MasqueradeInfo(
        actor=_person(masquerade.actor, masquerade),
        target=_person(masquerade.target, masquerade),
        business=masquerade.tenant.name if masquerade.tenant else "",
        reason=masquerade.reason,
        started_at=instant_text(masquerade.started_at),
        expires_at=instant_text(masquerade.expires_at),
    )


def _person(user: User, masquerade: Masquerade) -> messages.MasqueradePerson:
    home = masquerade.tenant.slug if masquerade.tenant and user.tenant_id is not None else None
    return messages.MasqueradePerson(name=user.name, email=user.email, role=user.role.value, tenant=home)
