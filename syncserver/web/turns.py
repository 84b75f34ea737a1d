"""Who may do at once what the process can do only a few times at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
        self._limit: asyncio.Timeout | None = None
        self._given_up = False

    def give_up(self) -> None:
        """End it wherever it stands."""
        self._given_up = True
        if self._limit is not None:
            self._limit.reschedule(0.0)

    @asynccontextmanager
    async def within(self, seconds: float | None) -> AsyncIterator[None]:
        """Raise TimeoutError in the block where it takes longer, or where the turn is given up."""
        async with asyncio.timeout(0.0 if self._given_up else seconds) as self._limit:
            try:
                yield
            finally:
                self._limit = None


class Pulls:
    """Each long pull holds a connection to the database; the desks of one business hold half of those at most.

    A device has one pull of a replica: who asks again has given up the one before, which may not know that yet.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._share = max(1, at_once // 2)
        self._of: dict[TenantId, asyncio.Semaphore] = {}
        self._newest: dict[_Asker, Turn] = {}

    async def take(self, principal: Principal, replica: str) -> Turn:
        """Wait for one's turn; `give_back` ends it. Declined as `retry` where the same is asked again meanwhile."""
        turn = Turn(principal.tenant.id, principal.device, replica)
        if (before := self._newest.get(turn.asker)) is not None:
            before.give_up()
        self._newest[turn.asker] = turn
        try:
            async with turn.within(None):
                await self._acquire(turn.tenant)
        except BaseException as error:
            self._forget(turn)
            if isinstance(error, TimeoutError):
                raise Declined(ProblemCode.RETRY, retry_after=1) from None
            raise
        return turn

    async def _acquire(self, tenant: TenantId) -> None:
        own = self._of.setdefault(tenant, asyncio.Semaphore(self._share))
        await own.acquire()
        try:
            await self._free.acquire()
        except BaseException:
            own.release()
            raise

    def give_back(self, turn: Turn) -> None:
        """Let the next one have the turn."""
        self._forget(turn)
        self._free.release()
        self._of[turn.tenant].release()

    def _forget(self, turn: Turn) -> None:
        if self._newest.get(turn.asker) is turn:
            del self._newest[turn.asker]
