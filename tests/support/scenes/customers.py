"""Pictures of the customers, and of the two who may be one."""

from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.models.people_rows import ConsentRow, CustomerDetail, CustomerForm, MergeSide, Reach
from desktop.models.rows import Choice, Deed, Fact, NoteRow
from desktop.presenters.drafts import NOT_SAVED, marked
from desktop.views.main_window import MainWindow
from desktop.widgets.search_rows import SearchRow
from tests.support.scenes.stage import Scene, work

FOUND = (
    SearchRow(id="mira", title="Mira Holm", detail="030 1234567 · mira@holm.example", alert="Allergic to ammonia"),
    SearchRow(id="jon", title="Jon Holm", detail="030 1234567"),
    SearchRow(id="miriam", title="Miriam Achterberg-Dombrowski", detail="+44 20 7946 0018"),
    SearchRow(id="lars", title="Lars Møller", detail="lars@moller.example", alert="Blocked from booking."),
)
CUSTOMER = CustomerDetail(
    id="mira",
    name="Mira Holm",
    alert="Allergic to ammonia. Comes with a pram: keep the chair by the door.",
    reaches=(
        Reach(text="030 1234567", link="tel:+49301234567"), Reach(text="0171 5550123", link="tel:+491715550123"),
        Reach(text="mira@holm.example", link="mailto:mira@holm.example"),
    ),
    tags=("vip", "regular"),
    figures=(
        Fact(label="Completed visits", text="14"), Fact(label="No-shows", text="1"),
        Fact(label="Worth of the visits", text="1.120,00 €"), Fact(label="Paid", text="1.075,00 €"),
        Fact(label="Likes to be served by", text="Ana Lopez"),
    ),
    visits=(
        Fact(label="Tue 8 Dec, 10:00 – 10:45", text="Cut · Booked"),
        Fact(label="Tue 10 Nov, 09:30 – 11:00", text="Colour + Cut · Completed"),
        Fact(label="Tue 13 Oct, 09:30 – 10:15", text="Cut · Cancelled late"),
    ),
    waits=("Colour, asked Mon 23 Nov, 17:10",),
    notes=(
        NoteRow(text="Prefers the window seat and a quiet hour.", made="Ana Lopez · Tue 10 Nov, 11:02"),
        NoteRow(text="Drinks tea.", made="When they were added"),
    ),
    consents=(
        ConsentRow(purpose="mail", text="Reminders by e-mail: agreed, Tue 13 Oct, 09:12", given=True),
        ConsentRow(purpose="text", text="Reminders by text message: declined, Tue 13 Oct, 09:12", given=False),
        ConsentRow(purpose="photos", text="Photos being kept: never asked", given=None),
    ),
    duplicates=(
        Choice(id="twin", text="Mira Holm-Lund",
               detail="Same phone or e-mail, and the same first name · 030 1234567"),
    ),
    kept_apart=(
        Choice(id="jon", text="Jon Holm", detail="Shares a phone or an e-mail: perhaps a family · 030 1234567"),
    ),
    deeds=(Deed(action="block", text="Block"), Deed(action="archive", text="Archive")),
)  # fmt: skip
PAIRS = (
    SearchRow(id="1 2", title="Mira Holm", detail="The same first name · +49 30 1234567", icon="users"),
    SearchRow(id="3 4", title="Lukasz Żak · L. Zak", detail="The same first name · zak@example.com", icon="users"),
    SearchRow(id="5 6", title="Ida Berg · Jo Berg", detail="Perhaps a family · 040 7654321", icon="users"),
)


def _customers(window: MainWindow, shown: CustomerDetail = CUSTOMER) -> QWidget:
    work(window)
    window.show_page("customers")
    window.customers.search.setText("mir holm")
    window.customers.show_found("4 found", FOUND, "mira")
    window.customers.page.show_detail(shown)
    window.customers.show_part("page")
    return window


def _customers_pairs(window: MainWindow) -> QWidget:
    _customers_merge(window)
    window.customers.search.clear()
    window.customers.offer_duplicates(offered=True)
    window.customers.duplicates.setChecked(True)
    window.customers.show_found("3 pairs may be one person", PAIRS, "1 2")
    return window


def _customers_form(window: MainWindow) -> QWidget:
    _customers(window)
    form = CustomerForm(
        name="Mira Holm", phones=("030 1234567", "0171 5550123"), emails=("mira@holm.example",),
        tags=("vip", "regular"), alert=CUSTOMER.alert, preferred_id="ana",
    )  # fmt: skip
    window.customers.show_part("form")
    window.customers.form.show_form("Edit Mira Holm", form, (Choice(id="ana", text="Ana Lopez"),))
    return window


def _customers_unsaved(window: MainWindow) -> QWidget:
    _customers(window, replace(CUSTOMER, mark=NOT_SAVED))
    window.customers.show_found("4 found", marked(FOUND, {"mira", "miriam"}), "mira")
    window.customers.mark_new(begun=True)
    return window


def _customers_merge(window: MainWindow) -> QWidget:
    _customers(window)
    facts = (
        Fact(label="Name", text="Mira Holm"), Fact(label="Phones", text="030 1234567, 0171 5550123"),
        Fact(label="E-mails", text="mira@holm.example"), Fact(label="Alert", text=CUSTOMER.alert),
        Fact(label="Visits", text="14 completed, last Tue 10 Nov, 09:30, next Tue 8 Dec, 10:00"),
    )  # fmt: skip
    other = (
        Fact(label="Name", text="Mira Holm-Lund"), Fact(label="Phones", text="030 1234567"),
        Fact(label="Visits", text="2 completed, last Fri 3 Jul, 16:15"),
    )  # fmt: skip
    window.customers.merge.show_sides(
        MergeSide(id="mira", name="Mira Holm", facts=facts), MergeSide(id="twin", name="Mira Holm-Lund", facts=other)
    )
    window.customers.show_part("merge")
    return window


def _customers_apart(window: MainWindow) -> QWidget:
    _customers_merge(window)
    facts = (Fact(label="Name", text="Mira Holm"), Fact(label="Phones", text="030 1234567, 0171 5550123"))
    other = (Fact(label="Name", text="Jon Holm"), Fact(label="Phones", text="030 1234567"))
    window.customers.merge.show_sides(
        MergeSide(id="mira", name="Mira Holm", facts=facts), MergeSide(id="jon", name="Jon Holm", facts=other),
        are_apart=True,
    )  # fmt: skip
    return window


def _customers_merge_sure(window: MainWindow) -> QWidget:
    _customers_merge(window)
    window.customers.question.ask(
        "Make one customer of both?", "There is no way back: nothing says any more which visits and notes were whose.",
        yes="Merge for good", no="Do not merge", then=lambda chosen: None,
    )  # fmt: skip
    return window.customers.question


def _customers_nobody(window: MainWindow) -> QWidget:
    work(window)
    window.show_page("customers")
    window.customers.search.setText("zaphod")
    window.customers.show_found("0 found", (), "")
    window.customers.show_nobody("Nobody is found by “zaphod”.")
    return window


SCENES: Final[dict[str, Scene]] = {
    "customers": _customers,
    "customers-form": _customers_form,
    "customers-unsaved": _customers_unsaved,
    "customers-merge": _customers_merge,
    "customers-pairs": _customers_pairs,
    "customers-apart": _customers_apart,
    "customers-merge-sure": _customers_merge_sure,
    "customers-nobody": _customers_nobody,
}
