"""The cash sheet of a day: whatever order its payments come in, its sums agree with one another."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.model.base import AppointmentId, LocationId, PaymentId, UserId
from shared.model.payment import Payment, PaymentKind, PaymentMethod
from shared.rules import wall_time
from shared.rules.cash_sheet import CashSheet, cash_sheets
from tests.support.salon import LOCATION, STAFF_USER, TEN, made_id

DAY = wall_time.day_span(date(2026, 5, 5), "Europe/Berlin")
PAID = Payment(
    id=PaymentId(made_id("paid")),
    appointment_id=AppointmentId(made_id("first")),
    customer_id=None,
    location_id=LOCATION.id,
    kind=PaymentKind.BALANCE,
    method=PaymentMethod.CASH,
    amount=4500,
    currency="EUR",
    note="",
    taken_by=STAFF_USER,
    as_whom=None,
    at=TEN,
)


def paid(name: str, **changes: object) -> Payment:
    return replace(PAID, id=PaymentId(made_id(name)), **changes)  # type: ignore[arg-type]


def sheet(*payments: Payment, waiting: tuple[Payment, ...] = ()) -> CashSheet:
    (only,) = cash_sheets(payments, waiting, location=LOCATION.id, day=DAY)
    return only


def test_it_sums_by_method_by_kind_and_by_person_and_has_refunds_apart() -> None:
    ben = UserId(made_id("ben's user"))
    found = sheet(
        paid("a"),
        paid("b", amount=300, kind=PaymentKind.TIP, method=PaymentMethod.TERMINAL),
        paid("c", amount=2000, kind=PaymentKind.DEPOSIT, taken_by=made_id("root"), as_whom=ben),
        paid("d", amount=500, kind=PaymentKind.REFUND, refund_of=PAID.id),
    )
    assert found.by_method == {PaymentMethod.CASH: 6500, PaymentMethod.TERMINAL: 300}
    assert found.by_kind == {PaymentKind.BALANCE: 4500, PaymentKind.DEPOSIT: 2000, PaymentKind.TIP: 300}
    assert found.by_person == {STAFF_USER: 4800, ben: 2000}
    assert found.refunds == {PaymentMethod.CASH: 500}
    assert (found.taken, found.refunded, found.total, found.left(PaymentMethod.CASH)) == (6800, 500, 6300, 6000)


def test_it_is_of_one_location_and_one_local_day_from_midnight_to_midnight() -> None:
    inside, outside = paid("first", at=DAY.start), paid("too early", at=DAY.start - timedelta(seconds=1))
    elsewhere = paid("elsewhere", location_id=LocationId(made_id("elsewhere")))
    assert sheet(inside, outside, elsewhere, paid("too late", at=DAY.end)).lines == (inside,)


def test_a_day_without_payments_has_no_sheet() -> None:
    assert cash_sheets([], [], location=LOCATION.id, day=DAY) == ()


def test_a_currency_of_before_has_a_sheet_of_its_own() -> None:
    both = cash_sheets([paid("a"), paid("b", currency="DEM")], [], location=LOCATION.id, day=DAY)
    assert [(one.currency, one.total) for one in both] == [("DEM", 4500), ("EUR", 4500)]


def test_what_waits_for_a_person_is_on_it_and_counts_once() -> None:
    waits = paid("waits", amount=700)
    found = sheet(paid("a"), waiting=(waits, paid("a")))
    assert (found.total, found.waiting) == (5200, frozenset({waits.id}))


PAYMENTS = st.lists(
    st.builds(
        lambda number, kind, method, amount, minutes: paid(
            str(number), kind=kind, method=method, amount=amount, at=DAY.start + timedelta(minutes=minutes)
        ),
        st.integers(0, 30),
        st.sampled_from(PaymentKind),
        st.sampled_from(PaymentMethod),
        st.integers(1, 10**12),
        st.integers(-100, 1600),
    ),
    unique_by=lambda one: one.id,
)


@given(payments=PAYMENTS, chance=st.randoms())
def test_its_sums_agree_and_no_order_matters(payments: list[Payment], chance: object) -> None:
    found = cash_sheets(payments, [], location=LOCATION.id, day=DAY)
    chance.shuffle(payments)  # type: ignore[attr-defined]
    assert cash_sheets(payments, [], location=LOCATION.id, day=DAY) == found
    for one in found:
        assert one.taken == sum(one.by_kind.values()) == sum(one.by_person.values())
        assert one.total == sum(line.signed for line in one.lines) == sum(one.left(method) for method in PaymentMethod)
