"""A refresh token is exchanged once, answered again while its child is unused, and betrays whoever copied it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine, update

from shared import clock
from shared.ids import new_id
from shared.model.base import SessionId
from shared.model.member import Role
from syncserver.store.devices import Device
from syncserver.store.server import SigningKey, signing_keys
from syncserver.store.sessions import (
    Session,
    Shown,
    end_lapsed,
    end_session,
    exchange_token,
    find_session,
    start_session,
)
from syncserver.store.tables.control import devices
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.users import create_user

IDLE, LIFE = timedelta(days=30), timedelta(days=90)


class Hand:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 4, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def hand() -> Iterator[Hand]:
    turned = Hand()
    with clock.using(turned):
        yield turned


@pytest.fixture
def acme(any_engine: Engine) -> Tenant:
    return create_tenant(any_engine, slug=new_id(), name="Acme Corp")


def begin(engine: Engine, tenant: Tenant, token: str) -> Session:
    user = create_user(
        engine, tenant, email=f"{new_id()}@acme.example", name="Ann", role=Role.TENANT_STAFF, password_hash=""
    )  # fmt: skip
    device = Device(id=new_id(), name="Desk", public_key="a key")
    session = start_session(
        engine, tenant, user=user, device=device, session_id=SessionId(new_id()), token_hash=token, life=LIFE
    )
    assert session is not None
    return session


def show(engine: Engine, token: str, child: str) -> tuple[Shown, SessionId | None]:
    shown, session = exchange_token(engine, shown_hash=token, child_hash=child, idle=IDLE)
    return shown, session.id if session else None


def mirrored(engine: Engine, tenant: Tenant) -> list[tuple[object, ...]]:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        rows = connection.exec_driver_sql("SELECT id, user_id, device_id, ended_at IS NOT NULL FROM session")
        return [tuple(row) for row in rows]


def enrolled_at_once(engine: Engine, tenant: Tenant, device: str, keys: list[str]) -> list[bool]:
    user = create_user(
        engine, tenant, email=f"{new_id()}@acme.example", name="Ann", role=Role.TENANT_STAFF, password_hash=""
    )  # fmt: skip

    def sign_in(key: str) -> bool:
        shown = Device(id=device, name="Desk", public_key=key)
        given = start_session(
            engine, tenant, user=user, device=shown, session_id=SessionId(new_id()), token_hash=new_id(), life=LIFE
        )
        return given is not None

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(sign_in, keys))


@pytest.mark.parametrize("is_known", [False, True])
def test_of_several_keys_at_once_a_device_gets_one(any_engine: Engine, acme: Tenant, *, is_known: bool) -> None:
    device = new_id()
    if is_known:
        enrolled_at_once(any_engine, acme, device, ["0"])
        with control_transaction(any_engine) as connection:
            connection.execute(update(devices).where(devices.c.id == device).values(public_key=None))
    answers = enrolled_at_once(any_engine, acme, device, ["1", "2", "3", "4"] * 2)
    assert sorted(answers) == [False] * 6 + [True] * 2


def test_a_chain_of_tokens(any_engine: Engine, acme: Tenant) -> None:
    a, b, c = (new_id() for _ in range(3))
    session = begin(any_engine, acme, a)
    assert show(any_engine, a, b) == (Shown.FRESH, session.id)
    assert show(any_engine, a, b) == (Shown.REPEATED, session.id)
    assert show(any_engine, b, c) == (Shown.FRESH, session.id)
    assert show(any_engine, a, b) == (Shown.SPENT, session.id)
    assert show(any_engine, new_id(), new_id()) == (Shown.UNKNOWN, None)


def test_two_that_show_one_token_at_once_get_the_same_child(any_engine: Engine, acme: Tenant) -> None:
    a, b = new_id(), new_id()
    begin(any_engine, acme, a)
    with ThreadPoolExecutor(4) as pool:
        answers = [shown for shown, _ in pool.map(lambda _: show(any_engine, a, b), range(8))]
    assert sorted(answers) == [Shown.FRESH] + [Shown.REPEATED] * 7


def test_nothing_of_an_ended_session_is_answered(any_engine: Engine, acme: Tenant) -> None:
    a, b, c = (new_id() for _ in range(3))
    session = begin(any_engine, acme, a)
    show(any_engine, a, b)
    end_session(any_engine, acme, session.id, reason="signed_out")
    assert show(any_engine, a, b) == (Shown.UNKNOWN, None)
    assert show(any_engine, b, c) == (Shown.UNKNOWN, None)
    ended = find_session(any_engine, session.id)
    assert ended is not None
    assert ended.end_reason == "signed_out"


def test_the_first_reason_to_end_stays(any_engine: Engine, acme: Tenant) -> None:
    session = begin(any_engine, acme, new_id())
    end_session(any_engine, acme, session.id, reason="signed_out")
    end_session(any_engine, acme, session.id, reason="revoked")
    ended = find_session(any_engine, session.id)
    assert ended is not None
    assert ended.end_reason == "signed_out"


def test_what_has_lapsed_ends_on_both_sides(any_engine: Engine, acme: Tenant, hand: Hand) -> None:
    """Neither what is in use, nor what has ended otherwise, nor what is another business's."""
    elsewhere = create_tenant(any_engine, slug=new_id(), name="Elsewhere")
    begin(any_engine, elsewhere, new_id())
    tokens = [new_id() for _ in range(4)]
    used, unused, left = (begin(any_engine, acme, one) for one in (tokens[0], new_id(), new_id()))
    end_session(any_engine, acme, left.id, reason="signed_out")

    def ended() -> tuple[int | None, dict[str, str | None]]:
        count = end_lapsed(any_engine, acme, idle=IDLE, most=100)
        over = [SessionId(str(row[0])) for row in mirrored(any_engine, acme) if row[3]]
        found = [find_session(any_engine, one) for one in over]
        return count, {one.id: one.end_reason for one in found if one is not None}

    for shown, child in pairwise(tokens):
        hand.at += IDLE - timedelta(days=1)
        assert show(any_engine, shown, child)[0] is Shown.FRESH
    assert ended() == (1, {unused.id: "lapsed", left.id: "signed_out"})
    hand.at = used.expires_at
    assert ended() == (1, {unused.id: "lapsed", left.id: "signed_out", used.id: "lapsed"})
    assert ended()[0] is None
    assert [row[3] for row in mirrored(any_engine, elsewhere)] == [False]


def test_what_has_lapsed_ends_a_few_at_a_time(any_engine: Engine, acme: Tenant, hand: Hand) -> None:
    for _ in range(3):
        begin(any_engine, acme, new_id())
    hand.at += IDLE
    assert [end_lapsed(any_engine, acme, idle=IDLE, most=2) for _ in range(3)] == [2, 1, None]


def test_a_session_lapses_when_it_is_not_used(any_engine: Engine, acme: Tenant, hand: Hand) -> None:
    a, b, c = (new_id() for _ in range(3))
    begin(any_engine, acme, a)
    hand.at += IDLE - timedelta(seconds=1)
    assert show(any_engine, a, b)[0] is Shown.FRESH
    hand.at += IDLE
    assert show(any_engine, b, c)[0] is Shown.UNKNOWN


def test_a_session_lapses_however_much_it_is_used(any_engine: Engine, acme: Tenant, hand: Hand) -> None:
    tokens = [new_id() for _ in range(6)]
    begin(any_engine, acme, tokens[0])
    answers = []
    for token, child in pairwise(tokens):
        hand.at += timedelta(days=20)
        answers.append(show(any_engine, token, child)[0])
    assert answers == [Shown.FRESH] * 4 + [Shown.UNKNOWN]


def test_a_push_finds_sessions_in_its_own_schema(any_engine: Engine, acme: Tenant) -> None:
    session = begin(any_engine, acme, new_id())
    assert mirrored(any_engine, acme) == [(session.id, session.user_id, session.device_id, False)]
    end_session(any_engine, acme, session.id, reason="signed_out")
    assert mirrored(any_engine, acme) == [(session.id, session.user_id, session.device_id, True)]


def test_servers_that_start_together_agree_on_one_key(any_engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [SigningKey(kid=new_id(), private_key="secret", created_at=clock.now()) for _ in range(4)]
        answers = list(pool.map(lambda key: signing_keys(any_engine, key), made))
    assert len({key.kid for keys in answers for key in keys}) == 1
