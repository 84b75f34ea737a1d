"""One desk of a run: its process, the proxy between it and the server, and what it has confirmed."""

import os
import random
import re
import signal
from pathlib import Path
from typing import Any, ClassVar, Final

from desktop.config import Home
from desktop.desk import Desk
from shared.errors import StorageFault
from shared.model.member import Role
from tests.support.fault_proxy import FaultProxy
from tests.support.file_secrets import FileSecrets
from tests.support.headless import HeadlessDesk
from tests.support.shop import PASSWORD, Shop
from tests.sync.simulate.desks import Made

_EXPECTED: Final = ("shared.errors.StorageFault", "shared.errors.Unreachable", "desktop.sync.problems.Busy")
"""What disks, networks and busy servers do; a desk says so and goes on."""

_RAISED: Final = re.compile(
    r"^Traceback .*?\n((?:\w+\.)*\w+)(?::[^\n]*)?$(?!\n\n(?:The above exception|During handling))",
    re.MULTILINE | re.DOTALL,
)
"""The last exception of each chain in a log."""


class ChaosDesk(HeadlessDesk):
    """A process that is kept over many seeds; each has a home of its own."""

    module: ClassVar[str] = "tests.sync.chaos.desk_process"

    def __init__(self, folder: Path, name: str, **environment: str) -> None:
        super().__init__(folder / name, **environment)
        self.name = name
        self.made: list[Made] = []
        self.refused = self.failed = 0
        """Wishes that the rules and the disk refused."""
        self.role = Role.TENANT_OWNER
        self.proxy: FaultProxy
        self._clock = {"wrong_by": 0.0, "slept": 0.0}
        self._works = False
        self._read = 0
        self._folder = folder

    def settle(self, seed: int, shop: Shop, role: Role) -> None:
        """Begin a new life at a new business, behind the proxy."""
        self.role, self.made = role, []
        self.refused = self.failed = 0
        self._book = self._folder / f"{self.name}-{seed}"
        self._tell_where()
        self.tell(
            "sign_in", server=self.proxy.url, tenant=shop.tenant.slug, email=shop.email(role), password=PASSWORD
        )  # fmt: skip

    def _tell_where(self) -> None:
        self.tell("move", home=str(self._book))
        self.tell("set_clock", **self._clock)

    def usable(self) -> None:
        """Wait for the first sync."""
        self.until(lambda: self.tell("status")["usable"], f"{self.name}'s first sync")

    def work(self, count: int, seed: int) -> None:
        """Let its person work, without waiting for it."""
        self.send("work", count=count, seed=seed)
        self._works = True

    def rest(self) -> None:
        """Wait until its person has worked."""
        if self._works:
            said: list[dict[str, Any]] = []
            counted = self.answer(said)
            self._keep(said)
            self.refused += counted["refused"]
            self.failed += counted["failed"]
            self._works = False

    def die(self) -> None:
        """Kill the process, and start it again on what is on its disk."""
        self._works = False
        self._keep(self.kill())
        self.start()
        self._tell_where()
        self.tell("open")

    def _keep(self, said: list[dict[str, Any]]) -> None:
        self.made += [Made(id=one["id"], name=one["name"], desk=self.name, user="", args={}) for one in said]

    def set_clock(self, *, wrong_by: float = 0.0, slept: float = 0.0) -> None:
        """Set the wall's clock wrong, or let the computer have slept for some more seconds."""
        self._clock = {"wrong_by": wrong_by, "slept": self._clock["slept"] + slept}
        self.tell("set_clock", **self._clock)

    def fail_disk(self, dice: random.Random, *, syncs: bool, error: int) -> None:
        """Let some writes or syncs fail, after some that do not."""
        self.tell("fail_disk", syncs=syncs, after=dice.randrange(8), times=dice.choice((1, 1, 3, 1000)), error=error)

    def heal(self) -> None:
        """Give it a good disk and the right time."""
        self.proxy.heal()
        self.set_clock()
        self.mend_disk()

    def mend_disk(self) -> None:
        """Let everything be written again."""
        self.tell("empty_disk")
        self.tell("fail_disk", syncs=False, after=0, times=0, error=0)

    def open_twice(self) -> str:
        """Open its folder in another process, this one: how that was refused."""
        try:
            Desk.open(Home(self._book), FileSecrets(self._book / "secrets.json"))
        except StorageFault as refused:
            return str(refused)
        raise AssertionError("two instances work on one replica")

    def signal(self, number: signal.Signals) -> None:
        """Stop the process or let it go on."""
        os.kill(self.pid, number)

    def surprises(self) -> list[str]:
        """What it has logged since this was last asked that no disk and no network explains: exceptions, forks."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        fresh, self._read = text[self._read :], len(text)
        forks = re.findall("sync.begins_again", fresh)
        return [one for one in _RAISED.findall(fresh) if one not in _EXPECTED] + forks
