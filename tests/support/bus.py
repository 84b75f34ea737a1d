"""A message bus of a test's own, on which somebody speaks as the system's logind does."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from jeepney import DBusAddress, message_bus, new_signal
from jeepney.io.blocking import DBusConnection, open_dbus_connection

LOGIND: Final = "org.freedesktop.login1"


class Logind:
    """Whoever has the name of logind on the bus."""

    def __init__(self, bus: DBusConnection) -> None:
        self._bus = bus

    def lock(self, session: str) -> None:
        """Ask a session, the last part of its path, to lock."""
        self._say(f"/org/freedesktop/login1/session/{session}", f"{LOGIND}.Session", "Lock", "")

    def hint(self, session: str, *, locked: bool) -> None:
        """Say that a session is locked, or not."""
        told: tuple[Any, ...] = (f"{LOGIND}.Session", {"LockedHint": ("b", locked), "IdleHint": ("b", True)}, [])
        path = f"/org/freedesktop/login1/session/{session}"
        self._say(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", told)

    def sleep(self, *, begins: bool) -> None:
        """Say that the machine goes to sleep, or has woken."""
        self._say("/org/freedesktop/login1", f"{LOGIND}.Manager", "PrepareForSleep", "b", (begins,))

    def is_heard(self) -> None:
        """Wait until the bus has passed on what was said."""
        self._bus.send_and_get_reply(message_bus.GetId())

    def _say(self, path: str, interface: str, name: str, signature: str, told: tuple[Any, ...] = ()) -> None:
        self._bus.send(new_signal(DBusAddress(path, interface=interface), name, signature or None, told))


@contextmanager
def bus() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A bus at an address of its own, and its process."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout
        try:
            yield daemon.stdout.readline().strip(), daemon
        finally:
            daemon.kill()


@contextmanager
def logind_at(address: str, name: str = LOGIND) -> Iterator[Logind]:
    """Somebody with logind's name, or another one, on a bus."""
    with closing(open_dbus_connection(address)) as speaking:
        if name:
            speaking.send_and_get_reply(message_bus.RequestName(name))
        yield Logind(speaking)
