"""Hears that the system locks this session or goes to sleep: signals of systemd-logind on the system's D-Bus.

Their names and arguments are those of `org.freedesktop.login1(5)`. Where there is no such bus nothing is heard.
"""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import SLOT, QObject, Signal, Slot

from shared import ids

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_BUS: Final = "unix:path=/run/dbus/system_bus_socket"
_LOGIND: Final = "org.freedesktop.login1"
_MANAGER: Final = "/org/freedesktop/login1"
_SESSION: Final = f"{_LOGIND}.Session"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"


class SystemLock(QObject):
    """Says when this session is locked, and the moment before the machine sleeps."""

    locked = Signal(str)
    """Why: `asked`, `hint` or `sleep`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._name = ""
        """Of the connection, where there is one."""

    def listen(self) -> bool:
        """Begin to hear; False where there is nobody to be heard."""
        if not sys.platform.startswith("linux"):
            return False
        # Not before somebody listens: the first window does not wait for it.
        from PySide6.QtDBus import QDBusConnection

        self._name = f"smoothschedule-{ids.new_id()}"
        bus = QDBusConnection.connectToBus(os.environ.get("DBUS_SYSTEM_BUS_ADDRESS", _BUS), self._name)
        return bus.isConnected() and self._hear(bus)

    def stop(self) -> None:
        """Hear nothing any more."""
        if self._name:
            from PySide6.QtDBus import QDBusConnection

            QDBusConnection.disconnectFromBus(self._name)
            self._name = ""

    def _hear(self, bus: "QDBusConnection") -> bool:
        session = session_path(os.environ.get("XDG_SESSION_ID", ""))
        asked = (
            (session, _SESSION, "Lock", SLOT("lock()")),
            # What locks without being asked by logind tells it, as the desktops do.
            (session, _PROPERTIES, "PropertiesChanged", SLOT("change(QString,QVariantMap)")),
            (_MANAGER, f"{_LOGIND}.Manager", "PrepareForSleep", SLOT("sleep(bool)")),
        )
        # From logind alone: whoever has its name on the system's bus is root.
        # A slot is named by a text, whatever the types of the library say.
        heard = [
            bus.connect(_LOGIND, path, interface, name, self, slot)  # type: ignore[call-overload]
            for path, interface, name, slot in asked
        ]
        return all(heard)

    @Slot()
    def lock(self) -> None:
        """Somebody asks the session to lock."""
        self.locked.emit("asked")

    @Slot(str, "QVariantMap")
    def change(self, interface: str, changed: Mapping[str, Any]) -> None:
        """Something of the session is otherwise now."""
        if interface == _SESSION and changed.get("LockedHint") is True:
            self.locked.emit("hint")

    @Slot(bool)
    def sleep(self, begins: bool) -> None:  # noqa: FBT001 - the signature of the signal
        """The machine goes to sleep, or has woken."""
        if begins:
            self.locked.emit("sleep")


def session_path(session: str) -> str:
    """Where logind has a session, by its id as sd_bus_path_encode(3) writes it; any session's where it is not known."""
    if not session:
        return ""
    plain = [
        one if one.isascii() and (one.isalpha() or (one.isdigit() and place)) else "".join(
            f"_{byte:02x}" for byte in one.encode()
        )
        for place, one in enumerate(session)
    ]  # fmt: skip
    return f"{_MANAGER}/session/{''.join(plain)}"
