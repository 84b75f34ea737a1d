"""A second factor: enrolled by a code, asked for at each sign-in, and each code good once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.identity import second_factors
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.store.users import User, create_user, find_user
from tests.support.device_keys import proven
from tests.support.moving_clock import frozen
from tests.support.shop import PASSWORD, Shop
from tests.syncserver.conftest import DeskMaker


@pytest.fixture
def ann(engine: Engine, shop: Shop) -> User:
    user = find_user(engine, shop.users[Role.TENANT_MANAGER])
    assert user is not None
    return user


def enrolled(server: Server, user: User) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """A person's authenticator app, and their recovery codes; the code of a while ago is the one that was used."""
    totp = pyotp.TOTP(second_factors.begin(server, user).secret)
    earlier = clock.now() - timedelta(minutes=5)
    with frozen(earlier):
        return totp, second_factors.confirm(server, user, totp.at(earlier))


def declined(code: ProblemCode, error: pytest.ExceptionInfo[Declined]) -> bool:
    return error.value.code is code


def test_a_factor_counts_once_a_code_has_confirmed_it(server: Server, ann: User) -> None:
    begun = second_factors.begin(server, ann)
    assert begun.uri.startswith("otpauth://totp/SmoothSchedule:")
    assert begun.secret in begun.uri
    assert not second_factors.is_on(server, ann.id)
    with pytest.raises(Declined) as wrong:
        second_factors.confirm(server, ann, "000000")
    assert declined(ProblemCode.WRONG_CODE, wrong)
    codes = second_factors.confirm(server, ann, pyotp.TOTP(begun.secret).at(clock.now()))
    assert len(set(codes)) == 10
    assert second_factors.is_on(server, ann.id)
    with pytest.raises(Declined) as twice:
        second_factors.begin(server, ann)
    assert declined(ProblemCode.SECOND_FACTOR_ON, twice)


def test_the_database_never_holds_a_secret_or_a_recovery_code(server: Server, engine: Engine, ann: User) -> None:
    totp, codes = enrolled(server, ann)
    with engine.connect() as connection:
        rows = list(connection.exec_driver_sql("SELECT * FROM second_factors"))
        rows += connection.exec_driver_sql("SELECT * FROM recovery_codes").all()
    kept = repr(rows)
    assert totp.secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_a_secret_is_good_for_its_own_person_alone(server: Server, ann: User) -> None:
    hidden = server.keys.encrypt("second factor", "secret", about=ann.id)
    assert server.keys.decrypt("second factor", hidden, about=ann.id) == "secret"
    assert server.keys.decrypt("second factor", hidden, about=new_id()) is None
    assert server.keys.decrypt("mail", hidden, about=ann.id) is None
    assert server.keys.decrypt("second factor", f"x{hidden}", about=ann.id) is None


def test_a_sign_in_asks_for_a_code_where_there_is_a_factor(visitor: DeskMaker, server: Server, ann: User) -> None:
    totp, _ = enrolled(server, ann)
    desk = visitor()
    said = []
    for code in (None, "000000", "x", "", totp.at(clock.now())):
        reply = desk.try_sign_in(totp=code)
        said.append(reply.json().get("code", reply.status_code))
    required, failed = "second_factor_required", "sign_in_failed"
    assert said == [required, failed, failed, required, 200]


def test_a_code_is_not_used_where_the_device_is_refused(visitor: DeskMaker, server: Server, ann: User) -> None:
    totp, _ = enrolled(server, ann)
    known = visitor(Role.TENANT_OWNER).sign_in()
    desk, code = visitor(), totp.at(clock.now())
    wish = desk.sign_in_wish(totp=code) | {"device": {"id": known.device, "name": "Copy"}}
    stolen = proven(wish, wish["challenge"], key=Ed25519PrivateKey.generate())
    assert desk.http.post("/v1/auth/sign-in", json=stolen).json()["code"] == "device_unproven"
    assert desk.try_sign_in(totp=code).status_code == 200


def test_a_wrong_password_is_told_first_whatever_the_code(visitor: DeskMaker, server: Server, ann: User) -> None:
    totp, _ = enrolled(server, ann)
    assert visitor().try_sign_in(password="wrong", totp=totp.at(clock.now())).json()["code"] == "sign_in_failed"
    assert visitor().try_sign_in(password="wrong").json()["code"] == "sign_in_failed"


def test_a_password_alone_buys_no_more_guesses(visitor: DeskMaker, server: Server, ann: User) -> None:
    enrolled(server, ann)
    desk = visitor()
    codes = [desk.try_sign_in(totp="000000" if tried % 2 else None).status_code for tried in range(6)]
    assert codes == [403, 401, 403, 401, 403, 429]


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_of_one_step_beside_is_taken_and_no_other(server: Server, ann: User, steps: int, *, taken: bool) -> None:
    totp, _ = enrolled(server, ann)
    now = clock.now()
    with frozen(now):
        code = totp.at(now, counter_offset=steps)
        if taken:
            second_factors.require_code(server, ann.id, code)
        with pytest.raises(Declined) as again:
            second_factors.require_code(server, ann.id, code)
    assert declined(ProblemCode.SIGN_IN_FAILED, again)


def used_at_once(server: Server, user: User, code: str) -> int:
    """How often of twenty times at once a code is taken."""

    def use(_: int) -> bool:
        try:
            second_factors.require_code(server, user.id, code)
        except Declined:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        return sum(pool.map(use, range(20)))


def test_of_twenty_uses_at_once_one_is_taken(server: Server, ann: User) -> None:
    totp, codes = enrolled(server, ann)
    now = clock.now()
    with frozen(now):
        assert used_at_once(server, ann, totp.at(now)) == 1
        assert [used_at_once(server, ann, code) for code in codes] == [1] * 10


def test_gaps_and_letters_of_a_recovery_code_count_for_nothing(visitor: DeskMaker, server: Server, ann: User) -> None:
    _, codes = enrolled(server, ann)
    assert visitor().try_sign_in(totp=f" {codes[0].replace('-', ' ').lower()}").status_code == 200
    assert visitor().try_sign_in(totp=codes[0]).status_code == 401


def test_a_recovery_code_is_of_nobody_else(server: Server, engine: Engine, ann: User, shop: Shop) -> None:
    _, codes = enrolled(server, ann)
    owner = find_user(engine, shop.users[Role.TENANT_OWNER])
    assert owner is not None
    enrolled(server, owner)
    with pytest.raises(Declined):
        second_factors.require_code(server, owner.id, codes[0])
    second_factors.require_code(server, ann.id, codes[0])


def test_it_is_turned_off_by_a_code_and_begun_anew(server: Server, ann: User) -> None:
    totp, codes = enrolled(server, ann)
    with pytest.raises(Declined) as wrong:
        second_factors.turn_off(server, ann, "000000")
    assert declined(ProblemCode.WRONG_CODE, wrong)
    second_factors.turn_off(server, ann, codes[3])
    assert not second_factors.is_on(server, ann.id)
    second_factors.require_code(server, ann.id, None)
    again, _ = enrolled(server, ann)
    assert again.secret != totp.secret
    with pytest.raises(Declined):
        second_factors.require_code(server, ann.id, codes[4])


def test_platform_people_keep_theirs(server: Server, engine: Engine) -> None:
    root = create_user(
        engine, None, email=f"{new_id()}@platform.example", name="Root", role=Role.SUPERUSER,
        password_hash=hash_password(PASSWORD),
    )  # fmt: skip
    _, codes = enrolled(server, root)
    with pytest.raises(Declined) as refused:
        second_factors.turn_off(server, root, codes[0])
    assert declined(ProblemCode.NOT_ALLOWED, refused)
