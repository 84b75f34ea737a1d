"""The figures over the wire: the same as at a desk that has synced, for owner and manager alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from desktop.store.numbers import ReplicaSource
from shared import clock
from shared.clock import instant_text
from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Tier
from shared.protocol import codec
from shared.rules import wall_time
from shared.rules.numbers.material import Asked
from shared.rules.numbers.report import Numbers, read_numbers
from tests.support.replica_desk import ReplicaDesk
from tests.support.shop import Shop, put_on_tier
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import DeskMaker


@pytest.fixture
def owner(url: str, shop: Shop) -> Iterator[ReplicaDesk]:
    made = ReplicaDesk(url, shop)
    yield made
    made.close()


def asked_of(desk: WireDesk, **query: str) -> Any:
    return desk.http.get("/v1/numbers", params=query)


def days(shop: Shop, first: date, last: date) -> dict[str, str]:
    return {"location": shop.location, "first": first.isoformat(), "last": last.isoformat()}


def test_a_desk_that_has_synced_tells_what_the_server_tells(owner: ReplicaDesk, shop: Shop) -> None:
    visits = [owner.wire.booking(next_day(hour))["args"] for hour in (8, 9, 10)]
    for number, visit in enumerate(visits):
        owner.edit("appointment.book", {**visit, "customer_id": shop.customer} if number else visit)
    owner.edit(
        "payment.take",
        {
            "payment_id": new_id(), "appointment_id": visits[0]["appointment_id"], "location_id": shop.location,
            "kind": "balance", "method": "cash", "amount": 4500, "currency": "EUR",
        },
    )  # fmt: skip
    cancel = {"appointment_id": visits[2]["appointment_id"], "reason": "ill", "by": "customer"}
    owner.edit("appointment.cancel", {**cancel, "was": {"status": "booked", "start": instant_text(next_day(10))}})
    owner.push()
    owner.pull()
    today = wall_time.local(clock.now(), "Europe/Berlin").date()
    for first, last in ((today, today + timedelta(days=3)), (today, today), (today - timedelta(days=300), today)):
        reply = asked_of(owner.wire, **days(shop, first, last))
        here = read_numbers(ReplicaSource(owner.replica), Asked(location_id=shop.location, first=first, last=last))
        assert codec.message_of(reply.content, Numbers) == here
        assert reply.content == codec.encode(here)
    told = asked_of(owner.wire, **days(shop, today, today + timedelta(days=3))).json()
    assert told["turnout"]["booked"] == 3
    assert told["turnout"]["cancelled_by_customer"] == 1
    later = asked_of(owner.wire, **days(shop, today, today)).json()
    assert later["revenue"][0]["balances"] == 4500


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"last": "2026-05-03"}, 422, "invalid"),
        ({"last": "2027-05-06"}, 422, "invalid"),
        ({"first": "yesterday"}, 422, "invalid"),
        ({"first": "0001-01-01", "last": "0001-01-02"}, 422, "invalid"),
        ({"first": "9999-12-30", "last": "9999-12-31"}, 422, "invalid"),
        ({"location": "nowhere"}, 422, "invalid"),
        ({"location": "01970000-0000-7000-8000-00000000ffff"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    desk: DeskMaker, shop: Shop, query: dict[str, str], status: int, code: str
) -> None:
    reply = asked_of(desk(Role.TENANT_MANAGER), **(days(shop, date(2026, 5, 4), date(2026, 5, 4)) | query))
    assert (reply.status_code, reply.json()["code"]) == (status, code)


@pytest.mark.parametrize("role", [Role.TENANT_STAFF, Role.CUSTOMER])
def test_whoever_sees_no_reports_is_refused(url: str, shop: Shop, role: Role) -> None:
    desk = WireDesk(url, shop, role).sign_in()
    reply = asked_of(desk, **days(shop, date(2026, 5, 4), date(2026, 5, 4)))
    assert (reply.status_code, reply.json()["code"]) == (403, "not_allowed")
    desk.http.close()


def test_a_plan_without_reports_has_none(engine: Engine, desk: DeskMaker, shop: Shop) -> None:
    put_on_tier(engine, shop.tenant, Tier.STARTER)
    reply = asked_of(desk(Role.TENANT_OWNER), **days(shop, date(2026, 5, 4), date(2026, 5, 4)))
    said = reply.json()
    assert (reply.status_code, said["code"]) == (403, "feature_not_in_plan")
    assert (said["feature"], said["tier"]) == ("reports", "PROFESSIONAL")
    assert said["detail"] == "The plan of the business does not include reports; the plan Professional does."
