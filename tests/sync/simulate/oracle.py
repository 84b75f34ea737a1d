"""What must hold, looked at from outside: the server's every version, and what came of every edit."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Engine, select

from desktop.desk import Desk
from desktop.store.fork import PERHAPS_KNOWN
from desktop.store.rebase import context
from desktop.store.rows import STORED
from shared.errors import Refusal
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import ENTITIES, entity_type, type_of
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS
from shared.rules.plans import DEFAULTS
from syncserver.services.identity.accounts import TOKEN_REUSED
from syncserver.services.sync.endings.lapsing import SERVER
from syncserver.services.views import view_of
from syncserver.store.rows import row_json
from syncserver.store.server import read_epoch
from syncserver.store.tables.control import sessions
from syncserver.store.tenancy import Tenant, tenant_transaction
from tests.support.memory import MemoryTx
from tests.support.replay import replayed
from tests.support.shop import stored_rows
from tests.sync.simulate.broken import Broken
from tests.sync.simulate.desks import Made
from tests.sync.simulate.meetings import meeting

Rows = dict[tuple[str, str], list[Any]]
_ENDINGS: Final = frozenset({"applied", "adjusted", "rejected", "quarantined"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A history up to some moment."""

    version: int
    versions: Mapping[int, Rows]


class Oracle:
    """Keeps the book of one tenant as it was at every version."""

    def __init__(self, engine: Engine, tenant: Tenant) -> None:
        self.engine, self._tenant = engine, tenant
        self.versions: dict[int, Rows] = {0: {}}
        self.version = 0
        self.epoch = read_epoch(engine)
        self._before: dict[str, dict[int, Rows]] = {}
        """The versions of earlier epochs, as desks remember them."""
        self._lost: Mapping[str, int] = {}
        self._handed_in: set[str] = set()
        """Edits that a server which was put back may have had, and have been handed in again."""
        self._since = 0
        self.look()
        self._founded = [
            entity_type(ENTITIES[table].cls).decode(row)
            for (table, _), row in self.versions[self.version].items()
            if table not in ("business", "member", "plan")
        ]

    def look(self) -> None:
        """Take what was committed since the last look."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            version = connection.exec_driver_sql("SELECT version FROM clock").scalar_one()
            if version == self.version:
                return
            rows = dict(self.versions[self.version])
            changed = connection.exec_driver_sql(
                "SELECT table_name, pk::text, op FROM sync_row WHERE version > %s", (self.version,)
            ).all()
            for table in {table for table, _, _ in changed}:
                ids = [pk for of, pk, op in changed if of == table and op == "put"]
                found = connection.exec_driver_sql(
                    f"SELECT {row_json(table)}::text FROM {table} WHERE id = ANY(%s::uuid[])", (ids,)
                )
                rows.update({(table, row[0]): row for (text,) in found for row in [orjson.loads(text)]})
            for table, pk, op in changed:
                if op == "remove":
                    rows.pop((table, pk), None)
        self.versions[version] = rows
        self.version = version
        self._within_capacity(version, rows)

    def past(self) -> "Past":
        """The history up to now."""
        return Past(version=self.version, versions=dict(self.versions))

    def decided(self) -> Mapping[str, int]:
        """The version at which each edit was decided, as the log has it now."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            found = connection.exec_driver_sql("SELECT id::text, version FROM mutation_log").all()
        return {row.id: row.version for row in found}

    def put_back(self, past: "Past", decided: Mapping[str, int]) -> None:
        """The server went back to an earlier moment, after it had `decided`, and has said what that means to it."""
        # Of versions from two earlier epochs nobody can say which was first (decision 0021).
        self._lost = {} if self._before else decided
        self._handed_in.update(decided)
        self._before[self.epoch] = self.versions
        self.epoch = read_epoch(self.engine)
        self.version, self.versions, self._since = past.version, dict(past.versions), past.version

    def _within_capacity(self, version: int, rows: Rows) -> None:
        """Promise 5: at no instant do the allocations of a resource exceed its capacity, those marked `over` aside."""
        held: dict[str, list[tuple[str, str]]] = {}
        for (table, _), row in rows.items():
            if table == "allocation" and not row[5]:
                held.setdefault(row[2], []).append((row[3], row[4]))
        for resource, spans in held.items():
            capacity = rows["resource", resource][4]
            for start, _ in spans:
                peak = sum(begin <= start < end for begin, end in spans)
                if peak > capacity:
                    raise Broken(f"promise 5: {peak} hold {resource} at {start} in version {version}")

    def require_at_cursor(self, name: str, desk: Desk) -> None:
        """Promise 7: without its own queue, a replica is what the server was at its cursor."""
        version = int(desk.replica.meta.get("version") or 0)
        epoch = desk.replica.meta.get("epoch")
        if version and epoch and desk.replica.meta.get("cursor"):
            versions = self.versions if epoch == self.epoch else self._before[epoch]
            known = max(one for one in versions if one <= version)
            _require_equal(f"promise 7: {name} at {version}", laid(desk), _seen(versions[known], desk))

    def require_onwards(self, name: str, desk: Desk, reached: dict[tuple[str, str], int]) -> None:
        """Promise 7: within an epoch no cursor goes back; `reached` is the version of each book by its epoch."""
        known = desk.replica.meta.all()
        book, version = (desk.account.replica, known["epoch"]), int(known["version"])
        if version < reached.get(book, 0):
            raise Broken(f"promise 7: {name} went back from {reached[book]} to {version}")
        reached[book] = version

    def require_own_queue(self, name: str, desk: Desk) -> None:
        """Promise 7: what a replica shows is what the server was at its cursor, and its own queue; never a mix."""
        waiting = desk.replica.outbox.all()
        if desk.replica.meta.get("cursor") is None and any(edit.was_version is not None for edit in waiting):
            # What it is about to hand in again may stand in its rows as well, until the new book has come.
            return
        tx = MemoryTx(*(entity_type(ENTITIES[table].cls).decode(row) for (table, _), row in laid(desk).items()))
        nothing = set(desk.replica.outbox.were_nothing({one for edit in waiting for one in edit.undoes}))
        # Of what may stand there already by its own doing, under a former name, nobody says that it came to nothing.
        known = int(desk.replica.meta.get(PERHAPS_KNOWN) or 0)
        for edit in waiting:
            if edit.came_to_nothing:
                continue
            if edit.undoes and nothing.issuperset(edit.undoes):
                nothing.add(edit.id)
                continue
            # The author's rights as the desk knows them, which the server may see otherwise.
            with suppress(Refusal):
                parsed = MUTATIONS[edit.name].parse(edit.args)
                made = effect(tx, context(desk.replica.tx(), edit), edit.name, parsed)
                if made.is_nothing and edit.seq > known:
                    nothing.add(edit.id)
        shown: Rows = {(type_of(row).table, str(row.id)): _wire(type_of(row).encode(row)) for row in tx.rows.values()}
        _require_equal(f"promise 7: {name} with its queue", held(desk), shown)

    def require_converged(self, name: str, desk: Desk) -> None:
        """Promise 1: healed and drained, a replica equals the server's view; nothing waits and nothing is kept back."""
        database = desk.replica.database
        for table in ("outbox", "base", "leaving"):
            if database.rows(f"SELECT * FROM {table}"):
                raise Broken(f"promise 1: {name} still has something in {table}")
        now = self.versions[self.version]
        role = Role(now["member", desk.replica.identity().user_id][3])
        features = self._features()
        if desk.replica.meta.get("view") != view_of(role, features).hash:
            raise Broken(f"promise 1: {name} holds another view than that of a {role.value} with {features}")
        _require_equal(f"promise 1: {name}", held(desk), _seen(now, desk))

    def _features(self) -> frozenset[str]:
        (plan,) = (row for (table, _), row in self.versions[self.version].items() if table == "plan")
        return frozenset(plan[2])

    def require_endings(self, made: Iterable[Made], lost: frozenset[str]) -> None:
        """Promises 2, 3 and 4: each edit that was confirmed has exactly one end, and what was not taken an item."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            found = connection.exec_driver_sql("SELECT id::text, outcome, details FROM mutation_log").all()
            items = connection.exec_driver_sql("SELECT mutation_id::text, gathered FROM attention_item").all()
        ends: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for mutation, outcome, details in found:
            ends.setdefault(mutation, []).append((outcome, orjson.loads(details)))
        gathered = {one["mutation_id"] for _, text in items for one in orjson.loads(text)}
        kept = {mutation for mutation, _ in items} | gathered
        for one in made:
            of = ends.get(one.id, [])
            if not of and one.id in lost:
                continue
            if len(of) != 1 or of[0][0] not in _ENDINGS:
                raise Broken(f"promise 3: {one.desk}'s {one.name} {one.id} ended {of}")
            if of[0][0] in ("rejected", "quarantined") and one.id not in kept and one.name != "attention.resolve":
                raise Broken(f"promise 3: {one.desk}'s {one.name} {one.id} was not taken and nothing keeps it")

    def taken_for_thieves(self) -> frozenset[str]:
        """Whose session ended because a token was shown again that had a child: by a late repetition here."""
        reused = select(sessions.c.user_id).where(sessions.c.end_reason == TOKEN_REUSED)
        with self.engine.connect() as connection:
            return frozenset(map(str, connection.execute(reused).scalars()))

    def require_own_names(self, made: Iterable[Made], welcome: frozenset[str]) -> None:
        """P24: each edit was decided as its maker's; none of those of the `welcome` was set aside by a sign-out."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            told = connection.exec_driver_sql("SELECT id::text, user_id::text, outcome FROM mutation_log").all()
        ends = {mutation: (user, outcome) for mutation, user, outcome in told}
        for one in made:
            user, outcome = ends.get(one.id, (None, ""))
            # A server that was put back may know its maker no more: then whoever hands it in answers (decision 0021).
            if user not in (None, one.user) and one.id not in self._handed_in:
                raise Broken(f"P24: {one.desk}'s {one.name} {one.id} of {one.user} was decided as that of {user}")
            if outcome == "quarantined" and one.user in welcome:
                raise Broken(f"P24: {one.desk}'s {one.name} {one.id} was set aside, and its author was never shut out")

    def require_rights(self) -> None:
        """Each edit was decided under the role that its author had then, and by nobody who was shut out.

        What they had handed in is set aside in their name: nothing is made of it until somebody else does.
        """
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            told = connection.exec_driver_sql(
                "SELECT version, id::text, user_id::text, role, outcome FROM mutation_log WHERE user_id IS NOT NULL"
            ).all()
        for version, mutation, user, role, outcome in told:
            if Role(role).is_platform or user == SERVER.user_id:
                # Neither who sets plans is anybody of the business, nor the server itself.
                continue
            before = max(one for one in self.versions if one < version)
            member = self.versions[before]["member", user]
            if member[3] != role or not (member[4] or outcome == "quarantined"):
                raise Broken(f"rights: {mutation} was decided for {role} in version {version}: {member}")

    def require_nothing_set_aside(self) -> None:
        """Promise 3 where every author is welcome and no function fails: nothing waits for a person without a rule."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            aside = "SELECT name, details FROM mutation_log WHERE outcome = 'quarantined'"
            found = connection.exec_driver_sql(aside).all()
        if found:
            raise Broken(f"promise 3: set aside without a reason: {found[:3]}")

    def require_order(self) -> None:
        """What was handed in to a server that was put back was decided in the order of the versions it once had."""
        with tenant_transaction(self.engine, self._tenant, read_only=True) as connection:
            # What the server itself decided has no replica.
            again = connection.exec_driver_sql(
                "SELECT id::text FROM mutation_log WHERE replica_id IS NULL AND version > %s ORDER BY version, ordinal",
                (self._since,),
            ).scalars()
            were = [self._lost[one] for one in again if one in self._lost]
        if were != sorted(were):
            raise Broken(f"recovery: what was decided in the versions {sorted(were)} was decided again as {were}")

    def require_history(self) -> None:
        """Promise 8: the log, replayed in order through the pure rules, gives the tables."""
        now = stored_rows(self.engine, self._tenant)
        rows = {(table, row_id): row for table, found in now.items() for row_id, row in found.items()}
        _require_equal("the versions as they came, one after the other", self.versions[self.version], rows)
        again = replayed(self.engine, self._tenant, *self._founded, watch=meeting)
        for table in now:
            if again[table] != now[table]:
                raise Broken(f"promise 8: {table} is not what its history makes of it")


def _seen(rows: Rows, desk: Desk) -> Rows:
    """Those rows that belong to the view that a replica has."""
    view = desk.replica.meta.get("view")
    every = (view_of(role, DEFAULTS[tier].features) for role in Role for tier in Tier)
    tables = next((one.tables for one in every if one.hash == view), ())
    return {key: row for key, row in rows.items() if key[0] in tables}


def _wire(row: list[Any]) -> list[Any]:
    again: list[Any] = orjson.loads(orjson.dumps(row))
    return again


def held(desk: Desk) -> Rows:
    """Every row of a replica as on the wire."""
    database = desk.replica.database
    return {
        (table, row[0]): stored.from_file(row)
        for table, stored in STORED.items()
        for row in database.rows(stored.select)
    }


def laid(desk: Desk) -> Rows:
    """The same with the server's version of what waiting edits have changed."""
    rows = held(desk)
    for table, row_id, text in desk.replica.database.rows("SELECT table_name, row_id, row FROM base"):
        if text is None:
            rows.pop((table, row_id), None)
        else:
            rows[table, row_id] = orjson.loads(text)
    return rows


def _require_equal(what: str, one: Rows, other: Rows) -> None:
    if one == other:
        return
    for key in sorted({*one, *other}):
        if one.get(key) != other.get(key):
            raise Broken(f"{what}: {key[0]} {key[1]} is {one.get(key)} and should be {other.get(key)}")
