"""What is told and kept of a decision beside how it ended."""

from typing import Any

from shared.mutations.decide import Decision


def details_of(decision: Decision) -> dict[str, Any]:
    """The members of an outcome on the wire that this decision has: `code`, `details`, `item`, `adjusted`."""
    told = {
        "code": decision.code.value if decision.code else None,
        "details": decision.details,
        "item": decision.item_id,
        "adjusted": decision.adjusted,
    }
    return {name: one for name, one in told.items() if one is not None}
