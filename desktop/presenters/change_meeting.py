"""What somebody enters in the dialog of a change, held against what becomes of the visit meanwhile, part by part.

As the server has two edits meet, only before anything is sent: what others alone have changed is taken over, what
both have changed otherwise waits for a choice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from desktop.models.book_deeds import ChangeForm, ChangeLine, Part
from desktop.presenters.change_wish import form_of
from shared.model.appointment import Appointment, Segment
from shared.model.resource import Resource

K = TypeVar("K")
T = TypeVar("T")
START, PARTY, SERVICES = Part(name="start"), Part(name="party"), Part(name="services")
Key = tuple[str, int]
"""A service, and how many of the same there are before it."""
Lines = Mapping[Key, ChangeLine]
"""The services of a form in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What somebody has entered over a visit, and what of it waits for them to choose."""

    visit: Appointment
    """As it was taken over last: the places of the form's lines are its."""
    form: ChangeForm
    contested: Mapping[Part, object] = field(default_factory=dict)
    """What both have changed otherwise, and what it was before."""
    settled: Mapping[Part, ChangeForm] = field(default_factory=dict)
    """Where theirs was taken: what had been entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A part of which there are two: in the form of the visit as it is now, and in what was entered."""

    part: Part
    now: ChangeForm
    mine: ChangeForm
    is_settled: bool


def meet(standing: Standing, now: Appointment, people: Sequence[Resource]) -> Standing:
    """The same over the visit as it is now; `people` are all who take or took part in it."""
    return _Meeting(standing, now, people).standing()


def contests(standing: Standing, people: Sequence[Resource]) -> tuple[Contest, ...]:
    """What waits for a choice, and after that where theirs was taken.

    Nothing is to be chosen where by now the same is entered as there is.
    """
    now, visit = form_of(standing.visit, people), standing.visit
    waiting = [part for part in standing.contested if _value(part, standing.form, visit) != _value(part, now, visit)]
    return (
        *(Contest(part=part, now=now, mine=standing.form, is_settled=False) for part in waiting),
        *(Contest(part=part, now=now, mine=mine, is_settled=True) for part, mine in standing.settled.items()),
    )


def is_open(standing: Standing, people: Sequence[Resource]) -> bool:
    """Whether anything waits for a choice."""
    return any(not one.is_settled for one in contests(standing, people))


def with_mine(standing: Standing, part: Part) -> Standing:
    """What was entered stays, or is put back where theirs had been taken."""
    mine = standing.settled.get(part)
    return replace(
        standing,
        form=standing.form if mine is None else _taken(part, standing.form, mine, standing.visit),
        contested=_without(standing.contested, part),
        settled=_without(standing.settled, part),
    )


def with_theirs(standing: Standing, part: Part, people: Sequence[Resource]) -> Standing:
    """What others have made of it stands in the form; what was entered is remembered."""
    now = form_of(standing.visit, people)
    return replace(
        standing,
        form=_taken(part, standing.form, now, standing.visit),
        contested=_without(standing.contested, part),
        settled={**standing.settled, part: standing.form},
    )


class _Meeting:
    """Takes each part of a form from whoever has changed it, and remembers what both have."""

    def __init__(self, standing: Standing, now: Appointment, people: Sequence[Resource]) -> None:
        self._was, self._now, self._before = standing, now, standing.visit
        self._old, self._new = form_of(standing.visit, people), form_of(now, people)
        self._contested = dict(standing.contested)

    def standing(self) -> Standing:
        old, new, mine = self._old, self._new, self._was.form
        start = self._either(START, *((one.day, one.start, one.start.fold) for one in (old, new, mine)))
        party = self._either(PARTY, old.party, new.party, mine.party)
        lines = self._lines(keyed(old, self._before), keyed(new, self._now), keyed(mine, self._before))
        return Standing(
            visit=self._now,
            form=replace(mine, day=start[0], start=start[1], party=party, lines=lines),
            contested=self._contested,
            settled={part: self._placed(form) for part, form in self._was.settled.items() if self._is_as_taken(part)},
        )

    def _either(self, part: Part, old: T, new: T, mine: T) -> T:
        if part in self._contested:
            # They have gone back to what was there before.
            if new == self._contested[part]:
                del self._contested[part]
            return mine
        if new in (old, mine):
            return mine
        # Who leaves it to be found wishes for nobody else.
        if mine in (old, ""):
            return new
        self._contested[part] = old
        return mine

    def _lines(self, old: Lines, new: Lines, mine: Lines) -> tuple[ChangeLine, ...]:
        order = self._order(old, new, mine)
        for part in [one for one in self._contested if one.service and one.service not in new.keys() & mine.keys()]:
            # Which services there are is asked about already.
            del self._contested[part]
        alone = {key: self._alone(line) for key, line in mine.items() if key not in new}
        theirs = {key: line for key, line in new.items() if key not in mine}
        both = {key: self._line(key, old.get(key), new[key], mine[key]) for key in mine if key in new}
        return tuple((alone | theirs | both)[key] for key in order)

    def _order(self, old: Lines, new: Lines, mine: Lines) -> tuple[Key, ...]:
        """Which services in which order: theirs or mine; mine where both have made something else of it."""
        before, theirs, ours = tuple(old), tuple(new), tuple(mine)
        if SERVICES in self._contested:
            if _details(self._now) == self._contested[SERVICES]:
                del self._contested[SERVICES]
            return ours
        # Who takes a service out has not seen what another has made of it, and the other way round.
        unseen = any(self._is_unseen(key, old, new, mine) for key in before)
        if theirs in (before, ours) and not unseen:
            return ours
        if ours == before and not unseen:
            return theirs
        self._contested[SERVICES] = _details(self._before)
        return ours

    def _is_unseen(self, key: Key, old: Lines, new: Lines, mine: Lines) -> bool:
        if key in mine and key not in new:
            return (mine[key].staff_id, mine[key].room_id) != (old[key].staff_id, old[key].room_id)
        if key in new and key not in mine:
            there = dict(zip(new, self._now.segments, strict=True))
            seen = dict(zip(old, self._before.segments, strict=True))
            return _detail(there[key]) != _detail(seen[key])
        return False

    def _line(self, key: Key, old: ChangeLine | None, new: ChangeLine, mine: ChangeLine) -> ChangeLine:
        was = ("", "") if old is None else (old.staff_id, old.room_id)
        staff = self._either(Part(name="staff", service=key), was[0], new.staff_id, mine.staff_id)
        room = self._either(Part(name="room", service=key), was[1], new.room_id, mine.room_id)
        return replace(mine, staff_id=staff, room_id=room, place=new.place, title=new.title, minutes=None)

    def _alone(self, line: ChangeLine) -> ChangeLine:
        """A service that is not booked now, as long as it was where it was."""
        if line.place is None:
            return line
        return replace(line, place=None, minutes=self._before.segments[line.place].minutes)

    def _is_as_taken(self, part: Part) -> bool:
        """Whether theirs still stands where it was taken: who goes on from it has done with what they had."""
        if part in self._contested or (part.service and part.service not in keyed(self._new, self._now)):
            return False
        return _value(part, self._was.form, self._before) == _value(part, self._old, self._before)

    def _placed(self, form: ChangeForm) -> ChangeForm:
        """A form that speaks of the visit as it was, speaking of it as it is."""
        now = keyed(self._new, self._now)
        lines = (
            replace(line, place=now[key].place, minutes=None) if key in now else self._alone(line)
            for key, line in keyed(form, self._before).items()
        )
        return replace(form, lines=tuple(lines))


def keyed(form: ChangeForm, visit: Appointment) -> Lines:
    """The services of a form; one that is booked is known by where it stands in the visit, wherever it is put."""
    booked = [one.service_id or "" for one in visit.segments]
    met, found = Counter(booked), dict[Key, ChangeLine]()
    for line in form.lines:
        if line.place is None:
            found[line.service_id, met[line.service_id]] = line
            met[line.service_id] += 1
        else:
            found[line.service_id, booked[: line.place].count(line.service_id)] = line
    return found


def _value(part: Part, form: ChangeForm, visit: Appointment) -> object:
    """What a form says of a part; of the services which there are, in their order."""
    if part == START:
        return form.day, form.start, form.start.fold
    if part == PARTY:
        return form.party
    lines = keyed(form, visit)
    if part.service is None:
        return tuple(lines)
    line = lines.get(part.service)
    return line and (line.staff_id if part.name == "staff" else line.room_id)


def _taken(part: Part, form: ChangeForm, other: ChangeForm, visit: Appointment) -> ChangeForm:
    """A form with one part of another; with other services those that are in both stay as they are in this one."""
    if part == START:
        return replace(form, day=other.day, start=other.start)
    if part == PARTY:
        return replace(form, party=other.party)
    mine, theirs = keyed(form, visit), keyed(other, visit)
    if part.service is None:
        return replace(form, lines=tuple(mine.get(key, line) for key, line in theirs.items()))
    lines = dict(mine)
    if part.service in mine and part.service in theirs:
        line, like = mine[part.service], theirs[part.service]
        lines[part.service] = (
            replace(line, staff_id=like.staff_id) if part.name == "staff" else replace(line, room_id=like.room_id)
        )
    return replace(form, lines=tuple(lines.values()))


def _detail(segment: Segment) -> object:
    return segment.service_id, frozenset(segment.resources), segment.minutes


def _details(visit: Appointment) -> object:
    return tuple(_detail(one) for one in visit.segments)


def _without(parts: Mapping[Part, K], part: Part) -> Mapping[Part, K]:
    return {one: value for one, value in parts.items() if one != part}
