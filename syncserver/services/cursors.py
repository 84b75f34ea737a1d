"""How far a replica has come, in a text that only the server can read."""

from typing import Any, Final

from shared.model.base import value
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant

_PURPOSE: Final = "cursor"


@value
class Place:
    """The replica has every row up to `version` and has stored its own outcomes up to `last_seq`."""

    version: int
    last_seq: int


@value
class Bounds:
    """What a cursor is good for."""

    tenant: Tenant
    replica: str
    view: str
    schema: int


def seal(server: Server, bounds: Bounds, place: Place) -> str:
    """The cursor of a place."""
    return server.keys.seal(
        _PURPOSE,
        {
            "tenant": bounds.tenant.id,
            "replica": bounds.replica,
            "view": bounds.view,
            "schema": bounds.schema,
            "epoch": server.epoch,
            "version": place.version,
            "last_seq": place.last_seq,
        },
    )


def read(server: Server, bounds: Bounds, cursor: str) -> Place:
    """The place of a cursor.

    Declined as `not_found` for another tenant's or replica's, as `epoch_changed` for one of an earlier history,
    as `reset_required` where view or schema are others now, or the cursor is none of ours.
    """
    told: dict[str, Any] | None = server.keys.unseal(_PURPOSE, cursor)
    if told is None:
        raise Declined(ProblemCode.RESET_REQUIRED)
    if told["tenant"] != bounds.tenant.id or told["replica"] != bounds.replica:
        raise Declined(ProblemCode.NOT_FOUND)
    if told["epoch"] != server.epoch:
        # Never a reset: the desk would take the older book for the newer one, with what it sent missing.
        raise Declined(ProblemCode.EPOCH_CHANGED)
    if (told["view"], told["schema"]) != (bounds.view, bounds.schema):
        raise Declined(ProblemCode.RESET_REQUIRED)
    return Place(version=told["version"], last_seq=told["last_seq"])
