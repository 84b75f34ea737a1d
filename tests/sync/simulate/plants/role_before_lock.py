"""Planted: who somebody is, is read before the clock is taken: P23."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from syncserver.store import pushes
from tests.sync.simulate.plants.before_the_lock import Early, knowing_early

_facts = pushes.facts


@contextmanager
def _people_as_they_were(early: Early) -> Iterator[None]:
    _, before = early

    def facts(answers: Any) -> Any:
        now = _facts(answers)
        return replace(now, people={**now.people, **before.people})

    with mock.patch.object(pushes, "facts", facts):
        yield


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with knowing_early(_people_as_they_were):
        yield
