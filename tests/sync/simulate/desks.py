"""Desks of the run: the real `Desk`, a person who works at it, and the deaths and faults of its computer."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations.operation import Operation
from desktop.store.database import Database
from desktop.store.outbox import Waiting
from desktop.store.replica import Replica
from desktop.store.turning import Turned
from desktop.sync.device_key import secret_name
from desktop.sync.problems import SignInRefused
from desktop.sync.status import Connection
from shared.errors import AppError, NotSignedIn, Refusal, StorageFault, Unreachable
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from tests.support.file_secrets import FileSecrets
from tests.support.person import Person
from tests.support.shop import PASSWORD, Shop
from tests.sync.simulate.actors import Killed, Process, Scheduler

_TURNS: Final = 0.12
"""How often somebody takes something back or does it again."""


@dataclass(kw_only=True)
class Made:
    """One edit that a desk has confirmed to its person."""

    id: str
    name: str
    desk: str
    args: dict[str, Any]


class SimulatedDesk:
    """One computer; its program may be dead, and its files may go back in time."""

    def __init__(self, scheduler: Scheduler, shop: Shop, role: Role, folder: Path, name: str) -> None:
        self.scheduler, self.shop, self.role, self.name = scheduler, shop, role, name
        self.host = f"{name}.example"
        self.process = Process(f"{name}-0")
        self.desk: Desk | None = None
        self.made: list[Made] = []
        self.statements_left: int | None = None
        """Statements that its store still runs before the program dies, or the disk is full."""
        self.disk_full = False
        self.resting = False
        """No more edits are made."""
        self.look: Callable[[str, Desk], None] = lambda name, desk: None
        """Called before each edit, with the store at rest."""
        self._folder, self._lives = folder, 0
        self._home = folder / f"{name}-0"
        self._dice = random.Random(scheduler.chance.random())
        self._wished: list[str] = []

    @property
    def is_up(self) -> bool:
        """Whether its program runs."""
        return not self.process.dead

    def boot(self) -> None:
        """Start the program on what is on its disk."""
        self._lives += 1
        self.desk = None
        self.process = Process(f"{self.name}-{self._lives}", clock_offset=self.process.clock_offset)
        self.scheduler.spawn(self.process, "person", self._live)

    def die(self) -> None:
        """Kill the program; the disk stays as it was at this moment."""
        self.scheduler.note(f"{self.name} dies")
        self.scheduler.kill(self.process)
        self._take_home(self._home)

    @property
    def has_home(self) -> bool:
        """Whether there is anything on its disk."""
        return self._home.exists()

    def copied(self) -> Path:
        """A copy of everything that is on its disk now."""
        number = sum(1 for _ in self._folder.iterdir())
        return _copied(self._home, self._folder / f"{self.name}-copy-{number}")

    def put_back(self, copy: Path) -> None:
        """Let the disk be what it was at an earlier moment; the program must be dead."""
        self._take_home(copy)

    def lose_key(self) -> None:
        """Let the secrets on its disk be without the device's key."""
        if self.has_home:
            FileSecrets(self._home / "secrets.json").delete(secret_name(Home(self._home)))

    def twin(self, name: str, copy: Path) -> "SimulatedDesk":
        """Another computer with the files of this one."""
        twin = SimulatedDesk(self.scheduler, self.shop, self.role, self._folder, name)
        # It goes on speaking to the same address: that stands in its files.
        twin.host = self.host
        twin.put_back(copy)
        return twin

    def _take_home(self, source: Path) -> None:
        self._lives += 1
        fresh = self._folder / f"{self.name}-{self._lives}"
        self._home = _copied(source, fresh) if source.exists() else fresh

    def statement(self, *, writes: bool) -> None:
        """One more statement of its store: it may be the last."""
        if self.statements_left is None or (self.disk_full and not writes):
            return
        self.statements_left -= 1
        if self.statements_left > 0:
            return
        self.statements_left = None
        if self.disk_full:
            raise StorageFault("The disk is full.")
        self.die()
        raise Killed

    def _live(self) -> None:
        desk = self.desk = self._opened()
        self.process.buried = lambda: _closed(desk)
        desk.start()
        person = Person(desk, self._dice)
        person._wished = self._wished
        while True:
            self.scheduler.pause("works", seconds=self._dice.expovariate(1 / 6))
            if not self.resting:
                self._work(desk, person)
            self._sign_in_where_asked(desk)

    def _opened(self) -> Desk:
        secrets = FileSecrets(self._home / "secrets.json")
        while True:
            home = Home(self._home)
            secrets = FileSecrets(self._home / "secrets.json")
            try:
                found = Desk.open(home, secrets)
                if found is not None:
                    return found
                return Desk.sign_in(
                    home, secrets, server=f"http://{self.host}", tenant=self.shop.tenant.slug,
                    email=self.shop.email(self.role), password=PASSWORD,
                )  # fmt: skip
            except (Unreachable, StorageFault, SignInRefused, NotSignedIn):
                self.scheduler.pause("cannot open", seconds=5.0)

    def _work(self, desk: Desk, person: Person) -> None:
        # Before the first sync there is nothing to work with.
        if not desk.do(lambda replica: replica.is_usable):
            return
        desk.do(lambda replica: self.look(self.name, desk))
        if self._dice.random() < _TURNS:
            self._turn(desk)
            return
        name, args = desk.do(lambda replica: person.wish())
        try:
            edited = desk.edit(Operation(name=name, args=MUTATIONS[name].parse(args), label=name))
        except (Refusal, StorageFault):
            return
        self.made.append(Made(id=edited.mutation_id, name=name, desk=self.name, args=args))
        self.scheduler.note(f"{self.name} makes {name} {edited.seq}")

    def _turn(self, desk: Desk) -> None:
        """Take the last step back, or do it again."""
        back = self._dice.random() < 0.7

        def turn(replica: Replica) -> tuple[Turned | None, Sequence[Waiting]]:
            last = int(replica.meta.get("next_seq") or "1") - 1
            turned = replica.undo() if back else replica.redo()
            return turned, replica.outbox.first(-1, after=last)

        try:
            _, made = desk.turn(turn).result()
        except (Refusal, StorageFault):
            return
        for one in made:
            self.made.append(Made(id=one.id, name=one.name, desk=self.name, args=dict(one.args)))
            self.scheduler.note(f"{self.name} turns {one.name} {one.seq}")

    def _sign_in_where_asked(self, desk: Desk) -> None:
        if desk.status.connection is Connection.SIGN_IN:
            try:
                desk.sign_in_again(PASSWORD)
            except AppError:
                self.scheduler.pause("not let in", seconds=5.0)


def _copied(source: Path, target: Path) -> Path:
    # The index of a log lives in memory that the users of its file share: it dies with them.
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*-shm", "lock"))
    return target


def _closed(desk: Desk) -> None:
    """Give back what a dead program held, without another word to its disk."""
    desk.replica.database.connection.close()
    desk._owner.release()


def watch_statements(desks: Callable[[], list[SimulatedDesk]]) -> list[tuple[Any, str, Any]]:
    """Patches by which every statement of a desk's store is told to its desk first."""
    from tests.sync.simulate.actors import current_process

    def told(method: Callable[..., Any], *, writes: bool) -> Callable[..., Any]:
        def telling(self: Database, sql: str, *given: Any) -> Any:
            process = current_process()
            for one in desks():
                # A rollback is not a statement of ours: it also happens by itself, when a process is gone.
                if one.process is process and not sql.startswith("ROLLBACK"):
                    one.statement(writes=writes)
            return method(self, sql, *given)

        return telling

    kinds = {"run": True, "run_many": True, "rows": False, "row": False}
    return [(Database, name, told(getattr(Database, name), writes=writes)) for name, writes in kinds.items()]
