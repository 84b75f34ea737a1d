"""The whole way once: sign in, register, first sync, book, and the other desk has it."""

from shared.model.member import Role
from tests.support.wire_desk import next_day
from tests.syncserver.conftest import DeskMaker


def test_a_booking_of_one_desk_arrives_at_the_other(desk: DeskMaker) -> None:
    mine, theirs = desk(), desk(Role.TENANT_STAFF)
    mine.pull()
    theirs.pull()
    booking = mine.booking(next_day())
    (outcome,) = mine.push(booking)
    assert (outcome["seq"], outcome["outcome"]) == (1, "applied")
    tail = theirs.pull()
    assert booking["args"]["appointment_id"] in theirs.rows["appointment"]
    assert len(theirs.rows["allocation"]) == 1
    assert tail["counts"] == {"appointment": 1, "allocation": 1}
    told = {"seq": 1, "id": booking["id"], "outcome": "applied", "version": tail["version"]}
    assert mine.pull()["outcomes"] == [told]
