"""Other passwords: set by who knows the one before, or by a mailed link, and what ends with the old one."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event, text

from shared.ids import new_id
from shared.model.member import Role
from syncserver.effects.mail import mail_folder
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords, resets
from syncserver.services.identity.passwords import BadPassword, hash_password, require_good
from syncserver.services.identity.resets import answer_wishes
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store.tenancy import TenantState, control_transaction
from syncserver.store.tenants import set_tenant_state
from syncserver.store.users import create_user
from tests.support.http_client import TRUST
from tests.support.moving_clock import moved
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until
from tests.support.wire_desk import Json, WireDesk
from tests.syncserver.conftest import DeskMaker

NEW = "seven quiet rivers"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def code_of(reply: httpx2.Response) -> object:
    return reply.json()["code"] if reply.status_code >= 400 else reply.status_code


def change(desk: WireDesk, **wish: str) -> object:
    return code_of(desk.http.post("/v1/account/password", json={"old": PASSWORD, "new": NEW} | wish))


# What a password may be


@pytest.mark.parametrize(
    "password",
    ["elevenchars", "x" * 1025, "ann@acme.example", "ANN@acme.example", "Password1234", "aaaaaaaaaaaa", "abababababab"],
)
def test_a_password_that_nobody_should_have_is_refused(password: str) -> None:
    with pytest.raises(BadPassword):
        require_good(password, email="ann@acme.example")


@pytest.mark.parametrize("password", ["twelve chars", "x" * 1000 + "yz", "ann@acme.example!", "дванадцять літер"])
def test_length_is_enough(password: str) -> None:
    require_good(password, email="ann@acme.example")


# Changing


def test_another_password_ends_every_other_session_of_the_person(visitor: DeskMaker) -> None:
    here, elsewhere, other = visitor().sign_in(), visitor().sign_in(), visitor(Role.TENANT_OWNER).sign_in()
    assert change(here) == 204
    assert here.try_register().status_code == 200
    assert here.try_refresh().status_code == 200
    assert code_of(elsewhere.try_register()) == code_of(elsewhere.try_refresh()) == "reauth"
    assert other.try_register().status_code == 200
    assert code_of(visitor().try_sign_in()) == "sign_in_failed"
    assert visitor().try_sign_in(password=NEW).status_code == 200


def test_what_a_change_is_refused_for(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    assert change(desk, old="wrong") == "wrong_password"
    assert change(desk, new="short") == "weak_password"
    assert change(desk, new=desk.shop.email(desk.role)) == "weak_password"
    assert visitor().try_sign_in().status_code == 200


def test_a_kept_password_is_dear_to_guess() -> None:
    """As Argon2id with the second choice of RFC 9106, which the hasher has of itself; in the tests it is cheap."""
    say = "from syncserver.services.identity import passwords as p; print(p.hash_password('x'), p._NOBODY)"
    told = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True).stdout.split()
    assert [one.rsplit("$", 2)[0] for one in told] == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2


def test_a_stolen_token_guesses_no_password(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    assert [change(desk, old=f"wrong {number}") for number in range(6)] == ["wrong_password"] * 5 + ["too_many_tries"]


def test_a_sign_in_under_way_does_not_outlive_the_old_password(
    visitor: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, late = visitor().sign_in(), visitor()
    right = passwords.is_right

    def slow(password: str, kept: str | None) -> bool:
        answer = right(password, kept)
        monkeypatch.setattr(passwords, "is_right", right)
        assert change(here) == 204
        return answer

    monkeypatch.setattr(passwords, "is_right", slow)
    assert code_of(late.try_sign_in()) == "sign_in_failed"


# Forgetting


def forget(http: httpx2.Client, shop: Shop, role: Role = Role.TENANT_MANAGER, **other: Any) -> httpx2.Response:
    wish: Json = {"tenant": shop.tenant.slug, "email": shop.email(role)}
    return http.post("/v1/account/forgotten", json=wish | other)


@pytest.fixture
def http(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, verify=TRUST, timeout=30) as client:
        yield client


def mails_to(settings: Settings, address: str) -> list[str]:
    """The texts of the mails that were kept for somebody."""
    folder = mail_folder(settings)
    read = [message_from_bytes(one.read_bytes(), policy=default) for one in _files(folder)]
    return [str(one.get_payload(0)) for one in read if one["To"] == address]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml")) if folder.exists() else []


def mailed_code(settings: Settings, address: str) -> str:
    """The code of the newest mail that somebody has got."""
    until(lambda: mails_to(settings, address) != [], within=20)
    found = re.search(r"#(\S+)", mails_to(settings, address)[-1])
    assert found is not None
    return found[1]


def set_by_link(http: httpx2.Client, code: str, password: str = NEW, **other: str) -> httpx2.Response:
    fields = {"code": code, "password": password, "again": password} | other
    return http.post("/account/reset", data=fields)


def test_a_link_sets_another_password_once_and_ends_all_sessions(
    visitor: DeskMaker, http: httpx2.Client, settings: Settings, shop: Shop
) -> None:
    desk = visitor().sign_in()
    assert forget(http, shop).status_code == 204
    code = mailed_code(settings, shop.email(Role.TENANT_MANAGER))
    assert set_by_link(http, code).status_code == 200
    assert code_of(desk.try_register()) == "reauth"
    assert set_by_link(http, code, "another good one").status_code == 410
    assert visitor().try_sign_in(password=NEW).status_code == 200


def test_nobody_learns_who_is_known(http: httpx2.Client, shop: Shop) -> None:
    def asked(**other: Any) -> tuple[object, ...]:
        reply = forget(http, shop, **other)
        return reply.status_code, reply.content, tuple(sorted(reply.headers.keys()))

    nobody = f"{new_id()}@shop.example"
    answers = {
        asked(), asked(email=nobody), asked(tenant="no-such-business"), asked(tenant=None, email=nobody),
    }  # fmt: skip
    assert len(answers) == 1


def test_the_work_is_the_same_for_who_is_not_known(
    server: Server, http: httpx2.Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No statement that is run for the answer depends on whether anybody is there: counted, not timed."""
    said: list[list[str]] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if "reset_wishes" in statement or "sign_in_misses" in statement or "users" in statement:
            said[-1].append(statement)

    monkeypatch.setattr("syncserver.services.jobs.mailing.answer_wishes", lambda server: None)
    event.listen(server.engine, "before_cursor_execute", note)
    try:
        for email in (shop.email(Role.TENANT_OWNER), f"{new_id()}@shop.example"):
            said.append([])
            assert forget(http, shop, email=email).status_code == 204
    finally:
        event.remove(server.engine, "before_cursor_execute", note)
    assert said[0] == said[1] != []
    assert not any("users" in one for one in said[0])


def test_asking_again_and_again_has_to_wait_alike_for_known_and_unknown(http: httpx2.Client, shop: Shop) -> None:
    for email in (shop.email(Role.TENANT_STAFF), f"{new_id()}@shop.example"):
        assert [forget(http, shop, email=email).status_code for _ in range(6)] == [204] * 5 + [429]


def test_who_is_disabled_or_suspended_gets_no_link(
    server: Server, engine: Engine, shop: Shop, http: httpx2.Client
) -> None:
    set_tenant_state(engine, shop.tenant, TenantState.SUSPENDED)
    forget(http, shop)
    answer_wishes(server)
    with engine.connect() as connection:
        sent = text("SELECT count(*) FROM reset_links WHERE user_id = :user")
        assert connection.execute(sent, {"user": shop.users[Role.TENANT_MANAGER]}).scalar_one() == 0


def test_a_link_lasts_an_hour_and_the_next_one_ends_it(
    http: httpx2.Client, settings: Settings, shop: Shop, server: Server
) -> None:
    address = shop.email(Role.TENANT_MANAGER)
    forget(http, shop)
    first = mailed_code(settings, address)
    with moved(timedelta(hours=1, seconds=1)):
        assert set_by_link(http, first).status_code == 410
    forget(http, shop)
    until(lambda: len(mails_to(settings, address)) == 2, within=20)
    assert set_by_link(http, first).status_code == 410


def test_of_fifty_uses_at_once_one_sets_a_password(
    http: httpx2.Client, settings: Settings, shop: Shop, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(http, shop)
    code = mailed_code(settings, shop.email(Role.TENANT_MANAGER))
    kept = hash_password(NEW)
    # The race is about the link, and Argon2 would take a minute of it.
    monkeypatch.setattr(passwords, "hash_password", lambda _: kept)

    def use(number: int) -> str:
        try:
            resets.reset(server, code, f"{NEW} {number}")
        except Declined as declined:
            return declined.code
        return "set"

    with ThreadPoolExecutor(50) as pool:
        assert sorted(pool.map(use, range(50))) == ["link_spent"] * 49 + ["set"]


def test_platform_people_get_links_too(http: httpx2.Client, engine: Engine, settings: Settings, shop: Shop) -> None:
    email = f"{new_id()}@platform.example"
    create_user(engine, None, email=email, name="Root", role=Role.SUPERUSER, password_hash=hash_password(PASSWORD))
    forget(http, shop, tenant=None, email=email)
    assert set_by_link(http, mailed_code(settings, email)).status_code == 200


def test_no_token_is_in_the_clear_in_the_database(
    http: httpx2.Client, engine: Engine, settings: Settings, shop: Shop
) -> None:
    forget(http, shop)
    code = mailed_code(settings, shop.email(Role.TENANT_MANAGER))
    with control_transaction(engine, read_only=True) as connection:
        for table in ("reset_links", "mails", "reset_wishes"):
            assert code not in repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all())


# The page


def test_the_page_has_nothing_of_anybody_elses(http: httpx2.Client) -> None:
    for path in ("/account/reset", "/account/invite", "/account/forgotten"):
        reply = http.get(path)
        assert reply.status_code == 200
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["referrer-policy"] == "same-origin"
        assert reply.headers["cache-control"] == "no-store"
        assert "http" not in re.sub(r"http-equiv|<!doctype html>", "", reply.text)
        assert "<script>" not in reply.text
        assert "style=" not in reply.text
        for asset in re.findall(r'(?:src|href)="([^"]+)"', reply.text):
            assert asset.startswith("/account/")
            assert http.get(asset).status_code == 200


def test_what_was_typed_stays_but_for_the_passwords_and_is_no_markup(http: httpx2.Client) -> None:
    reply = http.post(
        "/account/invite", data={"code": '"><script>', "name": "<b>Ann", "password": NEW, "again": "different one"}
    )
    assert reply.status_code == 422
    assert "The two passwords are not the same." in reply.text
    assert NEW not in reply.text
    assert "<b>Ann" not in reply.text
    assert "&lt;b&gt;Ann" in reply.text
    assert '"><script>' not in reply.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"code=a&code=b&password=x&again=x", FORM),
        (b"code=a&password=x&again=x&role=TENANT_OWNER", FORM),
        (b"&".join(b"code=a" for _ in range(1000)), FORM),
        (b"code=%ff%fe", FORM),
        (b"\xff\xfe", FORM),
        (b"code=a%00b", FORM),
        (b"{}", {"Content-Type": "application/json"}),
        (b"", {}),
    ],
)
def test_what_is_no_form_of_ours_is_refused(http: httpx2.Client, body: bytes, kind: dict[str, str]) -> None:
    for path in ("/account/reset", "/account/invite", "/account/forgotten"):
        assert http.post(path, content=body, headers=kind).status_code == 422


def test_a_form_is_small(http: httpx2.Client) -> None:
    assert http.post("/account/reset", content=b"code=" + b"x" * 40_000, headers=FORM).status_code == 413


def test_a_link_is_looked_up_before_anything_is_hashed(http: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> str:
        raise AssertionError

    monkeypatch.setattr(passwords, "hash_password", never)
    assert set_by_link(http, new_id()).status_code == 410


# Asking for a link in a browser


def ask(http: httpx2.Client, business: str, email: str) -> httpx2.Response:
    return http.post("/account/forgotten", data={"business": business, "email": email})


def test_a_link_is_asked_for_in_a_browser_too(http: httpx2.Client, settings: Settings, shop: Shop) -> None:
    email = shop.email(Role.TENANT_STAFF)
    answer = ask(http, f" {shop.tenant.slug} ", email)
    assert answer.status_code == 200
    assert ask(http, shop.tenant.slug, f"{new_id()}@shop.example").text == answer.text, "nobody learns who is known"
    assert set_by_link(http, mailed_code(settings, email)).status_code == 200


def test_people_of_the_platform_ask_without_a_business(http: httpx2.Client, engine: Engine, settings: Settings) -> None:
    assert 'href="/account/forgotten"' in http.get("/admin").text
    email = f"{new_id()}@platform.example"
    create_user(engine, None, email=email, name="Root", role=Role.SUPERUSER, password_hash=hash_password(PASSWORD))
    assert ask(http, "", email).status_code == 200
    assert set_by_link(http, mailed_code(settings, email)).status_code == 200


@pytest.mark.parametrize(("business", "email"), [("", "no address"), ("", ""), ("x" * 64, "ann@acme.example")])
def test_what_can_be_nobody_is_said_at_once(http: httpx2.Client, business: str, email: str) -> None:
    answer = ask(http, business, email)
    assert answer.status_code == 422
    assert "cannot be one" in answer.text
    assert f'value="{email}"' in answer.text


def test_the_page_waits_as_the_call_does(http: httpx2.Client, shop: Shop) -> None:
    asked = [ask(http, shop.tenant.slug, shop.email(Role.TENANT_OWNER)) for _ in range(6)]
    assert [one.status_code for one in asked] == [200] * 5 + [429]
    assert forget(http, shop, Role.TENANT_OWNER).status_code == 429
    assert int(asked[-1].headers["retry-after"]) > 0
