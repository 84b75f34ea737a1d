"""What goes wrong, and what people far away decide meanwhile."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.errors import StorageFault
from shared.model.base import SessionId
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.rules.plans import Override
from syncserver.services.identity.accounts import SIGNED_OUT
from syncserver.store.sessions import end_session
from syncserver.store.users import change_user, find_user
from tests.support.shop import put_on_tier
from tests.sync.simulate.actors import Process
from tests.sync.simulate.desks import SimulatedDesk
from tests.sync.simulate.network import FINE, Weather

if TYPE_CHECKING:
    from tests.sync.simulate.run import Simulation

_MOST_DESKS: Final = 4
_EVERY: Final = 5.0
"""Seconds between two strikes, on average."""


def heal(world: "Simulation") -> None:
    """End every fault."""
    world.network.weather = FINE
    world.network.unplugged.clear()
    while world.farm.is_down:
        world.scheduler.run_for(1.0)
    world.farm.start()
    world.farm.holds = False
    # Whoever holds the clock of the business lets it go.
    world.scheduler.run_for(2.0)
    for who in world.people:
        _change(world, who, active=True)
    for one in world.everybody:
        one.statements_left = None
        if not one.is_up:
            one.boot()


def _change(world: "Simulation", who: Role, *, active: bool | None = None, role: Role | None = None) -> None:
    user = find_user(world.engine, world.shop.users[who])
    assert user is not None
    changed = replace(
        user, is_active=user.is_active if active is None else active, role=user.role if role is None else role
    )
    if changed != user:
        change_user(world.engine, world.shop.tenant, changed)
        world.oracle.look()


class Fate:
    """Strikes again and again while there is a storm."""

    def __init__(self, world: "Simulation") -> None:
        self.process = Process("fate")
        self._world, self._scheduler, self._chance = world, world.scheduler, world.scheduler.chance
        self._copies: list[tuple[SimulatedDesk, Path, int]] = []

    def strike(self) -> None:
        """Strike until the storm is over."""
        # Where files may go back in time, or keys be lost, a replica may take another name; nowhere else.
        self._again_and_again(self._with_old_disks if self._chance.random() < 0.4 else self._strikes, _EVERY)

    def decide(self) -> None:
        """Change who may do what, as an owner does from elsewhere, until the storm is over."""
        decisions = (
            Fate._change_role, Fate._change_role, Fate._change_tier, Fate._disable, Fate._enable, Fate._enable,
        )  # fmt: skip
        self._again_and_again(decisions, self._chance.choice((8.0, 40.0, 400.0)))

    def _again_and_again(self, kinds: Sequence[Callable[["Fate"], None]], every: float) -> None:
        while self._world.stormy:
            self._scheduler.pause("waits", seconds=self._chance.expovariate(1 / every))
            if self._world.stormy:
                strike = self._chance.choice(kinds)
                self._scheduler.note(f"fate: {strike.__name__}")
                # A push may hold what it needs, as it holds up an owner in the admin: it is not done then.
                with suppress(StorageFault):
                    strike(self)

    def _anybody(self) -> SimulatedDesk:
        return self._chance.choice(self._world.everybody)

    def _weather(self) -> None:
        self._world.network.weather = Weather(
            lost=self._chance.choice((0, 0.1, 0.4)),
            reply_lost=self._chance.choice((0, 0.1, 0.4)),
            twice=self._chance.choice((0, 0.2)),
            cut=self._chance.choice((0, 0.2, 0.6)),
            stale=self._chance.choice((0, 0, 0.2)),
            slow=self._chance.choice((0.0, 0.2, 3.0)),
        )

    def _fine(self) -> None:
        self._world.network.weather = FINE

    def _pull_plug(self) -> None:
        self._world.network.unplugged.add(self._anybody().host)

    def _plug_in(self) -> None:
        self._world.network.unplugged.clear()

    def _kill_desk(self) -> None:
        one = self._anybody()
        if one.is_up:
            one.die()

    def _boot_desks(self) -> None:
        for one in self._world.everybody:
            if not one.is_up:
                one.boot()

    def _kill_in_statement(self) -> None:
        one = self._anybody()
        one.statements_left, one.disk_full = self._chance.randint(1, 60), False

    def _fill_disk(self) -> None:
        one = self._anybody()
        one.statements_left, one.disk_full = self._chance.randint(1, 60), True

    def _kill_worker(self) -> None:
        if self._world.farm.workers:
            self._world.farm.kill_worker()

    def _start_worker(self) -> None:
        if self._world.farm.has_room:
            self._world.farm.start_worker()

    def _step_clock(self) -> None:
        self._anybody().process.clock_offset = self._chance.choice((0, 3600, -3600, 86400, -86400, 40))

    def _change_role(self) -> None:
        to = self._chance.choice((Role.TENANT_MANAGER, Role.TENANT_STAFF, Role.TENANT_OWNER))
        _change(self._world, self._chance.choice(self._world.people), role=to)

    def _change_tier(self) -> None:
        tier = self._chance.choice((Tier.FREE, Tier.ENTERPRISE))
        # Small enough to be reached; computers are set up anew throughout a storm.
        few = {Limit.CUSTOMERS: 3, Limit.APPOINTMENTS_A_MONTH: 5, Limit.DEVICES: None, Limit.USERS: None}
        override = Override(limits=few) if tier is Tier.FREE else None
        put_on_tier(self._world.engine, self._world.shop.tenant, tier, override)
        self._world.oracle.look()

    def _disable(self) -> None:
        who = self._chance.choice(self._world.people)
        self._world.shut_out.add(self._world.shop.users[who])
        _change(self._world, who, active=False)

    def _enable(self) -> None:
        for who in self._world.people:
            _change(self._world, who, active=True)

    def _end_session(self) -> None:
        one = self._chance.choice(self._world.desks)
        if one.desk is not None and one.is_up and not one.desk.is_closed:
            identity = one.desk.replica.identity()
            session = SessionId(identity.session)
            self._world.shut_out.add(identity.user_id)
            end_session(self._world.engine, self._world.shop.tenant, session, reason=SIGNED_OUT)

    def _copy(self) -> None:
        one = self._chance.choice(self._world.desks)
        if one.has_home:
            self._copies.append((one, one.copied(), len(one.made)))

    def _put_back(self) -> None:
        if not self._copies:
            return
        self._world.names_may_change = True
        one, copy, made = self._copies.pop(self._chance.randrange(len(self._copies)))
        if one.is_up:
            one.die()
        self._world.lost.update(edit.id for edit in one.made[made:])
        one.put_back(copy)

    def _lose_key(self) -> None:
        """A keyring forgets what the computer proves itself with: it becomes another device."""
        self._world.names_may_change = True
        self._chance.choice(self._world.desks).lose_key()

    def _twin(self) -> None:
        """Somebody sets a second computer up with the files of a first."""
        one = self._chance.choice(self._world.desks)
        if one.has_home and len(self._world.desks) < _MOST_DESKS:
            self._world.names_may_change = True
            twin = one.twin(f"desk{len(self._world.desks)}", one.copied())
            self._world.add(twin)
            twin.boot()

    _strikes: Final = (
        _weather, _weather, _fine, _pull_plug, _plug_in, _plug_in, _kill_desk, _boot_desks, _boot_desks, _boot_desks,
        _kill_in_statement, _fill_disk, _kill_worker, _start_worker, _start_worker, _step_clock, _end_session,
    )  # fmt: skip
    _with_old_disks: Final = (*_strikes, _copy, _copy, _put_back, _twin, _lose_key)
