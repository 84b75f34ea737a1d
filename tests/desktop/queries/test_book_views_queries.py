"""The week, the month and the agenda over a real replica."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from desktop.queries.agenda import AgendaWish, agenda
from desktop.queries.day_book import day_book, pieces_of, week_book
from desktop.queries.month_load import month_load
from desktop.queries.preferences import keep_preference, preference
from desktop.queries.shown_columns import EVERYTHING, Shown, shown_of
from desktop.store.meta import Identity
from desktop.store.replica import Replica
from shared.model.appointment import Appointment, Part, Status
from shared.model.base import HoursRuleId, OwnerId, ResourceId, TimeBlockId
from shared.model.hours import HoursRule, TimeBlock
from shared.model.resource import ResourceKind
from shared.model.service import During
from tests.support.moving_clock import stopped
from tests.support.replicas import filled
from tests.support.salon import ANA, BEN, COLOUR, LOCATION, STAFF_USER, TEN, Salon, made_id

DAY = date(2026, 5, 5)
"""A Tuesday."""
WEEK = tuple(date(2026, 5, 4) + timedelta(days=number) for number in range(7))


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.book("hers", start=TEN)
    made.book("later", start=TEN + timedelta(days=2))
    made.book("his", start=TEN, segments=[{"service_id": COLOUR.id, "resources": [BEN.id]}])
    return made


@pytest.fixture
def replica(tmp_path: Path, salon: Salon) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", salon)
    yield made
    made.close()


def test_a_week_has_the_visits_of_the_one_resource(replica: Replica) -> None:
    book = week_book(replica, WEEK, LOCATION, ANA.id)
    assert [one.id for one in book.bookings] == [made_id("hers"), made_id("later")]
    assert [one.id for one in book.resources] == [ANA.id]
    assert (book.day, book.days) == (WEEK[0], WEEK)


def test_where_something_takes_effect_the_resource_is_free(salon: Salon) -> None:
    his = salon.tx.find(Appointment, made_id("his"))
    assert his is not None
    segment = replace(his.segments[0], parts=(Part(resource_id=BEN.id, during=During.HANDS_ON),))
    piece = pieces_of(replace(his, segments=(segment,)))[0]
    assert [(gap.start - TEN, gap.end - TEN) for gap in piece.gaps] == [(timedelta(minutes=30), timedelta(minutes=60))]
    leaving = replace(segment, parts=(Part(resource_id=BEN.id, during=During.ACTIVE),))
    gone = pieces_of(replace(his, segments=(leaving,)))[0]
    assert [(gap.start - TEN, gap.end - TEN) for gap in gone.gaps] == [(timedelta(minutes=30), timedelta(minutes=80))]
    assert pieces_of(his)[0].gaps == ()


def test_a_month_counts_each_visit_on_its_day_and_what_it_holds(replica: Replica) -> None:
    told = month_load(replica, WEEK, LOCATION, EVERYTHING)
    assert [one.visits for one in told.loads] == [0, 2, 0, 1, 0, 0, 0]
    # 45 minutes and 5 after; 80 minutes, 5 before and 10 after. Nobody keeps hours: open is all day.
    assert told.loads[1].booked == 50 + 95
    assert told.loads[1].open == 2 * 24 * 60


def test_a_month_of_one_resource_leaves_the_others_out(replica: Replica) -> None:
    told = month_load(replica, WEEK, LOCATION, EVERYTHING, BEN.id)
    assert (told.loads[1].visits, told.loads[1].booked, told.loads[3].visits) == (1, 95, 0)


def test_open_is_what_hours_leave_and_no_block_takes(salon: Salon, tmp_path: Path) -> None:
    rows: list[HoursRule | TimeBlock] = [
        HoursRule(id=HoursRuleId(made_id("h")), owner_id=OwnerId(LOCATION.id), weekday=1, opens=540, closes=1080),
        TimeBlock(id=TimeBlockId(made_id("b")), resource_id=ANA.id, starts_at=TEN, ends_at=TEN + timedelta(hours=2),
                  reason="Leave"),
    ]  # fmt: skip
    for row in rows:
        salon.tx.rows[type(row), row.id] = row
    made = filled(tmp_path / "hours.db", salon)
    loads = month_load(made, WEEK, LOCATION, EVERYTHING).loads
    made.close()
    assert loads[1].open == 2 * 9 * 60 - 2 * 60
    assert [one.is_closed for one in loads] == [True, False, True, True, True, True, True]


def test_the_agenda_reads_day_after_day_until_there_is_enough(replica: Replica) -> None:
    first = agenda(replica, WEEK, LOCATION, AgendaWish(), 1)
    assert ({one.id for one in first.bookings}, first.through) == ({made_id("hers"), made_id("his")}, DAY)
    rest = tuple(day for day in WEEK if day > first.through)
    assert [one.id for one in agenda(replica, rest, LOCATION, AgendaWish(), 1).bookings] == [made_id("later")]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (AgendaWish(only=BEN.id), ["his"]),
        (AgendaWish(shown=Shown(ids=(ANA.id,))), ["hers"]),
        (AgendaWish(text="colour mira"), ["his"]),
        (AgendaWish(text="ben"), ["his"]),
        (AgendaWish(text="nobody"), []),
        (AgendaWish(status=Status.ARRIVED), []),
    ],
)
def test_the_agenda_is_narrowed(replica: Replica, wish: AgendaWish, found: list[str]) -> None:
    assert [one.id for one in agenda(replica, (DAY,), LOCATION, wish, 9).bookings] == [made_id(one) for one in found]


def test_columns_by_hand_come_in_their_order_and_by_type_in_that_of_the_set_up(replica: Replica) -> None:
    room = replace(ANA, id=ResourceId("r"), kind=ResourceKind.ROOM, position=0)
    here = [room, ANA, BEN]
    assert shown_of(here, Shown(ids=(BEN.id, ANA.id, "gone"))) == [BEN, ANA]
    assert shown_of(here, Shown(kinds=("STAFF", "ROOM"))) == [ANA, BEN, room]
    assert shown_of(here, Shown(ids=("gone",))) == here
    shown = day_book(replica, DAY, LOCATION, Shown(ids=(BEN.id,)))
    assert [one.id for one in shown.resources] == [BEN.id]


def test_what_somebody_chose_is_theirs_alone(replica: Replica) -> None:
    me = Identity(
        replica=made_id("replica"), device=made_id("device"), tenant="salon", session=made_id("session"),
        user_id=STAFF_USER, user_name="Ana", role="TENANT_STAFF",
    )  # fmt: skip
    replica.identify(me)
    keep_preference(replica, "book", {"view": "week"})
    assert preference(replica, "book") == {"view": "week"}
    replica.identify(replace(me, user_id=made_id("another"), session=made_id("hers")))
    assert preference(replica, "book") == {}
