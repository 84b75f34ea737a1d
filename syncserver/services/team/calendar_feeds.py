"""Secret addresses at which calendars read somebody's visits: made, listed and revoked by them or who manages them."""

from typing import Final

from shared import clock
from shared.clock import instant_text
from shared.ids import is_id, new_id, secret_token
from shared.model.base import UserId
from shared.model.member import Role
from shared.protocol import account_messages as messages
from shared.protocol.problems import ProblemCode
from shared.rules.permissions import Capability, Scope, may, may_manage, scope
from syncserver.services.declined import Declined
from syncserver.services.identity import identity_events
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.refusals import noting
from syncserver.services.keys.signing import token_hash
from syncserver.services.outbox import page_address
from syncserver.services.server import Server
from syncserver.store.calendar_feeds import CalendarFeed, feeds_of, put_feed, revoke_feed
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import hold_user

PAGE: Final = "/feeds"
MOST: Final = 10
"""Addresses that one person can have: one for each calendar, and some to spare."""
_RIGHT: Final = Capability.SHARE_CALENDAR


def listed(server: Server, holder: Holder) -> messages.Feeds:
    """The feeds that the holder may revoke."""
    with control_transaction(server.engine, read_only=True) as connection:
        found = feeds_of(connection, holder.tenant.id)
    return messages.Feeds(feeds=tuple(_info(one) for one in found if _reaches(holder, one.user_id, one.role)))


def make(server: Server, holder: Holder, wish: messages.FeedWish) -> messages.FeedMade:
    """Make an address for somebody of the holder's tenant.

    Declined as `not_found`, as `not_allowed` for somebody whom the holder does not manage or who sees no book, and as
    `limit_reached` where they have as many as one may have. Raises StorageFault where it cannot be recorded.
    """
    secret = secret_token()
    with (
        noting(server, holder, Capability.SHARE_CALENDAR),
        server.audit.transaction(holder.tenant) as (connection, record),
    ):
        user = hold_user(connection, holder.tenant.id, UserId(wish.user or holder.user.id))
        if user is None:
            raise Declined(ProblemCode.NOT_FOUND)
        if not _reaches(holder, user.id, user.role) or not user.is_active or not may(user.role, _RIGHT):
            raise Declined(ProblemCode.NOT_ALLOWED)
        if sum(one.user_id == user.id for one in feeds_of(connection, holder.tenant.id)) >= MOST:
            raise Declined(ProblemCode.LIMIT_REACHED, f"There are {MOST} addresses already. Revoke one first.")
        made = CalendarFeed(
            id=new_id(), tenant_id=holder.tenant.id, user_id=user.id, made_by=holder.user.id, created_at=clock.now(),
            name=user.name, role=user.role,
        )  # fmt: skip
        put_feed(connection, made, secret_hash=token_hash(secret))
        record(identity_events.feed_made(holder.tenant, holder.user, user, feed=made.id))
    return messages.FeedMade(feed=_info(made), address=page_address(server, f"{PAGE}/{secret}.ics"))


def revoke(server: Server, holder: Holder, feed_id: str) -> None:
    """Let an address lead nowhere any more, for good.

    Declined as `not_found`, as `not_allowed` for that of somebody whom the holder does not manage. Raises StorageFault
    where it cannot be recorded.
    """
    with (
        noting(server, holder, Capability.SHARE_CALENDAR),
        server.audit.transaction(holder.tenant) as (connection, record),
    ):
        found = next((one for one in feeds_of(connection, holder.tenant.id) if one.id == feed_id), None)
        user = None if found is None or not is_id(feed_id) else hold_user(connection, holder.tenant.id, found.user_id)
        if user is None:
            raise Declined(ProblemCode.NOT_FOUND)
        if not _reaches(holder, user.id, user.role):
            raise Declined(ProblemCode.NOT_ALLOWED)
        if revoke_feed(connection, feed_id, clock.now()):
            record(identity_events.feed_revoked(holder.tenant, holder.user, user, feed=feed_id))


def _reaches(holder: Holder, user: UserId, role: Role) -> bool:
    """Whether the addresses of somebody of a role are the holder's to make and revoke."""
    if user == holder.user.id:
        return True
    return scope(holder.user.role, _RIGHT) is Scope.ALL and may_manage(holder.user.role, role)


def _info(feed: CalendarFeed) -> messages.FeedInfo:
    return messages.FeedInfo(
        id=feed.id, user=feed.user_id, name=feed.name, made_by=feed.made_by, created_at=instant_text(feed.created_at)
    )
