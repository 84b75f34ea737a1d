"""Runs seeds: `python -m tests.sync.simulate --start K --seeds N [--storm SECONDS] [--plant NAME] ...`."""

import argparse
import importlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import structlog

from syncserver.store.engine import make_engine
from tests.support.postgres import running_postgres
from tests.sync.simulate.run import STORM, Verdict, run_seed


def main() -> int:
    """The number of seeds that broke a promise, as the exit status."""
    options = _options()
    plant: Callable[[], Any] = nullcontext
    if options.plant:
        plant = importlib.import_module(f"tests.sync.simulate.plants.{options.plant}").plant
    broken = 0
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="simulate-postgres-") as data, running_postgres(Path(data)) as postgres:
        seed, end = options.start, options.start + options.seeds
        while seed < end:
            # A new database now and then: thousands of businesses in one would be another test.
            with postgres.fresh() as url:
                engine = make_engine(unhurried(url), pool_size=40)
                for one in range(seed, min(end, seed + 100)):
                    lane = {"overlap": options.overlap, "meeting": options.meeting}
                    verdict = run_seed(engine, one, plant=plant, storm=options.storm, **lane)
                    broken += _tell(verdict, trace=options.trace)
                engine.dispose()
            seed += 100
    print(f"{options.seeds} seeds from {options.start}: {broken} broke a promise")
    return min(broken, 100)


def unhurried(url: str) -> str:
    """The URL for connections whose commits do not wait for the disk."""
    # Nobody pulls this PostgreSQL's plug: what its disk does is not what is looked for.
    return f"{url}&options=-c%20synchronous_commit%3Doff"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulate", description=__doc__)
    parser.add_argument("--start", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--storm", type=float, default=STORM, help="how many simulated seconds of trouble")
    parser.add_argument("--plant", help="a bug on purpose, by its module in tests/sync/simulate/plants")
    parser.add_argument("--overlap", action="store_true", help="let transactions wait for one another")
    parser.add_argument("--meeting", action="store_true", help="let people change one and the same visit")
    parser.add_argument("--trace", action="store_true", help="write everything that happens")
    return parser.parse_args()


def _tell(verdict: Verdict, *, trace: bool) -> bool:
    if trace:
        print("\n".join(verdict.trace))
    said = verdict.broken or "holds"
    print(
        f"seed {verdict.seed}: {said} ({verdict.edits} edits, {verdict.steps} steps, {verdict.seconds:.0f} s, "
        f"{verdict.digest}) at {time.strftime('%H:%M:%S')}",
        flush=True,
    )
    return verdict.broken is not None


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of sets must not differ from one run of a seed to the next.
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.sync.simulate", *sys.argv[1:]])  # noqa: S606 ourselves
    raise SystemExit(main())
