"""Seeds on one server: a fresh business, a storm, calm; then everything has drained by itself and all promises hold."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from shared.errors import StorageFault
from shared.model.member import Role
from tests.support import failing_disk
from tests.support.fault_proxy import FaultProxy
from tests.support.headless_process import sum_of
from tests.support.shop import open_shop
from tests.sync.chaos.desk_process import PLANT
from tests.sync.chaos.desks import ChaosDesk
from tests.sync.chaos.schedule import PREPARED, Round, Schedule, Spoilt, schedule
from tests.sync.chaos.server import ChaosServer
from tests.sync.chaos.strikes import Striker
from tests.sync.simulate.broken import Broken
from tests.sync.simulate.oracle import Oracle

MOST_DESKS: Final = 3
_ROLES: Final = (Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF)
_CALM: Final = 75.0
"""Seconds in which everything must have drained by itself: a minute between two tries, and the time of one."""
_MOST_ASKED: Final = 60
"""Requests of a desk in any second, its edits left out: no client loops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a seed."""

    seed: int
    workers: int
    edits: int
    refused: int
    failed: int
    """Wishes that were saved, and that the rules and the disk refused."""
    storm: float
    calm: float
    """Seconds that there was trouble, and that everything then took to drain."""
    busiest: int
    """The most requests of a desk in any second."""
    met: Counter[str]
    """What happened, and how often."""


class World:
    """A server and desk processes that are kept over many seeds."""

    def __init__(self, server: ChaosServer, desks: Sequence[ChaosDesk]) -> None:
        self._server, self._desks = server, desks
        self._striker = Striker(server)

    def run(self, seed: int) -> Verdict:
        """Run a seed. Raises Broken, or what a support of the test raises, where a promise does not hold."""
        plan = schedule(seed)
        with ExitStack() as stack:
            with self._server.engine() as engine:
                shop = open_shop(engine)
                oracle = Oracle(engine, shop.tenant)
            desks = self._desks[: plan.desks]
            for number, desk in enumerate(desks):
                desk.proxy = stack.enter_context(FaultProxy(self._server.port, seed=seed * 10 + number))
            _spoil(desks, plan.spoilt_at_first)
            for desk, role in zip(desks, _ROLES, strict=False):
                desk.settle(seed, shop, role)
            met: Counter[str] = Counter()
            began = time.monotonic()
            self._storm(plan, desks, met)
            calm = time.monotonic()
            for desk in desks:
                desk.heal()
            with self._server.engine() as engine:
                oracle.engine = engine
                self._drained(desks, oracle)
                drained = time.monotonic()
                self._check(desks, oracle)
            for desk in desks:
                desk.tell("close")
            for desk in desks:
                met.update({str(fault): count for fault, count in desk.proxy.met.items()})
            busiest = max(map(_busiest, desks))
        return Verdict(
            seed=seed, workers=self._server.workers, edits=sum(len(one.made) for one in desks),
            refused=sum(one.refused for one in desks), failed=sum(one.failed for one in desks),
            storm=calm - began, calm=drained - calm, busiest=busiest, met=met,
        )  # fmt: skip

    def _storm(self, plan: Schedule, desks: Sequence[ChaosDesk], met: Counter[str]) -> None:
        self._first_sync(plan, desks)
        met.update(str(strike) for strike, _ in plan.strikes_at_first)
        for one in plan.rounds:
            met.update(str(strike) for strike, _ in one.strikes)
            self._round(one, desks)

    def _first_sync(self, plan: Schedule, desks: Sequence[ChaosDesk]) -> None:
        chance = random.Random(plan.chance)
        for strike, number in plan.strikes_at_first:
            self._striker.strike(strike, desks[number], chance)
            time.sleep(chance.uniform(0.0, 0.5))
        for desk in desks:
            desk.mend_disk()
            desk.usable()

    def _round(self, plan: Round, desks: Sequence[ChaosDesk]) -> None:
        chance = random.Random(plan.chance)
        _spoil(desks, plan.spoilt)
        for strike, number in plan.strikes:
            if strike in PREPARED:
                self._striker.strike(strike, desks[number], chance)
        for desk, (count, seed) in zip(desks, plan.edits, strict=True):
            desk.work(count, seed)
        time.sleep(plan.pause)
        for strike, number in plan.strikes:
            if strike not in PREPARED:
                self._striker.strike(strike, desks[number], chance)
        for desk in desks:
            desk.rest()

    def _drained(self, desks: Sequence[ChaosDesk], oracle: Oracle) -> None:
        """Wait for promises 1 and 9: every queue empty, every book the server's, and nobody helped."""
        end = time.monotonic() + _CALM
        while behind := [desk for desk in desks if not _is_drained(desk, oracle)]:
            if time.monotonic() > end:
                told = {desk.name: (desk.tell("status"), desk.tell("queue")["waiting"]) for desk in behind}
                raise Broken(f"promises 1 and 9: not drained after {_CALM} s: {told}")
            time.sleep(0.1)

    def _check(self, desks: Sequence[ChaosDesk], oracle: Oracle) -> None:
        oracle.require_endings([made for desk in desks for made in desk.made], frozenset())
        oracle.require_history()
        oracle.require_rights()
        # Nobody is shut out here, and no mutation fails.
        oracle.require_nothing_set_aside()
        if incidents := self._server.incidents():
            raise Broken(f"the server met what it did not know: {incidents[:3]}")
        for desk in desks:
            _require_sent(desk)
            if damages := desk.tell("damages"):
                raise Broken(f"the file of {desk.name} is damaged: {damages}")
            if surprises := desk.surprises():
                raise Broken(f"{desk.name} met what it did not know: {surprises}")
            if _busiest(desk) > _MOST_ASKED + len(desk.made):
                raise Broken(f"promise 9: {desk.name} asked {_busiest(desk)} times in a second")


def _spoil(desks: Sequence[ChaosDesk], spoilt: Sequence[Spoilt]) -> None:
    for one in spoilt:
        desks[one.desk].proxy.spoil(one.path, one.fault)


def _is_drained(desk: ChaosDesk, oracle: Oracle) -> bool:
    queue = desk.tell("queue")
    if queue["waiting"] or queue["base"]:
        return False
    try:
        oracle.look()
    except StorageFault:
        # PostgreSQL may still be coming back from the last strike, when the desks have no need of it any more.
        return False
    rows = oracle.versions[oracle.version]
    by_table: dict[str, list[Any]] = {table: [] for table in desk.tell("sums")}
    for (table, _), row in rows.items():
        by_table[table].append(row)
    return bool(desk.tell("sums") == {table: sum_of(found) for table, found in by_table.items()})


def _require_sent(desk: ChaosDesk) -> None:
    """Promises 2 and 3: what the desk confirmed it has as sent, in the order of numbers that has no gap."""
    sent = desk.tell("queue")["sent"]
    if [seq for seq, _, _ in sent] != list(range(1, 1 + len(sent))):
        raise Broken(f"promise 2: {desk.name} has sent {sent}")
    if missing := {one.id for one in desk.made} - {mutation for _, mutation, _ in sent}:
        raise Broken(f"promise 3: {desk.name} has forgotten {missing}")


def _busiest(desk: ChaosDesk) -> int:
    seconds = Counter(int(one.at) for one in desk.proxy.asked)
    return max(seconds.values(), default=0)


def campaign(
    seeds: Sequence[int], *, per_server: int, plant: str | None = None
) -> Iterator[tuple[int, Verdict | Exception]]:
    """Run seeds, some on each server; what is broken is given, not raised, and ends its server.

    `plant` names a bug that the desks are to have, by its module in tests/sync/simulate/plants.
    Whether one process serves or two is the seed's, so that one that is run again meets the same.
    """
    left = list(seeds)
    while left:
        workers = _workers(left[0])
        with _world(workers, plant) as ground:
            for seed in [one for one in left if _workers(one) == workers][:per_server]:
                left.remove(seed)
                try:
                    yield seed, ground.run(seed)
                except Exception as broken:  # noqa: BLE001 whatever it is, the seed has found it
                    yield seed, broken
                    # What it leaves behind is no ground for the next one.
                    break


def _workers(seed: int) -> int:
    return 1 + seed // 16 % 2


@contextmanager
def _world(workers: int, plant: str | None) -> Iterator[World]:
    """A server and its desks for many seeds, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, ExitStack() as stack:
        place = Path(folder)
        environment = {"LD_PRELOAD": str(failing_disk.build(place))}
        environment |= {PLANT: plant} if plant else {}
        server = stack.enter_context(ChaosServer(place / "server", workers=workers))
        desks = [stack.enter_context(ChaosDesk(place, f"desk{number}", **environment)) for number in range(MOST_DESKS)]
        for desk in desks:
            desk.start()
        yield World(server, desks)
