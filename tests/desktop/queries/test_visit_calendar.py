"""Visits that leave as calendar files, and come back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from desktop.files.calendar_ics import read_calendar
from desktop.files.verdict import Verdict
from desktop.operations.importing import Target, carry_out, plan_events
from desktop.queries.visit_calendar import VisitCalendar, calendar_of_resource, calendar_of_visit
from desktop.store.replica import Replica
from shared.errors import Refusal
from shared.model.member import Role
from shared.visits_ics import calendar_bytes
from tests.support.replicas import filled, patch
from tests.support.salon import ANA, BEN, CUT, LOCATION, MEMBER, NOW, TEN, Salon, made_id, was

MAY = (date(2026, 5, 1), date(2026, 5, 31))


@pytest.fixture
def replica() -> Iterator[Replica]:
    """A replica of an owner, with two visits of Ana and a cancelled one."""
    salon = Salon()
    salon.book("first", notes="allergic")
    salon.book("second", TEN + timedelta(days=1))
    salon.book("third", TEN + timedelta(days=2))
    salon.send("appointment.cancel", appointment_id=made_id("third"), was=was("booked", TEN + timedelta(days=2)))
    made = filled(None, salon)
    made.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_OWNER)))
    yield made
    made.close()


def written(calendar: VisitCalendar) -> bytes:
    return calendar_bytes(calendar.name, calendar.events, made_at=NOW)


def test_a_visit_tells_its_customer_what_where_and_with_whom(replica: Replica) -> None:
    calendar = calendar_of_visit(replica, made_id("first"))
    (event,) = calendar.events
    assert calendar.name == "Salon Lind"
    assert (event.title, event.place, event.description) == ("Cut, Salon Lind", "Mitte, Torstr. 1", "With Ana")
    assert b"allergic" not in written(calendar)
    assert b"Mira" not in written(calendar)


def test_the_visits_of_one_resource_are_listed_by_start(replica: Replica) -> None:
    events = calendar_of_resource(replica, ANA.id, *MAY).events
    assert [one.visit.id for one in events] == [made_id("first"), made_id("second"), made_id("third")]
    assert events[0].title == "Mira Holm, Cut"
    assert calendar_of_resource(replica, ANA.id, MAY[0], TEN.date()).events == events[:1]
    assert calendar_of_resource(replica, BEN.id, *MAY).events == ()


@pytest.mark.parametrize("service", [None, CUT])
@pytest.mark.parametrize("resource", [ANA, BEN])
def test_own_visits_that_come_back_change_nothing(replica: Replica, resource: object, service: object) -> None:
    file = read_calendar(written(calendar_of_resource(replica, ANA.id, *MAY)), zone=LOCATION.zone, now=NOW)
    target = Target(resource=resource, location=LOCATION, service=service)  # type: ignore[arg-type]
    lines, _ = carry_out(replica, plan_events(file, target), zone=LOCATION.zone)
    assert replica.outbox.count() == 0
    assert [one.verdict for one in lines[:2]] == [Verdict.SKIPPED, Verdict.SKIPPED]
    assert sum(one.made for one in lines) == 0


def test_a_manager_takes_a_visit_along_and_no_calendar_of_others(replica: Replica) -> None:
    replica.apply_lines(patch(3, replace(MEMBER, role=Role.TENANT_MANAGER)))
    assert calendar_of_visit(replica, made_id("first")).events
    with pytest.raises(Refusal):
        calendar_of_resource(replica, ANA.id, *MAY)


def test_a_visit_that_is_not_there_is_refused(replica: Replica) -> None:
    with pytest.raises(Refusal):
        calendar_of_visit(replica, made_id("nobody's"))
