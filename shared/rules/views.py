"""Which tables of a business a role may hold on a desk, under its plan."""

from collections.abc import Collection, Mapping
from typing import Final

from shared.model.member import Role
from shared.model.registry import ENTITIES
from shared.rules.permissions import Capability, Scope, scope
from shared.rules.plans import includes

HELD_BY: Final[Mapping[str, Capability]] = {
    "business": Capability.SEE_BOOK,
    "plan": Capability.SEE_BOOK,
    "location": Capability.SEE_BOOK,
    "member": Capability.SEE_BOOK,
    "resource": Capability.SEE_BOOK,
    "service": Capability.SEE_BOOK,
    "hours_rule": Capability.SEE_BOOK,
    "hours_exception": Capability.SEE_BOOK,
    "time_block": Capability.SEE_BOOK,
    "customer": Capability.SEE_BOOK,
    "kept_apart": Capability.SEE_BOOK,
    "series": Capability.SEE_BOOK,
    "appointment": Capability.SEE_BOOK,
    "allocation": Capability.SEE_BOOK,
    "waitlist_entry": Capability.SEE_BOOK,
    "payment": Capability.SEE_BOOK,
    "note": Capability.SEE_BOOK,
    "attention_item": Capability.SEE_BOOK,
}
"""The capability by which a desk holds an entity's table: it must reach to everything, for a table is held whole."""


def tables_of(role: Role, features: Collection[str]) -> tuple[str, ...]:
    """The tables that a desk of this role holds under a plan with these features, in the order in which they are sent.

    None for whoever has no desk.
    """
    held = {one for one in set(HELD_BY.values()) if _is_held(one, role, features)}
    return tuple([table for table in ENTITIES if HELD_BY[table] in held])


def _is_held(capability: Capability, role: Role, features: Collection[str]) -> bool:
    return includes(features, capability) and scope(role, capability) is Scope.ALL
