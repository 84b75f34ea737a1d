"""A form that comes back: what was typed is kept, and what is wrong with it stands beside its field."""

from typing import Final

from shared.errors import Refusal
from shared.model.base import value
from shared.protocol.problems import STATUS, ProblemCode
from syncserver.services.declined import Declined
from syncserver.web.admin import told

_MENDABLE: Final = frozenset({ProblemCode.INVALID, ProblemCode.EMAIL_TAKEN, ProblemCode.LIMIT_REACHED})
"""What somebody can mend by typing otherwise; so is whatever names the field that it is about."""


@value
class Mistake:
    """What is wrong with a form: the sentence, the field that it stands beside, empty for the whole, and the status."""

    said: str
    field: str
    status: int


def mistake_of(wrong: Declined | Refusal) -> Mistake:
    """What is wrong with a form that was sent. Raises the error itself where the form is not at fault."""
    code, said = told(wrong)
    field = _field(wrong)
    if code not in _MENDABLE and not field:
        raise wrong
    return Mistake(said=said, field=field, status=STATUS[code])


def _field(wrong: Declined | Refusal) -> str:
    if isinstance(wrong, Refusal):
        return str(wrong.details.get("field", ""))
    return "email" if wrong.code is ProblemCode.EMAIL_TAKEN else wrong.field
