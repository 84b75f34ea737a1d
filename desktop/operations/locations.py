"""The clock of a site."""

from desktop.operations.operation import Operation
from shared.model.business import Location
from shared.mutations.location import LocationRezone


def rezone(seen: Location, zone: str) -> Operation:
    """Let a site that was seen go by the clock of another zone: wall times stay."""
    args = LocationRezone(location_id=seen.id, was=seen.zone, zone=zone)
    return Operation(name="location.rezone", args=args, label="time zone")
