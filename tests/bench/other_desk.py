"""W4: from A's save until another desk has it, by the open stream and a pull."""

from itertools import islice

from tests.bench.desk import DeskProcess, desk
from tests.bench.edits import Edit, Edits
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.floor_desk import FloorDesk
from tests.bench.line import Ear
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

WARM = 5


def measure(stage: Stage) -> list[Figure]:
    """The protocol alone beside the floor, and between two desks, from the save to the other's replica."""
    rounds, each = (2, 10) if stage.quick else (5, 60)
    limit, ours = _by_wire(stage, rounds, each)
    floor = figure("", "ms", limit).value
    desks = _between_desks(stage, rounds * each)
    marks = {"limit": floor, "limit_is": "floor", "by_ratio": True, "bar": 5, "goal": 2.5}
    return [
        figure("W4 A's push to B's pull, by the protocol alone, p50", "ms", ours, limit=floor, limit_is="floor"),
        figure("W4 A's save to B's replica, p50", "ms", desks, **marks),
    ]


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


def bare_milliseconds(a: FloorDesk, b: FloorDesk, count: int) -> list[float]:
    """The floor's times from a push to another's pull."""
    b.pull()
    ear = b.listen()
    times = [milliseconds(_saved_bare, a, b, ear, a.body(1)) for _ in range(count + WARM)]
    ear.hang_up()
    return times[WARM:]


def _saved(a: WireDesk, b: WireDesk, ear: Ear, body: bytes) -> None:
    ear.wait_for(a.push(body))
    assert any(line["kind"] == "rows" for line in b.pull())


def _saved_bare(a: FloorDesk, b: FloorDesk, ear: Ear, body: bytes) -> None:
    ear.wait_for(a.push(body))
    assert b.pull() == 1


def _between_desks(stage: Stage, count: int) -> list[float]:
    book = stage.book(1000 if stage.quick else 10_000)
    with desk(stage.new_folder(), stage.server, book) as a, desk(stage.new_folder(), stage.server, book) as b:
        a.ask("first_sync")
        b.ask("first_sync")
        edits = islice(Edits(book, after=stage.free_days()), count + WARM)
        return [_seconds_between(a, b, edit) * 1000 for edit in edits][WARM:]


def _seconds_between(a: DeskProcess, b: DeskProcess, edit: Edit) -> float:
    name, args = edit
    saved: float = a.ask("save", name=name, args=args)
    seen: float = b.ask("seen", row=args.get("appointment_id") or args["customer_id"], after=saved)
    a.ask("drained")
    return seen - saved
