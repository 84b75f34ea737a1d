"""When a location or resource can be booked, and when it cannot."""

from datetime import date, datetime

from shared.model.base import HoursExceptionId, HoursRuleId, OwnerId, ResourceId, TimeBlockId, value


@value
class HoursRule:
    """One weekly opening: minutes of the owner's local day; `closes` beyond 1440 runs past midnight."""

    id: HoursRuleId
    owner_id: OwnerId
    weekday: int
    """0 is Monday (ISO 8601), 6 is Sunday."""
    opens: int
    closes: int
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day on which it holds, itself included."""

    def __hash__(self) -> int:
        # The opening hours of a day are remembered by the rules that they are of.
        return hash(self.id)


@value
class HoursException:
    """A dated exception: closed all day where `opens` is null, else open at other hours than the week says."""

    id: HoursExceptionId
    owner_id: OwnerId
    day: date
    opens: int | None
    closes: int | None
    reason: str = ""


@value
class TimeBlock:
    """A span in which a resource cannot be booked: a break, leave, maintenance, another calendar's event."""

    id: TimeBlockId
    resource_id: ResourceId
    starts_at: datetime
    ends_at: datetime
    reason: str
    origin: str = ""
    """Where it came from, if not from a person: the UID of an imported event."""
    archived: bool = False
