"""The messages about masquerades."""

from typing import Annotated

from annotated_types import MaxLen, MinLen, Predicate

from shared.model.base import UserId
from shared.mutations.registry import arguments


def _are_two_digits(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isdigit()


OpeningCode = Annotated[str, MinLen(1), MaxLen(100)]


@arguments
class MasqueradeWish:
    """`POST /v1/masquerade/start`: whom to act as, and why."""

    target: UserId
    reason: Annotated[str, MinLen(1), MaxLen(500)]


@arguments
class MasqueradeCode:
    """`POST /v1/masquerade/code`: the code of a link, only to see what it is about."""

    opening: OpeningCode


@arguments
class MasqueradeRedeemed:
    """`POST /v1/masquerade/redeem`: the code of a link, and the two digits that the admin shows."""

    opening: OpeningCode
    digits: Annotated[str, Predicate(_are_two_digits)]


@arguments
class MasqueradePerson:
    """Somebody who acts as another, or the other; `tenant` is the slug, null for platform people."""

    name: str
    email: str
    role: str
    tenant: str | None


@arguments
class MasqueradeInfo:
    """What a masquerade is about; nothing of it works as a credential."""

    actor: MasqueradePerson
    target: MasqueradePerson
    business: str
    reason: str
    started_at: str
    expires_at: str


@arguments
class MasqueradeBegun:
    """A masquerade at a desk. The token is good until it is over, and there is no refresh token.

    `session` is what edits name as their author, and the device that replicas are registered for; `user` is the target.
    """

    access_token: str
    expires_in: int
    session: str
    user: UserId
    view: str
    about: MasqueradeInfo
