"""What a developer runs on a bare machine: set up, demo, test and re-lock, with the standard library alone."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import NoReturn

import debian

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "packaging" / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
STAMP = VENV / "setup.stamp"
OLDEST = (3, 11)
SYSTEM = Path("/usr")

DEMO = [str(BIN / "smoothschedule"), "demo"]
TOUR = [str(PYTHON), "-m", "tests.support.tour"]
CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "lint-imports": ["lint-imports"],
    # A worker a core. A third one would use the time in which tests wait for a server or a process, but then some of
    # those that a person would wait for come too late.
    "pytest": ["pytest", "--numprocesses=2", "--dist=worksteal"],
}


class SetupError(Exception):
    """A reason to stop that the reader can act on."""


def main(argv: list[str]) -> int:
    """Run one sub-command and return the exit status of the whole."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (SetupError, debian.MissingPackages) as reason:
        print(f"dev.py: {reason}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    whole = argparse.ArgumentParser(prog="packaging/dev.py", description=__doc__)
    commands = whole.add_subparsers(title="commands", required=True)

    setting_up = commands.add_parser("setup", help="make .venv with every dependency, and what Qt needs of the system")
    setting_up.set_defaults(run=setup_command)

    demo = commands.add_parser("demo", help="set up, then run the main job: a server, two businesses, two desks")
    demo.add_argument("--data", metavar="DIR", help="keep everything there (default .demo); a second start reuses it")
    demo.add_argument(
        "--tour",
        metavar="DIR",
        help="drive the windows through the story, offscreen, a PNG of each step; so without a display",
    )
    demo.add_argument("--no-desk", action="store_true", help="the server alone, until SIGTERM")
    demo.add_argument("--ready-file", metavar="FILE", help="write addresses and accounts there once the server answers")
    demo.set_defaults(run=demo_command)

    test = commands.add_parser("test", help="set up, then run every check and every test")
    test.add_argument("--long", action="store_true", help="with the tests that take minutes")
    test.add_argument("pytest", nargs="*", metavar="-- ARGS", help="arguments for pytest alone")
    test.set_defaults(run=test_command)

    lock = commands.add_parser("lock", help="resolve pyproject.toml again into the hashed lock, then set up")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions, not the locked ones")
    lock.set_defaults(run=lock_command)
    return whole


def setup_command(_: argparse.Namespace) -> int:
    """Make this machine ready for everything."""
    make_venv()
    debian.install(debian.for_windows() + debian.for_tests() + debian.for_browser())
    print(f"Ready: {BIN.relative_to(ROOT)}")
    return 0


def demo_command(arguments: argparse.Namespace) -> int:
    """Hand over to the demo or the tour, which then is this process: a signal sent here reaches it."""
    if arguments.tour and (arguments.no_desk or arguments.ready_file):
        raise SetupError("--tour goes with --data alone: it starts and ends its own server")
    make_venv()
    if not arguments.no_desk:
        debian.install(debian.for_windows() + debian.for_tests())
    data = Path(arguments.data).absolute() if arguments.data else ROOT / ".demo"
    if arguments.tour or not (arguments.no_desk or has_display()):
        pictures = Path(arguments.tour).absolute() if arguments.tour else data / "tour"
        become([*TOUR, f"--data={data}", f"--out={pictures}"], offscreen=True)
    options = [f"--data={data}"]
    options += ["--no-desk"] if arguments.no_desk else []
    options += [f"--ready-file={Path(arguments.ready_file).absolute()}"] if arguments.ready_file else []
    become([*DEMO, *options])


def has_display() -> bool:
    """Return whether a window can be shown here."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def become(command: list[str], *, offscreen: bool = False) -> NoReturn:
    """Go on as another program, in the checkout."""
    os.chdir(ROOT)
    sys.stdout.flush()
    environment = {**compiling(), **({"QT_QPA_PLATFORM": "offscreen"} if offscreen else {})}
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted


def compiling() -> dict[str, str]:
    """Return the environment in which a program keeps what it compiles, as Python does where nobody forbids it.

    Images of containers forbid it. Tests start hundreds of servers and desks, and each would compile all of it again.
    """
    return {name: said for name, said in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def test_command(arguments: argparse.Namespace) -> int:
    """Run every check, each to its end, and fail if one of them failed."""
    make_venv()
    debian.install(debian.for_windows() + debian.for_tests() + debian.for_browser())
    wanted = [*(["-m", ""] if arguments.long else []), *arguments.pytest]
    environment = compiling()
    results = []
    for name, (program, *options) in CHECKS.items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        command = [str(BIN / program), *options, *(wanted if name == "pytest" else [])]
        passed = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
        results.append((name, passed, time.monotonic() - started))
    print("== summary")
    for name, passed, seconds in results:
        print(f"{name:<14}{'passed' if passed else 'FAILED':<8}{seconds:7.1f} s")
    return 0 if all(passed for _, passed, _ in results) else 1


def lock_command(arguments: argparse.Namespace) -> int:
    """Write the lock from pyproject.toml: all extras, every platform, hashes, no address of an index."""
    uv = BIN / "uv"
    if not uv.exists():
        raise SetupError("the resolver comes with the lock: run `python3 packaging/dev.py setup` first")
    options = ["--all-extras", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", str(LOCK.relative_to(ROOT))]
    options += ["--upgrade"] if arguments.upgrade else []
    run([str(uv), "pip", "compile", "pyproject.toml", *options])
    make_venv()
    return 0


def make_venv() -> None:
    """Bring `.venv` to what the lock says; where its stamp is right nothing is done, and no network is needed."""
    if sys.version_info < OLDEST:
        raise SetupError(f"needs Python {OLDEST[0]}.{OLDEST[1]} or newer, this is {sys.version.split()[0]}")
    place, content = fingerprints()
    stamp = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    if stamp == [place, content]:
        return
    if VENV.is_symlink():
        raise SetupError(f"{VENV.name} is a link, and to set it up anew would empty another place's; remove the link")
    python = interpreter()
    debian.install(debian.for_venv(python))
    print(f"Setting up {VENV.name}; the first time takes a minute or two.", flush=True)
    if stamp[:1] != [place]:
        run([python, "-m", "venv", "--clear", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--requirement", str(LOCK)])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    STAMP.write_text(f"{place} {content}\n")


def interpreter() -> str:
    """Return the Python that `.venv` is made of: this one, or the system's of the same version where that is faster.

    One that somebody built in a hurry, without what its builders measured (`--enable-optimizations`), takes half as
    long again for everything. What a distribution brings was built with it.
    """
    options = sysconfig.get_config_var("CONFIG_ARGS")
    if not sys.platform.startswith("linux") or not options or "--enable-optimizations" in options:
        return sys.executable
    if sys.base_prefix == str(SYSTEM):
        return sys.executable
    system = SYSTEM / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not system.exists():
        return sys.executable
    try:
        debian.install(debian.for_venv(str(system)))
    except debian.MissingPackages:
        return sys.executable
    print(f"Taking {system}: this Python was built without optimization.", flush=True)
    return str(system)


def fingerprints() -> tuple[str, str]:
    """Return two hashes: where `.venv` is, for a moved one is made anew; and what it is to hold."""
    import tomllib  # an older Python has it not, and is told so before it comes here

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    held = {name: project[name] for name in ("build-system", "project")}
    content = LOCK.read_bytes() + json.dumps(held, sort_keys=True).encode()
    return hashlib.sha256(str(VENV).encode()).hexdigest(), hashlib.sha256(content).hexdigest()


def run(command: list[str]) -> None:
    """Run a step in the checkout; a failing one ends the whole."""
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise SetupError(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
