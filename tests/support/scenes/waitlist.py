"""Pictures of the waitlist."""

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.models.people_rows import WaitDetail, WishForm
from desktop.models.rows import Choice, Fact, NewCustomer
from desktop.presenters.drafts import NOT_SAVED, marked
from desktop.presenters.waitlist_words import hours_words
from desktop.presenters.words import NOT_ACCEPTED, Words
from desktop.views.main_window import MainWindow
from desktop.widgets.search_rows import SearchRow
from tests.support.scenes.stage import DAY, Scene, work

WAITING = (
    SearchRow(id="one", title="Mira Holm", detail="Colour · Tue Thu, from 16:00 · Ana Lopez", icon="clock"),
    SearchRow(id="two", title="Miriam Achterberg-Dombrowski", detail="Cut", icon="clock",
              alert="Offered until Thu 26 Nov, 12:15"),
    SearchRow(id="three", title="Lars Møller", detail="Cut · Sat, until 12:00", icon="clock"),
)  # fmt: skip
WISH = WaitDetail(
    entry_id="one",
    title="Mira Holm: Colour",
    state="Asked Mon 23 Nov, 17:10.",
    facts=(
        Fact(label="Service", text="Colour"), Fact(label="By whom", text="Ana Lopez"),
        Fact(label="Days", text="Tue Thu"), Fact(label="Hours", text="from 16:00"),
        Fact(label="Dates", text="until Fri 18 Dec"), Fact(label="Phone", text="030 1234567"),
        Fact(label="Notes", text="Would take a short call at any time."),
    ),
    slots=(
        Choice(id="a", text="Thu 26 Nov, 16:30", detail="Ana Lopez, Chair 2"),
        Choice(id="b", text="Tue 1 Dec, 16:00", detail="Ana Lopez, Chair 2"),
        Choice(id="c", text="Thu 3 Dec, 17:15", detail="Ana Lopez, Chair 1"),
    ),
    slots_known=True,
)  # fmt: skip


def _waitlist(window: MainWindow) -> QWidget:
    work(window)
    window.show_page("waitlist")
    window.waitlist.show_rows("3 waiting", WAITING, "one", narrowed=False)
    window.waitlist.wish.show_detail(WISH)
    window.waitlist.show_part("wish")
    return window


def _waitlist_offered(window: MainWindow) -> QWidget:
    _waitlist(window)
    window.waitlist.show_rows("Fits Thu 26 Nov, 16:30 – 18:00", WAITING, "one", narrowed=True)
    offered = "Offered Thu 26 Nov, 16:30, good until Thu 26 Nov, 12:15."
    window.waitlist.wish.show_detail(replace(WISH, slots=(), offered=offered, mark=NOT_ACCEPTED))
    return window


def _waitlist_form(window: MainWindow) -> QWidget:
    _waitlist(window)
    form = window.waitlist.form
    form.show_setup(
        (Choice(id="cut", text="Cut"), Choice(id="colour", text="Colour")), (Choice(id="ana", text="Ana Lopez"),),
        hours_words(Words()), locale="en-GB",
    )  # fmt: skip
    window.waitlist.show_part("form")
    form.show_form(
        "Add to waitlist",
        WishForm(customer=Choice(id="mira", text="Mira Holm"), service_id="colour", person_id="ana", weekdays=(1, 3),
                 earliest=960, notes="Would take a short call at any time."),
        today=DAY, is_new=True,
    )  # fmt: skip
    return window


def _waitlist_form_new(window: MainWindow) -> QWidget:
    """Of somebody whom nobody here knows."""
    _waitlist_form(window)
    wish = WishForm(new_customer=NewCustomer(name="Dimitri Vassilis", phone="030 901820"), service_id="colour")
    window.waitlist.form.show_form("Add to waitlist", wish, today=DAY, is_new=True)
    return window


def _waitlist_unsaved(window: MainWindow) -> QWidget:
    _waitlist(window)
    window.waitlist.show_rows("3 waiting", marked(WAITING, {"one", "two"}), "one", narrowed=False)
    window.waitlist.mark_new(begun=True)
    window.waitlist.wish.show_detail(replace(WISH, mark=NOT_SAVED))
    return window


def _waitlist_nobody(window: MainWindow) -> QWidget:
    work(window)
    window.show_page("waitlist")
    return window


def _freed(window: MainWindow) -> QWidget:
    work(window)
    said = "Thu 26 Nov, 16:30 – 18:00 is free again."
    window.freed.show_message(said, action="Fits 3 on the waitlist", dismissible=True)
    return window


SCENES: Final[dict[str, Scene]] = {
    "waitlist": _waitlist,
    "waitlist-offered": _waitlist_offered,
    "waitlist-form": _waitlist_form,
    "waitlist-form-new": _waitlist_form_new,
    "waitlist-unsaved": _waitlist_unsaved,
    "waitlist-nobody": _waitlist_nobody,
    "freed": _freed,
}
