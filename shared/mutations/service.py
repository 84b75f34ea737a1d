"""What is done for customers, how long its phases take, what it costs and what it needs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, TypeVar

from annotated_types import Ge, Le, MaxLen, MinLen

from shared.errors import Code, Refusal
from shared.model.base import ResourceId, ServiceId, replace
from shared.model.registry import structured, unstructured
from shared.model.resource import ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.mutations.fields import DEAREST, FieldEdit, edited
from shared.mutations.registry import Context, Line, arguments
from shared.mutations.rights import require_allowed
from shared.mutations.setup import changed, live, setup
from shared.rules import booking, choosing
from shared.rules.permissions import Capability
from shared.store import Changes, Reads

_M = TypeVar("_M")
Minutes = Annotated[int, Ge(0), Le(booking.LONGEST)]
Money = Annotated[int, Ge(0), Le(DEAREST)]
_SERVICE_FIELDS = frozenset(
    {"name", "category", "colour", "price", "before", "active", "processing", "finishing", "after", "archived"}
    | {"capacity"}
)


Party = Annotated[int, Ge(1), Le(10_000)]


@arguments
class NeedWish:
    """What a service needs: `count` of these; where none is named of the kind, and of the pool if it names one."""

    kind: Literal["STAFF", "ROOM", "EQUIPMENT"]
    any_of: Annotated[tuple[ResourceId, ...], MaxLen(500)] = ()
    pool: Line = ""
    count: Annotated[int, Ge(1), Le(50)] = 1
    during: Literal["all", "hands_on", "active"] = "all"


@arguments
class TermsWish:
    """How one person does a service otherwise than it says; null is as it says."""

    resource_id: ResourceId
    price: Money | None = None
    active: Annotated[int, Ge(1), Le(booking.LONGEST)] | None = None
    processing: Minutes | None = None
    finishing: Minutes | None = None


_MOST_NEEDS: Final = 20
_MOST_TERMS: Final = 500
Needs = Annotated[tuple[NeedWish, ...], MaxLen(_MOST_NEEDS)]
EveryonesTerms = Annotated[tuple[TermsWish, ...], MaxLen(_MOST_TERMS)]


@arguments
class ServiceCreate:
    """`service.create`; phases in minutes, price in minor units."""

    service_id: ServiceId
    name: Annotated[Line, MinLen(1)]
    category: Line = ""
    colour: Line = ""
    price: Money = 0
    before: Annotated[int, Ge(0), Le(booking.LONGEST_BUFFER)] = 0
    active: Annotated[int, Ge(1), Le(booking.LONGEST)]
    processing: Minutes = 0
    finishing: Minutes = 0
    after: Annotated[int, Ge(0), Le(booking.LONGEST_BUFFER)] = 0
    needs: Needs = ()
    capacity: Party = 1
    terms: EveryonesTerms = ()


@arguments
class ServiceUpdate:
    """`service.update`: fields against the values that were seen; needs and terms by what is put and taken away.

    A need is put in the place of one that differs by its count alone, terms in that of the same person's. Earlier
    versions set `needs` and `terms` whole; null leaves them. Since version 4 a way back says what it has seen of what
    it puts and takes away.
    """

    service_id: ServiceId
    edits: Annotated[tuple[FieldEdit, ...], MaxLen(30)] = ()
    needs: Needs | None = None
    terms: EveryonesTerms | None = None
    needs_put: Needs = ()
    needs_removed: Needs = ()
    terms_put: EveryonesTerms = ()
    terms_removed: Annotated[tuple[ResourceId, ...], MaxLen(_MOST_TERMS)] = ()
    needs_were: Needs | None = None
    """All that were seen; where that is left out, whatever is there is changed. So is `terms_were`."""
    terms_were: EveryonesTerms | None = None


def create_service(reads: Reads, ctx: Context, args: ServiceCreate) -> Changes:
    """Add a service."""
    if reads.find(Service, args.service_id) is not None:
        return Changes()
    made = Service(
        id=args.service_id,
        name=args.name,
        category=args.category,
        colour=args.colour,
        price=args.price,
        before=args.before,
        active=args.active,
        processing=args.processing,
        finishing=args.finishing,
        after=args.after,
        needs=_needs(args.needs),
        capacity=args.capacity,
        terms=_terms(args.terms),
    )
    return Changes(put=(_sound(made),))


def _needs(wishes: Sequence[NeedWish]) -> tuple[Need, ...]:
    return tuple(
        Need(kind=ResourceKind(one.kind), any_of=one.any_of, pool=one.pool, count=one.count, during=During(one.during))
        for one in wishes
    )


def _terms(wishes: Sequence[TermsWish]) -> tuple[Terms, ...]:
    return tuple(
        Terms(
            resource_id=one.resource_id,
            price=one.price,
            active=one.active,
            processing=one.processing,
            finishing=one.finishing,
        )
        for one in wishes
    )


def update_service(reads: Reads, ctx: Context, args: ServiceUpdate) -> Changes:
    """Change a service; what is booked keeps the snapshot it was booked with."""
    now = live(reads.find(Service, args.service_id), "service", args.service_id, args.edits)
    _require_seen(now, args)
    terms = _changed_terms(now.terms if args.terms is None else _terms(args.terms), args)
    if any(edit.field == "price" for edit in args.edits) or _prices(terms) != _prices(now.terms):
        require_allowed(reads, ctx.actor, Capability.SET_PRICES)
    after = edited(now, args.edits, editable=_SERVICE_FIELDS, contested=(), takes_back=ctx.takes_back)
    needs = _changed_needs(now.needs if args.needs is None else _needs(args.needs), args)
    return changed(now, _sound(replace(after, needs=needs, terms=terms)))


def _require_seen(now: Service, args: ServiceUpdate) -> None:
    """Refuse to put or take away what somebody has made another since it was seen."""
    if args.needs_were is not None:
        were, put = _needs(args.needs_were), _needs(args.needs_put)
        touched = {what_is_needed(one) for one in (*put, *_needs(args.needs_removed))}
        if _others(were, now.needs, put, what_is_needed) & touched:
            raise _changed(now, "needs", were, now.needs)
    if args.terms_were is not None:
        known, wanted, person = _terms(args.terms_were), _terms(args.terms_put), attrgetter("resource_id")
        people = {person(one) for one in wanted} | set(args.terms_removed)
        if _others(known, now.terms, wanted, person) & people:
            raise _changed(now, "terms", known, now.terms)


def _others(were: Sequence[_M], now: Sequence[_M], wanted: Sequence[_M], key: Callable[[_M], Any]) -> set[Any]:
    """The keys of what is neither as it was seen nor as it is wanted."""
    seen, there, put = ({key(one): one for one in some} for some in (were, now, wanted))
    return {of for of in seen.keys() | there.keys() if there.get(of) not in (seen.get(of), put.get(of))}


def _changed(now: Service, field: str, was: Sequence[Any], there: Sequence[Any]) -> Refusal:
    sides = {"was": unstructured(tuple(was)), "now": unstructured(tuple(there))}
    return Refusal(Code.CHANGED_MEANWHILE, subject=now.id, field=field, **sides)


def _changed_needs(needs: Sequence[Need], args: ServiceUpdate) -> tuple[Need, ...]:
    """Two desks that are apart add to the same set, and neither takes away what the other has added."""
    gone = {what_is_needed(one) for one in _needs(args.needs_removed)}
    kept = [one for one in needs if what_is_needed(one) not in gone]
    return _put(kept, _needs(args.needs_put), what_is_needed)


def _changed_terms(terms: Sequence[Terms], args: ServiceUpdate) -> tuple[Terms, ...]:
    kept = [one for one in terms if one.resource_id not in args.terms_removed]
    return _put(kept, _terms(args.terms_put), attrgetter("resource_id"))


def _put(there: Sequence[_M], wanted: Sequence[_M], key: Callable[[_M], Any]) -> tuple[_M, ...]:
    """Those that are there and those that are wanted, each in the place of what has the same key."""
    known, new = {key(one) for one in there}, {key(one): one for one in wanted}
    return (*(new.get(key(one), one) for one in there), *(one for of, one in new.items() if of not in known))


def what_is_needed(need: Need) -> Need:
    """What tells a need from others: all but how many."""
    return replace(need, count=1)


def to_sets_back(seen: Service, before: Service) -> ServiceUpdate:
    """The same so that it has those that it had before, against what was seen and nothing else."""
    back = to_sets(seen, before.needs, before.terms)
    changes_needs, changes_terms = back.needs_put or back.needs_removed, back.terms_put or back.terms_removed
    return replace(
        back,
        needs_were=structured(unstructured(seen.needs), Needs) if changes_needs else None,
        terms_were=structured(unstructured(seen.terms), EveryonesTerms) if changes_terms else None,
    )


def to_sets(seen: Service, needs: Sequence[Need], terms: Sequence[Terms]) -> ServiceUpdate:
    """What has to be put and taken away so that the service that was seen has these needs and terms."""
    wanted = seen.needs if tuple(needs) == seen.needs else _counted(needs)
    put = tuple(one for one in wanted if one not in seen.needs)
    kept = {what_is_needed(one) for one in wanted if one in seen.needs}
    removed = tuple(one for one in seen.needs if what_is_needed(one) not in kept)
    people = {one.resource_id for one in terms}
    return ServiceUpdate(
        service_id=seen.id,
        needs_put=structured(unstructured(put), tuple[NeedWish, ...]),
        needs_removed=structured(unstructured(removed), tuple[NeedWish, ...]),
        terms_put=structured(unstructured(tuple(one for one in terms if one not in seen.terms)), tuple[TermsWish, ...]),
        terms_removed=tuple(one.resource_id for one in seen.terms if one.resource_id not in people),
    )


def _counted(needs: Sequence[Need]) -> tuple[Need, ...]:
    """What is said twice is twice as many of it: a set holds each once."""
    counts: Counter[Need] = Counter()
    for one in needs:
        counts[what_is_needed(one)] += one.count
    return tuple(replace(one, count=count) for one, count in counts.items())


def _prices(terms: Sequence[Terms]) -> Mapping[ResourceId, int]:
    return {one.resource_id: one.price for one in terms if one.price is not None}


def _sound(service: Service) -> Service:
    phases = (service.before, service.active, service.processing, service.finishing, service.after)
    if not 0 <= service.price <= DEAREST:
        raise Refusal(Code.INVALID, what="value", field="price")
    if min(phases) < 0 or not 0 < service.minutes <= booking.LONGEST:
        raise Refusal(Code.INVALID, what="length", minutes=service.minutes)
    if not 1 <= service.capacity <= 10_000:
        raise Refusal(Code.INVALID, what="value", field="capacity")
    if len(service.needs) > _MOST_NEEDS:
        raise Refusal(Code.INVALID, what="value", field="needs")
    if len({one.resource_id for one in service.terms}) < len(service.terms) or len(service.terms) > _MOST_TERMS:
        raise Refusal(Code.INVALID, what="value", field="terms")
    for one in service.terms:
        minutes = choosing.by_terms(choosing.snapshot(service), service, one.resource_id).minutes
        if not 0 < minutes <= booking.LONGEST:
            raise Refusal(Code.INVALID, what="length", minutes=minutes)
    if max(service.before, service.after) > booking.LONGEST_BUFFER:
        raise Refusal(Code.INVALID, what="buffer", minutes=max(service.before, service.after))
    return service


setup("service.create", ServiceCreate, create_service, "service_id", Service, version=2)
setup(
    "service.update",
    ServiceUpdate,
    update_service,
    "service_id",
    Service,
    version=4,
    # Who keeps it has seen both sides.
    refreshed=lambda reads, args: replace(args, needs_were=None, terms_were=None),
)
