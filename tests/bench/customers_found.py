"""A customer found while somebody types, among many in the encrypted replica, without a network."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from desktop.queries.find_customer import find_customer
from desktop.store.replica import Replica
from desktop.store.rows import put_rows
from shared.ids import derived_id
from shared.model.appointment import Appointment, Source, Status
from shared.model.base import AppointmentId, CustomerId, LocationId
from shared.model.customer import Customer
from shared.model.registry import Entity, type_of
from tests.bench.figures import Figure, figure, milliseconds
from tests.bench.shop_book import SEED
from tests.bench.stage import Stage
from tests.support.salon import BUSINESS

_FIRST: Final = ("Zoë", "José", "Łukasz", "Søren", "Anna", "Mia", "Jürgen", "Priya", "Li", "Noor", "Anke", "Tom")
_LAST: Final = ("Müller", "Núñez", "Żak", "Bjørnsen", "Weiß", "Brandt", "Nair", "Wei", "Haddad", "O'Hara", "Ek", "Ott")
_PARTS: Final = ("en", "berg", "mann", "sson", "ski", "holm", "er", "dal", "vik", "stein")
QUERIES: Final[Mapping[str, str]] = {
    "one letter": "m",
    "two letters": "an",
    "a beginning": "mül",
    "two words in any order": "berg zoe",
    "two beginnings": "jü we",
    "some digits": "5577",
    "a number from abroad": "+49 30 0012345",
    "an address": "person00123@",
    "nobody": "xyzzy",
    "everybody": "",
}


def measure(stage: Stage) -> list[Figure]:
    """Each kind of query among 50,000 customers with two visits each."""
    people, rounds = (500, 3) if stage.quick else (50_000, 15)
    replica = Replica(stage.new_folder().with_suffix(".db"), bytes(32))
    try:
        _fill(replica, people)
        return [_figure(replica, what, text, people, rounds) for what, text in QUERIES.items()]
    finally:
        replica.close()


def _figure(replica: Replica, what: str, text: str, people: int, rounds: int) -> Figure:
    find_customer(replica, text, limit=8)
    times = [milliseconds(lambda: find_customer(replica, text, limit=8)) for _ in range(rounds)]
    return figure(f"{what} ({text}) looked for among {people:,} customers", "ms", times, bar=10)


def _fill(replica: Replica, people: int) -> None:
    dice = random.Random(SEED)
    rows: dict[str, list[list[object]]] = {}
    for one in (BUSINESS, *_customers(dice, people)):
        rows.setdefault(type_of(one).table, []).append(type_of(one).encode(one))
    with replica.database.transaction():
        for table, found in rows.items():
            put_rows(replica.database, table, found)


def _customers(dice: random.Random, people: int) -> Iterator[Entity]:
    for number in range(people):
        person = customer(dice, number)
        yield person
        for visit in range(2):
            start = datetime(2026, 1, 5, 9, tzinfo=UTC) + timedelta(hours=dice.randrange(3000))
            yield Appointment(
                id=AppointmentId(derived_id("visit", str(number), str(visit))), customer_id=person.id,
                location_id=LocationId(derived_id("place")), starts_at=start, ends_at=start + timedelta(hours=1),
                zone="Europe/Berlin", wall_start="", segments=(), status=Status.BOOKED, source=Source.DESK, notes="",
                price=0, currency="EUR", steps=(),
            )  # fmt: skip


def customer(dice: random.Random, number: int) -> Customer:
    """The person of a number, with a name of many letters, a phone and an address."""
    row_id = CustomerId(derived_id("found", str(number)))
    name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}{dice.choice(_PARTS)}"
    phone = dice.choice(("+49 30 {:07}", "030 {:07}", "0049 (0)30 {:07}")).format(number)
    return Customer(id=row_id, name=name, phones=(phone,), emails=(f"person{number:05}@mail.example",))
