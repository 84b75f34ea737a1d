"""Whatever takes a right away wakes the desk that listens, which hears at its next call why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.model.member import Role
from shared.protocol.problems import STATUS, ProblemCode
from syncserver.effects import news
from syncserver.services.sync.live import HEARTBEAT
from tests.support.shop import PASSWORD, Shop
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker, Visit
from tests.syncserver.test_passwords import code_of

OWNER, STAFF = Role.TENANT_OWNER, Role.TENANT_STAFF
SOON = 10
"""Seconds, and less than it takes until a poll ends by itself."""
Deed = Callable[[WireDesk, WireDesk, Shop, Visit], object]


def by_owner(path: str, **body: str) -> Deed:
    def deed(owner: WireDesk, staff: WireDesk, shop: Shop, visit: Visit) -> object:
        named = {"device": staff.device, "user": shop.users[STAFF]}
        return owner.http.post(f"/v1/{path.format(**named)}", json=body).status_code

    return deed


def by_platform(path: str) -> Deed:
    def deed(owner: WireDesk, staff: WireDesk, shop: Shop, visit: Visit) -> object:
        named = {"tenant": shop.tenant.id, "device": staff.device, "user": shop.users[STAFF]}
        return visit(Role.PLATFORM_MANAGER).post(path.format(**named), reason="they asked").status_code

    return deed


def own_password(owner: WireDesk, staff: WireDesk, shop: Shop, visit: Visit) -> object:
    other = WireDesk(str(owner.http.base_url), shop, STAFF).sign_in()
    said = other.http.post("/v1/account/password", json={"old": PASSWORD, "new": "seven quiet rivers"})
    other.http.close()
    return said.status_code


def own_session(owner: WireDesk, staff: WireDesk, shop: Shop, visit: Visit) -> object:
    other = WireDesk(str(owner.http.base_url), shop, STAFF).sign_in()
    said = other.http.post("/v1/account/sessions/end-others", json={})
    other.http.close()
    return said.status_code


def closed(owner: WireDesk, staff: WireDesk, shop: Shop, visit: Visit) -> object:
    said = {"tenant": shop.tenant.slug, "password": PASSWORD}
    return owner.http.post("/v1/business/close", json=said).status_code


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (by_owner("team/{user}/disable"), "revoked"),
        (by_owner("team/{user}/role", role="CUSTOMER"), "no_replica"),
        (by_owner("devices/{device}/revoke"), "revoked"),
        (closed, "tenant_suspended"),
        (by_platform("/users/{user}/disable"), "revoked"),
        (by_platform("/devices/{tenant}/{device}/revoke"), "revoked"),
        (by_platform("/tenants/{tenant}/suspend"), "tenant_suspended"),
        (own_password, "reauth"),
        (own_session, "reauth"),
    ],
    ids=[
        "the owner disables", "another role", "the owner shuts a device out", "the owner closes the business",
        "the platform disables", "the platform shuts a device out", "the business is suspended", "another password",
        "the session is ended elsewhere",
    ],
)  # fmt: skip
def test_a_desk_that_listens_is_woken(
    desk: DeskMaker, visit: Visit, shop: Shop, deed: Deed, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A look in between makes good what was lost, and would make good what nobody told.
    monkeypatch.setattr(news, "LOOK", 3600.0)
    owner, staff = desk(OWNER), desk(STAFF)
    assert SOON < HEARTBEAT
    with ThreadPoolExecutor(1) as pool, staff.http.stream("GET", "/v1/sync/live", timeout=SOON) as live:
        lines = (line for line in live.iter_lines() if line.startswith("data:"))
        first = next(lines)
        woken = pool.submit(next, lines, "the stream has ended")
        assert deed(owner, staff, shop, visit) in (204, 303)
        assert woken.result(timeout=SOON) != first
    said = staff.try_pull()
    assert (code_of(said), said.status_code) == (why, STATUS[ProblemCode(why)])
