"""Handing in what waits, to a server that takes no message beyond a size and no edit beyond a number."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest

from desktop.sync.handing_in import Handed, HandingIn
from desktop.sync.problems import Busy, PutBack, Stopped, TimedOut, TooLarge
from desktop.sync.transport import Transport
from shared.errors import Unreachable
from shared.protocol.codec import encode
from shared.protocol.messages import MAX_BODY

Told = Mapping[str, Any]


class Server:
    """Keeps what is handed in, each edit once."""

    def __init__(self, *, most: int = MAX_BODY, room: int = 20_000) -> None:
        self.kept: list[str] = []
        self.calls = 0
        self.told_last = False
        self.epoch = "first"
        self._most, self._room = most, room

    def hand_in(self, told: Told) -> Told:
        self.calls += 1
        if told.get("epoch") not in (None, self.epoch):
            raise Stopped("epoch_changed", "")
        new = [one["id"] for one in told["mutations"] if one["id"] not in self.kept]
        if len(encode(told)) > self._most or len(self.kept) + len(new) > self._room:
            raise TooLarge("The request is too large: split it.")
        assert not new or not self.told_last, "nothing is taken after the last part"
        self.kept += new
        self.told_last = self.told_last or told["last"]
        return {"taken": len(told["mutations"]), "epoch": self.epoch}


def book(*sizes: int) -> Sequence[Told]:
    """Edits that wait, each of about so many bytes."""
    return [
        {"seq": seq, "id": f"edit {seq}", "name": "customer.create", "args": {"name": "x" * size}}
        for seq, size in enumerate(sizes, start=1)
    ]


def handed(server: Server, edits: Sequence[Told], way: HandingIn | None = None) -> Handed:
    def unsent(limit: int, after: int) -> Sequence[Told]:
        return [one for one in edits if one["seq"] > after][:limit]

    return (way or HandingIn("replica")).hand_in(cast(Transport, server), "ticket", unsent, books_left=0)


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


class Line(Server):
    """A server behind a line on which `breaks` says what becomes of a message, by its number and its edits."""

    def __init__(self, breaks: Callable[[int, int], Exception | None]) -> None:
        super().__init__()
        self._breaks = breaks

    def hand_in(self, told: Told) -> Told:
        broken = self._breaks(self.calls + 1, len(told["mutations"]))
        if broken is None:
            return super().hand_in(told)
        self.calls += 1
        raise broken


def handed_at_last(line: Line, edits: Sequence[Told], *, tries: int) -> Handed:
    """What one program hands in, that tries again and again."""
    way = HandingIn("replica")
    for _ in range(tries):
        try:
            return handed(line, edits, way)
        except Unreachable:
            assert not line.told_last
    raise AssertionError(f"{len(line.kept)} of {len(edits)} were handed in by {line.calls} messages")


@pytest.mark.parametrize("broken", [TimedOut(""), Busy("", 1.0)], ids=repr)
def test_parts_that_do_not_get_through_become_smaller_from_try_to_try(broken: Exception) -> None:
    line = Line(lambda call, edits: broken if edits > 100 else None)
    assert handed_at_last(line, book(*[10] * 1200), tries=20) == Handed(kept=1200)
    assert line.told_last
    assert line.calls < 50


def test_the_next_try_goes_on_where_the_line_broke() -> None:
    line = Line(lambda call, edits: None if call % 2 else Unreachable(""))
    assert handed_at_last(line, book(*[10] * 1200), tries=3) == Handed(kept=1200)
    assert line.calls == 5


def test_what_was_passed_over_before_the_line_broke_counts_and_the_server_is_not_told_that_this_was_all() -> None:
    line = Line(lambda call, edits: None if call % 3 else Unreachable(""))
    assert handed_at_last(line, book(*[10] * 20, MAX_BODY, *[10] * 1000), tries=20) == Handed(kept=1020, refused=1)
    assert not line.told_last


def test_once_all_was_tried_the_next_try_begins_with_what_was_passed_over() -> None:
    server, way = Server(), HandingIn("replica")
    assert handed(server, book(1, MAX_BODY, 1), way) == Handed(kept=2, refused=1)
    assert handed(server, book(1, 1, 1), way) == Handed(kept=3)
    assert (server.kept, server.told_last) == (["edit 1", "edit 3", "edit 2"], True)


def test_other_edits_under_the_numbers_of_those_that_were_handed_in_are_handed_in() -> None:
    """Somebody was let in, entered something else and was shut out again, while the program ran."""
    line, way = Line(lambda call, edits: Unreachable("") if call == 2 else None), HandingIn("replica")
    with pytest.raises(Unreachable):
        handed(line, book(*[10] * 600), way)
    others = [{**one, "id": f"another {one['seq']}"} for one in book(*[10] * 600)]
    assert handed(line, others, way) == Handed(kept=600)
    assert [one for one in line.kept if one.startswith("another")] == [one["id"] for one in others]


def test_how_far_other_edits_have_come_is_counted_by_themselves() -> None:
    line, way = Line(lambda call, edits: Unreachable("") if call == 2 else None), HandingIn("replica")
    with pytest.raises(Unreachable):
        handed(line, book(*[10] * 600), way)
    assert way.furthest == Handed(kept=500)
    others = [{**one, "id": f"another {one['seq']}"} for one in book(*[10] * 30)]
    assert handed(line, others, way) == way.furthest == Handed(kept=30)


def test_once_all_was_tried_it_has_come_no_less_far_by_beginning_again() -> None:
    line, way = Line(lambda call, edits: Unreachable("") if call == 5 else None), HandingIn("replica")
    edits = book(*[10] * 600, MAX_BODY)
    assert handed(line, edits, way) == Handed(kept=600, refused=1)
    with pytest.raises(Unreachable):
        handed(line, edits, way)
    assert way.furthest == Handed(kept=600, refused=1)


def test_a_server_that_was_put_back_is_given_all_once_more() -> None:
    line, way = Line(lambda call, edits: PutBack("", 1.0) if call == 2 else None), HandingIn("replica")
    with pytest.raises(PutBack):
        handed(line, book(*[10] * 600), way)
    assert way.furthest == Handed(kept=0)
    line.kept.clear()
    assert handed(line, book(*[10] * 600), way) == Handed(kept=600)
    assert len(line.kept) == 600


def test_a_server_that_was_put_back_while_the_computer_slept_is_given_all_once_more() -> None:
    """Everybody else had handed in by then, and nobody is told any more that it was put back."""
    line, way = Line(lambda call, edits: Unreachable("") if call == 2 else None), HandingIn("replica")
    with pytest.raises(Unreachable):
        handed(line, book(*[10] * 600), way)
    line.kept.clear()
    line.epoch = "second"
    with pytest.raises(Unreachable):
        handed(line, book(*[10] * 600), way)
    assert not line.told_last
    assert handed(line, book(*[10] * 600), way) == Handed(kept=600)
    assert (len(line.kept), line.told_last) == (600, True)


def test_a_server_that_is_put_back_between_two_parts_is_given_all_once_more() -> None:
    """Whoever runs it ended recovery before the next part came: nothing that this desk hears says so."""

    def put_back(call: int, _: int) -> None:
        if call == 2:
            line.kept.clear()
            line.epoch = "second"

    line, way = Line(put_back), HandingIn("replica")
    with pytest.raises(Unreachable):
        handed(line, book(*[10] * 600), way)
    assert not line.told_last
    assert handed(line, book(*[10] * 600), way) == Handed(kept=600)
    assert (len(line.kept), line.told_last) == (600, True)
