"""A second start hands a link to the first one: who is listened to, for how long, and what is taken."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.runtime.door import LONGEST, Door, hand_over
from desktop.sync.masquerade_link import is_link
from tests.support.waiting import until

LINK = "smoothschedule://masquerade?server=https://book.example.com&code=b5Jx-0123456789_abcdefghij"
LONG = LINK.ljust(LONGEST, "x")
HANDING = "import sys; from pathlib import Path; from desktop.runtime.door import hand_over; sys.exit({what})"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes have no files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def door(folder: Path, heard: list[str], qapp: object) -> Iterator[Door]:
    made = Door(folder, is_link)
    made.handed.connect(heard.append)
    assert made.open()
    yield made
    made.close()


@pytest.fixture
def visit(folder: Path, door: Door) -> Iterator[Callable[[], socket.socket]]:
    """Makes a connection that only does what the test says."""
    with ExitStack() as stack:

        def connect() -> socket.socket:
            made = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
            made.settimeout(5)
            made.connect(str(folder / "door"))
            made.setblocking(False)
            return made

        yield connect


def answer(visitor: socket.socket) -> bytes | None:
    """All that was answered until the end; None while the connection goes on."""
    told = b""
    try:
        while piece := visitor.recv(100):
            told += piece
    except BlockingIOError:
        return None
    except ConnectionResetError:
        pass
    return told


def second_start(folder: Path, line: str) -> "subprocess.Popen[bytes]":
    """A process that hands over a line, and exits with 0 where it was taken."""
    code = HANDING.format(what=f"not hand_over(Path({str(folder)!r}), {line!r})")
    return subprocess.Popen([sys.executable, "-W", "error", "-c", code])


@pytest.mark.parametrize("line", [LINK, LONG])
def test_a_second_start_hands_its_link_to_the_first(
    folder: Path, door: Door, heard: list[str], qtbot: QtBot, line: str
) -> None:
    second = second_start(folder, line)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    assert heard == [line]


@pytest.mark.parametrize(
    "line", ["", "open", "https://evil.example/", f"{LINK} x", f"{LINK}é", LONG + "x", f"{LINK}\n"]
)
def test_a_second_start_with_anything_else_is_not_heard(
    folder: Path, door: Door, heard: list[str], qtbot: QtBot, line: str
) -> None:
    second = second_start(folder, line)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 1
    assert heard == []


def test_only_this_user_can_reach_it(folder: Path, door: Door) -> None:
    assert stat.S_IMODE((folder / "door").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "said",
    [b"\n", b"\0" * 50 + b"\n", bytes(range(128, 256)) + b"\n", b"quit\n", f"{LINK}\nquit\n".encode(),
     f"{LINK}\r\n".encode(), f"{LONG}x\n".encode(), b"x" * 100_000, os.urandom(300).replace(b"\n", b"") + b"\n"],
)  # fmt: skip
def test_junk_is_cut_or_refused(
    visit: Callable[[], socket.socket], heard: list[str], qtbot: QtBot, said: bytes
) -> None:
    visitor = visit()
    visitor.send(said)
    qtbot.waitUntil(lambda: answer(visitor) in (b"", b"refused\n"), timeout=10_000)
    assert heard == []


def test_ten_megabytes_are_cut_and_the_next_visitor_is_heard(
    visit: Callable[[], socket.socket], heard: list[str], qtbot: QtBot
) -> None:
    visitor, sent = visit(), 0
    piece = b"x" * 65_536

    def is_cut() -> bool:
        nonlocal sent
        try:
            while sent < 10_000_000:
                sent += visitor.send(piece)
        except BlockingIOError:
            return False
        except (BrokenPipeError, ConnectionResetError):
            return True
        return False

    qtbot.waitUntil(is_cut, timeout=10_000)
    # What the system's buffers hold, and no more.
    assert sent < 1_000_000
    other = visit()
    other.send(f"{LINK}\n".encode())
    qtbot.waitUntil(lambda: answer(other) == b"taken\n", timeout=10_000)
    assert heard == [LINK]


def test_whoever_dawdles_is_cut(visit: Callable[[], socket.socket], heard: list[str], qtbot: QtBot) -> None:
    visitor, said = visit(), iter(LINK.encode())
    for _ in range(len(LINK) - 2):
        try:
            visitor.send(bytes((next(said),)))
        except (BrokenPipeError, ConnectionResetError):
            break
        qtbot.wait(40)
    qtbot.waitUntil(lambda: answer(visitor) == b"", timeout=10_000)
    assert heard == []


def test_many_at_once_wait_or_are_sent_away_and_the_window_is_not_held_up(
    visit: Callable[[], socket.socket], heard: list[str], door: Door, qtbot: QtBot
) -> None:
    for _ in range(6):
        for visitor in [visit() for _ in range(4)]:
            visitor.send(b"smoothschedule://")
        qtbot.wait(20)
        assert len(door._visitors) <= 4
    qtbot.waitUntil(lambda: not door._visitors, timeout=10_000)
    last = visit()
    last.send(f"{LINK}\n".encode())
    qtbot.waitUntil(lambda: answer(last) == b"taken\n", timeout=10_000)
    assert heard == [LINK]


def test_nothing_is_said_to_another_users_socket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as theirs:
        theirs.bind(str(folder / "door"))
        theirs.listen()
        theirs.setblocking(False)
        owner = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: owner + 1)
        assert not hand_over(folder, LINK)
        with pytest.raises(BlockingIOError):
            theirs.accept()


def test_a_link_in_the_sockets_place_is_not_followed(folder: Path, tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as elsewhere:
        elsewhere.bind(str(tmp_path / "other"))
        elsewhere.listen()
        elsewhere.setblocking(False)
        (folder / "door").symlink_to(tmp_path / "other")
        assert not hand_over(folder, LINK)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_a_first_start_that_was_killed_is_in_nobodys_way(folder: Path, heard: list[str], qtbot: QtBot) -> None:
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication; "
        "from desktop.runtime.door import Door; app = QCoreApplication([]); door = Door(Path(sys.argv[1]), bool); "
        "print(door.open(), flush=True); app.exec()"
    )
    first = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE)
    assert first.stdout is not None
    with first.stdout:
        assert first.stdout.readline() == b"True\n"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert (folder / "door").exists()
    assert not hand_over(folder, LINK)
    again = Door(folder, is_link)
    again.handed.connect(heard.append)
    assert again.open()
    second = second_start(folder, LINK)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert (second.returncode, heard) == (0, [LINK])
    again.close()


def test_a_first_start_that_hangs_is_not_waited_for(folder: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(str(folder / "door"))
        silent.listen()
        assert not hand_over(folder, LINK)


def test_one_of_two_starts_has_it_and_the_other_after_it(folder: Path, door: Door) -> None:
    other = Door(folder, is_link)
    assert not other.open()
    door.close()
    assert other.open()
    other.close()
    until(lambda: not (folder / "door").exists())


def test_a_folder_too_deep_for_a_socket_keeps_no_start_from_beginning(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    made = Door(deep, is_link)
    assert made.open()
    assert not hand_over(deep, LINK)
    made.close()
