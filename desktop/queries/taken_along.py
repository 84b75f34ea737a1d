"""Who may take something out of the book in a file that is made at the desk."""

from desktop.store.replica import Replica
from shared.rules.masquerade import require_usable
from shared.rules.permissions import Capability
from shared.rules.plans import require_held


def require_taken_along(replica: Replica, capability: Capability) -> None:
    """Refuse whoever does not hold a capability, and whoever acts as somebody else: nothing of theirs is kept."""
    actor = replica.context().actor
    if actor.as_whom is not None:
        require_usable(actor.role, Capability.EXPORT)
    require_held(actor.role, capability)
