"""The promises of the design, held by real processes whose network, disks, clocks and lives are struck.

More seeds: `python -m tests.sync.chaos --start K --seeds N`.
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.fault_proxy import WireFault
from tests.sync.chaos.run import Verdict, campaign
from tests.sync.chaos.schedule import Strike, schedule
from tests.sync.chaos.server import OWN_FAULTS
from tests.sync.simulate.broken import Broken
from tests.sync.simulate.run import TOLD

ROOT = Path(__file__).parents[2]

MOST = 16
"""Seeds within which a planted bug must be found."""


def require_all(seeds: Sequence[int]) -> Counter[str]:
    """Run seeds; what happened in them, and how often."""
    met: Counter[str] = Counter()
    for seed, verdict in campaign(seeds, per_server=25):
        print(f"seed {seed}: {verdict}")
        if not isinstance(verdict, Verdict):
            raise AssertionError(f"python -m tests.sync.chaos --start {seed} --seeds 1") from verdict
        met.update(verdict.met)
    return met


@pytest.mark.timeout(300)
def test_every_promise_holds_whatever_is_struck() -> None:
    """Two processes serve; of these three seeds one kills PostgreSQL, one a process that serves."""
    require_all((19, 20, 27))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_promise_holds_in_seeds_that_nobody_has_seen() -> None:
    first = random.randrange(10**3, 10**6) * 240
    met = require_all(range(first, first + 100))
    assert {kind for kind in (*WireFault, *Strike) if not met[str(kind)]} == set()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("plant", ["cursor_before_rows", "outbox_cleared_on_reply", "seq_reused"])
def test_a_planted_bug_is_found(plant: str) -> None:
    said = (verdict for _, verdict in campaign(range(1, 1 + MOST), per_server=MOST, plant=plant))
    assert isinstance(next((one for one in said if isinstance(one, Exception)), None), Broken)


def test_each_event_that_is_looked_for_in_a_log_is_written_there() -> None:
    """What nobody logs any more would be looked for in vain, and everything would hold."""
    looked_for = {"syncserver": OWN_FAULTS, "desktop": TOLD}
    for package, events in looked_for.items():
        written = "".join(file.read_text(encoding="utf-8") for file in (ROOT / package).rglob("*.py"))
        assert [one for one in events if f'"{one}"' not in written] == []


def test_a_seed_is_the_same_again() -> None:
    assert schedule(5) == schedule(5)
    assert schedule(5) != schedule(6)
