"""Whether somebody may make an edit at all: by role, by plan, and as somebody else."""

from shared.mutations.registry import Actor
from shared.rules.masquerade import require_usable
from shared.rules.permissions import Capability
from shared.rules.plans import require_held, require_right
from shared.store import Reads


def require_allowed(reads: Reads, actor: Actor, capability: Capability) -> None:
    """Refuse what is not for somebody who masquerades, what the role does not hold, then what the plan has not."""
    _require_own(actor, capability)
    require_right(reads, actor.role, capability)


def require_trusted(actor: Actor, capability: Capability) -> None:
    """Refuse what is not for somebody who masquerades, then what the role does not hold, whatever the plan has."""
    _require_own(actor, capability)
    require_held(actor.role, capability)


def _require_own(actor: Actor, capability: Capability) -> None:
    if actor.as_whom is not None:
        require_usable(actor.role, capability)
