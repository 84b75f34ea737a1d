"""A desk in a process of its own, used from outside as a person would: read, clicked, typed into."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).parents[2]
Node = dict[str, Any]
T = TypeVar("T")


class NotShown(AssertionError):
    """What a person would expect to see is not there."""


class DeskWindow:
    """One desk: `home` is where it keeps its files, `secrets` which secret store it is given."""

    def __init__(self, home: Path, *, secrets: str = "file", options: Sequence[str] = (), scale: float = 1.0) -> None:
        self.home = home
        self.secrets = secrets
        self._options = list(options)
        self._scale = scale
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The desk's process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> "DeskWindow":
        """Start the desk's process and wait until its window stands."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.support.desk_process", str(self.home), self.secrets, *self._options]
        environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(self._scale)}
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.home / "desk.log").open("a"),
            text=True,
        )
        self.until(lambda: self.tree() or None, "a window", seconds=30)
        return self

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)

    def stop(self) -> None:
        """Close the window and wait for the process to end; killed where it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        try:
            self._ask("quit")
            self._process.wait(timeout=10)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            self.kill()

    def _ask(self, what: str, **more: Any) -> Any:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"do": what} | more) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            log = (self.home / "desk.log").read_text(encoding="utf-8", errors="replace")
            raise NotShown(f"the desk's process ended:\n{log[-3000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise NotShown(str(answer["error"]))
        return answer["result"]

    def tree(self) -> list[Node]:
        """Everything that is shown."""
        found: list[Node] = self._ask("tree")
        return found

    def all(self, name: str = "", *, role: str = "") -> Iterator[Node]:
        """Every thing shown whose name, value or description holds `name`, of a role where one is given."""
        for node in self.tree():
            texts = f"{node['name']}\n{node['value']}\n{node['description']}"
            if name in texts and role in ("", node["role"]) and node["width"] > 0 and node["height"] > 0:
                yield node

    def find(self, name: str, *, role: str = "", seconds: float = 5) -> Node:
        """The thing of this very name, else the first that holds it; waits until it is shown."""

        def look() -> Node | None:
            found = list(self.all(name, role=role))
            exact = [node for node in found if node["name"] == name]
            return next(iter(exact or found), None)

        return self.until(look, f"{role or 'anything'} called {name!r}", seconds=seconds)

    def until(self, look: Callable[[], T | None], what: str, *, seconds: float = 5) -> T:
        """What `look` finds, asked again until it finds something; NotShown with the tree where it does not."""
        end = time.monotonic() + seconds
        while True:
            if (found := look()) is not None:
                return found
            if time.monotonic() > end:
                shown = "\n".join(f"  {node['role']}: {node['name']} {node['value']}" for node in self.tree())
                raise NotShown(f"{self.home.name} does not show {what} within {seconds} s; it shows\n{shown}")
            time.sleep(0.02)

    def gone(self, name: str, *, role: str = "", seconds: float = 5) -> None:
        """Wait until nothing that holds `name` is shown."""
        self.until(lambda: None if any(self.all(name, role=role)) else True, f"no {name!r}", seconds=seconds)

    def click(self, name: str, *, role: str = "", double: bool = False, seconds: float = 5) -> None:
        """Click the middle of what is called so, once it is shown and enabled."""
        node = self.until(
            lambda: found if (found := self.find(name, role=role, seconds=seconds))["enabled"] else None,
            f"{name!r} enabled",
            seconds=seconds,
        )
        self.click_at(*middle(node), double=double)

    def click_at(self, x: int, y: int, *, double: bool = False) -> None:
        """Click a point of the screen."""
        self._ask("click", x=x, y=y, double=double)

    def drag(self, start: tuple[int, int], end: tuple[int, int], *, drop: bool = True) -> None:
        """Drag with the left button."""
        self._ask("drag", start=start, end=end, drop=drop)

    def release(self, x: int, y: int) -> None:
        """Let go of the left button."""
        self._ask("release", x=x, y=y)

    def scroll(self, x: int, y: int, notches: int) -> None:
        """Turn the wheel over a point; down is positive."""
        self._ask("scroll", x=x, y=y, notches=notches)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, such as `Ctrl+Return`."""
        for key in keys:
            self._ask("press", keys=key)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self._ask("write", text=text)

    def fill(self, name: str, text: str) -> None:
        """Click a field and replace what it holds; as a person does, look at it and type again if it went wrong."""
        for _ in range(3):
            self.click(name, role="EditableText")
            held = len(self.find(name, role="EditableText")["value"])
            self.press("End", *(["Backspace"] * held))
            self.write(text)
            if len(self.find(name, role="EditableText")["value"]) == len(text):
                return
            time.sleep(0.3)
        raise NotShown(f"{name!r} does not take what is typed")

    def look(self, path: Path) -> Path:
        """Write what is shown as a PNG."""
        self._ask("look", path=str(path))
        return path


def middle(node: Node) -> tuple[int, int]:
    """The middle of what is shown."""
    return node["x"] + node["width"] // 2, node["y"] + node["height"] // 2
