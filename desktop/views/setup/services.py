"""The services: a list by category, and the form of one of them with a drawing of its phases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.models.setup_rows import FormRow, NeedChoices, NeedRow, Phases, SetupRow, TermsRow, Texts
from desktop.views.build import Button, column, label, named
from desktop.views.setup.form import FormView
from desktop.views.setup.listing import SetupList
from desktop.views.setup.needs import NeedsEditor
from desktop.views.setup.pane import two_panes
from desktop.views.setup.terms import TermsEditor
from desktop.widgets.phase_bar import PhaseBar


class Typed(NamedTuple):
    """What stands in a service's needs, and in the line of each person: price and minutes."""

    needs: Sequence[NeedRow]
    terms: Mapping[str, tuple[str, str, str, str]]


class ServicesView(QWidget):
    """Shows what it is given, and says what is chosen, typed and wanted."""

    rowChosen = Signal(str)
    newRequested = Signal()
    archivedShown = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.list = SetupList("Services")
        self.new = Button("New service", icon_name="plus")
        self.archived = named(QCheckBox("Show what is archived"), "Show archived services")
        self.phases, self.needs, self.terms = PhaseBar(), NeedsEditor(), TermsEditor()
        drawing = QWidget()
        drawing.setLayout(column(label("How the visit lies", "title"), self.phases, space=8))
        self.form = FormView(drawing, self.needs, self.terms)
        self.form.more_typed = lambda: Typed(self.needs.needs(), self.terms.terms())
        self.setLayout(column(two_panes(self.new, self.list, self.archived, self.form)))
        self.list.rowChosen.connect(self.rowChosen)
        self.new.clicked.connect(self.newRequested)
        self.archived.toggled.connect(self.archivedShown)
        self.needs.edited.connect(self.form.touch)
        self.terms.edited.connect(self.form.touch)

    def show_rows(self, rows: tuple[SetupRow, ...], chosen: str) -> None:
        """List the services."""
        self.list.show_rows(rows, chosen)

    def show_service(
        self, form: FormRow, needs: Sequence[NeedRow], choices: NeedChoices, terms: Sequence[TermsRow],
        *, anew: bool = False,
    ) -> None:  # fmt: skip
        """Show one service, unless the same one is half changed here."""
        kept = not anew and self.form.keeps(form)
        self.form.show_form(form, anew=anew)
        if kept:
            return
        begun = self.form.more_begun
        if isinstance(begun, Typed):
            needs, terms = begun.needs, tuple(_as_typed(one, begun.terms.get(one.id)) for one in terms)
        self.needs.show_needs(needs, choices)
        self.terms.show_terms(terms)

    def forget(self) -> None:
        """Let go of what is half typed."""
        self.form.forget()
        self.needs.show_needs((), NeedChoices())
        self.terms.show_terms(())

    def show_phases(self, shown: Phases) -> None:
        """Draw how the visit lies."""
        self.phases.show_phases(shown)

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong, each beside its field."""
        self.form.show_errors(errors)
        self.needs.show_errors(errors)
        self.terms.show_errors(errors)

    def focus_first(self) -> None:
        """Put the focus into the list."""
        self.list.setFocus()


def _as_typed(one: TermsRow, texts: tuple[str, str, str, str] | None) -> TermsRow:
    if texts is None:
        return one
    price, active, processing, finishing = texts
    return replace(one, price=price, active=active, processing=processing, finishing=finishing)
