"""What visits and payments say of a customer."""

from dataclasses import replace
from datetime import timedelta

from shared.model.appointment import Appointment, Status
from shared.model.base import PaymentId
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.rules.regulars import standing
from tests.support.salon import LOCATION, NOW, OWNER_USER, TEN, Salon, made_id


def booked(salon: Salon, name: str) -> Appointment:
    salon.book(name)
    found = salon.tx.find(Appointment, made_id(name))
    assert found is not None
    salon.tx.rows = {key: row for key, row in salon.tx.rows.items() if key[0].__name__ != "Allocation"}
    return found


def paid(amount: int, kind: PaymentKind = PaymentKind.BALANCE) -> Payment:
    return Payment(
        id=PaymentId(made_id(f"{amount} {kind}")), appointment_id=None, customer_id=None, location_id=LOCATION.id,
        kind=kind, method=PaymentMethod.CASH, amount=amount, currency="EUR", note="", taken_by=OWNER_USER,
        as_whom=None, at=NOW,
    )  # fmt: skip


def test_a_customer_in_figures() -> None:
    salon = Salon()
    done, missed, late, early, coming = (booked(salon, name) for name in ("a", "b", "c", "d", "e"))
    visits = [
        replace(done, status=Status.COMPLETED),
        replace(missed, status=Status.NO_SHOW),
        replace(late, status=Status.CANCELLED, cancelled_late=True, cancelled_by="customer"),
        replace(early, status=Status.CANCELLED, cancelled_late=True, cancelled_by="business"),
        replace(coming, starts_at=TEN + timedelta(days=7)),
    ]
    found = standing(visits, [paid(4500), paid(500, PaymentKind.REFUND)], at=TEN + timedelta(days=1))
    assert (found.completed, found.no_shows, found.late_cancellations) == (1, 1, 1)
    assert (found.worth, found.paid) == ({"EUR": 4500}, {"EUR": 4000})
    assert [one and one.id for one in (found.last, found.next)] == [done.id, coming.id]


def test_who_came_before_their_time_is_not_expected_any_more() -> None:
    salon = Salon()
    early = replace(booked(salon, "early"), status=Status.COMPLETED)
    coming = replace(booked(salon, "coming"), starts_at=TEN + timedelta(days=7))
    found = standing([early, coming], [], at=TEN - timedelta(hours=1))
    assert [one and one.id for one in (found.last, found.next)] == [early.id, coming.id]


def test_nothing_is_known_of_somebody_new() -> None:
    found = standing([], [], at=NOW)
    assert (found.completed, found.worth, found.paid, found.last, found.next) == (0, {}, {}, None, None)
