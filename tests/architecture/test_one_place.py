"""Time, chance, schemas, threads and dangerous writes: each is said in its one place and nowhere else."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatch

import pytest

from tests.architecture import rules
from tests.architecture.source import PRODUCT, Finding, Module, modules, parse

Rule = Callable[[Module], Iterator[Finding]]
TENANCY = ("syncserver/store/tenancy.py", "syncserver/migrations/*env.py")
# A schema begins with its tenant; the private cluster closes its public one; who may make none is told whom to ask.
BEGINNINGS = tuple(f"syncserver/store/{name}.py" for name in ("tenants", "private_postgres", "migrate"))
# The role that every chain of events belongs to makes what is its own, once.
KEEPER = ("syncserver/migrations/control/versions/0008_audit.py",)
# An upgrade that changes rows takes the clock of its tenant, as everybody.
UPGRADES = ("syncserver/migrations/tenant/versions/0008_plan.py",)
# The key of the replica is no id.
KEYS = ("desktop/sync/people.py",)
# Nothing of ours runs yet where the private cluster's folder gets a name, and a new database its epoch.
BEFORE_IDS = ("syncserver/store/postgres_files.py", "syncserver/migrations/control/versions/0001_first.py")
RULES: list[tuple[Rule, tuple[str, ...], tuple[str, ...]]] = [
    (rules.asks_the_time, PRODUCT, ("shared/clock.py",)),
    (rules.writes_a_time, PRODUCT, ("shared/rules/recurrence.py",)),
    (rules.takes_chance, PRODUCT, ("shared/ids.py", *KEYS, *BEFORE_IDS)),
    (rules.names_a_schema, PRODUCT, (*TENANCY, *BEGINNINGS, *KEEPER, *UPGRADES)),
    # P41: what is replaced fires neither trigger, and a rebuilt table has none.
    (rules.replaces_rows, PRODUCT, ()),
    (rules.rebuilds_a_table, PRODUCT, ()),
    (rules.turns_the_event_loop, ("desktop",), ()),
    (rules.starts_a_thread, ("desktop",), ("desktop/runtime/*",)),
    (rules.asks_for_what_is_no_part, ("desktop",), ()),
    (rules.collects, ("desktop",), ("desktop/runtime/garbage.py", "desktop/runtime/uncollected.py")),
    (rules.can_be_changed, ("shared",), ()),
    (rules.knows_by_type_alone, PRODUCT, ()),
]
BROKEN: list[tuple[Rule, str]] = [
    (rules.asks_the_time, "from datetime import datetime\ndatetime.now()"),
    (rules.asks_the_time, "import datetime as dt\ndt.datetime.utcnow()"),
    (rules.asks_the_time, "from datetime import date\nwhen = date.today"),
    (rules.asks_the_time, "import time\ntime.monotonic()"),
    (rules.asks_the_time, "from time import perf_counter as tick"),
    (rules.asks_the_time, "import time as t\nt.time_ns()"),
    (rules.asks_the_time, "QDateTime.currentDateTimeUtc()"),
    (rules.asks_the_time, "sa.func.now()"),
    (rules.asks_the_time, "db.execute('update outbox set at = CURRENT_TIMESTAMP')"),
    (rules.asks_the_time, "db.execute(f'select {column} where at < now()')"),
    (rules.writes_a_time, "f'{start:%a} {start.day}'"),
    (rules.writes_a_time, "start.strftime('%H:%M')"),
    (rules.writes_a_time, "QLocale().toString(at, QLocale.FormatType.ShortFormat)"),
    (rules.takes_chance, "import uuid\nuuid.uuid4()"),
    (rules.takes_chance, "from uuid import uuid7"),
    (rules.takes_chance, "import secrets\nsecrets.token_hex(4)"),
    (rules.takes_chance, "import random\nrandom.getrandbits(128)"),
    (rules.takes_chance, "server_default = 'gen_random_uuid()'"),
    (rules.names_a_schema, "sql = 'SET LOCAL search_path = t1'"),
    (rules.names_a_schema, "sql = f'set local role {role}'"),
    (rules.names_a_schema, "sql = f'Create Schema {name}'"),
    (rules.names_a_schema, "Table('tenant', meta, schema='public')"),
    (rules.names_a_schema, "sql = 'select * from public.tenant'"),
    (rules.replaces_rows, "sql = 'INSERT OR REPLACE INTO appointment VALUES (1)'"),
    (rules.replaces_rows, "table.insert(row, replace=True)"),
    (rules.replaces_rows, "table.insert(row, alter=True)"),
    (rules.rebuilds_a_table, "db['appointment'].transform(rename={})"),
    (rules.turns_the_event_loop, "QApplication.processEvents()"),
    (rules.starts_a_thread, "from PySide6.QtCore import QTimer\nQTimer.singleShot(0, f)"),
    (rules.starts_a_thread, "from threading import Thread"),
    (rules.asks_for_what_is_no_part, "item = self._chips.itemAt(0)"),
    (rules.asks_for_what_is_no_part, "if part.focusProxy() is None: pass"),
    (rules.collects, "import gc\ngc.collect()"),
    (rules.collects, "from gc import enable"),
    (rules.can_be_changed, "@dataclass\nclass A: pass"),
    (rules.knows_by_type_alone, "if TYPE_CHECKING:\n    from desktop.store.replica import Replica"),
    (rules.can_be_changed, "@dataclass(frozen=True)\nclass A: pass"),
]
FINE: list[tuple[Rule, str]] = [
    (rules.asks_the_time, '"""Never asks now()."""\nclock.now()\nimport time\ntime.sleep(1)'),
    (
        rules.takes_chance,
        "import uuid\nuuid.UUID(text)\nuuid.uuid5(space, name)\nimport random\nrandom.uniform(0, 1)\nrandom.Random(7)",
    ),
    (rules.writes_a_time, "'50 % are %s'\nQLocale(name).toString(day, QLocale.FormatType.LongFormat)"),
    (rules.names_a_schema, '"""Never says SET ROLE."""\nregister(device=d, schema=3)'),
    (rules.names_a_schema, "sql = 'CREATE FUNCTION f() RETURNS trigger SET search_path FROM CURRENT'"),
    (rules.replaces_rows, "moment.replace(microsecond=0)\nemail.message.Message()"),
    (rules.asks_for_what_is_no_part, "self.setFocusProxy(self.edit)\nlayout.takeAt(0)"),
    (rules.collects, "import gc\ngc.get_count()"),
    (rules.can_be_changed, "@dataclass(frozen=True, slots=True, kw_only=True)\nclass A: pass"),
]


def test_each_is_said_in_its_one_place() -> None:
    """All rules in one walk: to read the modules takes longer than to look through them."""
    found = [
        f"{rule.__name__}: {finding}"
        for module in modules(*PRODUCT)
        for rule, roots, places in RULES
        if module.path.startswith(roots) and not any(fnmatch(module.path, place) for place in places)
        for finding in rule(module)
    ]
    assert found == []


@pytest.mark.parametrize(("rule", "code"), BROKEN)
def test_sees_what_breaks_the_rule(rule: Rule, code: str) -> None:
    assert list(rule(parse(code)))


@pytest.mark.parametrize(("rule", "code"), FINE)
def test_leaves_alone_what_does_not(rule: Rule, code: str) -> None:
    assert not list(rule(parse(code)))
