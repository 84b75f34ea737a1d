"""The owner reads what was done with people's rights, and nobody else does, and no credential is in it."""

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Tier
from syncserver.services.identity import masquerades
from syncserver.services.team import audit_reading
from tests.support.masquerade import REASON, MasqueradeDesk, member, platform_person
from tests.support.shop import Shop, put_on_tier
from tests.support.trail import chain
from tests.support.wire_desk import next_day
from tests.syncserver.conftest import DeskMaker


def test_the_owner_sees_who_did_what_as_whom_and_why(
    url: str, app: FastAPI, engine: Engine, shop: Shop, visitor: DeskMaker
) -> None:
    server, support = app.state.wiring.server, platform_person(engine)
    begun = masquerades.start(server, support, shop.users[Role.TENANT_STAFF], reason=REASON)
    offer = masquerades.offer_code(server, begun)
    token = masquerades.redeem(server, offer.code, offer.digits).token
    mask = MasqueradeDesk.told(url, shop, {"session": begun.id, "access_token": token})
    mask.register().push(mask.booking(next_day()))
    mask.http.get("/v1/team")
    mask.http.post("/v1/masquerade/stop", json={})
    mask.http.close()
    owner = visitor(Role.TENANT_OWNER).sign_in()
    reply = owner.http.get("/v1/audit")
    assert reply.status_code == 200
    page = reply.json()
    assert [one["kind"] for one in page["events"]] == [
        "sign_in.tried", "masquerade.ended", "masquerade.action_denied", "masquerade.opened", "masquerade.started",
    ]  # fmt: skip
    staff = member(engine, shop, Role.TENANT_STAFF)
    for event in page["events"][1:]:
        assert event["actor"] == {"id": support.id, "email": support.email}
        assert event["as_whom"] == {"id": staff.id, "email": staff.email}
        assert event["reason"] == REASON
    assert [one["number"] for one in page["events"]] == [5, 4, 3, 2, 1]
    assert (page["before"], page["events"][0]["ip"]) == (None, "127.0.0.1")
    assert not any(secret in reply.text for secret in (token, offer.code, begun.id, owner.session))


def test_it_is_read_page_by_page(
    engine: Engine, shop: Shop, visitor: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reading, "PAGE", 2)
    owner = visitor(Role.TENANT_OWNER)
    owner.sign_in().sign_in().sign_in().sign_in()
    first = owner.http.get("/v1/audit").json()
    assert ([one["number"] for one in first["events"]], first["before"]) == ([4, 3], 3)
    second = owner.http.get("/v1/audit", params={"before": first["before"]}).json()
    assert ([one["number"] for one in second["events"]], second["before"]) == ([2, 1], None)
    assert owner.http.get("/v1/audit", params={"before": 1}).json() == {"events": [], "before": None}
    for wrong in ("0", "-1", "x", "", str(2**53), "1.5", "9" * 100):
        assert owner.http.get("/v1/audit", params={"before": wrong}).status_code == 422, wrong


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER])
def test_nobody_else_reads_it(visitor: DeskMaker, role: Role) -> None:
    reply = visitor(role).sign_in().http.get("/v1/audit")
    assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")


def test_a_plan_without_it_has_it_kept_and_not_shown(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    put_on_tier(engine, shop.tenant, Tier.STARTER)
    reply = visitor(Role.TENANT_OWNER).sign_in().http.get("/v1/audit")
    said = reply.json()
    assert (reply.status_code, said["code"]) == (403, "feature_not_in_plan")
    assert (said["feature"], said["tier"]) == ("audit_trail", "ENTERPRISE")
    assert said["detail"].endswith("; the plan Enterprise does.")
    assert [one.kind for one in chain(engine, shop.tenant)] == ["sign_in.tried", "access.refused"]


def test_somebody_who_is_named_by_nothing_is_nobody(app: FastAPI, shop: Shop, visitor: DeskMaker) -> None:
    stranger = visitor(Role.TENANT_OWNER)
    stranger.try_sign_in(email=f"{new_id()}@nowhere.example")
    (event,) = [one for one in stranger.sign_in().http.get("/v1/audit").json()["events"] if one["outcome"] == "denied"]
    assert event["actor"] is None
    assert event["subject"].startswith("sha256:")
