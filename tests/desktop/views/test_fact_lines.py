"""Long texts and many edits are cut on a page, and can be read whole."""

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.rows import Fact, GatheredRow
from desktop.views.fact_lines import MOST_GATHERED, FactLines, GatheredList, cut

LONG = "Allergic to latex. " * 40


def held(qtbot: QtBot, lines: FactLines | GatheredList) -> QWidget:
    """The page that holds the lines, for as long as the test keeps it."""
    page = QWidget()
    page.setLayout(lines.lines)
    qtbot.addWidget(page)
    return page


def test_a_long_text_is_cut_and_opened_and_stays_open_when_it_is_shown_anew(qtbot: QtBot) -> None:
    lines = FactLines()
    page = held(qtbot, lines)
    lines.show_facts((Fact(label="Alert", text=LONG, was="Nickel"), Fact(label="Name", text="Mira")))
    shown = lines._texts[f"Alert: {LONG}"]
    assert shown.label.text() == cut(LONG) != LONG
    assert shown.label.accessibleName() == f"Alert: {LONG}"
    shown.more.click()
    assert shown.label.text() == LONG
    lines.show_facts((Fact(label="Alert", text=LONG),))
    again = lines._texts[f"Alert: {LONG}"]
    assert (again.label.text(), again.more.text()) == (LONG, "Show less")
    assert page.layout() is lines.lines


def test_many_lines_are_cut_though_they_are_short() -> None:
    assert cut("a\n" * 20) == "a\na\na\na\na\na \N{HORIZONTAL ELLIPSIS}"
    assert cut("one\ntwo") == "one\ntwo"


def test_of_many_edits_that_wait_the_first_are_shown_until_all_are_asked_for(qtbot: QtBot) -> None:
    waiting = GatheredList()
    page = held(qtbot, waiting)
    waiting.show_rows([GatheredRow(title=f"Note {number}") for number in range(MOST_GATHERED + 3)])
    assert len(waiting._facts) == MOST_GATHERED
    waiting.more.click()
    assert len(waiting._facts) == MOST_GATHERED + 3
    assert page.layout() is waiting.lines
