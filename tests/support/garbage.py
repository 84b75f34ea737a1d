"""Where windows are, the search for cycles is the main thread's alone, as in the application: between the tests."""

import gc
from collections.abc import Iterator

import pytest

from desktop.runtime.garbage import collect_due


class _Left:
    is_due = False
    """Whether a test of windows may have left parts of them, which must not end on a thread of another test."""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Leave what lives until the end, modules and thousands of tests, out of each look for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    has_windows = "qapp" in getattr(item, "fixturenames", ()) or item.nodeid.startswith("tests/desktop/")
    if has_windows:
        gc.disable()
        _Left.is_due = True
    elif _Left.is_due:
        gc.collect()
        gc.enable()
        _Left.is_due = False
    try:
        return (yield)
    finally:
        if has_windows:
            collect_due()
