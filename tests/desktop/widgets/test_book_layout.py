"""No booking hides another, and each can be hit."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.widgets.book.axis import DayAxis
from desktop.widgets.book.layout import MIN_TARGET, column_edges, place
from tests.support.book_days import DAY, at, box

AXIS = DayAxis(DAY, "UTC")
SPANS = st.lists(
    st.tuples(st.integers(0, 23), st.sampled_from([0, 5, 10, 15, 30, 45]), st.integers(1, 240)), max_size=25
)


def test_overlapping_bookings_lie_side_by_side() -> None:
    one, two = place([box("Jo", "bo", at(10)), box("Kim", "bo", at(10, 30))], AXIS, 0, 200)
    assert not one.body.intersects(two.body)
    assert abs(one.body.width() - two.body.width()) <= 1


def test_a_booking_alone_has_the_whole_width() -> None:
    placed = place([box("Jo", "bo", at(10)), box("Kim", "bo", at(10, 30)), box("Lu", "bo", at(12))], AXIS, 0, 200)
    assert placed[2].body.width() > placed[0].body.width() * 2 - 4


def test_bookings_that_touch_do_not_share_the_width() -> None:
    one, two = place([box("Jo", "bo", at(10)), box("Kim", "bo", at(11))], AXIS, 0, 200)
    assert one.body.left() == two.body.left()
    assert one.body.width() == two.body.width()


def test_a_buffer_keeps_its_place() -> None:
    one, two = place([box("Jo", "bo", at(10), buffer_after=30), box("Kim", "bo", at(11, 10))], AXIS, 0, 200)
    assert one.outer.height() > one.body.height()
    assert not one.outer.intersects(two.outer)


@given(SPANS)
def test_whatever_is_booked_nothing_overlaps_and_all_can_be_hit(spans: list[tuple[int, int, int]]) -> None:
    boxes = [box(str(n), "bo", at(hour, minute), length) for n, (hour, minute, length) in enumerate(spans)]
    placed = place(boxes, AXIS, 0, 600)
    assert len(placed) == len(boxes)
    assert all(item.body.height() >= MIN_TARGET for item in placed)
    assert all(item.body.top() >= 0 and item.body.bottom() <= AXIS.height for item in placed)
    pairs = ((a, b) for n, a in enumerate(placed) for b in placed[n + 1 :])
    assert not any(a.outer.intersects(b.outer) for a, b in pairs)


def test_columns_share_the_room_until_they_would_be_too_narrow() -> None:
    assert column_edges(3, 900) == [0, 300, 600, 900]
    assert column_edges(10, 900)[-1] == 1320
    assert column_edges(0, 900) == [0]
