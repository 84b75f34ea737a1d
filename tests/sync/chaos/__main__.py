"""`python -m tests.sync.chaos --start K --seeds N [--plant NAME]`: run seeds, say what happened and what broke."""

import argparse
import time
import traceback
from collections import Counter

from tests.support.fault_proxy import WireFault
from tests.sync.chaos.run import Verdict, campaign
from tests.sync.chaos.schedule import Strike


def main() -> int:
    """The number of seeds that broke a promise, as the exit status."""
    options = _options()
    met: Counter[str] = Counter()
    broken: list[int] = []
    seeds = range(options.start, options.start + options.seeds)
    began = time.monotonic()
    for seed, verdict in campaign(seeds, per_server=options.runs_per_server, plant=options.plant):
        if isinstance(verdict, Verdict):
            met.update(verdict.met)
            _tell(verdict)
        else:
            broken.append(seed)
            print(f"seed {seed}: BROKEN", *traceback.format_exception(verdict), sep="\n", flush=True)
            print(f"again: python -m tests.sync.chaos --start {seed} --seeds 1", flush=True)
    for kind in (*WireFault, *Strike):
        print(f"{met[str(kind)]:6} times {kind}")
    print(f"{options.seeds} seeds from {options.start} in {time.monotonic() - began:.0f} s; broken: {broken or 'none'}")
    return min(len(broken), 100)


def _tell(verdict: Verdict) -> None:
    print(
        f"seed {verdict.seed}: holds ({verdict.workers} workers, {verdict.edits} edits, {verdict.refused} refused, "
        f"{verdict.failed} not saved; {verdict.storm:.1f} s of trouble, drained {verdict.calm:.1f} s after it; "
        f"at most {verdict.busiest} requests in a second)",
        flush=True,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.chaos", description=__doc__)
    parser.add_argument("--start", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=10, help="how many")
    parser.add_argument("--runs-per-server", type=int, default=25, help="how many on one server")
    parser.add_argument("--plant", help="a bug of the desks on purpose, by its module in tests/sync/simulate/plants")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
