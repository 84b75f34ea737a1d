"""Pushes out of shape, by the hundred and in the long lane by the hundred thousand."""

import random
from collections import Counter
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from syncserver.services.sync.registering import OLDER
from tests.support.hostile import Hostile
from tests.support.server_process import ServerProcess
from tests.support.shop import Shop, open_shop
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_push import dump

JSON = {"Content-Type": "application/json"}
MEBIBYTE = 2**20


def send(desk: WireDesk, hostile: Hostile, count: int, *, ahead: int) -> Counter[int]:
    """How often each status was answered; a desk whose edits were decided goes on behind them."""
    statuses: Counter[int] = Counter()
    for _ in range(count):
        body = hostile.body(ahead=ahead)
        reply = desk.http.post("/v1/sync/push", content=body, headers=JSON)
        # A desk that was upgraded before its server is asked to wait: any other 5xx is a fault.
        assert reply.status_code < 500 or reply.json()["detail"] == OLDER, (reply.text, body)
        statuses[reply.status_code] += 1
        if reply.status_code == 200:
            desk.seq = max(one["seq"] for one in reply.json()["outcomes"])
        else:
            assert reply.headers["content-type"] == "application/problem+json", body
    return statuses


def begin(desk: WireDesk) -> Hostile:
    seed = random.randrange(2**32)
    print(f"hostile pushes seed {seed}")
    return Hostile(desk, random.Random(seed))


def test_what_is_out_of_shape_or_turn_is_answered_and_not_stored(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    before = dump(engine, shop)
    statuses = send(mine, begin(mine), 300, ahead=1000)
    assert statuses[422] > 100
    assert dump(engine, shop) == before


def test_what_is_out_of_shape_in_its_turn_breaks_nothing(desk: DeskMaker) -> None:
    mine = desk()
    statuses = send(mine, begin(mine), 200, ahead=0)
    assert statuses[422] > 50
    (outcome,) = mine.push(mine.edit("customer.create", {"customer_id": mine.replica, "name": "Ida Brandt"}))
    assert outcome["outcome"] == "applied"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_leave_the_book_and_the_memory_as_they_were(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    shop = open_shop(engine)
    with ServerProcess(database_url, tmp_path, workers=1) as server:
        mine = WireDesk(server.url, shop).ready()
        hostile, before = begin(mine), dump(engine, shop)
        # What is made once, as plans and caches, is made by then.
        send(mine, hostile, 10_000, ahead=1000)
        warm = resident(server)
        statuses = send(mine, hostile, 90_000, ahead=1000)
        assert statuses[422] > 45_000
        assert dump(engine, shop) == before
        assert resident(server) - warm < 32 * MEBIBYTE
        mine.http.close()


def resident(server: ServerProcess) -> int:
    """Bytes of the server's process and its children."""
    parent = psutil.Process(server.process.pid)
    return sum(one.memory_info().rss for one in (parent, *parent.children(recursive=True)))
