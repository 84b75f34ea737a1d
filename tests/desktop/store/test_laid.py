"""Thousands of edits may wait: what a rule asks of the rows that they have laid is no more work for it."""

from contextlib import closing
from datetime import timedelta

from desktop.store.replica import Replica
from desktop.store.tx import ReplicaTx
from shared.model.appointment import Allocation
from shared.model.base import AllocationId, AppointmentId, Span
from shared.store import Changes
from tests.support.effort import calls_of
from tests.support.salon import ANA, BEN, TEN, made_id

DAY = timedelta(days=1)


def held(number: int) -> Allocation:
    """Half an hour of Ana, each on a day of its own."""
    starts = TEN + number * DAY
    return Allocation(
        id=AllocationId(made_id(f"held {number}")), appointment_id=AppointmentId(made_id(f"visit {number}")),
        resource_id=ANA.id, starts_at=starts, ends_at=starts + timedelta(minutes=30),
    )  # fmt: skip


def test_who_is_free_is_asked_of_one_day_however_many_are_laid() -> None:
    with closing(Replica(None, bytes(32))) as replica:
        tx, asked = ReplicaTx(replica.database), Span(TEN, TEN + timedelta(hours=1))
        tx.apply(Changes(put=(held(0),)))
        few = calls_of(lambda: tx.overlapping((ANA.id, BEN.id), asked))
        tx.apply(Changes(put=tuple(held(number) for number in range(-200, 3000))))
        assert tx.overlapping((ANA.id, BEN.id), asked) == [held(0)]
        assert calls_of(lambda: tx.overlapping((ANA.id, BEN.id), asked)) <= few + 20


def test_what_is_laid_elsewhere_is_found_there_alone() -> None:
    with closing(Replica(None, bytes(32))) as replica:
        tx = ReplicaTx(replica.database)
        tx.apply(Changes(put=(held(0), held(1))))
        moved = Allocation(
            id=held(0).id, appointment_id=held(0).appointment_id, resource_id=BEN.id, starts_at=TEN + DAY,
            ends_at=TEN + DAY + timedelta(minutes=30),
        )  # fmt: skip
        tx.apply(Changes(put=(moved,), removed=((Allocation, held(1).id),)))
        assert tx.overlapping((ANA.id,), Span(TEN - DAY, TEN + 5 * DAY)) == []
        assert tx.overlapping((BEN.id,), Span(TEN - DAY, TEN + 5 * DAY)) == [moved]
