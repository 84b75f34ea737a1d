"""Whether what takes an edit back puts back what really stood there before it: its desk may not have seen that."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from shared.model.registry import canonical, unstructured
from shared.mutations.inverse.table import Done, way_back
from shared.mutations.registry import MUTATIONS

MADE_OVER: Final = frozenset(
    {
        "block.put", "block.remove", "business.update", "customer.consent", "customer.update", "hours.clear",
        "hours.except", "location.update", "resource.update", "service.update", "waitlist.change", "waitlist.withdraw",
    }
)  # fmt: skip
"""Edits that are made over whatever stands there, and taken back by saying what they had found."""
_SEEN: Final = frozenset({"was", "was_offer", "instead_of", "needs_were", "terms_were"})
"""What an edit is made against; the rules look at that themselves."""


def ways_back(name: str, done: Done[Any]) -> tuple[str, ...]:
    """What takes an edit back that was just made over what stood there, each in short.

    None of what was about another record by now: of that the desk knows nothing, and takes back what it has meant.
    """
    subject = MUTATIONS[name].subject(done.args)
    edits = way_back(name, done)
    if any(MUTATIONS[one.name].subject(one.args) != subject for one in edits):
        return ()
    return tuple(way_of(one.name, one.args) for one in edits)


def way_of(name: str, args: Any) -> str:
    """What an edit puts there, in sixteen hexadecimal digits: the same wherever it is made."""
    return sha256(canonical([name, dict(_put(unstructured(args)))]).encode()).hexdigest()[:16]


def _put(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    was = told.get("was")
    for field, one in told.items():
        if field in _SEEN:
            continue
        if field == "edits":
            yield field, sorted([edit["field"], canonical(edit["value"])] for edit in one)
        elif field == "wish" and isinstance(was, Mapping):
            # What others have changed of a wish beside it is put nowhere.
            yield field, {name: value for name, value in one.items() if value != was.get(name)}
        else:
            yield field, one
