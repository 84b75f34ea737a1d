"""Edits that are tried and never made: what the rules would say of each."""

from collections.abc import Iterable

from desktop.store.replica import Replica, Wish
from desktop.store.tx import ReplicaTx
from shared import ids
from shared.errors import Refusal
from shared.model.base import MutationId, replace
from shared.mutations.decide import effect
from shared.mutations.registry import MUTATIONS, Context
from shared.protocol.codec import sendable


class Rehearsal:
    """Tries edits one over the other, over many questions to the replica; nothing of them is ever written."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._tx = replica.tx()
        self._written = replica.database.written

    def tx(self) -> ReplicaTx:
        """The book as it is now, and what was tried so far over it; asked for anew with each question."""
        database = self._replica.database
        # A load may have put another file in the book's place, whose count begins anew.
        if database is not self._tx.database or database.written != self._written:
            self._tx = self._tx.over(database)
        self._written = database.written
        return self._tx

    def run(self, wishes: Iterable[Wish]) -> list[Refusal | None]:
        """What the rules have against each edit, over those before it that they allow; None where they allow it."""
        tx, ctx = self.tx(), self._replica.context()
        return [self._refusal(tx, replace(ctx, mutation_id=MutationId(ids.new_id())), wish) for wish in wishes]

    def _refusal(self, tx: ReplicaTx, ctx: Context, wish: Wish) -> Refusal | None:
        try:
            self._replica.meta.require_lease()
            # An edit that nobody could send is refused as well.
            sendable(wish.name, MUTATIONS[wish.name].version, wish.args)
            effect(tx, ctx, wish.name, wish.args)
        except Refusal as refusal:
            return refusal
        return None
