"""`shared/PROTOCOL.md` says what the code does: its tables, its examples, and what a real server answers to them."""

import re
from typing import Any

import httpx2
import jsonschema
import orjson
import pyotp
import pytest

from shared.mutations.registry import MUTATIONS
from shared.protocol import account_messages as people
from shared.protocol import codec, messages
from shared.protocol import masquerade_messages as masks
from shared.protocol.problems import STATUS, TITLES
from tests.contract import argument_shapes, protocol_document
from tests.contract.conftest import Stage
from tests.contract.protocol_document import CHANGING, Exchange, exchanges, filled, learned, masked
from tests.contract.scene import NOW, meet_others, numbered
from tests.support import device_keys

LINES = {
    "head": messages.PullHead,
    "rows": messages.PullRows,
    "removals": messages.PullRemovals,
    "range": messages.PullRange,
    "tail": messages.PullTail,
}
REQUESTS = {
    "/v1/auth/challenge": messages.ChallengeWish,
    "/v1/auth/sign-in": messages.SignIn,
    "/v1/auth/refresh": messages.RefreshToken,
    "/v1/auth/sign-out": messages.RefreshToken,
    "/v1/sync/register": messages.Register,
    "/v1/sync/push": messages.Push,
    "/v1/sync/offer": messages.Push,
    "/v1/sync/verify": messages.Verify,
    "/v1/sync/repair": messages.Repair,
    "/v1/account/forgotten": people.Forgotten,
    "/v1/account/password": people.PasswordChange,
    "/v1/account/second-factor/begin": people.FactorWish,
    "/v1/account/second-factor/confirm": people.FactorCode,
    "/v1/account/second-factor/off": people.FactorEnd,
    "/v1/account/sessions/end-others": people.Nothing,
    "/v1/account/sessions/{session}/end": people.Nothing,
    "/v1/team/invites": people.Invite,
    "/v1/team/invites/{invite}/revoke": people.Nothing,
    "/v1/team/{user}/role": people.RoleChange,
    "/v1/team/{user}/disable": people.Nothing,
    "/v1/team/{user}/enable": people.Nothing,
    "/v1/team/{user}/second-factor/reset": people.Nothing,
    "/v1/devices/{device}/revoke": people.Nothing,
    "/v1/lease": people.LeaseWish,
    "/v1/feeds": people.FeedWish,
    "/v1/feeds/{feed}/revoke": people.Nothing,
    "/v1/sync/hand-in": messages.HandIn,
    "/v1/customers/{customer}/erase": people.Erasure,
    "/v1/business/close": people.Closing,
    "/v1/masquerade/start": masks.MasqueradeWish,
    "/v1/masquerade/stop": people.Nothing,
    "/v1/masquerade/stop-own": people.Nothing,
    "/v1/masquerade/code": masks.MasqueradeCode,
    "/v1/masquerade/redeem": masks.MasqueradeRedeemed,
}
ZIP = "application/zip"


def path_of(one: Exchange) -> str:
    """The path with the names of what stands in it, as the server's document has it."""
    path = one.target.partition("?")[0]
    if path in REQUESTS:
        return path
    known = (*REQUESTS, "/v1/customers/{customer}/export", "/feeds/{secret}.ics")
    return next((one for one in known if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)), path)


def test_the_shapes_of_arguments_are_those_of_the_code() -> None:
    """`python -m tests.contract.argument_shapes` prints them."""
    assert protocol_document.argument_tables() == argument_shapes.tables()


def test_every_problem_is_listed() -> None:
    text = protocol_document.PATH.read_text()
    for code, status in STATUS.items():
        assert f"| `{code}` | {status} | {TITLES[code]} |" in text


def test_every_call_of_the_server_is_shown_and_no_other(stage: Stage) -> None:
    served = {(verb.upper(), path) for path, verbs in stage.document["paths"].items() for verb in verbs}
    assert {(one.method, path_of(one)) for one in exchanges()} == served


def test_every_mutation_has_a_schema_in_the_servers_document(stage: Stage) -> None:
    schemas = stage.document["components"]["schemas"]
    assert set(MUTATIONS) <= schemas.keys()
    named = {one["$ref"].rpartition("/")[2] for one in schemas["Pushed"]["properties"]["args"]["anyOf"]}
    assert named == set(MUTATIONS)


def test_every_reference_of_the_servers_document_leads_somewhere(stage: Stage) -> None:
    text = orjson.dumps(stage.document).decode()
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= stage.document["components"]["schemas"].keys()


def schema_of(stage: Stage, content: dict[str, Any]) -> dict[str, Any]:
    return {**content["schema"], "components": stage.document["components"]}


@pytest.mark.parametrize("one", exchanges(), ids=lambda one: f"{one.method} {path_of(one)} {one.status}")
def test_an_example_fits_the_codec_and_the_servers_document(stage: Stage, one: Exchange) -> None:
    call = stage.document["paths"][path_of(one)][one.method.lower()]
    assert ("security" in call) == one.signed_in
    if one.request is not None:
        codec.decode(one.request, REQUESTS[path_of(one)])
        jsonschema.validate(one.request, schema_of(stage, call["requestBody"]["content"]["application/json"]))
    answer = call["responses"][str(one.status)]
    if one.answer is None:
        assert "content" not in answer or one.headers["content-type"] == ZIP
        return
    schema = schema_of(stage, answer["content"][one.headers["content-type"]])
    for part in one.answer if isinstance(one.answer, list) else [one.answer]:
        jsonschema.validate(part, schema)
        if "kind" in part:
            codec.decode(part, LINES[part["kind"]])


def shown_again(path: str, body: dict[str, Any], known: dict[str, str]) -> dict[str, Any]:
    """A request with the proofs and the codes that follow from what was said before."""
    match path:
        case "/v1/account/second-factor/confirm":
            return body | {"code": pyotp.TOTP(known["secret"]).at(NOW)}
        case "/v1/account/second-factor/off":
            return body | {"code": known["codes"]}
    return proven_again(path, body)


def proven_again(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A request with the proofs that its device makes of what it says."""
    match path:
        case "/v1/auth/sign-in":
            return device_keys.proven(body, body["challenge"])
        case "/v1/auth/refresh":
            return device_keys.refreshing(numbered(10), body["refresh_token"])
        case "/v1/auth/sign-out":
            return device_keys.signing_out(numbered(10), body["refresh_token"])
    return body


def test_the_proofs_that_are_shown_are_those_of_the_texts_that_are_shown() -> None:
    proofs = [one for one in exchanges() if one.target.startswith("/v1/auth/")]
    assert len(proofs) == 4
    for one in proofs:
        assert proven_again(one.target, one.request) == one.request


def answered(stage: Stage, one: Exchange, known: dict[str, str]) -> tuple[httpx2.Response, Any]:
    """What the server answers to an example, in the shape in which the document reads it."""
    headers = {"Authorization": f"Bearer {known['access_token']}"} if one.signed_in else {}
    body = None if one.request is None else orjson.dumps(shown_again(path_of(one), filled(one.request, known), known))
    with stage.http.stream(one.method, _where(stage, one, known), headers=headers, content=body) as reply:
        media_type = reply.headers.get("content-type", "").partition(";")[0]
        if media_type == "text/event-stream":
            event = next(line for line in reply.iter_lines() if line.startswith("data: "))
            return reply, list(protocol_document.events([event]))
        text = reply.read()
    if media_type == ZIP:
        return reply, None
    if path_of(one) == "/v1/team/invites":
        stage.short[orjson.loads(text)["id"]] = numbered(93)
    if path_of(one) == "/v1/account/sessions":
        text = text.replace(known["session"].encode(), numbered(90).encode())
    for made, short in stage.short.items():
        text = text.replace(made.encode(), short.encode())
    if media_type == "application/x-ndjson":
        return reply, [orjson.loads(line) for line in text.splitlines()]
    return reply, orjson.loads(text) if text else None


def _where(stage: Stage, one: Exchange, known: dict[str, str]) -> str:
    target, *asked = one.target.split("&")
    for made, short in stage.short.items():
        target = target.replace(short, made)
    pairs = [part.partition("=") for part in asked]
    return "&".join((target, *(f"{name}={known.get(name, said)}" for name, _, said in pairs)))


def test_the_examples_played_in_order_get_the_answers_that_are_shown(stage: Stage) -> None:
    known: dict[str, str] = {}
    for one in exchanges():
        if path_of(one) == "/v1/audit":
            short, more = meet_others(stage.server)
            stage.short.update(short)
            known.update(more)
        reply, said = answered(stage, one, known)
        assert reply.status_code == one.status, one.target
        assert reply.headers.get("content-type", "").partition(";")[0] == one.headers.get("content-type", "")
        assert masked(said) == masked(one.answer), one.target
        learned(said, known)
    assert known.keys() >= CHANGING
