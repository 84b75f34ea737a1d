"""The rows that views show beside the book: plain values, worded by presenters."""

from dataclasses import dataclass, fields, replace
from datetime import date, time
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose: `id` is what is chosen, `text` what a person reads, `detail` a quiet second line."""

    id: str
    text: str
    detail: str = ""
    alert: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """Somebody whom the book does not know yet."""

    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingForm:
    """What stands in the booking panel. `day` and `start` are what the clock on the location's wall shows."""

    customer: Choice | None = None
    new_customer: NewCustomer | None = None
    location_id: str = ""
    service_id: str = ""
    more: tuple[str, ...] = ()
    """Services that follow it."""
    party: int = 1
    staff_id: str = ""
    """With the next two: who and what was chosen by hand; empty takes what is free, where a service needs it."""
    room_id: str = ""
    equipment_id: str = ""
    day: date | None = None
    start: time | None = None
    minutes: int = 0
    own_length: bool = False
    """Whether a person has set the length: it stays, whatever the service takes."""
    notes: str = ""
    source: Literal["desk", "phone", "walk_in"] = "desk"
    """How the wish came in."""
    override: str | None = None
    """The reason to book over a rule; None asks for no override."""

    def resource(self, kind: str) -> str:
        """The chosen resource of a kind: `STAFF`, `ROOM` or `EQUIPMENT`."""
        return {"STAFF": self.staff_id, "ROOM": self.room_id}.get(kind, self.equipment_id)

    def with_resource(self, kind: str, resource_id: str) -> "BookingForm":
        """The form with another resource of a kind."""
        if kind == "STAFF":
            return replace(self, staff_id=resource_id)
        if kind == "ROOM":
            return replace(self, room_id=resource_id)
        return replace(self, equipment_id=resource_id)

    @property
    def is_empty(self) -> bool:
        """Whether nobody has typed or chosen anything that would be missed."""
        return not (self.customer or self.new_customer or self.service_id or self.notes)

    def entered_since(self, sent: "BookingForm") -> "BookingForm":
        """An empty form but for what was entered after `sent` was sent."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        changed = {name: value for name, value in values if value != getattr(sent, name)}
        return replace(BookingForm(), **changed)

    def at_time_of(self, other: "BookingForm") -> "BookingForm":
        """The form at the time and place of another, and as long."""
        return replace(self, day=other.day, start=other.start, location_id=other.location_id, minutes=other.minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Somebody who has signed in on this computer."""

    id: str
    name: str
    detail: str = ""
    """What tells two of one name apart: the e-mail."""
    is_here: bool = False
    """Whether they are at the desk now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of details: what it is and what it says."""

    label: str
    text: str
    was: str = ""
    """What it said to whoever changed it; empty where that is the same or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatForm:
    """How something is to repeat; it ends after `count` times, on the day `until`, or with what may be booked ahead."""

    every: int = 1
    unit: str = "WEEKLY"
    """`DAILY`, `WEEKLY` or `MONTHLY`."""
    weekdays: tuple[int, ...] = ()
    """0 is Monday; of weeks only."""
    count: int | None = None
    until: date | None = None
    week_starts: int = 0
    """The weekday with which a week begins of which not every one counts; no field shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRow:
    """One date of a series; `note` says what is in the way of it, or what became of it."""

    text: str
    note: str = ""
    is_clash: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChoice:
    """One step of an appointment's status; `why_not` is empty where it can be taken."""

    action: str
    why_not: str = ""
    text: str = ""
    """What it is called here, where that is not what it is called elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One note; `made` says what it is about, who wrote it and when."""

    text: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """All that the appointment's card shows."""

    appointment_id: str
    title: str
    status: str
    """`booked`, `arrived`, …"""
    status_text: str
    when: str
    facts: tuple[Fact, ...] = ()
    alert: str = ""
    notes: tuple[NoteRow, ...] = ()
    has_customer: bool = False
    has_data: bool = False
    """Whether there is somebody of whom anything is known."""
    mark: str = ""
    """Says that it is saved on this computer and not yet accepted; empty where it is accepted."""
    refused: str = ""
    """Says what refused it; empty where nothing did."""
    steps: tuple[StepChoice, ...] = ()
    """The steps that are open or worth an explanation."""
    repeats: bool = False
    """Whether it is one of a series."""
    may_repeat: bool = False
    """Whether it can become the first of a series."""
    locked: str = ""
    """Says that it is paid and closed; empty where it is not."""
    may_unlock: bool = False
    main: str = ""
    """The step that is next on the visit's day and before it; empty where none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionRow:
    """One refused edit in the list."""

    item_id: str
    title: str
    rule: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredRow:
    """A later edit that waits under a refused one: what it is, and what was entered with it."""

    title: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionDetail:
    """One refused edit with everything that a person needs to settle it."""

    item_id: str
    title: str
    made: str
    rule: str
    yours: tuple[Fact, ...]
    now: tuple[Fact, ...]
    slots: tuple[Choice, ...] = ()
    slots_known: bool = False
    """Whether the next free slots have been looked for already."""
    slots_wanted: bool = True
    """Whether another time is a way to settle it."""
    keep_why_not: str = ""
    """Why this person may not keep it; empty where they may."""
    keep_needs_reason: bool = True
    keep: str = ""
    """What the button says that makes the edit all the same, where that ends something; empty where it does not."""
    drop_why_not: str = ""
    """Why this person may not drop it; empty where they may."""
    drop: str = ""
    """What the button says that lets such an edit go; empty as `keep` is."""
    restore: str = ""
    """What the button says that brings back and applies; empty where nothing is to be brought back."""
    restore_why_not: str = ""
    attach: bool = False
    """Whether it is attached to something: `slots` are what to attach it to."""
    also: tuple[GatheredRow, ...] = ()
    """Later edits that stand on this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportColumn:
    """A column of a file: its heading, what stands first in it, and the id of what it is taken for; empty for none."""

    heading: str
    sample: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """What becomes of one row of a file; `verdict` is `taken`, `changed`, `updated`, `skipped` or `refused`.

    What is to say of the whole file has neither a number nor a verdict.
    """

    line: int | None
    verdict: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """One action in the list of keys."""

    group: str
    text: str
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that can be done to a row; `why_not` is empty where it can, and says why where it cannot."""

    action: str
    text: str
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """Somebody of the team, an open invite, a device or a session: who or what, and what can be done about it."""

    id: str
    title: str
    detail: str = ""
    chips: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()
    muted: bool = False
    """Whether it is of the past: somebody disabled, a device that was shut out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One event of the audit trail in words."""

    when: str
    who: str
    what: str
    reason: str
    place: str
    refused: bool = False
