"""The figures of some days of a location, all together."""

from datetime import date

from shared.model.base import LocationId, value
from shared.rules.numbers.customers import Comers, comers
from shared.rules.numbers.lead_time import LeadTime, lead_time
from shared.rules.numbers.material import Asked, Material
from shared.rules.numbers.reading import Source, reading
from shared.rules.numbers.revenue import Revenue, revenue
from shared.rules.numbers.turnout import Turnout, turnout
from shared.rules.numbers.utilisation import ResourceUse, utilisation
from shared.rules.pieces import whole


@value
class Numbers:
    """What `shared/decisions/0053-the-numbers.md` defines, of the local days `first` to `last`, both included."""

    location_id: LocationId
    zone: str
    first: date
    last: date
    utilisation: tuple[ResourceUse, ...]
    turnout: Turnout
    lead_time: LeadTime
    revenue: tuple[Revenue, ...]
    customers: Comers


def numbers_of(material: Material) -> Numbers:
    """The figures of the material."""
    return Numbers(
        location_id=material.location.id,
        zone=material.location.zone,
        first=material.asked.first,
        last=material.asked.last,
        utilisation=utilisation(material),
        turnout=turnout(material.visits),
        lead_time=lead_time(material.visits),
        revenue=revenue(material.visits, material.paid, material.resources),
        customers=comers(material.visits, material.merged, material.known_before),
    )


def read_numbers(source: Source, asked: Asked) -> Numbers:
    """The figures straight from a store; refuses as `reading` does."""
    return numbers_of(whole(reading(source, asked)))
