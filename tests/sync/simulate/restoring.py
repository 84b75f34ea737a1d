"""The operator, who takes backups and puts the server back to one of them: what desks were told since is not there."""

import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared import clock
from shared.errors import StorageFault
from syncserver.services.history import check_history
from syncserver.services.sync.recovery import end_recovery
from syncserver.store.recoveries import recovering
from tests.sync.simulate.actors import Process
from tests.sync.simulate.backup import Backup
from tests.sync.simulate.oracle import Past

if TYPE_CHECKING:
    from tests.sync.simulate.run import Simulation

_EVERY: Final = 25.0
"""Seconds between two of his deeds, on average."""
_OLDEST: Final = timedelta(days=7)
"""Desks keep what they sent for 14 days by their own clocks, which may be wrong: the server is saved more often."""


class Restoring:
    """Works until the storm is over."""

    def __init__(self, world: "Simulation") -> None:
        self.process = Process("operator")
        self._world, self._scheduler = world, world.scheduler
        self._dice = random.Random(world.scheduler.chance.random())
        self._backups: list[tuple[Backup, Past]] = []

    def work(self) -> None:
        """Take backups, and put the server back now and then."""
        self._back_up()
        while self._world.stormy:
            self._scheduler.pause("waits", seconds=self._dice.expovariate(1 / _EVERY))
            if self._world.stormy:
                self._dice.choice((self._back_up, self._put_back))()

    def _back_up(self) -> None:
        self._world.oracle.look()
        tenants = [self._world.shop.tenant, self._world.other.tenant]
        self._backups.append((Backup(self._world.engine, tenants), self._world.oracle.past()))
        self._scheduler.note("operator: takes a backup")

    def _put_back(self) -> None:
        """Not synced with the desks in any way: they find out."""
        recent = [one for one in self._backups if clock.now() - one[0].taken_at < _OLDEST]
        if not recent:
            return
        backup, past = self._dice.choice(recent)
        world = self._world
        world.names_may_change = True
        stopped = world.farm.stop()
        # What they had begun ends with them, before anything is put back.
        self._scheduler.pause("stops", seconds=None, ready=lambda: not any(one.actors for one in stopped))
        world.oracle.require_order()
        lost = world.oracle.decided()
        backup.put_back()
        check_history(world.engine, world.farm.settings)
        world.oracle.put_back(past, lost)
        self._scheduler.note(f"operator: puts the server back to {world.oracle.version}")
        self._scheduler.pause("starts", seconds=self._dice.uniform(0, 15))
        world.farm.start()
        if self._dice.random() < 0.3:
            self._scheduler.pause("ends recovery", seconds=self._dice.uniform(0, 60))
            self._end()

    def _end(self) -> None:
        ours = {self._world.shop.tenant.id, self._world.other.tenant.id}
        for one in recovering(self._world.engine):
            if one.tenant.id in ours:
                # He tries again, or waits until it ends by itself.
                with suppress(StorageFault):
                    end_recovery(self._world.engine, one.tenant)
