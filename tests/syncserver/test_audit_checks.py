"""Whatever is done to a chain of events afterwards is found, at the first place where it is not what was recorded."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, make_url

from shared.command import main
from shared.ids import new_id
from shared.model.plan import Tier
from syncserver.services.audit.checks import Break, Known, Walk, check_chains, known_of
from syncserver.services.audit.recorder import CHECKPOINT
from syncserver.services.keys.signing import Keys, new_key
from syncserver.services.server import Server, open_server
from syncserver.settings import Settings
from syncserver.store.appending import append_whole
from syncserver.store.engine import make_engine
from syncserver.store.events import PLATFORM, ChainName, Entry, Event, Kind, chained, read_checkpoints, read_entries
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.witness import Witness, Witnessed
from tests.support.postgres import Postgres

LENGTH = 200
EVERY = 50
TEXTS = (
    "id", "at", "kind", "outcome", "tenant_id", "actor_id", "actor_email", "as_whom_id", "as_whom_email", "subject",
    "reason", "ip", "session", "details", "previous", "hash",
)  # fmt: skip
Rows = list[Entry]
Damage = Callable[[random.Random, Rows], Rows]


def recorded(length: int) -> Rows:
    """A chain of which every column has a value in some of its rows."""
    chance = random.Random(7)
    drafts = [
        Entry(
            number=0, id=new_id(), at="2026-05-04T09:00:00Z", kind=chance.choice(list(Kind)), outcome="allowed",
            tenant_id=new_id(), actor_id=new_id(), actor_email=f"{number}@acme.example",
            as_whom_id=chance.choice((None, new_id())), as_whom_email=None, subject=f"subject {number}",
            reason=chance.choice((None, "a reason")), ip="192.0.2.7", session=None, details=f'{{"n":{number}}}',
            previous="", hash="",
        )
        for number in range(length)
    ]  # fmt: skip
    return list(chained(drafts, after=None))


def edited(chance: random.Random, rows: Rows) -> Rows:
    """One column of one row is another; half of the time its hash fits again."""
    at, column = chance.randrange(len(rows)), chance.choice(TEXTS)
    before: str | None = getattr(rows[at], column)
    after = chance.choice((None, "", f"{before} ", f"{before}x", (before or "")[1:], "\0"))
    change: dict[str, Any] = {column: after if after != before else f"{before}y"}
    other = replace(rows[at], **change)
    if chance.random() < 0.5:
        other = replace(other, hash=other.own_hash())
    return [*rows[:at], other, *rows[at + 1 :]] if other != rows[at] else edited(chance, rows)


def renumbered(chance: random.Random, rows: Rows) -> Rows:
    at = chance.randrange(len(rows))
    other = replace(rows[at], number=rows[at].number + chance.choice((-1, 1, 1000)))
    return [*rows[:at], other, *rows[at + 1 :]]


def cut(chance: random.Random, rows: Rows) -> Rows:
    """Some rows are gone, from the tail as often as from anywhere."""
    start = chance.randrange(len(rows))
    end = len(rows) if chance.random() < 0.5 else chance.randint(start + 1, len(rows))
    return [*rows[:start], *rows[end:]]


def cut_and_joined(chance: random.Random, rows: Rows) -> Rows:
    """Some rows are gone, and what follows is numbered and chained anew."""
    start = chance.randrange(len(rows))
    end = chance.randint(start + 1, len(rows))
    after = (rows[start - 1].number, rows[start - 1].hash) if start else None
    return [*rows[:start], *chained(rows[end:], after=after)]


def swapped(chance: random.Random, rows: Rows) -> Rows:
    """Two rows stand in each other's place, with their numbers or without."""
    one, other = sorted(chance.sample(range(len(rows)), 2))
    first, second = rows[one], rows[other]
    if chance.random() < 0.5:
        first, second = replace(first, number=second.number), replace(second, number=first.number)
    swap = list(rows)
    swap[one], swap[other] = second, first
    return swap


def rewritten(chance: random.Random, rows: Rows) -> Rows:
    """One row is another, and all that follow are chained anew: every hash in the database fits."""
    at = chance.randrange(len(rows))
    after = (rows[at - 1].number, rows[at - 1].hash) if at else None
    return [*rows[:at], *chained([replace(rows[at], subject="nothing of note"), *rows[at + 1 :]], after=after)]


def added(chance: random.Random, rows: Rows) -> Rows:
    """A row is there twice."""
    at = chance.randrange(len(rows))
    return [*rows[: at + 1], rows[at], *rows[at + 1 :]]


DAMAGES: Sequence[Damage] = (edited, edited, edited, renumbered, cut, cut_and_joined, swapped, rewritten, added)


def first_difference(rows: Sequence[Entry], damaged: Sequence[Entry]) -> int:
    """The number of the first event that is not what it was."""
    same = next((at for at, (one, other) in enumerate(zip(rows, damaged, strict=False)) if one != other), None)
    return (min(len(rows), len(damaged)) if same is None else same) + 1


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys([new_key()], issuer="")


def sealed(keys: Keys, rows: Rows, chain: str = PLATFORM) -> dict[int, str]:
    return {
        row.number: keys.sign(CHECKPOINT, {"chain": chain, "number": row.number, "hash": row.hash, "at": row.at})
        for row in rows[EVERY - 1 :: EVERY]
    }


def outside(rows: Rows) -> dict[int, frozenset[str]]:
    return {row.number: frozenset((row.hash,)) for row in rows}


def test_ten_thousand_edits_cuts_and_swaps_are_all_found_where_they_begin(keys: Keys) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    rows = recorded(LENGTH)
    seals = sealed(keys, rows)
    known = known_of(keys, PLATFORM, seals, Witnessed(hashes=outside(rows), signed=list(seals.values())))
    assert Walk(known).first_break(rows) is None
    for _ in range(10_000):
        damage = chance.choice(DAMAGES)
        damaged = damage(chance, rows)
        found = Walk(known).first_break(damaged)
        assert found is not None, damage.__name__
        assert found.number == first_difference(rows, damaged), (damage.__name__, found)


def test_with_nothing_outside_a_rewritten_chain_shows_at_its_next_checkpoint(keys: Keys) -> None:
    rows = recorded(LENGTH)
    known = known_of(keys, PLATFORM, sealed(keys, rows), Witnessed(hashes={}, signed=()))
    chance = random.Random(3)
    for _ in range(50):
        damaged = rewritten(chance, rows)
        first = first_difference(rows, damaged)
        found = Walk(known).first_break(damaged)
        assert found is not None
        assert found.number == -(-first // EVERY) * EVERY


@pytest.mark.parametrize("chain", [PLATFORM, new_id()], ids=["platform", "a business"])
def test_a_seal_is_ours_and_of_its_chain_and_kept(keys: Keys, chain: str) -> None:
    rows = recorded(LENGTH)
    seals = sealed(keys, rows)
    strange = sealed(Keys([new_key()], issuer=""), rows) if chain == PLATFORM else sealed(keys, rows, chain)
    nothing = Witnessed(hashes={}, signed=())

    def found(kept: dict[int, str], testimony: Witnessed) -> Break | None:
        return Walk(known_of(keys, PLATFORM, kept, testimony)).first_break(rows)

    unsigned = "has a checkpoint that no key of this server has signed for it"
    assert found(seals | {100: strange[100]}, nothing) == Break(number=100, what=unsigned)
    assert found(seals | {100: seals[50]}, nothing) == Break(number=100, what=unsigned)
    assert found(seals | {100: "e30.e30.e30"}, nothing) == Break(number=100, what=unsigned)
    assert found(seals | {100: f"{seals[100][:-9]}{seals[50][-9:]}"}, nothing) == Break(number=100, what=unsigned)
    assert found(seals | {900: strange[100]}, nothing) == Break(number=900, what=unsigned)
    outside_only = found(seals, Witnessed(hashes={}, signed=[strange[50]]))
    assert outside_only is not None
    assert (outside_only.number, "outside" in outside_only.what) == (0, True)
    lost = found({50: seals[50]}, Witnessed(hashes={}, signed=[seals[100]]))
    assert lost == Break(number=100, what="has lost its checkpoint, which is known outside")


def test_a_token_is_no_checkpoint(keys: Keys) -> None:
    assert keys.signed(CHECKPOINT, keys.sign("something-else", {})) is None
    assert Walk(Known(hashes={}, wrong={})).first_break(()) is None


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def superuser(postgres: Postgres, url: str) -> psycopg.Connection:
    setup = psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?"), autocommit=True)
    setup.execute("SET session_replication_role = replica")
    return setup


def fill(server: Server, tenant: Tenant, count: int) -> None:
    with server.audit.transaction(tenant) as (_, record):
        for number in range(count):
            record(Event(kind=Kind.SIGN_IN, tenant=tenant, subject=f"subject {number}", reason="a reason"))


def found_in(engine: Engine, settings: Settings, tenant: Tenant) -> Break | None:
    (checked,) = check_chains(engine, settings, [tenant])
    return checked.found


def test_what_a_superuser_does_to_the_tables_is_found(postgres: Postgres, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    settings = Settings(data=tmp_path, audit_checkpoint=20)
    with postgres.fresh() as url, opened(url) as engine, superuser(postgres, url) as setup:
        server = open_server(engine, settings)
        tenant = create_tenant(engine, slug="acme", name="Acme Corp")
        fill(server, tenant, 120)
        assert found_in(engine, settings, tenant) is None
        setup.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(tenant.schema)))
        setup.execute("CREATE TEMPORARY TABLE kept AS TABLE audit_event")
        for _ in range(40):
            what = chance.choice(ON_TABLES)
            one, other = sorted(chance.sample(range(1, 121), 2))
            setup.execute(what.encode(), {"one": one, "other": other})
            found = found_in(engine, settings, tenant)
            assert found is not None, what
            assert found.number == one, (what, one, other, found)
            setup.execute("DELETE FROM audit_event")
            setup.execute("INSERT INTO audit_event TABLE kept")
        setup.execute("DELETE FROM audit_checkpoint WHERE number = 60")
        assert found_in(engine, settings, tenant) == Break(
            number=60, what="has lost its checkpoint, which is known outside"
        )


ON_TABLES = (
    "UPDATE audit_event SET reason = NULL WHERE number = %(one)s",
    "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE number = %(one)s",
    "UPDATE audit_event SET at = 'infinity' WHERE number = %(one)s",
    "UPDATE audit_event SET details = '{ }' WHERE number = %(one)s",
    "UPDATE audit_event SET tenant_id = gen_random_uuid() WHERE number = %(one)s",
    "UPDATE audit_event SET hash = previous WHERE number = %(one)s",
    "UPDATE audit_event SET number = number + 1000 WHERE number = %(one)s",
    "DELETE FROM audit_event WHERE number = %(one)s",
    "DELETE FROM audit_event WHERE number BETWEEN %(one)s AND %(other)s",
    "DELETE FROM audit_event WHERE number >= %(one)s",
    """UPDATE audit_event SET subject = other.subject FROM audit_event other
    WHERE (audit_event.number, other.number) IN ((%(one)s, %(other)s), (%(other)s, %(one)s))""",
)


def told(capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, str]:
    """The exit status of a command of the server, and all that was said."""
    try:
        status = main(["server", *command])
    except SystemExit as end:
        status = int(str(end.code or 0))
    said = capsys.readouterr()
    return status, said.out + said.err


def verify(capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    return told(capsys, "audit", "verify", *more)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    def use(url: str) -> None:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("SMOOTHSCHEDULE_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("SMOOTHSCHEDULE_PASSWORD", "correct horse battery")

    return use


def test_the_command_names_each_break_and_a_put_back_database_lacks_its_tail(
    postgres: Postgres, environment: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with postgres.fresh() as url:
        environment(url)
        assert told(capsys, "tenant", "create", "acme", "Acme Corp")[0] == 0
        assert told(capsys, "tenant", "create", "beta", "Beta")[0] == 0
        assert verify(capsys) == (0, "The audit trail is whole: 4 events, 3 chains.\n")
        with postgres.fresh(like=url) as backup:
            assert told(capsys, "tenant", "tier", "acme", "free")[0] == 0
            assert told(capsys, "tenant", "create", "late", "Late")[0] == 0
            assert verify(capsys, "--tenant", "acme") == (0, "The audit trail is whole: 2 events, 1 chains.\n")
            environment(backup)
            status, said = verify(capsys)
            lines = said.splitlines()
            tail = "is missing: the tail up to number {} is known outside, and the database ends before it."
            assert status == 1
            assert lines[0] == f"platform: event 3 {tail.format(4)}"
            assert lines[1] == f"acme: event 2 {tail.format(2)}"
            assert lines[2].endswith(f": event 1 {tail.format(1)}")
            assert len(lines) == 3
            assert verify(capsys, "--tenant", "beta")[0] == 0
            assert verify(capsys, "--tenant", "nobody") == (1, "There is no tenant nobody.\n")
            # What is recorded from then on does not cover it up.
            for tier in (Tier.FREE, Tier.STARTER, Tier.FREE):
                assert told(capsys, "tenant", "tier", "acme", tier.value)[0] == 0
            status, said = verify(capsys, "--tenant", "acme")
            assert status == 1
            assert said.startswith("acme: event 2 is another than the one that was recorded")


def test_tables_that_have_lost_their_owner_or_guard_or_are_gone_are_told(postgres: Postgres, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    with postgres.fresh() as url, opened(url) as engine, superuser(postgres, url) as setup:
        fill(open_server(engine, settings), acme := create_tenant(engine, slug="acme", name="Acme Corp"), 1)
        opened_up = Break(
            number=0, what="its tables may be changed by the server's login: they have lost their owner or their guard"
        )
        setup.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(acme.schema)))
        for change, back in (
            ("ALTER TABLE audit_event DISABLE TRIGGER keep_event", "ALTER TABLE audit_event ENABLE TRIGGER keep_event"),
            (
                "ALTER TABLE audit_checkpoint OWNER TO smoothschedule",
                "ALTER TABLE audit_checkpoint OWNER TO smoothschedule_audit",
            ),
            (
                f"GRANT DELETE ON audit_event TO {acme.role}",
                f"REVOKE DELETE ON audit_event FROM {acme.role}",
            ),
        ):
            setup.execute(change.encode())
            assert found_in(engine, settings, acme) == opened_up, change
            setup.execute(back.encode())
            assert found_in(engine, settings, acme) is None
        setup.execute("DROP TABLE audit_checkpoint")
        assert found_in(engine, settings, acme) == Break(number=0, what="its tables are gone")


def test_the_rows_are_read_as_they_were_written(any_engine: Engine, tmp_path: Path) -> None:
    server = open_server(any_engine, Settings(data=tmp_path))
    tenant = create_tenant(any_engine, slug=new_id(), name="Acme Corp")
    fill(server, tenant, 3)
    with tenant_transaction(any_engine, tenant, read_only=True) as connection:
        assert all(entry.hash == entry.own_hash() for entry in read_entries(connection))
        assert read_checkpoints(connection) == {}


def test_what_is_outside_is_read_as_far_as_it_is_whole(tmp_path: Path) -> None:
    witness = Witness(tmp_path, lineage="of a database")
    assert witness.chains() == ()
    assert witness.witnessed(PLATFORM) == Witnessed(hashes={}, signed=[])
    lines = b'{"number":1,"hash":"one"}\n{"number":1,"hash":"another"}\n{"signed":"text"}\n[1]\n{"number":2}\n{"num'
    append_whole(witness.file(PLATFORM), lines)
    append_whole(witness.file(ChainName("not a chain")), lines)
    assert witness.chains() == [PLATFORM]
    assert witness.witnessed(PLATFORM) == Witnessed(hashes={1: frozenset(("one", "another"))}, signed=["text"])
    assert witness.is_sealed(PLATFORM)
