"""A computer at a front desk, at which people take turns."""

from sqlalchemy import text

from desktop.config import Account, Home, Login
from desktop.desk import Desk
from desktop.presenters.turns import Came, Turns
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import SecretStore
from desktop.sync.status import Connection
from shared.model.member import Role
from syncserver.store.tenancy import tenant_transaction
from tests.desktop.sync.stage import Stage
from tests.support.faults import Fault
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until

MANAGER, STAFF, OWNER = Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.TENANT_OWNER


class Computer:
    """A front desk at which people take turns; `secrets` is a keyring or files of keys."""

    def __init__(self, stage: Stage, shop: Shop, home: Home, secrets: SecretStore | KeyFiles) -> None:
        self.stage, self.shop, self.home, self.secrets = stage, shop, home, secrets
        self.desk: Desk | None = None

    def login(self, role: Role) -> Login:
        return Login(server=self.stage.url, tenant=self.shop.tenant.slug, email=self.shop.email(role))

    def account(self, role: Role) -> Account:
        """What this computer knows of somebody."""
        return self.home.known_accounts(self.login(role))[-1]

    def sign_in(self, role: Role, password: str = PASSWORD) -> Desk:
        """Somebody signs in at the server, as by "Somebody else…"."""
        return self.took(self.turns().sign_in(self.login(role), password))

    def take(self, role: Role, password: str = PASSWORD) -> Desk:
        """Somebody who was here before takes the desk."""
        return self.took(self.turns().take(self.account(role), password))

    def turns(self) -> Turns:
        is_open = self.desk is not None and not self.desk.is_closed
        return Turns(home=self.home, secrets=self.secrets, desk=self.desk if is_open else None)

    def took(self, desk: Came) -> Desk:
        assert isinstance(desk, Desk)
        if desk is not self.desk:
            desk.start()
        self.desk = desk
        until(lambda: desk.do(lambda replica: replica.is_usable), within=20)
        return desk

    def go_offline(self) -> None:
        self.stage.faults.spoil("", *[Fault.LOST_REQUEST] * 100_000)

    def go_online(self) -> None:
        self.stage.faults.heal()
        if self.desk is not None and not self.desk.is_closed:
            self.desk.engine.sync_now()

    def drained(self) -> None:
        desk = self.desk
        assert desk is not None
        until(lambda: desk.status.waiting == 0 and desk.status.connection is Connection.ONLINE, within=20)

    def sessions(self, role: Role) -> tuple[int, int]:
        """How many sessions of somebody go on, and how many have ended, as the server's tenant has it."""
        sql = "SELECT ended_at IS NULL FROM session WHERE user_id = :user"
        with tenant_transaction(self.stage.engine, self.shop.tenant, read_only=True) as connection:
            told = [row[0] for row in connection.execute(text(sql), {"user": self.shop.users[role]})]
        return told.count(True), told.count(False)

    def is_over(self, session: str) -> bool:
        """Whether the server's tenant has ended a session."""
        sql = "SELECT ended_at IS NOT NULL FROM session WHERE id = :session"
        with tenant_transaction(self.stage.engine, self.shop.tenant, read_only=True) as connection:
            return bool(connection.execute(text(sql), {"session": session}).scalar_one())

    def history(self) -> list[tuple[str, str, str]]:
        """What the server decided: the customer's name, what came of it, and whose rights decided."""
        sql = (
            "SELECT args::json->>'name', outcome, user_id::text FROM mutation_log WHERE replica_id IS NOT NULL "
            "ORDER BY version, ordinal"
        )
        roles = {user: role.value for role, user in self.shop.users.items()}
        with tenant_transaction(self.stage.engine, self.shop.tenant, read_only=True) as connection:
            return [(name, out, roles.get(user, "")) for name, out, user in connection.execute(text(sql))]
