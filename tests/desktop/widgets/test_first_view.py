"""Where the book stands when it is shown first: at now, and in open hours whatever the time."""

from datetime import datetime

import pytest
from pytestqt.qtbot import QtBot

from desktop.widgets.day_book import DayBook
from tests.support.book_days import at, day


def shown(qtbot: QtBot, **more: object) -> tuple[datetime, datetime]:
    """The first and the last instant on the first page."""
    book = DayBook()
    qtbot.addWidget(book)
    book.resize(900, 500)
    book.show_day(day(**more))
    book.show()
    top = book.offset().y()
    return book.scene.axis.at(top), book.scene.axis.at(top + book.body().height())


@pytest.mark.parametrize("now", [at(7), at(9), at(13), at(16, 30), at(18), at(22, 45)])
def test_the_first_page_is_of_open_hours(qtbot: QtBot, now: datetime) -> None:
    first, last = shown(qtbot, now=now)
    assert at(8) < first < at(17)
    assert at(9) < last < at(18)


@pytest.mark.parametrize("now", [at(9), at(13), at(16, 30)])
def test_now_is_on_it_while_it_is_open(qtbot: QtBot, now: datetime) -> None:
    first, last = shown(qtbot, now=now)
    assert first <= now <= last


def test_a_day_without_hours_stands_at_now(qtbot: QtBot) -> None:
    first, last = shown(qtbot, now=at(22), open_spans={})
    assert first <= at(22) <= last
