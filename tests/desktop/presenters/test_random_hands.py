"""Whatever hands at the front desk do, nothing is raised, the keyboard is somewhere, and the window stays whole.

`HANDS=1000:50:400` tries the fifty seeds from 1,000 on, 400 deeds each. What each run does shows that they still reach
the desk; the long lane looks for what nobody has thought of, and how fast the desk answers then is a part of the seed.
"""

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from desktop.store.rebase import Rebase
from desktop.store.replica import Replica
from shared.model.member import Role
from shared.model.registry import ENTITIES
from tests.desktop.presenters.conftest import Front, fronted, tomorrow
from tests.support.furnished import furnish
from tests.support.nothing_outside import nothing_outside
from tests.support.random_hands import RandomHands
from tests.support.replicas import contents
from tests.support.windows import assert_kept

FIRST, COUNT, STEPS = (int(one) for one in os.environ.get("HANDS", "0:2:40").split(":"))


ROLES = (Role.TENANT_STAFF, Role.TENANT_OWNER, Role.TENANT_MANAGER)
PASSWORDS = {"Ana": "his", "Olga": "hers"}


@contextmanager
def at_the_desk(folder: Path, qtbot: QtBot, seed: int) -> Iterator[Front]:
    outside = folder / "outside"
    outside.mkdir()
    with nothing_outside(outside), fronted(folder, qtbot, ROLES[seed % len(ROLES)]) as front:
        yield front


def run(front: Front, seed: int, steps: int, caplog: pytest.LogCaptureFixture) -> None:
    furnish(front.work.link.desk, tomorrow(0))
    front.work.book.step(1)
    front.until(lambda: front.work.book.shown is not None)
    window = front.window

    def desk() -> Any:
        workplace = front.desktop._workplace
        return workplace.link.desk if workplace is not None else None

    hands = RandomHands(seed, window, desk, PASSWORDS)

    def told() -> str:
        where = window.page if window.is_working else type(window._pages.currentWidget()).__name__
        return "\n".join(["", f"seed {seed}, step {len(hands.done)}, at {where}:", *hands.done[-25:]])

    with capture_exceptions() as raised, caplog.at_level("ERROR", "desktop"):

        def look() -> None:
            assert not raised, "".join(traceback.format_exception(raised[0][1])) + told()
            assert "Something went wrong" not in window.toast.text(), told()
            assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [], told()

        for _ in range(steps):
            hands.act()
            look()
            over = QApplication.activeModalWidget() or window
            if over.isActiveWindow() and QApplication.activePopupWidget() is None:
                assert_keyboard_is_somewhere(told())
        leave_dialogs(told)
        look()
        if (open_desk := desk()) is not None:
            open_desk.do(assert_sound)
            open_desk.changes.tell({table: frozenset() for table in ENTITIES} | {"outbox": frozenset()})
            QTest.qWait(20)
            look()
    assert_kept(window)


def assert_keyboard_is_somewhere(told: str) -> None:
    at = QApplication.focusWidget()
    assert at is not None, told
    if not at.isVisible():
        # A field that was just made is shown a little later.
        QTest.qWait(20)
        at = QApplication.focusWidget()
        assert at is None or at.isVisible(), f"{at}{told}"


def leave_dialogs(told: Callable[[], str]) -> None:
    """Esc leads out of everything that stands over the window."""
    for _ in range(8):
        over = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if over is None:
            return
        focus = QApplication.focusWidget()
        QTest.keyClick(focus if focus is not None and focus.window() is over else over, Qt.Key.Key_Escape)
        # What is under way is perhaps not left before it is done.
        QTest.qWait(10)
    assert (QApplication.activePopupWidget() or QApplication.activeModalWidget()) is None, told()


def assert_sound(replica: Replica) -> None:
    """What waits can be sent and replays to the same; every step is taken back and done again; each row is read."""
    replica.outbox.look_through()
    before = contents(replica)
    with replica.database.transaction():
        Rebase(replica.database).replay()
    assert contents(replica) == before
    stack = replica.undo_stack()
    for turn, next_one in ((replica.undo, stack.done), (replica.redo, stack.undone)):
        for _ in range(1000):
            if next_one() is None:
                break
            turn()
        assert next_one() is None
    for table, kind in ENTITIES.items():
        for (row_id,) in replica.database.rows(f"SELECT id FROM {table}"):
            assert replica.tx().find(kind.cls, row_id) is not None
    assert replica.database.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_hands_do_no_harm(
    seed: int, tmp_path: Path, qapp: QApplication, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    with at_the_desk(tmp_path, qtbot, seed) as front:
        run(front, seed, STEPS, caplog)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(20))
def test_unseen_hands_do_no_harm(
    number: int, tmp_path: Path, qapp: QApplication, qtbot: QtBot, caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    seed = int(request.config.getoption("randomly_seed", 0)) % 2**31 + number
    with at_the_desk(tmp_path, qtbot, seed) as front:
        run(front, seed, 400, caplog)
