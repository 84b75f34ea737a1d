"""Every question that a screen asks of the replica, asked of the busy clinic."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from desktop import queries
from desktop.operations.operation import Operation
from desktop.queries import (
    agenda,
    appointment_card,
    attention_items,
    blocks,
    business_setup,
    coming_already,
    consequences,
    customer_card,
    customer_page,
    day_book,
    day_cash,
    day_list,
    duplicates,
    erased,
    exchanged,
    find_customer,
    free_slots,
    lists,
    month_load,
    notes,
    numbers,
    plan_use,
    preferences,
    rezoned,
    series,
    setup,
    swap,
    taken_along,
    undo_steps,
    verdict,
    visit_calendar,
    visit_now,
    visit_payments,
    waiting,
    what_waits,
)
from desktop.queries.agenda import AgendaWish
from desktop.queries.shown_columns import EVERYTHING
from desktop.store.pieces import InPieces
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Status
from shared.model.base import SeriesId
from shared.model.customer import Customer
from shared.mutations.block.reach import repeated_id
from shared.protocol.codec import arguments_of
from shared.rules.numbers.material import Asked
from shared.rules.permissions import Capability
from shared.rules.pieces import Pieces
from tests.bench.busy_clinic import FIRST_DAY, Clinic
from tests.bench.free_slots import DAYS
from tests.support.edits_of_each_kind import BEFORE_AND_EDIT, BOOKED, ITEM, LUNCHES, OTHER, REPEATED, Wish
from tests.support.salon import LOCATION, MIRA, TEN

TODAY: Final = TEN.date()
MONTH: Final = tuple(FIRST_DAY + timedelta(days=day) for day in range(DAYS))
WEEK: Final = tuple(TODAY + timedelta(days=day) for day in range(7))
WAITING: Final[tuple[Wish, ...]] = (
    BOOKED,
    OTHER,
    REPEATED,
    LUNCHES,
    ("customer.update", {"customer_id": MIRA.id, "tags_added": ["regular"]}),
)
"""Edits that wait for the server meanwhile, as at a desk whose line is slow."""

Ask = Callable[[Clinic], object]
T = TypeVar("T")


def _wished(name: str) -> Operation:
    """The edit of a kind over what waits."""
    edit, args = BEFORE_AND_EDIT[name][1]
    return Operation(name=edit, args=arguments_of(edit, 1, args), label="")


def _find(clinic: Clinic, cls: type[Any], row_id: str) -> Any:
    found = clinic.replica.tx().find(cls, row_id)
    assert found is not None
    return found


def _lunch(replica: Replica) -> str:
    series_id = SeriesId(LUNCHES[1]["series_id"])
    return repeated_id(series_id, f"{LUNCHES[1]['first']}/0")


def _duplicates(clinic: Clinic) -> duplicates.Keys:
    first = duplicates.keys_after(clinic.replica, "")
    return duplicates.keys_after(clinic.replica, first.last) if first.last else first


def _pairs(clinic: Clinic) -> object:
    buckets = duplicates.Buckets()
    buckets.add(_duplicates(clinic))
    return duplicates.pairs_among(clinic.replica, buckets.groups()[: duplicates.GROUPS])


def _compared(clinic: Clinic) -> object:
    other = _find(clinic, Appointment, clinic.paid).customer_id
    told = duplicates.compared(clinic.replica, MIRA.id, other, at=TEN)
    assert told is not None
    return told


def _numbers(clinic: Clinic) -> object:
    return _all(clinic, partial(numbers.material, asked=Asked(location_id=LOCATION.id, first=MONTH[0], last=MONTH[-1])))


def _all(clinic: Clinic, read: Callable[[Replica], Pieces[T]]) -> T:
    """All the pieces, between which edits and the book come in."""
    reading = InPieces(read)
    while (found := reading.step(clinic.replica)) is None:
        pass
    return found


def _slots(clinic: Clinic) -> object:
    wish = {"segments": [{"service_id": clinic.shop.cut.id, "resources": [], "fill": True}]}
    args = arguments_of("appointment.book", 1, BOOKED[1] | wish)
    return free_slots.free_slots(clinic.replica, args)


def _fitting(clinic: Clinic) -> object:
    freed = waiting.freed_by(_find(clinic, Appointment, clinic.ahead), None)
    assert freed is not None
    return waiting.fitting(clinic.replica, freed, at=TEN)


QUERIES: Final[Mapping[str, Ask]] = {
    "agenda.agenda": lambda at: agenda.agenda(
        at.replica, MONTH[15:], LOCATION, AgendaWish(status=Status.CONFIRMED, text="mül"), 50
    ),
    "appointment_card.appointment_card": lambda at: appointment_card.appointment_card(at.replica, at.paid),
    "attention_items.attention_item": lambda at: attention_items.attention_item(at.replica, ITEM),
    "attention_items.attention_items": lambda at: attention_items.attention_items(at.replica),
    "attention_items.count_attention": lambda at: attention_items.count_attention(at.replica),
    "attention_items.visits_to_attach_to": lambda at: attention_items.visits_to_attach_to(at.replica, "mül"),
    "blocks.block_outcome": lambda at: blocks.block_outcome(at.replica, [_wished("block.put")]),
    "blocks.block_shown": lambda at: blocks.block_shown(at.replica, _lunch(at.replica)),
    "business_setup.business_setup": lambda at: business_setup.business_setup(at.replica),
    "coming_already.coming_already": lambda at: coming_already.coming_already(
        at.replica, MIRA.id, day_book.days_span([TODAY], LOCATION.zone), but=""
    ),
    "coming_already.coming_with": lambda at: coming_already.coming_with(at.replica, _find(at, Appointment, at.ahead)),
    "consequences.consequences": lambda at: consequences.consequences(at.replica, [_wished("hours.set")]),
    "consequences.standing_outside": lambda at: _all(at, consequences.standing_outside),
    "customer_card.customer_card": lambda at: customer_card.customer_card(at.replica, MIRA.id),
    "customer_page.customer_page": lambda at: customer_page.customer_page(at.replica, MIRA.id, at=TEN),
    "customer_page.lately_here": lambda at: customer_page.lately_here(at.replica, at=TEN),
    "day_book.bookings_between": lambda at: list(
        day_book.bookings_between(at.replica, LOCATION.id, day_book.days_span(WEEK[:1], LOCATION.zone))
    ),
    "day_book.day_book": lambda at: day_book.day_book(at.replica, TODAY, LOCATION),
    "day_book.week_book": lambda at: day_book.week_book(at.replica, WEEK, LOCATION, at.shop.people[5].id),
    "day_cash.day_cash": lambda at: day_cash.day_cash(at.replica, TODAY - timedelta(days=1), LOCATION),
    "day_list.day_list": lambda at: day_list.day_list(at.replica, TODAY, LOCATION, None),
    "duplicates.compared": _compared,
    "duplicates.keys_after": _duplicates,
    "duplicates.pairs_among": _pairs,
    "erased.erased_of": lambda at: erased.erased_of(at.replica, [MIRA.id]),
    "exchanged.exchanged_words": lambda at: exchanged.exchanged_words(at.replica),
    "find_customer.archived_customers": lambda at: find_customer.archived_customers(at.replica, "mül"),
    "find_customer.find_customer": lambda at: find_customer.find_customer(at.replica, "mül an"),
    "free_slots.free_slots": _slots,
    "free_slots.free_slots_for_item": lambda at: free_slots.free_slots_for_item(at.replica, ITEM),
    "free_slots.in_the_way": lambda at: free_slots.in_the_way(
        at.replica, arguments_of("appointment.book", 1, OTHER[1])
    ),
    "lists.bookings": lambda at: _all(at, partial(lists.bookings, first=MONTH[0], last=MONTH[-1])),
    "lists.customers": lambda at: _all(at, lists.customers),
    "lists.services": lambda at: _all(at, lists.services),
    "month_load.month_load": lambda at: month_load.month_load(at.replica, MONTH, LOCATION, EVERYTHING),
    "notes.notes_about": lambda at: notes.notes_about(at.replica, customer=_find(at, Customer, MIRA.id)),
    "numbers.material": _numbers,
    "plan_use.plan_use": lambda at: plan_use.plan_use(at.replica),
    "preferences.keep_preference": lambda at: preferences.keep_preference(at.replica, "bench", {"kinds": ["STAFF"]}),
    "preferences.preference": lambda at: preferences.preference(at.replica, "bench"),
    "rezoned.what_moves": lambda at: _all(at, partial(rezoned.what_moves, args=_wished("location.rezone").args)),
    "series.preview": lambda at: series.preview(at.replica, "series.change", _wished("series.change").args),
    "series.series_of": lambda at: series.series_of(at.replica, at.repeated),
    "setup.setup": lambda at: setup.setup(at.replica),
    "swap.swap_shown": lambda at: swap.swap_shown(at.replica, _wished("appointment.swap").args),
    "taken_along.require_taken_along": lambda at: taken_along.require_taken_along(at.replica, Capability.EXPORT),
    "undo_steps.undo_steps": lambda at: undo_steps.undo_steps(at.replica),
    "verdict.verdict": lambda at: verdict.verdict(
        at.replica, "appointment.reschedule", _wished("appointment.reschedule").args
    ),
    "visit_calendar.calendar_of_resource": lambda at: visit_calendar.calendar_of_resource(
        at.replica, at.shop.people[5].id, MONTH[0], MONTH[-1]
    ),
    "visit_calendar.calendar_of_visit": lambda at: visit_calendar.calendar_of_visit(at.replica, at.ahead),
    "visit_now.visit_now": lambda at: visit_now.visit_now(at.replica, at.paid),
    "visit_payments.may_take": lambda at: visit_payments.may_take(at.replica, _find(at, Appointment, at.paid)),
    "visit_payments.visit_payments": lambda at: visit_payments.visit_payments(at.replica, at.paid),
    "waiting.fitting": _fitting,
    "waiting.slots_for": lambda at: waiting.slots_for(at.replica, at.entry, at=TEN),
    "waiting.waiting": lambda at: waiting.waiting(at.replica, at=TEN),
    "what_waits.what_waits": lambda at: what_waits.what_waits(at.replica),
}
"""By module and name."""

BARS: Final[Mapping[str, float]] = {"find_customer.find_customer": 10, "free_slots.free_slots": 20}
"""In ms."""


def questions() -> Iterator[str]:
    """Every public name of the read side to which a replica is given."""
    for module in pkgutil.iter_modules(queries.__path__):
        found = importlib.import_module(f"{queries.__name__}.{module.name}")
        for name, one in vars(found).items():
            if not name.startswith("_") and getattr(one, "__module__", "") == found.__name__ and _asks(one):
                yield f"{module.name}.{name}"


def _asks(one: object) -> bool:
    if inspect.isclass(one):
        return any(_asks(method) for name, method in vars(one).items() if not name.startswith("_"))
    return inspect.isfunction(one) and any(
        parameter.annotation is Replica for parameter in inspect.signature(one).parameters.values()
    )
