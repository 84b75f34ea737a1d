"""A desk of raw calls with a real replica: what a person does here is in the file, and waits until it is pushed."""

from collections.abc import Mapping
from typing import Any

import orjson

from desktop.store.meta import Identity
from desktop.store.replica import Edited, Replica
from desktop.store.rows import STORED
from shared.model.member import Role
from shared.protocol.codec import arguments_of
from tests.support.replicas import KEY
from tests.support.shop import Shop
from tests.support.wire_desk import Json, WireDesk, lines_of

Rows = dict[str, dict[str, Any]]


class ReplicaDesk:
    """One person at one device; nothing is sent but by `push`, nothing comes but by `pull`."""

    def __init__(self, url: str, shop: Shop, role: Role = Role.TENANT_OWNER) -> None:
        self.wire = WireDesk(url, shop, role).sign_in()
        self.replica = Replica(None, KEY)
        self.replica.identify(
            Identity(
                replica=self.wire.replica, device=self.wire.device, tenant=shop.tenant.slug, session=self.wire.session,
                user_id=shop.users[role], user_name=role.value, role=role.value,
            )
        )  # fmt: skip
        self.replica.registered(self.wire.try_register().json())
        self.wire.epoch = str(self.replica.meta.get("epoch"))
        self.pull()

    def close(self) -> None:
        """Leave."""
        self.wire.http.close()
        self.replica.close()

    def edit(self, name: str, args: Mapping[str, Any]) -> Edited:
        """Make an edit here."""
        return self.replica.edit(name, arguments_of(name, 1, args))

    def push(self) -> list[Json]:
        """Send all that waits; what became of each."""
        self.wire.renew()
        waiting = [dict(one) for one in self.replica.unsent(500)]
        return self.wire.push_all(*waiting)

    def pull(self) -> None:
        """Take what is new."""
        self.wire.renew()
        cursor = self.replica.meta.get("cursor")
        reply = self.wire.try_pull(cursor)
        assert reply.status_code == 200, reply.text
        self.replica.apply_lines(iter(lines_of(reply)))

    def rows(self) -> Rows:
        """Every row as on the wire, by table and id."""
        database = self.replica.database
        return {
            table: {row[0]: orjson.loads(orjson.dumps(how.from_file(row))) for row in database.rows(how.select)}
            for table, how in STORED.items()
        }

    def has_nothing_left(self) -> bool:
        """Whether nothing waits and nothing is kept of it."""
        return not any(self.replica.database.rows(f"SELECT 1 FROM {table} LIMIT 1") for table in ("outbox", "base"))
