"""The process of a desk that serves one business after the other, and whose disk and clock can be told to fail."""

import importlib
import json
import os
import random
import resource
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

from desktop.config import Home
from desktop.operations.operation import Operation
from desktop.store.replica import Replica
from desktop.sync.problems import Busy
from shared import clock
from shared.errors import Refusal, StorageFault
from shared.mutations.registry import MUTATIONS
from tests.support import failing_disk
from tests.support.file_secrets import FileSecrets
from tests.support.headless_process import Answer, Headless, obey
from tests.support.person import Person

PLANT: Final = "CHAOS_PLANT"
"""The variable that names a bug to have on purpose, by its module in tests/sync/simulate/plants."""
_PATIENCE: Final = 20.0
_UNLIMITED: Final = resource.RLIM_INFINITY


class JumpingClock:
    """The machine's clock, which somebody sets, and which sleeps."""

    def __init__(self) -> None:
        self._machine = clock.SystemClock()
        self.wrong_by = timedelta(0)
        """Of the wall's clock alone."""
        self.slept = timedelta(0)
        """Of both clocks: time that passed while nothing ran."""

    def now(self) -> datetime:
        return self._machine.now() + self.wrong_by + self.slept

    def monotonic(self) -> float:
        return self._machine.monotonic() + self.slept.total_seconds()


class ChaosDesk(Headless):
    """Orders beyond those of a desk that works in peace."""

    def __init__(self, home: Path, time: JumpingClock) -> None:
        super().__init__(home)
        self._time = time

    def move(self, home: str) -> Answer:
        """Close what is open, and work in another folder from now on."""
        if self._desk is not None:
            self._desk.close()
        self._desk = None
        self._home, self._secrets = Home(Path(home)), FileSecrets(Path(home) / "secrets.json")

    def sign_in(self, **form: str) -> Answer:
        """Sign in as a person does, who tries again where the server was struck a moment ago."""
        end = monotonic() + _PATIENCE
        while True:
            try:
                return super().sign_in(**form)
            except Busy:
                if monotonic() > end:
                    raise
                sleep(0.5)

    def work(self, count: int, seed: int) -> Answer:
        """So many wishes; each that is saved is printed. How many the rules and the disk refused."""
        person = Person(self._open, random.Random(seed))
        refused = failed = 0
        for _ in range(count):
            name, args = self._open.do(lambda replica: person.wish())
            try:
                edited = self._open.edit(Operation(name=name, args=MUTATIONS[name].parse(args), label=name))
            except Refusal:
                refused += 1
            except StorageFault:
                failed += 1
            else:
                print(json.dumps({"made": {"id": edited.mutation_id, "name": name}}), flush=True)
        return {"refused": refused, "failed": failed}

    def fail_disk(self, *, syncs: bool, after: int, times: int, error: int) -> Answer:
        """Let writes or syncs fail; see `failing_disk.arm`."""
        failing_disk.arm(syncs=syncs, after=after, times=times, error=error)

    def fill_disk(self, room: int) -> Answer:
        """Let no file grow beyond the largest of the replica's by more than so many bytes."""
        largest = max(file.stat().st_size for file in self._home.folder.glob("book-*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, _UNLIMITED))

    def empty_disk(self) -> Answer:
        """Let files grow again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (_UNLIMITED, _UNLIMITED))

    def set_clock(self, *, wrong_by: float, slept: float) -> Answer:
        """How many seconds the wall's clock is wrong by, and how many the computer has slept."""
        self._time.wrong_by, self._time.slept = timedelta(seconds=wrong_by), timedelta(seconds=slept)

    def damages(self) -> Answer:
        """What SQLite and SQLCipher find wrong with the file."""
        said = [
            row[0]
            for check in ("PRAGMA integrity_check", "PRAGMA cipher_integrity_check")
            for row in self._open.do(partial(_ask, check))
        ]
        return [one for one in said if one != "ok"]


def _ask(sql: str, replica: Replica) -> list[tuple[Any, ...]]:
    return replica.database.rows(sql)


def _planted() -> AbstractContextManager[None]:
    """The bug that this process is told to have, if any."""
    if (name := os.environ.get(PLANT)) is None:
        return nullcontext()
    planted: AbstractContextManager[None] = importlib.import_module(f"tests.sync.simulate.plants.{name}").plant()
    return planted


if __name__ == "__main__":
    time = JumpingClock()
    with clock.using(time), _planted():
        obey(ChaosDesk(Path(sys.argv[1]), time))
