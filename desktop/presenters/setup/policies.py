"""The policies of the business: in words that an owner understands, with what follows from each."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject

from desktop.models.rows import Choice
from desktop.models.setup_rows import YES, FieldRow, FormRow, Texts
from desktop.operations import setup
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.presenters.setup import typed
from desktop.presenters.setup.part import Part
from desktop.presenters.words import Words
from desktop.queries.business_setup import BusinessSetup
from desktop.views.setup.form import Mark
from desktop.views.setup.page import SetupView
from desktop.views.setup.week import DAYS
from shared.model.business import Business
from shared.mutations.fields import DEAREST

_YEAR: Final = 366 * typed.DAY
LOCALES: Final = (
    ("en-GB", "English, United Kingdom"), ("en-US", "English, United States"), ("en-CA", "English, Canada"),
    ("en-AU", "English, Australia"), ("en-IE", "English, Ireland"), ("de-DE", "German, Germany"),
    ("de-AT", "German, Austria"), ("de-CH", "German, Switzerland"), ("fr-FR", "French, France"),
    ("fr-CA", "French, Canada"), ("es-ES", "Spanish, Spain"), ("it-IT", "Italian, Italy"),
    ("nl-NL", "Dutch, Netherlands"), ("da-DK", "Danish, Denmark"), ("sv-SE", "Swedish, Sweden"),
    ("pl-PL", "Polish, Poland"),
)  # fmt: skip
_STEPS: Final = (5, 10, 15, 20, 30, 60)


def policies_form(one: Business, words: Words) -> FormRow:
    """The form of the business's own row."""
    locales = dict(LOCALES) | ({} if one.locale in dict(LOCALES) else {one.locale: one.locale})
    fields = (
        FieldRow(name="name", label="Name of the business", value=one.name),
        FieldRow(
            name="locale", label="Times, dates and amounts as in", kind="choice", value=one.locale,
            choices=tuple(Choice(id=name, text=text) for name, text in locales.items()),
        ),
        FieldRow(
            name="first_day_of_week", label="A week begins on", kind="choice", value=str(one.first_day_of_week),
            choices=tuple(Choice(id=str(day), text=DAYS[day]) for day in range(7)), is_narrow=True,
        ),
        FieldRow(
            name="slot_step", label="The book offers a start every", kind="choice", value=str(one.slot_step),
            choices=tuple(Choice(id=str(step), text=f"{step} minutes") for step in _STEPS), is_narrow=True,
        ),
        FieldRow(
            name="min_notice", label="Customers book at least ahead", value=typed.duration_text(one.min_notice),
            help="Such as 2 hours. A customer's own request that comes later is refused; the desk is not held to it.",
        ),
        FieldRow(
            name="max_advance", label="Bookings are open for", unit="days", value=str(one.max_advance),
            help="Nobody, the desk neither, books a visit further ahead.",
        ),
        FieldRow(
            name="cancel_window", label="A cancellation is late from", value=typed.duration_text(one.cancel_window),
            help="Before the start, such as 1 day. Empty: none is late.",
        ),
        FieldRow(
            name="late_fee", label="Fee for a late cancellation", unit=words.currency,
            value=typed.amount_text(one.late_fee, words) if one.late_fee else "",
            help="Noted with the visit that a customer has cancelled late. Whether it is asked for, you decide.",
        ),
        FieldRow(
            name="approval", label="What a customer books waits until the team accepts it", kind="tick",
            value=YES if one.approval else "", help="Otherwise it is booked at once.",
        ),
        FieldRow(
            name="requests_hold", label="A request holds its time while it waits", kind="tick",
            value=YES if one.requests_hold else "",
            help="Otherwise the time can be given to somebody else before the request is answered.",
        ),
        FieldRow(
            name="request_life", label="A request waits at most", value=typed.duration_text(one.request_life),
            help="Then it expires, and its time is free. Empty: it waits until its start.",
        ),
        FieldRow(
            name="series_clash", label="Where a date of a series is taken", kind="choice", value=one.series_clash,
            choices=(
                Choice(id="part", text="book the other dates and say which are missing"),
                Choice(id="refuse", text="book none of them"),
            ),
        ),
    )  # fmt: skip
    note = f"Time zone {one.zone} and currency {one.currency} stay what they are."
    return FormRow(id=one.id, title="Policies", fields=fields, note=note, may_archive=False)


def read_policies(texts: Texts, words: Words) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of the business, and what is wrong by field."""
    form = typed.Form()
    values: dict[str, Any] = {
        "name": form.read("name", lambda: typed.text(texts["name"], "a name", needed=True), ""),
        "locale": texts["locale"],
        "first_day_of_week": int(texts["first_day_of_week"]),
        "slot_step": int(texts["slot_step"]),
        "max_advance": form.read("max_advance", lambda: typed.number(texts["max_advance"], 1, 3660, "the days"), 1),
        "late_fee": form.read("late_fee", lambda: typed.amount(texts["late_fee"], words, DEAREST), 0),
        "approval": texts["approval"] == YES,
        "requests_hold": texts["requests_hold"] == YES,
        "series_clash": texts["series_clash"],
    }
    for name in ("min_notice", "cancel_window", "request_life"):
        values[name] = form.read(name, partial(typed.duration, texts[name], _YEAR), 0)
    return values, form.errors


class PoliciesPresenter(Part):
    """Shows the policies, and carries what is typed to the desk."""

    def __init__(self, link: Link, page: SetupView, edits: Edits, parent: QObject) -> None:
        super().__init__(link, edits, page.consequences, parent)
        self._view = page.policies
        self._view.form.saveRequested.connect(self._save_form)
        self._view.form.putBack.connect(self._put_back)

    def take(self, told: BusinessSetup) -> None:
        """Show the book as it is told."""
        self._told = told
        self._show()

    def _show(self, *, anew: bool = False) -> None:
        if self._told is None:
            return
        business = self._told.business
        self._view.show_form(replace(policies_form(business, self.words), seen=business), anew=anew)

    def _put_back(self) -> None:
        self._show(anew=True)

    def _save_form(self, texts: Texts) -> None:
        values, errors = read_policies(texts, self.words)
        self._view.show_errors(errors)
        form = self._view.form
        if errors or not isinstance(form.seen, Business) or form.is_sent:
            return
        change = setup.change_business(form.seen, values)
        if change is None:
            self._show(anew=True)
            return
        mark = form.send()
        self._save(
            change,
            "The policies are saved.",
            lambda edited: self._saved(mark),
            lambda why: self._refused(self._view, mark, why),
            lambda: form.take_refused(mark),
        )

    def _saved(self, mark: Mark) -> None:
        self._view.form.take_saved(mark, mark.shown.id if mark.shown else "")
