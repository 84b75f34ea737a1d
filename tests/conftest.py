"""What every test needs before it starts: Qt without a display, folders of its own, no reach into the person's."""

import os
import random
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import hypothesis
import pytest
import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from desktop.sync import sealing
from syncserver.services.identity import passwords
from tests.support.in_memory import work_in_memory

pytest_plugins = ["tests.support.crashes", "tests.support.garbage", "tests.support.postgres"]

# How long an example takes says how busy the machine is, and nothing of what is tested.
# Which lines failing examples alone run is asked of those already made small, and takes as long again.
_PHASES = [one for one in hypothesis.Phase if one is not hypothesis.Phase.explain]
hypothesis.settings.register_profile("untimed", deadline=None, phases=_PHASES)
hypothesis.settings.load_profile("untimed")
_MADE_SMALL = 480
"""Seconds that a test by examples may take: one that fails is made small first, for up to five minutes."""
_LONG = ("tests/e2e/", "tests/packaging/", "tests/sync/")
"""Where tests are that take tens of seconds."""

# What makes passwords dear to guess is most of the time of many tests; `test_passwords` asks a process of its own.
_CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
vars(passwords).update(_HASHER=_CHEAP, _NOBODY=_CHEAP.hash("nobody has this password"))

work_in_memory()
# Before any import of Qt: without a display it aborts the process instead of raising.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Qt and platformdirs warn where the session has none; warnings are errors here.
_runtime = tempfile.TemporaryDirectory(prefix="smoothschedule-tests-")
os.environ["XDG_RUNTIME_DIR"] = _runtime.name


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose where examples begin, unless that is said: what fails is found again by `--hypothesis-seed`."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    return f"hypothesis seed: {config.option.hypothesis_seed}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave examples the time to be made small: a test that is cut off says nothing of what it has found.

    Where workers share the tests, each begins with some of the long ones: what one of them began last, the others would
    wait for.
    """
    for item in items:
        made = getattr(item, "obj", None)
        if hypothesis.is_hypothesis_test(made) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_MADE_SMALL))
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
        items[:] = _long_ones_first(items, workers)


def _long_ones_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests, shuffled as they are, where each worker is given an equal part of the list at first."""
    long = [one for one in items if one.nodeid.startswith(_LONG)]
    rest = iter([one for one in items if not one.nodeid.startswith(_LONG)])
    ordered: list[pytest.Item] = []
    for number in range(workers):
        begun = long[number::workers]
        share = (len(items) - len(ordered)) // (workers - number)
        ordered += [*begun, *islice(rest, max(0, share - len(begun)))]
    return [*ordered, *rest]


@pytest.fixture(autouse=True)
def private_folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point home and the XDG folders at a fresh folder, so that no test sees or leaves anything of the person's."""
    # Not one of pytest's numbered folders: to find the next number it reads all that thousands of tests have left.
    with tempfile.TemporaryDirectory(prefix="smoothschedule-home-", ignore_cleanup_errors=True) as home:
        monkeypatch.setenv("HOME", home)
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            monkeypatch.setenv(f"XDG_{kind}_HOME", f"{home}/{kind.lower()}")
        yield Path(home)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """What a command run in this process sets up for its log ends with the test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(autouse=True)
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a password costs some tenths of a second on purpose; thousands of tests are not to pay for it."""
    monkeypatch.setattr(sealing, "_COST", {**sealing._COST, "time_cost": 1, "memory_cost": 64})
