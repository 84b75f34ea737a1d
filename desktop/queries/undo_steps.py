"""What the person at the desk can take back and do again, in the words of the menu."""

from typing import Final

from desktop.store.replica import Replica
from desktop.store.undo import Step
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import value
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Service
from shared.store import Reads

_NAMED: Final[tuple[type[Customer | Resource | Service | Location | Business], ...]] = (
    Customer, Resource, Service, Location, Business
)  # fmt: skip
_A_FEW: Final = 2
"""Edits of which the last one names the step: a customer is added and booked for. More are told by their number."""


@value
class NamedStep:
    """One step: its number, and what it is called, such as `booking of Ida Brandt`."""

    number: int
    words: str


@value
class UndoSteps:
    """What undo takes back and what redo does again; None where there is nothing."""

    undo: NamedStep | None
    redo: NamedStep | None


def undo_steps(replica: Replica) -> UndoSteps:
    """The steps that the keys for undo and redo mean now."""
    stack, reads = replica.undo_stack(), replica.tx()
    return UndoSteps(undo=_named(reads, stack.done()), redo=_named(reads, stack.undone()))


def step_words(reads: Reads, step: Step) -> str:
    """What a step is called."""
    label = step.label or "change"
    if step.count > _A_FEW:
        return f"{label} of {step.count:,} entries"
    about = _about(reads, step.subject)
    return f"{label} of {about}" if about else label


def _named(reads: Reads, step: Step | None) -> NamedStep | None:
    return None if step is None else NamedStep(number=step.number, words=step_words(reads, step))


def _about(reads: Reads, subject: str) -> str:
    if (visit := reads.find(Appointment, subject)) is not None:
        return _visitor(reads, visit)
    if (item := reads.find(AttentionItem, subject)) is not None:
        return _wished(reads, item)
    if (block := reads.find(TimeBlock, subject)) is not None:
        return _name(reads, block.resource_id)
    if (series := reads.find(Series, subject)) is not None:
        return _name(reads, series.customer_id or "") or _name(reads, series.location_id)
    return _name(reads, subject)


def _visitor(reads: Reads, visit: Appointment) -> str:
    named = _name(reads, visit.customer_id or "")
    return named or visit.service_names


def _wished(reads: Reads, item: AttentionItem) -> str:
    visit = reads.find(Appointment, item.subject_id)
    return _name(reads, str(item.args.get("customer_id") or "")) or (_visitor(reads, visit) if visit else "")


def _name(reads: Reads, row_id: str) -> str:
    return next((found.name for kind in _NAMED if (found := reads.find(kind, row_id)) is not None), "")
