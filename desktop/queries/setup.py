"""What there is to book: sites, services, people, rooms and equipment."""

from desktop.store import finding
from desktop.store.replica import Replica
from shared.model.base import value
from shared.model.business import Business, Location
from shared.model.resource import Resource
from shared.model.service import Service


@value
class Setup:
    """Everything that forms offer to choose from; nothing in it is archived."""

    business: Business
    locations: tuple[Location, ...]
    resources: tuple[Resource, ...]
    services: tuple[Service, ...]

    @property
    def resources_at_work(self) -> tuple[Resource, ...]:
        """The resources of locations that are not archived: the others have no zone to go by any more."""
        places = {one.id for one in self.locations}
        return tuple(one for one in self.resources if one.location_id in places)


def setup(replica: Replica) -> Setup:
    """The business as it is set up."""
    database = replica.database
    return Setup(
        business=replica.tx().business(),
        locations=tuple(finding.locations(database)),
        resources=tuple(finding.resources(database)),
        services=tuple(finding.services(database)),
    )
