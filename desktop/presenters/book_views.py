"""The views of the book: which is shown and of whom, its columns, and what of it is remembered on this computer."""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject

from desktop.models.book_views import ColumnRow, View
from desktop.models.rows import Choice
from desktop.presenters.agenda import LENGTHS, AgendaPresenter
from desktop.presenters.book import BookPresenter
from desktop.presenters.edits import seen
from desktop.presenters.link import Link
from desktop.presenters.month import MonthPresenter
from desktop.queries.preferences import keep_preference, preference
from desktop.queries.shown_columns import Shown
from desktop.views.actions import Actions
from desktop.views.book_page import BookPage
from shared.model.appointment import Appointment
from shared.model.base import ResourceId
from shared.rules import wall_time

_KEPT: Final = "book"
_ALL: Final = "All columns"
_BY_ACTION: Final = {f"view_{view.value}": view for view in View}


class BookViews(QObject):
    """Switches between the views, and takes the chosen visit along."""

    def __init__(
        self, link: Link, page: BookPage, book: BookPresenter, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._link, self._page, self._book = link, page, book
        self.month = MonthPresenter(link, page.month, book, self)
        self.agenda = AgendaPresenter(link, page.agenda, book, self)
        self._who = ""
        """Whose month and agenda: a resource, or all that are columns."""
        self._kept: Mapping[str, Any] = {}
        self._bring: str | None = None
        """The visit that is brought into view with the next rows."""
        bar = page.view_bar
        bar.viewChosen.connect(self.choose)
        bar.whoChosen.connect(self._choose_who)
        bar.columnsRequested.connect(self._ask_columns)
        page.agenda.lengthChosen.connect(book.show_length)
        page.columns.chosen.connect(self._choose_columns)
        actions.pressed.connect(self._pressed)
        book.spanChanged.connect(self._show)
        book.setupChanged.connect(self._show)
        book.dayShown.connect(self._shown)
        page.show_view(View.DAY)

    def start(self) -> None:
        """Show what was shown last, as soon as that is read."""
        self._link.ask(lambda replica: preference(replica, _KEPT), self._took)

    # Switching

    def _pressed(self, name: str) -> None:
        if name == "choose_columns":
            self._ask_columns()
        elif name in _BY_ACTION:
            self.choose(_BY_ACTION[name])

    def choose(self, view: View) -> None:
        """Show the book in a view; where a visit is chosen that can be seen now, it can be seen there too."""
        selected = self._page.book.selected_id
        if selected is None:
            self._book.show_view(view)
        else:
            self._link.ask(lambda replica: seen(replica, selected), lambda visit: self._follow(view, visit))

    def _follow(self, view: View, visit: Appointment | None) -> None:
        book = self._book
        if visit is not None and book.location is not None and visit.location_id == book.location.id:
            day = wall_time.local(visit.starts_at, book.words.zone).date()
            # On the day where the keyboard stands in a month, and anywhere in what the others show.
            if day in (book.days if book.view is not View.MONTH else (book.day,)):
                self._bring = visit.id
                book.turn_to(day, visit.resources if view is View.WEEK else ())
        book.show_view(view)

    def _shown(self) -> None:
        if self._bring is not None and self._book.view in (View.DAY, View.WEEK):
            self._page.book.select(self._bring)
            self._bring = None

    def _show(self) -> None:
        """Show the view that the book has now."""
        book, view = self._book, self._book.view
        self._page.show_view(view)
        self._offer_who()
        if view is View.MONTH:
            self.month.show(self._only)
        elif view is View.AGENDA:
            self.agenda.show(self._only, self._bring or self._page.book.selected_id)
        if book.setup is not None:
            self._keep()

    # Of whom, and which columns

    @property
    def _only(self) -> ResourceId | None:
        here = {one.id for one in self._book.resources}
        return ResourceId(self._who) if self._who in here else None

    def _offer_who(self) -> None:
        book = self._book
        people = tuple(Choice(id=one.id, text=one.name) for one in book.resources)
        if book.view is View.WEEK:
            self._page.view_bar.show_who(people, book.resource.id if book.resource else "")
        else:
            self._page.view_bar.show_who((Choice(id="", text=_ALL), *people), self._only or "")

    def _choose_who(self, resource_id: str) -> None:
        if self._book.view is View.WEEK:
            self._book.choose_resource(resource_id)
        else:
            self._who = resource_id
            self._show()

    def _ask_columns(self) -> None:
        rows = tuple(
            ColumnRow(id=one.id, title=one.name, kind=one.kind.value, colour=one.colour) for one in self._book.resources
        )
        if rows:
            shown = self._book.shown_columns
            self._page.columns.ask(rows, shown.ids, shown.kinds)

    def _choose_columns(self, ids: tuple[str, ...], kinds: tuple[str, ...]) -> None:
        self._book.choose_columns(Shown(ids=ids, kinds=kinds))

    # What is remembered

    def _keep(self) -> None:
        kept = self._now()
        if kept != self._kept:
            self._kept = kept
            self._link.ask(lambda replica: keep_preference(replica, _KEPT, kept), lambda _: None)

    def _now(self) -> Mapping[str, Any]:
        book = self._book
        return {
            "view": book.view.value,
            "resource": book.chosen_resource,
            "who": self._who,
            "length": book.length,
            "columns": {place: {"ids": one.ids, "kinds": one.kinds} for place, one in book.columns.items()},
        }

    def _took(self, kept: Mapping[str, Any]) -> None:
        self._who = str(kept.get("who", ""))
        length = kept.get("length")
        self._book.begin_with(
            view=next((one for one in View if one.value == kept.get("view")), View.DAY),
            resource=str(kept.get("resource", "")),
            length=length if length in dict(LENGTHS) else LENGTHS[0][0],
            columns={
                str(place): Shown(ids=tuple(one.get("ids", ())), kinds=tuple(one.get("kinds", ())))
                for place, one in dict(kept.get("columns", {})).items()
            },
        )
        self._kept = self._now()
