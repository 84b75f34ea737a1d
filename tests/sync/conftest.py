"""One demo server for the module that asks for it, and desks that end with their test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.demo_server import DemoServer, demo_server
from tests.support.headless import HeadlessDesk

DeskMaker = Callable[[str], HeadlessDesk]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    with demo_server(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskMaker]:
    """Makes a desk by name; it is not started yet."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(HeadlessDesk(tmp_path / name))
