"""Another room than the desk had found: said once, quietly."""

from typing import Any

from desktop.operations import appointments
from desktop.store.replica import Replica
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA


def booked(place: Place) -> str:
    """A visit that waits to be sent."""
    wish = appointments.book(
        location_id=LOCATION.id, start=tomorrow(10), customer_id=MIRA.id,
        segments=[appointments.wish(CUT.id, [ANA.id])],
    )  # fmt: skip
    made = place.desk.edit(wish).subject
    place.until(lambda: place.work.book.booking(made) is not None)
    return made


def adjusted(replica: Replica) -> None:
    """The server's word on all that waits: it was taken with Ben in place of Ana."""
    seq, edit = replica.outbox.numbers(10**6)[-1]
    *lines, tail = patch(3, last_seq=seq)
    told: dict[str, Any] = {"exchanged": [ANA.id], "taken": [BEN.id]}
    outcome = {"seq": seq, "id": edit, "outcome": "adjusted", "adjusted": told}
    replica.apply_lines(iter([*lines, {**tail, "outcomes": [outcome]}]))


def test_what_was_exchanged_is_said_once_and_opens_no_window(place: Place) -> None:
    made = booked(place)
    # What the server has in its rows came with the same pull; here the row of the desk stands for it.
    kept = place.desk.do(lambda replica: replica.database.row("SELECT * FROM appointment WHERE id = ?", (made,)))
    assert kept is not None
    place.desk.do(adjusted)
    place.desk.do(
        lambda replica: replica.database.run(f"INSERT INTO appointment VALUES ({', '.join('?' * len(kept))})", kept)
    )
    place.work.exchanged._changed(frozenset({"appointment"}))
    place.until(lambda: "Ben in place of Ana" in place.said)
    assert place.said.startswith("Mira Holm, ")
    place.window.toast.dismiss()
    place.work.exchanged._changed(frozenset({"appointment"}))
    place.qtbot.wait(100)
    assert place.said == ""
