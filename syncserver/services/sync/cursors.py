"""How far a replica has come, and how far a load of everything, in texts that only the server can read."""

from typing import Any, Final

from shared.model.base import value
from shared.protocol.problems import ProblemCode
from syncserver.services.declined import Declined
from syncserver.services.server import Server
from syncserver.store.tenancy import Tenant

_CURSOR: Final = "cursor"
_RESUME: Final = "resume"


@value
class Place:
    """The replica has every row up to `version` and has stored its own outcomes up to `last_seq`."""

    version: int
    last_seq: int


@value
class Reached:
    """A load that began at `version` has the rows up to the id `key` of `table`, and all of the tables before it."""

    version: int
    table: str
    key: str


@value
class Bounds:
    """What a cursor, and a load's resume token, is good for."""

    tenant: Tenant
    replica: str
    view: str
    schema: int


def seal(server: Server, bounds: Bounds, place: Place) -> str:
    """The cursor of a place."""
    return server.keys.seal(
        _CURSOR, {**_bound(server, bounds), "version": place.version, "last_seq": place.last_seq}
    )  # fmt: skip


def read(server: Server, bounds: Bounds, cursor: str) -> Place:
    """The place of a cursor.

    Declined as `not_found` for another tenant's or replica's, as `epoch_changed` for one of an earlier history,
    as `reset_required` where view or schema are others now, or the cursor is none of ours.
    """
    told = _unsealed(server, bounds, _CURSOR, cursor)
    return Place(version=told["version"], last_seq=told["last_seq"])


def claimed(server: Server, cursor: str) -> Place | None:
    """The place that a cursor says, whomever it was given to; None where it is none of ours.

    It is good to ask the database by. What is found is nobody's to see before `read` has let the cursor pass.
    """
    told: dict[str, Any] | None = server.keys.unseal(_CURSOR, cursor)
    return None if told is None else Place(version=told["version"], last_seq=told["last_seq"])


def seal_resume(server: Server, bounds: Bounds, reached: Reached) -> str:
    """The token with which a load goes on from there."""
    told = {"version": reached.version, "table": reached.table, "key": reached.key}
    return server.keys.seal(_RESUME, {**_bound(server, bounds), **told})


def read_resume(server: Server, bounds: Bounds, token: str) -> Reached:
    """How far the load of a token had come. Declined as in `read`."""
    told = _unsealed(server, bounds, _RESUME, token)
    return Reached(version=told["version"], table=told["table"], key=told["key"])


def _bound(server: Server, bounds: Bounds) -> dict[str, Any]:
    return {
        "tenant": bounds.tenant.id,
        "replica": bounds.replica,
        "view": bounds.view,
        "schema": bounds.schema,
        "epoch": server.epoch,
    }


def _unsealed(server: Server, bounds: Bounds, purpose: str, text: str) -> dict[str, Any]:
    told: dict[str, Any] | None = server.keys.unseal(purpose, text)
    if told is None:
        raise Declined(ProblemCode.RESET_REQUIRED)
    if told["tenant"] != bounds.tenant.id or told["replica"] != bounds.replica:
        raise Declined(ProblemCode.NOT_FOUND)
    if told["epoch"] != server.epoch:
        # Never a reset: the desk would take the older book for the newer one, with what it sent missing.
        raise Declined(ProblemCode.EPOCH_CHANGED)
    if (told["view"], told["schema"]) != (bounds.view, bounds.schema):
        raise Declined(ProblemCode.RESET_REQUIRED)
    return told
