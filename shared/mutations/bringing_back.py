"""Bringing back a row that was archived meanwhile, so that an edit that stands on it can be made after all."""

from collections.abc import Mapping
from typing import Final, cast

from shared.errors import Code, Refusal
from shared.model.base import replace
from shared.model.business import Location
from shared.model.counted import Countable
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.service import Service
from shared.mutations.registry import Actor
from shared.mutations.rights import require_allowed
from shared.rules.erased import require_kept
from shared.rules.limits import LIMIT_OF, require_room_for_one
from shared.rules.permissions import Capability
from shared.store import Changes, Reads

_Archivable = type[Customer] | type[Location] | type[Resource] | type[Service] | type[TimeBlock]
_ARCHIVABLE: Final[Mapping[str, tuple[_Archivable, Capability]]] = {
    "customer": (Customer, Capability.MANAGE_CUSTOMERS),
    "location": (Location, Capability.MANAGE_SETUP),
    "resource": (Resource, Capability.MANAGE_SETUP),
    "service": (Service, Capability.MANAGE_SETUP),
    "block": (TimeBlock, Capability.BLOCK_TIME),
}
"""What can be archived, as refusals name it, and the right to bring it back."""


def capability_to_restore(what: object) -> Capability | None:
    """The right that bringing a row of this kind back takes; None where none is archived."""
    found = _ARCHIVABLE.get(what) if isinstance(what, str) else None
    return found[1] if found else None


def is_archived(reads: Reads, refused: Mapping[str, object]) -> bool:
    """Whether the row for whose archiving an edit was refused is archived still; `refused` is the refusal's details."""
    kind = _ARCHIVABLE.get(str(refused.get("what")))
    row = None if kind is None else reads.find(kind[0], str(refused.get("subject")))
    return row is not None and row.archived


def brought_back(reads: Reads, actor: Actor, refusal: Refusal) -> Changes:
    """The row for whose archiving an edit was refused, as it was before.

    Raises the refusal itself where no row was in the way, NOT_ALLOWED where the actor may not bring it back,
    LIMIT_REACHED or FEATURE_NOT_IN_PLAN where the plan has no room for it.
    """
    kind = _ARCHIVABLE.get(str(refusal.details.get("what")))
    if refusal.code is not Code.ARCHIVED or kind is None:
        raise refusal
    cls, capability = kind
    require_allowed(reads, actor, capability)
    row = reads.find(cls, str(refusal.details["subject"]))
    if row is None or not row.archived:
        raise refusal
    if isinstance(row, Customer):
        require_kept(row)
    if cls in LIMIT_OF:
        require_room_for_one(reads, cast("Countable", cls))
    return Changes(put=(replace(row, archived=False),))
