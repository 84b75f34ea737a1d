"""The policies of the business, each with what follows from it."""

from PySide6.QtWidgets import QWidget

from desktop.models.setup_rows import FormRow, Texts
from desktop.views.build import column
from desktop.views.setup.form import FormView


class PoliciesView(QWidget):
    """One form."""

    def __init__(self) -> None:
        super().__init__()
        self.form = FormView()
        self.setLayout(column(self.form))

    def show_form(self, form: FormRow, *, anew: bool = False) -> None:
        """Show the policies, unless some are half changed here."""
        self.form.show_form(form, anew=anew)

    def forget(self) -> None:
        """Let go of what is half typed."""
        self.form.forget()

    def show_errors(self, errors: Texts) -> None:
        """Say what is wrong, each beside its field."""
        self.form.show_errors(errors)

    def focus_first(self) -> None:
        """Put the focus into the first field."""
        self.form.focus_first()
