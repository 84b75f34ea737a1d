"""Acting as somebody else from the admin: beside whom it is offered, how it begins, and the code for a desk."""

from dataclasses import replace
from urllib.parse import urlencode

from shared.ids import is_id
from shared.model.base import UserId, value
from shared.protocol.problems import ProblemCode
from shared.rules import masquerade as rules
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade, Offer
from syncserver.services.identity.platform_accounts import Admin
from syncserver.services.platform.platform_people import is_seen_by
from syncserver.services.server import Server
from syncserver.store.directory import PersonLine, find_person
from syncserver.store.tenancy import control_transaction


@value
class DeskOffer:
    """What opens a masquerade at a desk: a link with the code, and the digits that are typed there."""

    link: str
    offer: Offer


def masked(server: Server, admin: Admin) -> Admin:
    """Somebody who is signed in, with the masquerade that they have not stopped.

    Whoever acts as somebody of the platform is shown what the other is.
    """
    found = masquerades.running(server, admin.user)
    if found is None:
        return admin
    return replace(admin, user=found.target if found.tenant is None else admin.user, under=found)


def may_become(admin: Admin, person: PersonLine) -> bool:
    """Whether somebody is offered to act as a person."""
    circumstances = rules.Circumstances(
        is_self=admin.user.id == person.id, same_tenant=False, already_masquerading=admin.under is not None
    )
    whom = rules.Party(
        role=person.role,
        active=person.is_active and masquerades.is_open(person.tenant),
        is_temporary=person.is_temporary,
    )
    return rules.may_masquerade(rules.Party(role=admin.user.role, active=admin.user.is_active), whom, circumstances)


def begin(server: Server, admin: Admin, user_id: str, reason: str) -> Masquerade:
    """Begin to act as a person. Declined and recorded as `masquerades.start` says; `not_found` beyond one's sight.

    Whoever acts as somebody already is declined as `masquerading`, whomever they ask for.
    """
    if admin.under:
        raise masquerades.refuse_second(server, admin.under, UserId(user_id), reason=reason)
    try:
        return masquerades.start(server, admin.really, UserId(user_id), reason=reason)
    except Declined as declined:
        if declined.code is ProblemCode.TOO_MANY_TRIES or seen(server, admin, user_id):
            raise
        raise Declined(ProblemCode.NOT_FOUND) from None


def seen(server: Server, admin: Admin, user_id: str) -> PersonLine | None:
    """The person of this id, where somebody sees them."""
    with control_transaction(server.engine, read_only=True) as connection:
        person = find_person(connection, UserId(user_id)) if is_id(user_id) else None
    return person if person is not None and is_seen_by(admin, person) else None


def offer_at_desk(server: Server, masquerade: Masquerade, address: str) -> DeskOffer:
    """A new code for a desk of the server at an address, in place of the one before; declined as `offer_code` is."""
    offer = masquerades.offer_code(server, masquerade)
    told = urlencode({"server": address.rstrip("/"), "code": offer.code})
    return DeskOffer(link=f"smoothschedule://masquerade?{told}", offer=offer)
