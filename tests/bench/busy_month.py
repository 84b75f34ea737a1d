"""What every query and every mutation costs on a desk of a busy clinic: time, rows, and steps of SQLite."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Final, TypeVar

from desktop.store.base import Base
from desktop.store.replica import Replica
from shared import clock
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from shared.protocol.codec import arguments_of
from tests.bench.busy_clinic import CUSTOMERS, Clinic, MonthClock, open_clinic
from tests.bench.busy_queries import BARS, QUERIES, WAITING
from tests.bench.figures import Figure, figure, milliseconds, p95
from tests.bench.free_slots import VISITS
from tests.bench.sqlite_work import work_of
from tests.bench.stage import Stage
from tests.support.edits_of_each_kind import BEFORE_AND_EDIT, ONE_WAY_EDITS, Wish

EDITS: Final = BEFORE_AND_EDIT | ONE_WAY_EDITS
"""By the name of each mutation: what is done before, and the edit."""
DECIDED_ONLY: Final = frozenset({"appointment.expire", "customer.erase", "plan.set"})
"""Mutations that nobody at a desk makes: what is measured of them is the rule over the desk's rows, without a save."""
_RUNS: Final = 40
_LEAST: Final = 5
T = TypeVar("T")
_LONG: Final = 4.0
"""Seconds after which what takes long is not run again."""


def measure(ground: Stage) -> list[Figure]:
    """Every query while some edits wait, then every mutation over the book as the server has it."""
    visits, customers, runs = (VISITS // 10, CUSTOMERS // 100, 2) if ground.quick else (VISITS, CUSTOMERS, _RUNS)
    with clock.using(MonthClock()):
        clinic = open_clinic(ground.new_folder().with_suffix(".db"), visits=visits, customers=customers)
        try:
            return [*queries(clinic, runs), *mutations(clinic.replica, runs)]
        finally:
            clinic.replica.close()


def queries(clinic: Clinic, runs: int) -> Iterator[Figure]:
    """Every query, while some edits wait."""
    for wish in WAITING:
        save(clinic.replica, wish)
    for name, ask in QUERIES.items():
        ask_it = partial(ask, clinic)
        work = work_of(clinic.replica.database, ask_it)
        times = list(_timed(partial(milliseconds, ask_it), runs))
        yield figure(f"busy month: asks {name}", "ms", times, p95=p95(times), work=work, bar=BARS.get(name))
    as_the_server_has_it(clinic.replica)


def mutations(replica: Replica, runs: int) -> Iterator[Figure]:
    """Every mutation, each over the book as the server has it."""
    for name, (before, wish) in EDITS.items():
        make = partial(_decide if name in DECIDED_ONLY else save, replica, wish)
        work = _over(replica, before, partial(work_of, replica.database, make))
        times = list(_timed(partial(_over, replica, before, partial(milliseconds, make)), runs))
        said = "decides" if name in DECIDED_ONLY else "saves"
        yield figure(f"busy month: {said} {name}", "ms", times, p95=p95(times), work=work)


def _over(replica: Replica, before: Iterable[Wish], look: Callable[[], T]) -> T:
    """What is seen of an edit after what comes before it; the book is as it was then."""
    for one in before:
        save(replica, one)
    seen = look()
    as_the_server_has_it(replica)
    return seen


def _timed(run: Callable[[], float], runs: int) -> Iterator[float]:
    """As many runs as are wanted, or as there is time for; the first is not told."""
    run()
    begun = perf_counter()
    for number in range(runs):
        if number >= _LEAST and perf_counter() - begun > _LONG:
            return
        yield run()


def save(replica: Replica, wish: Wish) -> None:
    """Decide, write and queue an edit: it is on the disk then."""
    name, args = wish
    made = replica.edit(name, arguments_of(name, 1, args), label=name)
    assert made.touched, f"{name} changes nothing"


def _decide(replica: Replica, wish: Wish) -> None:
    """Decide as the platform does, ten days later: by then no request is answered in time."""
    name, args = wish
    reads, ctx = replica.tx(), replica.context()
    ctx = replace(ctx, at=ctx.at + timedelta(days=10), actor=replace(ctx.actor, role=Role.SUPERUSER))
    changes = MUTATIONS[name].run(reads, ctx, arguments_of(name, 1, args))
    assert changes.put, f"{name} changes nothing"
    reads.apply(changes)


def as_the_server_has_it(replica: Replica) -> None:
    """Take back all that waits, so that each edit meets the same book."""
    with replica.database.transaction():
        for table in ("outbox", "undo"):
            replica.database.run(f"DELETE FROM {table}")
        replica.meta.set("next_seq", "1")
        Base(replica.database).settle({}, {})
