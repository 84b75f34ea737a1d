"""Who has lost phone and recovery codes is let in again: by support, or by those who lead the business."""

import pyotp
import pytest
from sqlalchemy import Engine, select

from shared import clock
from shared.model.member import Role
from syncserver.effects.letters import letter_of
from syncserver.services.identity import masquerades, second_factors
from syncserver.services.server import Server
from syncserver.store.events import Entry
from syncserver.store.tables import control
from syncserver.store.tenancy import control_transaction
from syncserver.store.users import User, find_user
from tests.support.admin_staff import PLATFORM
from tests.support.shop import ROLES, Shop
from tests.support.trail import chain
from tests.syncserver.conftest import DeskMaker, Visit

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
    return [one for one in chain(engine, shop.tenant) if one.kind == "user.second_factor_reset"]


def mailed(engine: Engine, user: User) -> int:
    asked = select(control.mails.c.id).where(
        control.mails.c.kind == "factor_reset", control.mails.c.recipient == user.email
    )
    with control_transaction(engine, read_only=True) as connection:
        return len(connection.execute(asked).all())


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
    assert mailed(engine, user) == 1


def test_a_second_press_and_nothing_to_take_away_are_no_event(
    visit: Visit, server: Server, engine: Engine, shop: Shop
) -> None:
    user, support = with_factor(server, engine, shop), visit()
    for _ in range(2):
        assert support.post(f"/users/{user.id}/reset-factor", reason="the lake").status_code == 303
    assert len(told(engine, shop)) == mailed(engine, user) == 1


def test_the_platforms_own_people_keep_theirs(visit: Visit, server: Server) -> None:
    root, support = visit(Role.SUPERUSER), visit()
    assert support.user
    assert root.post(f"/users/{support.user.id}/reset-factor", reason="the lake").status_code == 403
    assert second_factors.is_on(server, support.user.id)


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
    assert mailed(engine, user) == allowed


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
