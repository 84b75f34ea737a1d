"""Every screen as a screen reader finds it: nothing that one can use is without a name."""

import pytest
import shiboken6
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.views.main_window import MainWindow
from tests.support.window_gallery import SCENES

USABLE = {
    QAccessible.Role.Button,
    QAccessible.Role.CheckBox,
    QAccessible.Role.RadioButton,
    QAccessible.Role.EditableText,
    QAccessible.Role.ComboBox,
    QAccessible.Role.SpinBox,
    QAccessible.Role.MenuItem,
    QAccessible.Role.List,
    QAccessible.Role.Table,
}


def nameless(node: QAccessibleInterface, path: str = "") -> list[str]:
    if not node.isValid() or node.state().invisible:
        return []
    here = f"{path}/{node.role().name}"
    found = [here] if node.role() in USABLE and not node.text(QAccessible.Text.Name) else []
    for index in range(node.childCount()):
        child = node.child(index)
        if child is not None:
            found += nameless(child, f"{here}:{node.text(QAccessible.Text.Name)[:20]}")
    return found


@pytest.mark.parametrize("scene", SCENES)
def test_everything_that_can_be_used_has_a_name(scene: str, window: MainWindow, qtbot: QtBot) -> None:
    shown: QWidget = SCENES[scene](window)
    assert nameless(QAccessible.queryAccessibleInterface(shown)) == []
    if shown is not window:
        shiboken6.delete(shown)
    window.details.hide()
