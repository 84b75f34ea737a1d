"""Acting as somebody else: who may, how it ends, and that all of it is recorded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url
from structlog.testing import capture_logs

from shared import clock
from shared.errors import Refusal, StorageFault
from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Role
from shared.rules.masquerade import Circumstances, may_masquerade
from shared.rules.masquerade import Party as Side
from syncserver.services.declined import Declined
from syncserver.services.identity import masquerades
from syncserver.services.identity.masquerades import Masquerade
from syncserver.services.jobs.pruning import SPENT_FOR, prune
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store import masquerades as store
from syncserver.store import retention
from syncserver.store.events import Entry
from syncserver.store.tenancy import TenantState, control_transaction, tenant_transaction
from syncserver.store.tenants import find_tenant, set_tenant_state
from syncserver.store.users import User, change_user, create_user, find_user
from tests.support.masquerade import REASON, member, platform_person
from tests.support.moving_clock import moved
from tests.support.postgres import Postgres
from tests.support.shop import Shop, open_shop
from tests.support.trail import chain, logged

TENANT_ROLES = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER)
PLATFORM_ROLES = (Role.SUPERUSER, Role.PLATFORM_MANAGER, Role.PLATFORM_SALES, Role.PLATFORM_SUPPORT)


@pytest.fixture
def support(engine: Engine) -> User:
    return platform_person(engine)


def start(server: Server, actor: User, target: User) -> Masquerade:
    return masquerades.start(server, actor, target.id, reason=REASON)


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Declined) as refused:
        call(*arguments, **named)
    return refused.value.code


def told(engine: Engine, shop: Shop) -> list[Entry]:
    return [one for one in chain(engine, shop.tenant) if one.kind.startswith("masquerade.")]


def kinds(engine: Engine, shop: Shop) -> list[str]:
    return [one.kind for one in told(engine, shop)]


def change(engine: Engine, user: User, **changes: Any) -> None:
    now = find_user(engine, user.id)
    assert now is not None
    home = None if now.tenant_id is None else find_tenant(engine, now.tenant_id)
    change_user(engine, home, replace(now, **changes))


def test_a_start_is_recorded_with_both_names_the_reason_and_where_from(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)
    begun = masquerades.start(server, support, staff.id, reason=f"  {REASON}\n ", ip="192.0.2.9")
    assert (begun.actor, begun.target, begun.tenant, begun.reason) == (support, staff, shop.tenant, REASON)
    assert begun.expires_at - begun.started_at == timedelta(minutes=30)
    assert masquerades.running(server, support) == masquerades.standing_of(server, begun.id) == begun
    (entry,) = told(engine, shop)
    assert (entry.kind, entry.outcome, entry.reason, entry.ip) == ("masquerade.started", "allowed", REASON, "192.0.2.9")
    assert (entry.actor_id, entry.actor_email) == (support.id, support.email)
    assert (entry.as_whom_id, entry.as_whom_email) == (staff.id, staff.email)
    assert entry.session == server.audit.session_key(begun.id)
    assert [one.id for one in chain(engine) if one.actor_id == support.id] == [entry.id]


@pytest.mark.parametrize("actor_role", list(Role))
def test_who_is_let_become_whom_is_what_the_rule_says(
    server: Server, engine: Engine, shop: Shop, actor_role: Role
) -> None:
    """Every pair of roles, of one business and of another, through the service and its records."""
    other = open_shop(engine)
    actor = platform_person(engine, actor_role) if actor_role.is_platform else member(engine, shop, actor_role)
    targets = [
        *(platform_person(engine, role) for role in PLATFORM_ROLES),
        *(member(engine, home, role) for home in (shop, other) for role in TENANT_ROLES),
        create_user(
            engine, shop.tenant, email=f"{new_id()}@demo.example", name="Tem", role=Role.TENANT_STAFF,
            password_hash="!", is_temporary=True,
        ),
        actor,
    ]  # fmt: skip
    for target in targets:
        circumstances = Circumstances(
            is_self=target.id == actor.id, already_masquerading=False,
            same_tenant=actor.tenant_id is not None and actor.tenant_id == target.tenant_id,
        )  # fmt: skip
        side = Side(role=target.role, is_temporary=target.is_temporary)
        if may_masquerade(Side(role=actor.role), side, circumstances):
            masquerades.stop(server, start(server, actor, target))
        else:
            hidden = actor.tenant_id is not None and actor.tenant_id != target.tenant_id
            assert refusal(start, server, actor, target) == ("not_found" if hidden else "not_allowed")
    ours = [one for one in chain(engine) if one.actor_id == actor.id] if actor_role.is_platform else told(engine, shop)
    assert sum(one.kind in ("masquerade.started", "masquerade.denied") for one in ours) == len(targets)
    assert {one.outcome for one in ours if one.kind == "masquerade.denied"} <= {"denied"}
    if not actor_role.is_platform:
        # Nobody of a business learns whose id it was.
        assert told(engine, other) == []
        assert {one.as_whom_email for one in ours} <= {
            one.email for one in targets if one.tenant_id == shop.tenant.id
        } | {None}


def test_nobody_is_found_by_what_is_no_id_or_nobodys(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    for wrong in ("", "x", "00000000-0000-0000-0000-00000000000G", new_id()):
        assert refusal(masquerades.start, server, support, UserId(wrong), reason=REASON) == "not_found"
        assert refusal(masquerades.standing_of, server, wrong) == "masquerade_ended"
    denied = [one for one in chain(engine) if one.actor_id == support.id]
    assert [(one.kind, one.tenant_id, one.as_whom_id) for one in denied] == [("masquerade.denied", None, None)] * 4


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501, "a\0b", "a\u202eb"])
def test_without_a_reason_nothing_begins(
    server: Server, engine: Engine, shop: Shop, support: User, reason: str
) -> None:
    with pytest.raises(Refusal):
        masquerades.start(server, support, shop.users[Role.TENANT_STAFF], reason=reason)
    assert masquerades.running(server, support) is None


def test_whoever_masquerades_stops_first(server: Server, engine: Engine, shop: Shop) -> None:
    root = platform_person(engine, Role.SUPERUSER)
    staff, manager = member(engine, shop, Role.TENANT_STAFF), member(engine, shop, Role.TENANT_MANAGER)
    first = start(server, root, staff)
    assert refusal(start, server, root, manager) == "masquerading"
    assert told(engine, shop)[-1].details == '{"why":"masquerading"}'
    masquerades.stop(server, first)
    masquerades.stop(server, first)
    assert kinds(engine, shop) == ["masquerade.started", "masquerade.denied", "masquerade.ended"]
    assert refusal(masquerades.standing_of, server, first.id) == "masquerade_ended"
    assert start(server, root, manager).target == manager


def test_of_many_that_start_at_once_one_begins(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)

    def one(_: int) -> str:
        try:
            return start(server, support, staff).id
        except Declined as declined:
            return declined.code

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(one, range(8)))
    assert ends.count("masquerading") == 7
    assert sorted(kinds(engine, shop)) == ["masquerade.denied"] * 7 + ["masquerade.started"]


def test_a_person_of_the_platform_is_become_without_a_business_and_at_no_desk(server: Server, engine: Engine) -> None:
    root, support = platform_person(engine, Role.SUPERUSER), platform_person(engine)
    begun = start(server, root, support)
    assert begun.tenant is None
    assert refusal(masquerades.offer_code, server, begun) == "no_replica"
    assert refusal(masquerades.open_at_desk, server, begun) == "no_replica"
    change(engine, support, is_active=False)
    assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"
    ours = [one.kind for one in chain(engine) if one.actor_id == root.id]
    assert ours == ["masquerade.started", "masquerade.ended"]


def test_it_ends_by_itself_and_that_is_recorded_once_at_the_first_use(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    with moved(timedelta(minutes=30)):
        assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"
        assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"
        assert masquerades.running(server, support) is None
    assert kinds(engine, shop) == ["masquerade.started", "masquerade.expired"]


def test_a_new_one_begins_where_the_last_has_run_out(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    other = open_shop(engine)
    start(server, support, member(engine, shop, Role.TENANT_STAFF))
    with moved(timedelta(minutes=31)):
        start(server, support, member(engine, other, Role.TENANT_OWNER))
    assert kinds(engine, shop) == ["masquerade.started", "masquerade.expired"]
    assert kinds(engine, other) == ["masquerade.started"]


@pytest.mark.parametrize("what", ["actor disabled", "target disabled", "actor's role", "suspended", "closed"])
def test_it_ends_at_once_where_it_would_not_be_let_begin_any_more(
    server: Server, engine: Engine, shop: Shop, support: User, what: str
) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)
    begun = start(server, support, staff)
    match what:
        case "actor disabled":
            change(engine, support, is_active=False)
        case "target disabled":
            change(engine, staff, is_active=False)
        case "actor's role":
            change(engine, support, role=Role.PLATFORM_MANAGER)
        case _:
            state = TenantState.SUSPENDED if what == "suspended" else TenantState.CLOSED
            set_tenant_state(engine, shop.tenant, state)
            set_tenant_state(engine, shop.tenant, state)
    assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"
    assert kinds(engine, shop) == ["masquerade.started", "masquerade.ended"]
    assert told(engine, shop)[-1].details == '{"why":"not_allowed"}'
    expected = "tenant_suspended" if what in ("suspended", "closed") else "not_allowed"
    assert refusal(start, server, support, staff) == expected


def test_it_goes_with_who_is_erased(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    with control_transaction(engine) as connection:
        connection.exec_driver_sql("DELETE FROM users WHERE id = %s", (support.id,))
    assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"
    assert masquerades.running(server, support) is None
    assert refusal(start, server, support, member(engine, shop, Role.TENANT_STAFF)) == "not_allowed"


def test_a_code_opens_it_once_and_shows_before_what_it_is_about(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    offer = masquerades.offer_code(server, begun)
    assert (len(offer.digits), offer.digits.isdigit()) == (2, True)
    assert masquerades.look_at_code(server, offer.code) == begun
    assert masquerades.look_at_code(server, offer.code) == begun
    opened = masquerades.redeem(server, offer.code, offer.digits)
    assert (opened.masquerade, opened.tenant) == (begun, shop.tenant)
    assert refusal(masquerades.look_at_code, server, offer.code) == "wrong_code"
    assert refusal(masquerades.redeem, server, offer.code, offer.digits) == "wrong_code"
    assert kinds(engine, shop) == ["masquerade.started", "masquerade.opened"]
    with control_transaction(engine, read_only=True) as connection:
        kept = connection.exec_driver_sql("SELECT * FROM masquerade_codes").all()
    assert offer.code not in str(kept)


def test_wrong_digits_use_a_code_up(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    offer = masquerades.offer_code(server, start(server, support, member(engine, shop, Role.TENANT_STAFF)))
    wrong = f"{(int(offer.digits) + 1) % 100:02}"
    assert refusal(masquerades.redeem, server, offer.code, wrong) == "wrong_code"
    assert refusal(masquerades.redeem, server, offer.code, offer.digits) == "wrong_code"
    last = told(engine, shop)[-1]
    assert (last.kind, last.outcome, last.details) == ("masquerade.denied", "denied", '{"why":"wrong_code"}')


def test_a_code_is_good_for_a_minute_until_the_next_and_until_the_end(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    first = masquerades.offer_code(server, begun)
    second = masquerades.offer_code(server, begun)
    assert refusal(masquerades.redeem, server, first.code, first.digits) == "wrong_code"
    with moved(timedelta(seconds=61)):
        assert refusal(masquerades.look_at_code, server, second.code) == "wrong_code"
        assert refusal(masquerades.redeem, server, second.code, second.digits) == "wrong_code"
        third = masquerades.offer_code(server, begun)
        change(engine, support, is_active=False)
        assert refusal(masquerades.look_at_code, server, third.code) == "masquerade_ended"
        assert refusal(masquerades.redeem, server, third.code, third.digits) == "wrong_code"
        assert refusal(masquerades.offer_code, server, begun) == "masquerade_ended"
    with moved(timedelta(minutes=29, seconds=30)):
        last = masquerades.offer_code(server, start(server, platform_person(engine), begun.target))
        assert last.expires_at > begun.expires_at


def test_a_code_lasts_no_longer_than_what_it_opens(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    with moved(timedelta(minutes=29, seconds=30)):
        assert masquerades.offer_code(server, begun).expires_at == begun.expires_at


def test_of_fifty_that_use_a_code_at_once_one_gets_in(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    offer = masquerades.offer_code(server, start(server, support, member(engine, shop, Role.TENANT_STAFF)))

    def use(_: int) -> str:
        try:
            return masquerades.redeem(server, offer.code, offer.digits).token
        except Declined as declined:
            return declined.code

    with ThreadPoolExecutor(10) as pool:
        ends = list(pool.map(use, range(50)))
    assert ends.count("wrong_code") == 49
    assert kinds(engine, shop).count("masquerade.opened") == 1


def test_a_customer_is_become_and_has_no_desk(server: Server, engine: Engine, shop: Shop, support: User) -> None:
    begun = start(server, support, member(engine, shop, Role.CUSTOMER))
    assert refusal(masquerades.offer_code, server, begun) == "no_replica"


def test_a_code_opens_nothing_for_who_has_lost_the_desk_meanwhile(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)
    offer = masquerades.offer_code(server, start(server, support, staff))
    change(engine, staff, role=Role.CUSTOMER)
    assert refusal(masquerades.redeem, server, offer.code, offer.digits) == "no_replica"


def test_the_token_is_the_targets_with_one_actor_and_no_longer_than_it(
    server: Server, engine: Engine, shop: Shop, support: User
) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)
    begun = start(server, support, staff)
    token = masquerades.open_at_desk(server, begun).token
    # Not as of `started_at`: the token may have been issued in the next second, and is good from then on.
    claims = server.keys.claims(token, now=clock.now())
    assert claims is not None
    assert (claims["sub"], claims["act"], claims["exp"]) == (
        staff.id, {"sub": support.id}, int(begun.expires_at.timestamp()),
    )  # fmt: skip
    assert server.keys.claims(masquerades.open_at_desk(server, begun).token, now=begun.expires_at) is None


@pytest.fixture
def silence(postgres: Postgres, database_url: str, shop: Shop) -> Callable[[], None]:
    """Takes from the server that anything of the shop can be recorded."""

    def take() -> None:
        with psycopg.connect(postgres.setup.replace("/postgres?", f"/{make_url(database_url).database}?")) as setup:
            setup.execute(f"REVOKE INSERT ON {shop.tenant.schema}.audit_event FROM {shop.tenant.role}".encode())

    return take


def test_none_begins_and_all_end_where_nothing_can_be_recorded(
    server: Server, engine: Engine, shop: Shop, support: User, silence: Callable[[], None]
) -> None:
    staff = member(engine, shop, Role.TENANT_STAFF)
    first, other = start(server, support, staff), start(server, platform_person(engine), staff)
    silence()
    with capture_logs() as said:
        masquerades.stop(server, first)
        # What was ended meanwhile is not told twice.
        masquerades.stop(server, first)
        assert refusal(masquerades.standing_of, server, first.id) == "masquerade_ended"
        with moved(timedelta(minutes=30)):
            assert refusal(masquerades.standing_of, server, other.id) == "masquerade_ended"
        with pytest.raises(StorageFault):
            start(server, support, staff)
    assert [one["event"] for one in said if one["event"].startswith("audit.")] == ["audit.unwritable"] * 2
    assert masquerades.running(server, support) is None
    assert kinds(engine, shop) == ["masquerade.started"] * 2


def test_one_that_another_ends_while_it_cannot_be_recorded_is_told_by_the_other(
    server: Server, engine: Engine, shop: Shop, support: User, silence: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    begun, end, calls = start(server, support, member(engine, shop, Role.TENANT_STAFF)), store.end_masquerade, []
    silence()

    def slower(*arguments: Any, **named: Any) -> int | None:
        calls.append(named)
        if len(calls) == 2:
            with control_transaction(engine) as connection:
                end(connection, *arguments[1:], **named)
        return end(*arguments, **named)

    monkeypatch.setattr(store, "end_masquerade", slower)
    with capture_logs() as said:
        masquerades.stop(server, begun)
    assert (len(calls), [one for one in said if one["event"].startswith("audit.")]) == (2, [])


def test_it_is_over_for_a_request_that_finds_one_of_them_no_more(
    server: Server, engine: Engine, shop: Shop, support: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    monkeypatch.setattr(masquerades, "find_user", lambda *_: None)
    assert refusal(masquerades.standing_of, server, begun.id) == "masquerade_ended"


def test_a_whole_life_stands_in_the_log_of_masquerades_and_no_credential(
    server: Server, engine: Engine, shop: Shop, support: User, settings: Settings
) -> None:
    staff, owner = member(engine, shop, Role.TENANT_STAFF), member(engine, shop, Role.TENANT_OWNER)
    refusal(start, server, platform_person(engine, Role.PLATFORM_MANAGER), staff)
    first = start(server, support, staff)
    offer = masquerades.offer_code(server, first)
    token = masquerades.redeem(server, offer.code, offer.digits).token
    masquerades.stop(server, first)
    second = start(server, support, owner)
    with moved(timedelta(minutes=30)):
        refusal(masquerades.standing_of, server, second.id)
    lines = [one for one in logged(settings, "masquerade") if one["tenant"] == shop.tenant.slug]
    assert [one["action"] for one in lines] == [
        "HIJACK_ATTEMPT_DENIED", "HIJACK_START", "HIJACK_END", "HIJACK_START", "HIJACK_EXPIRED",
    ]  # fmt: skip
    assert {one["hijacker_email"] for one in lines[1:]} == {support.email}
    assert [one["hijacked_email"] for one in lines[1:]] == [staff.email] * 2 + [owner.email] * 2
    assert {one["reason"] for one in lines} == {REASON}
    keys = [one["session_key"] for one in lines[1:]]
    assert keys == [server.audit.session_key(first.id)] * 2 + [server.audit.session_key(second.id)] * 2
    said = "".join(file.read_text() for file in (settings.data / "logs").iterdir())
    assert not any(secret in said for secret in (offer.code, token, first.id, second.id))


def test_it_is_forgotten_on_both_sides_when_it_is_old_and_the_trail_has_it_still(
    server: Server, engine: Engine, shop: Shop, support: User, settings: Settings
) -> None:
    root = platform_person(engine, Role.SUPERUSER)
    begun = start(server, support, member(engine, shop, Role.TENANT_STAFF))
    other = start(server, root, support)
    masquerades.offer_code(server, begun)
    with moved(timedelta(days=29)):
        retention.drop_spent(engine, clock.now() - SPENT_FOR)
        assert prune(engine, settings, shop.tenant).sessions == 0
    with moved(timedelta(days=500)):
        assert prune(engine, settings, shop.tenant).sessions == 1
        retention.drop_spent(engine, clock.now() - SPENT_FOR)
    for one in (begun, other):
        assert refusal(masquerades.standing_of, server, one.id) == "masquerade_ended"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM session").scalar_one() == 0
    assert kinds(engine, shop) == ["masquerade.started"]
