"""What is told and kept of a decision beside how it ended."""

from typing import Any

import orjson

from shared.model.registry import canonical
from shared.mutations.decide import Decision


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
    given = {name: one for name, one in told.items() if one is not None}
    return orjson.loads(canonical(given)) if given else given
