"""What can be booked: people, rooms and equipment."""

from enum import StrEnum

from shared.model.base import LocationId, ResourceId, UserId, value


class ResourceKind(StrEnum):
    """What a resource is."""

    STAFF = "STAFF"
    ROOM = "ROOM"
    EQUIPMENT = "EQUIPMENT"


@value
class Resource:
    """A person, a room or a piece of equipment; `capacity` is how many may hold it at one instant."""

    id: ResourceId
    location_id: LocationId
    kind: ResourceKind
    name: str
    capacity: int
    colour: str
    """`#rrggbb`."""
    position: int
    """Its place among the columns of the book."""
    member_id: UserId | None = None
    """The member behind it, where it is a person."""
    archived: bool = False
    pool: str = ""
    """What it is one of, such as `Treatment room`: a service may need any of a pool."""
