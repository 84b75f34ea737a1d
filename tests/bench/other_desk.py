"""W4: from A's save until another desk has it, by the open stream and a pull."""

import time
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from typing import Final

from tests.bench.desk import DeskProcess, desk
from tests.bench.edits import Edit, Edits
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.floor_desk import FloorDesk, records
from tests.bench.floor_replica import FloorReplica
from tests.bench.line import Ear, Json
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

WARM = 5
QUIET: Final = 0.03
"""Seconds in which nothing is asked before each edit between replicas, the product's and the floor's: a desk that has
saved goes on with a round of its own, and whatever rested meanwhile takes longer than what is asked again at once."""


def measure(stage: Stage) -> list[Figure]:
    """The protocol alone beside the floor, and from replica to replica beside the floor with two of them."""
    rounds, each = (2, 10) if stage.quick else (5, 60)
    limit, ours = _by_wire(stage, rounds, each)
    bare, desks = _between_replicas(stage, rounds, each)
    marks = {"by_ratio": True, "bar": 5, "goal": 2.5}
    return [
        figure(
            "W4 A's push to B's pull, by the protocol alone, p50", "ms", ours, limit=figure("", "ms", limit).value,
            limit_is="floor", **marks,
        ),
        figure(
            "W4 A's save to B's replica, p50", "ms", desks, limit=figure("", "ms", bare).value,
            limit_is="floor with two replicas", **marks,
        ),
    ]  # fmt: skip


def _by_wire(stage: Stage, rounds: int, each: int) -> tuple[list[float], list[float]]:
    book = stage.book(1000 if stage.quick else 10_000)
    ours: list[float] = []
    floor: list[float] = []
    with (
        WireDesk(stage.server, book) as a,
        WireDesk(stage.server, book) as b,
        FloorDesk(stage.floor) as bare_a,
        FloorDesk(stage.floor) as bare_b,
    ):
        b.pull()
        ear = b.listen()
        edits = iter(Edits(book, after=stage.free_days()))
        for _ in range(rounds):
            bodies = [a.body([one]) for one in islice(edits, each + WARM)]
            ours += [milliseconds(_saved, a, b, ear, body) for body in bodies][WARM:]
            floor += bare_milliseconds(bare_a, bare_b, each)
        ear.hang_up()
    return floor, ours


def bare_milliseconds(a: FloorDesk, b: FloorDesk, count: int, *, quiet: float = 0.0) -> list[float]:
    """The floor's times from a push to another's pull, after so many seconds of rest each."""
    b.pull()
    ear = b.listen()
    times = []
    for _ in range(count + WARM):
        time.sleep(quiet)
        times.append(milliseconds(_saved_bare, a, b, ear, a.body(1)))
    ear.hang_up()
    return times[WARM:]


def _saved(a: WireDesk, b: WireDesk, ear: Ear, body: bytes) -> None:
    ear.wait_for(a.push(body))
    assert any(line["kind"] == "rows" for line in b.pull())


def _saved_bare(a: FloorDesk, b: FloorDesk, ear: Ear, body: bytes) -> None:
    ear.wait_for(a.push(body))
    assert len(b.pull()) == 1


def _between_replicas(stage: Stage, rounds: int, each: int) -> tuple[list[float], list[float]]:
    """The floor and the product by turns, edit by edit and after the same rest, over as many records as visits."""
    rows = 1000 if stage.quick else 10_000
    book, folder = stage.book(rows), stage.new_folder()
    folder.mkdir(parents=True)
    bare: list[float] = []
    ours: list[float] = []
    with (
        desk(stage.new_folder(), stage.server, book) as a,
        desk(stage.new_folder(), stage.server, book) as b,
        FloorDesk(stage.floor) as bare_a,
        FloorDesk(stage.floor) as bare_b,
        closing(FloorReplica(folder / "a.db", rows=rows)) as book_a,
        closing(FloorReplica(folder / "b.db", rows=rows)) as book_b,
    ):
        a.ask("first_sync")
        b.ask("first_sync")
        bare_b.pull()
        ear = bare_b.listen()
        for edit in islice(Edits(book, after=stage.free_days()), rounds * each + WARM):
            time.sleep(QUIET)
            ours.append(_seconds_between(a, b, edit) * 1000)
            made = records(1)
            time.sleep(QUIET)
            bare.append(milliseconds(_kept_bare, bare_a, book_a, bare_b, book_b, ear, made))
        ear.hang_up()
    return bare[WARM:], ours[WARM:]


def _kept_bare(
    a: FloorDesk, book_a: FloorReplica, b: FloorDesk, book_b: FloorReplica, ear: Ear, made: Sequence[Json]
) -> None:
    book_a.keep((one["id"], 0, one["body"]) for one in made)
    ear.wait_for(a.push(a.body_of(made)))
    got = b.pull()
    assert len(got) == len(made)
    book_b.keep(got)


def _seconds_between(a: DeskProcess, b: DeskProcess, edit: Edit) -> float:
    name, args = edit
    saved: float = a.ask("save", name=name, args=args)
    seen: float = b.ask("seen", row=args.get("appointment_id") or args["customer_id"], after=saved)
    a.ask("drained")
    return seen - saved
