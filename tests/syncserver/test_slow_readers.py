"""Who reads an answer slowly, or not at all: they keep nobody else from theirs, and a slow line gets all of it."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import Message

from shared.ids import new_id
from syncserver.store.tenancy import TenantId
from syncserver.web import connection, streams, turns
from syncserver.web.turns import Pulls, Turn
from tests.support.shop import Shop, open_shop, put_rows
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, lines_of
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_pull import large_book, stall

Crowd = Callable[[], None]
END = b"\r\n0\r\n\r\n"


@pytest.fixture
def pulls(app: FastAPI) -> Pulls:
    made: Pulls = app.state.wiring.pulls
    return made


@pytest.fixture
def large_shop(engine: Engine, shop: Shop) -> Shop:
    put_rows(engine, shop.tenant, *large_book())
    return shop


@pytest.fixture
def crowd(desk: DeskMaker, engine: Engine, pulls: Pulls) -> Iterator[Crowd]:
    """Has two desks of each of three businesses ask for all of a large book, and read nothing of it."""
    with ExitStack() as stalled:

        def gather() -> None:
            for _ in range(3):
                theirs = open_shop(engine)
                put_rows(engine, theirs.tenant, *large_book())
                for _ in range(2):
                    stall(stalled, desk(at=theirs))
            until(lambda: len(pulls._lengthened) == 3)

        yield gather
    until(lambda: not pulls._newest)


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def line_of(desk: WireDesk) -> socket.socket:
    """A line whose system takes little by itself, on which the desk has asked for its book."""
    base = desk.http.base_url
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
    line.settimeout(20)
    line.connect((base.host, base.port or 80))
    head = f"GET /v1/sync/pull?replica={desk.replica} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\n"
    line.sendall(f"{head}Authorization: {desk.http.headers['Authorization']}\r\n\r\n".encode())
    return line


def ask(desk: WireDesk) -> httpx2.Response:
    """A first book without any packing, which makes a large one too long to be told at once."""
    asked = {"replica": desk.replica}
    return desk.http.get("/v1/sync/pull", params=asked, headers={"Accept-Encoding": "identity"})


def received(line: socket.socket, *, pause: float = 0.0) -> bytes:
    """What comes until the answer is whole, or the line is cut."""
    told = bytearray()
    with suppress(ConnectionError):
        while not told.endswith(END) and (piece := line.recv(16 * 1024)):
            told += piece
            time.sleep(pause)
    return bytes(told)


def test_an_honest_desk_gets_what_is_new_at_once_beside_six_that_read_nothing(desk: DeskMaker, crowd: Crowd) -> None:
    mine, other = desk(), desk()
    mine.pull()
    crowd()
    for _ in range(5):
        other.push(other.edit("location.create", {"location_id": other.replica, "name": "Annex", "zone": "Etc/UTC"}))
        assert seconds_of(mine.pull) < 3
    assert seconds_of(other.pull) < 3, "a first book that is told at once"


def test_a_reader_that_takes_nothing_is_cut_off_and_its_turn_given_back(
    desk: DeskMaker, pulls: Pulls, large_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TAKES_WITHIN", 0.5)
    mine, other = desk(), desk()
    with line_of(mine) as line:
        until(lambda: len(pulls._lengthened) == 1)
        until(lambda: not pulls._newest, within=5)
        assert not received(line).endswith(END)
    assert other.pull()["counts"]["customer"] == 6001


@pytest.mark.parametrize(("rows", "piece"), [(700, 64 * 1024), (400, 8 * 1024 * 1024)], ids=["by pieces", "at once"])
def test_a_slow_line_gets_the_whole_book(
    desk: DeskMaker, engine: Engine, pulls: Pulls, shop: Shop, monkeypatch: pytest.MonkeyPatch, rows: int, piece: int
) -> None:
    """It takes several times as long as a line may take nothing."""
    put_rows(engine, shop.tenant, *large_book()[:rows])
    monkeypatch.setattr(connection, "TAKES_WITHIN", 1.5)
    monkeypatch.setattr(streams, "_PIECE", piece)
    mine, began = desk(), time.monotonic()
    with line_of(mine) as line:
        assert received(line, pause=0.05).endswith(END)
    assert time.monotonic() - began > 2 * 1.5
    until(lambda: not pulls._newest)


def test_a_long_book_waits_in_a_line_of_its_own_and_not_for_long(
    desk: DeskMaker, crowd: Crowd, large_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITS", 0.5)
    mine = desk()
    crowd()
    reply = ask(mine)
    assert (reply.status_code, reply.json()["code"]) == (503, "retry")
    assert int(reply.headers["retry-after"]) > 0


def test_behind_too_many_of_a_business_nobody_waits(desk: DeskMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = desk()
    monkeypatch.setattr(turns, "PULLS_IN_LINE", 0)
    reply = mine.try_pull()
    assert (reply.status_code, reply.json()["code"]) == (503, "retry")
    monkeypatch.undo()
    assert mine.pull()["version"] > 0


def test_who_has_read_slowly_for_a_while_gives_way_to_who_waits(
    desk: DeskMaker, crowd: Crowd, pulls: Pulls, large_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = desk()
    with monkeypatch.context() as patch:
        patch.setattr(turns, "WAITS", 0.5)
        crowd()
        until(lambda: len(pulls._newest) == 3)
    monkeypatch.setattr(turns, "LASTS", 0.0)
    # What lies in the systems between counts as taken: here it is much of what is sent at all.
    monkeypatch.setattr(turns, "SLOW", 100_000_000)
    began = time.monotonic()
    assert lines_of(ask(mine))[-1]["counts"]["customer"] == 6001
    assert time.monotonic() - began < 5


def test_whoever_is_fast_gives_way_to_nobody(
    desk: DeskMaker, crowd: Crowd, pulls: Pulls, large_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LASTS", 0.0)
    monkeypatch.setattr(turns, "SLOW", 0)
    monkeypatch.setattr(turns, "WAITS", 0.5)
    mine = desk()
    crowd()
    assert ask(mine).status_code == 503
    assert len(pulls._lengthened) == 3


def test_a_long_difference_is_told_whole(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    mine = desk()
    mine.pull()
    put_rows(engine, shop.tenant, *large_book())
    mine.http.headers["Accept-Encoding"] = "identity"
    assert mine.pull()["counts"] == {"customer": 6000}
    assert len(mine.rows["customer"]) == 6001


def test_a_place_goes_back_whatever_the_database_says_to_the_end_of_an_answer() -> None:
    """Its connection may be lost by then: else three such ends would leave no place for the rest of the day."""
    ended: list[bool] = []

    def close() -> None:
        raise ValueError("lost")

    async def taken(message: Message) -> None:
        assert message["type"].startswith("http.response")

    async def nothing() -> Message:
        await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    stream = streams.Stream(iter([bytes(300_000)] * 3), "identity", close=close)
    answer = stream.response(
        sending=lambda _: nullcontext(), sent=lambda _: None, ended=lambda: ended.append(True)
    )  # fmt: skip
    with pytest.raises((ValueError, ExceptionGroup)):
        asyncio.run(cast(Any, answer({"type": "http", "asgi": {"spec_version": "2.3"}}, nothing, taken)))
    assert ended == [True]


def test_who_is_given_up_is_given_up_again_without_harm() -> None:
    """Its thread may stand in the database for a while; meanwhile others look whom to let go."""

    async def within(turn: Turn) -> None:
        async with turn.within(10):
            turn.give_up()
            try:
                await asyncio.sleep(5)
            finally:
                turn.give_up()

    with pytest.raises(TimeoutError):
        asyncio.run(within(Turn(TenantId(new_id()), new_id(), new_id())))
