"""Series beside a naive list of weeks: booked, changed from any date on, ended, and single visits of them moved."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.errors import Code
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem, AttentionState
from shared.model.base import AppointmentId, SeriesId
from shared.model.series import Series
from shared.mutations.appointment import series_occurrence_id
from shared.mutations.decide import Decision
from shared.rules import wall_time
from tests.support.salon import ANA, BUSINESS, CUT, LOCATION, MIRA, TEN, Salon, made_id, wire

WEEKS = 6
HOURS = st.integers(0, 3)
WEEK = st.integers(0, WEEKS - 1)


@dataclass(slots=True, kw_only=True)
class Rule:
    """A series: its hour of the day after ten, and the weeks that it has dates in but for those taken out."""

    hour: int
    since: int
    until: int
    out: set[int]


@dataclass(slots=True, kw_only=True)
class Visit:
    """One of a series in a week: of which, at which hour by its series, and where it is."""

    series: str
    meant: int
    hour: int
    stands: bool = True


def at(week: int, hour: int) -> datetime:
    return TEN + timedelta(weeks=week, hours=hour)


def wall(week: int, hour: int) -> str:
    return wall_time.wall_text(at(week, hour), BUSINESS.zone)


class SeriesMachine(RuleBasedStateMachine):
    """What the rules make of series is what a list of weeks says."""

    def __init__(self) -> None:
        super().__init__()
        self.salon = Salon()
        self.names = (made_id(f"made {number}") for number in count())
        self.series: dict[str, Rule] = {}
        self.visits: dict[str, tuple[int, Visit]] = {}
        self.others: dict[str, tuple[int, int]] = {}

    # The list of weeks

    def _is_free(self, week: int, hour: int, but: str = "") -> bool:
        of_series = [(one, found.hour) for name, (one, found) in self.visits.items() if found.stands and name != but]
        return (week, hour) not in [*of_series, *self.others.values()]

    def _of(self, series: str, since: int) -> Iterator[tuple[str, int, Visit]]:
        for name, (week, found) in self.visits.items():
            if found.series == series and week >= since:
                yield name, week, found

    def _live(self) -> list[str]:
        return [one for one, found in sorted(self.series.items()) if found.since < found.until]

    # What is done

    def _send(self, name: str, **args: Any) -> Decision:
        return self.salon.send(name, **args)

    def _row(self, series: str) -> Series:
        found = self.salon.tx.find(Series, series)
        assert found is not None
        return found

    def _was(self, name: str) -> dict[str, str]:
        found = self.salon.tx.find(Appointment, name)
        assert found is not None
        return {"status": found.status.value, "start": wire(found.starts_at)}

    @initialize(taken=st.sets(st.tuples(WEEK, HOURS), max_size=5), hour=HOURS)
    def begin(self, taken: set[tuple[int, int]], hour: int) -> None:
        for week, at_hour in sorted(taken):
            self.another(week, at_hour)
        series = next(self.names)
        self._send(
            "series.book", series_id=series, customer_id=MIRA.id, location_id=LOCATION.id, first=wall(0, hour),
            rrule=f"FREQ=WEEKLY;COUNT={WEEKS}", wishes=[{"service_id": CUT.id, "resources": [ANA.id]}],
            before=wire(at(52, 0)),
        )  # fmt: skip
        clashing = {week for week in range(WEEKS) if not self._is_free(week, hour)}
        if len(clashing) == WEEKS:
            return
        self.series[series] = Rule(hour=hour, since=0, until=WEEKS, out=clashing)
        for week in sorted(set(range(WEEKS)) - clashing):
            self.visits[self._id(series, week, hour)] = (week, Visit(series=series, meant=hour, hour=hour))

    def _id(self, series: str, week: int, hour: int) -> AppointmentId:
        return series_occurrence_id(SeriesId(series), f"{wall(week, hour)}/0")

    @rule(week=WEEK, hour=HOURS)
    def another(self, week: int, hour: int) -> None:
        name, fits = next(self.names), self._is_free(week, hour)
        wish = {"customer_id": MIRA.id, "location_id": LOCATION.id, "start": wire(at(week, hour))}
        segments = [{"service_id": CUT.id, "resources": [ANA.id]}]
        assert (self._send("appointment.book", appointment_id=name, segments=segments, **wish).code is None) is fits
        if fits:
            self.others[name] = (week, hour)

    @precondition(lambda self: self.others)
    @rule(data=st.data())
    def another_cancels(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.others)))
        assert self._send("appointment.cancel", appointment_id=name, was=self._was(name)).code is None
        del self.others[name]

    @precondition(lambda self: self.visits)
    @rule(data=st.data(), hour=HOURS)
    def move_one(self, data: st.DataObject, hour: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.visits)))
        week, found = self.visits[name]
        fits = found.stands and self._is_free(week, hour, but=name)
        told = self._send(
            "appointment.reschedule", appointment_id=name, was=self._was(name), start=wire(at(week, hour))
        )  # fmt: skip
        assert (told.code is None) is fits
        found.hour = hour if fits else found.hour

    @precondition(lambda self: self.visits)
    @rule(data=st.data())
    def cancel_or_bring_back_one(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.visits)))
        week, found = self.visits[name]
        step = "appointment.cancel" if found.stands else "appointment.undo_step"
        fits = found.stands or self._is_free(week, found.hour)
        assert (self._send(step, appointment_id=name, was=self._was(name)).code is None) is fits
        found.stands = found.stands is not fits

    @precondition(lambda self: self._live())
    @rule(data=st.data(), hour=HOURS)
    def this_and_following(self, data: st.DataObject, hour: int) -> None:
        series = data.draw(st.sampled_from(self._live()))
        old = self.series[series]
        since = data.draw(st.integers(old.since, old.until - 1))
        later = list(self._of(series, since))
        moving = {
            week: (name, found)
            for name, week, found in later
            if found.stands and found.hour == found.meant and week < old.until
        }
        stuck = {week for week, (name, _) in moving.items() if not self._is_free(week, hour, but=name)}
        new, length = next(self.names), old.until - since
        told = self._send(
            "series.change", series_id=series, new_id=new, was=self._row(series).rrule,
            since=f"{wall(since, old.hour)}/0", first=wall(since, hour), rrule=f"FREQ=WEEKLY;COUNT={length}",
            before=wire(at(52, 0)),
        )  # fmt: skip
        if not moving:
            assert told.code is Code.INVALID
        elif stuck == moving.keys():
            assert told.code is Code.SERIES_CLASH
        else:
            assert told.code is None
            going = moving.keys() - stuck
            self.series[new] = Rule(hour=hour, since=since, until=old.until, out=set(range(since, old.until)) - going)
            old.until = since
            for week in going:
                found = moving[week][1]
                found.series, found.meant, found.hour = new, hour, hour

    @precondition(lambda self: self._live())
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        series = data.draw(st.sampled_from(self._live()))
        old = self.series[series]
        since = data.draw(st.integers(old.since, old.until - 1))
        told = self._send(
            "series.end", series_id=series, was=self._row(series).rrule, since=f"{wall(since, old.hour)}/0"
        )  # fmt: skip
        assert told.code is None
        for _, week, found in self._of(series, since):
            # What a change has left behind is no date of it any more.
            found.stands = found.stands and week >= old.until
        old.until = since

    @precondition(lambda self: self._left_behind())
    @rule(data=st.data())
    def end_from_one_left_behind(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._left_behind()))
        since, one = self.visits[name]
        found = self.salon.tx.find(Appointment, name)
        assert found is not None
        rule = self._row(one.series).rrule
        told = self._send("series.end", series_id=one.series, was=rule, since=found.original_start)
        assert told.code is None
        for _, _, later in self._of(one.series, since):
            later.stands = False

    @precondition(lambda self: self.series)
    @rule(data=st.data())
    def end_all(self, data: st.DataObject) -> None:
        series = data.draw(st.sampled_from(sorted(self.series)))
        assert self._send("series.end", series_id=series, was=self._row(series).rrule).code is None
        self.series[series].until = self.series[series].since
        for _, _, found in self._of(series, 0):
            found.stands = False

    def _left_behind(self) -> list[str]:
        every = self.visits.items()
        return sorted(name for name, (week, one) in every if one.stands and week >= self.series[one.series].until)

    @precondition(lambda self: self._clashes())
    @rule(data=st.data())
    def keep_a_date_that_clashed(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self._clashes()))
        series, original = item.args["series_id"], item.args["original_start"]
        start = datetime.fromisoformat(item.args["start"].replace("Z", "+00:00"))
        week, hour = divmod((start - TEN) // timedelta(hours=1), 7 * 24)
        fits = self._is_free(week, hour)
        assert (self._send("attention.resolve", item_id=item.id, choice="keep").code is None) is fits
        if fits:
            name = series_occurrence_id(series, original)
            self.visits[name] = (week, Visit(series=series, meant=hour, hour=hour))

    def _clashes(self) -> list[AttentionItem]:
        """The dates of series that were taken, and that no other desk has booked meanwhile."""
        open_ones = [one for one in self.salon.tx.all(AttentionItem) if one.state is AttentionState.OPEN]
        return sorted(
            (one for one in open_ones if one.name == "appointment.book" and one.args.get("series_id")),
            key=lambda one: one.id,
        )  # fmt: skip

    # What holds

    @invariant()
    def the_book_says_what_the_weeks_say(self) -> None:
        stands = {
            one.id: (one.series_id, one.starts_at)
            for one in self.salon.tx.all(Appointment)
            if one.series_id is not None and one.status is not Status.CANCELLED
        }
        assert stands == {
            name: (found.series, at(week, found.hour)) for name, (week, found) in self.visits.items() if found.stands
        }


TestSeriesAgainstWeeks = SeriesMachine.TestCase
TestSeriesAgainstWeeks.settings = settings(max_examples=40, stateful_step_count=25)
