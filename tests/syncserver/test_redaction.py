"""Nothing that works as a credential is ever logged, whatever comes from outside and whatever goes wrong within."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import httpx2
import psycopg
import pyotp
import pytest
from sqlalchemy import make_url

from shared import clock
from shared.ids import new_id, secret_token
from shared.model.member import Role
from syncserver.app import ADMIN
from syncserver.routes import pages
from syncserver.services.audit.redaction import MASKED, mask_secrets, masked
from syncserver.services.identity import platform_accounts
from syncserver.services.keys.signing import Keys, new_key
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from tests.support.admin_staff import COOKIE, AdminHttp, hire
from tests.support.postgres import Postgres
from tests.support.server_process import ROOT, ServerProcess
from tests.support.shop import PASSWORD, open_shop
from tests.support.wire_desk import WireDesk, next_day

FIELDS: Final = (
    "password", "new_password", "token", "refresh_token", "access_token", "totp", "code", "pin", "secret", "proof",
    "challenge", "device_key", "email", "tenant", "name", "reason",
)  # fmt: skip


@pytest.mark.parametrize(
    "key", ["password", "Refresh_Token", "totp_code", "authorization", "set-cookie", "pin", "code"]
)
def test_a_secret_field_is_masked_however_deep_it_is(key: str) -> None:
    said = mask_secrets(None, "info", {"event": "a.thing", "of": [{"in": {key: "hush"}}], key: "hush", "count": 3})
    assert said == {"event": "a.thing", "of": [{"in": {key: MASKED}}], key: MASKED, "count": 3}


def test_the_shapes_of_our_own_tokens_are_masked_anywhere_in_a_text() -> None:
    keys = Keys([new_key()], issuer="x")
    first = keys.first_refresh_token(new_id())
    secrets = [first, keys.child_of(first), keys.seal("a", {"b": 1}), keys.sign("a", {"b": 1})]
    for one in secrets:
        assert masked(f"before {one} after") == f"before {MASKED} after"
    assert masked(f"https://x/y?code={first}&z=1") == f"https://x/y?code={MASKED}&z=1"
    assert masked("postgresql://me:hush@db/book") == f"postgresql://me:{MASKED}@db/book"
    assert masked("GET /feeds/hush-hush.ics 404") == f"GET /feeds/{MASKED}.ics 404"
    assert masked("Basic aHVzaA==, and so on") == f"Basic {MASKED}, and so on"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Bearer x", f"Bearer {MASKED}"),
        ("basic\tx", "basic\tx"),
        ("Bearer\tx", f"Bearer\t{MASKED}"),
        ("eyJabcde", MASKED),
        ("a://b:c@d", f"a://b:{MASKED}@d"),
        ("/feeds/x", f"/feeds/{MASKED}"),
        ("otp=1", "otp=1"),
        ("code=1", f"code={MASKED}"),
        (f"{'a' * 12}.{'b' * 43}", MASKED),
        (f"{'a' * 11}.{'b' * 43}", f"{'a' * 11}.{'b' * 43}"),
    ],
)
def test_a_text_that_is_nothing_but_one_is_masked_however_short_it_is(said: str, shown: str) -> None:
    assert masked(said) == shown


def test_what_is_none_stays() -> None:
    said = {
        "at": "2026-05-04T09:00:00Z",
        "tenant": new_id(),
        "file": "syncserver/web/guard.py:53",
        "ok": True,
        "n": None,
    }
    assert masked(said) == said
    assert masked(("a", {"b"}, Path("c"))) == ["a", ["b"], "c"]


def test_what_never_ends_is_cut() -> None:
    knot: dict[str, Any] = {}
    knot["within"] = [knot]
    assert MASKED in str(masked(knot))


def hostile(http: httpx2.Client, secret: str) -> Iterator[httpx2.Response]:
    """Every call there is, with the secret wherever one can be."""
    headers = {"Authorization": f"Bearer {secret}", "Cookie": f"session={secret}", "X-Api-Key": secret}
    for path, methods in http.get("/docs/openapi.json").json()["paths"].items():
        for method in methods:
            for body in (dict.fromkeys(FIELDS, secret), secret, [{"password": secret}]):
                yield http.request(
                    method, path.replace("{", "").replace("}", ""), json=body, headers=headers,
                    params={"token": secret, "cursor": secret, "replica": secret},
                )  # fmt: skip


def written(data: Path, postgres: Postgres) -> Iterator[tuple[Path, bytes]]:
    """Everything that the server has written, standard output and PostgreSQL's own log among it."""
    folder = Path(str(make_url(postgres.url).query["host"])).parent
    for file in (*data.rglob("*"), *folder.glob("*.log")):
        if file.is_file():
            yield file, file.read_bytes()


def test_no_canary_sings_in_any_log(postgres: Postgres, tmp_path: Path) -> None:
    canary, password = f"canary-{secret_token()}", f"canary {secret_token()}"
    secrets = {canary, password, PASSWORD}
    with postgres.fresh() as url:
        engine = make_engine(url)
        shop = open_shop(engine)
        engine.dispose()
        with ServerProcess(url, tmp_path, workers=2) as server:
            desk = WireDesk(server.url, shop)
            assert all(reply.status_code < 500 for reply in hostile(desk.http, canary))
            for other in ({"password": password}, {"email": canary}, {"tenant": canary}, {"email": f"{canary}@x.y"}):
                assert desk.try_sign_in(**other).status_code == 401
            desk.try_refresh(canary)
            desk.ready()
            desk.push(desk.booking(next_day()))
            parent = desk.refresh_token
            address = desk.http.post("/v1/feeds", json={}).json()["address"]
            feed = address.rsplit("/", 1)[1].removesuffix(".ics")
            assert desk.http.get(f"/feeds/{feed}.ics").is_success
            secrets.add(feed)
            child = desk.try_refresh().json()["refresh_token"]
            desk.try_refresh(child)
            desk.try_refresh(parent)
            secrets |= {parent, child, str(desk.http.headers["Authorization"]).removeprefix("Bearer ")}
            with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?")) as setup:
                setup.execute("ALTER TABLE sessions RENAME TO gone; ALTER TABLE calendar_feeds RENAME TO away")
            crashed = [
                desk.http.get(f"/feeds/{feed}.ics"),
                desk.try_sign_in(),
                desk.try_refresh(),
                desk.sign_out(),
                *hostile(desk.http, canary),
            ]
            assert 500 in {reply.status_code for reply in crashed}
            assert server.events("request.failed")
            desk.http.close()
        for file, content in written(tmp_path, postgres):
            assert [secret for secret in secrets if secret.encode() in content] == [], file
        assert {file.name for file, _ in written(tmp_path, postgres)} >= {"server.log", "security.log", "postgres.log"}


def asked_in_a_browser(http: httpx2.Client, secret: str, *, csrf: str = "") -> Iterator[httpx2.Response]:
    """Every page and form of the admin, and those behind mailed links, with the secret wherever one can be."""
    own = {"Origin": str(http.base_url).rstrip("/"), "X-Api-Key": secret, "User-Agent": secret}
    for module in (pages, *ADMIN):
        for route in module.router.routes:
            path = "/".join(new_id() if "{" in part else part for part in getattr(route, "path", "").split("/"))
            for method in getattr(route, "methods", ()):
                if path.endswith("/sign-out"):
                    continue
                if method == "GET":
                    yield http.get(path, params=dict.fromkeys(FIELDS, secret), headers=own)
                else:
                    yield http.post(path, data=dict.fromkeys(FIELDS, secret) | {"csrf": csrf}, headers=own)
                    for fields in FORMS.get(path, ()):
                        yield http.post(path, data=dict.fromkeys(fields, secret) | {"csrf": csrf}, headers=own)


FORMS: Final[dict[str, list[tuple[str, ...]]]] = {
    "/admin": [("email", "password", "code")],
    "/admin/account/password": [("old", "password", "again")],
    "/admin/second-factor": [("code",)],
    "/admin/tenants/invite": [("key", "email", "name", "zone", "currency", "demo", "tier")],
    "/admin/users": [("email", "name", "role")],
    "/admin/grants": [("grantee", "tenant", "action", "reason", "minutes")],
    "/account/reset": [("code", "password", "again")],
    "/account/invite": [("code", "name", "password", "again")],
    "/account/forgotten": [("business", "email")],
}
"""Fields that are looked at only where they come alone."""


def test_no_canary_of_the_admin_sings_in_any_log(postgres: Postgres, tmp_path: Path) -> None:
    canary, settings = f"canary-{secret_token()}", Settings(data=tmp_path)
    with postgres.fresh() as url:
        engine = make_engine(url)
        ground, shop = open_server(engine, settings), open_shop(engine)
        root = hire(engine, Role.SUPERUSER)
        begun = platform_accounts.sign_in(ground, email=root.email, password=PASSWORD, code=None)
        drawn = platform_accounts.begin_enrolment(ground, begun.token)
        full, codes = platform_accounts.confirm_enrolment(
            ground, begun.token, pyotp.TOTP(drawn.secret).at(clock.now())
        )  # fmt: skip
        half = platform_accounts.sign_in(
            ground, email=hire(engine, Role.PLATFORM_SALES).email, password=PASSWORD, code=None
        )
        secrets = {canary, PASSWORD, begun.token, full.token, full.browser, half.token, drawn.secret, *codes}
        with ServerProcess(url, tmp_path, workers=2) as server, closing(AdminHttp(url=server.url).http) as stranger:
            somebody = AdminHttp(url=server.url, user=root, token=full.token)
            csrf = somebody.form_token()
            stranger.cookies.set(COOKIE, canary, domain="127.0.0.1", path="/")
            enrolling = AdminHttp(url=server.url, token=half.token)
            for http in (stranger, enrolling.http, somebody.http):
                replies = list(asked_in_a_browser(http, canary, csrf=csrf))
                assert all(reply.status_code < 500 for reply in replies)
                assert {reply.status_code for reply in replies} & {303, 200}
            for wrong in ("000000", codes[0][:-1], codes[1]):
                form = {"email": root.email, "password": PASSWORD, "code": wrong}
                stranger.post("/admin", data=form, headers={"Origin": server.url})
            assert somebody.post(f"/users/{shop.users[Role.TENANT_STAFF]}/masquerade", reason="a look").is_redirect
            link = unquote(html.unescape(somebody.post("/masquerade/code").text)).partition("&code=")[2]
            code = re.split(r"[^\w-]", link)[0]
            assert len(code) > 20
            stranger.post("/v1/masquerade/redeem", json={"code": code, "digits": "xx"})
            assert somebody.post("/masquerade/end").is_redirect
            secrets |= {csrf, code}
            with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(url).database}?")) as setup:
                setup.execute("ALTER TABLE admin_sessions RENAME TO gone; ALTER TABLE users RENAME TO away")
            crashed = [one for http in (stranger, somebody.http) for one in asked_in_a_browser(http, canary, csrf=csrf)]
            assert 500 in {reply.status_code for reply in crashed}
            assert server.events("request.failed")
            for one in (enrolling, somebody):
                one.http.close()
        engine.dispose()
        for file, content in written(tmp_path, postgres):
            # What is mailed lets somebody in, and is no log.
            if file.parent.name != "mail":
                assert [secret for secret in secrets if secret.encode() in content] == [], file


def test_a_command_that_crashes_shows_no_password(new_database_url: str, postgres: Postgres, tmp_path: Path) -> None:
    password = secret_token()
    settings = {
        "DATABASE_URL": new_database_url,
        "SMOOTHSCHEDULE_DATA": str(tmp_path),
        "SMOOTHSCHEDULE_PASSWORD": password,
    }
    database = make_url(new_database_url).database
    with psycopg.connect(postgres.setup.replace("/postgres?", f"/{database}?")) as setup:
        setup.execute("ALTER TABLE users RENAME TO gone")
    command = [
        sys.executable,
        "-m",
        "shared.command",
        "server",
        "user",
        "create",
        "a@x.example",
        "A",
        "--role",
        "SUPERUSER",
    ]
    made = subprocess.run(command, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 1
    assert "UndefinedTable" in made.stderr
    assert password not in made.stderr + made.stdout
    assert "$argon2" not in made.stderr + made.stdout
