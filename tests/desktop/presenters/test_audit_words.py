"""How the audit trail words a change of what a desk may do by itself."""

from datetime import UTC, datetime

import pytest

from desktop.presenters.audit_words import what_happened
from desktop.sync.office import Happened
from shared.rules.grants import EDITS


def lease_set(**details: object) -> str:
    return what_happened(
        Happened(
            at=datetime(2026, 5, 4, tzinfo=UTC), kind="tenant.lease_set", denied=False, actor="", as_whom="",
            subject="", reason="", ip="", details=details,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (10080, 60, "7 days → 1 hour"), (None, 1440, "as the server says → 1 day"),
        (90, None, "90 minutes → as the server says"),
    ],
)  # fmt: skip
def test_a_lease_that_was_set_is_told_with_both_lengths(was: int | None, now: int | None, words: str) -> None:
    assert lease_set(was=was, now=now) == f"Changed how long desks work without the server: {words}"


@pytest.mark.parametrize("name", [name for edits in EDITS.values() for name in edits])
def test_what_the_platform_does_in_the_book_is_told_in_words(name: str) -> None:
    said = what_happened(
        Happened(
            at=datetime(2026, 5, 4, tzinfo=UTC), kind="book.edited", denied=False, actor="suki@platform.example",
            as_whom="", subject=name, reason="she is late", ip="", details={"was": "2026-05-04T08:00:00Z"},
        )
    )  # fmt: skip
    told = said.removeprefix("Edited the book for the business: ")
    assert told != said
    assert "." not in told
    assert ":" not in told
