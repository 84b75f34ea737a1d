"""What the server has of a shop and what a desk has, to be compared."""

from typing import Any

from desktop.desk import Desk
from desktop.store.rows import STORED
from shared.model.member import Role
from shared.model.registry import ENTITIES
from tests.desktop.sync.stage import Stage
from tests.support.shop import Shop
from tests.support.wire_desk import WireDesk

Tables = dict[str, dict[str, list[Any]]]


def on_server(stage: Stage, shop: Shop) -> Tables:
    """Every row of the shop, as somebody who has just come gets it."""
    fresh = WireDesk(stage.url, shop, Role.TENANT_MANAGER).ready()
    fresh.pull()
    fresh.http.close()
    return {table: fresh.rows.get(table, {}) for table in ENTITIES}


def on_desk(desk: Desk) -> Tables:
    """Every row of the desk's replica."""

    def ask(replica: Any) -> Tables:
        found = {table: map(how.from_file, replica.database.rows(how.select)) for table, how in STORED.items()}
        return {table: {row[0]: row for row in rows} for table, rows in found.items()}

    return desk.do(ask)


def sent(desk: Desk) -> list[tuple[int, str]]:
    """Number and outcome of every edit of the desk that the server has decided."""
    return desk.do(lambda replica: [(seq, how) for seq, how in replica.database.rows("SELECT seq, outcome FROM sent")])


def customers(desk: Desk, name: str) -> int:
    """How many customers have this name."""
    return desk.do(lambda replica: len(replica.database.rows("SELECT 1 FROM customer WHERE name = ?", (name,))))
