"""A PostgreSQL of the server's own, for machines without one: started, watched over and stopped by its owner.

It listens on a socket in a private folder and on no port, keeps fsync on, and lives exactly as long as the process
that owns it: one that dies before is started again at the same address, and what an owner left behind when it was
killed is stopped at the next start.
"""

import atexit
import fcntl
import os
import shlex
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final
from urllib.parse import quote

import psutil
import psycopg
import structlog
from psycopg import sql

from shared import clock
from shared.errors import StorageFault
from syncserver.store.postgres_files import Place

log = structlog.get_logger()

LOGIN: Final = "smoothschedule"
DATABASE: Final = "smoothschedule"
_SETUP: Final = "smoothschedule_setup"
"""The superuser that prepares the cluster; the server never signs in as it."""
_PROMPT_STOP: Final = "8"
_TO_RECOVER: Final = "3600"
"""Seconds for which a start is waited for: after a power cut PostgreSQL reads each of its files. Its default is 60, and
who stops it then, in the midst of that, has it begin anew."""
_LOOK: Final = 0.5
_LONGEST_LOOK: Final = 30.0
"""Seconds between two looks whether it lives, twice as long after each start that failed."""
_INITDB: Final = (
    "--encoding=UTF8",
    "--locale=C",
    "--no-instructions",
    "--auth=reject",
    f"--username={_SETUP}",
    "--data-checksums",
)
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PrivatePostgres:
    """The PostgreSQL of one data folder. One owner at a time; several data folders run side by side."""

    def __init__(self, data: Path, *, programs: Path | None = None) -> None:
        """Nothing is started yet. `programs` is the folder of another PostgreSQL's programs than the wheel's."""
        self.data: Final = data
        self._programs: Final = programs
        self._place: Place | None = None
        self._lock: IO[str] | None = None
        self._owner = 0
        self._ending = threading.Event()
        self._watcher: threading.Thread | None = None

    def start(self, *, patience: float = 0.0) -> str:
        """Start it, making the cluster the first time, and return the URL of the server's login.

        Raises StorageFault if another process owns this data folder's PostgreSQL, and still does after so many seconds,
        or if it cannot start.
        """
        place = Place.of(self.data, self._programs)
        self._lock = _own(place, patience)
        self._place, self._owner = place, os.getpid()
        try:
            _stop_leftover(place)
            if not (place.pgdata / "PG_VERSION").exists():
                _make_cluster(place)
            folder = place.socket_folder()
            _launch(place, folder)
            atexit.register(self.stop)
            _prepare(folder)
            self._watch(place, folder)
        except BaseException:
            self.stop()
            raise
        return _url(folder, LOGIN, DATABASE)

    def stop(self) -> None:
        """Stop it; does nothing where it is not running, or in a child process of its owner."""
        place, self._place = self._place, None
        if place is None or self._lock is None or self._owner != os.getpid():
            return
        atexit.unregister(self.stop)
        self._watch_no_more(place)
        _stop_leftover(place)
        self._lock.close()
        self._lock = None

    def _watch(self, place: Place, folder: Path) -> None:
        self._ending.clear()
        # Kernel and administrators kill what takes memory; a server without its database would never serve again.
        self._watcher = threading.Thread(
            target=_keep_alive, args=(place, folder, self._ending), name="postgres", daemon=True
        )
        self._watcher.start()

    def _watch_no_more(self, place: Place) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            self._ending.set()
            watcher.join(_LOOK)
            while watcher.is_alive():
                # It is starting one, which may take an hour: that ends with what is being started.
                if _is_up(place):
                    with suppress(StorageFault):
                        _stop_server(place)
                watcher.join(_LOOK)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def running_url(data: Path) -> str | None:
    """The URL of the PostgreSQL that another live process runs for this data folder; None if none does."""
    if not (data / "postgres.json").exists():
        return None
    place = Place.of(data)
    try:
        _own(place).close()
    except StorageFault:
        lines = _pid_file(place)
        # One that is just starting has not said yet where it will listen.
        return _url(Path(lines[4]), LOGIN, DATABASE) if len(lines) > 4 and lines[4] else None
    return None


def setup_url(data: Path) -> str:
    """The URL of the superuser of a running private PostgreSQL: for tests that make databases, never for the server."""
    return _url(Path(_pid_file(Place.of(data))[4]), _SETUP, "postgres")


def _url(folder: Path, user: str, database: str) -> str:
    return f"postgresql://{user}@/{database}?host={quote(str(folder), safe='')}"


def _own(place: Place, patience: float = 0.0) -> IO[str]:
    """Take the cluster's lock, within so many seconds. The system drops it with the process, however that ends."""
    lock = (place.cluster / "owner.lock").open("a+")
    until = clock.monotonic() + patience
    while not _is_locked(lock):
        if clock.monotonic() >= until:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise StorageFault(f"Another server (process {owner}) is using this data folder.")
        time.sleep(_LOOK)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _is_locked(lock: IO[str]) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _make_cluster(place: Place) -> None:
    # A first start that was killed leaves half a cluster, which holds nothing yet.
    shutil.rmtree(place.cluster / "draft", ignore_errors=True)
    draft = place.cluster / "draft"
    place.run("initdb", f"--pgdata={draft}", *_INITDB)
    with (draft / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in _SETTINGS.items())
    (draft / "pg_hba.conf").write_text("local all all peer map=owner\n")
    (draft / "pg_ident.conf").write_text(
        "".join(f"owner {_quoted(user)} {role}\n" for user in _users(place) for role in (LOGIN, _SETUP))
    )
    draft.rename(place.pgdata)


def _users(place: Place) -> set[str]:
    """The system users that may sign in: who runs the server, and who runs PostgreSQL."""
    me = psutil.Process().username()
    return {me, place.user or me}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _launch(place: Place, folder: Path) -> None:
    options = f"-k {shlex.quote(str(folder))}"
    try:
        start = ("pg_ctl", "start", "-w", "-t", _TO_RECOVER, "-s")
        place.run(*start, "-D", str(place.pgdata), "-l", str(place.log), "-o", options)
    except StorageFault as failed:
        with place.log.open(errors="replace") as log:
            last = "".join(log.readlines()[-5:]).strip()
        raise StorageFault(f"The private PostgreSQL did not start: {last}") from failed


def _keep_alive(place: Place, folder: Path, ending: threading.Event) -> None:
    """Start it again whenever it is not there, until `ending` is set."""
    server, pause = _server(place), _LOOK
    while not ending.wait(pause):
        if _lives(server):
            continue
        log.error("postgres.died", pid=server and server.pid)
        try:
            _start_again(place, folder)
        except (StorageFault, OSError, psutil.Error) as failed:
            # It may be there all the same, and only take its time.
            server, pause = _server(place), min(_LONGEST_LOOK, 2 * pause)
            log.error("postgres.not_started", why=str(failed), again_in=pause)
        else:
            server, pause = _server(place), _LOOK
            log.warning("postgres.started_again", pid=server and server.pid)


def _server(place: Place) -> psutil.Process | None:
    lines = _pid_file(place)
    try:
        return psutil.Process(int(lines[0])) if lines else None
    except psutil.NoSuchProcess:
        return None


def _lives(server: psutil.Process | None) -> bool:
    try:
        # In a container nobody may come to collect the dead.
        return server is not None and server.is_running() and server.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _start_again(place: Place, folder: Path) -> None:
    """Start it where the dead one was: every client has that address."""
    _bury(place)
    for left in folder.glob(".s.PGSQL.*"):
        # Its lock names a process, and the number may be another's by now.
        left.unlink(missing_ok=True)
    _launch(place, folder)


def _bury(place: Place) -> None:
    """Clear what a dead server left, and what would keep the next one from starting."""
    _wait_for_orphans(place)
    # PostgreSQL would refuse to start while any process has the pid in this file.
    (place.pgdata / "postmaster.pid").unlink(missing_ok=True)


def _prepare(folder: Path) -> None:
    """Make the server's login and database where they are missing.

    The login is no superuser and inherits nothing: what it may do in a tenant's schema it gets by SET ROLE alone.
    """
    login, database = sql.Identifier(LOGIN), sql.Identifier(DATABASE)
    with psycopg.connect(_url(folder, _SETUP, "postgres"), autocommit=True) as setup:
        if not setup.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [LOGIN]).fetchone():
            setup.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOINHERIT CREATEROLE NOCREATEDB").format(login))
        if not setup.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            setup.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, login))
    with psycopg.connect(_url(folder, _SETUP, DATABASE), autocommit=True) as setup:
        close_to_others(setup, database=DATABASE, login=LOGIN)
        _keep_audit_trail(setup)


def _keep_audit_trail(setup: psycopg.Connection) -> None:
    """Let the login have no part in the role that the audit trail belongs to, unless that is still to be made.

    From 16 on that is for good: it may no more give itself what it has not. Before, whoever may make roles may.
    """
    names = {"keeper": sql.Identifier(f"{LOGIN}_audit"), "login": sql.Identifier(LOGIN)}
    if not setup.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"{LOGIN}_audit"]).fetchone():
        return
    if setup.execute("SELECT 1 WHERE to_regclass('public.audit_event') IS NOT NULL").fetchone():
        setup.execute(sql.SQL("REVOKE {keeper} FROM {login}").format(**names))
    else:
        # A database from before the trail, put back into this cluster.
        setup.execute(sql.SQL("GRANT {keeper} TO {login} WITH ADMIN OPTION").format(**names))


def close_to_others(setup: psycopg.Connection, *, database: str, login: str) -> None:
    """Let nobody but the server's login into a database and its public schema; `setup` is a superuser in it."""
    names = {"database": sql.Identifier(database), "login": sql.Identifier(login)}
    setup.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    setup.execute(sql.SQL("ALTER SCHEMA public OWNER TO {login}").format(**names))
    setup.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC").format(**names))


def _pid_file(place: Place) -> list[str]:
    """The lines of postmaster.pid: process, data directory, start, port, socket folder, …; none where it is missing."""
    try:
        return (place.pgdata / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _at_work(place: Place) -> list[psutil.Process]:
    """Every process of PostgreSQL on this cluster.

    A pid, and a start time told by a clock that may be set, are soon another's; where a process works is not.
    """
    found = psutil.process_iter(["name", "cwd"])
    return [one for one in found if one.info["cwd"] == str(place.pgdata) and one.info["name"].startswith("postgres")]


def _is_up(place: Place) -> bool:
    """Whether the server that the cluster's file names lives; its children outlive it for a moment."""
    return any(_pid_file(place)[:1] == [str(process.pid)] for process in _at_work(place))


def _stop_leftover(place: Place) -> None:
    """Stop the cluster's server if one runs, and clear what would keep the next one from starting. The lock is ours."""
    lines = _pid_file(place)
    if not lines:
        place.forget_socket_folder(place.cluster / "socket")
        return
    if _is_up(place):
        _stop_server(place)
    else:
        _bury(place)
    if len(lines) > 4:
        place.forget_socket_folder(Path(lines[4]))


def _wait_for_orphans(place: Place) -> None:
    """Let the children of a killed PostgreSQL end, as they do; a second server beside them would ruin the cluster."""
    for _ in range(100):
        if not _at_work(place):
            return
        time.sleep(0.1)
    raise StorageFault(f"Processes of an earlier PostgreSQL are still at work in {place.pgdata}.")


def _stop_server(place: Place) -> None:
    stop = ("stop", "-w", "-s", "-D", str(place.pgdata))
    try:
        place.run("pg_ctl", *stop, "-m", "fast", "-t", _PROMPT_STOP)
    except StorageFault:
        try:
            # Nothing acknowledged is lost: the next start reads the log.
            place.run("pg_ctl", *stop, "-m", "immediate")
        except StorageFault:
            if _is_up(place):
                raise
            # It was dying already, and ended between the look and the signal.
            _bury(place)
