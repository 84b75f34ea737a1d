"""What a window tells its parent: when something was painted, and what was not there before."""

import json
from time import perf_counter


def tell(fresh: list[str]) -> None:
    """One line of JSON on standard output."""
    print(json.dumps({"at": perf_counter(), "fresh": fresh}), flush=True)
