"""`python -m tests.bench.peers [NAME…] [--cache DIR] [--report FILE] [--quick]`: peers beside product and floor.

A peer that cannot be installed is told as such. Its environment stays in the cache, so that the next run needs no
registry; without `--cache` that is a folder of this run alone.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from syncserver.store.private_postgres import LOGIN, setup_url
from tests.bench.figures import markdown
from tests.bench.peers.accord import ACCORD
from tests.bench.peers.anki import ANKI
from tests.bench.peers.installed import NotInstalled
from tests.bench.peers.kinto import KINTO
from tests.bench.peers.ours import measured as ours_measured
from tests.bench.peers.peer import Kind
from tests.bench.peers.radicale import RADICALE
from tests.bench.peers.workloads import Told, run
from tests.bench.stage import Stage, stage

PEERS: Final = {"accord": ACCORD, "anki": ANKI, "kinto": KINTO, "radicale": RADICALE}
_HEADINGS: Final = (
    "peer", "W1 s", "W2 edits/s", "W3 ms", "W4 ms", "W5 batch", "W5 single", "refused", "server MiB",
    "on disk before the answer",
)  # fmt: skip


def main(argv: list[str]) -> int:
    """Measure the peers that are named, or all; 0 once every one of them is measured or said not to be here."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(PEERS)}; all without one")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="where peers are installed, outside the checkout")
    parser.add_argument("--report", type=Path, metavar="FILE", help="where the tables in Markdown go")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything runs")
    wish = parser.parse_args(argv)
    if unknown := set(wish.names) - PEERS.keys():
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    with (
        tempfile.TemporaryDirectory(prefix="smoothschedule-peers-") as folder,
        stage(Path(folder), quick=wish.quick) as ground,
    ):
        cache = (wish.cache or Path(folder) / "cache").resolve()
        kinds = [PEERS[name] for name in wish.names or PEERS]
        rows = [_row(kind, _measured(kind, cache, ground)) for kind in kinds]
        print("the product and the floor …", file=sys.stderr, flush=True)
        figures, ours = ours_measured(ground)
    report = "\n".join(
        [*_table([*ours, *rows]), "", *(f"- {kind.name}: {kind.terms}." for kind in kinds), "", markdown(figures)]
    )
    if wish.report:
        wish.report.write_text(report, encoding="utf-8")
    else:
        print(report)
    return 0


def _measured(kind: Kind, cache: Path, ground: Stage) -> Told | str:
    """What the peer has shown, or why it is not here."""
    print(f"{kind.name} …", file=sys.stderr, flush=True)
    folder = ground.new_folder()
    folder.mkdir()

    def database(name: str) -> str:
        with psycopg.connect(setup_url(ground.folder / "data"), autocommit=True) as setup:
            named = sql.Identifier(name)
            setup.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(named, sql.Identifier(LOGIN)))
        return ground.engine.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    try:
        with kind.serving(cache, folder, database) as peer:
            return run(kind, peer, folder, database=ground.database_processes, quick=ground.quick)
    except NotInstalled as reason:
        return f"not installed: {reason}"


def _row(kind: Kind, told: Told | str) -> Sequence[str]:
    if isinstance(told, str):
        return [kind.name, told, *[""] * (len(_HEADINGS) - 2)]
    return [
        kind.name,
        f"{told.first_sync:.3g} ({told.records:,} records)",
        f"{told.offline:,.0f}",
        f"{told.one_edit:.3g}",
        f"{told.other:.3g}",
        "–" if told.batch is None else f"{told.batch:,.0f}",
        f"{told.single:,.0f}",
        f"{told.refused}",
        f"{told.memory:,.0f}",
        str(told.synced),
    ]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in (_HEADINGS, ["---"] * len(_HEADINGS), *rows):
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
