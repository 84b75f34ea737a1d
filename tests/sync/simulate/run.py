"""One seed: a business, its desks and servers, a storm, then calm; and whether every promise held."""

import hashlib
import logging
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest import mock

from sqlalchemy import Engine

from desktop.sync.replica_store import ReplicaStore
from shared.model.member import Role
from shared.model.plan import Feature
from shared.rules import plans, views
from shared.rules.permissions import Capability
from syncserver.services.history import check_history
from syncserver.settings import Settings
from tests.support.in_memory import memory
from tests.support.shop import new_tenant, open_shop
from tests.sync.simulate.actors import Killed, Scheduler
from tests.sync.simulate.ageing import Ageing
from tests.sync.simulate.broken import Broken
from tests.sync.simulate.desks import SimulatedDesk, watch_statements
from tests.sync.simulate.fate import Fate, heal
from tests.sync.simulate.network import Network, SimulatedHttp
from tests.sync.simulate.oracle import Oracle
from tests.sync.simulate.patches import patched
from tests.sync.simulate.restoring import Restoring
from tests.sync.simulate.server import Farm

_CALM_MINUTES: Final = 20
"""Minutes of the simulation in which everything must be drained, once all faults are over."""
_RECOVERY: Final = timedelta(minutes=2)
_LOG_KEPT: Final = timedelta(days=4000)
"""Without its arguments the history cannot be replayed (promise 8)."""
_RARE: Final = 0.3
"""In how many runs the server is put back, and in how many months go by."""
_MOST_ASKED: Final = 150
"""Requests of a computer in any minute: in a storm it tries again every other second, and so does its stream."""
_PEACE: Final = 3
"""Minutes for which everything is left alone once it is drained."""
_MOST_IN_PEACE: Final = 24
"""Requests of a computer in all of them: a pull a minute, a comparison, a session that begins anew. No client loops."""

STORM: Final = 240.0
"""Simulated seconds of trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a seed."""

    seed: int
    broken: str | None
    edits: int
    steps: int
    seconds: float
    """How long it took in the simulation's own time."""
    digest: str
    """Of everything that happened, in order: the same for the same seed."""
    trace: tuple[str, ...] = ()


def run_seed(
    engine: Engine,
    seed: int,
    *,
    plant: Callable[[], Any] = nullcontext,
    storm: float = STORM,
    overlap: bool = False,
    meeting: bool = False,
) -> Verdict:
    """Run a seed; `storm` is how many seconds of trouble there are. What is broken is in the verdict, not raised.

    With `overlap` transactions hold the clock while others want it; then PostgreSQL has a say in the order, and a seed
    does not run alike again. With `meeting` people often change one and the same visit.
    """
    scheduler = Scheduler(seed, overlap=overlap, meeting=meeting)
    broken = None
    simulation: Simulation | None = None
    # A death here is a program's, not a computer's: what is in memory is enough of a disk.
    with tempfile.TemporaryDirectory(prefix="simulate-", dir=memory()) as folder, plant():
        try:
            with Simulation(engine, scheduler, Path(folder)).ready() as simulation:
                simulation.storm(storm)
                simulation.calm()
                simulation.check()
        except Exception as found:  # noqa: BLE001 whatever it is, the seed has found it
            broken = f"{type(found).__name__}: {found}"
            if not isinstance(found, Broken):
                broken += "\n" + "".join(traceback.format_exception(found))
    digest = hashlib.sha256("\n".join(scheduler.trace).encode()).hexdigest()[:16]
    edits = sum(len(one.made) for one in simulation.desks) if simulation else 0
    return Verdict(
        seed=seed, broken=broken, edits=edits, steps=len(scheduler.trace), seconds=scheduler.now, digest=digest,
        trace=tuple(scheduler.trace),
    )  # fmt: skip


TOLD: Final = ("sync.begins_again", "verify.failed")
"""What desks log that is no error, and is counted here: a fork, and a comparison that was refused."""


class _Failures(logging.Handler):
    """Errors that the desks logged: nothing that a network or a disk does is one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []
        self.told: Counter[str] = Counter()

    @property
    def forks(self) -> int:
        """How often a replica took another name."""
        return self.told[TOLD[0]]

    @property
    def unverified(self) -> int:
        """How often a desk's question whether its book is the server's was refused."""
        return self.told[TOLD[1]]

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            self.told[record.getMessage()] += 1
            return
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, Killed):
            self.found.append(f"{record.getMessage()}: {error!r}")


class Simulation:
    """The world of one seed."""

    def __init__(self, engine: Engine, scheduler: Scheduler, folder: Path) -> None:
        self.scheduler, self.engine, self.folder = scheduler, engine, folder
        self.desks: list[SimulatedDesk] = []
        self._failures = _Failures()
        self.everybody: list[SimulatedDesk] = []
        """The desks of the business that is looked at, and one of another."""
        self.people: list[Role] = []
        """Those who work at its desks, by the role that they had in the beginning."""
        self.shut_out: set[str] = set()
        """Users whom somebody far away has disabled, or whose session they have ended: their edits may be set aside."""
        self.lost: set[str] = set()
        """Edits that went with a disk that was put back to an earlier moment."""
        self.names_may_change = False
        """A desk's files were copied to another computer or put back to what they were, or its key was lost.

        Or the server was put back, or so much time has passed that it may have forgotten a desk.
        """
        self.stormy = True

    @contextmanager
    def ready(self) -> Iterator["Simulation"]:
        """Everything is built inside the block, and ended after it."""
        chance = self.scheduler.chance
        with ExitStack() as stack:
            # Their names are names of roles too, which a whole PostgreSQL has once: a seed may be run in it twice.
            tenants = [new_tenant(self.engine) for _ in range(2)]
            stack.enter_context(patched(self.scheduler, SimulatedHttp))
            self.shop, self.other = (open_shop(self.engine, one) for one in tenants)
            # In half of the runs a change of role is one of view, in the other half a change of plan is: staff, or
            # whoever works in a business without that feature, holds no items of what was refused then.
            item = Capability.MANAGE_SETUP if chance.random() < 0.5 else Capability.SETTLE_ATTENTION
            stack.enter_context(mock.patch.dict(views.HELD_BY, {"attention_item": item}))
            stack.enter_context(mock.patch.dict(plans.NEEDS, {Capability.SETTLE_ATTENTION: Feature.WAITLIST}))
            settings = Settings(data=self.folder, port=0, recovery_wait=_RECOVERY, keep_arguments=_LOG_KEPT)
            check_history(self.engine, settings)
            self.farm = Farm(self.scheduler, self.engine, settings, workers=2, lost=0.1)
            self.oracle = Oracle(self.engine, self.shop.tenant)
            self.farm.committed = self.oracle.look
            self.network = SimulatedHttp.network = Network(self.scheduler, self.farm)
            self.people = [Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF]
            teams = [
                (Role.TENANT_MANAGER, Role.TENANT_STAFF),
                (Role.TENANT_OWNER, Role.TENANT_STAFF),
                (Role.TENANT_STAFF,),
            ]
            self.desks = [
                SimulatedDesk(self.scheduler, self.shop, people, self.folder, f"desk{number}")
                for number, people in enumerate(teams[: chance.choice((2, 3, 3))])
            ]
            self.everybody = [*self.desks]
            stranger = SimulatedDesk(self.scheduler, self.other, [Role.TENANT_MANAGER], self.folder, "stranger")
            for one in (*self.desks, stranger):
                self._guard(one)
            self.everybody.append(stranger)
            for target, name, value in watch_statements(lambda: self.everybody):
                stack.enter_context(mock.patch.object(target, name, value))
            for name in ("apply_lines", "take_over"):
                stack.enter_context(mock.patch.object(ReplicaStore, name, self._applied(getattr(ReplicaStore, name))))
            stack.enter_context(self.farm.borders())
            logging.getLogger("desktop").addHandler(self._failures)
            stack.callback(logging.getLogger("desktop").removeHandler, self._failures)
            stack.callback(self.scheduler.finish)
            for one in self.everybody:
                one.boot()
            yield self

    def _guard(self, one: SimulatedDesk) -> None:
        """Promise 6: no name of the other business reaches a desk."""
        other = self.shop if one.shop is self.other else self.other
        one.look = self.oracle.require_own_queue
        self.network.forbidden[one.host] = other.canary.encode()

    def add(self, one: SimulatedDesk) -> None:
        """One more desk of the business."""
        self._guard(one)
        self.desks.append(one)
        self.everybody.append(one)

    def _applied(self, real: Callable[..., None]) -> Callable[..., None]:
        """What takes the server's word into a replica, and a look at what it made of that."""

        def applied(store: Any, *given: Any, **named: Any) -> None:
            real(store, *given, **named)
            for one in self.desks:
                desk = one.desk
                # One that somebody has closed just then is looked at once it is open again.
                if desk is not None and desk._replica_store is store and one.is_up and not desk.is_closed:
                    self.oracle.require_at_cursor(one.name, desk)
                    self.oracle.require_onwards(one.name, desk, one.reached)

        return applied

    def storm(self, seconds: float) -> None:
        """Let people work while everything goes wrong."""
        fate = Fate(self)
        self.scheduler.spawn(fate.process, "fate", fate.strike)
        self.scheduler.spawn(fate.process, "owner", fate.decide)
        for actor in (Restoring(self), Ageing(self)):
            if self.scheduler.chance.random() < _RARE:
                self.scheduler.spawn(actor.process, "works", actor.work)
        self.scheduler.run_for(seconds)

    def calm(self) -> None:
        """End every fault; then everything drains by itself (promise 9)."""
        self.stormy = False
        heal(self)
        for one in self.everybody:
            one.resting = True
        end = self.scheduler.now + 60 * _CALM_MINUTES
        while self.scheduler.now < end and not all(map(self._is_drained, self.desks)):
            self.scheduler.run_for(1.0)
            # Signing in is a version too.
            self.oracle.look()
        for one in self.desks:
            if not self._is_drained(one):
                raise Broken(f"promise 9: {one.name} is not drained: {self._how_it_stands(one)}")
        self._peace()

    def _peace(self) -> None:
        """Nothing happens, and nobody has anything to do (promise 9)."""
        began, unverified = self.scheduler.now, self._failures.unverified
        self.scheduler.run_for(60 * _PEACE)
        if self._failures.unverified > unverified:
            raise Broken("promise 1: a desk asks whether its book is the server's, and is not answered")
        asked = Counter(host for at, host, _ in self.network.asked if at >= began)
        for host, computers in self._computers().items():
            if asked[host] > _MOST_IN_PEACE * computers:
                raise Broken(f"promise 9: {host} asked {asked[host]} times in {_PEACE} minutes with nothing to do")

    def _computers(self) -> Counter[str]:
        """How many computers speak under each name: one that was set up with another's files has that one's."""
        return Counter(one.host for one in self.desks)

    def _how_it_stands(self, one: SimulatedDesk) -> str:
        if one.desk is None or one.desk.is_closed:
            return "it has no book open"
        version = one.desk.replica.meta.get("version")
        return f"version {version} of {self.oracle.version}, all its books: {one.is_drained}, {one.desk.status}"

    def _is_drained(self, one: SimulatedDesk) -> bool:
        if one.desk is None or one.desk.is_closed or not one.is_up or one.desk.status.syncing:
            return False
        replica = one.desk.replica
        version = int(replica.meta.get("version") or 0)
        is_there = (replica.meta.get("epoch"), version) == (self.oracle.epoch, self.oracle.version)
        waits = replica.outbox.count() or not one.is_drained
        return replica.is_usable and not waits and is_there

    def check(self) -> None:
        """Look at every promise that can be told at the end."""
        self.oracle.look()
        self.oracle.require_history()
        for one in self.desks:
            assert one.desk is not None
            self.oracle.require_converged(one.name, one.desk)
        made = [one for desk in self.desks for one in desk.made]
        self.oracle.require_endings(made, frozenset(self.lost))
        shut_out = self.shut_out | self.oracle.taken_for_thieves()
        welcome = frozenset() if self.names_may_change else frozenset(self.shop.users.values()) - shut_out
        self.oracle.require_own_names(made, welcome)
        self.oracle.require_rights()
        self.oracle.require_order()
        if self._failures.found:
            raise Broken(f"a desk met what it did not know: {self._failures.found[:3]}")
        if self._failures.forks and not (self.names_may_change or self.network.insists):
            raise Broken("a replica took another name, and nothing was copied, put back, lost or forgotten")
        self._require_no_loops()

    def _require_no_loops(self) -> None:
        minutes = Counter((host, at // 60) for at, host, _ in self.network.asked)
        computers = self._computers()
        for (host, _), asked in minutes.items():
            if asked > _MOST_ASKED * max(1, computers[host]):
                raise Broken(f"promise 9: {host} asked {asked} times in a minute")
