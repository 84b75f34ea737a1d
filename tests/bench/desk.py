"""A desk without a window in a process of its own, as a figure uses it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.processes import ROOT, Child
from tests.bench.shop_book import PASSWORD, Book


class DeskProcess:
    """Asks the child for what `tests.bench.desk_process.BenchDesk` can do."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The desk's process."""
        return self._process.pid

    def ask(self, what: str, **more: Any) -> Any:
        """What the child answers; an error there is one here."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"do": what} | more) + "\n")
        stdin.flush()
        line = stdout.readline()
        assert line, "the desk's process ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]


@contextmanager
def desk(folder: Path, server: Child, book: Book) -> Iterator[DeskProcess]:
    """A desk of the book's manager, signed in, not syncing yet."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.desk_process", str(folder)]
    with (
        (folder / "desk.log").open("w") as log,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        made = DeskProcess(process)
        made.ask("sign_in", server=server.url, tenant=book.tenant.slug, email=book.email, password=PASSWORD)
        yield made
        made.ask("close")
