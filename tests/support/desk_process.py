"""The ordinary app in a process of its own, with somebody beside it who moves its mouse and reads its screen.

`python -m tests.support.desk_process HOME SECRETS [OPTIONS…]`: SECRETS is `file` (a store for tests), `keyring` (the
computer's own) or `none` (a computer without one). Commands come as lines of JSON, and each is answered by one.
"""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible

from desktop.app import build_app
from desktop.config import Home
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import KeyringSecrets, SecretStore
from tests.support import driver
from tests.support.file_secrets import FileSecrets


class Once:
    """Does something at the first call, whichever thread that comes from."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do = do
        self._lock = threading.Lock()
        self._done = False

    def __call__(self) -> None:
        with self._lock:
            if not self._done:
                self._done = True
                self._do()


class Hands(QObject):
    """Does on the main thread what is asked for on standard input."""

    asked = Signal(str)

    def __init__(self, quit_app: Callable[[], None]) -> None:
        super().__init__()
        self._quit = quit_app
        self.asked.connect(self._do)

    def read(self) -> None:
        """Take commands until the other side ends."""
        for line in sys.stdin:
            self.asked.emit(line)

    @Slot(str)
    def _do(self, line: str) -> None:
        command: dict[str, Any] = json.loads(line)
        what = command.pop("do")
        if what == "tree":
            self._answer(driver.tree)
        elif what == "look":
            self._answer(lambda: driver.look(command["path"]))
        else:
            # A click may open a dialog that runs until it is closed: the other side is not kept waiting for that.
            told = Once(lambda: _say({"result": None}))
            patience = threading.Timer(2.0, told)
            patience.start()
            self._act(what, command)
            patience.cancel()
            told()

    def _answer(self, question: Callable[[], Any]) -> None:
        try:
            _say({"result": question()})
        except (LookupError, OSError, ValueError) as error:
            _say({"error": str(error)})

    def _act(self, what: str, command: dict[str, Any]) -> None:
        if what == "quit":
            QTimer.singleShot(0, self._quit)
        elif what == "click":
            driver.click(command["x"], command["y"], double=command.get("double", False))
        elif what == "drag":
            start, end = tuple(command["start"]), tuple(command["end"])
            driver.drag(start, end, drop=command.get("drop", True))
        elif what == "release":
            driver.release(command["x"], command["y"])
        elif what == "scroll":
            driver.scroll(command["x"], command["y"], command["notches"])
        elif what == "press":
            driver.press(command["keys"])
        elif what == "write":
            driver.write(command["text"])


def _say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Run a desk until its window is closed."""
    home, secrets = Home(Path(argv[0])), argv[1]
    stores: dict[str, Callable[[], SecretStore | KeyFiles]] = {
        "file": lambda: FileSecrets(home.folder / "test-secrets.json"),
        "keyring": KeyringSecrets,
        "none": lambda: KeyFiles(home),
    }
    app, desktop = build_app(home, stores[secrets](), argv[2:])
    # As with a screen reader running: then everything that changes is told to the tree.
    QAccessible.setActive(True)
    desktop.window.resize(1440, 900)
    desktop.start()
    hands = Hands(app.quit)
    threading.Thread(target=hands.read, daemon=True, name="hands").start()
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
