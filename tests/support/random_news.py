"""What comes from other desks at random while somebody is at this one: rows that are others, new or gone."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from desktop.desk import Desk
from desktop.operations import appointments
from desktop.operations.operation import Operation
from desktop.store.base import Touched
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.base import replace
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import HoursRule, TimeBlock
from shared.model.member import Member, Role
from shared.model.plan import Tier
from shared.model.registry import ENTITIES, Entity, entity_type
from shared.model.resource import Resource
from shared.model.series import Series
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry, WaitlistState
from shared.mutations.decide import effect
from shared.mutations.erasure import Erase
from shared.mutations.registry import Actor
from shared.rules.plans import DEFAULTS, plan_row
from tests.support.replicas import changed_rows, patch
from tests.support.salon import BUSINESS, OWNER_USER

_OTHERWISE: Mapping[type[Entity], tuple[dict[str, Any], ...]] = {
    AttentionItem: ({"details": {"resource_name": "Zoë"}},),
    Business: (
        {"slot_step": 10}, {"slot_step": 60}, {"locale": "de-DE"}, {"locale": "en-US"}, {"first_day_of_week": 6},
        {"name": "Salon Zoë 🙂"}, {"zone": "Europe/London"}, {"requests_hold": False},
    ),
    Customer: (
        {"name": "Mira Lund"}, {"archived": True}, {"phones": ()}, {"alert": "Pays cash only"}, {"blocked": True},
    ),
    HoursRule: ({"opens": 0, "closes": 1440}, {"opens": 600, "closes": 660}),
    Location: ({"name": "Elsewhere"}, {"archived": True}, {"archived": False}),
    Member: (
        {"role": Role.TENANT_STAFF}, {"role": Role.TENANT_MANAGER}, {"role": Role.TENANT_OWNER}, {"active": False},
        {"name": "Anna"},
    ),
    Resource: (
        {"archived": True}, {"archived": False}, {"name": "Zoë"}, {"capacity": 3}, {"capacity": 1}, {"position": 9},
        {"member_id": None},
    ),
    Series: ({"archived": True}, {"rrule": "FREQ=DAILY;COUNT=3"}),
    Service: ({"archived": True}, {"archived": False}, {"price": 1}, {"active": 5}, {"name": "Trim"}, {"needs": ()}),
    TimeBlock: ({"reason": "Training"}, {"archived": True}),
    WaitlistEntry: ({"state": WaitlistState.WITHDRAWN}, {"state": WaitlistState.WAITING}, {"priority": 5}),
}  # fmt: skip
"""Fields as another desk may have set them, by what they are of."""
_GOES = (TimeBlock, WaitlistEntry, AttentionItem, HoursRule)
"""What the server lets desks forget, and nothing else hangs on."""


Send = Callable[..., Touched]
"""Takes in rows and `gone`, with what the server has accepted so far."""
Deed = Callable[[Replica, Send, random.Random], tuple[str, Touched]]


class RandomNews:
    """News for the book of a desk; the next version is that of the server, which this book follows."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._version, self._last = chance, 100, 0

    def arrive(self, desk: Desk) -> str:
        """Let something come, and say what."""
        self._version += 1
        version, chance = self._version, random.Random(self._chance.random())

        def come(replica: Replica) -> tuple[str, Touched]:
            if deed is _answer:
                self._last = max((one.seq for one in replica.outbox.all()), default=self._last)
            last = self._last

            def send(*rows: Entity, gone: Mapping[str, Sequence[str]] | None = None) -> Touched:
                return replica.apply_lines(patch(version, *rows, last_seq=last, gone=gone, of=replica))

            return deed(replica, send, chance)

        deed: Deed = chance.choices((_visit, _row, _removal, _answer, _plan), weights=(8, 8, 2, 2, 1))[0]
        said, touched = desk.do(come)
        desk.changes.tell({table: frozenset(rows) for table, rows in touched.items()} | {"outbox": frozenset()})
        return said


def any_of(replica: Replica, kind: type[Entity], chance: random.Random) -> Any:
    """One row of a table; None where there is none."""
    found = replica.database.rows(f"SELECT id FROM {entity_type(kind).table} ORDER BY id")
    return replica.tx().find(kind, chance.choice(found)[0]) if found else None


def _visit(replica: Replica, send: Send, chance: random.Random) -> tuple[str, Touched]:
    """A visit booked, moved or led on by the rules, or a customer erased with all their visits."""
    visit: Appointment | None = any_of(replica, Appointment, chance)
    other: Customer | None = any_of(replica, Customer, chance)
    if visit is None or other is None:
        return "hear of no visit", {}
    start = visit.starts_at + timedelta(minutes=15 * chance.randint(-8, 8))
    wishes = [appointments.wish(one.service_id, one.resources) for one in visit.segments]
    visits = tuple(one.id for one in replica.tx().visits_of(other.id))
    deeds: tuple[Callable[[], Operation], ...] = (
        lambda: appointments.book(location_id=visit.location_id, start=start, segments=wishes, customer_id=other.id),
        lambda: appointments.reschedule(visit, start=start), lambda: appointments.reschedule(visit, start=start),
        lambda: appointments.cancel(visit), lambda: appointments.step(visit, chance.choice(list(appointments.STEPS))),
        lambda: Operation(name="customer.erase", args=Erase(customers=(other.id,), appointments=visits), label=""),
    )  # fmt: skip
    try:
        wish = chance.choice(deeds)()
        rows, gone = _made(replica, wish)
    except Refusal as refusal:
        return f"hear of nothing, for {refusal.code}", {}
    return f"hear of {wish.name}", send(*rows, gone=gone)


def _made(replica: Replica, wish: Operation) -> tuple[Sequence[Entity], Mapping[str, Sequence[str]]]:
    """What an edit of the owner's makes of the book: the rows that come of it, and those that go. Raises Refusal."""
    tx, actor = replica.tx(), Actor(user_id=OWNER_USER, role=Role.TENANT_OWNER, name="Olga")
    effect(tx, replace(replica.context(), actor=actor), wish.name, wish.args)
    found = [(table, row_id, tx.find(ENTITIES[table].cls, row_id)) for table, row_id in tx.final]
    gone = {table: [row_id for name, row_id, row in found if name == table and row is None] for table, _, _ in found}
    return [row for _, _, row in found if row is not None], {table: rows for table, rows in gone.items() if rows}


def _row(replica: Replica, send: Send, chance: random.Random) -> tuple[str, Touched]:
    kind = chance.choice(list(_OTHERWISE))
    row, fields = any_of(replica, kind, chance), chance.choice(_OTHERWISE[kind])
    if row is None or (kind is Location and fields.get("archived") and _live_locations(replica) == 1):
        return f"hear of no {kind.__name__}", {}
    return f"hear of {kind.__name__} {row.id}: {fields}", send(replace(row, **fields))


def _live_locations(replica: Replica) -> int:
    ((count,),) = replica.database.rows("SELECT count(*) FROM location WHERE archived = 0")
    return int(count)


def _removal(replica: Replica, send: Send, chance: random.Random) -> tuple[str, Touched]:
    kind = chance.choice(_GOES)
    row = any_of(replica, kind, chance)
    if row is None:
        return f"hear that no {kind.__name__} is gone", {}
    gone = {entity_type(kind).table: [row.id]}
    return f"hear that {kind.__name__} {row.id} is gone", send(gone=gone)


def _answer(replica: Replica, send: Send, chance: random.Random) -> tuple[str, Touched]:
    """The server has taken all that waits, as it stands here."""
    tx, rows, gone = replica.tx(), list[Entity](), dict[str, list[str]]()
    for table, kind in ENTITIES.items():
        for row_id in sorted(changed_rows(replica, table)):
            found = tx.find(kind.cls, row_id)
            if found is None:
                gone.setdefault(table, []).append(row_id)
            else:
                rows.append(found)
    return "hear that all is accepted", send(*rows, gone=gone)


def _plan(replica: Replica, send: Send, chance: random.Random) -> tuple[str, Touched]:
    tier = chance.choice(list(Tier))
    return f"hear of plan {tier}", send(plan_row(BUSINESS.id, tier, DEFAULTS[tier]))
