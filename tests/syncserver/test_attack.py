"""What somebody who means harm has tried, as decision 0044 tells: each of it once, by whoever could try it."""

import base64
import hmac
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.member import Role
from syncserver.services.identity import masquerades, resets
from syncserver.services.server import Server
from syncserver.store.tenancy import control_transaction, tenant_transaction
from tests.support.admin_staff import AdminHttp, hire
from tests.support.masquerade import REASON, MasqueradeDesk, member, platform_person
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.trail import chain
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


def said(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, "" if reply.is_success else str(reply.json()["code"])


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature of a token."""
    header, claims, signature = token.split(".")
    return orjson.loads(_raw(header)), orjson.loads(_raw(claims)), signature


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def put_together(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    return f"{text_of(orjson.dumps(header))}.{text_of(orjson.dumps(claims))}.{signature}"


def bearer(desk: WireDesk) -> str:
    return desk.http.headers["Authorization"].removeprefix("Bearer ")


def forgeries(token: str, server: Server, shop: Shop) -> Iterator[str]:
    """Tokens that somebody makes who has one of ours, and no key."""
    header, claims, signature = parts(token)
    more = claims | {"exp": claims["exp"] + 3600}
    owner = claims | {"sub": shop.users[Role.TENANT_OWNER]}
    for alg in ("none", "None", "NONE", "nOnE", ""):
        yield put_together(header | {"alg": alg}, owner, "")
        yield put_together(header | {"alg": alg}, owner, signature)
    for changed in (more, owner, claims | {"act": {"sub": new_id()}}, claims | {"aud": "other"}):
        yield put_together(header, changed, signature)
    own_pair = Ed25519PrivateKey.generate()
    kids: tuple[Any, ...] = (header["kid"], "", "../../../../dev/null", "' OR '1'='1", "x" * 5000, None, 1, [], {})
    for kid in kids:
        forged = {"alg": "EdDSA", "typ": header["typ"], "kid": kid}
        signing = f"{text_of(orjson.dumps(forged))}.{text_of(orjson.dumps(owner))}"
        yield f"{signing}.{text_of(own_pair.sign(signing.encode()))}"
        shown = {"kty": "OKP", "crv": "Ed25519", "x": text_of(own_pair.public_key().public_bytes_raw())}
        jwk = {**forged, "jwk": shown, "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/chain"}
        signing = f"{text_of(orjson.dumps(jwk))}.{text_of(orjson.dumps(owner))}"
        yield f"{signing}.{text_of(own_pair.sign(signing.encode()))}"
    # The public key as the secret of another algorithm.
    signing = f"{text_of(orjson.dumps(header | {'alg': 'HS256'}))}.{text_of(orjson.dumps(owner))}"
    for public in server.keys._known:
        pair = OKPKey.import_key(public.private_key)
        for secret in (pair.as_pem(private=False), _raw(str(pair.as_dict(private=False)["x"]))):
            yield f"{signing}.{text_of(hmac.digest(secret, signing.encode(), 'sha256'))}"
    yield f"{token}."
    yield f".{token}"
    yield f"{token}, {token}"
    yield token.replace(".", "..", 1)
    yield token[:-4]
    # What the server has made for another purpose.
    now = int(clock.now().timestamp())
    whole = owner | {"iat": now, "exp": now + 600, "iss": "smoothschedule", "aud": "smoothschedule"}
    yield server.keys.sign("at", whole)
    yield server.keys.sign("challenge", whole)
    yield server.keys.seal("cursor", whole)
    yield server.keys.first_refresh_token(new_id())


def test_no_forged_token_opens_anything(desk: DeskMaker, server: Server, shop: Shop) -> None:
    mine = desk(Role.TENANT_STAFF)
    good = bearer(mine)
    for token in forgeries(good, server, shop):
        mine.http.headers["Authorization"] = f"Bearer {token}"
        assert said(mine.http.get("/v1/account/sessions")) == (401, "reauth"), token[:200]
    mine.http.headers["Authorization"] = f"Bearer {good}"
    assert mine.http.get("/v1/account/sessions").status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"aud": "admin"},
        {"aud": ["admin", "other"]},
        {"iss": "https://evil.example"},
        {"exp": None},
        {"exp": 1},
        {"act": {"sub": "a", "act": {"sub": "b"}}},
        {"act": {}},
        {"act": []},
        {"act": "somebody"},
        {"act": False},
        {"act": {"sub": 1}},
    ],
)
def test_a_claim_that_is_not_as_it_should_be_opens_nothing(
    desk: DeskMaker, server: Server, other: dict[str, Any]
) -> None:
    """Signed by our own key, as by a bug or by whoever has it for another purpose."""
    mine = desk(Role.TENANT_STAFF)
    _, claims, _ = parts(bearer(mine))
    ring = server.keys._ring
    mine.http.headers["Authorization"] = f"Bearer {ring.sign({**claims, **other})}"
    assert said(mine.http.get("/v1/account/sessions")) == (401, "reauth")


def test_the_claims_of_a_session_are_those_of_the_session(
    desk: DeskMaker, server: Server, shop: Shop, engine: Engine
) -> None:
    """Whose, where, on which device, as whom: a key that signs too much still opens nobody else's session."""
    mine, owner, next_door = desk(Role.TENANT_STAFF), desk(Role.TENANT_OWNER), open_shop(engine)
    begun = masquerades.start(server, platform_person(engine), shop.users[Role.TENANT_OWNER], reason=REASON)
    mask = MasqueradeDesk.of(str(mine.http.base_url), shop, server, begun)
    _, claims, _ = parts(bearer(mine))
    _, masked, _ = parts(bearer(mask))
    unmasked = {name: value for name, value in masked.items() if name != "act"}
    ring = server.keys._ring
    for forged in (
        claims | {"sub": shop.users[Role.TENANT_OWNER]},
        claims | {"device": owner.device},
        claims | {"sid": owner.session},
        claims | {"tenant": next_door.tenant.id},
        claims | {"act": {"sub": shop.users[Role.TENANT_OWNER]}},
        unmasked,
        masked | {"act": {"sub": shop.users[Role.TENANT_OWNER]}},
        masked | {"sub": shop.users[Role.TENANT_MANAGER]},
    ):
        mine.http.headers["Authorization"] = f"Bearer {ring.sign(forged)}"
        for reply in (
            mine.http.get("/v1/account/sessions"),
            mine.http.get("/v1/team"),
            mine.http.get("/v1/sync/live", params={"after": 0}),
            mine.try_register(device=forged["device"], replica=new_id()),
        ):
            # A masquerade whose names are others is refused what is not for one, before it is looked at whose it is.
            assert said(reply) in {(401, "reauth"), (401, "masquerade_ended"), (403, "not_allowed")}, forged
    mask.http.close()


def test_nobody_speaks_for_a_masquerade_but_whoever_is_in_it(
    url: str, desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    """A device that bears a masquerade's id is another device: what it brings is not of that session."""
    owner = desk(Role.TENANT_OWNER)
    wish = {"target": shop.users[Role.TENANT_STAFF], "reason": REASON}
    begun = owner.http.post("/v1/masquerade/start", json=wish).json()
    twin = WireDesk(url, shop, Role.TENANT_MANAGER, device=begun["session"]).ready()
    ends = twin.push(twin.booking(next_day()), twin.booking(next_day(12)) | {"author": begun["session"]})
    assert [one["outcome"] for one in ends] == ["applied", "quarantined"]
    query = "SELECT user_id::text, as_whom::text, outcome FROM mutation_log WHERE replica_id IS NOT NULL"
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        logged = {tuple(row) for row in connection.exec_driver_sql(query)}
    assert not [one for one in logged if one[1] is not None and one[2] == "applied"]
    twin.http.close()


def test_a_masquerade_brings_nothing_in_the_name_of_others(
    url: str, desk: DeskMaker, engine: Engine, shop: Shop, server: Server
) -> None:
    """The other way round: a person who signs in with its id lends it no rights."""
    begun = masquerades.start(server, platform_person(engine), shop.users[Role.TENANT_STAFF], reason=REASON)
    mask = MasqueradeDesk.of(url, shop, server, begun)
    mask.register()
    twin = WireDesk(url, shop, Role.TENANT_OWNER, device=begun.id).ready()
    wish = {"location_id": new_id(), "name": "Annex", "zone": "Europe/Berlin"}
    (end,) = mask.push(mask.edit("location.create", wish) | {"author": twin.session})
    assert end["outcome"] != "applied", "by the owner's rights, whom nobody masquerades as"
    for one in (mask, twin):
        one.http.close()


@pytest.mark.parametrize(
    "path",
    [
        "//v1/team", "/v1//team", "/v1/team/", "/v1/./team", "/v1/x/../team", "/v1/x/..;/team", "/v1/team;x=1",
        "/v1/team.", "/v1/team%20", "/v1/team%00", "/v1%2Fteam", "/V1/TEAM", "/v1/team/..%2Fteam", "/v1/te%61m",
        "/v1/account/..%2F..%2Fhealth", "/admin/..%2Fv1%2Fteam", "//admin", "/admin/", "/admin/./tenants",
        "/admin%2Ftenants", "/admin/tenants/..;/users", "/docs/../v1/team", "\\v1\\team", "/health/../v1/team",
    ],
)  # fmt: skip
def test_no_way_of_writing_a_path_goes_around_what_stands_before_it(url: str, path: str) -> None:
    """Byte for byte: no client of ours tidies it up before."""
    for method in (b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"get"):
        answer = raw(url, method + b" " + path.encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n")
        status = int(answer.split(b" ", 2)[1])
        assert status in {400, 401, 403, 404, 405, 303}, (method, path, answer[:200])
        if status == 303:
            assert b"location: /admin\r\n" in answer.lower(), answer


def raw(url: str, head: bytes, body: bytes = b"") -> bytes:
    """What is answered to bytes as they are."""
    parts_of = urlsplit(url)
    with socket.create_connection((parts_of.hostname or "", parts_of.port or 0), timeout=10) as line:
        line.sendall(head + b"Connection: close\r\n\r\n" + body)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: \xb2", b"Content-Length: +5", b"Content-Length: -1", b"Content-Length: 5, 5",
        b"Content-Length: 99999999999999999999999", b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked, identity",
        b"Content-Length: 2\r\nContent-Encoding: gzip", b"Content-Length: 2\r\nCookie: admin=\xff; admin=b; =",
        b"Content-Length: 2\r\nAuthorization: Bearer \xff\xfe", b"Content-Length: 2\r\nX-Request-Id: a\x0bb",
        b"Content-Length: 2\r\nX-Forwarded-For: \xff, ,,\r\nX-Forwarded-Proto: gopher",
        b"Content-Length: 2\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example",
    ],
)  # fmt: skip
def test_no_header_makes_a_bug_of_itself(url: str, header: bytes) -> None:
    for path in (b"/v1/auth/challenge", b"/v1/sync/hand-in", b"/v1/account/forgotten", b"/v1/team/invites", b"/admin"):
        head = b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + header + b"\r\n"
        try:
            answer = raw(url, head, b"{}")
        except (ConnectionError, TimeoutError):
            continue
        assert not answer or not answer.split(b" ", 2)[1].startswith(b"5"), (path, answer[:300])
        assert b"evil.example" not in answer


def test_a_second_factor_is_not_guessed_by_whoever_knows_the_password(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop
) -> None:
    mine = desk(Role.TENANT_MANAGER)
    drawn = mine.http.post("/v1/account/second-factor/begin", json={"password": PASSWORD}).json()
    code = pyotp.TOTP(drawn["secret"]).at(clock.now())
    assert mine.http.post("/v1/account/second-factor/confirm", json={"code": code}).status_code == 200
    wish = {"password": PASSWORD, "code": "000000"}
    answers = [said(mine.http.post("/v1/account/second-factor/off", json=wish)) for _ in range(7)]
    assert answers[0] == (403, "wrong_code")
    assert answers[-1] == (429, "too_many_tries")


def test_an_invite_pushes_none_aside_that_is_not_its_senders_to_take_back(
    desk: DeskMaker, engine: Engine, shop: Shop
) -> None:
    owner, manager = desk(Role.TENANT_OWNER), desk(Role.TENANT_MANAGER)
    email = f"{new_id()}@people.example"
    invited = owner.http.post("/v1/team/invites", json={"email": email, "role": "TENANT_MANAGER"}).json()
    lower = {"email": email.upper().replace("@PEOPLE.EXAMPLE", "@people.example"), "role": "TENANT_STAFF"}
    assert said(manager.http.post("/v1/team/invites", json=lower)) == (403, "not_allowed")
    waiting = owner.http.get("/v1/team").json()["invites"]
    assert [(one["id"], one["role"]) for one in waiting if one["email"] == email] == [(invited["id"], "TENANT_MANAGER")]
    last = chain(engine, shop.tenant)[-1]
    assert (last.kind, last.subject, last.actor_id) == (
        "access.refused", "manage_team", shop.users[Role.TENANT_MANAGER]
    )  # fmt: skip


def test_a_link_for_a_password_is_good_no_more_once_another_was_set(
    desk: DeskMaker, engine: Engine, shop: Shop, server: Server
) -> None:
    mine, sent = desk(Role.TENANT_STAFF), list[str]()
    user = member(engine, shop, Role.TENANT_STAFF)
    with pytest.MonkeyPatch.context() as patch, control_transaction(engine) as connection:
        patch.setattr(resets, "post", lambda *_, fields, **__: sent.append(fields["code"]))
        resets.mail_link(server, connection, user, shop.tenant)
    new = {"old": PASSWORD, "new": "seven quiet rivers"}
    assert mine.http.post("/v1/account/password", json=new).status_code == 204
    form = {"code": sent[0], "password": "eight loud rivers", "again": "eight loud rivers"}
    assert httpx2.post(f"{str(mine.http.base_url).rstrip('/')}/account/reset", data=form).status_code == 410
    assert mine.try_sign_in(password="seven quiet rivers").status_code == 200


def test_a_cookie_that_somebody_has_planted_is_nobodys_session(url: str, engine: Engine) -> None:
    planted, user = "A" * 43, hire(engine, Role.SUPERUSER)
    victim, thief = AdminHttp(url=url, token=planted), AdminHttp(url=url, token=planted)
    fields = {"email": user.email, "password": PASSWORD, "code": ""}
    reply = victim.post_as({"Origin": url}, "", **fields)
    assert reply.status_code == 303
    assert victim.http.cookies.get("admin", domain="127.0.0.1") != planted
    assert planted not in reply.headers["set-cookie"]
    assert thief.get("/second-factor").headers["location"] == "/admin"
    for one in (victim, thief):
        one.http.close()
