"""What is told and kept of a decision beside how it ended."""

from collections.abc import Mapping
from typing import Any

import orjson

from shared.model.registry import canonical
from shared.mutations.decide import Decision
from syncserver.store.pushes import WAYS


def details_of(decision: Decision) -> dict[str, Any]:
    """The members of an outcome on the wire that it has, beside how it ended.

    They are in the form that they are kept in, so that the first answer and every later one are the same bytes.
    """
    told = {
        "incident": decision.incident,
        "code": decision.code.value if decision.code else None,
        "details": decision.details,
        "item": decision.item_id,
        "adjusted": decision.adjusted,
        "already": decision.already or None,
    }
    return _as_kept(told)


def kept_of(decision: Decision, details: dict[str, Any]) -> dict[str, Any]:
    """What the log keeps of a decision of these `details`: with what takes it back, which no desk is told."""
    return details | {WAYS: list(decision.ways)} if decision.ways else details


def _as_kept(told: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: one for name, one in told.items() if one is not None}
    return orjson.loads(canonical(given)) if given else given
