"""The demo as a newcomer starts it: processes that begin, can be used, and are gone afterwards."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from desktop import demo as demonstration
from shared.model.member import Role
from syncserver.store.postgres_files import Place
from tests.architecture.source import ROOT
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(240)


@dataclass(slots=True)
class Demo:
    """The command of a newcomer over one data folder, started as often as wanted."""

    data: Path
    ready: Path
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self, *options: str, program: tuple[str, ...] = ("-m", "shared.command")) -> dict[str, Any]:
        """Start it; what its ready file says."""
        self.ready.unlink(missing_ok=True)
        command = [sys.executable, *program, "demo", "--data", str(self.data), "--ready-file", str(self.ready)]
        said = (self.data.parent / "said").open("w")
        with said:
            process = subprocess.Popen([*command, *options], cwd=ROOT, stdout=said, stderr=said, text=True)
        self.started.append(process)
        until(lambda: self.ready.exists() or process.poll() is not None, within=120)
        assert process.poll() is None, self.said
        told: dict[str, Any] = json.loads(self.ready.read_text())
        return told

    @property
    def said(self) -> str:
        """What it said on both streams."""
        return (self.data.parent / "said").read_text()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal; the exit status, and after how many seconds."""
        process, began = self.started[-1], time.monotonic()
        process.send_signal(number)
        return process.wait(timeout=30), time.monotonic() - began


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose `data` later tests find as earlier ones left it, as a second start does."""
    folder = tmp_path_factory.mktemp("kept")
    yield folder
    forget_cluster(folder / "data")


@pytest.fixture
def demo(kept: Path) -> Iterator[Demo]:
    yield from ending(Demo(data=kept / "data", ready=kept / "ready.json"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Demo]:
    yield from ending(Demo(data=tmp_path / "data", ready=tmp_path / "ready.json"))
    forget_cluster(tmp_path / "data")


def forget_cluster(data: Path) -> None:
    # As root the cluster is not in the data folder, which pytest clears by itself.
    if (data / "postgres.json").exists():
        shutil.rmtree(Place.of(data).cluster)


def ending(made: Demo) -> Iterator[Demo]:
    """The demo, and the end of whatever a test that failed has left of it."""
    yield made
    for process in made.started:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)


def of_the_demo(demo: Demo) -> dict[int, str]:
    """Every process that was started for this data folder, by its number: its first words."""
    cluster = json.loads((demo.data / "postgres.json").read_text()) if (demo.data / "postgres.json").exists() else {}
    places = [str(demo.data), *(str(value) for value in cluster.values())]
    found = {}
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        words = [*(process.info["cmdline"] or []), process.info["cwd"] or ""]
        if any(place in word for place in places for word in words):
            found[process.info["pid"]] = " ".join(words)
    return found


def windows(demo: Demo) -> list[int]:
    return sorted(pid for pid, words in of_the_demo(demo).items() if "--home" in words)


def server(demo: Demo) -> int:
    return next(pid for pid, words in of_the_demo(demo).items() if "server demo" in words)


def is_postgres_there(demo: Demo) -> bool:
    return any("postgres" in words and "shared.command" not in words for words in of_the_demo(demo).values())


def test_the_server_alone_stays_until_sigterm_and_a_second_start_goes_on(fresh: Demo) -> None:
    first = fresh.start("--no-desk", program=("packaging/dev.py",))
    assert first["pid"] == fresh.started[0].pid
    assert httpx2.get(f"{first['url']}/health").status_code == 200
    assert {one["role"] for one in first["accounts"]} == {role.value for role in Role}
    assert all(set(one) == {"email", "password", "role", "tenant", "totp_secret"} for one in first["accounts"])
    assert {one["tenant"] for one in first["accounts"]} == {"demo", "acme", None}
    for file in (fresh.data / "accounts.json", fresh.ready):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert is_postgres_there(fresh)
    status, took = fresh.end()
    assert (status, took < 10) == (0, True)
    assert of_the_demo(fresh) == {}
    again = fresh.start("--no-desk")
    assert (again["url"], again["accounts"]) == (first["url"], first["accounts"])
    assert fresh.end()[1] < 10
    assert of_the_demo(fresh) == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_windows_and_the_server(demo: Demo, number: int) -> None:
    told = demo.start()
    assert told["pid"] == demo.started[0].pid
    assert len(windows(demo)) == 2
    assert is_postgres_there(demo)
    staff = next(one for one in told["accounts"] if (one["tenant"], one["role"]) == ("demo", Role.TENANT_STAFF))
    assert f"password: {staff['password']}" in demo.said
    time.sleep(2)
    assert len(windows(demo)) == 2, demo.said
    status, took = demo.end(number)
    assert (status, took < 10) == (0, True)
    assert of_the_demo(demo) == {}


def test_nobody_else_reads_a_password_in_a_log(demo: Demo) -> None:
    told = demo.start()
    demo.end()
    passwords = [one["password"] for one in told["accounts"]]
    files = [file for file in demo.data.rglob("*") if file.is_file() and not file.is_symlink()]
    open_to_others = [file for file in files if file.stat().st_mode & 0o077]
    assert not [file for file in open_to_others if any(word in file.read_text("latin-1") for word in passwords)]


Killing = Callable[[Demo], object]


def both_windows(demo: Demo) -> None:
    for pid in windows(demo):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (both_windows, "No window stayed open."),
        (lambda demo: os.kill(server(demo), signal.SIGKILL), "The server ended by itself."),
    ],
    ids=["windows", "server"],
)
def test_nothing_is_left_where_something_dies(demo: Demo, what: Killing, said: str) -> None:
    demo.start()
    what(demo)
    assert demo.started[0].wait(timeout=30) == 1
    assert said in demo.said
    assert of_the_demo(demo) == {}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system tells the children on Linux alone")
def test_nothing_is_left_where_the_demo_itself_is_killed(demo: Demo) -> None:
    demo.start()
    assert len(windows(demo)) == 2
    demo.end(signal.SIGKILL)
    until(lambda: of_the_demo(demo) == {}, within=10)


def test_the_other_window_stays_where_one_dies(demo: Demo) -> None:
    demo.start()
    first, second = windows(demo)
    os.kill(first, signal.SIGKILL)
    until(lambda: "ended with status -9" in demo.said, within=10)
    assert windows(demo) == [second]
    assert demo.started[0].poll() is None


@pytest.mark.parametrize("options", [[], ["--no-desk"]])
def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    command = [sys.executable, "-m", "shared.command", "demo", "--data", str(file), *options]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (1, f"The demo cannot use {file}: File exists.\n")


def test_a_server_that_cannot_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demonstration, "_COMMAND", (sys.executable, "-c", "raise SystemExit('There is no room.')"))
    with pytest.raises(demonstration.CannotDemonstrate) as told:
        demonstration.run(tmp_path, None, say=print)
    assert str(told.value).splitlines() == [
        f"The server did not start. The end of {tmp_path / 'server.log'}:",
        "There is no room.",
    ]


def test_without_a_display_it_says_what_to_do(demo: Demo) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "shared.command", "demo", "--data", str(demo.data)]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "`--no-desk` starts the server alone" in told.stderr


def test_another_port_is_told_to_the_desks(fresh: Demo) -> None:
    first = fresh.start("--no-desk")
    fresh.end()
    port = int(first["url"].rsplit(":", 1)[1])
    home = fresh.data / "desk-a"
    home.mkdir()
    kept = {"server": first["url"], "tenant": "demo", "email": "o@demo.example", "replica": "r", "user_name": "O"}
    (home / "account.json").write_text(json.dumps(kept))
    with socket.create_server(("127.0.0.1", port)):
        second = fresh.start()
    assert second["url"] != first["url"]
    assert json.loads((home / "account.json").read_text())["server"] == second["url"]


def test_the_words_at_the_start_say_how_the_server_is_taken_away() -> None:
    accounts = [
        {"email": f"{role}@demo.example", "password": "a", "role": role, "tenant": demonstration.BUSINESS}
        for role in demonstration.DESKS.values()
    ]
    said = demonstration._what_to_do(accounts, 4711)
    assert "kill -STOP 4711" in said
    assert "kill -CONT 4711" in said
