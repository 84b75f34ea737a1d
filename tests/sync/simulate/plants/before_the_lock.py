"""What two planted bugs share: answers that a push takes from a transaction before the one that holds the clock."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Engine

from shared.mutations.registry import MUTATIONS
from syncserver.services.sync.decisions import Batch
from syncserver.services.sync.push import Pushing
from syncserver.store import pushes
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.working_set import WorkingSet
from tests.sync.simulate.patches import Turns

_transact = Pushing._transact
Early = tuple[WorkingSet, pushes.Facts]


def _early(engine: Engine, tenant: Tenant, batches: Sequence[Batch]) -> Early:
    with tenant_transaction(engine, tenant, read_only=True) as connection:
        state = WorkingSet(connection)
        wanted = [MUTATIONS[call.name].wants(call.args) for one in batches for call in one.calls]
        facts = pushes.facts(state.load(wanted, beside=pushes.questions([one.asked for one in batches])))
    return state, facts


@contextmanager
def knowing_early(use: Callable[[Early], Any]) -> Iterator[None]:
    """Ask before the clock is taken, inside the block; `use` gives a context manager that puts the answers in place."""

    def transact(self: Pushing, tenant: Tenant, batches: Sequence[Batch]) -> Any:
        early = _early(self._server.engine, tenant, batches)
        Turns.scheduler.pause("has read before the lock", seconds=Turns.scheduler.chance.uniform(0, 3))
        with use(early):
            return _transact(self, tenant, batches)

    with ExitStack() as stack:
        # Pushes overlap: whoever ends last puts back what another had in place. In the end all is as it was.
        for what, name in ((WorkingSet, "_read"), (pushes, "facts")):
            stack.enter_context(mock.patch.object(what, name, getattr(what, name)))
        stack.enter_context(mock.patch.object(Pushing, "_transact", transact))
        yield
