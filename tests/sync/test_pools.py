"""Two offline desks that have found the same room: the second visit gets another, which bothers nobody and is told."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.queries.exchanged import exchanged_words
from shared.clock import instant_text
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Need, Service
from syncserver.settings import Settings
from tests.support.postgres import Postgres, fresh_engine
from tests.support.replica_desk import ReplicaDesk
from tests.support.running import running
from tests.support.shop import Shop, open_shop, put_rows, stored_rows
from tests.support.wire_desk import Json, next_day


@pytest.fixture
def ground(postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Engine, Shop, ReplicaDesk, ReplicaDesk]]:
    settings = Settings(data=tmp_path, port=0)
    with fresh_engine(postgres) as engine, running(engine, settings) as (url, _), ExitStack() as stack:
        shop = open_shop(engine)
        put_rows(engine, shop.tenant, *rooms(shop), peel(shop))
        desks = [ReplicaDesk(url, shop) for _ in range(2)]
        for desk in desks:
            stack.callback(desk.close)
        yield engine, shop, desks[0], desks[1]


def rooms(shop: Shop) -> list[Resource]:
    first = Resource(
        id=ResourceId(new_id()), location_id=shop.location, kind=ResourceKind.ROOM, name="Room 1", capacity=1,
        colour="", position=5, pool="Treatment",
    )  # fmt: skip
    return [first, replace(first, id=ResourceId(new_id()), name="Room 2", position=6)]


def peel(shop: Shop) -> Service:
    return Service(
        id=ServiceId(new_id()), name="Peel", category="", colour="", price=5000, before=0, active=30, processing=0,
        finishing=0, after=0,
        needs=(Need(kind=ResourceKind.STAFF), Need(kind=ResourceKind.ROOM, pool="Treatment")),
    )  # fmt: skip


def booked(shop: Shop, desk: ReplicaDesk, person: str) -> str:
    """A visit as a desk has found it: the person was chosen by hand, the room was not."""
    rows = desk.rows()
    service = next(row for row in rows["service"].values() if "Peel" in row)
    room = next(row for row in rows["resource"].values() if "Room 1" in row)
    visit = new_id()
    segment: Json = {
        "service_id": service[0], "resources": [person, room[0]], "fill": True, "exchangeable": [room[0]],
    }  # fmt: skip
    args = {
        "appointment_id": visit, "customer_id": shop.customer, "location_id": shop.location,
        "start": instant_text(next_day()), "segments": [segment],
    }  # fmt: skip
    desk.edit("appointment.book", args)
    return visit


def names(desk: ReplicaDesk, visit: str) -> list[str]:
    reads = desk.replica.tx()
    made = reads.find(Appointment, visit)
    assert made is not None
    found = [reads.find(Resource, one) for one in made.resources]
    return [one.name for one in found if one is not None and one.kind is ResourceKind.ROOM]


def test_the_second_desks_visit_gets_the_other_room(ground: tuple[Engine, Shop, ReplicaDesk, ReplicaDesk]) -> None:
    engine, shop, a, b = ground
    mine, theirs = booked(shop, a, shop.ana), booked(shop, b, shop.ben)
    assert (names(a, mine), names(b, theirs)) == (["Room 1"], ["Room 1"])
    assert [one["outcome"] for one in a.push()] == ["applied"]
    assert [one["outcome"] for one in b.push()] == ["adjusted"]
    for desk in (a, b):
        desk.pull()
        assert desk.rows() == stored_rows(engine, shop.tenant)
        assert desk.has_nothing_left()
        assert (names(desk, mine), names(desk, theirs)) == (["Room 1"], ["Room 2"])
        assert not desk.replica.tx().attention_about(theirs)
    assert not stored_rows(engine, shop.tenant)["attention_item"]
    (told,) = exchanged_words(b.replica)
    assert told.text.endswith(": Room 2 in place of Room 1, which was taken meanwhile.")
    assert exchanged_words(a.replica) == ()
