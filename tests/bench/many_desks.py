"""W5: many desks push to one book at once, their edits in one batch each or one edit a request."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice

from tests.bench.crowd import all_at_once, request
from tests.bench.edits import Edit, Edits
from tests.bench.figures import Figure, figure
from tests.bench.floor_desk import FloorDesk
from tests.bench.processes import Child
from tests.bench.shop_book import Book
from tests.bench.stage import Stage
from tests.bench.wire_desk import WireDesk

EDITS = 20
"""Of each desk."""
_BARS = {"batch": (5000, 20_000), "single": (1000, 4000)}
_SAID = {"batch": f"one batch of {EDITS} each", "single": "one edit a request"}


def measure(stage: Stage) -> list[Figure]:
    """The product with one worker and with two, and the floor, by turns."""
    rounds, desks = (2, 5) if stage.quick else (5, 50)
    book = stage.book(1000 if stage.quick else 10_000)
    rates: dict[tuple[str, str], list[float]] = {}
    with stage.server_of(2) as two, ExitStack() as stack:
        servers = {"1 worker": stage.server, "2 workers": two}
        crowds = {name: _Crowd(server, book, stage.free_days(), desks, stack) for name, server in servers.items()}
        bare = [stack.enter_context(FloorDesk(stage.floor)) for _ in range(desks)]
        for number in range(rounds + 1):
            for kind in _BARS:
                told = {name: crowd.rate(kind) for name, crowd in crowds.items()}
                told["floor"] = _bare_rate(stage.floor, bare, kind)
                # The first round is for whatever is loaded and planned once.
                for name, rate in told.items() if number else ():
                    rates.setdefault((kind, name), []).append(rate)
    return [_figure(kind, name, rates) for kind in _BARS for name in servers]


def _figure(kind: str, name: str, rates: dict[tuple[str, str], list[float]]) -> Figure:
    bar, goal = _BARS[kind]
    limit = figure("", "edits/s", rates[kind, "floor"]).value
    return figure(
        f"W5 many desks, {_SAID[kind]}, {name}", "edits/s", rates[kind, name], limit=limit, limit_is="floor",
        more_is_better=True, bar=bar, goal=goal,
    )  # fmt: skip


class _Crowd:
    """Desks of one book at one server, each with days of its own to fill."""

    def __init__(self, server: Child, book: Book, after: int, desks: int, stack: ExitStack) -> None:
        self._server = server
        self._desks: list[tuple[WireDesk, Iterator[Edit]]] = [
            (stack.enter_context(WireDesk(server, book)), iter(Edits(book, after=after + number)))
            for number in range(desks)
        ]

    def rate(self, kind: str) -> float:
        """Edits a second; every one must have been taken."""
        seconds, answers = all_at_once(self._server, [self._requests(kind, *one) for one in self._desks])
        applied = sum(answer.count(b'"outcome":"applied"') for answer in answers)
        assert applied == EDITS * len(self._desks), (applied, answers[0][:500])
        return applied / seconds

    @staticmethod
    def _requests(kind: str, desk: WireDesk, edits: Iterator[Edit]) -> list[bytes]:
        some = list(islice(edits, EDITS))
        pushes = [some] if kind == "batch" else [[one] for one in some]
        return [request("/v1/sync/push", desk.body(push), token=desk.token) for push in pushes]


def _bare_rate(floor: Child, desks: Sequence[FloorDesk], kind: str) -> float:
    sizes = [EDITS] if kind == "batch" else [1] * EDITS
    crowd = [[request("/push", desk.body(size)) for size in sizes] for desk in desks]
    seconds, _ = all_at_once(floor, crowd)
    return EDITS * len(desks) / seconds
