"""Which of the server's own edits are still to be made: their ids follow from rows, so that desks know them, too."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shared import ids
from shared.model.base import MutationId, UserId
from syncserver.services.sync.gateway import Edit
from syncserver.store import pushes
from syncserver.store.handles import Connection

_FIRST: Final = 8
"""Further ids that are asked for at once; then four times as many, however many somebody has taken."""


def still_due(connection: Connection, edits: Sequence[Edit], by: UserId) -> Sequence[Edit]:
    """Those that `by`, the server, has not made yet, in a tenant's transaction.

    Where an edit of somebody else has its id, one has the next that nobody else has: every server finds the same.
    """
    makers = pushes.makers(connection, [one.id for one in edits])
    due = [one if one.id not in makers else _beside(connection, one, by) for one in edits if makers.get(one.id) != by]
    return [one for one in due if one is not None]


def _beside(connection: Connection, edit: Edit, by: UserId) -> Edit | None:
    begin, many = 0, _FIRST
    while True:
        further = [MutationId(ids.derived_id("beside", edit.id, str(one))) for one in range(begin, begin + many)]
        makers = pushes.makers(connection, further)
        ours = next((one for one in further if makers.get(one, by) == by), None)
        if ours is not None:
            return None if ours in makers else replace(edit, id=ours)
        begin, many = begin + many, many * 4
