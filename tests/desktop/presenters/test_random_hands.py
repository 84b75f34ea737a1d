"""Whatever hands at the front desk do, nothing is raised, the keyboard is somewhere, and the window stays whole.

`HANDS=1000:50:400` tries the fifty seeds from 1,000 on, 400 deeds each, in place of the few of every run.
"""

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from desktop.operations import appointments
from shared.model.member import Role
from tests.desktop.presenters.conftest import Front, fronted, tomorrow
from tests.desktop.presenters.test_attention import lost
from tests.support.random_hands import RandomHands, nothing_outside
from tests.support.replicas import patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MIRA
from tests.support.windows import assert_kept

FIRST, COUNT, STEPS = (int(one) for one in os.environ.get("HANDS", "0:4:150").split(":"))


ROLES = (Role.TENANT_STAFF, Role.TENANT_OWNER)


@contextmanager
def at_the_desk(folder: Path, qtbot: QtBot, seed: int) -> Iterator[Front]:
    with nothing_outside(), fronted(folder, qtbot, ROLES[seed % len(ROLES)]) as front:
        yield front


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
            assert not raised, "".join(traceback.format_exception(raised[0][1])) + told
            if window.isActiveWindow() and QApplication.activePopupWidget() is None:
                assert QApplication.focusWidget() is not None, told
    if (open_desk := desk()) is not None:
        assert open_desk.do(lambda replica: replica.database.rows("PRAGMA integrity_check")) == [("ok",)]
    assert_kept(window)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_hands_do_no_harm(seed: int, tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> None:
    with at_the_desk(tmp_path, qtbot, seed) as front:
        run(front, seed, STEPS)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(20))
def test_unseen_hands_do_no_harm(
    number: int, tmp_path: Path, qapp: QApplication, qtbot: QtBot, request: pytest.FixtureRequest
) -> None:
    seed = int(request.config.getoption("randomly_seed", 0)) % 2**31 + number
    with at_the_desk(tmp_path, qtbot, seed) as front:
        run(front, seed, 1000)
