"""One writer a tenant: whatever arrives while it writes shares the next transaction."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from typing import Final, Generic, TypeVar

from syncserver.store.tenancy import Tenant, TenantId

J = TypeVar("J")
A = TypeVar("A")

SHARED: Final = 64
"""Jobs that share a transaction at most."""
LARGEST: Final = 1000
"""What those that share a transaction weigh at most: signing in to a business waits two seconds for its clock."""
WAITING: Final = 500
"""Jobs of one tenant that may wait."""


def fitting(weights: Iterable[int]) -> int:
    """How many of a row may share a transaction by what each weighs; the first may, however much that is."""
    return max(1, sum(weight <= LARGEST for weight in accumulate(weights)))


class TooManyWaiting(Exception):
    """The tenant's queue is full."""


class Writers(Generic[J, A]):
    """Queues by tenant, each emptied by one thread at most, a round at a time and in turns with the others.

    `work` gives each job of a round its answer or its error; `weight` says how much a job takes.
    """

    def __init__(
        self,
        work: Callable[[Tenant, Sequence[J]], Sequence[A | Exception]],
        *,
        threads: int,
        weight: Callable[[J], int] = lambda job: 1,
    ) -> None:
        self._work = work
        self._weight = weight
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="writer")
        self._lock = threading.Lock()
        self._queues: dict[TenantId, deque[tuple[J, Future[A]]]] = {}

    def submit(self, tenant: Tenant, job: J) -> Future[A]:
        """Queue a job of a tenant. Raises TooManyWaiting."""
        answer: Future[A] = Future()
        with self._lock:
            queue = self._queues.get(tenant.id)
            if queue is None:
                self._queues[tenant.id] = deque([(job, answer)])
                self._threads.submit(self._round, tenant)
            elif len(queue) >= WAITING:
                raise TooManyWaiting
            else:
                queue.append((job, answer))
        return answer

    def close(self) -> None:
        """Take no more, and finish what was taken."""
        self._threads.shutdown(wait=True)

    def _round(self, tenant: Tenant) -> None:
        entries = self._next(tenant.id)
        # From here on nobody can take a job back; one that was taken back before is left out.
        entries = [entry for entry in entries if entry[1].set_running_or_notify_cancel()]
        for (_, future), answer in zip(entries, self._answers(tenant, entries), strict=True):
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
        if self._has_more(tenant.id):
            self._go_on(tenant)

    def _go_on(self, tenant: Tenant) -> None:
        try:
            # Behind the tenants that wait for a thread: one whose desks never rest keeps none of them waiting.
            self._threads.submit(self._round, tenant)
        except RuntimeError:
            # The server is going away: what was taken is finished here.
            self._round(tenant)

    def _answers(self, tenant: Tenant, entries: Sequence[tuple[J, Future[A]]]) -> Sequence[A | Exception]:
        if not entries:
            return []
        try:
            return self._work(tenant, [job for job, _ in entries])
        except Exception as error:  # noqa: BLE001 whoever waits must hear of it, whatever it is
            return [error] * len(entries)

    def _next(self, tenant: TenantId) -> list[tuple[J, Future[A]]]:
        """The next round: as many jobs as may share one, and one however much it weighs."""
        with self._lock:
            queue = self._queues[tenant]
            taken = [queue.popleft()]
            weight = self._weight(taken[0][0])
            while queue and len(taken) < SHARED and (weight := weight + self._weight(queue[0][0])) <= LARGEST:
                taken.append(queue.popleft())
            return taken

    def _has_more(self, tenant: TenantId) -> bool:
        """Whether anything is left; where nothing is, the tenant has no writer any more."""
        with self._lock:
            if not self._queues[tenant]:
                del self._queues[tenant]
                return False
            return True
