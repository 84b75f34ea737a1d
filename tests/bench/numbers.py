"""The figures of a month on a desk: a hundred people and rooms, twenty thousand visits, six thousand customers."""

import random
import statistics
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Final

from desktop.queries import numbers as queries
from desktop.store.pieces import InPieces
from desktop.store.replica import Replica
from shared.clock import instant_text
from shared.model.appointment import Appointment, Status, Step
from shared.model.base import CustomerId, PaymentId, UserId
from shared.model.customer import Customer
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.model.registry import Entity
from shared.rules import wall_time
from shared.rules.numbers.material import VISIT_COLUMNS, Asked, Material
from shared.rules.numbers.reading import PIECE
from shared.rules.numbers.report import numbers_of
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.free_slots import DAYS, RUNS, VISITS, MonthShop, month_hours, month_shop, month_visits
from tests.bench.shop_book import SEED, ZONE, Ids
from tests.bench.stage import Stage
from tests.support.replicas import filled, patch
from tests.support.salon import BUSINESS, Salon

CUSTOMERS: Final = 6_000


def measure(ground: Stage) -> list[Figure]:
    """How long the store is kept at once, how long all of the reading takes it, and how long the counting takes."""
    ids, dice = Ids(SEED), random.Random(SEED)
    visits, runs = (VISITS // 10, 3) if ground.quick else (VISITS, RUNS)
    replica = filled(ground.folder / "numbers.db", Salon())
    shop = month_shop(ids, replica.now().date() - timedelta(days=DAYS))
    replica.apply_lines(patch(2, *_rows(shop, ids, dice, visits)))
    first = wall_time.local(shop.midnight, ZONE).date()
    asked = Asked(location_id=shop.location.id, first=first, last=first + timedelta(days=DAYS - 1))
    one, longest, whole, counted = [], [], [], []
    try:
        for _ in range(runs):
            pieces, material = _read(replica, asked)
            # The second piece is the first page of visits.
            one.append(statistics.median(pieces[1 : 1 + len(material.visits) // PIECE]))
            longest.append(max(pieces))
            whole.append(sum(pieces))
            counted.append(milliseconds(numbers_of, material))
        rows = sorted(milliseconds(_page_alone, replica, shop) for _ in range(runs))[runs // 2]
    finally:
        replica.close()
    alone = f"SQLCipher alone: {PIECE} of the visits as tuples"
    return [
        figure("numbers: a piece of the visits", "ms", one, limit=rows, limit_is=alone),
        figure("numbers: longest piece", "ms", longest, bar=100, goal=30),
        figure("numbers: all of a month read", "ms", whole),
        figure("numbers: counted, on a thread of its own", "ms", counted),
    ]


def _read(replica: Replica, asked: Asked) -> tuple[list[float], Material]:
    """How long each piece took, and what came of them."""
    reading, pieces, material = InPieces(partial(queries.material, asked=asked)), list[float](), None
    while material is None:
        begun = perf_counter()
        material = reading.step(replica)
        pieces.append((perf_counter() - begun) * 1000)
    assert len(material.visits) > PIECE
    return pieces, material


def _page_alone(replica: Replica, shop: MonthShop) -> None:
    """The rows of a piece, by the same index."""
    replica.database.rows(
        f"SELECT {', '.join(VISIT_COLUMNS)} FROM appointment WHERE starts_at >= ? AND location_id = ?"
        f" ORDER BY starts_at, id LIMIT {PIECE}",
        (instant_text(shop.midnight), shop.location.id),
    )


def _rows(shop: MonthShop, ids: Ids, dice: random.Random, visits: int) -> Iterator[Entity]:
    opening: tuple[Entity, ...] = (replace(BUSINESS, zone=ZONE), shop.location, *shop.resources, shop.colour, shop.cut)
    yield from opening
    yield from month_hours(shop, ids)
    people = [CustomerId(ids()) for _ in range(CUSTOMERS)]
    yield from (Customer(id=one, name=f"Customer {number}") for number, one in enumerate(people))
    for row in month_visits(shop, ids, dice, visits):
        if isinstance(row, Appointment):
            yield from lived(row, ids, dice.choice(people))
        else:
            yield row


def lived(visit: Appointment, ids: Ids, customer: CustomerId) -> Iterator[Entity]:
    """A visit that was booked, came and paid."""
    by, start = UserId(ids()), visit.starts_at
    way = ((Status.BOOKED, start - timedelta(days=5)), (Status.ARRIVED, start), (Status.COMPLETED, visit.ends_at))
    steps = tuple(Step(status=status, at=at, by=by) for status, at in way)
    yield replace(visit, status=Status.COMPLETED, customer_id=customer, steps=steps)
    yield Payment(
        id=PaymentId(ids()), appointment_id=visit.id, customer_id=customer, location_id=visit.location_id,
        kind=PaymentKind.BALANCE, method=PaymentMethod.CASH, amount=visit.price, currency=visit.currency, note="",
        taken_by=by, as_whom=None, at=visit.ends_at,
    )  # fmt: skip
