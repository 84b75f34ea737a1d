"""What the server has taken otherwise than this desk showed it, in words."""

from desktop.store.exchanged import Exchange, exchanges
from desktop.store.replica import Replica
from shared.dates import Dates
from shared.model.appointment import Appointment
from shared.model.base import value
from shared.model.customer import Customer
from shared.model.resource import Resource
from shared.store import Reads


@value
class Told:
    """One exchange, by the number of the edit, and its sentence."""

    seq: int
    text: str


def exchanged_words(replica: Replica) -> tuple[Told, ...]:
    """A sentence for each of the last exchanges whose visit is there, the eldest first."""
    reads = replica.tx()
    told = ((one.seq, _sentence(reads, one)) for one in exchanges(replica.meta))
    return tuple(Told(seq=seq, text=text) for seq, text in told if text)


def _sentence(reads: Reads, exchange: Exchange) -> str:
    visit = reads.find(Appointment, exchange.subject)
    if visit is None:
        return ""
    customer = None if visit.customer_id is None else reads.find(Customer, visit.customer_id)
    whose = customer.name if customer else visit.segments[0].name
    when = Dates(zone=visit.zone, locale=reads.business().locale).moment(visit.starts_at)
    gone, taken = _names(reads, exchange.gone), _names(reads, exchange.taken)
    was = "were" if len(exchange.gone) > 1 else "was"
    return f"{whose}, {when}: {taken} in place of {gone}, which {was} taken meanwhile."


def _names(reads: Reads, ids: tuple[str, ...]) -> str:
    return ", ".join(one.name for one in (reads.find(Resource, row_id) for row_id in ids) if one is not None)
