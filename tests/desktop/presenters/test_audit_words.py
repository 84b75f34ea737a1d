"""How the audit trail words a change of what a desk may do by itself."""

from datetime import UTC, datetime

import pytest

from desktop.presenters.audit_words import what_happened
from desktop.sync.office import Happened


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
