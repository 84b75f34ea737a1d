"""The replica and the server tell the same figures of the same book, and those that memory tells."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import Engine

from desktop.queries.numbers import material
from desktop.store.base import write_edit
from desktop.store.numbers import ReplicaSource
from desktop.store.pieces import InPieces
from desktop.store.replica import Replica
from desktop.store.rows import rows_of_keys
from desktop.store.tx import ReplicaTx
from shared.model.appointment import Appointment
from shared.model.business import Business
from shared.protocol import codec
from shared.rules.numbers import reading
from shared.rules.numbers.material import Asked
from shared.rules.numbers.report import numbers_of, read_numbers
from shared.store import Changes
from syncserver.store.engine import make_engine
from syncserver.store.numbers import TenantSource
from syncserver.store.tenancy import Tenant, tenant_transaction
from syncserver.store.tenants import create_tenant
from tests.support.numbers import DAYS, MemorySource, busy_book, some_days
from tests.support.postgres import Postgres
from tests.support.random_book import RandomBook
from tests.support.replicas import KEY
from tests.support.shop import put_rows


@pytest.fixture(scope="module")
def engine(postgres: Postgres) -> Iterator[Engine]:
    with postgres.fresh() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def at_a_desk(book: RandomBook) -> Replica:
    """A replica that holds the book."""
    replica = Replica(None, KEY)
    with replica.database.transaction():
        tx = ReplicaTx(replica.database)
        tx.apply(Changes(put=tuple(book.tx.rows.values())))
        write_edit(replica.database, rows_of_keys(replica.database, tx.final), tx.final)
    return replica


def at_the_server(engine: Engine, book: RandomBook, slug: str) -> Tenant:
    """A tenant that holds the book."""
    tenant = create_tenant(engine, slug=slug, name="Lind", business=book.tx.business())
    put_rows(engine, tenant, *(row for row in book.tx.rows.values() if not isinstance(row, Business)))
    return tenant


@pytest.mark.parametrize(("number", "zone", "day"), [(number, *one) for number, one in enumerate(DAYS)])
def test_all_stores_tell_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, number: int, zone: str, day: date
) -> None:
    dice = Random(f"{zone} {day}")
    book = busy_book(dice, zone, day)
    replica, tenant = at_a_desk(book), at_the_server(engine, book, f"n{number}")
    spans = [some_days(dice, day) for _ in range(2)] + [(day - timedelta(days=50), day + timedelta(days=50))]
    for piece in (2, reading.PIECE):
        # Wherever a page ends, no visit is lost or read twice.
        monkeypatch.setattr(reading, "PIECE", piece)
        for first, last in spans:
            asked = Asked(location_id=book.location.id, first=first, last=last)
            expected = codec.encode(read_numbers(MemorySource(book.tx), asked))
            assert codec.encode(read_numbers(ReplicaSource(replica), asked)) == expected
            with tenant_transaction(engine, tenant, read_only=True) as connection:
                assert codec.encode(read_numbers(TenantSource(connection), asked)) == expected
    replica.close()


def test_a_desk_reads_in_pieces_and_comes_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    book = busy_book(Random(3), "Europe/London", date(2026, 3, 29))
    replica = at_a_desk(book)
    asked = Asked(location_id=book.location.id, first=date(2026, 3, 28), last=date(2026, 3, 30))
    monkeypatch.setattr(reading, "PIECE", 2)
    steps, pieces, found = InPieces(partial(material, asked=asked)), 0, None
    while found is None:
        found, pieces = steps.step(replica), pieces + 1
    assert pieces > len(book.tx.all(Appointment)) // 2
    assert numbers_of(found) == read_numbers(ReplicaSource(replica), asked)
    replica.close()
