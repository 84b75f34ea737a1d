"""People of the platform, and a desk at which somebody acts as somebody else."""

from typing import Any, Self

from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.store.users import User, create_user, find_user
from tests.support.shop import PASSWORD, Shop
from tests.support.wire_desk import WireDesk

_HASHED = hash_password(PASSWORD)
REASON = "cannot see Tuesday"


def platform_person(engine: Engine, role: Role = Role.PLATFORM_SUPPORT) -> User:
    """Somebody of the platform."""
    email = f"{new_id()}@platform.example"
    return create_user(engine, None, email=email, name=f"Pat {role}", role=role, password_hash=_HASHED)


def member(engine: Engine, shop: Shop, role: Role) -> User:
    """Somebody of a shop as they are now."""
    found = find_user(engine, shop.users[role])
    assert found is not None
    return found


def act_as_nobody(server: Server, user: User) -> None:
    """Have somebody stop to act as another, where they do."""
    if (found := masquerades.running(server, user)) is not None:
        masquerades.stop(server, found)


class MasqueradeDesk(WireDesk):
    """A desk with a replica in memory, at which somebody acts as somebody else."""

    @classmethod
    def told(cls, url: str, shop: Shop, begun: dict[str, Any]) -> Self:
        """The desk of what the server has answered to a start or to a code."""
        desk = cls(url, shop, device=begun["session"])
        desk.session = begun["session"]
        desk.http.headers["Authorization"] = f"Bearer {begun['access_token']}"
        return desk

    @classmethod
    def of(cls, url: str, shop: Shop, server: Server, masquerade: Masquerade) -> Self:
        """The desk of a masquerade that was started elsewhere."""
        token = masquerades.open_at_desk(server, masquerade).token
        return cls.told(url, shop, {"session": masquerade.id, "access_token": token})
