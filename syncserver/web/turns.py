"""Who may do at once what the process can do only a few times at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Final

from shared import clock
from shared.model.base import UserId
from shared.protocol.problems import ProblemCode
from syncserver.services.caller import network_of
from syncserver.services.declined import Declined
from syncserver.services.server import Principal
from syncserver.store.tenancy import TenantId

IN_LINE: Final = 64
"""Sign-ins that may wait: a few seconds' worth."""

_LATER: Final = 10
"""Seconds after which it may be another's turn to export, or to have a calendar made."""

PULLS_IN_LINE: Final = 128
"""Pulls of one business that may wait in each worker: all of its desks ask as soon as one of them has pushed."""
WAITS: Final = 10.0
"""Seconds that a pull waits at most: a desk gives up an answer after half a minute, and asks again by itself."""
_SOON: Final = 5
"""Seconds after which it may be another's turn to pull."""
LASTS: Final = 60.0
"""Seconds that a long pull has whoever waits."""
SLOW: Final = 8 * 1024
"""Bytes in a second below which it gives way to those that wait after that; 3G takes six times as much."""
_Asker = tuple[TenantId, str, str]


class SignIns:
    """Password hashing takes 64 MiB each: a few at once, a line of those that wait, and no line beyond that."""

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn and have it inside the block. Declined as `retry` where the line is long."""
        if self._waiting >= IN_LINE:
            raise Declined(ProblemCode.RETRY, retry_after=5)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()


class Strangers:
    """Large bodies of whoever was shut out: a few at once, for each of them lies in memory until it is whole.

    A body may take minutes: one business has half of the turns at most, and one person two, of which one may be that
    of a line that has broken.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._of_one = 2
        self._tenants: Counter[TenantId] = Counter()
        self._people: Counter[UserId] = Counter()

    @contextmanager
    def turn(self, tenant: TenantId, user: UserId) -> Iterator[None]:
        """Have one's turn inside the block. Declined as `retry` while there is none."""
        is_full = self._tenants.total() >= self._at_once or self._tenants[tenant] >= self._at_once // 2
        if is_full or self._people[user] >= self._of_one:
            raise Declined(ProblemCode.RETRY, retry_after=5)
        held = Counter({tenant: 1}), Counter({user: 1})
        self._tenants += held[0]
        self._people += held[1]
        try:
            yield
        finally:
            # In place, these drop whoever has none.
            self._tenants -= held[0]
            self._people -= held[1]


class Exports:
    """One export at a time: it reads all that a business has."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have one's turn inside the block. Declined as `retry` while another has it."""
        if self._free.locked():
            raise Declined(ProblemCode.RETRY, retry_after=_LATER)
        async with self._free:
            yield


class OneByOne:
    """One at a time has what takes the process some work, such as a calendar: a short line waits, not long.

    Whoever asks for somebody's again and again has but a part of the line.
    """

    def __init__(self, *, in_line: int = 16, of_one: int = 4, longest: float = 10.0) -> None:
        self._free = asyncio.Semaphore(1)
        self._in_line = in_line
        self._of_one = of_one
        self._longest = longest
        self._asked: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, whose: str) -> AsyncIterator[None]:
        """Wait for one's turn and have it inside the block. Declined as `retry` where that is long."""
        if self._asked[whose] >= self._of_one or self._asked.total() > self._in_line:
            raise Declined(ProblemCode.RETRY, retry_after=_LATER)
        self._asked[whose] += 1
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._asked[whose] -= 1
            if not self._asked[whose]:
                del self._asked[whose]

    async def _acquire(self) -> None:
        try:
            async with asyncio.timeout(self._longest):
                await self._free.acquire()
        except TimeoutError:
            raise Declined(ProblemCode.RETRY, retry_after=_LATER) from None


class PerMinute:
    """How often somebody without a name may ask within a minute, by the network that they ask from."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minute = -1
        self._asked: Counter[str] = Counter()

    def take(self, address: str) -> None:
        """Count one. Declined as `too_many_tries` beyond what may be."""
        minute, second = divmod(int(clock.monotonic()), 60)
        if minute != self._minute:
            self._minute = minute
            self._asked.clear()
        network = network_of(address)
        self._asked[network] += 1
        if self._asked[network] > self._most:
            raise Declined(ProblemCode.TOO_MANY_TRIES, retry_after=60 - second)


class Turn:
    """One pull, from when it is asked for until it is sent or given up."""

    def __init__(self, tenant: TenantId, device: str, replica: str) -> None:
        self.tenant = tenant
        # What is asked for is not looked at yet: a replica's id alone would let a stranger end its pull.
        self.asker: _Asker = (tenant, device, replica)
        self.place = ExitStack()
        self.connection = ExitStack()
        """Both are what the turn holds until it is given back."""
        self.is_given_up = False
        self._limit: asyncio.Timeout | None = None
        self._lasts_from = 0.0
        self._sent = 0

    def last(self) -> None:
        """Count from now on what its reader takes."""
        self._lasts_from = clock.monotonic()

    def note_sent(self, count: int) -> None:
        """Count the bytes that its reader has taken, or nearly so."""
        self._sent += count

    def rate(self) -> float | None:
        """Bytes in a second that its reader takes; None while it is too early to tell."""
        lasted = clock.monotonic() - self._lasts_from
        return self._sent / lasted if lasted >= LASTS else None

    def give_up(self) -> None:
        """End it wherever it stands."""
        self.is_given_up = True
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(0.0)

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Raise TimeoutError in the block where it takes longer, or where the turn is given up."""
        async with asyncio.timeout(0.0 if self.is_given_up else seconds) as self._limit:
            try:
                yield
            finally:
                self._limit = None


class _Places:
    """So many at once, of which the desks of one business have a share at most."""

    def __init__(self, at_once: int, *, share: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._share = share
        self._of: dict[TenantId, asyncio.Semaphore] = {}

    def own(self, tenant: TenantId) -> asyncio.Semaphore:
        """The share of a business."""
        return self._of.setdefault(tenant, asyncio.Semaphore(self._share))

    def is_full(self, tenant: TenantId) -> bool:
        """Whether the business would have to wait."""
        return self.own(tenant).locked() or self._free.locked()

    async def take(self, tenant: TenantId, held: ExitStack) -> None:
        """Wait for a place, which goes back with `held`."""
        # Who waits for others of the same business keeps nobody else from a place.
        for one in (self.own(tenant), self._free):
            await one.acquire()
            held.callback(one.release)


class Pulls:
    """Each pull holds a connection to the database, and a long one for as long as its reader takes.

    So the long ones have some of the connections, and what is told at once waits for no reader. The desks of one
    business hold a part of either. A device has one pull of a replica: who asks again has given up the one before,
    which may not know that yet.
    """

    def __init__(self, at_once: int) -> None:
        long = max(1, at_once * 2 // 3)
        self._short = _Places(at_once, share=max(1, at_once // 2))
        self._long = _Places(long, share=(long + 1) // 2)
        self._connections = asyncio.Semaphore(at_once)
        self._waiting: Counter[TenantId] = Counter()
        self._newest: dict[_Asker, Turn] = {}
        self._lengthened: set[Turn] = set()

    async def take(self, principal: Principal, replica: str) -> Turn:
        """Wait for one's turn to tell something at once; `give_back` ends it.

        Declined as `retry` where that takes long, and where the same is asked again meanwhile.
        """
        turn = Turn(principal.tenant.id, principal.device, replica)
        if (before := self._newest.get(turn.asker)) is not None:
            before.give_up()
        self._newest[turn.asker] = turn
        try:
            await self._wait(turn, self._short)
        except BaseException:
            self.give_back(turn)
            raise
        return turn

    async def lengthen(self, turn: Turn) -> bool:
        """Let a turn last for as long as its reader takes, if that may be at once; whether it may."""
        if self._long.is_full(turn.tenant):
            return False
        turn.place.close()
        await self._long.take(turn.tenant, turn.place)
        self._note_long(turn)
        return True

    async def take_long(self, turn: Turn) -> None:
        """Wait with a turn, which holds nothing meanwhile, until it may last. Declined as `take` is."""
        turn.place.close()
        turn.connection.close()
        await self._wait(turn, self._long)
        self._note_long(turn)

    def give_back(self, turn: Turn) -> None:
        """Let the next one have the turn."""
        if self._newest.get(turn.asker) is turn:
            del self._newest[turn.asker]
        self._lengthened.discard(turn)
        turn.place.close()
        turn.connection.close()

    def _note_long(self, turn: Turn) -> None:
        turn.last()
        self._lengthened.add(turn)

    async def _wait(self, turn: Turn, places: _Places) -> None:
        if self._waiting[turn.tenant] >= PULLS_IN_LINE:
            raise Declined(ProblemCode.RETRY, retry_after=_SOON)
        self._waiting[turn.tenant] += 1
        if places is self._long or self._connections.locked():
            self._let_slowest_go(turn.tenant, within=places is self._long and self._long.own(turn.tenant).locked())
        try:
            async with turn.within(WAITS):
                await places.take(turn.tenant, turn.place)
                await self._connections.acquire()
                turn.connection.callback(self._connections.release)
        except TimeoutError:
            raise Declined(ProblemCode.RETRY, retry_after=1 if turn.is_given_up else _SOON) from None
        finally:
            self._waiting[turn.tenant] -= 1
            if not self._waiting[turn.tenant]:
                del self._waiting[turn.tenant]

    def _let_slowest_go(self, tenant: TenantId, *, within: bool) -> None:
        """Give up the pull of which least is taken: somebody waits for what it has, `within` their business or not."""
        lasting = [one for one in self._lengthened if not one.is_given_up]
        rates = {one: rate for one in lasting if (rate := one.rate()) is not None}
        slow = [one for one, rate in rates.items() if rate < SLOW and (not within or one.tenant == tenant)]
        if slow:
            min(slow, key=rates.__getitem__).give_up()
