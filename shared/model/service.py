"""What is sold: how long it takes, what it costs, what it needs."""

from shared.model.base import ResourceId, ServiceId, value
from shared.model.resource import ResourceKind


@value
class Need:
    """One thing a service needs: any one of `any_of`, or any resource of `kind` where that is empty."""

    kind: ResourceKind
    any_of: tuple[ResourceId, ...] = ()


@value
class Service:
    """A treatment or a class. Phases in minutes: before and after are buffers, the rest is the visit."""

    id: ServiceId
    name: str
    category: str
    colour: str
    price: int
    """Minor units of the business's currency."""
    before: int
    active: int
    processing: int
    finishing: int
    after: int
    needs: tuple[Need, ...] = ()
    archived: bool = False

    @property
    def minutes(self) -> int:
        """Length of the visit without its buffers."""
        return self.active + self.processing + self.finishing
