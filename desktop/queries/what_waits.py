"""What waits at this desk for its server, as a list that a person can read and hand over."""

from typing import Final

from desktop.queries.lists import List
from desktop.store import finding
from desktop.store.outbox import Waiting
from desktop.store.replica import Replica
from shared.clock import instant_text
from shared.model.registry import canonical
from shared.rules.permissions import Capability, may

HEADINGS: Final = ("Entered", "By", "What", "Edit", "Version", "Id", "Data")


def what_waits(replica: Replica) -> List:
    """Every edit that the server has not decided, the oldest first; `Data` is what is sent, as JSON.

    Whoever may export has those of everybody, as long as the lease lasts; anybody else has their own, which they typed
    themselves, and has them after it, too.
    """
    who, people = replica.context().actor, finding.members(replica.database)
    everybody = may(who.role, Capability.EXPORT) and not replica.lease().is_over
    names: dict[str, str] = {one.id: one.name for one in people.values()}
    return List(
        headings=HEADINGS,
        rows=tuple(
            _row(one, names.get(one.user_id, ""))
            for one in replica.outbox.all()
            if everybody or one.user_id == who.user_id
        ),
    )


def _row(edit: Waiting, name: str) -> tuple[str, ...]:
    return (instant_text(edit.at), name, edit.label, edit.name, str(edit.v), edit.id, canonical(edit.args))
