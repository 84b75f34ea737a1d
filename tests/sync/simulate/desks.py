"""Desks of the run: the real `Desk`, a person who works at it, and the deaths and faults of its computer."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from desktop.config import Home, Login
from desktop.desk import Desk
from desktop.operations.operation import Operation
from desktop.presenters.turns import Turns
from desktop.store.database import Database
from desktop.store.outbox import Waiting
from desktop.store.replica import Replica
from desktop.store.turning import Turned
from desktop.sync.device_key import secret_name
from desktop.sync.status import Connection
from shared.errors import AppError, NotSignedIn, Refusal, StorageFault
from shared.model.member import Role
from shared.mutations.registry import MUTATIONS
from tests.support.file_secrets import FileSecrets
from tests.support.person import Person
from tests.support.shop import PASSWORD, Shop
from tests.sync.simulate.actors import Killed, Process, Scheduler

_TURNS: Final = 0.12
"""How often somebody takes something back or does it again."""
_CHANGES, _LEAVES = 0.15, 0.03
"""How often somebody else takes the desk, and how often somebody signs out, after an edit."""

_MEETS: Final = 0.6
"""How often somebody changes what is booked in the visit that the others change, where people meet."""


@dataclass(kw_only=True)
class Made:
    """One edit that a desk has confirmed to its person."""

    id: str
    name: str
    desk: str
    user: str
    """Who was at the desk."""
    args: dict[str, Any]


class SimulatedDesk:
    """One computer; its program may be dead, and its files may go back in time."""

    def __init__(self, scheduler: Scheduler, shop: Shop, people: Sequence[Role], folder: Path, name: str) -> None:
        self.scheduler, self.shop, self.people, self.name = scheduler, shop, people, name
        self.host = f"{name}.example"
        self.process = Process(f"{name}-0")
        self.desk: Desk | None = None
        self.made: list[Made] = []
        self.statements_left: int | None = None
        """Statements that its store still runs before the program dies, or the disk is full."""
        self.disk_full = False
        self.resting = False
        """No more edits are made."""
        self.reached: dict[tuple[str, str], int] = {}
        """The version that each book on its disk has come to, by the epoch."""
        self.look: Callable[[str, Desk], None] = lambda name, desk: None
        """Called before each edit, with the store at rest."""
        self._folder, self._lives = folder, 0
        self._home = folder / f"{name}-0"
        self._dice = random.Random(scheduler.chance.random())
        self._wished: list[str] = []
        self._drained: set[str] = set()
        """Replicas of this computer that have nothing to send any more, in the calm."""
        self._contacts: dict[str, datetime | None] = {}
        """When each of them had last heard of the server as the calm came to it."""

    @property
    def is_up(self) -> bool:
        """Whether its program runs."""
        return not self.process.dead

    @property
    def is_drained(self) -> bool:
        """Whether every book of this computer has been opened in the calm, and has sent what waited."""
        return self._drained >= {one.replica for one in Home(self._home).accounts()}

    def boot(self) -> None:
        """Start the program on what is on its disk."""
        self._lives += 1
        self.desk = None
        self._drained, self._contacts = set(), {}
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
        self.reached.clear()
        self._take_home(copy)

    def lose_key(self) -> None:
        """Let the secrets on its disk be without the device's key."""
        if self.has_home:
            FileSecrets(self._home / "secrets.json").delete(secret_name(Home(self._home)))

    def twin(self, name: str, copy: Path) -> "SimulatedDesk":
        """Another computer with the files of this one."""
        twin = SimulatedDesk(self.scheduler, self.shop, self.people, self._folder, name)
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
        desk = self._began(self._opened())
        person = self._person(desk)
        while True:
            person._wished = self._wished
            self.scheduler.pause("works", seconds=self._dice.expovariate(1 / 6))
            if not self.resting:
                self._work(desk, person)
            self._sign_in_where_asked(desk)
            changed = self._changed(desk)
            if changed is not desk:
                desk = self._began(changed)
                person = self._person(desk)

    def _person(self, desk: Desk) -> Person:
        return Person(desk, self._dice, meeting=_MEETS if self.scheduler.meeting else 0.0)

    def _began(self, desk: Desk) -> Desk:
        self.desk = desk
        self.process.buried = lambda: _closed(desk)
        desk.start()
        return desk

    def _opened(self) -> Desk:
        while True:
            try:
                found = Desk.open(Home(self._home), self._secrets())
                return found or self._given(None, self._dice.choice(self.people))
            except AppError:
                self.scheduler.pause("cannot open", seconds=5.0)

    def _secrets(self) -> FileSecrets:
        return FileSecrets(self._home / "secrets.json")

    def _given(self, desk: Desk | None, who: Role) -> Desk:
        """The desk for one of the people: unlocked, or let in by the server. Raises AppError."""
        turns = Turns(home=Home(self._home), secrets=self._secrets(), desk=desk)
        login = Login(server=f"http://{self.host}", tenant=self.shop.tenant.slug, email=self.shop.email(who))
        known = turns.home.known_accounts(login)
        given = turns.take(known[-1], PASSWORD) if known else turns.sign_in(login, PASSWORD)
        assert isinstance(given, Desk)
        self.scheduler.note(f"{self.name} is taken by {who.value}")
        return given

    def _changed(self, desk: Desk) -> Desk:
        """The desk after somebody else has taken it, its person has left it, or must have another book."""
        try:
            if desk.status.elsewhere:
                return desk.move()
            if self.resting:
                return self._next_to_drain(desk)
            if self._dice.random() < _LEAVES:
                self.scheduler.note(f"{self.name} is left")
                desk.sign_out()
            elif self._dice.random() < _CHANGES:
                return self._given(desk, self._dice.choice(self.people))
        except AppError:
            self.scheduler.pause("not given", seconds=2.0)
        return self._opened() if desk.is_closed else desk

    def _next_to_drain(self, desk: Desk) -> Desk:
        """The same desk until nothing waits in its book, then one of another book of this computer."""
        status = desk.status
        if status.waiting or status.connection is not Connection.ONLINE or status.syncing:
            return desk
        if self._contacts.setdefault(desk.account.replica, status.last_contact) == status.last_contact:
            # It may not have heard yet that the server was put back, which asks for what was sent.
            return desk
        self._drained.add(desk.account.replica)
        accounts = Home(self._home).accounts()
        other = next((one for one in accounts if one.replica not in self._drained), None)
        if other is None:
            return desk
        return self._given(desk, next(who for who in self.people if self.shop.email(who) == other.email))

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
        except (Refusal, StorageFault, NotSignedIn):
            # Nobody works on a book that is hidden.
            return
        self.made.append(self._made(desk, edited.mutation_id, name, args))
        self.scheduler.note(f"{self.name} makes {name} {edited.seq}")

    def _made(self, desk: Desk, mutation: str, name: str, args: dict[str, Any]) -> Made:
        return Made(id=mutation, name=name, desk=self.name, user=desk.replica.identity().user_id, args=args)

    def _turn(self, desk: Desk) -> None:
        """Take the last step back, or do it again."""
        back = self._dice.random() < 0.7

        def turn(replica: Replica) -> tuple[Turned | None, Sequence[Waiting]]:
            last = int(replica.meta.get("next_seq") or "1") - 1
            turned = replica.undo() if back else replica.redo()
            return turned, replica.outbox.first(-1, after=last)

        try:
            _, made = desk.turn(turn).result()
        except (Refusal, StorageFault, NotSignedIn):
            # Nobody works on a book that is hidden.
            return
        for one in made:
            self.made.append(self._made(desk, one.id, one.name, dict(one.args)))
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
