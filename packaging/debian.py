"""Which Debian packages the windows and the tests need, which of them are missing, and how they get here."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

# By the name under which the loader finds it, so that a library that came some other way counts too.
WINDOW_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# The desktop brings Inter; Noto Sans has the letters that it lacks, and fontconfig answers with it where none is named.
WINDOW_FONTS = {"truetype/noto/NotoSans-Regular.ttf": "fonts-noto-core"}
TEST_PROGRAMS = {
    "Xvfb": "xvfb",
    "cc": "gcc",
    "chromium": "chromium",
    "dbus-daemon": "dbus-daemon",
    "dbus-run-session": "dbus-daemon",
    "dbus-send": "dbus-bin",
    "gnome-keyring-daemon": "gnome-keyring",
    "pgbouncer": "pgbouncer",
    "xauth": "xauth",
}
# What fails on a disk is a small library that the tests compile.
TEST_HEADERS = {"/usr/include/stdio.h": "libc6-dev"}
BROWSER_PROGRAMS = {"chromium": "chromium"}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


class MissingPackages(Exception):
    """Packages that only an administrator can install; the text names the line to run."""


def for_venv(python: str) -> list[str]:
    """Return what `python -m venv` lacks: Debian splits it from Python."""
    has_it = subprocess.run([python, "-c", "import ensurepip"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return [] if has_it else ["python3-venv"]


def for_windows() -> list[str]:
    """Return the missing packages without which Qt does not start or shows no text."""
    libraries = [package for soname, package in WINDOW_LIBRARIES.items() if not _loads(soname)]
    fonts = [package for file, package in WINDOW_FONTS.items() if not any((f / file).exists() for f in FONT_FOLDERS)]
    return libraries + fonts


def for_tests() -> list[str]:
    """Return the missing packages of the tests that use a display, a keyring, a browser, a pooler or faults."""
    # Debian keeps servers where the path of somebody who is not root does not lead.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    programs = {package for program, package in TEST_PROGRAMS.items() if shutil.which(program, path=path) is None}
    return sorted(programs | {package for file, package in TEST_HEADERS.items() if not Path(file).exists()})


def for_browser() -> list[str]:
    """Return the missing packages of the tests that drive a browser; the demo needs none of these."""
    return sorted({package for program, package in BROWSER_PROGRAMS.items() if shutil.which(program) is None})


def install(packages: list[str]) -> None:
    """Install Debian packages as root; raise `MissingPackages` with the line to run where that cannot be."""
    if not packages or not sys.platform.startswith("linux"):
        return
    apt = shutil.which("apt-get")
    line = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if apt is None:
        raise MissingPackages(f"missing, by their names in Debian 12: {' '.join(packages)}")
    if os.geteuid() != 0:
        raise MissingPackages(f"system packages are missing; run: sudo {line}")
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    if not _installed(apt, packages):
        # A fresh machine has no lists, an old one lists of versions that are gone.
        _quietly([apt, "update"])
        if not _installed(apt, packages):
            raise MissingPackages(f"apt-get could not install what is missing; run: {line}")


def _installed(apt: str, packages: list[str]) -> bool:
    return _quietly([apt, "install", "--yes", "--no-install-recommends", *packages])


def _quietly(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
    return done.returncode == 0


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
