"""What is recorded commits with what it tells of, in one chain without gaps, and shows in the log files after that."""

from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, text

from shared.ids import new_id
from syncserver.services.audit import Audit
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.events import OPERATOR, Entry, Event, Kind, Outcome, Party, read_entries
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import create_tenant

ANN = Party(id=new_id(), email="ann@acme.example")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
def audit(any_engine: Engine, settings: Settings) -> Audit:
    return open_server(any_engine, settings).audit


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=f"acme-{new_id()[-12:]}", name="Acme Corp")


def chain(engine: Engine, tenant: Tenant | None = None) -> Sequence[Entry]:
    if tenant is None:
        with control_transaction(engine, read_only=True) as connection:
            return list(read_entries(connection))
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        return list(read_entries(connection))


def lines(settings: Settings, name: str) -> list[dict[str, object]]:
    file = settings.data / "logs" / f"{name}.log"
    return [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


def test_an_event_commits_with_what_it_tells_of(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    with audit.transaction(acme) as (connection, record):
        connection.execute(text("UPDATE tenants SET name = 'Acme Ltd' WHERE id = :id"), {"id": acme.id})
        record(Event(kind=Kind.TIER_SET, tenant=acme, actor=ANN, subject="free", details={"was": "PROFESSIONAL"}))
    (entry,) = chain(any_engine, acme)
    assert (entry.number, entry.kind, entry.outcome, entry.tenant_id) == (1, "tenant.tier_set", "allowed", acme.id)
    assert (entry.actor_id, entry.actor_email, entry.subject) == (ANN.id, ANN.email, "free")
    assert (entry.details, entry.hash) == ('{"was":"PROFESSIONAL"}', entry.own_hash())


def test_what_fails_leaves_no_event_and_no_line(
    any_engine: Engine, audit: Audit, acme: Tenant, settings: Settings
) -> None:
    with pytest.raises(ZeroDivisionError), audit.transaction(acme) as (_, record):
        record(Event(kind=Kind.TIER_SET, tenant=acme, actor=ANN, details={"never": 1 // 0}))
    assert chain(any_engine, acme) == []
    assert lines(settings, "security") == []


def test_a_block_that_records_nothing_writes_nothing(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    with audit.transaction(acme):
        pass
    assert chain(any_engine, acme) == []


def test_the_deed_of_a_platform_person_in_a_tenant_is_told_in_both_chains_and_logged_once(
    any_engine: Engine, audit: Audit, acme: Tenant, settings: Settings
) -> None:
    before = len(chain(any_engine))
    audit.note(Event(kind=Kind.TIER_SET, tenant=acme, actor=OPERATOR))
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme, actor=ANN))
    audit.note(Event(kind=Kind.SIGN_IN, outcome=Outcome.DENIED))
    theirs, ours = chain(any_engine, acme), chain(any_engine)[before:]
    assert [entry.kind for entry in theirs] == ["tenant.tier_set", "sign_in.tried"]
    assert [(entry.kind, entry.tenant_id) for entry in ours] == [("tenant.tier_set", acme.id), ("sign_in.tried", None)]
    assert theirs[0].id == ours[0].id
    assert [line["tenant"] for line in lines(settings, "security")] == [acme.slug, acme.slug, None]


def test_an_event_of_another_tenant_is_a_bug(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    other = create_tenant(any_engine, slug=new_id(), name="Other")
    for home in (other, None):
        with (
            pytest.raises(ValueError, match="another tenant"),
            audit.transaction(home) as (_, record),
        ):
            record(Event(kind=Kind.SIGN_IN, tenant=acme))
