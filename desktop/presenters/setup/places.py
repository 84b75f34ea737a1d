"""People, rooms, equipment and locations: listed, ordered, added, changed, archived and brought back."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from desktop.models.setup_rows import FormRow, Texts
from desktop.operations import locations, setup
from desktop.operations.operation import Operation
from desktop.presenters.drafts import marked
from desktop.presenters.edits import Edits
from desktop.presenters.link import Link
from desktop.presenters.setup.part import Part
from desktop.presenters.setup.place_form import (
    location_form,
    moved,
    place_rows,
    read_location,
    read_resource,
    resource_form,
)
from desktop.presenters.setup.rezoned_words import moved_note, moved_row
from desktop.queries.business_setup import BusinessSetup
from desktop.queries.rezoned import Rezoned, what_moves
from desktop.store.pieces import InPieces
from desktop.store.replica import Edited
from desktop.views.setup.form import Mark
from desktop.views.setup.page import SetupView
from shared.model.business import Location
from shared.model.resource import Resource


class PlacesPresenter(Part):
    """Shows what can be booked and where, and carries what is typed to the desk."""

    def __init__(self, link: Link, page: SetupView, edits: Edits, parent: QObject) -> None:
        super().__init__(link, edits, page.consequences, parent)
        self._view = page.places
        self._chosen = ""
        self._adding: str | None = None
        self._location = ""
        self._with_archived = False
        self._view.rowChosen.connect(self._choose)
        self._view.newRequested.connect(self._begin_resource)
        self._view.newLocationRequested.connect(self._begin_location)
        self._view.archivedShown.connect(self._show_archived)
        self._view.orderChanged.connect(self._order)
        self._view.form.saveRequested.connect(self._save_form)
        self._view.form.archiveRequested.connect(self._archive)
        self._view.form.putBack.connect(self._put_back)

    def take(self, told: BusinessSetup) -> None:
        """Show the book as it is told."""
        self._told = told
        if self._adding is None and self._found() is None:
            self._chosen = next((one.id for one in told.resources if not one.archived), "")
            if not self._chosen:
                self._adding = "resource"
        self._show()

    def _found(self) -> Resource | Location | None:
        told = self._told
        rows: list[Resource | Location] = [*told.resources, *told.locations] if told else []
        return next((one for one in rows if one.id == self._chosen), None)

    def _show(self, *, anew: bool = False) -> None:
        told = self._told
        if told is None:
            return
        one = self._found() if self._adding is None else None
        chosen = "" if one is None else one.id
        self._view.show_form(replace(self._form(told, one), seen=one), anew=anew)
        rows = place_rows(told, with_archived=self._with_archived, chosen=chosen)
        self._view.show_rows(marked(rows, self._view.form.unsaved), chosen)

    @property
    def _seen(self) -> Resource | Location | None:
        """What the form is about as it was when that was begun; None for something new."""
        seen = self._view.form.seen
        return seen if isinstance(seen, Resource | Location) else None

    def _form(self, told: BusinessSetup, one: Resource | Location | None) -> FormRow:
        if isinstance(one, Location) or self._adding == "location":
            return location_form(one if isinstance(one, Location) else None, told)
        first = next((each.id for each in told.locations if not each.archived), "")
        return resource_form(one, told, self._location or first)

    # What a person does

    def _choose(self, row_id: str) -> None:
        self._chosen, self._adding = row_id, None
        one = self._found()
        if one is not None:
            self._location = one.id if isinstance(one, Location) else one.location_id
        self._show()

    def _begin_resource(self) -> None:
        self._begin("resource")

    def _begin_location(self) -> None:
        self._begin("location")

    def _begin(self, what: str) -> None:
        self._chosen, self._adding = "", what
        # While one is being added, the next is another.
        self._show(anew=self._view.form.is_sent)
        self._view.form.focus_first()

    def _put_back(self) -> None:
        if self._adding is not None and self._told is not None:
            self._adding = None
            self.take(self._told)
        else:
            self._show(anew=True)

    def _show_archived(self, wanted: bool) -> None:  # noqa: FBT001 - a signal of Qt
        self._with_archived = wanted
        self._show()

    def _order(self, order: tuple[str, ...]) -> None:
        told = self._told
        if told is None:
            return
        changes = (setup.change_resource(one, {"position": place}) for one, place in moved(order, told.resources))
        operations = [replace(one, label="order") for one in changes if one is not None]
        said = "The order of the columns is saved."
        self._save_all(operations, said, lambda edited: None, lambda why: self._view.show_errors({"": why}))

    def _save_form(self, texts: Texts) -> None:
        if self._view.form.is_sent or (self._adding is None and self._seen is None):
            return
        if self._adding == "location" or isinstance(self._seen, Location):
            self._save_location(texts)
        else:
            self._save_resource(texts)

    def _save_location(self, texts: Texts) -> None:
        values, errors = read_location(texts)
        self._view.show_errors(errors)
        if errors:
            return
        if isinstance(self._seen, Location):
            self._change_location(self._seen, values)
        else:
            self._send([setup.add_location(values)], f"Added {values['name']}.")

    def _change_location(self, seen: Location, values: dict[str, Any]) -> None:
        """Change a location; another clock after a person has seen what begins at another instant by it."""
        zone, said = values.pop("zone"), f"Saved {values['name']}."
        change = setup.change_location(seen, values)
        if zone == seen.zone:
            self._change(change, said)
            return
        clock = locations.rezone(seen, zone)
        operations = [one for one in (change, clock) if one is not None]
        form = self._view.form
        mark = form.send()

        def change_clock() -> None:
            # A year of visits takes more than a second.
            self._edits.say(f"Changing the clock of {seen.name}…")
            self._make(operations, said, mark, f"The clock of {seen.name} stays as it is.")

        def told(found: Rezoned) -> None:
            if found.why_not:
                self._refused(self._view, mark, found.why_not, about="zone")
                return
            rows = [moved_row(one, self.words_in(zone)) for one in found.moved]
            self._asking.ask(
                f"{seen.name} by the clock of {zone}",
                moved_note(len(rows)),
                rows,
                change_clock,
                yes="Change it",
                left=lambda: form.take_refused(mark),
            )

        reading = InPieces(partial(what_moves, args=clock.args))
        self._link.ask_in_pieces(reading, told, lambda: form.take_refused(mark))

    def _save_resource(self, texts: Texts) -> None:
        values, errors = read_resource(texts)
        if not texts["location"]:
            errors["location"] = "Add a location first."
        self._view.show_errors(errors)
        if errors:
            return
        if isinstance(self._seen, Resource):
            where = {"kind": texts["kind"], "location_id": texts["location"]}
            self._change(setup.change_resource(self._seen, values | where), f"Saved {values['name']}.")
            return
        more = {"position": self._next_position()}
        self._send([setup.add_resource(texts["location"], texts["kind"], values | more)], f"Added {values['name']}.")

    def _next_position(self) -> int:
        resources = self._told.resources if self._told else ()
        return max((one.position for one in resources), default=-1) + 1

    def _change(self, operation: Operation | None, said: str) -> None:
        """Make a change; one that leaves visits without a place after a person has seen which."""
        if operation is None:
            self._show(anew=True)
            return
        form = self._view.form
        mark = form.send()
        save = lambda: self._make([operation], said, mark)  # noqa: E731
        self._ask_first([operation], "Fewer places than are booked", save, lambda: form.take_refused(mark))

    def _send(self, operations: Sequence[Operation], said: str) -> None:
        """Save what stands in the form."""
        self._make(operations, said, self._view.form.send())

    def _make(self, operations: Sequence[Operation], said: str, mark: Mark, said_else: str = "") -> None:
        """Save what stood in the form at a mark; who goes on to another meanwhile stays there."""
        form = self._view.form

        def saved(edited: Edited) -> None:
            row_id = mark.shown.id if mark.shown and mark.shown.id else edited.subject
            if form.take_saved(mark, row_id):
                # What was typed on is a change of what was saved.
                self._chosen, self._adding = row_id, None

        def failed(why: str) -> None:
            if said_else:
                self._edits.say(said_else)
            self._refused(self._view, mark, why)

        self._save_all(operations, said, saved, failed, lambda: form.take_refused(mark))

    def _archive(self, wanted: bool) -> None:  # noqa: FBT001 - a signal of Qt
        one, values = self._seen, {"archived": wanted}
        if one is None:
            return
        change = setup.change_location(one, values) if isinstance(one, Location) else setup.change_resource(one, values)
        if change is not None:
            said = f"Archived {one.name}." if wanted else f"Brought back {one.name}."
            self._send([change], said)
