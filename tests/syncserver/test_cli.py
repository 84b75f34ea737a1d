"""The server's commands in the words of an operator."""

import socket
import zipfile
from pathlib import Path

import psycopg
import pyotp
import pytest
from sqlalchemy import make_url

from shared import clock
from shared.command import main
from shared.ids import new_id
from shared.model.plan import Tier
from syncserver.services.declined import Declined
from syncserver.services.identity import platform_accounts, second_factors
from syncserver.services.server import open_server
from syncserver.settings import load
from syncserver.store.engine import make_engine
from syncserver.store.tenants import find_tenant_by_slug
from syncserver.store.users import find_user_by_email
from tests.support.admin_staff import session_of
from tests.support.postgres import Postgres
from tests.support.trail import chain

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def environment(new_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", new_database_url)
    monkeypatch.setenv("SMOOTHSCHEDULE_PASSWORD", PASSWORD)


def server(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit status and all that was said."""
    try:
        status = main(["server", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    return status, said.out + said.err


def test_a_business_and_its_owner_are_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert server(capsys, "tenant", "create", "acme", "Acme Corp") == (0, "Made the business Acme Corp (acme).\n")
    made = server(capsys, "user", "create", "Ann@acme.example", "Ann", "--role", "tenant_owner", "--tenant", "acme")
    assert made == (0, "Made the user ann@acme.example (TENANT_OWNER).\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role", "TENANT_STAFF"], "Users with role TENANT_STAFF must be assigned to a tenant\n"),
        (["--role", "TENANT_STAFF", "--tenant", "nowhere"], "There is no tenant nowhere.\n"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert server(capsys, "user", "create", "ann@acme.example", "Ann", *arguments) == (1, sentence)


def test_a_short_password_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOOTHSCHEDULE_PASSWORD", "short")
    made = server(capsys, "user", "create", "ann@acme.example", "Ann", "--role", "SUPERUSER")
    assert made == (1, "A password has 12 characters or more.\n")


def test_a_business_is_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    again = server(capsys, "tenant", "create", "acme", "Acme Corp")
    assert again == (1, "There is already a tenant acme.\n")


def test_a_business_is_put_on_another_plan(capsys: pytest.CaptureFixture[str]) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    told = server(capsys, "tenant", "tier", "acme", "starter")
    assert told == (0, "Acme Corp (acme) has the plan Starter now.\n")
    nobody = server(capsys, "tenant", "tier", "nobody", "FREE")
    assert nobody == (1, "There is no tenant nobody.\n")
    status, said = server(capsys, "tenant", "tier", "acme", "GOLD")
    assert status == 2
    assert "'GOLD' is not one of" in said


def test_what_a_tier_includes_is_listed_and_changed(capsys: pytest.CaptureFixture[str], new_database_url: str) -> None:
    for slug, tier in (("acme", "FREE"), ("lind", "STARTER")):
        server(capsys, "tenant", "create", slug, slug, "--tier", tier)
    status, said = server(capsys, "plan", "list")
    assert status == 0
    assert "FREE  [as the program has it]\n    users=2, resources=3, locations=1, devices=2," in said
    assert "    communication: mail_reminders\n    advanced: series\n" in said
    changes = ["--limit", "customers=321", "--limit", "users=none", "--with", "reports", "--without", "series"]
    status, said = server(capsys, "plan", "set", "free", *changes)
    assert (status, said.splitlines()[0], said.splitlines()[-1]) == (0, "FREE", "Changed for acme.")
    assert "users=none" in said
    assert "customers=321" in said
    assert server(capsys, "plan", "set", "free", *changes)[1].splitlines()[-1] == "Changed for no business."
    assert "FREE\n    users=none," in server(capsys, "plan", "list")[1]
    engine = make_engine(new_database_url)
    told = [[one.kind for one in chain(engine, find_tenant_by_slug(engine, slug))] for slug in ("acme", "lind")]
    of_platform = [(one.kind, one.subject) for one in chain(engine)]
    engine.dispose()
    assert told == [["tenant.created", "tenant.plan_changed"], ["tenant.created"]]
    stored = ("plan.stored", "FREE")
    assert of_platform[2:] == [stored, ("tenant.plan_changed", "FREE"), stored]


@pytest.mark.parametrize("limit", ["customers", "customers=", "customers=-1", "customers=many", "rockets=1"])
def test_a_limit_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], limit: str) -> None:
    status, said = server(capsys, "plan", "set", "FREE", "--limit", limit)
    assert status == 1
    assert said.startswith(f"{limit!r} is no limit: it is one of users, resources,")


def test_somebody_for_whom_the_plan_has_no_room_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp", "--tier", "FREE")
    staff = ("--role", "TENANT_STAFF", "--tenant", "acme")
    told = [server(capsys, "user", "create", f"{name}@acme.example", name, *staff) for name in "abc"]
    assert [status for status, _ in told] == [0, 0, 1]
    assert told[-1][1] == "The plan Free has room for 2 users.\n"


def test_what_a_command_does_is_told_to_the_business_and_to_the_platform(
    capsys: pytest.CaptureFixture[str], new_database_url: str
) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    server(capsys, "tenant", "tier", "acme", "starter")
    server(capsys, "user", "create", "ann@acme.example", "Ann", "--role", "tenant_owner", "--tenant", "acme")
    server(capsys, "user", "create", "root@platform.example", "Root", "--role", "SUPERUSER")
    engine = make_engine(new_database_url)
    acme = find_tenant_by_slug(engine, "acme")
    of_acme, of_platform = chain(engine, acme), chain(engine)
    engine.dispose()
    told = [(entry.kind, entry.subject) for entry in of_platform]
    assert told == [
        ("tenant.created", "PROFESSIONAL"),
        ("tenant.tier_set", "STARTER"),
        ("user.created", "ann@acme.example"),
        ("user.created", "root@platform.example"),
    ]
    assert [entry.id for entry in of_acme] == [entry.id for entry in of_platform[:3]]
    assert {entry.actor_email for entry in of_platform} == {"(command line)"}
    assert of_acme[1].details == '{"was":"PROFESSIONAL"}'
    assert not any(PASSWORD in file.read_text() for file in Path.cwd().rglob("*") if file.is_file())


def test_the_last_superusers_lost_factor_is_taken_away_on_the_servers_own_machine(
    capsys: pytest.CaptureFixture[str], new_database_url: str, tmp_path: Path
) -> None:
    root, data = "root@platform.example", ("--data", str(tmp_path / "kept"))
    server(capsys, "user", "create", root, "Root", "--role", "SUPERUSER", *data)
    take = ("user", "reset-factor", root, "--reason", "the lake", *data)
    nothing = (1, f"{root} is disabled, or has no second factor.\n")
    assert server(capsys, *take) == nothing
    engine = make_engine(new_database_url)
    ground = open_server(engine, load(data=tmp_path / "kept"))
    user = find_user_by_email(engine, None, root)
    assert user
    token, _ = session_of(ground, user)
    assert server(capsys, "user", "reset-factor", "nobody@platform.example", "--reason", "the lake", *data) == (
        1, "There is no user nobody@platform.example on the platform.\n"
    )  # fmt: skip
    status, said = server(capsys, "user", "reset-factor", root, "--reason", " ", *data)
    assert (status, "reason" in said) == (1, True)
    assert second_factors.is_on(ground, user.id)
    assert server(capsys, *take) == (0, f"The second factor of {root} is taken away, and a mail tells them.\n")
    assert not second_factors.is_on(ground, user.id)
    with pytest.raises(Declined):
        platform_accounts.admin_of(ground, token)
    told = chain(engine)[-1]
    assert (told.kind, told.subject, told.actor_email, told.reason) == (
        "user.second_factor_reset", root, "(command line)", "the lake"
    )  # fmt: skip
    assert server(capsys, *take) == nothing
    assert chain(engine)[-1] == told
    assert server(capsys, "audit", "verify", *data)[0] == 0
    engine.dispose()


def test_so_is_that_of_somebody_of_a_business(capsys: pytest.CaptureFixture[str], new_database_url: str) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    server(capsys, "user", "create", "ann@acme.example", "Ann", "--role", "tenant_owner", "--tenant", "acme")
    engine = make_engine(new_database_url)
    acme = find_tenant_by_slug(engine, "acme")
    assert acme
    ground = open_server(engine, load())
    user = find_user_by_email(engine, acme.id, "ann@acme.example")
    assert user
    secret = second_factors.begin(ground, user).secret
    second_factors.confirm(ground, user, pyotp.TOTP(secret).at(clock.now()))
    take = ("user", "reset-factor", "Ann@acme.example", "--reason", "the lake")
    assert server(capsys, *take)[0] == 1, "nobody of the platform has this name"
    assert server(capsys, *take, "--tenant", "acme")[0] == 0
    assert not second_factors.is_on(ground, user.id)
    assert find_user_by_email(engine, acme.id, user.email) == user, "the password is what it was"
    assert [one.kind for one in (chain(engine, acme)[-1], chain(engine)[-1])] == ["user.second_factor_reset"] * 2
    engine.dispose()


def test_a_plan_stays_where_it_cannot_be_recorded(
    capsys: pytest.CaptureFixture[str], new_database_url: str, postgres: Postgres
) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    database = make_url(new_database_url).database
    with psycopg.connect(postgres.setup.replace("/postgres?", f"/{database}?")) as setup:
        setup.execute("REVOKE INSERT ON audit_event FROM smoothschedule")
    status, said = server(capsys, "tenant", "tier", "acme", "free")
    assert (status, "The audit trail cannot be written" in said) == (1, True)
    engine = make_engine(new_database_url)
    acme = find_tenant_by_slug(engine, "acme")
    engine.dispose()
    assert acme is not None
    assert acme.tier is Tier.PROFESSIONAL


def test_migrating_twice_is_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    assert server(capsys, "migrate") == (0, "The database is up to date.\n")
    assert server(capsys, "migrate") == (0, "The database is up to date.\n")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://db/book", "DATABASE_URL names mysql: only PostgreSQL is supported."),
        ("nonsense", "DATABASE_URL is not an address like"),
        ("postgresql://nobody:secret@127.0.0.1:1/book", "Connection refused"),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    status, said = server(capsys, "migrate")
    assert status == 1
    assert sentence in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_settings_are_listed_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://me:{new_id()}@db/book")
    status, said = server(capsys, "settings")
    assert status == 0
    assert "database_url = ********  [environment]" in said
    assert "port = 8080  [default]" in said


def test_a_taken_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = server(capsys, "run", "--port", str(port))
    assert (status, said) == (1, f"Cannot listen at 127.0.0.1, port {port}: Address already in use.\n")


def test_what_is_old_is_dropped_at_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    done = server(capsys, "prune")
    assert done == (0, "acme: dropped 0 pointers, 0 arguments, 0 replicas, 0 sessions.\n")


def test_a_business_is_exported_whole_or_not_at_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    to = tmp_path / "acme.zip"
    assert server(capsys, "export", "--tenant", "acme", "--to", str(to)) == (0, f"Wrote {to}.\n")
    with zipfile.ZipFile(to) as archive:
        assert b"Acme Corp" in archive.read("csv/business.csv")
    assert to.stat().st_mode & 0o077 == 0
    assert server(capsys, "export", "--tenant", "acme", "--to", str(to)) == (1, f"There is a file {to} already.\n")
    nobody = new_id()
    other = tmp_path / "customer.zip"
    refused = server(capsys, "export", "--tenant", "acme", "--customer", nobody, "--to", str(other))
    assert refused == (1, f"There is no customer {nobody} at acme.\n")
    assert [one.name for one in tmp_path.iterdir() if "zip" in one.name] == ["acme.zip"], "nothing is left of a failure"


def test_what_is_erased_for_good_is_typed_once_more(capsys: pytest.CaptureFixture[str], new_database_url: str) -> None:
    server(capsys, "tenant", "create", "acme", "Acme Corp")
    refused = server(capsys, "erase", "--tenant", "acme", "--confirm", "acne")
    assert refused == (1, "That is not what is to be erased. Nothing was done.\n")
    nobody = new_id()
    unknown = server(capsys, "erase", "--tenant", "acme", "--customer", nobody, "--confirm", nobody)
    assert unknown == (1, f"There is no customer {nobody} at acme.\n")
    status, said = server(capsys, "erase", "--tenant", "acme", "--confirm", "acme")
    assert (status, said.splitlines()[-1]) == (0, "The business Acme Corp (acme) is erased.")
    assert server(capsys, "audit", "verify")[0] == 0
    engine = make_engine(new_database_url)
    assert find_tenant_by_slug(engine, "acme") is None
    assert [one.kind for one in chain(engine)][-1] == "tenant.erased"
    engine.dispose()
