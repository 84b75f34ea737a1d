"""What people have written in the arguments and details of edits, and how it is taken out without a trace of a rule."""

from collections.abc import Callable, Mapping
from typing import Any, Final

WORDS: Final = frozenset(
    {
        "name", "phones", "emails", "language", "tags", "tags_added", "tags_removed", "alert", "note", "notes", "text",
        "title", "override", "reason",
    }
)  # fmt: skip
"""Members whose texts somebody has typed, or that say who somebody is."""
_VALUES: Final = ("was", "now", "value", "wanted")
"""What stands beside `field`: values of that field."""
NO_WORDS: Final = "…"

Word = Callable[[str], str]


def without_words(told: Mapping[str, Any], word: Word = lambda text: NO_WORDS) -> dict[str, Any]:
    """JSON arguments or details in which `word` has replaced every text that somebody has typed; blank ones stay."""
    if told.get("what") == "mutation":
        # It names an edit, not a person.
        return dict(told)
    is_typed = told.get("field") in WORDS
    return {
        name: _replaced(said, word) if name in WORDS or (is_typed and name in _VALUES) else _within(said, word)
        for name, said in told.items()
    }


def _within(said: Any, word: Word) -> Any:
    if isinstance(said, Mapping):
        return without_words(said, word)
    return [_within(one, word) for one in said] if isinstance(said, list) else said


def _replaced(said: Any, word: Word) -> Any:
    if isinstance(said, str):
        return word(said) if said.strip() else said
    if isinstance(said, list):
        return [_replaced(one, word) for one in said]
    return _within(said, word)
