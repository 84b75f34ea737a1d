"""What a drag or its keyboard twin means: the span that a grip and a place make. Pure: no events, no painting."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from PySide6.QtCore import QPoint

from desktop.widgets.book.axis import DayAxis
from desktop.widgets.book.scene import Scene
from desktop.widgets.book_rows import BookBox


class Kind(Enum):
    """What is being done."""

    NEW = "new"
    MOVE = "move"
    START = "start"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ghost:
    """The span that would result if the gesture ended now; `box` is None while a new booking is drawn."""

    kind: Kind
    resource_id: str
    starts: datetime
    ends: datetime
    box: BookBox | None = None

    @property
    def appointment_id(self) -> str | None:
        return self.box.appointment_id if self.box else None

    @property
    def changed(self) -> bool:
        """Whether anything would be different from what is booked."""
        box = self.box
        return box is None or (box.resource_id, box.starts, box.ends) != (self.resource_id, self.starts, self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """Where a drag began: on an empty place (no box) or on a box or its edge, at the instant under the pointer."""

    kind: Kind
    resource_id: str
    anchor: datetime
    box: BookBox | None = None


def dragged(grip: Grip, scene: Scene, point: QPoint) -> Ghost:
    """The ghost for a drag that has come from its grip to a point of the content."""
    held_in = scene.number(grip.resource_id, grip.anchor) or 0
    axis = scene.axes[held_in]
    if grip.box is None:
        return _drawn(grip, scene, axis, axis.at(point.y()))
    held = Ghost(
        kind=grip.kind, resource_id=grip.box.resource_id, starts=grip.box.starts, ends=grip.box.ends, box=grip.box
    )
    if grip.kind is Kind.MOVE:
        over = _alike(scene, held_in, scene.nearest_column(point.x()))
        axis, step = scene.axes[over], scene.day.slot_step
        starts = axis.rounded(grip.box.starts + (axis.at(point.y()) - grip.anchor), step)
        starts = max(axis.start, min(starts, axis.end - timedelta(minutes=step)))
        return _moved(held, scene, scene.day.columns[over].resource_id, starts)
    return _resized(held, scene, axis.rounded(axis.at(point.y()), scene.day.slot_step))


def taken(box: BookBox, kind: Kind) -> Ghost:
    """The ghost of a box that was taken with the keyboard."""
    return Ghost(kind=kind, resource_id=box.resource_id, starts=box.starts, ends=box.ends, box=box)


def asked_for(ghost: Ghost, kind: Kind) -> Ghost:
    """The ghost of a box that is taken again before its rows have come to where a ghost was let go."""
    box = replace(ghost.box, resource_id=ghost.resource_id, starts=ghost.starts, ends=ghost.ends) if ghost.box else None
    return replace(ghost, kind=kind, box=box)


def carried(box: BookBox, sent: Ghost, row: BookBox) -> BookBox:
    """Another box of a visit, as it will stand once the one whose row is `row` has come to where it was sent."""
    starts, ends = sent.starts - row.starts, sent.ends - row.ends
    longer = ends if box.segments[-1] >= row.segments[-1] else starts
    return replace(box, starts=box.starts + starts, ends=box.ends + longer)


def nudged(ghost: Ghost, scene: Scene, *, steps: int = 0, columns: int = 0, resize: bool = False) -> Ghost:
    """The ghost moved by slots and columns, or with its end moved by slots."""
    shift = timedelta(minutes=steps * scene.day.slot_step)
    if resize:
        return _resized(ghost, scene, ghost.ends + shift)
    number = scene.number(ghost.resource_id, ghost.starts) or 0
    there = _neighbour(scene, number, columns)
    starts = ghost.starts if there == number else scene.beside(number, there, ghost.starts)
    return _moved(ghost, scene, scene.day.columns[there].resource_id, starts + shift)


def _drawn(grip: Grip, scene: Scene, axis: DayAxis, instant: datetime) -> Ghost:
    step = timedelta(minutes=scene.day.slot_step)
    here = axis.floored(min(instant, axis.end - timedelta(seconds=1)), scene.day.slot_step)
    starts, last = min(grip.anchor, here), max(grip.anchor, here)
    return Ghost(kind=Kind.NEW, resource_id=grip.resource_id, starts=starts, ends=axis.clamped(last + step))


def _moved(ghost: Ghost, scene: Scene, resource_id: str, starts: datetime) -> Ghost:
    length = ghost.ends - ghost.starts
    starts = max(scene.start, min(starts, scene.end - length))
    return replace(ghost, resource_id=resource_id, starts=starts, ends=starts + length)


def _resized(ghost: Ghost, scene: Scene, edge: datetime) -> Ghost:
    step = timedelta(minutes=scene.day.slot_step)
    if ghost.kind is Kind.START:
        return replace(ghost, starts=max(scene.start, min(edge, ghost.ends - step)))
    return replace(ghost, ends=min(scene.end, max(edge, ghost.starts + step)))


def _alike(scene: Scene, held: int, wanted: int) -> int:
    # A room cannot stand in for a person: over a column of another kind the ghost stays where it was taken.
    return wanted if scene.day.columns[held].kind == scene.day.columns[wanted].kind else held


def _neighbour(scene: Scene, number: int, columns: int) -> int:
    alike = [other for other in range(len(scene.day.columns)) if _alike(scene, number, other) == other]
    return alike[min(len(alike) - 1, max(0, alike.index(number) + columns))]
