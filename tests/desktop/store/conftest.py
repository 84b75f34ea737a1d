"""What tests of the store begin with: the salon's book, the day before its visits."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.store.replica import Replica
from tests.support.moving_clock import stopped
from tests.support.replicas import filled
from tests.support.salon import TEN, Salon


@pytest.fixture
def a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", Salon())
    yield made
    made.close()
