"""A dialog with a few fields is let go quietly where nobody has opened it."""

from typing import Any

from pytestqt.qtbot import QtBot

from desktop.views.closing_dialog import ClosingDialog


def test_one_that_was_never_opened_asks_for_no_height_below_nothing(qtbot: QtBot, qtlog: Any) -> None:
    dialog = ClosingDialog()
    qtbot.addWidget(dialog)
    dialog.reject()
    assert [one.message for one in qtlog.records if "Negative" in one.message] == []
