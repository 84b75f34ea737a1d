"""A replica compared with the server by sums over ranges of keys, beside reading the rows themselves."""

from tests.bench.desk import desk
from tests.bench.figures import Figure, figure
from tests.bench.stage import Stage


def measure(stage: Stage) -> list[Figure]:
    """What the question costs the desk, the server and the line."""
    appointments = 1000 if stage.quick else 100_000
    with desk(stage.new_folder(), stage.server, stage.book(appointments)) as one:
        one.ask("first_sync")
        one.ask("close")
        one.ask("reopen")
        told = [one.ask("compare") for _ in range(2 if stage.quick else 5)]

    def each(name: str, *, times: float = 1000.0) -> list[float]:
        return [run[name] * times for run in told]

    what = f"{told[0]['rows']:,} rows compared"
    read, pulled = figure("", "ms", each("read")).value, figure("", "ms", each("pull")).value
    return [
        figure(f"{what}, the desk's sums", "ms", each("sums"), limit=read, limit_is="reading the rows", by_ratio=True,
               bar=3, goal=2),
        figure(f"{what}, the longest that an edit waits", "ms", each("slice"), bar=50, goal=20),
        figure(f"{what}, the server's answer", "ms", each("answer"), limit=pulled, limit_is="pulling the rows",
               by_ratio=True, bar=1, goal=0.5),
        figure(f"{what}, the question", "KiB", each("bytes", times=1 / 1024), limit=told[0]["book"] / 1024,
               limit_is="the rows as text", by_ratio=True, bar=0.01, goal=0.001),
    ]  # fmt: skip
