"""The private PostgreSQL lives as long as its owner, whatever ends that one, and touches nothing but its own."""

import os
import shutil
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from shared.clock import now
from shared.errors import StorageFault
from syncserver.settings import Settings
from syncserver.store import private_postgres
from syncserver.store.database import open_database
from syncserver.store.postgres_files import Place
from syncserver.store.private_postgres import PrivatePostgres, running_url
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
OWNER = textwrap.dedent(
    """
    import signal, sys
    from pathlib import Path
    from syncserver.store.private_postgres import PrivatePostgres

    def leave(number, frame):
        raise SystemExit

    signal.signal(signal.SIGTERM, leave)
    with PrivatePostgres(Path(sys.argv[1])) as url:
        print(url, flush=True)
        signal.pause()
    """
)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    if (folder / "postgres.json").exists():
        shutil.rmtree(Place.of(folder).cluster)


def own(data: Path) -> tuple[subprocess.Popen[str], str]:
    """A process that owns the folder's PostgreSQL, and the URL it printed."""
    command = [sys.executable, "-c", OWNER, str(data)]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdout is not None
    with owner.stdout as said:
        return owner, said.readline().strip()


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((Place.of(data).pgdata / "postmaster.pid").read_text().splitlines()[0]))


def has_ended(process: psutil.Process) -> bool:
    """Whether a process does nothing any more; in a container nobody may come to collect it."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def note(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes")]


def test_a_second_start_finds_what_the_first_one_kept(data: Path) -> None:
    with PrivatePostgres(data) as url:
        note(url, "kept")
    with PrivatePostgres(data) as url:
        assert notes(url) == ["kept"]


def test_what_a_killed_owner_left_behind_is_stopped_and_nothing_is_lost(data: Path) -> None:
    owner, url = own(data)
    note(url, "acknowledged")
    left = postmaster(data)
    owner.kill()
    owner.wait()
    assert not has_ended(left)
    with PrivatePostgres(data) as url:
        assert has_ended(left)
        assert notes(url) == ["acknowledged"]


def test_what_was_acknowledged_survives_the_death_of_postgresql_and_owner(data: Path) -> None:
    owner, url = own(data)
    note(url, "acknowledged")
    postmaster(data).kill()
    owner.kill()
    owner.wait()
    with PrivatePostgres(data) as url:
        assert notes(url) == ["acknowledged"]


def test_one_that_is_killed_is_started_again_at_the_same_address_and_nothing_is_lost(data: Path) -> None:
    with PrivatePostgres(data) as url:
        for number in range(2):
            note(url, f"acknowledged {number}")
            dead = postmaster(data)
            dead.kill()
            until(lambda: answers(url), within=30)
            assert postmaster(data).pid != dead.pid
        assert notes(url) == ["acknowledged 0", "acknowledged 1"]
        last = postmaster(data)
    assert has_ended(last)


def test_one_that_is_killed_in_a_long_path_is_started_again_at_the_same_address(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 25)
    with PrivatePostgres(data) as url:
        postmaster(data).kill()
        until(lambda: answers(url), within=30)
    shutil.rmtree(Place.of(data).cluster)


def test_one_that_was_killed_is_not_started_again_when_its_owner_ends(data: Path) -> None:
    with PrivatePostgres(data):
        postmaster(data).kill()
    assert not (Place.of(data).pgdata / "postmaster.pid").exists()


def test_who_ends_waits_for_no_start_that_takes_long(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after the death of one that has much to read again: its start is waited for, and then in vain."""
    starting, launch = threading.Event(), private_postgres._launch

    def lingering(place: Place, folder: Path) -> None:
        launch(place, folder)
        starting.set()
        until(lambda: not (place.pgdata / "postmaster.pid").exists(), within=60)
        raise StorageFault("it was stopped")

    with PrivatePostgres(data):
        monkeypatch.setattr(private_postgres, "_launch", lingering)
        postmaster(data).kill()
        assert starting.wait(30)
        last, began = postmaster(data), now()
    assert (now() - began).total_seconds() < 20
    assert has_ended(last)


def test_sigterm_to_the_owner_stops_it_within_ten_seconds_though_a_client_is_connected(data: Path) -> None:
    owner, url = own(data)
    server = postmaster(data)
    idle = psycopg.connect(url)
    idle.execute("SELECT 1")
    owner.terminate()
    owner.wait(timeout=10)
    idle.close()
    assert has_ended(server)
    assert not (Place.of(data).pgdata / "postmaster.pid").exists()


def test_ctrl_c_reaches_the_owner_alone(data: Path) -> None:
    owner, _ = own(data)
    assert os.getsid(postmaster(data).pid) != os.getsid(owner.pid)
    owner.terminate()
    owner.wait(timeout=10)


def test_a_second_owner_is_refused_and_leaves_the_first_at_work(data: Path) -> None:
    with PrivatePostgres(data) as url:
        note(url, "before")
        second = subprocess.run([sys.executable, "-c", OWNER, str(data)], capture_output=True, text=True, cwd=ROOT)
        assert f"Another server (process {os.getpid()}) is using this data folder" in second.stderr
        assert running_url(data) == url
        assert notes(url) == ["before"]
    assert running_url(data) is None


def test_who_serves_waits_for_a_command_to_end_and_has_one_of_its_own(data: Path) -> None:
    command = PrivatePostgres(data)
    command.start()
    opened, ended = threading.Event(), threading.Event()
    answers: list[object] = []

    def serve() -> None:
        with open_database(Settings(data=data), to_serve=True) as engine:
            opened.set()
            assert ended.wait(30)
            with engine.connect() as connection:
                answers.append(connection.execute(text("SELECT 1")).scalar())

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    assert not opened.wait(1), "it has borrowed what ends with the command"
    command.stop()
    assert opened.wait(30)
    ended.set()
    server.join(30)
    assert answers == [1]


def test_one_that_is_just_starting_has_no_address_yet(data: Path) -> None:
    with PrivatePostgres(data):
        told = Place.of(data).pgdata / "postmaster.pid"
        whole = told.read_text()
        told.write_text("\n".join([*whole.splitlines()[:4], "", ""]))
        assert running_url(data) is None
        told.write_text(whole)


def test_a_stale_pid_that_is_now_anothers_is_neither_stopped_nor_in_the_way(data: Path) -> None:
    with PrivatePostgres(data):
        lines = (Place.of(data).pgdata / "postmaster.pid").read_text().splitlines()
    stranger = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    (Place.of(data).pgdata / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
    with PrivatePostgres(data) as url:
        note(url, "started")
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_two_folders_run_side_by_side(tmp_path: Path) -> None:
    folders = (tmp_path / "a", tmp_path / "b")
    with PrivatePostgres(folders[0]) as first, PrivatePostgres(folders[1]) as second:
        note(first, "first")
        note(second, "second")
        assert (notes(first), notes(second)) == (["first"], ["second"])
    for folder in folders:
        shutil.rmtree(Place.of(folder).cluster)


def test_no_mode_of_a_folder_that_was_there_changes(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    data.mkdir(mode=0o700)
    watched = [closed, data, tmp_path, *tmp_path.parents, Path(sys.prefix), Path(sys.prefix).parent]
    before = [stat.S_IMODE(folder.stat().st_mode) for folder in watched]
    with PrivatePostgres(data):
        pass
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in watched] == before
    shutil.rmtree(Place.of(data).cluster)


def test_nobody_else_reaches_it(data: Path) -> None:
    with PrivatePostgres(data) as url:
        server = postmaster(data)
        place = Place.of(data)
        assert [one for one in server.net_connections() if one.status == psutil.CONN_LISTEN] == []
        assert stat.S_IMODE(place.cluster.stat().st_mode) == 0o700
        assert server.username() == (place.user or psutil.Process().username())
        assert server.username() not in ("root", "postgres")
        with psycopg.connect(url) as connection:
            row = connection.execute(
                "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls, current_setting('fsync')"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    assert row == (False, False, True, False, False, "on")


def test_a_long_path_is_no_hindrance(tmp_path: Path) -> None:
    data = tmp_path / ("d" * 100) / ("e" * 100)
    with PrivatePostgres(data) as url:
        note(url, "far down")
    shutil.rmtree(Place.of(data).cluster)


def test_a_record_that_says_nothing_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "postgres.json").write_text("{}")
    with pytest.raises(StorageFault, match="does not say where the database is"):
        PrivatePostgres(tmp_path).start()


def test_a_fork_of_the_owner_does_not_stop_it(data: Path) -> None:
    server = PrivatePostgres(data)
    url = server.start()
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)
    note(url, "still there")
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="clusters are kept apart from their data folders for root alone")
def test_a_cluster_goes_with_its_temporary_folder_and_no_other(tmp_path: Path) -> None:
    gone, kept, new = (Place.of(tmp_path / name).cluster for name in ("gone", "kept", "new"))
    elsewhere = Place.of(tmp_path / "elsewhere").cluster
    (elsewhere / "data-folder").write_text("/mnt/not-mounted-today")
    shutil.rmtree(tmp_path / "gone")
    after = Place.of(tmp_path / "after").cluster
    assert [one.exists() for one in (gone, kept, new, elsewhere)] == [False, True, True, True]
    for cluster in (kept, new, elsewhere, after):
        shutil.rmtree(cluster)
