"""How a second start of the program hands a line to the first one: a socket that only this user may use."""

import logging
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from desktop.runtime.one_owner import Owner
from desktop.runtime.ticker import Ticker
from shared import ids
from shared.errors import StorageFault

log = logging.getLogger(__name__)

LONGEST: Final = 600
"""Bytes of a line, its end not counted."""
_AT_ONCE: Final = 4
"""Visitors; who comes after them is sent away."""
_PATIENCE: Final = 2000
"""Milliseconds in which a visitor has to say their line."""
_ANSWER_IN: Final = 3000
"""Milliseconds in which the first start has to answer the second."""
_TAKEN: Final = b"taken\n"
_REFUSED: Final = b"refused\n"


class Door(QObject):
    """Takes one line from each visitor, and nothing but what `takes` says yes to.

    Who has the lock beside the socket is the first start; whatever lies in the socket's place then is of one that died.
    """

    handed = Signal(str)
    """A line that was taken."""

    def __init__(self, folder: Path, takes: Callable[[str], bool], parent: QObject | None = None) -> None:
        """`folder` is one that nobody else may write into."""
        super().__init__(parent)
        self._folder, self._takes = folder, takes
        self._owner: Owner | None = None
        self._visitors: set[_Visitor] = set()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_AT_ONCE)
        self._server.newConnection.connect(self._let_in)

    def open(self) -> bool:
        """Listen; whether this is the first start. That it cannot listen is only logged: all else works without."""
        try:
            self._owner = Owner(_lock(self._folder))
        except StorageFault:
            log.info("door.another_has_it")
            return False
        QLocalServer.removeServer(_name(self._folder))
        if not self._server.listen(_name(self._folder)):
            log.warning("door.not_opened", extra={"why": self._server.errorString()})
        return True

    def close(self) -> None:
        """Listen no more, and send away whoever is there."""
        self._server.close()
        for visitor in tuple(self._visitors):
            visitor.leave()
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.release()

    def _let_in(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._visitors) >= _AT_ONCE:
                socket.abort()
                socket.deleteLater()
                continue
            visitor = _Visitor(socket, self._hear, self)
            visitor.gone.connect(self._visitors.discard)
            self._visitors.add(visitor)
            visitor.begin()

    def _hear(self, line: str) -> bool:
        taken = self._takes(line)
        if taken:
            self.handed.emit(line)
        return taken


class _Visitor(QObject):
    """One connection: it has said its line in time, or it is cut."""

    gone = Signal(object)

    def __init__(self, socket: QLocalSocket, hear: Callable[[str], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._socket, self._hear = socket, hear
        socket.setParent(self)
        # Whoever sends more than that waits, and is cut.
        socket.setReadBufferSize(LONGEST + 2)
        self._said = b""
        self._patience = Ticker(self, _PATIENCE, self.leave, single=True)
        self._is_there = True
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self.leave)

    def begin(self) -> None:
        """Listen to what they say, and to what they have said before anybody listened."""
        self._patience.start()
        self._read()

    def leave(self) -> None:
        """Cut the connection, once."""
        if self._is_there:
            self._is_there = False
            self._patience.stop()
            self._socket.abort()
            self.gone.emit(self)
            self.deleteLater()

    def _read(self) -> None:
        if not self._is_there:
            return
        self._said += self._socket.readAll().data()
        line, end, more = self._said.partition(b"\n")
        if len(line) > LONGEST or more:
            self.leave()
        elif end:
            self._socket.readyRead.disconnect(self._read)
            self._socket.write(_TAKEN if self._is_taken(line) else _REFUSED)
            self._socket.disconnectFromServer()

    def _is_taken(self, line: bytes) -> bool:
        return line.isascii() and self._hear(line.decode("ascii"))


def hand_over(folder: Path, line: str) -> bool:
    """Hand a line to the start of the program that is open over `folder`; whether it was taken.

    Waits for up to three seconds. Where something of another user stands in the socket's place, it gets nothing.
    """
    said = line.encode() + b"\n"
    if len(said) > LONGEST + 1 or b"\n" in said[:-1] or not _is_own(folder):
        return False
    socket = QLocalSocket()
    socket.connectToServer(_name(folder))
    if not socket.waitForConnected(_ANSWER_IN):
        return False
    socket.write(said)
    answer = b""
    while b"\n" not in answer and len(answer) < len(_REFUSED) and socket.waitForReadyRead(_ANSWER_IN):
        answer += socket.read(len(_REFUSED)).data()
    socket.abort()
    return answer == _TAKEN


def _lock(folder: Path) -> Path:
    return folder / "door.lock"


def _name(folder: Path) -> str:
    if sys.platform == "win32":
        # A pipe has no place in a folder; its access list holds this user alone.
        return f"smoothschedule-{ids.derived_id('door', str(folder.resolve()))}"
    return str(folder / "door")


def _is_own(folder: Path) -> bool:
    if sys.platform == "win32":
        return True
    try:
        found = os.lstat(folder / "door")
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid()
