"""Several processes write whole lines to one log, which begins anew at its size."""

import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

from syncserver.store.log_files import RotatingFile

ROOT = Path(__file__).parents[3]
WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from syncserver.store.log_files import RotatingFile

    file = RotatingFile(Path(sys.argv[1]), most=4000, kept=100)
    for number in range(500):
        file.add(f"{sys.argv[2]}-{number}-{'x' * 40}\\n".encode())
    """
)


def test_four_processes_lose_and_mix_nothing_while_it_rotates(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "security.log"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(log), str(one)], cwd=ROOT) for one in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    files = list(log.parent.glob("security.log*"))
    lines = Counter(line for file in files for line in file.read_text().splitlines())
    assert lines == Counter(f"{one}-{number}-{'x' * 40}" for one in range(4) for number in range(500))
    assert len(files) > 10
    assert all(file.stat().st_size <= 4000 for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_so_many_former_ones_are_kept(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log", most=8, kept=2)
    for number in range(6):
        file.add(f"line {number}\n".encode())
    kept = {one.name: one.read_text() for one in tmp_path.glob("a.log*")}
    assert kept == {"a.log": "line 5\n", "a.log.1": "line 4\n", "a.log.2": "line 3\n"}
