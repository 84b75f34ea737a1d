"""One writer a tenant: whatever arrives while it writes shares the next transaction."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

from syncserver.store.tenancy import Tenant, TenantId

J = TypeVar("J")
A = TypeVar("A")

SHARED: Final = 32
"""Jobs that share a transaction at most."""
WAITING: Final = 500
"""Jobs of one tenant that may wait."""


class TooManyWaiting(Exception):
    """The tenant's queue is full."""


class Writers(Generic[J, A]):
    """Queues by tenant, each emptied by one thread at most.

    `work` gives each job of a round its answer or its error.
    """

    def __init__(self, work: Callable[[Tenant, Sequence[J]], Sequence[A | Exception]], *, threads: int) -> None:
        self._work = work
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
                self._threads.submit(self._empty, tenant)
            elif len(queue) >= WAITING:
                raise TooManyWaiting
            else:
                queue.append((job, answer))
        return answer

    def close(self) -> None:
        """Take no more, and finish what was taken."""
        self._threads.shutdown(wait=True)

    def _empty(self, tenant: Tenant) -> None:
        while (entries := self._next(tenant.id)) is not None:
            # From here on nobody can take a job back; one that was taken back before is left out.
            entries = [entry for entry in entries if entry[1].set_running_or_notify_cancel()]
            for (_, future), answer in zip(entries, self._answers(tenant, entries), strict=True):
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    def _answers(self, tenant: Tenant, entries: Sequence[tuple[J, Future[A]]]) -> Sequence[A | Exception]:
        if not entries:
            return []
        try:
            return self._work(tenant, [job for job, _ in entries])
        except Exception as error:  # noqa: BLE001 whoever waits must hear of it, whatever it is
            return [error] * len(entries)

    def _next(self, tenant: TenantId) -> list[tuple[J, Future[A]]] | None:
        """The next round; None where nothing is left, and the tenant has no writer any more."""
        with self._lock:
            queue = self._queues[tenant]
            if not queue:
                del self._queues[tenant]
                return None
            return [queue.popleft() for _ in range(min(SHARED, len(queue)))]
