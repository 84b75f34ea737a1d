"""Peers in environments of their own, in a cache folder outside the checkout: nothing of theirs is ever locked here."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_PATIENCE: Final = 600
_DONE: Final = "installed"


class NotInstalled(Exception):
    """A peer is not to be had on this machine; the message says why."""


def python_of(cache: Path, name: str, *requirements: str) -> Path:
    """The folder of the programs of a virtual environment with these distributions. Raises NotInstalled."""
    place = cache / name
    if not (place / _DONE).exists():
        shutil.rmtree(place, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(place)])
        _run([str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements])
        (place / _DONE).touch()
    return place / "bin"


def node_of(cache: Path, name: str, *packages: str) -> Path:
    """The folder of the programs of an npm prefix with these packages. Raises NotInstalled."""
    place = cache / name
    if shutil.which("npm") is None:
        raise NotInstalled("there is no npm here")
    if not (place / _DONE).exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        _run(["npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", *packages])
        (place / _DONE).touch()
    return place / "node_modules" / ".bin"


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{command[0]} took longer than {_PATIENCE} s") from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise NotInstalled(f"{Path(command[0]).name} ended with {done.returncode}: {' '.join(last)}")
