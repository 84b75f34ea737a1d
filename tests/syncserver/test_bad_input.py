"""What does not fit is refused with a sentence, and nothing of it is kept."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from shared.protocol.messages import MAX_BODY
from tests.support.shop import Shop
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_push import dump


def body_of(desk: WireDesk, **args: Any) -> str:
    edit = desk.edit("customer.create", {"customer_id": new_id(), "name": "Ida"} | args)
    return orjson.dumps(desk.envelope(edit)).decode()


BROKEN: dict[str, Callable[[str], str]] = {
    "no JSON": lambda text: "{" + text,
    "cut in half": lambda text: text[: len(text) // 2],
    "nothing": lambda text: "",
    "a list": lambda text: "[]",
    "a name twice": lambda text: text.replace('"name":"Ida"', '"name":"Ida","name":"Eva"'),
    "NaN": lambda text: text.replace('"elapsed":0', '"elapsed":NaN'),
    "infinity": lambda text: text.replace('"elapsed":0', '"elapsed":-Infinity'),
    "a huge number": lambda text: text.replace('"elapsed":0', '"elapsed":9007199254740993'),
    "an endless number": lambda text: text.replace('"elapsed":0', f'"elapsed":{"9" * 5000}'),
    "a fraction": lambda text: text.replace('"elapsed":0', '"elapsed":0.5'),
    "a text for a number": lambda text: text.replace('"elapsed":0', '"elapsed":"0"'),
    "NUL": lambda text: text.replace("Ida", "Ida\\u0000"),
    "half a character": lambda text: text.replace("Ida", "Ida\\ud800"),
    "deep nesting": lambda text: text.replace('"Ida"', "[" * 50_000 + "]" * 50_000),
    "nesting in free values": lambda text: text.replace('"elapsed":0', '"elapsed":' + '{"a":' * 900 + "0" + "}" * 900),
    "an unknown field": lambda text: text.replace('"elapsed":0', '"elapsed":0,"role":"TENANT_OWNER"'),
    "an unknown argument": lambda text: text.replace('"name":"Ida"', '"name":"Ida","blocked":true'),
    "an unknown mutation": lambda text: text.replace("customer.create", "customer.forget"),
    "no author": lambda text: text.replace('"author":', '"writer":'),
    "an id in capitals": lambda text: text.replace('"id":"', '"id":"A'),
    "true for an id": lambda text: text.replace('"name":"Ida"', '"name":true'),
    "a name without end": lambda text: text.replace("Ida", "x" * 201),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_does_not_fit_is_refused_whole(desk: DeskMaker, engine: Engine, shop: Shop, kind: str) -> None:
    mine = desk()
    before = dump(engine, shop)
    headers = {"Content-Type": "application/json"}
    reply = mine.http.post("/v1/sync/push", content=BROKEN[kind](body_of(mine)), headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["detail"].endswith(".")
    assert "Traceback" not in reply.text
    assert dump(engine, shop) == before


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\x00", '{"a": "ü"}'.encode("latin-1")], ids=repr)
def test_what_is_not_text_is_refused(desk: DeskMaker, raw: bytes) -> None:
    assert desk().http.post("/v1/sync/push", content=raw).status_code == 422


def test_five_hundred_edits_go_and_one_more_does_not(desk: DeskMaker) -> None:
    mine = desk()
    edits = [mine.edit("customer.create", {"customer_id": new_id(), "name": "Ida"}) for _ in range(501)]
    assert mine.try_push(*edits).status_code == 422
    assert len(mine.push(*edits[:500])) == 500


def test_too_large_is_said_before_it_is_read(desk: DeskMaker) -> None:
    mine = desk()
    announced = mine.http.post("/v1/sync/push", content=b" " * (MAX_BODY + 1))
    assert (announced.status_code, announced.json()["code"]) == (413, "too_large")

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert mine.http.post("/v1/sync/push", content=endless()).status_code == 413


@pytest.mark.parametrize("asked", [{}, {"replica": ""}, {"replica": "x"}, {"replica": "../../etc"}], ids=repr)
def test_a_pull_names_its_replica(desk: DeskMaker, asked: dict[str, str]) -> None:
    reply = desk().http.get("/v1/sync/pull", params=asked)
    assert (reply.status_code, reply.json()["code"]) == (422, "invalid")


def test_every_reply_is_a_problem_and_not_stored(desk: DeskMaker) -> None:
    mine = desk()
    replies = {
        404: mine.http.get("/v1/sync/nothing"),
        405: mine.http.get("/v1/sync/push"),
        422: mine.http.get("/v1/sync/live", params={"after": "x"}),
        401: mine.http.get("/v1/sync/pull", headers={"Authorization": "Basic eDp5"}),
    }
    for status, reply in replies.items():
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["cache-control"] == "no-store"
        assert {"type", "title", "status", "code", "detail"} <= json.loads(reply.text).keys()
    assert mine.http.get("/health").headers["cache-control"] == "no-store"


def test_whether_somebody_is_there_is_answered_without_the_database(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a desk asks while it waits: a database that is busy must not make the server look gone."""
    asked: list[object] = []
    monkeypatch.setattr("syncserver.services.health.check", asked.append)
    assert desk().http.head("/health").headers["cache-control"] == "no-store"
    assert asked == []


def test_a_bug_is_an_incident_without_anybodys_data(
    desk: DeskMaker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = desk()

    def broken(*_: object) -> None:
        raise RuntimeError(f"secret {mine.shop.canary}")

    monkeypatch.setattr("syncserver.services.sync.registering.register", broken)
    reply = mine.try_register()
    assert (reply.status_code, reply.json()["code"]) == (500, "internal")
    assert mine.shop.canary not in reply.text
    logged = capsys.readouterr()
    assert reply.json()["incident"] in logged.out + logged.err
    assert mine.shop.canary not in logged.out + logged.err


def test_a_booking_that_breaks_a_rule_is_an_outcome_and_no_error(desk: DeskMaker) -> None:
    mine = desk()
    nobody = mine.booking(next_day(), customer_id=new_id())
    empty = mine.booking(next_day(), segments=[])
    outcomes = mine.push(nobody, empty)
    assert [(one["outcome"], one["code"]) for one in outcomes] == [("rejected", "not_found"), ("rejected", "invalid")]


def test_a_token_nested_without_end_is_no_token(visitor: DeskMaker) -> None:
    head = base64.urlsafe_b64encode(b"[" * 20_000).decode()
    reply = visitor().http.get("/v1/sync/pull", headers={"Authorization": f"Bearer {head}"})
    assert (reply.status_code, reply.json()["code"]) == (401, "reauth")


@pytest.mark.parametrize("path", ["/health", "/v1/nothing", "/v1/sync/pull"])
def test_an_answer_says_to_which_request_it_belongs(desk: DeskMaker, path: str) -> None:
    asked = {"X-Request-Id": "aB3-_"}
    assert desk().http.get(path, headers=asked).headers["x-request-id"] == "aB3-_"


@pytest.mark.parametrize("text", ["", "x" * 65, "two words", "<b>", "a;b", "é".encode().decode("latin-1")])
def test_nothing_else_of_a_strangers_is_given_back(desk: DeskMaker, text: str) -> None:
    reply = desk().http.get("/health", headers={b"X-Request-Id": text.encode("latin-1")})
    assert "x-request-id" not in reply.headers
    assert "x-request-id" not in desk().http.get("/health").headers
