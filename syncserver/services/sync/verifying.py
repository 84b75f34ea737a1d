"""Whether a replica holds what the server does, and what it lacks, told by ranges of keys."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import structlog

from shared.errors import Code, Refusal
from shared.model.registry import ENTITIES
from shared.protocol import messages
from shared.protocol.codec import encode
from shared.protocol.messages import MAX_CHANGED, KeyRange, PullRange, RangeSum, UnequalRange, Verified, Verify
from syncserver.services.server import Principal, Server
from syncserver.services.sync.cursors import Place
from syncserver.services.sync.pull import Lines, Pull, rows_line
from syncserver.store import checksums, feeds
from syncserver.store.checksums import NOTHING, Summed

log = structlog.get_logger()

Changed = Mapping[str, Sequence[str]]
"""Ids of rows that changed since the replica's cursor, by table."""


class Verification(Pull):
    """One comparison, over the snapshot that a pull of the same cursor would be read from.

    Rows that changed since the cursor are left out of it: the replica does not know them yet, and gets them whole with
    its next pull. Left out of the replica's own sums too they leave the same rows on both sides, so that one answer
    settles every range, however much is written meanwhile.
    """

    reads_difference = False

    def __init__(self, server: Server, principal: Principal, wish: Verify) -> None:
        """Open the snapshot. Raises as `Pull` does, and Refusal(INVALID) for tables or ranges that are none."""
        super().__init__(server, principal, wish.replica, cursor=wish.cursor)
        self._wish = wish
        self._since = self._from.version if isinstance(self._from, Place) else 0
        try:
            for table, ranges in wish.tables.items():
                _require_table(table)
                _require_ascending(table, ranges)
        except BaseException:
            self.close()
            raise

    def answer(self) -> Verified:
        """What differs; the snapshot is given back."""
        try:
            return self._answer()
        finally:
            self.close()

    def _answer(self) -> Verified:
        held = [table for table in self._wish.tables if table in self._tables]
        keys = checksums.changed_keys(self._connection, held, self._since, MAX_CHANGED + 1)
        behind = len(keys) > MAX_CHANGED
        changed: dict[str, list[str]] = defaultdict(list)
        for table, key in keys:
            changed[table].append(key)
        ranges = () if behind else tuple(one for table in self._wish.tables for one in self._unequal(table, changed))
        self._report(ranges, changed=len(keys), behind=behind)
        return Verified(version=self._now.version, behind=behind, ranges=ranges)

    def _report(self, ranges: Sequence[UnequalRange], *, changed: int, behind: bool) -> None:
        wrong = sum(not one.changed for one in ranges)
        log.log(
            # The desk has done what it could: nothing will mend this by itself.
            logging.ERROR if wrong and self._wish.tried == "load" else logging.INFO,
            "verify.answered", tenant=self._principal.tenant.id, replica=self._replica, tried=self._wish.tried,
            asked=sum(map(len, self._wish.tables.values())), unequal=len(ranges), wrong=wrong, changed=changed,
            behind=behind,
        )  # fmt: skip

    def _unequal(self, table: str, changed: Changed) -> Iterator[UnequalRange]:
        theirs = self._wish.tables[table]
        cuts = [one.before for one in theirs if one.before is not None]
        ours = self._sums(table, cuts)
        for start, told, held in zip([None, *cuts], theirs, ours, strict=True):
            if (told.rows, told.sum) != (held.rows, held.sum):
                within = tuple(key for key in changed.get(table, ()) if _is_within(key, start, told.before))
                yield UnequalRange(
                    table=table, start=start, before=told.before, rows=held.rows, sum=held.sum, changed=within
                )  # fmt: skip

    def _sums(self, table: str, cuts: Sequence[str]) -> Sequence[Summed]:
        if table not in self._tables:
            # In this view nothing is in it: a row that a desk still has of it is taken away.
            return [NOTHING] * (len(cuts) + 1)
        return checksums.range_sums(self._connection, table, cuts, self._since)


class Repair(Pull):
    """A pull that brings some ranges whole besides, all of the same snapshot: the replica is never a mix of two."""

    reads_more = True

    def __init__(self, server: Server, principal: Principal, wish: messages.Repair) -> None:
        """Open the snapshot. Raises as `Pull` does, and Refusal(INVALID) for tables that are none."""
        super().__init__(server, principal, wish.replica, cursor=wish.cursor)
        self._ranges = wish.ranges
        try:
            for one in wish.ranges:
                _require_table(one.table)
        except BaseException:
            self.close()
            raise

    def lines(self) -> Lines:
        """The stream of the pull, with the ranges before its tail."""
        waiting: bytes | None = None
        for line in super().lines():
            if waiting is not None:
                yield waiting
            waiting = line
        for one in self._ranges:
            yield from self._whole(one)
        log.info("repair.answered", tenant=self._principal.tenant.id, replica=self._replica, ranges=len(self._ranges))
        if waiting is not None:
            yield waiting

    def _whole(self, one: KeyRange) -> Lines:
        yield encode(PullRange(kind="range", table=one.table, start=one.start, before=one.before)) + b"\n"
        if one.table not in self._tables:
            return
        for page in feeds.rows_between(self._connection, one.table, one.start, one.before):
            yield rows_line(one.table, page)


def _is_within(key: str, start: str | None, before: str | None) -> bool:
    return (start is None or start <= key) and (before is None or key < before)


def _require_table(table: str) -> None:
    if table not in ENTITIES:
        raise Refusal(Code.INVALID, what="field", field="table", why="no replica has such a table")


def _require_ascending(table: str, ranges: Sequence[RangeSum]) -> None:
    ends = [one.before for one in ranges]
    if ends[-1] is not None or None in ends[:-1]:
        raise Refusal(Code.INVALID, what="field", field=f"tables.{table}", why="the last range alone has no end")
    cuts = [one for one in ends if one is not None]
    if any(first >= second for first, second in pairwise(cuts)):
        raise Refusal(Code.INVALID, what="field", field=f"tables.{table}", why="the ranges do not ascend")
