"""Whatever hands at the front desk do, nothing is raised, the keyboard is somewhere, and the window stays whole."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions, format_captured_exceptions

from desktop.operations import appointments
from tests.desktop.presenters.conftest import Front, tomorrow
from tests.desktop.presenters.test_attention import lost
from tests.support.random_hands import RandomHands, nothing_outside
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA
from tests.support.windows import assert_kept

STEPS = 150


@pytest.fixture
def _outside() -> Iterator[None]:
    with nothing_outside():
        yield


def furnish(front: Front) -> None:
    """Visits of tomorrow and after it, and edits that need attention."""
    desk = front.work.link.desk
    for number in range(12):
        who = (ANA, BEN)[number % 2]
        start = tomorrow(9 + number // 2) + timedelta(days=number % 3)
        wish = appointments.book(
            location_id=LOCATION.id, start=start, segments=[appointments.wish(CUT.id, [who.id])], customer_id=MIRA.id
        )
        desk.edit(wish)
    desk.do(lambda replica: replica.apply_lines(patch(50, *lost(4))))
    desk.changes.tell({"appointment": frozenset(), "attention_item": frozenset()})


def run(front: Front, seed: int, steps: int) -> None:
    furnish(front)
    front.until(lambda: front.work.book.shown is not None)
    window = front.window

    def desk() -> Any:
        workplace = front.desktop._workplace
        return workplace.link.desk if workplace is not None else None

    hands = RandomHands(seed, window, desk, "his")
    with capture_exceptions() as raised:
        for number in range(steps):
            hands.act()
            told = "\n".join(["", f"seed {seed}, step {number}:", *hands.done[-25:]])
            assert not raised, format_captured_exceptions(raised) + told
            if window.isActiveWindow() and QApplication.activePopupWidget() is None:
                assert QApplication.focusWidget() is not None, told
    if (open_desk := desk()) is not None:
        assert open_desk.do(lambda replica: replica.database.rows("PRAGMA integrity_check")) == [("ok",)]
    assert_kept(window)


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize("seed", range(4))
def test_hands_do_no_harm(front: Front, seed: int) -> None:
    run(front, seed, STEPS)


@pytest.mark.long
@pytest.mark.usefixtures("_outside")
def test_unseen_hands_do_no_harm(front: Front, request: pytest.FixtureRequest) -> None:
    run(front, int(request.config.option.randomly_seed) % 2**31, 3000)
