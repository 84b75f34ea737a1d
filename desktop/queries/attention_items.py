"""The edits that the server could not take, with what was entered, what stands there now, and which rule refused."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from desktop.queries.entered import rows_named, standing
from desktop.queries.find_customer import find_customer
from desktop.queries.phones import phones_text, region_of, written
from desktop.queries.verdict import refused, verdict
from desktop.queries.wishes import wished_by
from desktop.store import finding
from desktop.store.replica import Replica
from shared.dates import Dates
from shared.errors import Code, Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import replace, value
from shared.model.business import Location
from shared.model.customer import Customer
from shared.model.member import Member, Role
from shared.model.note import NoteAbout
from shared.model.payment import Payment
from shared.model.registry import Entity
from shared.model.resource import Resource
from shared.mutations.attention import seen_of
from shared.mutations.bringing_back import capability_to_restore, is_archived
from shared.mutations.registry import MUTATIONS
from shared.mutations.rights import require_allowed
from shared.rules.permissions import Capability, may
from shared.store import Reads
from shared.texts import sentence

_PLAN: Final = frozenset({Code.LIMIT_REACHED, Code.FEATURE_NOT_IN_PLAN})


@value
class Visit:
    """An appointment in the words of its people: the one that was wished for, or the one that stands there."""

    appointment: Appointment
    customer: str
    reach: tuple[str, ...]
    """The customer's phones, as the business writes them, and e-mails."""
    service: str
    with_whom: str
    """The names of its resources, joined by commas; service by service where not all of them do the same."""
    by: str = ""
    """Who brought it to its status; empty where that is not known here."""


@value
class Late:
    """An edit that waits under another: its name, and all that was entered."""

    name: str
    args: Mapping[str, Any]


@value
class Restorable:
    """What an edit needs brought back."""

    name: str
    may: bool
    """Whether the person at the desk may bring it back."""
    is_archived: bool = False
    """Whether it is archived now, so that the edit cannot be made without it."""


@value
class Target:
    """A customer or a visit to which something can be attached."""

    about: NoteAbout
    id: str
    name: str
    start: datetime | None = None
    """Of a visit."""


@value
class Attention:
    """One open item. `mine` and `now` are None for what is no visit, and for a visit that holds nothing."""

    id: str
    name: str
    """The edit, such as `appointment.book`."""
    args: Mapping[str, Any]
    """All that was entered, with phone numbers as the business writes them."""
    there: Mapping[str, Any]
    """What stands in the book where it would be set, in the form of arguments that would set it."""
    rows: Mapping[str, Entity]
    """Every row of the book that it names, by its id, and perhaps others."""
    code: str
    why: str
    """The rule, as a sentence."""
    zone: str
    author: str
    made_at: datetime
    subject_id: str
    customer: str
    """Whom it is about; empty where that is not known."""
    mine: Visit | None
    now: Visit | None
    """What stands in the way, or what became of the same appointment meanwhile."""
    is_contested: bool
    """Whether a field was changed by somebody else meanwhile."""
    gathered: tuple[Late, ...]
    """Later edits that stand on this one."""
    may_override: bool
    """Whether the person at the desk may keep it over the rule, with a reason."""
    settling: bool
    """Whether an edit that settles it waits already."""
    set_aside: bool
    """Whether it was not decided at all: only who leads the business settles it."""
    may_settle: bool
    """Whether the person at the desk may."""
    never_dropped: bool
    """Whether it was written down to stay: it is attached, not dropped."""
    restorable: Restorable | None
    """What was archived or ended meanwhile and can be brought back with the edit."""
    not_open: str
    """Why a visit is not open to the step by now, whoever takes it, as a sentence; empty where it may be."""
    not_allowed: str
    """Why the person at the desk may not make it, whoever entered it, as a sentence; empty where they may."""
    attach_to: tuple[Target, ...]
    """To what it may belong, where it can be attached."""
    tried: Mapping[str, Any]
    """The choice that was refused last."""
    by_plan: bool
    """Whether the plan of the business refused it: neither another time nor a reason helps."""
    seen: str
    """All that there is to see of it, in short: a choice says with it what its person saw."""
    still: str
    """Of what no other visit is in the way of, why it would be refused now too; empty where it would be taken."""

    @property
    def is_payment(self) -> bool:
        """Whether money changed hands: it belongs to a visit, and to no customer."""
        return self.name in _PAYMENTS


_PAYMENTS: Final = frozenset({"payment.take", "payment.refund"})


_PAIRS: Final = {
    "customer.keep_apart": ("one_id", "other_id"),
    "customer.suggest_again": ("one_id", "other_id"),
    "customer.merge": ("kept_id", "merged_id"),
}
"""Edits about two customers, and what names them."""


def attention_items(replica: Replica) -> tuple[Attention, ...]:
    """Every open item, the oldest first."""
    return _told(replica, finding.open_items(replica.database))


def attention_item(replica: Replica, item_id: str) -> Attention | None:
    """One open item; None where it is settled or gone."""
    item = replica.tx().find(AttentionItem, item_id)
    open_one = [] if item is None or item.state is not AttentionState.OPEN else [item]
    return next(iter(_told(replica, open_one)), None)


@value
class _Known:
    """What is looked up once for all items."""

    team: Mapping[str, Member]
    settling: Collection[str]
    region: str
    """In which country phone numbers are written without a country code."""
    there: Mapping[str, Mapping[str, Any]]
    """By item what stands where it would be set."""
    rows: Mapping[str, Entity]


def _told(replica: Replica, items: Sequence[AttentionItem]) -> tuple[Attention, ...]:
    reads = replica.tx()
    there: dict[str, Mapping[str, Any]] = {item.id: _there(reads, item) for item in items}
    known = _Known(
        team=finding.members(replica.database),
        settling=replica.outbox.settling([item.id for item in items]),
        region=region_of(reads.business()),
        there=there,
        rows=rows_named(replica.database, (told for item in items for told in (*_said(item), there[item.id]))),
    )
    return tuple(_attention(replica, item, known) for item in items)


def _there(reads: Reads, item: AttentionItem) -> Mapping[str, Any]:
    """What stands in the book; what the server said of a contested field where the row is not here."""
    found = standing(reads, item.name, item.args)
    if found or not _is_contested(item):
        return found
    return {"edits": [{"field": item.details["field"], "value": item.details.get("now")}]}


def _is_contested(item: AttentionItem) -> bool:
    return item.code == Code.CHANGED_MEANWHILE and "field" in item.details


def _said(item: AttentionItem) -> Iterable[Any]:
    """All in an item that may name a row."""
    return (item.subject_id, item.args, item.details, *(late.args for late in item.gathered))


def count_attention(replica: Replica) -> int:
    """How many items are open and in nobody's hands: those that are being settled already are not counted."""
    items = finding.open_item_ids(replica.database)
    return len(items) - len(replica.outbox.settling(items))


def _attention(replica: Replica, item: AttentionItem, known: _Known) -> Attention:
    reads, ctx = replica.tx(), replica.context()
    wish = wished_by(reads, ctx, item.name, item.args)
    there = _visit_there(reads, item)
    business = reads.business()
    visit = wish or there
    zone = visit.zone if visit else _zone_of(item, known.rows) or business.zone
    mine = None if wish is None else _visit(replica, wish, known.region)
    author = known.team.get(item.as_whom or item.author_id or "")
    set_aside = item.code == Code.QUARANTINED
    return Attention(
        id=item.id,
        name=item.name,
        args=written(item.args, known.region),
        there=written(known.there[item.id], known.region),
        rows=known.rows,
        code=item.code,
        why=sentence(item.code, written(item.details, known.region), Dates(zone=zone, locale=business.locale)),
        zone=zone,
        author=author.name if author else "",
        made_at=item.made_at,
        subject_id=item.subject_id,
        customer=mine.customer if mine else _name_of(replica, item, there),
        mine=mine,
        now=None if there is None else replace(_visit(replica, there, known.region), by=_by_whom(there, known.team)),
        is_contested=_is_contested(item),
        gathered=tuple(Late(name=late.name, args=written(late.args, known.region)) for late in item.gathered),
        may_override=may(ctx.actor.role, Capability.OVERRIDE) and "segments" in item.args,
        settling=item.id in known.settling,
        set_aside=set_aside,
        may_settle=not set_aside or may(ctx.actor.role, Capability.SETTLE_QUARANTINE),
        never_dropped=MUTATIONS[item.name].never_dropped,
        restorable=_restorable(reads, item, ctx.actor.role),
        not_open=_not_open(replica, item) if there is not None and there.id == item.subject_id else "",
        not_allowed=_not_allowed(replica, item),
        attach_to=_targets(replica, item) if MUTATIONS[item.name].attached is not None else (),
        tried=item.details.get("tried") or {},
        by_plan=item.code in _PLAN,
        still=_still(replica, item) if item.code in _PLAN or there is None else "",
        seen=seen_of(reads, item),
    )


def _still(replica: Replica, item: AttentionItem) -> str:
    return verdict(replica, item.name, MUTATIONS[item.name].parse(item.args)).why_not


def _not_allowed(replica: Replica, item: AttentionItem) -> str:
    """What of the role is in the way; what only the arguments would show is asked of what a role was refused for."""
    reads, mutation = replica.tx(), MUTATIONS[item.name]
    if item.code == Code.NOT_ALLOWED:
        now = verdict(replica, item.name, mutation.parse(item.args))
        return now.why_not if now.code == Code.NOT_ALLOWED else ""
    # Not the whole verdict: a page of hundreds asks it of each, and whoever books waits for that.
    try:
        require_allowed(reads, replica.context().actor, mutation.capability)
    except Refusal as refusal:
        return refused(reads, refusal).why_not if refusal.code is Code.NOT_ALLOWED else ""
    return ""


_OTHERWISE: Final = (Code.CHANGED_MEANWHILE, Code.WRONG_STATUS)
"""What is said of an edit whose visit has become another."""
_STEP_GONE: Final = "The step that was to be taken back is not the last one any more."


def _not_open(replica: Replica, item: AttentionItem) -> str:
    """Why the visit is not open to the step, taken by whoever has seen where it stands now."""
    if item.code not in _OTHERWISE:
        return ""
    mutation = MUTATIONS[item.name]
    now = verdict(replica, item.name, mutation.refreshed(replica.tx(), mutation.parse(item.args)))
    if now.code == Code.CHANGED_MEANWHILE and item.name == "appointment.undo_step":
        # It is for its own step alone: however it is kept, it would be refused again.
        return _STEP_GONE
    return now.why_not if now.code == Code.WRONG_STATUS else ""


def _visit_there(reads: Reads, item: AttentionItem) -> Appointment | None:
    other = reads.find(AttentionItem, item.subject_id)
    if other is not None:
        # A choice that came second: what became of the first is there now, and no more what was in its way.
        made = None if other.state is AttentionState.OPEN else reads.find(Appointment, other.subject_id)
        return made or _visit_there(reads, other)
    in_the_way = item.details.get("appointment")
    if isinstance(in_the_way, str) and (found := reads.find(Appointment, in_the_way)) is not None:
        return found
    return reads.find(Appointment, item.subject_id)


def _zone_of(item: AttentionItem, rows: Mapping[str, Entity]) -> str:
    """The zone of the place that an edit is about; empty where it names none."""
    thing = rows.get(str(item.args.get("resource_id") or item.args.get("owner_id")))
    place_id = thing.location_id if isinstance(thing, Resource) else item.args.get("location_id")
    place = rows.get(str(place_id))
    return place.zone if isinstance(place, Location) else ""


def _restorable(reads: Reads, item: AttentionItem, role: Role) -> Restorable | None:
    if item.code == Code.ARCHIVED:
        capability = capability_to_restore(item.details.get("what"))
        name = str(item.details.get("name") or ("the blocked time" if item.details.get("what") == "block" else ""))
        if capability is None:
            return None
        return Restorable(name=name, may=may(role, capability), is_archived=is_archived(reads, item.details))
    mutation = MUTATIONS[item.name]
    if item.code in _OTHERWISE and mutation.reopens(reads, mutation.parse(item.args)).put:
        return Restorable(name="the visit", may=may(role, mutation.capability))
    return None


_MOST_TARGETS: Final = 5
_MOST_EACH: Final = 3


def _targets(replica: Replica, item: AttentionItem) -> tuple[Target, ...]:
    """Whom and what an edit that stands alone was most likely about: its customer, then their latest visits."""
    customer = _customer_of(replica, item)
    if customer is None or customer.archived:
        return ()
    if item.name in _PAYMENTS:
        return tuple(_visits(replica, customer, _MOST_TARGETS))
    about = Target(about=NoteAbout.CUSTOMER, id=customer.id, name=customer.name)
    return (about, *_visits(replica, customer, _MOST_TARGETS - 1))


def _customer_of(replica: Replica, item: AttentionItem) -> Customer | None:
    """Whom an edit that stands alone was most likely about: by a visit, a refused booking, or their own row."""
    reads, about = replica.tx(), _about(replica, item)
    visit = reads.find(Appointment, about)
    refused = finding.booking_of(replica.database, about)
    customer_id = visit.customer_id if visit else refused.args.get("customer_id") if refused else about
    return reads.find(Customer, customer_id or "")


def _about(replica: Replica, item: AttentionItem) -> str:
    """The row that an edit belongs to: of money, the visit that it was taken for."""
    if item.name not in _PAYMENTS:
        return item.subject_id
    paid = replica.tx().find(Payment, str(item.args.get("refund_of") or ""))
    return str((paid.appointment_id if paid else item.args.get("appointment_id")) or "")


def _visits(replica: Replica, customer: Customer, most: int) -> Iterable[Target]:
    for one in finding.appointments_of(replica.database, customer.id, most):
        yield Target(about=NoteAbout.APPOINTMENT, id=one.id, name=customer.name, start=one.starts_at)


def visits_to_attach_to(replica: Replica, text: str) -> tuple[Target, ...]:
    """The latest visits of the customers whom a text finds, for money that belongs to one of them."""
    found = finding.by_ids(replica.database, Customer, [one.id for one in find_customer(replica, text)])
    return tuple(target for one in found.values() for target in _visits(replica, one, _MOST_EACH))


def _name_of(replica: Replica, item: AttentionItem, standing: Appointment | None) -> str:
    if item.name in _PAYMENTS:
        customer = _customer_of(replica, item)
        return customer.name if customer else ""
    return _customer_name(replica.tx(), item, standing)


def _customer_name(reads: Reads, item: AttentionItem, standing: Appointment | None) -> str:
    other = reads.find(AttentionItem, item.subject_id)
    if other is not None:
        return _customer_name(reads, other, standing)
    if item.name in _PAIRS:
        both = (reads.find(Customer, str(item.args.get(name) or "")) for name in _PAIRS[item.name])
        return " and ".join(one.name for one in both if one is not None)
    if item.args.get("about") == NoteAbout.CUSTOMER:
        noted = reads.find(Customer, item.subject_id)
        return noted.name if noted else ""
    # A customer that does not exist yet has a name in what was entered.
    about = reads.find(Customer, item.args.get("customer_id") or (standing.customer_id if standing else None) or "")
    return about.name if about else str(item.args.get("name", ""))


def _visit(replica: Replica, one: Appointment, region: str) -> Visit:
    customer = replica.tx().find(Customer, one.customer_id) if one.customer_id else None
    taken = finding.by_ids(replica.database, Resource, one.resources)
    return Visit(
        appointment=one,
        customer=customer.name if customer else "",
        reach=(*phones_text(customer.phones, region), *customer.emails) if customer else (),
        service=one.service_names,
        with_whom=_with_whom(one, {row_id: resource.name for row_id, resource in taken.items()}),
    )


def _by_whom(one: Appointment, team: Mapping[str, Member]) -> str:
    author = team.get(one.steps[-1].shown_by) if one.steps else None
    return author.name if author else ""


def _with_whom(one: Appointment, names: Mapping[str, str]) -> str:
    def of(resources: Iterable[str]) -> str:
        return ", ".join(names[row_id] for row_id in resources if row_id in names)

    if len({segment.resources for segment in one.segments}) < 2:
        return of(one.resources)
    return "; ".join(f"{segment.name}: {of(segment.resources)}" for segment in one.segments)
