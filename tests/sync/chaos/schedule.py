"""What a seed does, and when: drawn before anything runs, so that it is the same each time."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.support.fault_proxy import WireFault


class Strike(StrEnum):
    """What happens to a process, a disk, a clock or a whole network."""

    CABLE_PULLED = "the desk's cable is pulled"
    DESK_KILLED = "the desk is killed"
    DESK_STOPPED = "the desk is stopped for a while"
    DISK_FULL = "the desk's files may not grow"
    NO_SPACE = "writes of the desk fail with ENOSPC"
    WRITES_FAIL = "writes of the desk fail with EIO"
    SYNCS_FAIL = "fsync of the desk fails with EIO"
    CLOCK_SET = "the desk's clock is set wrong"
    COMPUTER_SLEPT = "the desk's computer slept"
    SECOND_INSTANCE = "the desk's folder is opened twice"
    SERVER_ENDED = "the server is ended and started"
    SERVER_KILLED = "the server is killed and started"
    SERVER_STOPPED = "the server is stopped for a while"
    WORKER_KILLED = "a process that serves is killed"
    POSTGRES_KILLED = "PostgreSQL is killed"
    BACKEND_KILLED = "one of PostgreSQL's processes is killed"
    POSTGRES_STOPPED = "PostgreSQL is stopped for a while"
    NETWORK_SWALLOWS = "the desk's network takes everything and gives nothing"


PREPARED: Final = (
    Strike.DISK_FULL, Strike.NO_SPACE, Strike.WRITES_FAIL, Strike.SYNCS_FAIL, Strike.CLOCK_SET, Strike.COMPUTER_SLEPT
)  # fmt: skip
"""Those that a desk must be told of before its person works."""
_LIGHT: Final = (*PREPARED, Strike.CABLE_PULLED, Strike.DESK_KILLED, Strike.DESK_STOPPED, Strike.SECOND_INSTANCE)
_HEAVY: Final = (
    Strike.SERVER_KILLED, Strike.POSTGRES_KILLED, Strike.NETWORK_SWALLOWS, Strike.BACKEND_KILLED,
    Strike.SERVER_STOPPED, Strike.WORKER_KILLED, Strike.POSTGRES_STOPPED, Strike.SERVER_ENDED,
)  # fmt: skip
"""Those that take seconds: every other seed has one, each in its turn."""
_AT_FIRST: Final = (
    Strike.DISK_FULL, Strike.NO_SPACE, Strike.WRITES_FAIL, Strike.SYNCS_FAIL, Strike.CABLE_PULLED, Strike.DESK_KILLED,
    Strike.DESK_STOPPED,
)  # fmt: skip
"""Those that a first sync meets now and then."""
_QUICK: Final = tuple(fault for fault in WireFault if fault is not WireFault.BLACK_HOLE)
_PATHS: Final = ("/push", "/push", "/pull", "/pull", "/live", "/register", "/refresh")
_BLACK_HOLE_EVERY: Final = 30
"""Seeds between two in which one request is swallowed: a desk waits half a minute for its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """The next request of a desk whose path ends so meets a fault."""

    desk: int
    path: str
    fault: WireFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Every desk's person works; meanwhile something happens."""

    edits: tuple[tuple[int, int], ...]
    """For each desk how many, and the seed of its person's wishes."""
    spoilt: tuple[Spoilt, ...]
    strikes: tuple[tuple[Strike, int], ...]
    """What, and to which desk."""
    pause: float
    """Seconds until it happens."""
    chance: int
    """The seed of how it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A whole seed."""

    desks: int
    spoilt_at_first: tuple[Spoilt, ...]
    """What the first syncs meet."""
    strikes_at_first: tuple[tuple[Strike, int], ...]
    chance: int
    """The seed of how they happen."""
    rounds: tuple[Round, ...]


def schedule(seed: int) -> Schedule:
    """The schedule of a seed."""
    chance = random.Random(seed)
    desks = chance.choice((2, 3))
    count = chance.randrange(4, 7)
    heavy = _HEAVY[seed // 2 % len(_HEAVY)] if seed % 2 else None
    when = chance.randrange(count)
    most = chance.choice((3, 3, 8))
    rounds = [_round(chance, desks, most, heavy if number == when else None) for number in range(count)]
    if seed % _BLACK_HOLE_EVERY == 0:
        hole = Spoilt(desk=0, path=chance.choice(("/push", "/pull")), fault=WireFault.BLACK_HOLE)
        rounds.append(_round(chance, desks, most, None, hole))
    return Schedule(
        desks=desks,
        spoilt_at_first=tuple(_spoilt(chance, desks) for _ in range(chance.choice((0, 0, 1, most)))),
        strikes_at_first=tuple(
            (chance.choice(_AT_FIRST), chance.randrange(desks)) for _ in range(chance.choice((0, 0, 1)))
        ),
        chance=chance.getrandbits(32),
        rounds=tuple(rounds),
    )


def _round(chance: random.Random, desks: int, most: int, heavy: Strike | None, *more: Spoilt) -> Round:
    """One round; `most` is how many requests are spoilt in it, `more` what is spoilt beside them."""
    light = [(chance.choice(_LIGHT), chance.randrange(desks)) for _ in range(chance.choice((0, 1, 1, 2)))]
    return Round(
        edits=tuple((chance.randrange(1, 9), chance.getrandbits(32)) for _ in range(desks)),
        spoilt=(*(_spoilt(chance, desks) for _ in range(chance.randrange(most + 1))), *more),
        strikes=(*light, *([(heavy, chance.randrange(desks))] if heavy else [])),
        pause=chance.uniform(0.0, 0.15),
        chance=chance.getrandbits(32),
    )


def _spoilt(chance: random.Random, desks: int) -> Spoilt:
    return Spoilt(desk=chance.randrange(desks), path=chance.choice(_PATHS), fault=chance.choice(_QUICK))
