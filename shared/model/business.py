"""The tenant's own row and its sites."""

from shared.model.base import BusinessId, LocationId, value


@value
class Business:
    """The tenant itself: how it counts time and money, and its policies on booking."""

    id: BusinessId
    name: str
    zone: str
    currency: str
    locale: str
    first_day_of_week: int
    """0 is Monday (ISO 8601), 6 is Sunday."""
    slot_step: int
    """Minutes between two starts that the book offers."""
    min_notice: int
    """Minutes that a customer's own request must lie ahead; the desk is not held to it."""
    max_advance: int
    """Days ahead that can be booked at most."""
    cancel_window: int
    """Minutes before the start from which a cancellation counts as late."""
    requests_hold: bool
    """Whether a request that nobody has accepted yet holds its slot."""
    series_clash: str
    """`part` books what fits of a series, `refuse` all or nothing."""
    approval: bool = True
    """Whether what a customer books waits as a request until the team accepts it."""
    request_life: int = 0
    """Minutes after which a request that nobody has answered expires; 0 keeps it until its start."""
    late_fee: int = 0
    """Minor units that a late cancellation costs; the fee is noted and asked for by hand."""


@value
class Location:
    """A site with its own zone and address."""

    id: LocationId
    name: str
    zone: str
    address: str
    archived: bool = False
