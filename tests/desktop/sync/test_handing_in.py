"""Handing in what waits, to a server that takes no message beyond a size and no edit beyond a number."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from desktop.sync.handing_in import Handed, hand_in
from desktop.sync.problems import TooLarge
from desktop.sync.transport import Transport
from shared.protocol.codec import encode
from shared.protocol.messages import MAX_BODY

Told = Mapping[str, Any]


class Server:
    """Keeps what is handed in, each edit once."""

    def __init__(self, *, most: int = MAX_BODY, room: int = 20_000) -> None:
        self.kept: list[str] = []
        self.calls = 0
        self.told_last = False
        self._most, self._room = most, room

    def hand_in(self, told: Told) -> Told:
        self.calls += 1
        new = [one["id"] for one in told["mutations"] if one["id"] not in self.kept]
        if len(encode(told)) > self._most or len(self.kept) + len(new) > self._room:
            raise TooLarge("The request is too large: split it.")
        self.kept += new
        self.told_last = self.told_last or told["last"]
        return {"taken": len(told["mutations"])}


def book(*sizes: int) -> Sequence[Told]:
    """Edits that wait, each of about so many bytes."""
    return [
        {"seq": seq, "id": f"edit {seq}", "name": "customer.create", "args": {"name": "x" * size}}
        for seq, size in enumerate(sizes, start=1)
    ]


def handed(server: Server, edits: Sequence[Told]) -> Handed:
    def unsent(limit: int, after: int) -> Sequence[Told]:
        return [one for one in edits if one["seq"] > after][:limit]

    return hand_in(cast(Transport, server), "ticket", "replica", unsent, books_left=0)


def test_an_edit_that_is_too_large_is_passed_over_and_all_behind_it_is_handed_in() -> None:
    server = Server()
    assert handed(server, book(1, MAX_BODY, 1, MAX_BODY, MAX_BODY, 1)) == Handed(kept=3, refused=3)
    assert server.kept == ["edit 1", "edit 3", "edit 6"]
    assert not server.told_last


def test_what_is_larger_than_something_on_the_way_lets_through_costs_those_behind_it_few_messages() -> None:
    server = Server(most=200_000)
    assert handed(server, book(*[100] * 300, 250_000, *[100] * 1000)) == Handed(kept=1300, refused=1)
    assert server.calls < 50


def test_a_server_that_takes_no_more_edits_is_not_asked_for_each_of_them() -> None:
    server = Server(room=700)
    with pytest.raises(TooLarge):
        handed(server, book(*[100] * 300, MAX_BODY, *[100] * 5000))
    assert len(server.kept) == 700
    assert server.calls < 50
