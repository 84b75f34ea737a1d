"""A settling is taken back with all that it decided again: two real replicas, a real server."""

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.clock import parse_instant
from shared.ids import new_id
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem
from shared.mutations.attention import seen_of
from tests.support.moving_clock import moved
from tests.support.replica_desk import ReplicaDesk
from tests.sync.test_matrix import Pair, begin
from tests.sync.test_matrix import pair as pair

SLIPS: Final[dict[str, dict[str, Any]]] = {"appointment.arrive": {}, "appointment.cancel": {"reason": "a slip"}}


def waiting_about(desk: ReplicaDesk, row_id: str) -> list[str]:
    """The items about a row that wait for a person."""
    return [key for key, row in desk.rows()["attention_item"].items() if row_id in str(row) and "open" in row]


@pytest.mark.parametrize("slip", SLIPS)
def test_of_a_booking_that_had_a_step_taken_back_before_it_was_refused(pair: Pair, slip: str) -> None:
    case, visit = begin(pair), new_id()
    wanted = case.after(0)
    # Away, at an hour that is taken by then: a booking, a step by mistake, and the mistake taken back.
    pair.b.edit("appointment.cancel", case.was)
    pair.b.edit("appointment.book", case.booking(visit, wanted))
    pair.b.edit(slip, {"appointment_id": visit, "was": {"status": "booked", "start": wanted}, **SLIPS[slip]})
    pair.b.replica.undo()
    pair.a.edit("appointment.reschedule", case.was | {"start": case.after(1)})
    pair.a.edit("appointment.book", case.booking(new_id(), wanted))
    pair.a.push()
    pair.drain()
    (item,) = waiting_about(pair.a, visit)
    reads = pair.a.replica.tx()
    refused = reads.find(AttentionItem, item)
    assert refused is not None
    seen = seen_of(reads, refused)
    pair.a.edit("attention.resolve", {"item_id": item, "choice": "move", "start": case.after(4), "seen": seen})
    pair.drain()
    made = pair.b.replica.tx().find(Appointment, visit)
    assert made is not None
    assert (made.status, made.starts_at) == (Status.BOOKED, parse_instant(case.after(4)))
    with moved(timedelta(minutes=1)):
        turned = pair.a.replica.undo()
        assert turned is not None
        assert turned.refusals == ()
        pair.drain()
        pair.require_agreement()
        gone = pair.b.replica.tx().find(Appointment, visit)
        assert gone is None or gone.status is Status.CANCELLED
        assert waiting_about(pair.b, visit) == [item]
    with moved(timedelta(minutes=2)):
        turned = pair.a.replica.redo()
        assert turned is not None
        assert turned.refusals == ()
        pair.drain()
        pair.require_agreement()
        again = pair.b.replica.tx().find(Appointment, visit)
        assert again is not None
        assert (again.status, again.starts_at) == (Status.BOOKED, parse_instant(case.after(4)))
        assert waiting_about(pair.b, visit) == []
