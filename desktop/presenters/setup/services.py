"""The services: listed by category, added, changed, archived and brought back."""

from dataclasses import replace

from PySide6.QtCore import QObject

from desktop.models.setup_rows import SetupRow
from desktop.operations import setup
from desktop.operations.operation import Operation
from desktop.presenters.drafts import marked
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.presenters.setup.part import Part
from desktop.presenters.setup.service_form import (
    Typed,
    drawn,
    need_choices,
    need_rows,
    read_service,
    service_form,
    term_rows,
)
from desktop.queries.business_setup import BusinessSetup
from desktop.store.replica import Edited
from desktop.views.setup.page import SetupView
from shared.model.service import Service

NO_CATEGORY = "Without a category"


class ServicesPresenter(Part):
    """Shows the services, and carries what is typed to the desk."""

    def __init__(self, link: Link, page: SetupView, edits: Edits, parent: QObject) -> None:
        super().__init__(link, edits, page.consequences, parent)
        self._view = page.services
        self._chosen = ""
        self._is_new = False
        self._with_archived = False
        self._view.rowChosen.connect(self._choose)
        self._view.newRequested.connect(self._begin)
        self._view.archivedShown.connect(self._show_archived)
        self._view.form.saveRequested.connect(self._save_form)
        self._view.form.archiveRequested.connect(self._archive)
        self._view.form.putBack.connect(self._put_back)
        self._view.form.edited.connect(self._draw)

    def take(self, told: BusinessSetup) -> None:
        """Show the book as it is told."""
        self._told = told
        shown = self._listed()
        if not self._is_new and self._chosen not in {one.id for one in shown}:
            self._chosen = shown[0].id if shown else ""
            self._is_new = not shown
        self._show()

    def _listed(self) -> tuple[Service, ...]:
        services = self._told.services if self._told else ()
        return tuple(one for one in services if self._with_archived or not one.archived or one.id == self._chosen)

    def _show(self, *, anew: bool = False) -> None:
        told = self._told
        if told is None:
            return
        one = None if self._is_new else next((each for each in told.services if each.id == self._chosen), None)
        self._view.show_service(
            replace(service_form(one, self.words), seen=one), need_rows(one), need_choices(one, told),
            term_rows(one, told, self.words), anew=anew,
        )  # fmt: skip
        self._view.show_rows(marked(self._rows(), self._view.form.unsaved), "" if self._is_new else self._chosen)
        self._draw()

    @property
    def _seen(self) -> Service | None:
        """The service as it was when its form was begun; None for a new one."""
        seen = self._view.form.seen
        return seen if isinstance(seen, Service) else None

    def _rows(self) -> tuple[SetupRow, ...]:
        rows: list[SetupRow] = []
        category: str | None = None
        for one in self._listed():
            if one.category != category:
                category = one.category
                rows.append(SetupRow(title=category or NO_CATEGORY, is_heading=True))
            detail = self.words.service(one)
            rows.append(
                SetupRow(
                    id=one.id, title=one.name, detail=f"Archived · {detail}" if one.archived else detail,
                    colour=one.colour, is_archived=one.archived,
                )
            )  # fmt: skip
        return tuple(rows)

    # What a person does

    def _choose(self, service_id: str) -> None:
        self._chosen, self._is_new = service_id, False
        self._show()

    def _begin(self) -> None:
        self._chosen, self._is_new = "", True
        # While one is being added, the next is another.
        self._show(anew=self._view.form.is_sent)
        self._view.form.focus_first()

    def _put_back(self) -> None:
        if self._is_new and self._told is not None and self._told.services:
            self._is_new = False
            self.take(self._told)
        else:
            self._show(anew=True)

    def _show_archived(self, wanted: bool) -> None:  # noqa: FBT001 - a signal of Qt
        self._with_archived = wanted
        if self._told is not None:
            self.take(self._told)

    def _typed(self) -> Typed:
        view = self._view
        return Typed(texts=view.form.texts(), needs=view.needs.needs(), terms=view.terms.terms())

    def _draw(self) -> None:
        if (phases := drawn(self._typed(), self.words)) is not None:
            self._view.show_phases(phases)

    def _save_form(self) -> None:
        values, needs, terms, errors = read_service(self._typed(), self.words, self._seen)
        self._view.show_errors(errors)
        if errors or self._view.form.is_sent:
            return
        if self._is_new:
            self._send(setup.add_service(values, needs, terms), f"Added {values['name']}.")
        elif self._seen is not None:
            change = setup.change_service(self._seen, values, needs, terms)
            if change is None:
                self._show(anew=True)
            else:
                self._send(change, f"Saved {values['name']}.")

    def _send(self, operation: Operation, said: str) -> None:
        """Save what stands in the form; who goes on to another service meanwhile stays there."""
        form = self._view.form
        mark = form.send()

        def saved(edited: Edited) -> None:
            if form.take_saved(mark, edited.subject):
                # What was typed on is a change of what was saved.
                self._chosen, self._is_new = edited.subject, False

        self._save(
            operation, said, saved, lambda why: self._refused(self._view, mark, why), lambda: form.take_refused(mark)
        )

    def _archive(self, wanted: bool) -> None:  # noqa: FBT001 - a signal of Qt
        one = self._seen
        change = setup.change_service(one, {"archived": wanted}) if one is not None else None
        if one is not None and change is not None:
            said = f"Archived {one.name}." if wanted else f"Brought back {one.name}."
            self._send(change, said)
