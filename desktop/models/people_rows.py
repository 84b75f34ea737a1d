"""The rows that the pages of customers and of the waitlist show: plain values, worded by presenters."""

from dataclasses import dataclass
from datetime import date

from desktop.models.rows import Choice, Deed, Fact, NewCustomer, NoteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One phone or e-mail: what a person reads, and the address that calling or writing opens."""

    text: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """What somebody said about one purpose; `given` is None where nothing was ever said."""

    purpose: str
    text: str
    given: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDetail:
    """All that the page of a customer shows."""

    id: str
    name: str
    alert: str = ""
    blocked: bool = False
    mark: str = ""
    reaches: tuple[Reach, ...] = ()
    tags: tuple[str, ...] = ()
    figures: tuple[Fact, ...] = ()
    """Visits, no-shows, spend."""
    visits: tuple[Fact, ...] = ()
    """Next and past visits, when and what."""
    waits: tuple[str, ...] = ()
    """What they wait for."""
    notes: tuple[NoteRow, ...] = ()
    consents: tuple[ConsentRow, ...] = ()
    duplicates: tuple[Choice, ...] = ()
    kept_apart: tuple[Choice, ...] = ()
    """Who is alike and somebody else."""
    deeds: tuple[Deed, ...] = ()
    """What can be done about the person as a whole: `block`, `archive`."""
    merge_why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerForm:
    """What is entered about a customer; phones, e-mails and tags one by one."""

    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    alert: str = ""
    preferred_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeSide:
    """One of two records that may be of one person."""

    id: str
    name: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitDetail:
    """One wish with what can be done about it; `slots` are free ones that suit it."""

    entry_id: str
    title: str
    state: str
    facts: tuple[Fact, ...]
    slots: tuple[Choice, ...] = ()
    slots_known: bool = False
    offered: str = ""
    """The offer that stands, in words; empty where none does."""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """What is entered about a wish. Minutes are of the local day; 0 and 1440 are any time."""

    customer: Choice | None = None
    query: str = ""
    """What was typed to find who waits, where nobody is chosen yet."""
    new_customer: NewCustomer | None = None
    service_id: str = ""
    person_id: str = ""
    weekdays: tuple[int, ...] = ()
    earliest: int = 0
    latest: int = 24 * 60
    from_day: date | None = None
    to_day: date | None = None
    priority: int = 0
    party: int = 1
    notes: str = ""
