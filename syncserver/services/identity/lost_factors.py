"""A second factor that was lost with all recovery codes: taken away by others, so that its person gets in again."""

from shared.ids import secret_token
from syncserver.services.identity import masquerades, passwords, resets, second_factors
from syncserver.services.identity.password_changes import keep_password
from syncserver.services.identity.resets import Letter
from syncserver.services.outbox import post
from syncserver.services.server import Server
from syncserver.store.handles import Connection
from syncserver.store.tenancy import Tenant
from syncserver.store.users import User


def take_away(server: Server, connection: Connection, user: User, tenant: Tenant | None) -> bool:
    """Forget the second factor of somebody whom the control transaction holds; a mail tells them.

    Whoever is of a business goes on with their password. Whoever is of the platform begins as somebody new does: signed
    out everywhere, with a link for another password. False where they have none, and of the platform's people for who
    is disabled.
    """
    if tenant is None and not user.is_active:
        return False
    if not second_factors.forget(connection, user.id):
        return False
    if tenant is None:
        # Who knows a password alone would otherwise set up the next factor in its person's place.
        keep_password(connection, None, user, passwords.hash_password(secret_token()))
        resets.mail_link(server, connection, user, None, letter=Letter.FACTOR_LOST)
    else:
        fields = {"name": user.name, "place": tenant.name}
        post(server, connection, kind="factor_reset", recipient=user.email, fields=fields)
    return True


def end_masquerade(server: Server, user: User) -> None:
    """End what somebody does as somebody else, once they are signed out; within no transaction."""
    if under := masquerades.running(server, user):
        masquerades.stop(server, under)
