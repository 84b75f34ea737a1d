"""Two businesses, everybody who may ask something of them, and each call of the desks' API in good shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from sqlalchemy import Engine, delete

from shared import clock
from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.model.plan import Tier
from shared.model.registry import ENTITIES, SCHEMA_VERSION
from syncserver.services.identity.passwords import hash_password
from syncserver.services.server import Server
from syncserver.services.sync import leases
from syncserver.services.team import invites
from syncserver.store.calendar_feeds import CalendarFeed, put_feed
from syncserver.store.tables import control
from syncserver.store.tenancy import Tenant, control_transaction, tenant_transaction
from syncserver.store.tenants import create_tenant
from syncserver.store.users import User, create_user
from tests.support.shop import PASSWORD, Shop, open_shop, put_rows
from tests.support.sums import sums
from tests.support.wire_desk import Json, WireDesk

HASHED: Final = hash_password(PASSWORD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event of a trail."""

    kind: str
    outcome: str
    who: str | None
    as_whom: str | None
    subject: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is expected: `ok` or the code of a problem, and whether one event tells of it."""

    code: str
    told: bool

    @classmethod
    def of(cls, text: str) -> "Cell":
        """A cell of the tables."""
        return cls(code=text.removesuffix("!"), told=text.endswith("!"))


def cells(row: str, *columns: Any) -> dict[Any, Cell]:
    """The cells of a row by their columns; it has one for each."""
    return dict(zip(columns, map(Cell.of, row.split()), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call as it is sent."""

    method: str
    path: str
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def by(self, http: httpx2.Client) -> httpx2.Response:
        """The answer to whoever asks."""
        return http.request(self.method, self.path, json=self.body, params=dict(self.query))


@dataclass(kw_only=True)
class World:
    """A business, another one that is no demo, and a desk of each role that is signed in at the first."""

    engine: Engine
    server: Server
    url: str
    mine: Shop
    other: Shop
    desks: dict[Role, WireDesk] = field(default_factory=dict)
    theirs: WireDesk = field(init=False)
    _known: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for role in self.mine.users:
            self.desks[role] = self.desk(role)
        self.theirs = WireDesk(self.url, self.other, Role.TENANT_STAFF).ready()
        self.theirs.pull()

    def desk(self, role: Role, person: User | None = None) -> WireDesk:
        """A desk at the first business with somebody of a role, and a replica where the role may have one."""
        made = WireDesk(self.url, self.mine, role)
        if person is None:
            made.sign_in()
        else:
            told = made.try_sign_in(email=person.email).json()
            made.session, made.refresh_token = told["user"]["session"], told["refresh_token"]
            made.http.headers["Authorization"] = f"Bearer {told['access_token']}"
        if role is not Role.CUSTOMER:
            made.register().pull()
        return made

    def forget_refusals(self) -> None:
        """Let everybody be refused the same again as if ten minutes had passed."""
        with control_transaction(self.engine) as connection:
            connection.execute(delete(control.refusal_counts))

    def forget_tries(self) -> None:
        """Let everything be tried again as if a day had passed."""
        with control_transaction(self.engine) as connection:
            connection.exec_driver_sql("DELETE FROM sign_in_misses")

    def close(self) -> None:
        """Close every line."""
        for one in (*self.desks.values(), self.theirs):
            one.http.close()

    def somebody(self, shop: Shop | None, role: Role, **other: Any) -> User:
        """Somebody whom nobody has signed in as, of the platform without a shop."""
        email = f"{new_id()}@people.example"
        tenant = shop.tenant if shop else None
        return create_user(
            self.engine, tenant, email=email, name=f"A {role}", role=role, password_hash=HASHED, **other
        )  # fmt: skip

    def customer(self, shop: Shop) -> str:
        """A customer of whom nothing else is known."""
        made = CustomerId(new_id())
        put_rows(self.engine, shop.tenant, Customer(id=made, name=shop.canary))
        return made

    def invite(self, shop: Shop) -> str:
        """An invite that waits."""
        with control_transaction(self.engine) as connection:
            return invites.send_invite(
                self.server, connection, shop.tenant, email=f"{new_id()}@people.example", role=Role.CUSTOMER, by=None
            ).id  # fmt: skip

    def feed(self, shop: Shop) -> str:
        """A calendar's address of somebody of the staff."""
        user, feeds = shop.users[Role.TENANT_STAFF], control.calendar_feeds
        made = CalendarFeed(
            id=new_id(),
            tenant_id=shop.tenant.id,
            user_id=user,
            made_by=user,
            created_at=clock.now(),
            name="",
            role=Role.TENANT_STAFF,
        )
        with control_transaction(self.engine) as connection:
            # One may have ten, and is asked for more often than that.
            connection.execute(delete(feeds).where(feeds.c.user_id == user))
            put_feed(connection, made, secret_hash=new_id())
        return made.id

    def second(self, who: WireDesk) -> WireDesk:
        """Another device with the same person."""
        made = WireDesk(self.url, self.mine, who.role).sign_in()
        made.http.close()
        return made

    def new_events(self) -> list[Told]:
        """What the three chains tell of since this was asked; what stands in two of them once."""
        found: dict[str, Told] = {}
        for tenant in (None, self.mine.tenant, self.other.tenant):
            found |= self._since(tenant)
        return list(found.values())

    def _since(self, tenant: Tenant | None) -> dict[str, Told]:
        chain = tenant.slug if tenant else ""
        query = (
            "SELECT id::text, kind, outcome, actor_id::text, as_whom_id::text, subject, number FROM audit_event "
            "WHERE number > %s ORDER BY number"
        )
        opened = (
            tenant_transaction(self.engine, tenant, read_only=True)
            if tenant
            else control_transaction(self.engine, read_only=True)
        )
        with opened as connection:
            rows = connection.exec_driver_sql(query, (self._known.get(chain, 0),)).all()
        if rows:
            self._known[chain] = rows[-1][-1]
        return {
            key: Told(kind=kind, outcome=outcome, who=who, as_whom=as_whom, subject=subject)
            for key, kind, outcome, who, as_whom, subject, _ in rows
        }


def open_world(engine: Engine, server: Server, url: str) -> World:
    """A world of its own."""
    slug = f"real-{new_id()[-12:]}"
    real = create_tenant(engine, slug=slug, name=f"canary-{slug}", tier=Tier.ENTERPRISE, is_demo=False)
    return World(engine=engine, server=server, url=url, mine=open_shop(engine), other=open_shop(engine, real))


def question(desk: WireDesk, **other: Any) -> Json:
    """A comparison as a desk asks for it."""
    tables = {table: sums(desk.rows.get(table, {})) for table in ENTITIES}
    cursor = desk.cursor or "none"
    return {"replica": desk.replica, "cursor": cursor, "tables": tables} | other


def repair(desk: WireDesk, **other: Any) -> Json:
    """A repair as a desk asks for it."""
    whole = [{"table": "customer", "start": None, "before": None}]
    return {"replica": desk.replica, "cursor": desk.cursor or "none", "ranges": whole} | other


def pushed(world: World, who: WireDesk, replica: str, **other: Any) -> Json:
    """A push of a new customer, leased to the replica that it names."""
    lease = leases.give(world.server, world.mine.tenant, replica)
    edit = {
        "seq": who.seq + 1, "id": new_id(), "name": "customer.create", "v": 1, "author": who.session, "lease": lease,
        "elapsed": 0, "args": {"customer_id": new_id(), "name": "Somebody"}, **other,
    }  # fmt: skip
    epoch = who.epoch or world.server.epoch
    return {"replica": replica, "epoch": epoch, "schema": SCHEMA_VERSION, "mutations": [edit]}


Wish = Callable[[World, WireDesk, Shop], list[Asked]]
"""A call about what is of a shop, in each way in which it can name that."""


def get(path: str, **query: str) -> list[Asked]:
    """One call without a body."""
    return [Asked(method="GET", path=path, query=query)]


def post(path: str, *bodies: Json) -> list[Asked]:
    """A call with each of some bodies, an empty one where there is none."""
    return [Asked(method="POST", path=path, body=body) for body in bodies or ({},)]


def _session(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
    session = world.theirs.session if shop is world.other else world.second(who).session
    return post(f"/v1/account/sessions/{session}/end")


def _device(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
    device = world.theirs.device if shop is world.other else world.second(who).device
    return post(f"/v1/devices/{device}/revoke")


def _user(what: str, body: Json) -> Wish:
    return lambda world, who, shop: post(f"/v1/team/{world.somebody(shop, Role.TENANT_STAFF).id}/{what}", body)


def _erase(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
    customer = world.customer(shop)
    return post(f"/v1/customers/{customer}/erase", {"customer": customer})


def _register(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
    device = world.theirs.device if shop is world.other else who.device
    return post("/v1/sync/register", {"device": device, "replica": new_id(), "schema": SCHEMA_VERSION})


def _pull(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
    if shop is world.mine:
        return get("/v1/sync/pull", replica=who.replica)
    foreign = world.theirs
    return [
        *get("/v1/sync/pull", replica=foreign.replica),
        *get("/v1/sync/pull", replica=who.replica, cursor=str(foreign.cursor)),
        *get("/v1/sync/pull", replica=foreign.replica, cursor=str(foreign.cursor)),
    ]


def _push(path: str, **other: Any) -> Wish:
    def wish(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
        replica = who.replica if shop is world.mine else world.theirs.replica
        return post(path, pushed(world, who, replica, **other))

    return wish


def _compared(path: str, made: Callable[..., Json]) -> Wish:
    def wish(world: World, who: WireDesk, shop: Shop) -> list[Asked]:
        if shop is world.mine:
            return post(path, made(who))
        foreign = world.theirs
        return post(path, made(who, replica=foreign.replica), made(who, cursor=foreign.cursor))

    return wish


WISHES: Final[Mapping[str, Wish]] = {
    "GET /v1/account/sessions": lambda *_: get("/v1/account/sessions"),
    "POST /v1/account/sessions/{session}/end": _session,
    "POST /v1/account/sessions/end-others": lambda *_: post("/v1/account/sessions/end-others"),
    "POST /v1/account/password": lambda *_: post("/v1/account/password", {"old": PASSWORD, "new": "short"}),
    "POST /v1/account/second-factor/begin": lambda *_: post("/v1/account/second-factor/begin", {"password": PASSWORD}),
    "POST /v1/account/second-factor/confirm": lambda *_: post("/v1/account/second-factor/confirm", {"code": "000000"}),
    "POST /v1/account/second-factor/off": lambda *_: post(
        "/v1/account/second-factor/off", {"password": PASSWORD, "code": "000000"}
    ),
    "GET /v1/team": lambda *_: get("/v1/team"),
    "POST /v1/team/invites": lambda *_: post(
        "/v1/team/invites", {"email": f"{new_id()}@people.example", "role": "CUSTOMER"}
    ),
    "POST /v1/team/invites/{invite}/revoke": lambda world, who, shop: post(
        f"/v1/team/invites/{world.invite(shop)}/revoke"
    ),
    "POST /v1/team/{user}/role": _user("role", {"role": "TENANT_MANAGER"}),
    "POST /v1/team/{user}/disable": _user("disable", {}),
    "POST /v1/team/{user}/enable": _user("enable", {}),
    "POST /v1/team/{user}/second-factor/reset": _user("second-factor/reset", {}),
    "GET /v1/feeds": lambda *_: get("/v1/feeds"),
    "POST /v1/feeds": lambda world, who, shop: post(
        "/v1/feeds", {} if shop is world.mine else {"user": shop.users[Role.TENANT_STAFF]}
    ),
    "POST /v1/feeds/{feed}/revoke": lambda world, who, shop: post(f"/v1/feeds/{world.feed(shop)}/revoke"),
    "GET /v1/devices": lambda *_: get("/v1/devices"),
    "POST /v1/devices/{device}/revoke": _device,
    "GET /v1/lease": lambda *_: get("/v1/lease"),
    "POST /v1/lease": lambda *_: post("/v1/lease", {"minutes": 1440}),
    "POST /v1/masquerade/start": lambda world, who, shop: post(
        "/v1/masquerade/start", {"target": shop.users[Role.TENANT_STAFF], "reason": "to see what they see"}
    ),
    "GET /v1/audit": lambda *_: get("/v1/audit"),
    "GET /v1/numbers": lambda world, who, shop: get(
        "/v1/numbers", location=shop.location, first="2026-05-04", last="2026-05-10"
    ),
    "GET /v1/export": lambda *_: get("/v1/export"),
    "GET /v1/customers/{customer}/export": lambda world, who, shop: get(f"/v1/customers/{world.customer(shop)}/export"),
    "POST /v1/customers/{customer}/erase": _erase,
    "GET /v1/business/plan": lambda *_: get("/v1/business/plan"),
    "POST /v1/business/close": lambda world, who, shop: post(
        "/v1/business/close", {"tenant": shop.tenant.slug, "password": "not the password"}
    ),
    "GET /v1/sync/live": lambda *_: get("/v1/sync/live", after="0"),
    "POST /v1/sync/register": _register,
    "GET /v1/sync/pull": _pull,
    "GET /v1/sync/days": lambda world, who, shop: [
        *get("/v1/sync/days", location=shop.location),
        *(get("/v1/sync/days") if shop is world.mine else ()),
    ],
    "POST /v1/sync/push": _push("/v1/sync/push"),
    "POST /v1/sync/offer": _push("/v1/sync/offer", was_version=1),
    "POST /v1/sync/verify": _compared("/v1/sync/verify", question),
    "POST /v1/sync/repair": _compared("/v1/sync/repair", repair),
    "POST /v1/masquerade/stop-own": lambda *_: post("/v1/masquerade/stop-own"),
    "POST /v1/masquerade/stop": lambda *_: post("/v1/masquerade/stop"),
}
"""Each call that is not open, in the order in which they are asked."""
OPEN: Final[Mapping[str, Json | None]] = {
    "GET /health": None,
    "GET /feeds/{secret}.ics": None,
    "POST /v1/auth/challenge": {},
    "POST /v1/auth/refresh": {"refresh_token": "none"},
    "POST /v1/auth/sign-out": {"refresh_token": "none"},
    "POST /v1/account/forgotten": {"tenant": None, "email": "nobody@people.example"},
    "POST /v1/masquerade/code": {"opening": "none"},
    "POST /v1/masquerade/redeem": {"opening": "none", "digits": "00"},
    "POST /v1/sync/hand-in": {
        "ticket": "none", "replica": new_id(), "mutations": [], "last": True, "books_left": 0
    },
}  # fmt: skip
"""Each call that is open, but for the sign-in, which a desk has to prove."""
