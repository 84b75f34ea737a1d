"""What is recorded commits with what it tells of, in one chain without gaps, and shows in the log files after that."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text
from structlog.testing import capture_logs

from shared.clock import parse_instant
from shared.ids import new_id, secret_token
from syncserver.services.audit.recorder import Audit
from syncserver.services.caller import called_from
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.appending import append_whole
from syncserver.store.events import OPERATOR, PLATFORM, ChainName, Event, Kind, Outcome, Party, chain_of
from syncserver.store.tenancy import Tenant, control_transaction, schema_part, take_clock, tenant_transaction
from syncserver.store.tenants import create_tenant
from tests.support.moving_clock import frozen
from tests.support.trail import chain, logged, sealed

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
    assert logged(settings, "security") == []


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
    assert [line["tenant"] for line in logged(settings, "security")] == [acme.slug, acme.slug, None]


def test_an_event_of_another_tenant_is_a_bug(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    other = create_tenant(any_engine, slug=new_id(), name="Other")
    for home in (other, None):
        with (
            pytest.raises(ValueError, match="another tenant"),
            audit.transaction(home) as (_, record),
        ):
            record(Event(kind=Kind.SIGN_IN, tenant=acme))


def test_twenty_that_record_at_once_make_one_chain_without_gaps(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    together = Barrier(20)

    def record_some(who: int) -> None:
        together.wait()
        for count in range(50):
            audit.note(Event(kind=Kind.SIGN_IN, tenant=acme, subject=f"{who}-{count}"))

    threads = [Thread(target=record_some, args=(who,)) for who in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = chain(any_engine, acme)
    assert [entry.number for entry in entries] == list(range(1, 1001))
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert {entry.subject for entry in entries} == {f"{who}-{count}" for who in range(20) for count in range(50)}
    assert sealed(any_engine, acme) == list(range(100, 1001, 100))


def test_whoever_records_does_not_wait_for_the_tenants_clock(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    with tenant_transaction(any_engine, acme) as held:
        take_clock(held, acme)
        audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
        assert len(chain(any_engine, acme)) == 1


def test_a_masquerade_is_logged_in_the_form_that_collectors_know(
    any_engine: Engine, audit: Audit, acme: Tenant, settings: Settings
) -> None:
    support = Party(id=new_id(), email="support@smoothschedule.com", platform=True)
    customer = Party(id=new_id(), email="customer@demo.com")
    key = audit.session_key(new_id())
    actions = {
        Kind.MASQUERADE_DENIED: "HIJACK_ATTEMPT_DENIED",
        Kind.MASQUERADE_START: "HIJACK_START",
        Kind.MASQUERADE_END: "HIJACK_END",
        Kind.MASQUERADE_EXPIRED: "HIJACK_EXPIRED",
        Kind.MASQUERADE_ACTION_DENIED: "HIJACK_ACTION_DENIED",
    }
    with frozen(parse_instant("2024-01-15T10:30:00Z")):
        for kind in actions:
            audit.note(
                Event(
                    kind=kind, tenant=acme, actor=support, as_whom=customer, ip="192.168.1.1", session=key,
                    reason="cannot see Tuesday",
                )
            )  # fmt: skip
    first, *_ = logged(settings, "masquerade")
    assert first == {
        "timestamp": "2024-01-15T10:30:00Z", "action": "HIJACK_ATTEMPT_DENIED",
        "hijacker_email": "support@smoothschedule.com", "hijacked_email": "customer@demo.com",
        "ip_address": "192.168.1.1", "session_key": key, "tenant": acme.slug, "reason": "cannot see Tuesday",
        "outcome": "allowed",
    }  # fmt: skip
    assert [line["action"] for line in logged(settings, "masquerade")] == list(actions.values())
    assert re.fullmatch("sha256:[0-9a-f]{64}", key)
    assert logged(settings, "security") == []
    assert (settings.data / "logs" / "masquerade.log").stat().st_mode & 0o777 == 0o600


def test_the_address_of_the_request_under_way_is_kept(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    token = called_from.set("192.0.2.7")
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
    called_from.reset(token)
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
    assert [entry.ip for entry in chain(any_engine, acme)] == ["192.0.2.7", None]


def test_what_people_type_is_kept_short_and_without_secrets(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    secret = secret_token()
    audit.note(
        Event(
            kind=Kind.SIGN_IN, tenant=acme, subject="a\0b" + "c" * 5000, reason=f"see Bearer {secret}",
            details={"password": secret, "url": f"postgresql://me:{secret}@db/book"},
        )
    )  # fmt: skip
    (entry,) = chain(any_engine, acme)
    assert len(str(entry.subject)) == 999
    assert entry.reason == "see Bearer [masked]"
    assert secret not in entry.details


def about_the_trail(said: Iterable[Mapping[str, object]]) -> list[str]:
    """What was logged of it: a server that other tests left in this process may log at any time, too."""
    return [event for one in said if (event := str(one["event"])).startswith("audit.")]


def test_what_cannot_be_a_text_is_logged_and_nothing_else_happens(
    any_engine: Engine, audit: Audit, acme: Tenant
) -> None:
    with capture_logs() as said:
        audit.note(Event(kind=Kind.SIGN_IN, tenant=acme, subject="\ud800"))
    assert about_the_trail(said) == ["audit.unwritable"]
    assert chain(any_engine, acme) == []


def test_a_chain_is_sealed_at_the_end_of_its_process_and_once(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    for _ in range(3):
        audit.note(Event(kind=Kind.SIGN_IN, tenant=acme, actor=OPERATOR))
    audit.seal()
    audit.seal()
    assert sealed(any_engine, acme) == [3]
    assert audit.witness.is_sealed(chain_of(acme))
    assert audit.witness.is_sealed(PLATFORM)


def test_what_a_process_left_unsealed_is_sealed_at_the_next_start(
    any_engine: Engine, audit: Audit, acme: Tenant, settings: Settings
) -> None:
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
    gone = ChainName(new_id())
    audit.witness.note_signed(gone, "signed")
    append_whole(audit.witness.file(gone), b'\n{"number":1,"hash":"of a tenant that is no more"}\n{"torn')
    append_whole(audit.witness.file(PLATFORM), b'\n{"number":1,"hash":"of an event that is no more"}\n')
    later = open_server(any_engine, settings).audit
    later.seal_left()
    assert sealed(any_engine, acme) == [1]
    assert not later.witness.is_sealed(gone)


def test_a_chain_that_was_put_back_to_its_beginning_has_nothing_to_seal(
    any_engine: Engine, audit: Audit, acme: Tenant
) -> None:
    name = chain_of(acme)
    audit.witness.note_signed(name, "signed")
    append_whole(audit.witness.file(name), b'\n{"number":1,"hash":"of an event that is no more"}\n')
    audit.seal_left()
    assert sealed(any_engine, acme) == []
    assert not audit.witness.is_sealed(name)


def test_of_a_tenant_that_is_forgotten_nothing_is_told_outside(audit: Audit, acme: Tenant) -> None:
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
    assert chain_of(acme) in audit.witness.chains()
    audit.forget(acme)
    assert chain_of(acme) not in audit.witness.chains()
    assert chain_of(acme) not in audit.unsealed


def test_a_name_and_a_session_are_told_apart_and_by_none_of_their_text(audit: Audit) -> None:
    told = [made(text) for made in (audit.name_key, audit.session_key) for text in ("ann", "ann", "bob")]
    assert (told[0] == told[1], told[3] == told[4], len(set(told))) == (True, True, 4)
    assert all(one.startswith("sha256:") and "ann" not in one for one in told)


def test_an_outside_that_cannot_be_written_or_read_stops_nothing_and_is_logged(
    any_engine: Engine, acme: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    audit = open_server(any_engine, Settings(data=tmp_path, audit=tmp_path / "file")).audit
    (tmp_path / "logs").touch()
    with capture_logs() as said:
        with audit.transaction(acme) as (_, record):
            record(Event(kind=Kind.TIER_SET, tenant=acme))
        audit.seal()
    assert about_the_trail(said) == ["audit.outside_unwritable"] * 3
    assert len(chain(any_engine, acme)) == 1
    (tmp_path / "file").unlink()
    audit.witness.file(chain_of(acme)).mkdir(parents=True)
    with capture_logs() as said:
        audit.seal_left()
    assert [one["event"] for one in said] == ["audit.witness_unreadable"]


def test_a_chain_that_cannot_be_sealed_is_logged(any_engine: Engine, audit: Audit, acme: Tenant) -> None:
    audit.note(Event(kind=Kind.SIGN_IN, tenant=acme))
    with control_transaction(any_engine) as connection, schema_part(connection, acme):
        connection.exec_driver_sql("DROP TABLE audit_checkpoint")
    with capture_logs() as said:
        audit.seal()
    assert [one["event"] for one in said] == ["audit.unsealed"]


def test_half_a_write_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.write", lambda *_: 1)
    with pytest.raises(OSError, match="No space left"):
        append_whole(tmp_path / "file", b"two")
