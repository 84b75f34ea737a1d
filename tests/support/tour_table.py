"""The sum of a tour: what became of every edit, and whether server and desks hold the same rows."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from desktop.store.replica import Replica
from desktop.store.rows import STORED
from shared.model.registry import ENTITIES, canonical
from syncserver.store.engine import make_engine
from syncserver.store.private_postgres import running_url
from syncserver.store.rows import row_json
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.tenants import find_tenant_by_slug
from tests.support.demo_server import DemoServer
from tests.support.file_secrets import FileSecrets

Digest = dict[str, tuple[int, str]]
"""Rows and SHA-256 of each table."""


def _digest(rows: dict[str, list[list[Any]]]) -> Digest:
    made = {}
    for table, found in rows.items():
        texts = sorted(canonical(row) for row in found)
        made[table] = (len(texts), hashlib.sha256("\n".join(texts).encode()).hexdigest())
    return made


def _of_desk(home: Path) -> tuple[str, int, int, Digest]:
    """The replica's id, the edits it has made, those that still wait, and its rows."""
    secrets = FileSecrets(home / "test-secrets.json")
    (path,) = home.glob("book-*.db")
    name = path.stem.removeprefix("book-")
    replica = Replica(path, bytes.fromhex(secrets.get(f"key:{name}") or ""))
    try:
        rows = {
            table: [how.from_file(row) for row in replica.database.rows(how.select)] for table, how in STORED.items()
        }
        return name, int(replica.meta.get("next_seq") or 1) - 1, replica.outbox.count(), _digest(rows)
    finally:
        replica.close()


def _of_server(server: DemoServer, replicas: list[str]) -> tuple[dict[str, Counter[str]], int, Digest]:
    """Outcomes by replica, attention items that refused edits made, and the rows."""
    url = running_url(server.data)
    if url is None:
        raise AssertionError("the server's database is not running")
    engine = make_engine(url)
    try:
        tenant = find_tenant_by_slug(engine, "demo")
        if tenant is None:
            raise AssertionError("there is no tenant demo")
        outcomes: dict[str, Counter[str]] = {replica: Counter() for replica in replicas}
        with tenant_transaction(engine, tenant, read_only=True) as connection:
            log = connection.execute(text("SELECT replica_id, outcome FROM mutation_log"))
            for replica, outcome in log:
                if str(replica) in outcomes:
                    outcomes[str(replica)][outcome] += 1
            rows = {
                table: [
                    orjson.loads(row)
                    for row in connection.execute(text(f"SELECT {row_json(table)}::text FROM {table}")).scalars()
                ]
                for table in ENTITIES
            }
        return outcomes, len(rows["attention_item"]), _digest(rows)
    finally:
        engine.dispose()


def closing_table(server: DemoServer, homes: tuple[Path, Path]) -> tuple[str, bool]:
    """The table as text, and whether everything agrees."""
    desks = [_of_desk(home) for home in homes]
    outcomes, items, truth = _of_server(server, [desk[0] for desk in desks])
    agreed = True
    lines = ["", "desk   made  applied  adjusted  rejected  waiting"]
    rejected = 0
    for home, (replica, made, waiting, _) in zip(homes, desks, strict=True):
        found = outcomes[replica]
        rejected += found["rejected"]
        agreed &= made == found["applied"] + found["adjusted"] + found["rejected"] and waiting == 0
        lines.append(
            f"{home.name:<5} {made:>5} {found['applied']:>8} {found['adjusted']:>9} {found['rejected']:>9} {waiting:>8}"
        )
    lines += [f"attention items on the server: {items}", "", f"{'table':<16} {'rows':>6}  SHA-256 (server)  A    B"]
    agreed &= items == rejected
    for table, (count, digest) in truth.items():
        same = [desk[3][table] == (count, digest) for desk in desks]
        agreed &= all(same)
        marks = "  ".join("same" if one else "DIFFERS" for one in same)
        lines.append(f"{table:<16} {count:>6}  {digest[:16]}  {marks}")
    lines.append("everything agrees" if agreed else "NOT EVERYTHING AGREES")
    return "\n".join(lines), agreed
