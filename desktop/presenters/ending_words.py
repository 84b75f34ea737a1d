"""What settling says of a refused edit that ends something: *Keep* alone sounds like keeping what it would end."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the button says that makes such an edit all the same, and what is said once it is made."""

    keep: str
    kept: str
    """With `whose` for whose visit it is and when, where the edit is about one."""
    drop: str = "Leave it as it is now"


ENDINGS: Final = {
    "appointment.cancel": Ending(keep="Cancel the visit all the same", kept="Visit{whose} cancelled."),
    "appointment.decline": Ending(keep="Decline the request all the same", kept="Request{whose} declined."),
    "appointment.no_show": Ending(keep="Note a no-show all the same", kept="Visit{whose} noted as a no-show."),
    "block.remove": Ending(keep="Free the time all the same", kept="The time is free again."),
    "block.end_repeat": Ending(keep="Free the time all the same", kept="The time is free again."),
    "series.end": Ending(keep="End the series all the same", kept="The series has ended."),
    "waitlist.withdraw": Ending(keep="Take it from the waitlist all the same", kept="Taken from the waitlist."),
}
"""By the name of the edit."""


def kept_words(edit: str, customer: str = "", when: str = "") -> str:
    """What is said of an edit that is made as it was entered; of a visit with whose it is and when, where known."""
    if edit not in ENDINGS:
        return "Kept as it was entered."
    whose = f" of {customer}" if customer else ""
    return ENDINGS[edit].kept.format(whose=f"{whose}, {when}," if when else whose)


def dropped_words(edit: str) -> str:
    """What is said of an edit that is let go."""
    return "Left as it is now." if edit in ENDINGS else "Dropped."
