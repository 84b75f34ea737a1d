"""Blocking time on a resource."""

from datetime import datetime

from desktop.operations.operation import Operation
from shared import ids
from shared.model.base import ResourceId, TimeBlockId
from shared.mutations.block import Put, Remove


def put(
    *, resource_id: str, start: datetime, end: datetime, reason: str, origin: str = "", block_id: str | None = None
) -> Operation:
    """Block a span, or change one that is there."""
    args = Put(
        block_id=TimeBlockId(block_id or ids.new_id()),
        resource_id=ResourceId(resource_id),
        start=start,
        end=end,
        reason=reason,
        origin=origin,
    )
    return Operation(name="block.put", args=args, label="blocked time")


def remove(block_id: str) -> Operation:
    """Free a blocked span."""
    return Operation(name="block.remove", args=Remove(block_id=TimeBlockId(block_id)), label="freed time")
