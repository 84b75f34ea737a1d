"""Whether an edit would be taken here and now, for the ghost under a drag and for forms."""

from typing import Any

from desktop.store.replica import Replica
from shared.dates import Dates
from shared.errors import Refusal
from shared.model.base import value
from shared.mutations.registry import MUTATIONS
from shared.mutations.rights import require_allowed
from shared.store import Reads
from shared.texts import sentence


@value
class Verdict:
    """`why_not` is empty where the edit would be taken, else a sentence that names what is in the way."""

    why_not: str = ""
    code: str = ""

    @property
    def is_free(self) -> bool:
        return not self.code


def verdict(replica: Replica, name: str, args: Any) -> Verdict:
    """What the rules say of an edit over the book as this desk has it. Nothing is changed."""
    reads, ctx, mutation = replica.tx(), replica.context(), MUTATIONS[name]
    try:
        require_allowed(reads, ctx.actor, mutation.capability)
        mutation.run(reads, ctx, args)
    except Refusal as refusal:
        return refused(reads, refusal)
    return Verdict()


def refused(reads: Reads, refusal: Refusal) -> Verdict:
    """A refusal in the words of the business."""
    business = reads.business()
    dates = Dates(zone=business.zone, locale=business.locale)
    return Verdict(why_not=sentence(refusal.code, refusal.details, dates), code=refusal.code.value)
