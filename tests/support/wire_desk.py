"""A desk without a desktop: raw HTTP calls in the shapes of the protocol, and nothing kept on disk."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, Self

import httpx2
import orjson

from shared.clock import instant_text, now
from shared.ids import new_id
from shared.model.member import Role
from shared.model.registry import SCHEMA_VERSION
from tests.support.device_keys import proven, refreshing, signing_out
from tests.support.http_client import TRUST
from tests.support.shop import PASSWORD, Shop

Json = dict[str, Any]

_LASTS: Final = 120
"""Seconds for which a token surely does: a desk that is shared by the tests of a module may live longer than one."""


class WireDesk:
    """One person at one device with one replica."""

    def __init__(self, url: str, shop: Shop, role: Role = Role.TENANT_MANAGER, *, device: str | None = None) -> None:
        self.http = httpx2.Client(base_url=url, verify=TRUST, timeout=20)
        self.shop = shop
        self.role = role
        self.device = device or new_id()
        self.replica = new_id()
        self.seq = 0
        self.lease = ""
        self.epoch = ""
        self.session = ""
        self.refresh_token = ""
        self._renewed_at = 0.0
        self.cursor: str | None = None
        self.rows: dict[str, dict[str, list[Any]]] = {}

    def sign_in(self, *, password: str = PASSWORD) -> Self:
        """Sign in; the token goes with every later call."""
        reply = self.try_sign_in(password=password)
        assert reply.status_code == 200, reply.text
        told = reply.json()
        self.session = told["user"]["session"]
        self._take(told)
        return self

    def renew(self) -> None:
        """Have another token before this one is over."""
        if monotonic() - self._renewed_at > _LASTS:
            reply = self.try_refresh()
            assert reply.status_code == 200, reply.text
            self._take(reply.json())

    def _take(self, told: Json) -> None:
        self.refresh_token = told["refresh_token"]
        self.http.headers["Authorization"] = f"Bearer {told['access_token']}"
        self._renewed_at = monotonic()

    def close(self) -> None:
        """End its connections."""
        self.http.close()

    def try_sign_in(self, **other: Any) -> httpx2.Response:
        """A sign-in whatever comes of it; `other` replaces what it says before the device proves it."""
        return self.http.post("/v1/auth/sign-in", json=self.sign_in_wish(**other))

    def sign_in_wish(self, **other: Any) -> Json:
        """A sign-in as it is sent, with a challenge of its own."""
        wish = {
            "email": self.shop.email(self.role),
            "password": PASSWORD,
            "tenant": self.shop.tenant.slug,
            "device": {"id": self.device, "name": "Front desk"},
        }
        return proven(wish | other, self.challenge())

    def challenge(self) -> str:
        """What the next sign-in is to be proven with."""
        challenge: str = self.http.post("/v1/auth/challenge", json={}).json()["challenge"]
        return challenge

    def try_refresh(self, token: str = "") -> httpx2.Response:
        """An exchange of a refresh token, the desk's own where none is given, whatever comes of it."""
        return self.http.post("/v1/auth/refresh", json=refreshing(self.device, token or self.refresh_token))

    def sign_out(self, token: str = "") -> httpx2.Response:
        """The end of the session of a refresh token, the desk's own where none is given."""
        return self.http.post("/v1/auth/sign-out", json=signing_out(self.device, token or self.refresh_token))

    def register(self) -> Self:
        """Register the replica."""
        reply = self.try_register()
        assert reply.status_code == 200, reply.text
        self.epoch, self.lease = reply.json()["epoch"], reply.json()["lease"]
        return self

    def try_register(self, **other: Any) -> httpx2.Response:
        """A registration whatever comes of it."""
        wish = {"device": self.device, "replica": self.replica, "schema": SCHEMA_VERSION}
        return self.http.post("/v1/sync/register", json=wish | other)

    def ready(self) -> Self:
        """Signed in and registered."""
        return self.sign_in().register()

    def edit(self, name: str, args: Mapping[str, Any], **other: Any) -> Json:
        """The next mutation as it is pushed."""
        self.seq += 1
        made = {"seq": self.seq, "id": new_id(), "name": name, "v": 1, "args": dict(args)}
        return {**made, "author": self.session, "lease": self.lease, "elapsed": 0, **other}

    def booking(self, start: datetime, **other: Any) -> Json:
        """The next mutation: a cut with Ana."""
        args = {
            "appointment_id": new_id(),
            "customer_id": self.shop.customer,
            "location_id": self.shop.location,
            "start": instant_text(start),
            "segments": [{"service_id": self.shop.cut, "resources": [self.shop.ana]}],
        }
        return self.edit("appointment.book", args | other)

    def envelope(self, *edits: Json) -> Json:
        """The body of a push of these edits."""
        return {"replica": self.replica, "epoch": self.epoch, "schema": SCHEMA_VERSION, "mutations": list(edits)}

    def try_push(self, *edits: Json, **other: Any) -> httpx2.Response:
        """A push whatever comes of it."""
        return self.http.post("/v1/sync/push", json=self.envelope(*edits) | other)

    def push(self, *edits: Json) -> list[Json]:
        """The outcomes of a push."""
        reply = self.try_push(*edits)
        assert reply.status_code == 200, reply.text
        outcomes: list[Json] = reply.json()["outcomes"]
        return outcomes

    def push_all(self, *edits: Json) -> list[Json]:
        """The outcomes of as many pushes as it takes: each is answered as far as it goes."""
        outcomes: list[Json] = []
        while len(outcomes) < len(edits):
            outcomes += self.push(*edits[len(outcomes) :])
        return outcomes

    def try_pull(self, cursor: str | None = None, **other: str) -> httpx2.Response:
        """A pull whatever comes of it."""
        asked = {"replica": self.replica} | ({"cursor": cursor} if cursor else {}) | other
        return self.http.get("/v1/sync/pull", params=asked)

    def pull(self) -> Json:
        """Take what is new; the tail."""
        reply = self.try_pull(self.cursor)
        assert reply.status_code == 200, reply.text
        lines = lines_of(reply)
        for line in lines:
            if line["kind"] == "rows":
                self.rows.setdefault(line["table"], {}).update({row[0]: row for row in line["rows"]})
            elif line["kind"] == "removals":
                for gone in line["ids"]:
                    self.rows.get(line["table"], {}).pop(gone, None)
        tail = lines[-1]
        assert tail["kind"] == "tail"
        self.cursor, self.lease = tail["cursor"], tail["lease"]
        return tail


def lines_of(reply: httpx2.Response) -> list[Json]:
    """The lines of a pull."""
    return [orjson.loads(line) for line in reply.content.splitlines()]


def next_day(hour: int = 10, minute: int = 0, *, days: int = 1) -> datetime:
    """An instant on a coming day."""
    return (now() + timedelta(days=days)).replace(hour=hour, minute=minute, second=0)
