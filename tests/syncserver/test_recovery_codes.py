"""People of the platform draw other recovery codes: with password and app, those of before dead at once."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import psycopg
import pyotp
import pytest
from sqlalchemy import Engine, make_url

from shared import clock
from shared.model.member import Role
from syncserver.services.declined import Declined
from syncserver.services.identity import platform_accounts
from syncserver.services.server import Server
from syncserver.store.events import Entry
from syncserver.store.users import User, change_user
from tests.support.admin_staff import PLATFORM, AdminHttp, another_session, hire, session_of
from tests.support.postgres import Postgres
from tests.support.shop import PASSWORD
from tests.support.trail import chain

DRAWN: Final = "user.recovery_codes_drawn"
PATH: Final = "/account/recovery-codes"
_SHOWN: Final = re.compile(r"<li><code>([A-Z2-7-]+)</code></li>")


@dataclass(kw_only=True)
class Person:
    """Somebody of the platform at a browser, with the app on their phone."""

    user: User
    http: AdminHttp
    totp: pyotp.TOTP
    steps: list[int] = field(default_factory=lambda: [-1, 1])

    def code(self) -> str:
        """A code of the app that was not used yet and is taken: enrolling has used that of now."""
        return self.totp.generate_otp(self.totp.timecode(clock.now()) + self.steps.pop())

    def draw(self) -> list[str]:
        """Draw codes as one does it; what the page shows."""
        return shown(self.http.post(PATH, password=PASSWORD, code=self.code()).text)


def shown(page: str) -> list[str]:
    return _SHOWN.findall(page)


@pytest.fixture
def people(server: Server, url: str) -> Iterator[list[Person]]:
    """Whom `person` has made; their browsers are shut afterwards."""
    made: list[Person] = []
    yield made
    for one in made:
        one.http.http.close()


@pytest.fixture
def person(server: Server, url: str, people: list[Person]) -> Person:
    return person_of(server, url, people, Role.PLATFORM_SUPPORT)


def person_of(server: Server, url: str, people: list[Person], role: Role) -> Person:
    user = hire(server.engine, role)
    token, secret = session_of(server, user)
    people.append(Person(user=user, http=AdminHttp(url=url, user=user, token=token), totp=pyotp.TOTP(secret)))
    return people[-1]


def lets_in(server: Server, user: User, code: str) -> bool:
    try:
        platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=code)
    except Declined as declined:
        if declined.code != "sign_in_failed":
            raise
        return False
    return True


def told(engine: Engine, person: Person) -> list[tuple[str, object]]:
    """What the trail says of the drawing, and why not."""
    return [(one.outcome, why_of(one)) for one in chain(engine) if (one.kind, one.actor_id) == (DRAWN, person.user.id)]


def why_of(one: Entry) -> str:
    found = re.search(r'"why":"([a-z_]+)"', one.details)
    return found[1] if found else ""


@pytest.mark.parametrize("role", PLATFORM)
def test_each_role_draws_their_own_and_those_of_before_are_dead_at_once(
    server: Server, url: str, people: list[Person], engine: Engine, role: Role
) -> None:
    person = person_of(server, url, people, role)
    first = person.draw()
    assert (len(first), len(set(first))) == (10, 10)
    assert lets_in(server, person.user, first[0])
    second = person.draw()
    assert not set(first) & set(second)
    assert not any(lets_in(server, person.user, one) for one in first[:3])
    assert lets_in(server, person.user, second[0])
    assert not lets_in(server, person.user, second[0]), "each lets in once"
    assert told(engine, person) == [("allowed", ""), ("allowed", "")]


def test_those_of_the_enrolment_are_dead_too(server: Server, url: str, people: list[Person]) -> None:
    user = hire(server.engine, Role.SUPERUSER)
    begun = platform_accounts.sign_in(server, email=user.email, password=PASSWORD, code=None)
    totp = pyotp.TOTP(platform_accounts.begin_enrolment(server, begun.token).secret)
    full, first = platform_accounts.confirm_enrolment(server, begun.token, totp.at(clock.now()))
    person = Person(user=user, http=AdminHttp(url=url, user=user, token=full.token), totp=totp)
    people.append(person)
    assert len(person.draw()) == 10
    assert not lets_in(server, user, first[0])


def test_they_are_shown_once_and_stored_by_nobody(person: Person, engine: Engine) -> None:
    reply = person.http.post(PATH, password=PASSWORD, code=person.code())
    codes = shown(reply.text)
    assert (reply.status_code, reply.headers["cache-control"], len(codes)) == (200, "no-store", 10)
    assert "Those that you had before let nobody in any more." in reply.text
    account = person.http.get("/account").text
    assert "10 of your recovery codes are left." in account
    assert not any(one in account for one in codes)
    assert person.http.get(PATH).status_code == 405
    with engine.connect() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM recovery_codes").all())
        trail = repr(chain(engine))
    assert not any(form in kept + trail for one in codes for form in (one, one.replace("-", "")))


def test_the_account_says_how_many_are_left(person: Person, server: Server) -> None:
    codes = person.draw()
    for one in codes[:9]:
        assert lets_in(server, person.user, one)
    assert "1 of your recovery codes is left." in person.http.get("/account").text
    assert lets_in(server, person.user, codes[9])
    assert "None of your recovery codes is left" in person.http.get("/account").text


def test_a_session_alone_draws_nothing(person: Person, server: Server, engine: Engine) -> None:
    kept, unused = person.draw(), person.code()
    for fields, why in (
        ({"password": "not the password", "code": unused}, "wrong_password"),
        ({"password": "", "code": unused}, "wrong_password"),
        ({"password": PASSWORD, "code": "000000"}, "wrong_code"),
        ({"password": PASSWORD, "code": ""}, "wrong_code"),
        ({"password": PASSWORD, "code": "é" * 6}, "wrong_code"),
        ({"password": PASSWORD, "code": kept[1]}, "wrong_code"),
    ):
        reply = person.http.post(PATH, **fields)
        assert (reply.status_code, shown(reply.text)) == (403, []), fields
        assert told(engine, person)[-1] == ("denied", why)
        assert not (fields["password"] and fields["password"] in reply.text)
    assert lets_in(server, person.user, kept[1]), "a recovery code that was tried here is not used up"
    assert lets_in(server, person.user, kept[2])


def test_a_code_of_the_app_draws_once(person: Person, server: Server) -> None:
    code = person.code()
    assert shown(person.http.post(PATH, password=PASSWORD, code=code).text)
    again = person.http.post(PATH, password=PASSWORD, code=code)
    assert (again.status_code, shown(again.text)) == (403, [])
    assert "The code is wrong, or was used before." in again.text


def test_of_two_at_once_one_draws(person: Person, server: Server, engine: Engine) -> None:
    code, csrf = person.code(), person.http.form_token()
    own = {"Origin": person.http.url, "Sec-Fetch-Site": "same-origin"}
    twins = [AdminHttp(url=person.http.url, user=person.user, token=person.http.token) for _ in range(4)]
    with ThreadPoolExecutor(len(twins)) as pool:
        replies = list(pool.map(lambda one: one.post_as(own, PATH, csrf=csrf, password=PASSWORD, code=code), twins))
    for one in twins:
        one.http.close()
    drawn = [one for one in replies if one.status_code == 200]
    assert len(drawn) == 1
    assert {one.status_code for one in replies} <= {200, 403, 429}
    assert lets_in(server, person.user, shown(drawn[0].text)[0])


@pytest.mark.parametrize("wrong", ["password", "code"])
def test_nobody_guesses_without_end(person: Person, server: Server, engine: Engine, wrong: str) -> None:
    fields = {"password": PASSWORD, "code": "000000", wrong: "000000"}
    replies = [person.http.post(PATH, **fields) for _ in range(7)]
    assert [one.status_code for one in replies] == [403] * 5 + [429] * 2
    assert int(replies[-1].headers["retry-after"]) > 0
    assert "Too many tries." in replies[-1].text
    assert told(engine, person) == [("denied", f"wrong_{wrong}")] * 5, "what was not looked at is no event"
    right = person.http.post(PATH, password=PASSWORD, code=person.code())
    assert (right.status_code, shown(right.text)) == (429, []), "the right ones have to wait, too"


def test_a_form_with_more_in_it_is_refused(person: Person, server: Server, engine: Engine) -> None:
    other = hire(engine, Role.SUPERUSER)
    reply = person.http.post(PATH, password=PASSWORD, code=person.code(), user=other.id)
    assert (reply.status_code, shown(reply.text)) == (422, [])
    assert told(engine, person) == []


def test_who_is_not_in_any_more_draws_nothing(person: Person, server: Server, engine: Engine) -> None:
    csrf, own = person.http.form_token(), {"Origin": person.http.url, "Sec-Fetch-Site": "same-origin"}
    change_user(engine, None, replace(person.user, is_active=False))
    reply = person.http.post_as(own, PATH, csrf=csrf, password=PASSWORD, code=person.code())
    assert (reply.status_code, shown(reply.text), told(engine, person)) == (401, [], [])


def test_other_sessions_go_on(person: Person, server: Server) -> None:
    token = another_session(server, person.user)
    person.draw()
    assert platform_accounts.admin_of(server, token).user.id == person.user.id


def test_nothing_is_drawn_where_it_cannot_be_recorded(
    person: Person, server: Server, postgres: Postgres, database_url: str
) -> None:
    kept = person.draw()
    setup = postgres.setup.replace("/postgres?", f"/{make_url(database_url).database}?")
    with psycopg.connect(setup, autocommit=True) as connection:
        role = make_url(database_url).username
        connection.execute(f'REVOKE INSERT ON audit_event FROM "{role}"'.encode())
        try:
            reply = person.http.post(PATH, password=PASSWORD, code=person.code())
        finally:
            connection.execute(f'GRANT INSERT ON audit_event TO "{role}"'.encode())
    assert (reply.status_code, shown(reply.text)) == (503, [])
    assert lets_in(server, person.user, kept[0])
