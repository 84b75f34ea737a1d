"""Who wants the same at the same moment: at one worker or at several, in every order."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import ResourceId
from shared.model.resource import Resource, ResourceKind
from shared.mutations.decide import decide
from syncserver.services.declined import Declined
from syncserver.services.sync import push
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from syncserver.store.tenancy import take_clock, tenant_transaction
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.server_process import ServerProcess
from tests.support.shop import Shop, open_shop, put_rows
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_push import batch_of, kinds, new_customer

DESKS = 50
SEED = 20261126


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def book(database: str) -> Iterator[Engine]:
    engine = make_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(database, tmp_path_factory.mktemp("workers")) as started:
        yield started


@pytest.fixture
def place(book: Engine) -> Shop:
    """A business of which both workers serve the desks."""
    return open_shop(book)


Seat = Callable[[psutil.Process], WireDesk]


@pytest.fixture
def seat(server: ServerProcess, place: Shop) -> Iterator[Seat]:
    """Makes a desk that speaks with a worker."""
    with ExitStack() as stack:

        def make(worker: psutil.Process) -> WireDesk:
            desk = server.move(WireDesk(server.url, place), worker)
            stack.callback(lambda: desk.http.close())
            return desk.ready()

        yield make


def at_once(*pushes: tuple[httpx2.Client, Json]) -> list[httpx2.Response]:
    """The answers to pushes that are sent at the same moment."""
    ready = threading.Barrier(len(pushes))

    def send(one: tuple[httpx2.Client, Json]) -> httpx2.Response:
        client, body = one
        ready.wait(30)
        return client.post("/v1/sync/push", json=body)

    with ThreadPoolExecutor(len(pushes)) as threads:
        return list(threads.map(send, pushes))


def logged(engine: Engine, shop: Shop, replica: str) -> list[tuple[int, int, str]]:
    """What the log has of a replica in the order of its versions: version, seq, id."""
    with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
        rows = connection.exec_driver_sql(
            f"SELECT version, seq, id FROM mutation_log WHERE replica_id = '{replica}' ORDER BY version, ordinal"
        )
        return [(row[0], row[1], str(row[2])) for row in rows]


def test_the_same_push_at_two_workers_at_once_is_one_push(
    server: ServerProcess, book: Engine, place: Shop, seat: Seat
) -> None:
    chance = random.Random(SEED)
    first, second = server.workers()
    mine = seat(first)
    twin = server.move(WireDesk(server.url, place), second)
    twin.http.headers["Authorization"] = mine.http.headers["Authorization"]
    sent: list[Json] = []
    for _ in range(200):
        edits = [
            mine.booking(next_day(chance.randrange(24), chance.choice((0, 15, 30, 45)), days=chance.randrange(1, 4)))
            if chance.random() < 0.5
            else new_customer(mine)
            for _ in range(chance.randint(1, 3))
        ]
        sent += edits
        body = mine.envelope(*edits)
        one, other = at_once((mine.http, body), (twin.http, body))
        assert one.status_code == 200, (SEED, one.text)
        assert one.content == other.content, SEED
    twin.http.close()
    kept = logged(book, place, mine.replica)
    assert [(seq, mutation) for _, seq, mutation in kept] == [(one["seq"], one["id"]) for one in sent], SEED
    mine.pull()
    made = {one["args"]["customer_id"] for one in sent if one["name"] == "customer.create"}
    assert mine.rows["customer"].keys() == made | {place.customer}


def test_a_push_that_overtakes_the_one_before_it_is_a_gap_or_waits_its_turn(
    server: ServerProcess, book: Engine, place: Shop, seat: Seat
) -> None:
    first, second = server.workers()
    mine = seat(first)
    twin = server.move(WireDesk(server.url, place), second)
    twin.http.headers["Authorization"] = mine.http.headers["Authorization"]
    for _ in range(30):
        before, after = mine.envelope(new_customer(mine)), mine.envelope(new_customer(mine))
        one, other = at_once((mine.http, before), (twin.http, after))
        assert one.status_code == 200
        assert other.status_code == 200 or other.json()["code"] == "seq_gap"
        assert mine.http.post("/v1/sync/push", json=after).status_code == 200
    twin.http.close()
    assert [seq for _, seq, _ in logged(book, place, mine.replica)] == list(range(1, 61))


def test_two_workers_that_write_one_book_wait_for_each_other_and_never_give_up(
    server: ServerProcess, book: Engine, place: Shop, seat: Seat
) -> None:
    desks = [seat(worker) for worker in server.workers() for _ in range(3)]

    def work(desk: WireDesk) -> list[int]:
        return [desk.try_push(new_customer(desk)).status_code for _ in range(40)]

    with ThreadPoolExecutor(len(desks)) as threads:
        assert list(threads.map(work, desks)) == [[200] * 40] * len(desks)
    for desk in desks:
        assert [seq for _, seq, _ in logged(book, place, desk.replica)] == list(range(1, 41))


def test_a_clock_that_is_held_for_long_is_retry_at_each_worker_and_then_goes_on(
    server: ServerProcess, book: Engine, place: Shop, seat: Seat
) -> None:
    desks = [seat(worker) for worker in server.workers()]
    bodies = [desk.envelope(new_customer(desk)) for desk in desks]
    pushes = [(desk.http, body) for desk, body in zip(desks, bodies, strict=True)]
    with tenant_transaction(book, place.tenant) as connection:
        take_clock(connection, place.tenant)
        for reply in at_once(*pushes):
            assert (reply.status_code, reply.json()["code"]) == (503, "retry")
            assert int(reply.headers["Retry-After"]) >= 1
    assert [reply.status_code for reply in at_once(*pushes)] == [200, 200]


def one_after_the_other(chance: random.Random, pushes: Sequence[tuple[httpx2.Client, Json]]) -> list[httpx2.Response]:
    order = list(pushes)
    chance.shuffle(order)
    return [client.post("/v1/sync/push", json=body) for client, body in order]


def all_at_once(chance: random.Random, pushes: Sequence[tuple[httpx2.Client, Json]]) -> list[httpx2.Response]:
    return at_once(*chance.sample(list(pushes), len(pushes)))


def test_of_fifty_desks_one_has_the_slot_in_whatever_order_they_come(
    server: ServerProcess, place: Shop, seat: Seat
) -> None:
    """By themselves, sharing transactions at one worker, and at two."""
    chance = random.Random(SEED)
    first, second = server.workers()
    desks = [seat(first if number % 2 else second) for number in range(DESKS)]
    ways = (one_after_the_other, all_at_once, all_at_once, all_at_once)
    for number, way in enumerate(ways):
        bodies = [desk.envelope(desk.booking(next_day(9 + number))) for desk in desks]
        replies = way(chance, [(desk.http, body) for desk, body in zip(desks, bodies, strict=True)])
        outcomes = [reply.json()["outcomes"][0] for reply in replies]
        assert sorted(kinds(outcomes)) == ["applied"] + ["rejected"] * (DESKS - 1), (SEED, way)
        assert {one["code"] for one in outcomes if one["outcome"] == "rejected"} == {"slot_taken"}
    desks[0].pull()
    held = desks[0].rows
    assert len(held["appointment"]) == len(held["allocation"]) == len(ways)
    columns = held["attention_item"].values()
    assert len([row for row in columns if "open" in row]) == len(ways) * (DESKS - 1)


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_one_more_than_a_room_takes_is_one_too_many(
    server: ServerProcess, book: Engine, place: Shop, seat: Seat, capacity: int
) -> None:
    room = Resource(
        id=ResourceId(new_id()), location_id=place.location, kind=ResourceKind.ROOM, name="Room", capacity=capacity,
        colour="", position=2,
    )  # fmt: skip
    put_rows(book, place.tenant, room)
    workers = server.workers()
    desks = [seat(workers[number % 2]) for number in range(capacity + 1)]
    segments = [{"service_id": place.cut, "resources": [room.id]}]
    for hour in (9, 11):
        bodies = [desk.envelope(desk.booking(next_day(hour), segments=segments)) for desk in desks]
        replies = at_once(*((desk.http, body) for desk, body in zip(desks, bodies, strict=True)))
        outcomes = [reply.json()["outcomes"][0] for reply in replies]
        assert sorted(kinds(outcomes)) == ["applied"] * capacity + ["rejected"]


def test_bad_batches_do_not_fail_the_good_ones_of_their_round(
    desk: DeskMaker, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = app.state.wiring.server
    good, forks, gaps, raises, late = (desk() for _ in range(5))
    made = new_customer(forks)
    forks.push(made)
    forked = batch_of(server, forks, made | {"args": {"customer_id": new_id(), "name": "Changed"}})
    new_customer(gaps)
    bad = new_customer(raises)

    def decide_or_raise(*given: Any) -> Any:
        if given[1].mutation_id == bad["id"]:
            raise ZeroDivisionError
        return decide(*given)

    monkeypatch.setattr("syncserver.services.sync.decisions.decide", decide_or_raise)
    pushing = push.Pushing(server, app.state.wiring.news.tell)
    answers = pushing.apply(
        good.shop.tenant,
        [
            batch_of(server, good, new_customer(good)),
            forked,
            batch_of(server, gaps, new_customer(gaps)),
            batch_of(server, raises, bad),
            batch_of(server, late, new_customer(late)),
        ],
    )
    assert [isinstance(one, bytes) for one in answers] == [True, False, False, False, True]
    assert [one.code for one in answers if isinstance(one, Declined)] == ["replica_forked", "seq_gap", "retry"]
    assert kinds(good.push(new_customer(good))) == ["applied"]


def test_p43_two_businesses_by_turns_on_two_connections_never_see_each_other(
    new_database_url: str, tmp_path: Path
) -> None:
    """More desks than connections: each connection is one business's and then the other's, again and again."""
    chance = random.Random(SEED)
    engine = make_engine(new_database_url, pool_size=2)
    shops = [open_shop(engine), open_shop(engine)]
    settings = Settings(data=tmp_path, port=0, pool_size=2)

    def work(desk: WireDesk, other: Shop, kind: list[str]) -> None:
        for step in kind:
            reply = desk.try_push(new_customer(desk)) if step == "push" else desk.try_pull()
            assert other.canary not in reply.text, SEED
            if step == "pull":
                assert desk.shop.canary in reply.text, (SEED, reply.text)
            assert reply.status_code == 200, (SEED, reply.text)

    with running(engine, settings) as (url, _), ExitStack() as stack:
        desks = [(WireDesk(url, shop), other) for shop, other in (shops, shops[::-1]) for _ in range(3)]
        for one, _ in desks:
            stack.callback(one.http.close)
            one.ready()
        steps = [[chance.choice(("push", "pull")) for _ in range(40)] for _ in desks]
        with ThreadPoolExecutor(len(desks)) as threads:
            done = [threads.submit(work, one, other, kind) for (one, other), kind in zip(desks, steps, strict=True)]
            for each in done:
                each.result(60)
    for shop, other in (shops, shops[::-1]):
        with tenant_transaction(engine, shop.tenant, read_only=True) as connection:
            names = connection.exec_driver_sql("SELECT string_agg(name, ' ') FROM customer").scalar_one()
        assert shop.canary in names
        assert other.canary not in names
    engine.dispose()
