"""What the same round leaves behind when it is done again and again: less than one object a round, which is nothing."""

import gc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FunctionType, MethodType
from typing import Final

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from desktop.views.import_dialog import ImportDialog
from shared.model.member import Role
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.desktop.presenters.test_attention import refuse_a_booking
from tests.desktop.presenters.test_booking import choose_service, draw, find, panel
from tests.support.replicas import patch
from tests.support.salon import BEN

ROUNDS: Final = 25
_WARM: Final = 3
"""Rounds that fill caches and make what is made once."""
_LOOKS: Final = 50
"""Looks at a machine that is busy with other things, until two of them are the same."""


def held(place: Place) -> dict[str, int]:
    """How many objects live that a round could leave behind, once nothing is under way any more."""
    counts = [_counted(place), _counted(place)]
    while counts[-1] != counts[-2] and len(counts) < _LOOKS:
        counts.append(_counted(place))
    return counts[-1]


def _counted(place: Place) -> dict[str, int]:
    """Qt's objects, functions that something calls back, our own; after what the store still has to do."""
    place.desk.do(lambda replica: None)
    place.qtbot.wait(10)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    # Where the store's thread has nothing else to do meanwhile: a tuple that it is still making, once somebody else has
    # seen it, is one that it cannot finish.
    objects = place.desk.do(lambda replica: gc.get_objects())
    return {
        "widgets": len(QApplication.allWidgets()),
        "Qt objects": len(place.window.findChildren(QObject)),
        "functions": sum(isinstance(one, FunctionType | MethodType) for one in objects),
        "ours": sum(str(type(one).__module__).startswith(("desktop.", "shared.")) for one in objects),
    }


def left_by(place: Place, act: Callable[[], None]) -> dict[str, int]:
    """What was more after the rounds than before them, where that is at least one a round."""
    for _ in range(_WARM):
        act()
    # The first look makes wrappers of what Qt had made alone.
    held(place)
    # What is there now is left out of each look: after many tests, looking at it takes most of the time.
    gc.freeze()
    try:
        # What a round replaces is among what is looked at from here on.
        act()
        before = held(place)
        for _ in range(ROUNDS):
            act()
        return {what: count - before[what] for what, count in held(place).items() if count - before[what] >= ROUNDS}
    finally:
        gc.unfreeze()


def test_the_booking_panel_leaves_nothing(place: Place) -> None:
    place.book(tomorrow(10), BEN.id)

    def once() -> None:
        draw(place, BEN.id, 10)
        find(place, "4567")
        choose_service(place, "cut")
        place.until(lambda: len(panel(place)._slots.offered) > 2)
        panel(place)._throw_away()
        place.until(lambda: place.window.book_page.open_panel == "")

    assert left_by(place, once) == {}


def test_the_attention_list_leaves_nothing(place: Place) -> None:
    refuse_a_booking(place)

    def once() -> None:
        place.act("go_attention")
        place.desk.changes.tell({"attention_item": frozenset()})
        place.qtbot.wait(5)
        place.act("go_book")

    assert left_by(place, once) == {}


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_import_dialogs_leave_nothing(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Phone\nBob Hill,+49 30 5550123\n", encoding="utf-8")

    def once() -> None:
        place.act("import_customers")
        place.until(lambda: bool(place.window.findChildren(ImportDialog)))
        (dialog,) = place.window.findChildren(ImportDialog)
        dialog.show_file(str(file))
        dialog._say_file()
        place.until(dialog._take.isEnabled)
        dialog.reject()
        place.until(lambda: not place.window.findChildren(ImportDialog))

    assert left_by(place, once) == {}


def test_edits_of_other_desks_that_are_painted_leave_nothing(place: Place) -> None:
    booked = [place.book(tomorrow(hour)) for hour in (9, 11, 13)]
    rows = place.appointments()
    version = 1

    def once() -> None:
        nonlocal version
        version += 1
        row = replace(rows[version % len(booked)], notes=f"said {version}")
        place.desk.do(lambda replica: replica.apply_lines(patch(version, row)))
        place.desk.changes.tell({"appointment": frozenset({row.id}), "outbox": frozenset()})
        place.window.book_page.book.grab()

    assert left_by(place, once) == {}
