"""Which boxes of a column reach into a span of heights, without a look at each."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from desktop.widgets.book.layout import PlacedBox


class Heights:
    """The boxes of one column in order of their tops, as `place` gives them."""

    def __init__(self, items: Sequence[PlacedBox]) -> None:
        self._items = items
        self._tops = [item.outer.top() for item in items]
        # How far down any box so far reaches: unlike the bottoms themselves it never falls, so it can be searched.
        self._reach = list(accumulate((item.outer.bottom() for item in items), max))

    def between(self, top: int, bottom: int) -> Sequence[PlacedBox]:
        """All boxes that touch these heights, both included, and perhaps some above that end before them."""
        return self._items[bisect_left(self._reach, top) : bisect_right(self._tops, bottom)]
