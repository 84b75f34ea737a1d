"""Whose session has ended is told so, and keeps nobody else from the database meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event, text

from shared import clock
from shared.model.base import UserId
from shared.model.member import Role
from shared.model.registry import SCHEMA_VERSION
from shared.protocol.messages import Register
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Principal, Server
from syncserver.services.sync.registering import register
from syncserver.store.recoveries import is_recovering, recover_until
from syncserver.store.tenancy import tenant_transaction
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker

MANY = 40
"""More than there are connections in the pool, four times over."""


class Held:
    """The most connections that one thread has had in hand at once."""

    def __init__(self) -> None:
        self.most = 0
        self._now = Counter[int]()
        self._whose: dict[object, int] = {}

    def take(self, _: Any, record: object, __: Any) -> None:
        """A thread gets a connection."""
        thread = self._whose[record] = threading.get_ident()
        self._now[thread] += 1
        self.most = max(self.most, self._now[thread])

    def give_back(self, _: Any, record: object) -> None:
        """Whichever thread does it; what was taken before anybody counted does not count."""
        if (thread := self._whose.pop(record, None)) is not None:
            self._now[thread] -= 1


@pytest.fixture
def held(engine: Engine) -> Iterator[Held]:
    made = Held()
    event.listen(engine, "checkout", made.take)
    event.listen(engine, "checkin", made.give_back)
    yield made
    event.remove(engine, "checkout", made.take)
    event.remove(engine, "checkin", made.give_back)


def _pushes(desk: WireDesk) -> httpx2.Response:
    return desk.try_push(desk.booking(next_day()))


def _offers(desk: WireDesk) -> httpx2.Response:
    body = desk.envelope(desk.booking(next_day()) | {"was_version": 1})
    return desk.http.post("/v1/sync/offer", json=body)


def _looks_at_today(desk: WireDesk) -> httpx2.Response:
    return desk.http.get("/v1/sync/days")


def _asks_for_what_changed(desk: WireDesk) -> httpx2.Response:
    return desk.try_pull(desk.cursor)


def _verifies(desk: WireDesk) -> httpx2.Response:
    wish: Json = {"replica": desk.replica, "cursor": desk.cursor, "tables": {}}
    return desk.http.post("/v1/sync/verify", json=wish)


def _listens(desk: WireDesk) -> httpx2.Response:
    return desk.http.get("/v1/sync/live", params={"after": 0})


_CALLS = (
    WireDesk.try_register, WireDesk.try_pull, _asks_for_what_changed, _pushes, _offers, _looks_at_today, _verifies,
    _listens,
)  # fmt: skip


@pytest.mark.parametrize("call", _CALLS)
@pytest.mark.parametrize(("revoked", "said"), [(False, "reauth"), (True, "revoked")])
def test_whoever_is_turned_away_takes_one_connection_at_a_time(
    desk: DeskMaker, held: Held, call: Callable[[WireDesk], httpx2.Response], *, revoked: bool, said: str
) -> None:
    gone, owner = desk(Role.TENANT_STAFF), desk(Role.TENANT_OWNER)
    gone.pull()
    if revoked:
        assert owner.http.post(f"/v1/devices/{gone.device}/revoke", json={}).status_code < 300
    else:
        assert gone.sign_out().status_code == 204
    held.most = 0
    reply = call(gone)
    assert (reply.status_code, reply.json()["code"]) == (401, said)
    assert held.most == 1


def test_whoever_finds_recovery_at_its_end_takes_one_connection_at_a_time(
    desk: DeskMaker, held: Held, engine: Engine
) -> None:
    mine = desk()
    recover_until(engine, mine.shop.tenant, clock.now())
    held.most = 0
    reply = mine.try_pull()
    assert (reply.status_code, reply.json()["code"]) == (503, "recovering")
    assert held.most == 1
    assert not is_recovering(engine, mine.shop.tenant)


def test_many_who_are_turned_away_at_once_do_not_stop_the_pool(desk: DeskMaker, server: Server, engine: Engine) -> None:
    gone = desk()
    assert gone.sign_out().status_code == 204
    principal = _principal(gone, engine)
    wish = Register(device=gone.device, replica=gone.replica, schema=SCHEMA_VERSION)
    together = threading.Barrier(MANY)

    def ask() -> ProblemCode | None:
        together.wait()
        try:
            register(server, principal, wish)
        except Declined as declined:
            return declined.code
        return None

    with ThreadPoolExecutor(MANY) as pool:
        said = [one.result() for one in [pool.submit(ask) for _ in range(MANY)]]
    assert said == [ProblemCode.REAUTH] * MANY


def _principal(desk: WireDesk, engine: Engine) -> Principal:
    with tenant_transaction(engine, desk.shop.tenant, read_only=True) as connection:
        asked = text("SELECT user_id::text FROM session WHERE id = :session")
        user = UserId(connection.execute(asked, {"session": desk.session}).scalar_one())
    return Principal(user=user, tenant=desk.shop.tenant, device=desk.device, session=desk.session, expires_at=2**40)
