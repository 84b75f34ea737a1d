"""Stretches of time as whole seconds: sums and cuts of a month of a whole house stay fast, and exact."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from shared.model.base import Span

Stretch = tuple[int, int]
"""A half-open span, as seconds since 1970-01-01T00:00Z."""

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE


def second_of(instant: datetime) -> int:
    """An aware instant in whole seconds as seconds since 1970."""
    return int(instant.timestamp())


def stretch_of(span: Span) -> Stretch:
    """A span in seconds."""
    return second_of(span.start), second_of(span.end)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same in order, those that touch or overlap made one."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def common(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both; each side in order and free of overlaps."""
    found: list[Stretch] = []
    one = other = 0
    while one < len(left) and other < len(right):
        start, end = max(left[one][0], right[other][0]), min(left[one][1], right[other][1])
        if start < end:
            found.append((start, end))
        if left[one][1] <= right[other][1]:
            one += 1
        else:
            other += 1
    return found


def without(stretches: Sequence[Stretch], taken: Sequence[Stretch]) -> list[Stretch]:
    """What lies outside of `taken`; each side in order and free of overlaps."""
    if not stretches:
        return []
    edges = [stretches[0][0], *(edge for one in taken for edge in one), stretches[-1][1]]
    gaps = [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
    return common(stretches, gaps)
