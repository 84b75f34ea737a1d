"""The rows of the set-up pages: lists, forms whose fields are texts as they are typed, and what they lead to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from desktop.models.rows import Choice

Texts = Mapping[str, str]
"""What stands in the fields of a form, by the name of the field; a tick is `yes` or nothing."""
YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRow:
    """One thing in a list, or with `is_heading` the line above a group of them."""

    id: str = ""
    title: str
    detail: str = ""
    colour: str = ""
    is_archived: bool = False
    is_heading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field: `kind` is `text`, `choice`, `tick` or `colour`; `help` says what follows from it.

    `why_not` says why it cannot be changed; it is empty where it can.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: tuple[Choice, ...] = ()
    help: str = ""
    unit: str = ""
    why_not: str = ""
    is_narrow: bool = False
    """Whether it may stand beside its neighbours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """A form: `id` is that of what it is about, empty for something new."""

    id: str = ""
    title: str
    fields: tuple[FieldRow, ...]
    note: str = ""
    is_archived: bool = False
    """Then nothing of it can be changed until it is brought back."""
    may_archive: bool = True
    seen: object = field(default=None, compare=False)
    """What it was drawn from, with which what was typed is compared; None for something new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """What a service needs: `whom` is the id of a choice, `chosen` who or what where that names certain ones."""

    whom: str
    chosen: tuple[str, ...] = ()
    count: str = "1"
    during: str = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedChoices:
    """What needs are made of; `certain` has the ones to tick for each `whom` that names certain ones."""

    whom: tuple[Choice, ...] = ()
    during: tuple[Choice, ...] = ()
    certain: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsRow:
    """One person's own price and minutes as typed; empty is as the service says."""

    id: str
    name: str
    price: str = ""
    active: str = ""
    processing: str = ""
    finishing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseLane:
    """Who or what is held when: spans in minutes from the beginning of the first buffer."""

    name: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """How the five phases of a visit lie, minutes each, and what is held in which of them."""

    minutes: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)
    lanes: tuple[PhaseLane, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One owner's week: a text such as `9:00–12:30, 14:00–18:00` for each weekday, 0 is Monday; empty is closed."""

    owner_id: str
    days: tuple[str, ...]
    note: str = ""
    """What is true of the whole week, such as that there are no hours of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRow:
    """A date with hours of its own, or a blocked time, that can be taken away."""

    id: str
    text: str
    detail: str = ""
    day: date | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernedRow:
    """A visit that somebody has to see to: when and whose, and what is in the way.

    `appointment_id` is empty for what is none, such as blocked time: that cannot be opened.
    """

    appointment_id: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """One limit of the plan: how much of it is used, and what that means."""

    name: str
    title: str
    used: str
    note: str = ""
    mark: str = ""
    """A word for what stands out, such as `Full`; empty where nothing does."""
    is_full: bool = False
    agreed: str = ""
    """That it was agreed apart from the plan; empty where it was not, or nobody knows."""
    share: float | None = None
    """0 to 1; None where there is no limit, or nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """One feature, and what there is to say of it."""

    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """What a business has by its plan, and how much of it is used."""

    title: str
    whom: str
    """Whom to ask for more."""
    agreed: str = ""
    """That something was agreed apart from the plan."""
    limits: tuple[LimitRow, ...]
    features_note: str = ""
    included: tuple[FeatureRow, ...]
    missing: tuple[FeatureRow, ...]
