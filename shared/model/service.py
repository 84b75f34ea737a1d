"""What is sold: how long it takes, what it costs, what it needs."""

from enum import StrEnum

from shared.model.base import ResourceId, ServiceId, value
from shared.model.resource import ResourceKind


class During(StrEnum):
    """In which phases of a visit something is needed."""

    ALL = "all"
    HANDS_ON = "hands_on"
    """While somebody works: in the active and the finishing phase, not while something takes effect between them."""
    ACTIVE = "active"


@value
class Need:
    """What a service needs: `count` of `any_of`; where that is empty of the kind, and of the pool if it names one."""

    kind: ResourceKind
    any_of: tuple[ResourceId, ...] = ()
    pool: str = ""
    count: int = 1
    during: During = During.ALL


@value
class Terms:
    """How one person does a service otherwise than it says; None is as it says."""

    resource_id: ResourceId
    price: int | None = None
    """Minor units of the business's currency."""
    active: int | None = None
    processing: int | None = None
    finishing: int | None = None


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
    capacity: int = 1
    """The largest party of one visit: each of them takes a place of what has several."""
    terms: tuple[Terms, ...] = ()

    @property
    def minutes(self) -> int:
        """Length of the visit without its buffers."""
        return self.active + self.processing + self.finishing
