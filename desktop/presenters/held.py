"""What somebody had begun when another took the desk: kept for them, and never saved in the other's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.presenters.callers import Begun
from desktop.presenters.customers import CustomerDraft
from desktop.presenters.waitlist import WishDraft
from desktop.views.setup.page import SetupDrafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One person's unfinished work: at the panels beside the book, and in the forms of the other pages."""

    login: str
    """Whose it is (`Login.id`)."""
    setup: SetupDrafts
    customers: tuple[CustomerDraft, ...]
    customer_notes: Mapping[str, str]
    """Notes that are half written, by the customer."""
    wishes: tuple[WishDraft, ...]
    invited: str
    """The e-mail of somebody who was about to be invited."""
    booking: Begun = field(default_factory=Begun)
    query: str = ""
    """What was typed to find the customer of the booking, and not chosen yet."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Notes that are half written, by the visit that they were written at."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Reasons to cancel that are half written, by their visit."""
    is_open: bool = False
    """Whether the booking panel was open."""
