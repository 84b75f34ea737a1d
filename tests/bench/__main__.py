"""`python -m tests.bench [NAME…] [--quick] [--json FILE] [--report FILE]`: measures, prints one table, writes it."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from shared import clock
from tests.bench import (
    busy_month,
    compared,
    customers_found,
    day_painted,
    first_sync,
    free_slots,
    growth,
    long_log,
    many_desks,
    numbers,
    offline_edits,
    one_edit,
    other_desk,
    quiet_desks,
    start_up,
)
from tests.bench.figures import Figure, markdown, table
from tests.bench.plot import plot
from tests.bench.shop_book import SEED
from tests.bench.stage import Stage, stage

MEASURES: Final[dict[str, Callable[[Stage], list[Figure]]]] = {
    "first_sync": first_sync.measure,
    "compared": compared.measure,
    "offline_edits": offline_edits.measure,
    "one_edit": one_edit.measure,
    "other_desk": other_desk.measure,
    "many_desks": many_desks.measure,
    "quiet_desks": quiet_desks.measure,
    "growth": growth.measure,
    "free_slots": free_slots.measure,
    "numbers": numbers.measure,
    "start_up": start_up.measure,
    "day_painted": day_painted.measure,
    "customers_found": customers_found.measure,
    "busy_month": busy_month.measure,
    "long_log": long_log.measure,
}


def main(argv: list[str]) -> int:
    """Measure what is named, or everything; 0 once it is measured, whatever the figures say."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(MEASURES)}; all without one")
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go; standard output without it")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="a table in Markdown, and beside it what has curves as SVG"
    )
    wish = parser.parse_args(argv)
    if unknown := set(wish.names) - MEASURES.keys():
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    # What services log that run in this process is neither table nor JSON.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="smoothschedule-bench-") as folder,
        stage(Path(folder), quick=wish.quick) as ground,
    ):
        for name in wish.names or MEASURES:
            print(f"{name} …", file=sys.stderr, flush=True)
            figures += MEASURES[name](ground)
    print(table(figures), file=sys.stdout if wish.json else sys.stderr)
    if wish.report:
        wish.report.write_text(markdown(figures), encoding="utf-8")
        wish.report.with_suffix(".svg").write_text(plot(figures), encoding="utf-8")
    text = json.dumps(_document(figures, quick=wish.quick), indent=1)
    if wish.json:
        wish.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0


def _document(figures: list[Figure], *, quick: bool) -> dict[str, object]:
    return {
        "at": clock.instant_text(clock.now()),
        "seed": SEED,
        "quick": quick,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]},
        "figures": [one.as_json() for one in figures],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
