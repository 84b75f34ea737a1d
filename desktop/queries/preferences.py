"""What somebody has chosen to see, kept in their book on this computer; the server is not told."""

import json
from collections.abc import Mapping
from typing import Any

from desktop.store.replica import Replica


def preference(replica: Replica, name: str) -> Mapping[str, Any]:
    """What the person at the desk has chosen under a name; nothing where that cannot be read any more."""
    text = replica.meta.get(_name(replica, name))
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def keep_preference(replica: Replica, name: str, chosen: Mapping[str, Any]) -> None:
    """Keep what the person at the desk has chosen."""
    with replica.database.transaction():
        replica.meta.set(_name(replica, name), json.dumps(chosen))


def _name(replica: Replica, name: str) -> str:
    return f"preference:{name}:{replica.identity().user_id}"
