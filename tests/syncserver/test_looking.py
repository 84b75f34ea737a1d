"""An erasure looks through the history while everybody works on, and holds the clock for what it found alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from shared.clock import instant_text
from shared.ids import new_id
from shared.model.member import Role
from shared.model.registry import ENTITIES
from syncserver.services.data.erasing import erase_customer
from syncserver.services.jobs.said_later import SaidLater
from syncserver.services.server import Server
from syncserver.store.events import OPERATOR
from syncserver.store.looked import Looked
from syncserver.store.traces import Traces, traces_of
from tests.bench.long_log import fill, person
from tests.support.shop import Shop, put_rows, stored_rows
from tests.support.trail import chain
from tests.support.wire_desk import Json, WireDesk, next_day
from tests.syncserver.conftest import DeskMaker
from tests.syncserver.test_erasing import CANARY, erase, known_elsewhere, mentions

OWNER, STAFF = Role.TENANT_OWNER, Role.TENANT_STAFF
EDITS = 20_000
_READ = """
SELECT relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables
WHERE schemaname = %(schema)s AND relname IN ('mutation_log', 'attention_item')
"""
_HOLDS_THE_CLOCK = "SELECT n_tup_upd FROM pg_stat_xact_user_tables WHERE schemaname = %(schema)s AND relname = 'clock'"


class Rows:
    """How many rows of which table of a tenant its transactions look at, by whether they hold its clock."""

    def __init__(self, shop: Shop) -> None:
        self._given = {"schema": shop.tenant.schema}
        self.under_clock, self.else_where = Counter[str](), Counter[str]()

    def count(self, connection: Connection) -> None:
        """Count what a transaction has looked at that is about to end."""
        holds = bool(connection.exec_driver_sql(_HOLDS_THE_CLOCK, self._given).scalar_one())
        counted = self.under_clock if holds else self.else_where
        for table, rows in connection.exec_driver_sql(_READ, self._given):
            counted[table] += rows
        # It stays with the connection for a second otherwise, and is counted once more at the end of the next one.
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")

    def anew(self) -> None:
        """Count from here on."""
        self.under_clock.clear()
        self.else_where.clear()


@pytest.fixture
def rows(engine: Engine, shop: Shop) -> Iterator[Rows]:
    made = Rows(shop)
    event.listen(engine, "commit", made.count)
    yield made
    event.remove(engine, "commit", made.count)


def test_under_the_clock_it_looks_at_what_it_found_and_not_at_the_history(
    server: Server, engine: Engine, shop: Shop, rows: Rows
) -> None:
    fill(engine, shop, EDITS)
    rows.anew()
    erase_customer(server, shop.tenant, person(engine, 1), by=OPERATOR)
    assert rows.else_where["mutation_log"] > EDITS, "it looks, and sees everything"
    assert 0 < rows.under_clock["mutation_log"] < EDITS / 4


def test_what_was_said_later_is_looked_for_in_what_is_new_alone(
    server: Server, engine: Engine, shop: Shop, rows: Rows
) -> None:
    fill(engine, shop, EDITS)
    erase_customer(server, shop.tenant, person(engine, 1), by=OPERATOR)
    job = SaidLater(server)
    rows.anew()
    job.look()
    assert rows.else_where["mutation_log"] > EDITS
    rows.anew()
    job.look()
    assert rows.else_where["mutation_log"] < 10
    assert not rows.under_clock, "nobody waits for it"


def test_what_comes_between_two_looks_for_it_is_found(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop
) -> None:
    owner, away, job = desk(OWNER), desk(STAFF), SaidLater(server)
    who = known_elsewhere(owner)
    taken, wished = owner.booking(next_day(11)), owner.booking(next_day(11), customer_id=who)
    owner.push(taken, wished)
    assert erase(owner, who) == 204
    job.look()
    away.push(_said_of(away, wished["args"]["appointment_id"]))
    job.look()
    assert mentions(engine, shop, CANARY) == set()
    late = away.booking(next_day(15), customer_id=who)
    owner.push(_said_of(owner, late["args"]["appointment_id"]))
    job.look()
    assert "mutation_log" in mentions(engine, shop, CANARY), "nobody knows yet whose it is"
    away.push(late)
    job.look()
    assert mentions(engine, shop, CANARY) == set()
    assert [one.subject for one in chain(engine, shop.tenant) if one.kind == "customer.erased"] == [who] * 3


def _said_of(desk: WireDesk, visit: str) -> Json:
    said = {"note_id": new_id(), "about": "appointment", "subject_id": visit, "text": f"{CANARY} called"}
    return desk.edit("note.add", said)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_what_is_booked_between_the_look_and_the_clock_goes_as_well(
    desk: DeskMaker, server: Server, engine: Engine, shop: Shop, times: int
) -> None:
    """However often: at last the desks wait."""
    owner, staff = desk(OWNER), desk(STAFF)
    who = known_elsewhere(owner)
    owner.push(owner.booking(next_day(9), customer_id=who, notes=CANARY))
    hours = iter(range(10, 10 + times))

    def find(connection: Connection, customer: str, looked: Looked) -> Traces:
        traces = traces_of(connection, customer, looked)
        reads = connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on"
        if reads and looked.covers(traces.all) and (hour := next(hours, None)):
            made = staff.booking(next_day(hour), customer_id=customer, notes=CANARY)
            again = staff.booking(next_day(hour), customer_id=customer, notes=f"{CANARY} again")
            outcomes = staff.push(made, again, _said_of(staff, again["args"]["appointment_id"]))
            assert [one["outcome"] for one in outcomes] == ["applied", "rejected", "rejected"]
        return traces

    erase_customer(server, shop.tenant, who, by=OPERATOR, find=find)
    assert next(hours, None) is None or times > 3
    assert mentions(engine, shop, CANARY) == set()


def rule(shop: Shop, series: str, who: str) -> Json:
    """A series that begins where another visit is."""
    start = next_day(11)
    return {
        "series_id": series, "customer_id": who, "location_id": shop.location, "rrule": "FREQ=WEEKLY;COUNT=3",
        "first": f"{start:%Y-%m-%dT%H:%M:%S}", "before": instant_text(start + timedelta(days=60)),
        "wishes": [{"service_id": shop.cut, "resources": [shop.ana]}],
    }  # fmt: skip


def clashes(engine: Engine, shop: Shop) -> None:
    """Let a series be refused whole where one date of it is taken."""
    stored = stored_rows(engine, shop.tenant)
    (business,) = stored["business"].values()
    (location,) = stored["location"].values()
    put_rows(
        engine, shop.tenant, replace(ENTITIES["business"].decode(business), series_clash="all"),
        replace(ENTITIES["location"].decode(location), zone="UTC"),
    )  # fmt: skip


def test_what_was_said_of_a_series_that_was_refused_goes_too(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    """The end of it names the series alone, of which there is no row."""
    owner = desk(OWNER)
    who, series = known_elsewhere(owner), new_id()
    clashes(engine, shop)
    said = rule(shop, series, who)
    end = {"series_id": series, "was": said["rrule"], "reason": f"{CANARY} has moved away"}
    outcomes = owner.push(
        owner.booking(next_day(11)), owner.edit("series.book", said), owner.edit("series.end", end)
    )  # fmt: skip
    assert [one["outcome"] for one in outcomes] == ["applied", "rejected", "rejected"]
    assert "mutation_log" in mentions(engine, shop, CANARY)
    assert erase(owner, who) == 204
    assert mentions(engine, shop, CANARY) == set()


def test_what_was_said_of_anothers_series_stays(desk: DeskMaker, engine: Engine, shop: Shop) -> None:
    """An edit for the person has named it, by mistake or not."""
    owner = desk(OWNER)
    who, another, series = known_elsewhere(owner), known_elsewhere(owner), new_id()
    said = rule(shop, series, another)
    end = {"series_id": series, "was": said["rrule"], "reason": "of somebody else"}
    made = owner.edit("series.book", said)
    taken = owner.edit("series.book", said | {"customer_id": who})
    outcomes = owner.push(made, taken, owner.edit("series.end", end))
    assert outcomes[0]["outcome"] == outcomes[2]["outcome"] == "applied", outcomes
    assert erase(owner, who) == 204
    assert "mutation_log" in mentions(engine, shop, "of somebody else")
