"""What a worker was doing as it died, in the report of the test that it died in.

A fault in C ends the process. The stacks that Python writes then would be lost among the output of the others, so each
worker writes them into a file of its own, which outlives it.
"""

import faulthandler
import tempfile
from io import BufferedWriter
from pathlib import Path
from typing import Any

import pytest

_FOLDER = "crashes"


class _Kept:
    """The folder of the files, as the process that shares the tests out knows it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="smoothschedule-crashes-")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where to write."""
        node.workerinput[_FOLDER] = self._folder.name

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport, sched: Any) -> None:
        """Put what the worker has written below the sentence that it is gone."""
        worker = report.node
        path = Path(self._folder.name, worker.gateway.id)
        written = path.read_text(errors="replace") if path.exists() else ""
        report.longrepr = f"{report.longrepr}\n\n{written or 'It wrote no stack: it was killed, or it left by itself.'}"

    def pytest_unconfigure(self) -> None:
        self._folder.cleanup()


class _Writing:
    """A worker's file, open until it ends: nothing can be opened any more as it dies."""

    def __init__(self, path: Path) -> None:
        self._file: BufferedWriter = path.open("wb")
        faulthandler.enable(self._file)

    def pytest_unconfigure(self) -> None:
        faulthandler.disable()
        self._file.close()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Write into a file of the worker's own, after pytest has chosen stderr."""
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    if told is None:
        config.pluginmanager.register(_Kept())
    else:
        config.pluginmanager.register(_Writing(Path(told[_FOLDER], told["workerid"])))
