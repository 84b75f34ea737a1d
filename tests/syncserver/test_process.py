"""The server as a process of its own, stopped and killed while desks are at work."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.registry import SCHEMA_VERSION
from tests.support.demo_server import DemoServer, demo_server
from tests.support.device_keys import proven
from tests.support.http_client import TRUST
from tests.support.waiting import until
from tests.support.wire_desk import Json, lines_of, next_day


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with demo_server(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture
def desk(demo: DemoServer) -> Iterator["Desk"]:
    made = Desk(demo)
    yield made
    made.http.close()


class Desk:
    """Signed in at the demo as its owner; its calls may fail with the line."""

    def __init__(self, server: DemoServer) -> None:
        account = server.account("TENANT_OWNER")
        self.http = httpx2.Client(base_url=server.url, verify=TRUST, timeout=20)
        self.device, self.replica = new_id(), new_id()
        wish: Json = {name: account[name] for name in ("email", "password", "tenant")}
        wish["device"] = {"id": self.device, "name": "Desk"}
        challenge = self.http.post("/v1/auth/challenge", json={}).json()["challenge"]
        told = self.http.post("/v1/auth/sign-in", json=proven(wish, challenge)).json()
        self.session = told["user"]["session"]
        self.http.headers["Authorization"] = f"Bearer {told['access_token']}"
        asked = {"device": self.device, "replica": self.replica, "schema": SCHEMA_VERSION}
        self.given = self.http.post("/v1/sync/register", json=asked).json()

    def customer(self, seq: int) -> Json:
        args = {"customer_id": new_id(), "name": f"Customer {seq}"}
        return {
            "seq": seq, "id": new_id(), "name": "customer.create", "v": 1, "args": args, "author": self.session,
            "lease": self.given["lease"], "elapsed": 0,
        }  # fmt: skip

    def push(self, *edits: Json) -> httpx2.Response:
        body = {"replica": self.replica, "epoch": self.given["epoch"], "schema": SCHEMA_VERSION}
        return self.http.post("/v1/sync/push", json=body | {"mutations": list(edits)})

    def customers(self) -> set[Any]:
        lines = lines_of(self.http.get("/v1/sync/pull", params={"replica": self.replica}))
        return {row[0] for line in lines if line.get("table") == "customer" for row in line["rows"]}


def test_p39_what_was_acknowledged_survives_the_death_of_the_server(demo: DemoServer, desk: Desk) -> None:
    acknowledged, last = [], None
    for seq in range(1, 3):
        last = desk.customer(seq)
        assert desk.push(last).status_code == 200
        acknowledged.append(last["args"]["customer_id"])
        demo.kill()
        demo.start()
    assert set(acknowledged) <= desk.customers()
    assert last is not None
    assert desk.push(last).json()["outcomes"][0]["outcome"] == "applied"


def test_it_stops_within_ten_seconds_though_desks_listen(demo: DemoServer, desk: Desk) -> None:
    with desk.http.stream("GET", "/v1/sync/live") as reply:
        lines = reply.iter_lines()
        assert next(lines).startswith("data: ")
        begun = time.monotonic()
        demo.stop()
        assert time.monotonic() - begun < 10
        assert list(lines) == [""], "the stream ended, it was not cut"
    demo.start()


def test_no_name_password_or_token_is_in_the_log(demo: DemoServer, desk: Desk) -> None:
    path = Path(demo.data) / "server.log"
    # The accounts are printed at the start, on purpose.
    before = path.stat().st_size
    desk.push(desk.customer(1))
    desk.push(desk.customer(3))
    desk.http.post("/v1/sync/push", content=b"{")
    account = demo.account("TENANT_OWNER")
    log = path.read_bytes()[before:].decode()
    assert "push.applied" in log
    for secret in (account["password"], account["email"], "Customer 1", desk.http.headers["Authorization"]):
        assert secret not in log


def test_a_link_in_a_mail_leads_to_the_port_that_was_taken(demo: DemoServer, desk: Desk) -> None:
    account = demo.account("TENANT_STAFF")
    wish = {"tenant": account["tenant"], "email": account["email"]}
    assert desk.http.post("/v1/account/forgotten", json=wish).status_code == 204
    folder = Path(demo.data) / "mail"
    until(lambda: any(folder.glob("*.eml")), within=20)
    (mail,) = folder.glob("*.eml")
    (link,) = set(re.findall(rb"http://\S+/account/reset", mail.read_bytes()))
    assert link.decode() == f"{demo.url}/account/reset"


def test_bookings_of_the_demo_are_there_for_a_desk(desk: Desk) -> None:
    lines = lines_of(desk.http.get("/v1/sync/pull", params={"replica": desk.replica}))
    counts = lines[0]["counts"]
    assert counts["customer"] >= 400
    assert counts["appointment"] > 100
    rows = [row for line in lines if line.get("table") == "appointment" for row in line["rows"]]
    assert len(rows) == counts["appointment"]
    assert any(row[3] > instant_text(next_day(0)) for row in rows), "some lie ahead"
