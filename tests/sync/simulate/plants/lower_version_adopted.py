"""Planted: a server that was put back goes on as if nothing was, and desks take its lower version: P29."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from desktop.store import rebase
from shared.protocol.problems import ProblemCode
from syncserver.services import pull
from syncserver.services.declined import Declined
from tests.sync.simulate import restoring


def _nothing(*given: object) -> None:
    """Nothing is noticed."""


def _reset_instead(place: Callable[..., Any]) -> Callable[..., Any]:
    def taken(*given: Any) -> Any:
        try:
            return place(*given)
        except Declined as declined:
            if declined.code is ProblemCode.EPOCH_CHANGED:
                raise Declined(ProblemCode.RESET_REQUIRED) from declined
            raise

    return taken


@contextmanager
def plant() -> Iterator[None]:
    """Have the bug inside the block."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(restoring, "check_history", _nothing))
        stack.enter_context(mock.patch.object(rebase, "require_progress", _nothing))
        stack.enter_context(mock.patch.object(pull.Pull, "_place", _reset_instead(pull.Pull._place)))
        yield
