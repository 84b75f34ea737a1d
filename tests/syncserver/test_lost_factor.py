"""Who has lost phone and recovery codes is let in again: by support, by those who lead the business or the platform."""

from dataclasses import replace
from typing import Final

import pyotp
import pytest
from sqlalchemy import Engine, select

from shared import clock
from shared.model.member import Role
from syncserver.effects.letters import letter_of
from syncserver.services import outbox
from syncserver.services.declined import Declined
from syncserver.services.identity import lost_factors, masquerades, platform_accounts, resets, second_factors
from syncserver.services.server import Server
from syncserver.store.events import Entry
from syncserver.store.tables import control
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import User, change_user, find_user, hold_user
from tests.support.admin_staff import PLATFORM, hire, session_of
from tests.support.shop import PASSWORD, ROLES, Shop
from tests.support.trail import chain
from tests.syncserver.conftest import DeskMaker, Visit

pytestmark = pytest.mark.usefixtures("unsent")
FACTOR_RESET: Final = "user.second_factor_reset"
NEW: Final = "seven quiet rivers"
HELPERS = (Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SUPPORT)


def person(engine: Engine, shop: Shop, role: Role) -> User:
    found = find_user(engine, shop.users[role])
    assert found
    return found


def with_factor(server: Server, engine: Engine, shop: Shop, role: Role = Role.TENANT_STAFF) -> User:
    user = person(engine, shop, role)
    secret = second_factors.begin(server, user).secret
    second_factors.confirm(server, user, pyotp.TOTP(secret).at(clock.now()))
    return user


def told(engine: Engine, shop: Shop) -> list[Entry]:
    return [one for one in chain(engine, shop.tenant) if one.kind == FACTOR_RESET]


def letters(engine: Engine, user: User) -> list[str]:
    """Which mails somebody got."""
    asked = select(control.mails.c.kind).where(control.mails.c.recipient == user.email)
    with control_transaction(engine, read_only=True) as connection:
        return list(connection.execute(asked).scalars())


def mailed_code(server: Server, engine: Engine, user: User) -> str:
    """The code of the link that somebody was mailed."""
    asked = select(control.mails.c.id, control.mails.c.fields).where(control.mails.c.recipient == user.email)
    with control_transaction(engine, read_only=True) as connection:
        ((mail_id, hidden),) = connection.execute(asked).all()
    said = outbox.opened(server, mail_id, hidden)
    assert said
    letter = letter_of(mail_id, "factor_lost", user.email, said)
    for text in (letter.text, letter.html):
        assert said["code"] in text
        assert f"#{said['code']}" in text
        assert "your password is good no more" in " ".join(text.split())
    return said["code"]


def is_in(server: Server, token: str) -> bool:
    try:
        platform_accounts.admin_of(server, token)
    except Declined:
        return False
    return True


@pytest.mark.parametrize("role", PLATFORM)
def test_support_takes_a_lost_factor_away_with_a_reason_and_a_mail(
    visit: Visit, server: Server, engine: Engine, shop: Shop, role: Role
) -> None:
    user, somebody = with_factor(server, engine, shop), visit(role)
    assert somebody.post(f"/users/{user.id}/reset-factor", reason=" ").status_code in (403, 422)
    assert second_factors.is_on(server, user.id)
    reply = somebody.post(f"/users/{user.id}/reset-factor", reason="the phone is in the lake")
    if role not in HELPERS:
        assert reply.status_code == 403
        assert second_factors.is_on(server, user.id)
        return
    assert reply.headers["location"] == "/admin/users?said=factor-reset"
    assert not second_factors.is_on(server, user.id)
    (done,) = told(engine, shop)
    assert somebody.user
    assert (done.actor_id, done.subject, done.reason) == (somebody.user.id, user.email, "the phone is in the lake")
    assert letters(engine, user) == ["factor_reset"]


def test_a_second_press_and_nothing_to_take_away_are_no_event(
    visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:
    user, support = with_factor(server, engine, shop), visit()
    for _ in range(2):
        assert support.post(f"/users/{user.id}/reset-factor", reason="the lake").status_code == 303
    assert len(told(engine, shop)) == 1
    assert letters(engine, user) == ["factor_reset"]


@pytest.mark.parametrize("whom", PLATFORM)
@pytest.mark.parametrize("who", PLATFORM)
def test_of_the_platforms_people_whoever_manages_them_takes_it_away(
    visit: Visit, server: Server, engine: Engine, who: Role, whom: Role
) -> None:
    lost = hire(engine, whom)
    token, _ = session_of(server, lost)
    allowed = who is Role.SUPERUSER or (who is Role.PLATFORM_MANAGER and whom is not Role.SUPERUSER)
    somebody = visit(who)
    assert somebody.post(f"/users/{lost.id}/reset-factor", reason=" ").status_code == (422 if allowed else 403)
    reply = somebody.post(f"/users/{lost.id}/reset-factor", reason="the phone is in the lake")
    assert reply.status_code == (303 if allowed else 403)
    assert second_factors.is_on(server, lost.id) is not allowed
    assert is_in(server, token) is not allowed
    done = [one for one in chain(engine) if one.kind == FACTOR_RESET and one.subject == lost.email]
    assert somebody.user
    assert [(one.actor_id, one.reason) for one in done] == (
        [(somebody.user.id, "the phone is in the lake")] if allowed else []
    )
    assert letters(engine, lost) == (["factor_lost"] if allowed else [])


def test_nobody_takes_their_own_away(visit: Visit, server: Server, engine: Engine) -> None:
    for role in (Role.SUPERUSER, Role.PLATFORM_MANAGER):
        somebody = visit(role)
        assert somebody.user
        assert somebody.post(f"/users/{somebody.user.id}/reset-factor", reason="the lake").status_code == 403
        assert second_factors.is_on(server, somebody.user.id)
        assert letters(engine, somebody.user) == []


def test_one_of_the_platform_begins_anew_with_what_the_mail_brings(
    visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:
    root, lost = visit(Role.SUPERUSER), hire(engine, Role.PLATFORM_SUPPORT)
    _, secret = session_of(server, lost)
    acting = masquerades.start(server, lost, shop.users[Role.TENANT_OWNER], reason="a look")
    assert root.post(f"/users/{lost.id}/reset-factor", reason="the lake").status_code == 303
    with pytest.raises(Declined, match="masquerade"):
        masquerades.standing_of(server, acting.id)
    now = pyotp.TOTP(secret).at(clock.now())
    for code in (None, now):
        with pytest.raises(Declined) as refused:
            platform_accounts.sign_in(server, email=lost.email, password=PASSWORD, code=code)
        assert refused.value.code == "sign_in_failed", "the password alone would let in whoever has it"
    resets.reset(server, mailed_code(server, engine, lost), NEW)
    again = platform_accounts.sign_in(server, email=lost.email, password=NEW, code=None)
    assert again.must_enrol
    drawn = platform_accounts.begin_enrolment(server, again.token)
    assert drawn.secret != secret
    full, _ = platform_accounts.confirm_enrolment(server, again.token, pyotp.TOTP(drawn.secret).at(clock.now()))
    assert is_in(server, full.token)


def test_of_somebody_of_the_platform_who_is_disabled_nothing_is_taken(
    visit: Visit, server: Server, engine: Engine
) -> None:
    """Otherwise they had their old password, and no second factor, once somebody enables them."""
    root, gone = visit(Role.SUPERUSER), hire(engine, Role.PLATFORM_SALES)
    session_of(server, gone)
    change_user(engine, None, replace(gone, is_active=False))
    assert root.post(f"/users/{gone.id}/reset-factor", reason="the lake").status_code == 403
    assert second_factors.is_on(server, gone.id)
    with control_transaction(engine) as connection:
        held = hold_user(connection, None, gone.id)
        assert held
        assert not lost_factors.take_away(server, connection, held, None), "nor where they were disabled meanwhile"
    assert second_factors.is_on(server, gone.id)


def test_a_second_press_mails_one_of_the_platform_nothing_more(visit: Visit, server: Server, engine: Engine) -> None:
    root, lost = visit(Role.SUPERUSER), hire(engine, Role.PLATFORM_SALES)
    session_of(server, lost)
    for _ in range(2):
        assert root.post(f"/users/{lost.id}/reset-factor", reason="the lake").status_code == 303
    assert letters(engine, lost) == ["factor_lost"]
    assert len([one for one in chain(engine) if (one.kind, one.subject) == (FACTOR_RESET, lost.email)]) == 1


@pytest.mark.parametrize("whom", ROLES)
@pytest.mark.parametrize("who", [one for one in ROLES if one is not Role.CUSTOMER])
def test_who_leads_a_business_takes_it_away_from_whom_they_manage(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop, who: Role, whom: Role
) -> None:
    mine = desk(who)
    user = with_factor(server, engine, shop, whom)
    managed = {
        Role.TENANT_OWNER: {Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER},
        Role.TENANT_MANAGER: {Role.TENANT_STAFF, Role.CUSTOMER},
    }
    allowed = whom in managed.get(who, set())
    reply = mine.http.post(f"/v1/team/{user.id}/second-factor/reset", json={})
    assert reply.status_code == (204 if allowed else 403)
    assert second_factors.is_on(server, user.id) is not allowed
    assert [(one.actor_id, one.subject) for one in told(engine, shop)] == (
        [(shop.users[who], user.email)] if allowed else []
    )
    assert letters(engine, user) == (["factor_reset"] if allowed else [])


def test_nobody_does_it_under_a_masquerade(visit: Visit, server: Server, engine: Engine, shop: Shop) -> None:
    user, support = with_factor(server, engine, shop), visit()
    assert support.user
    masquerades.start(server, support.user, shop.users[Role.TENANT_OWNER], reason="a look")
    assert support.post(f"/users/{user.id}/reset-factor", reason="the lake").status_code == 403
    assert second_factors.is_on(server, user.id)
    assert told(engine, shop) == []


def test_the_mail_says_what_was_done_and_what_to_do_where_it_was_not_asked_for() -> None:
    fields = {"name": "<b>Mia</b>", "place": "Salon Lind"}
    letter = letter_of("1", "factor_reset", "mia@salon-lind.example", fields)
    assert letter.subject == "Your second factor for SmoothSchedule was taken away"
    assert "Hello <b>Mia</b>," in letter.text
    for text in (letter.text, letter.html):
        assert "Salon Lind" in text
        assert "change your password at once" in text
    assert "&lt;b&gt;Mia&lt;/b&gt;" in letter.html
