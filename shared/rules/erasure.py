"""What people have written in the arguments and details of edits, and how it is taken out without a trace of a rule."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

WORDS: Final = frozenset(
    {
        "name", "phones", "emails", "language", "tags", "tags_added", "tags_removed", "alert", "note", "notes", "text",
        "title", "override", "other_override", "reason",
    }
)  # fmt: skip
"""Members whose texts somebody has typed, or that say who somebody is."""
_VALUES: Final = ("was", "now", "value", "wanted")
"""What stands beside `field`: values of that field."""
_NOBODYS: Final = ("mutation", "party")
"""What a refusal names without its id, which is never a person: an edit, or the service for which too many came."""
NO_WORDS: Final = "…"

Word = Callable[[str], str]


def without_words(
    told: Mapping[str, Any], word: Word = lambda text: NO_WORDS, *, people: Collection[str] | None = None
) -> dict[str, Any]:
    """JSON arguments or details in which `word` has replaced every text that somebody has typed; blank ones stay.

    Of details, `people` are the ids of the person's records: what a refusal quotes of any other row stays as that row's
    own edits say it, or the history would come to something else.
    """
    is_typed = told.get("field") in WORDS
    return {
        name: _within(said, word, people)
        if _is_quoted(told, name, people) or not (name in WORDS or (is_typed and name in _VALUES))
        else _replaced(said, word, people)
        for name, said in told.items()
    }


def _is_quoted(told: Mapping[str, Any], name: str, people: Collection[str] | None) -> bool:
    """Whether a member says what stands elsewhere in the book, or which edit it was."""
    if people is None:
        return False
    if name == "reason":
        # Of the block that was in the way; a reason of the edit's own stands in no refusal.
        return "resource_name" in told
    of_another = "subject" in told and told["subject"] not in people
    of_service = told.get("service_id") is not None
    return name == "name" and (of_another or of_service or told.get("what") in _NOBODYS)


def _within(said: Any, word: Word, people: Collection[str] | None) -> Any:
    if isinstance(said, Mapping):
        return without_words(said, word, people=people)
    return [_within(one, word, people) for one in said] if isinstance(said, list) else said


def _replaced(said: Any, word: Word, people: Collection[str] | None) -> Any:
    if isinstance(said, str):
        return word(said) if said.strip() else said
    if isinstance(said, list):
        return [_replaced(one, word, people) for one in said]
    return _within(said, word, people)
