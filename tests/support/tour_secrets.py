"""The tour's legs with the computer's real keyring and with none: what is asked for at the second start.

`python -m tests.support.tour_secrets URL EMAIL PASSWORD HOME OUT` is the leg with the keyring; it runs inside a D-Bus
session of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.support.desk_window import DeskWindow, NotShown

ROOT = Path(__file__).parents[2]
UNLOCKED: Final = """
printf tour | gnome-keyring-daemon --unlock --components=secrets >/dev/null || exit 1
# Whoever asks before it has its name has the bus start another one, which finds this one, never takes the name, and is
# waited for in vain.
for _ in $(seq 300); do
    dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && exec "$@"
    sleep 0.1
done
echo "gnome-keyring took no name on the bus" >&2
exit 1
"""
"""A shell's words for: with an open keyring, run what is given."""


def sign_in(desk: DeskWindow, url: str, email: str, password: str) -> None:
    """Fill in the form of a desk that nobody has used yet, and wait for its book."""
    desk.fill("Server address", url)
    desk.fill("Business", "demo")
    desk.fill("E-mail", email)
    desk.fill("Password", password)
    desk.click("Sign in", role="Button")
    # The days around today have their grouping before the book is there.
    desk.find("all edits accepted", role="Button", seconds=30)
    desk.find("bookings", role="Grouping", seconds=30)


def with_keyring(url: str, email: str, password: str, home: Path, out: Path) -> None:
    """Sign in, start again: the keyring opens the book and nothing is asked."""
    desk = DeskWindow(home, secrets="keyring").start()
    try:
        sign_in(desk, url, email, password)
        desk.stop()
        desk.start()
        desk.find("bookings", role="Grouping", seconds=30)
        desk.look(out / "secrets-keyring-started-again.png")
    finally:
        desk.stop()


def in_a_session_of_its_own(url: str, email: str, password: str, home: Path, out: Path) -> str:
    """Run the leg with a real Secret Service (gnome-keyring) on a bus that ends with it."""
    if not shutil.which("dbus-run-session") or not shutil.which("gnome-keyring-daemon"):
        raise NotShown("the Secret Service is not installed: dbus-run-session and gnome-keyring-daemon are needed")
    leg = [sys.executable, "-m", "tests.support.tour_secrets", url, email, password, str(home), str(out)]
    home.mkdir(parents=True, exist_ok=True)
    # The path of a socket has 107 characters at most: it is not in the tour's folder, which may be deep down.
    with tempfile.TemporaryDirectory(prefix="keyring-", ignore_cleanup_errors=True) as runtime:
        done = subprocess.run(
            ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh", *leg],
            cwd=ROOT,
            # Its keys go to a folder of the tour, not to the person's own.
            env=os.environ | {"XDG_DATA_HOME": str(home / "data"), "XDG_RUNTIME_DIR": runtime},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    if done.returncode != 0:
        raise NotShown(f"the leg with the keyring failed:\n{done.stdout}\n{done.stderr[-3000:]}")
    return "gnome-keyring: no password asked at the second start"


def without_keyring(
    url: str, email: str, password: str, home: Path, out: Path, *, away: Callable[[], None], back: Callable[[], None]
) -> str:
    """Sign in; at the next start the password is asked for, also with the cable pulled, and a wrong one is refused."""
    desk = DeskWindow(home, secrets="none").start()
    try:
        desk.look(out / "secrets-none-sign-in.png")
        sign_in(desk, url, email, password)
        desk.stop()
        away()
        desk.start()
        desk.fill("Password", "not-" + password)
        desk.press("Return")
        desk.find("does not open", seconds=15)
        desk.look(out / "secrets-none-asked-again.png")
        desk.fill("Password", password)
        desk.press("Return")
        desk.find("bookings", role="Grouping", seconds=30)
        desk.find("Offline", role="Button", seconds=10)
        desk.look(out / "secrets-none-opened-offline.png")
    finally:
        desk.stop()
        back()
    return "no keyring: the password is asked for at each start, offline too; a wrong one is refused"


if __name__ == "__main__":
    given = sys.argv[1:]
    with_keyring(given[0], given[1], given[2], Path(given[3]), Path(given[4]))
