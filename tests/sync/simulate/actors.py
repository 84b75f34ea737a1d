"""Actors: threads of which one runs at a time, until it pauses; a scheduler with a seed says who goes on, and when."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

_local: Final = threading.local()
_STALLS: Final = 0.02
"""How often an actor is kept from going on at once."""
_LONGEST_STALL: Final = 8.0
"""Seconds."""
_PATIENCE: Final = 60.0
"""Seconds of the real clock within which an actor must come to its next pause."""
_BLOCKED_AFTER: Final = 0.05
"""Seconds of the real clock after which an actor waits for a lock, where transactions may overlap."""


class Killed(BaseException):
    """The process that an actor belongs to is dead: it does nothing any more."""


class Stuck(AssertionError):
    """Nobody can go on, or an actor does not come back."""


@dataclass(eq=False)
class Process:
    """What lives and dies together: a desk's program, a worker of the server; the hands of a person and of fate too."""

    name: str
    clock_offset: float = 0.0
    """Seconds by which its wall clock is wrong."""
    dead: bool = False
    actors: "list[Actor]" = field(default_factory=list)
    buried: Callable[[], None] = lambda: None
    """Called once it is dead and none of its actors is left."""


def _baton() -> threading.Lock:
    """What one thread waits for and another gives, at first not given. A semaphore would do, in twice the time."""
    baton = threading.Lock()
    baton.acquire()
    return baton


class Actor:
    """One thread of a process."""

    def __init__(self, scheduler: "Scheduler", process: Process, name: str, work: Callable[[], None]) -> None:
        self.process, self.name = process, f"{process.name}/{name}"
        self.done = False
        self.error: BaseException | None = None
        self.due: float | None = 0.0
        """When it goes on by itself; None where only `ready` lets it."""
        self.ready: Callable[[], bool] | None = None
        self.at = "start"
        self.turn, self.back = _baton(), _baton()
        self.blocked = False
        """It has its turn, and waits for a lock of the database that somebody else holds."""
        self._scheduler, self._work = scheduler, work
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        process.actors.append(self)
        self.thread.start()

    def _run(self) -> None:
        _local.actor = self
        self.turn.acquire()
        try:
            if not self.process.dead:
                self._work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 whatever it was, the run has found it
            self.error = error
        self.done = True
        self.back.release()

    def may_go_on(self, now: float) -> bool:
        """Whether it has something to do."""
        return (
            self.process.dead or (self.due is not None and self.due <= now) or (self.ready is not None and self.ready())
        )


class Scheduler:
    """Owns time and turns. Everything that it chooses comes from its seed."""

    def __init__(self, seed: int, *, overlap: bool = False, meeting: bool = False) -> None:
        """Draw everything from `seed`.

        With `overlap` transactions may wait for one another; with `meeting` people often change one and the same visit.
        """
        self.overlap, self.meeting = overlap, meeting
        self.chance = random.Random(seed)
        self.now = 0.0
        """Seconds since the beginning of the run."""
        self.leapt = 0.0
        """Seconds that have passed besides, at once, by every clock: nobody has done anything in them."""
        self.trace: list[str] = []
        """What happened, in order; the same seed gives the same."""
        self._actors: list[Actor] = []

    def spawn(self, process: Process, name: str, work: Callable[[], None]) -> Actor:
        """Start an actor; it has its first turn when the scheduler says so."""
        actor = Actor(self, process, name, work)
        actor.due = self.now
        self._actors.append(actor)
        return actor

    def note(self, what: str) -> None:
        """Write something into the trace."""
        self.trace.append(f"{self.now:.3f} {what}")

    def step(self) -> bool:
        """Let one actor go on to its next pause; False where nobody has anything to do, however long one waits."""
        for one in [one for one in self._actors if one.blocked]:
            if one.back.acquire(blocking=False):
                self._is_back(one)
        ready = [one for one in self._actors if not one.blocked and one.may_go_on(self.now)]
        if not ready:
            if blocked := next((one for one in self._actors if one.blocked), None):
                self._wait_for(blocked, _PATIENCE)
                return True
            waiting = [one.due for one in self._actors if one.due is not None]
            if not waiting:
                return False
            self.now = min(waiting)
            return True
        actor = self.chance.choice(ready)
        self.note(f"{actor.name} {actor.at}")
        self.now += self.chance.random() * 0.004
        actor.due = actor.ready = None
        actor.turn.release()
        self._wait_for(actor, _BLOCKED_AFTER if self.overlap else _PATIENCE)
        return True

    def _wait_for(self, actor: Actor, seconds: float) -> None:
        if actor.back.acquire(timeout=seconds):
            self._is_back(actor)
        elif seconds == _PATIENCE:
            raise Stuck(f"{actor.name} does not come back from {actor.at}")
        else:
            actor.blocked = True

    def _is_back(self, actor: Actor) -> None:
        actor.blocked = False
        if actor.done:
            self._actors.remove(actor)
            actor.process.actors.remove(actor)
            if actor.process.dead and not actor.process.actors:
                actor.process.buried()
            actor.thread.join()
        if actor.error is not None and not actor.process.dead:
            raise actor.error

    def run_for(self, seconds: float) -> None:
        """Step until so many seconds have passed, with whoever is left."""
        end = self.now + seconds
        while self.now < end and self.step():
            pass
        self.now = max(self.now, end)

    def pause(self, at: str, *, seconds: float | None = 0.0, ready: Callable[[], bool] | None = None) -> None:
        """Give up the turn until so many seconds have passed (None: for ever) or something is true. Raises Killed."""
        actor = current()
        if actor.process.dead:
            raise Killed
        if seconds == 0.0 and self.chance.random() < _STALLS:
            # Its computer does something else for a while.
            seconds = self.chance.uniform(0, _LONGEST_STALL)
        actor.at = at
        actor.due = None if seconds is None else self.now + seconds
        actor.ready = ready
        actor.back.release()
        actor.turn.acquire()
        if actor.process.dead:
            raise Killed

    def kill(self, process: Process) -> None:
        """Let a process be dead; its actors notice at their next turn, and do nothing more."""
        process.dead = True

    def finish(self) -> None:
        """End every actor that is left."""
        for one in self._actors:
            one.process.dead = True
        while self._actors:
            self.step()


def current() -> Actor:
    """The actor whose turn it is."""
    actor: Actor = _local.actor
    return actor


def current_process() -> Process | None:
    """The process of the actor whose turn it is; None outside of all."""
    actor: Any = getattr(_local, "actor", None)
    return None if actor is None else actor.process
