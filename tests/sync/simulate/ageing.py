"""Time that goes by in leaps, days or months of it, and the nights in which the server forgets what is old (P33)."""

import random
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.errors import StorageFault
from syncserver.services.jobs.pruning import prune
from tests.sync.simulate.actors import Process

if TYPE_CHECKING:
    from tests.sync.simulate.run import Simulation

_EVERY: Final = 20.0
"""Seconds between two leaps or nights, on average."""
_LEAPS: Final = (1, 3, 20, 60, 91, 120, 410)
"""Days."""


class Ageing:
    """Works until the storm is over."""

    def __init__(self, world: "Simulation") -> None:
        self.process = Process("time")
        self._world, self._scheduler = world, world.scheduler
        self._dice = random.Random(world.scheduler.chance.random())

    def work(self) -> None:
        """Let time pass, and prune."""
        while self._world.stormy:
            self._scheduler.pause("waits", seconds=self._dice.expovariate(1 / _EVERY))
            if self._world.stormy:
                self._dice.choice((self._leap, self._prune, self._prune))()

    def _leap(self) -> None:
        days = self._dice.choice(_LEAPS)
        self._scheduler.note(f"time: {days} days later")
        self._scheduler.leapt += timedelta(days=days).total_seconds()
        self._world.names_may_change = True

    def _prune(self) -> None:
        def is_ended() -> bool:
            # Between two of its transactions others have a turn, or the server is put back.
            self._scheduler.pause("prunes")
            return self._world.farm.is_down

        for shop in (self._world.shop, self._world.other):
            self._world.oracle.look()
            # Whoever holds a row that it wants is not waited for long.
            with suppress(StorageFault):
                self._scheduler.note(
                    f"time: {prune(self._world.engine, self._world.farm.settings, shop.tenant, is_ended=is_ended)}"
                )
