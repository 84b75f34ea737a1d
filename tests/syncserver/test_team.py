"""Who invites whom, changes whose role and shuts whom out: each role against each, and every race."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import UserId
from shared.model.member import Role
from syncserver.services.declined import Declined
from syncserver.services.identity import passwords
from syncserver.services.identity.holders import Holder
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.services.team import invites, people
from syncserver.settings import Settings
from syncserver.store.directory import colleagues
from syncserver.store.sessions import live_sessions
from syncserver.store.users import change_user, create_user, find_user, find_user_by_email
from tests.support.http_client import TRUST
from tests.support.moving_clock import moved
from tests.support.shop import ROLES, Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_passwords import NEW, code_of, mailed_code, mails_to

OWNER, MANAGER, STAFF, CUSTOMER = ROLES


@pytest.fixture
def server(app: FastAPI) -> Server:
    made: Server = app.state.wiring.server
    return made


@pytest.fixture
def http(url: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=url, verify=TRUST, timeout=30) as client:
        yield client


def post(desk: WireDesk, path: str, body: Json | None = None) -> object:
    return code_of(desk.http.post(f"/v1/{path}", json=body or {}))


def new_address() -> str:
    return f"{new_id()}@acme.example"


def invite(desk: WireDesk, role: Role, email: str = "") -> object:
    return post(desk, "team/invites", {"email": email or new_address(), "role": role.value})


def take(http: httpx2.Client, code: str, **other: str) -> httpx2.Response:
    return http.post("/account/invite", data={"code": code, "name": "Zoe Neu", "password": NEW, "again": NEW} | other)


def signed_in(visitor: DeskMaker) -> dict[Role, WireDesk]:
    return {role: visitor(role).sign_in() for role in ROLES}


# Inviting


def test_each_role_invites_whom_it_may_and_nobody_else(visitor: DeskMaker) -> None:
    desks = signed_in(visitor)
    allowed = {
        (role, wanted) for role in ROLES for wanted in ROLES if invite(desks[role], wanted) == 200
    }  # fmt: skip
    assert allowed == {(OWNER, MANAGER), (OWNER, STAFF), (OWNER, CUSTOMER), (MANAGER, STAFF), (MANAGER, CUSTOMER)}
    assert invite(desks[STAFF], CUSTOMER) == invite(desks[MANAGER], OWNER) == "not_allowed"


@pytest.mark.parametrize("role", [role for role in Role if role.is_platform])
def test_nobody_is_invited_to_the_platform_by_a_tenant(visitor: DeskMaker, role: Role) -> None:
    reply = visitor(OWNER).sign_in().http.post("/v1/team/invites", json={"email": "a@b.example", "role": role.value})
    sentence = f"Users with role {role.value} belong to the platform and cannot be assigned to a tenant"
    assert (reply.status_code, reply.json()["code"], reply.json()["detail"]) == (422, "invalid", sentence)


def test_an_invite_makes_one_user_of_its_e_mail_role_and_tenant(
    visitor: DeskMaker, http: httpx2.Client, settings: Settings, engine: Engine, shop: Shop
) -> None:
    owner, email = visitor(OWNER).sign_in(), new_address()
    assert invite(owner, STAFF, email.upper()) == 200
    code = mailed_code(settings, email)
    assert shop.tenant.name in mails_to(settings, email)[0]
    assert take(http, code, password="short", again="short").status_code == 422
    assert take(http, code, name="  ").status_code == 422
    assert take(http, code).status_code == 200
    user = find_user_by_email(engine, shop.tenant.id, email)
    assert user is not None
    assert (user.role, user.name, user.is_active) == (STAFF, "Zoe Neu", True)
    assert visitor().try_sign_in(email=email, password=NEW).status_code == 200
    assert take(http, code).status_code == 410
    assert invite(owner, STAFF, email) == "email_taken"


def test_of_fifty_that_take_an_invite_at_once_one_does(
    visitor: DeskMaker, settings: Settings, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, kept = new_address(), hash_password(NEW)
    invite(visitor(OWNER).sign_in(), STAFF, email)
    code = mailed_code(settings, email)
    monkeypatch.setattr(passwords, "hash_password", lambda _: kept)

    def take_it(number: int) -> str:
        try:
            invites.accept(server, code, name=f"Zoe {number}", password=NEW)
        except Declined as declined:
            return declined.code
        return "taken"

    with ThreadPoolExecutor(50) as pool:
        assert sorted(pool.map(take_it, range(50))) == ["link_spent"] * 49 + ["taken"]


def test_an_invite_lasts_three_days(visitor: DeskMaker, http: httpx2.Client, settings: Settings) -> None:
    email = new_address()
    invite(visitor(OWNER).sign_in(), STAFF, email)
    code = mailed_code(settings, email)
    with moved(timedelta(hours=72, seconds=1)):
        assert take(http, code).status_code == 410
    with moved(timedelta(hours=71)):
        assert take(http, code).status_code == 200


def test_an_invite_is_listed_and_taken_back(visitor: DeskMaker, http: httpx2.Client, settings: Settings) -> None:
    owner, email = visitor(OWNER).sign_in(), new_address()
    made = owner.http.post("/v1/team/invites", json={"email": email, "role": "TENANT_MANAGER"}).json()
    assert made in owner.http.get("/v1/team").json()["invites"]
    code = mailed_code(settings, email)
    path = f"team/invites/{made['id']}/revoke"
    assert post(visitor(MANAGER).sign_in(), path) == post(visitor(STAFF).sign_in(), path) == "not_allowed"
    assert post(owner, path) == 204
    assert post(owner, path) == "not_found"
    assert owner.http.get("/v1/team").json()["invites"] == []
    assert take(http, code).status_code == 410


def test_the_newest_invite_of_an_address_is_the_one_that_counts(
    visitor: DeskMaker, http: httpx2.Client, settings: Settings
) -> None:
    owner, email = visitor(OWNER).sign_in(), new_address()
    invite(owner, STAFF, email)
    first = mailed_code(settings, email)
    invite(owner, MANAGER, email)
    until(lambda: len(mails_to(settings, email)) == 2, within=20)
    assert take(http, first).status_code == 410
    assert len(owner.http.get("/v1/team").json()["invites"]) == 1


def test_an_invite_is_worth_what_its_sender_may_today(
    visitor: DeskMaker, http: httpx2.Client, settings: Settings, engine: Engine, shop: Shop
) -> None:
    email = new_address()
    invite(visitor(MANAGER).sign_in(), STAFF, email)
    code = mailed_code(settings, email)
    sender = find_user(engine, shop.users[MANAGER])
    assert sender is not None
    change_user(engine, shop.tenant, replace(sender, role=STAFF))
    assert take(http, code).status_code == 410


def test_one_address_is_not_flooded_with_invites(visitor: DeskMaker) -> None:
    owner, email = visitor(OWNER).sign_in(), new_address()
    assert [invite(owner, STAFF, email) for _ in range(6)] == [200] * 5 + ["too_many_tries"]


# The list


def test_owner_and_manager_see_the_team_and_nobody_else_does(visitor: DeskMaker, shop: Shop) -> None:
    desks = signed_in(visitor)
    seen = {role: code_of(desk.http.get("/v1/team")) for role, desk in desks.items()}
    assert seen == {OWNER: 200, MANAGER: 200, STAFF: "not_allowed", CUSTOMER: "not_allowed"}
    listed = desks[OWNER].http.get("/v1/team").json()
    assert {one["id"]: one["role"] for one in listed["users"]} == {
        user: role.value for role, user in shop.users.items()
    }  # fmt: skip
    assert listed["after"] is None


def test_a_large_team_comes_in_pages(visitor: DeskMaker, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 3)
    owner, seen, after = visitor(OWNER).sign_in(), list[str](), None
    for _ in range(2):
        page = owner.http.get("/v1/team", params={"after": after} if after else {}).json()
        seen += [one["id"] for one in page["users"]]
        after = page["after"]
    assert (sorted(seen), after) == (sorted(shop.users.values()), None)
    assert code_of(owner.http.get("/v1/team", params={"after": "x"})) == "invalid"


# Roles


def test_only_the_owner_changes_roles(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    desks = signed_in(visitor)
    path = f"team/{shop.users[STAFF]}/role"
    assert [post(desks[role], path, {"role": "TENANT_MANAGER"}) for role in (MANAGER, STAFF, CUSTOMER)] == (
        ["not_allowed"] * 3
    )
    assert post(desks[OWNER], path, {"role": "TENANT_MANAGER"}) == 204
    user = find_user(engine, shop.users[STAFF])
    assert user is not None
    assert user.role is MANAGER
    assert invite(desks[STAFF], STAFF) == 200, "a role counts from the next call on"


def test_a_platform_role_has_no_place_in_a_tenant(visitor: DeskMaker, shop: Shop) -> None:
    owner = visitor(OWNER).sign_in()
    reply = owner.http.post(f"/v1/team/{shop.users[STAFF]}/role", json={"role": "SUPERUSER"})
    sentence = "Users with role SUPERUSER belong to the platform and cannot be assigned to a tenant"
    assert (reply.status_code, reply.json()["detail"]) == (422, sentence)


def test_the_last_active_owner_stays_one(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    owner = visitor(OWNER).sign_in()
    lower, me = {"role": "TENANT_STAFF"}, f"team/{shop.users[OWNER]}"
    assert post(owner, f"{me}/role", lower) == "last_owner"
    assert post(owner, f"{me}/disable") == "not_allowed"
    second = create_user(
        engine, shop.tenant, email=new_address(), name="Second", role=OWNER, password_hash=hash_password(NEW)
    )
    change_user(engine, shop.tenant, replace(second, is_active=False))
    assert post(owner, f"{me}/role", lower) == "last_owner", "one who is disabled leads nothing"
    change_user(engine, shop.tenant, second)
    assert post(owner, f"{me}/role", lower) == 204
    assert post(owner, f"team/{second.id}/role", lower) == "not_allowed"


def holder(server: Server, engine: Engine, shop: Shop, user: UserId) -> Holder:
    found = find_user(engine, user)
    assert found is not None
    return Holder(user=found, tenant=shop.tenant, session=None)  # type: ignore[arg-type]


def test_of_owners_who_lower_each_other_at_once_one_stays(server: Server, engine: Engine, shop: Shop) -> None:
    for _ in range(5):
        others = [
            create_user(engine, shop.tenant, email=new_address(), name="Owner", role=OWNER, password_hash="x").id
            for _ in range(3)
        ]
        owners = [one.id for one in colleagues(engine, shop.tenant.id, after=None, most=99) if one.role is OWNER]

        def lower(user: UserId, owners: list[UserId] = owners) -> str:
            by = next(one for one in owners if one != user)
            try:
                people.change_role(server, holder(server, engine, shop, by), user, STAFF)
            except Declined as declined:
                return declined.code
            return "lowered"

        with ThreadPoolExecutor(len(owners)) as pool:
            said = sorted(pool.map(lower, owners))
        assert said.count("lowered") == len(owners) - 1
        left = [one for one in colleagues(engine, shop.tenant.id, after=None, most=99) if one.role is OWNER]
        assert len(left) == 1
        assert others


# Disabling


@pytest.mark.parametrize("verb", ["disable", "enable"])
def test_each_role_disables_and_enables_whom_it_may(visitor: DeskMaker, engine: Engine, shop: Shop, verb: str) -> None:
    desks, allowed = signed_in(visitor), set()
    for role in ROLES:
        for wanted in ROLES:
            user = create_user(
                engine, shop.tenant, email=new_address(), name="Any", role=wanted, password_hash="x"
            )  # fmt: skip
            change_user(engine, shop.tenant, replace(user, is_active=verb == "disable"))
            said = post(desks[role], f"team/{user.id}/{verb}")
            assert said in (204, "not_allowed")
            after = find_user(engine, user.id)
            assert after is not None
            assert after.is_active == ((verb == "disable") == (said != 204))
            if said == 204:
                allowed.add((role, wanted))
    assert allowed == {(OWNER, MANAGER), (OWNER, STAFF), (OWNER, CUSTOMER), (MANAGER, STAFF), (MANAGER, CUSTOMER)}


def test_who_is_disabled_is_out_everywhere_at_once_and_may_come_back(
    desk: DeskMaker, visitor: DeskMaker, engine: Engine, settings: Settings, shop: Shop
) -> None:
    owner, staff = desk(OWNER), desk(STAFF)
    edit = staff.booking(next_day())
    path = f"team/{shop.users[STAFF]}"
    assert post(owner, f"{path}/disable") == 204
    replies = [staff.try_pull(), staff.try_push(edit), staff.try_refresh(), staff.http.get("/v1/account/sessions")]
    assert {code_of(one) for one in replies} == {"revoked"}
    assert code_of(visitor(STAFF).try_sign_in()) == "revoked"
    assert live_sessions(engine, shop.users[STAFF], idle=settings.session_idle) == []
    assert post(owner, f"{path}/enable") == 204
    assert code_of(staff.try_refresh()) == "revoked", "what has ended stays ended"
    assert visitor(STAFF).try_sign_in().status_code == 200


def test_a_stream_of_who_is_disabled_is_woken(desk: DeskMaker, shop: Shop) -> None:
    """Online it is felt at once: the stream tells of a new version, and the next call says why."""
    owner, staff = desk(OWNER), desk(STAFF)
    version = staff.pull()["version"]
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(staff.http.get, "/v1/sync/live", params={"after": version})
        post(owner, f"team/{shop.users[STAFF]}/disable")
        assert code_of(waits.result(timeout=10)) in (200, "revoked")
    assert code_of(staff.try_pull()) == "revoked"


# Others


def test_people_of_another_tenant_are_not_there(visitor: DeskMaker, engine: Engine, shop: Shop) -> None:
    elsewhere = open_shop(engine)
    owner = visitor(OWNER).sign_in()
    theirs = visitor(OWNER, at=elsewhere).sign_in()
    made = theirs.http.post("/v1/team/invites", json={"email": new_address(), "role": "CUSTOMER"}).json()["id"]
    stranger = elsewhere.users[STAFF]
    assert post(owner, f"team/{stranger}/role", {"role": "CUSTOMER"}) == "not_found"
    for path in (f"team/{stranger}/disable", f"team/{stranger}/enable", f"team/invites/{made}/revoke"):
        assert post(owner, path) == "not_found"
    for odd in (new_id(), "x", "..%2f", "0" * 500):
        assert post(owner, f"team/{odd}/disable") == "not_found"
    assert code_of(theirs.http.get("/v1/team")) == 200
    assert stranger not in owner.http.get("/v1/team").text
