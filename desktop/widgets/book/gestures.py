"""What a drag or its keyboard twin means: the span that a grip and a place make. Pure: no events, no painting."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

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


def dragged(grip: Grip, scene: Scene, resource_id: str, instant: datetime) -> Ghost:
    """The ghost for a drag that has come from its grip to an instant in a column."""
    if grip.box is None:
        return _drawn(grip, scene, instant)
    held = Ghost(
        kind=grip.kind, resource_id=grip.box.resource_id, starts=grip.box.starts, ends=grip.box.ends, box=grip.box
    )
    if grip.kind is Kind.MOVE:
        starts = scene.axis.rounded(grip.box.starts + (instant - grip.anchor), scene.day.slot_step)
        return _moved(held, scene, _alike(scene, grip.box.resource_id, resource_id), starts)
    return _resized(held, scene, scene.axis.rounded(instant, scene.day.slot_step))


def taken(box: BookBox, kind: Kind) -> Ghost:
    """The ghost of a box that was taken with the keyboard."""
    return Ghost(kind=kind, resource_id=box.resource_id, starts=box.starts, ends=box.ends, box=box)


def nudged(ghost: Ghost, scene: Scene, *, steps: int = 0, columns: int = 0, resize: bool = False) -> Ghost:
    """The ghost moved by slots and columns, or with its end moved by slots."""
    shift = timedelta(minutes=steps * scene.day.slot_step)
    if resize:
        return _resized(ghost, scene, ghost.ends + shift)
    return _moved(ghost, scene, _neighbour(scene, ghost.resource_id, columns), ghost.starts + shift)


def _drawn(grip: Grip, scene: Scene, instant: datetime) -> Ghost:
    step = timedelta(minutes=scene.day.slot_step)
    here = scene.axis.floored(min(instant, scene.axis.end - timedelta(seconds=1)), scene.day.slot_step)
    starts, last = min(grip.anchor, here), max(grip.anchor, here)
    return Ghost(kind=Kind.NEW, resource_id=grip.resource_id, starts=starts, ends=scene.axis.clamped(last + step))


def _moved(ghost: Ghost, scene: Scene, resource_id: str, starts: datetime) -> Ghost:
    length = ghost.ends - ghost.starts
    starts = max(scene.axis.start, min(starts, scene.axis.end - length))
    return replace(ghost, resource_id=resource_id, starts=starts, ends=starts + length)


def _resized(ghost: Ghost, scene: Scene, edge: datetime) -> Ghost:
    step = timedelta(minutes=scene.day.slot_step)
    if ghost.kind is Kind.START:
        return replace(ghost, starts=max(scene.axis.start, min(edge, ghost.ends - step)))
    return replace(ghost, ends=min(scene.axis.end, max(edge, ghost.starts + step)))


def _alike(scene: Scene, held: str, wanted: str) -> str:
    # A room cannot stand in for a person: over a column of another kind the ghost stays where it was taken.
    mine, other = scene.column(held), scene.column(wanted)
    return wanted if mine and other and mine.kind == other.kind else held


def _neighbour(scene: Scene, resource_id: str, columns: int) -> str:
    mine = scene.column(resource_id)
    alike = [column.resource_id for column in scene.day.columns if mine and column.kind == mine.kind]
    if not columns or resource_id not in alike:
        return resource_id
    return alike[min(len(alike) - 1, max(0, alike.index(resource_id) + columns))]
