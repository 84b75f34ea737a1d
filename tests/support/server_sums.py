"""The server's own view of a business, as a desk that has just been set up gets it over the wire."""

from typing import Any

import httpx2
import orjson

from shared.ids import new_id
from shared.model.registry import ENTITIES, SCHEMA_VERSION
from tests.support.demo_server import DemoServer
from tests.support.device_keys import proven
from tests.support.headless_process import sum_of
from tests.support.http_client import TRUST


def server_sums(server: DemoServer, role: str = "TENANT_OWNER") -> dict[str, list[Any]]:
    """Rows and SHA-256 of every entity, from a first pull."""
    return {table: sum_of(found) for table, found in server_rows(server, role).items()}


def server_rows(server: DemoServer, role: str = "TENANT_OWNER") -> dict[str, list[Any]]:
    """Every row of every entity, from a first pull."""
    account, device, replica = server.account(role), new_id(), new_id()
    wish = {
        "email": account["email"], "password": account["password"], "tenant": "demo",
        "device": {"id": device, "name": "counter"}, "totp": None,
    }  # fmt: skip
    with httpx2.Client(base_url=server.url, verify=TRUST, timeout=30) as http:
        challenge = http.post("/v1/auth/challenge", json={}).json()["challenge"]
        told = http.post("/v1/auth/sign-in", json=proven(wish, challenge)).json()
        http.headers["Authorization"] = f"Bearer {told['access_token']}"
        known = {"device": device, "replica": replica, "schema": SCHEMA_VERSION}
        http.post("/v1/sync/register", json=known).raise_for_status()
        reply = http.get("/v1/sync/pull", params={"replica": replica}).raise_for_status()
    rows: dict[str, list[Any]] = {table: [] for table in ENTITIES}
    for line in map(orjson.loads, reply.content.splitlines()):
        if line["kind"] == "rows":
            rows[line["table"]] += line["rows"]
    return rows
