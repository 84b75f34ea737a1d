"""The scripts of `packaging/`, which is no package, as modules."""

import importlib
from types import ModuleType

import pytest

from tests.architecture.source import ROOT


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("debian")


@pytest.fixture
def dev(debian: ModuleType) -> ModuleType:
    return importlib.import_module("dev")
