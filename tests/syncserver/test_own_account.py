"""A person's own sessions, devices and second factor, over the wire."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity import accounts
from tests.support.moving_clock import moved
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_passwords import code_of

OWNER, MANAGER, STAFF, CUSTOMER = Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.CUSTOMER


def post(desk: WireDesk, path: str, body: Json | None = None) -> object:
    return code_of(desk.http.post(f"/v1/{path}", json=body or {}))


def sessions(desk: WireDesk) -> dict[str, bool]:
    """The sessions of a person, and whether each is the one that asks."""
    listed = desk.http.get("/v1/account/sessions").json()["sessions"]
    return {one["id"]: one["current"] for one in listed}


def devices(desk: WireDesk) -> dict[str, Json]:
    return {one["id"]: one for one in desk.http.get("/v1/devices").json()["devices"]}


# Sessions


def test_a_person_sees_their_own_sessions_and_nobody_elses(visitor: DeskMaker) -> None:
    here, elsewhere = visitor().sign_in(), visitor().sign_in()
    visitor(OWNER).sign_in()
    assert sessions(here) == {here.session: True, elsewhere.session: False}
    elsewhere.sign_out()
    assert sessions(here) == {here.session: True}
    (shown,) = here.http.get("/v1/account/sessions").json()["sessions"]
    assert (shown["device"], shown["device_name"]) == (here.device, "Front desk")


def test_one_or_all_others_are_ended(visitor: DeskMaker) -> None:
    here, second, third = (visitor().sign_in() for _ in range(3))
    assert post(here, f"account/sessions/{second.session}/end") == 204
    assert code_of(second.try_register()) == code_of(second.try_refresh()) == "reauth"
    assert post(here, "account/sessions/end-others") == 204
    assert code_of(third.try_register()) == "reauth"
    assert here.try_register().status_code == 200
    assert post(here, f"account/sessions/{here.session}/end") == 204
    assert code_of(here.http.get("/v1/account/sessions")) == "reauth"


def test_nobody_ends_the_session_of_another(visitor: DeskMaker, engine: Engine) -> None:
    here, colleague = visitor(OWNER).sign_in(), visitor(STAFF).sign_in()
    stranger = visitor(OWNER, at=open_shop(engine)).sign_in()
    for session in (colleague.session, stranger.session, new_id(), "x"):
        assert post(here, f"account/sessions/{session}/end") == "not_found"
    assert colleague.try_register().status_code == stranger.try_register().status_code == 200


def test_a_customer_has_an_account_without_a_desk(visitor: DeskMaker) -> None:
    customer = visitor(CUSTOMER).sign_in()
    assert sessions(customer) == {customer.session: True}
    assert list(devices(customer)) == [customer.device]


# Devices


def test_the_owner_sees_all_devices_and_others_their_own(visitor: DeskMaker) -> None:
    owner, manager = visitor(OWNER).sign_in(), visitor(MANAGER).sign_in()
    staff = visitor(STAFF, device=manager.device).sign_in()
    assert devices(owner).keys() == {owner.device, manager.device}
    assert devices(staff).keys() == {manager.device}
    assert code_of(manager.http.get("/v1/devices")) == "not_allowed"
    shared = devices(owner)[manager.device]
    assert {one["id"] for one in shared["people"]} == {owner.shop.users[MANAGER], owner.shop.users[STAFF]}
    assert (shared["current"], shared["revoked_at"]) == (False, None)


def test_a_device_that_is_shut_out_stays_out(desk: DeskMaker, visitor: DeskMaker) -> None:
    owner, staff = desk(OWNER), desk(STAFF)
    edit = staff.booking(next_day())
    assert post(owner, f"devices/{staff.device}/revoke") == 204
    said = [staff.try_pull(), staff.try_push(edit), staff.try_refresh(), staff.http.get("/v1/devices")]
    assert {code_of(one) for one in said} == {"revoked"}
    assert code_of(visitor(STAFF, device=staff.device).try_sign_in()) == "revoked"
    assert code_of(visitor(OWNER, device=staff.device).try_sign_in()) == "revoked"
    assert visitor(STAFF).try_sign_in().status_code == 200, "the person may work elsewhere"
    when = devices(owner)[staff.device]["revoked_at"]
    assert when is not None
    assert post(owner, f"devices/{staff.device}/revoke") == 204
    assert devices(owner)[staff.device]["revoked_at"] == when


def test_a_sign_in_under_way_does_not_outlive_the_shutting_out(
    visitor: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, staff = visitor(OWNER).sign_in(), visitor(STAFF).sign_in()
    assert post(owner, f"devices/{staff.device}/revoke") == 204
    with monkeypatch.context() as before:
        before.setattr(accounts, "shut_out", lambda *_: None)
        assert code_of(staff.try_sign_in()) == "sign_in_failed"
    assert devices(owner)[staff.device]["people"] == []


def test_others_shut_out_what_they_alone_use(visitor: DeskMaker) -> None:
    alone, shared = visitor(STAFF).sign_in(), visitor(STAFF).sign_in()
    colleague = visitor(CUSTOMER, device=shared.device).sign_in()
    assert post(alone, f"devices/{shared.device}/revoke") == "not_allowed"
    assert post(shared, f"devices/{alone.device}/revoke") == 204
    assert code_of(alone.try_register()) == "revoked"
    assert post(colleague, f"devices/{alone.device}/revoke") == "not_found"


def test_no_device_of_another_business_is_there(visitor: DeskMaker, engine: Engine) -> None:
    owner = visitor(OWNER).sign_in()
    stranger = visitor(OWNER, at=open_shop(engine)).sign_in()
    for device in (stranger.device, new_id(), "x"):
        assert post(owner, f"devices/{device}/revoke") == "not_found"
    assert stranger.device not in devices(owner)
    assert stranger.try_register().status_code == 200


def test_the_same_id_elsewhere_is_another_device(visitor: DeskMaker, engine: Engine) -> None:
    owner = visitor(OWNER).sign_in()
    namesake = visitor(OWNER, at=open_shop(engine), device=owner.device).sign_in()
    second = visitor(OWNER).sign_in()
    assert post(second, f"devices/{owner.device}/revoke") == 204
    assert code_of(owner.try_register()) == "revoked"
    assert namesake.try_register().status_code == 200


# The second factor


def test_a_factor_is_begun_confirmed_used_and_ended(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    begin = "account/second-factor/begin"
    assert post(desk, begin, {"password": "wrong"}) == "wrong_password"
    drawn = desk.http.post(f"/v1/{begin}", json={"password": PASSWORD}).json()
    totp, now = pyotp.TOTP(drawn["secret"]), clock.now()
    assert post(desk, "account/second-factor/confirm", {"code": "000000"}) == "wrong_code"
    reply = desk.http.post("/v1/account/second-factor/confirm", json={"code": totp.at(now)})
    codes = reply.json()["codes"]
    assert len(codes) == 10
    assert post(desk, begin, {"password": PASSWORD}) == "second_factor_on"
    assert code_of(visitor().try_sign_in()) == "second_factor_required"
    assert code_of(visitor().try_sign_in(totp=totp.at(now))) == "sign_in_failed", "a code is good once"
    assert code_of(visitor().try_sign_in(totp=codes[0])) == 200
    off = "account/second-factor/off"
    assert post(desk, off, {"password": PASSWORD, "code": codes[0]}) == "wrong_code"
    assert post(desk, off, {"password": "wrong", "code": codes[1]}) == "wrong_password"
    assert post(desk, off, {"password": PASSWORD, "code": codes[1]}) == 204
    assert code_of(visitor().try_sign_in()) == 200


def test_nobody_confirms_what_was_never_begun(visitor: DeskMaker, shop: Shop) -> None:
    assert post(visitor().sign_in(), "account/second-factor/confirm", {"code": "123456"}) == "wrong_code"


CONFIRM = "account/second-factor/confirm"


def drawn(desk: WireDesk) -> pyotp.TOTP:
    reply = desk.http.post("/v1/account/second-factor/begin", json={"password": PASSWORD})
    return pyotp.TOTP(reply.json()["secret"])


def test_a_code_that_confirms_is_not_guessed_at_without_end(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    drawn(desk)
    assert [post(desk, CONFIRM, {"code": "x"}) for _ in range(6)] == ["wrong_code"] * 5 + ["too_many_tries"]
    totp = drawn(desk)
    late = desk.http.post(f"/v1/{CONFIRM}", json={"code": totp.at(clock.now())})
    assert (code_of(late), 0 < int(late.headers["retry-after"]) <= 15) == ("too_many_tries", True)
    with moved(timedelta(seconds=16)):
        assert post(desk, CONFIRM, {"code": totp.at(clock.now())}) == 200


def test_guesses_at_what_is_not_begun_keep_nobody_from_their_own(visitor: DeskMaker) -> None:
    desk = visitor().sign_in()
    assert [post(desk, CONFIRM, {"code": "x"}) for _ in range(6)] == ["wrong_code"] * 6
    reply = desk.http.post(f"/v1/{CONFIRM}", json={"code": drawn(desk).at(clock.now())})
    codes = reply.json()["codes"]
    assert [post(desk, CONFIRM, {"code": "x"}) for _ in range(6)] == ["wrong_code"] * 6
    assert post(desk, "account/second-factor/off", {"password": PASSWORD, "code": codes[0]}) == 204
