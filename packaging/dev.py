"""What a developer runs on a bare machine: set up, demo, test and re-lock, with the standard library alone."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "packaging" / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
STAMP = VENV / "setup.stamp"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 11)


class SetupError(Exception):
    """A reason to stop that the reader can act on."""


def main(argv: list[str]) -> int:
    """Run one sub-command and return the exit status of the whole."""
    parser = argparse.ArgumentParser(prog="packaging/dev.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="make .venv with every dependency")
    commands.add_parser("lock", help="resolve pyproject.toml again into the hashed lock, then set up")
    arguments = parser.parse_args(argv)
    try:
        if arguments.command == "lock":
            lock()
        setup()
    except SetupError as reason:
        print(f"dev.py: {reason}", file=sys.stderr)
        return 1
    return 0


def setup() -> None:
    """Bring `.venv` to what the lock says; a second run sees the stamp and does nothing."""
    if sys.version_info < OLDEST:
        raise SetupError(f"needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is {sys.version.split()[0]}")
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not PYTHON.exists():
        run([sys.executable, "-m", "venv", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(LOCK)])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """One hash over all that decides what `.venv` holds."""
    digest = hashlib.sha256(sys.version.encode())
    for part in (LOCK, PROJECT):
        digest.update(part.read_bytes())
    return digest.hexdigest()


def lock() -> None:
    """Write the lock from pyproject.toml: all extras, every platform, hashes, no address of an index."""
    uv = shutil.which("uv", path=str(BIN))
    if uv is None:
        raise SetupError("uv comes with the lock: run `python3 packaging/dev.py setup` first")
    options = "--all-extras --universal --python-version 3.11 --generate-hashes --no-header --quiet"
    addresses = "--no-emit-index-url --no-emit-find-links"
    run([uv, "pip", "compile", "pyproject.toml", *options.split(), *addresses.split(), "-o", str(LOCK.relative_to(ROOT))])


def run(command: list[str]) -> None:
    """Run a step in the checkout; a failing one ends the whole."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SetupError(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
