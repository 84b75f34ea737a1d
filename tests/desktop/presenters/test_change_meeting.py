"""What is entered in the dialog of a change meets what others make of the visit: as the server has two edits meet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from desktop.models.book_deeds import ChangeForm, ChangeLine
from desktop.presenters.change_meeting import Standing, contests, is_open, meet, with_mine, with_theirs
from desktop.presenters.change_wish import at, change_of, form_of
from shared.errors import Refusal
from shared.model.appointment import Appointment, Segment
from shared.model.base import ResourceId, ServiceId
from shared.model.resource import Resource, ResourceKind
from shared.model.service import Service
from shared.mutations.appointment.arguments import Reschedule, SegmentWish
from shared.mutations.appointment.meeting import met
from shared.store import Changes
from tests.support.salon import ANA, BEN, COLOUR, CUT, LOCATION, TEN, Salon, made_id

WASH = replace(CUT, id=ServiceId(made_id("wash")), name="Wash")
CHAIR, CABIN = (
    replace(ANA, id=ResourceId(made_id(name)), name=name, kind=ResourceKind.ROOM, member_id=None, position=9)
    for name in ("chair", "cabin")
)
PEOPLE = (ANA, BEN, CHAIR, CABIN)
SERVICES = (CUT, COLOUR, WASH)


def booked(salon: Salon) -> Appointment:
    """Cut and colour by Ana on the chair, at ten, for two."""
    salon.book("visit")
    found = salon.tx.find(Appointment, made_id("visit"))
    assert found is not None
    (cut,) = found.segments
    lines = (replace(cut, resources=(ANA.id, CHAIR.id)), segment(COLOUR, cut, (ANA.id, CHAIR.id)))
    return replace(found, segments=lines, party=2)


def segment(service: Service, like: Segment, resources: Sequence[ResourceId]) -> Segment:
    return replace(like, service_id=service.id, name=service.name, resources=tuple(resources))


def theirs(visit: Appointment, dice: Random) -> Appointment:
    """The visit as somebody else has made it."""
    lines = list(visit.segments)
    for place, line in enumerate(lines):
        if dice.random() < 0.3:
            lines[place] = replace(line, resources=(dice.choice((ANA, BEN)).id, dice.choice((CHAIR, CABIN)).id))
        if dice.random() < 0.15:
            lines[place] = replace(lines[place], active=dice.choice((45, 60)))
    if dice.random() < 0.25:
        lines.append(segment(WASH, lines[0], (dice.choice((ANA, BEN)).id, CHAIR.id)))
    if dice.random() < 0.2:
        lines.pop(0)
    if dice.random() < 0.2:
        lines.reverse()
    start = visit.starts_at + timedelta(minutes=dice.choice((0, 0, 15, 30)))
    wall = replace(visit, starts_at=start, segments=tuple(lines), party=dice.choice((2, 2, 3, 4)))
    return replace(wall, ends_at=start + timedelta(minutes=sum(one.minutes for one in lines)))


def mine(form: ChangeForm, visit: Appointment, dice: Random) -> ChangeForm:
    """The form as somebody has filled it in."""
    lines = list(form.lines)
    for place, line in enumerate(lines):
        if dice.random() < 0.3:
            lines[place] = replace(line, staff_id=dice.choice((ANA.id, BEN.id, "")))
        if dice.random() < 0.15:
            lines[place] = replace(lines[place], room_id=dice.choice((CHAIR.id, CABIN.id, "")))
    if dice.random() < 0.25:
        lines.append(ChangeLine(service_id=WASH.id, title="Wash", staff_id=dice.choice(("", ANA.id, BEN.id))))
    if dice.random() < 0.2:
        lines.pop(0)
    if dice.random() < 0.2:
        lines.reverse()
    moved = at(form, visit.starts_at + timedelta(minutes=dice.choice((0, 0, 15, 30))), visit.zone)
    return replace(moved, lines=tuple(lines), party=dice.choice((2, 2, 3, 4)))


def is_alike(now: Appointment, one: Reschedule | None, other: Reschedule) -> bool:
    """Whether two edits make the same of a visit; who and what is left to be found may be what the other names."""
    found = one or replace(other, start=None, segments=None, party=None)
    if (found.start or now.starts_at, found.party or now.party) != (
        other.start or now.starts_at, other.party or now.party,
    ):  # fmt: skip
        return False
    lines, others = found.segments or named(now), other.segments or named(now)
    if [(line.service_id, line.minutes) for line in lines] != [(line.service_id, line.minutes) for line in others]:
        return False
    return all(
        set(line.resources) == set(like.resources) or (line.fill and set(line.resources) <= set(like.resources))
        for line, like in zip(lines, others, strict=True)
    )


def both_have_changed_one(visit: Appointment, now: Appointment, form: ChangeForm) -> bool:
    """Whether both have given one service to somebody else or put it elsewhere."""
    was, there, here = (
        {line.service_id: (line.staff_id, line.room_id) for line in one.lines}
        for one in (form_of(visit, PEOPLE), form_of(now, PEOPLE), form)
    )
    return any(was.get(key) != there[key] and was.get(key) != here[key] for key in there.keys() & here.keys())


def named(visit: Appointment) -> tuple[SegmentWish, ...]:
    """The services of a visit, each as it is."""
    return tuple(
        SegmentWish(service_id=one.service_id, resources=one.resources, minutes=one.minutes) for one in visit.segments
    )


@pytest.fixture
def salon() -> Salon:
    made = Salon()
    made.tx.apply(Changes(put=(WASH, CHAIR, CABIN)))
    return made


def test_what_goes_together_for_the_server_goes_together_here_and_comes_to_the_same(salon: Salon) -> None:
    seed = Random().randrange(10**9)
    print("seed", seed)
    dice, visit = Random(seed), booked(salon)
    together = asked = 0
    for _ in range(3000):
        now, form = theirs(visit, dice), mine(form_of(visit, PEOPLE), visit, dice)
        operation = change_of(visit, form, PEOPLE)
        standing = meet(Standing(visit=visit, form=form), now, PEOPLE)
        if operation is None:
            assert standing.form == form_of(now, PEOPLE)
            continue
        try:
            wish = met(salon.tx, now, operation.args)
        except Refusal:
            asked += 1
            # Who does it and where are one part for the server, and two for whoever sees both.
            assert is_open(standing, PEOPLE) or both_have_changed_one(visit, now, form)
            continue
        together += 1
        assert not is_open(standing, PEOPLE)
        made = change_of(now, standing.form, PEOPLE)
        assert is_alike(now, None if made is None else made.args, wish)
    assert min(together, asked) > 300


def test_whatever_is_chosen_each_part_is_of_one_of_them_and_nothing_entered_is_lost(salon: Salon) -> None:
    seed = Random().randrange(10**9)
    print("seed", seed)
    dice, visit = Random(seed), booked(salon)
    chosen = 0
    for _ in range(1000):
        form = mine(form_of(visit, PEOPLE), visit, dice)
        standing = Standing(visit=visit, form=form)
        for _ in range(3):
            standing = meet(standing, theirs(visit, dice), PEOPLE)
        before = standing
        for one in contests(standing, PEOPLE):
            standing = with_theirs(standing, one.part, PEOPLE)
            standing = meet(standing, standing.visit, PEOPLE)
            chosen += 1
        assert not is_open(standing, PEOPLE)
        for one in reversed(contests(standing, PEOPLE)):
            standing = meet(with_mine(standing, one.part), standing.visit, PEOPLE)
        told = {line.service_id: (line.staff_id, line.room_id) for line in before.form.lines}
        assert {line.service_id: (line.staff_id, line.room_id) for line in standing.form.lines} == told
        assert (standing.form.day, standing.form.start, standing.form.party) == (
            before.form.day, before.form.start, before.form.party,
        )  # fmt: skip
        assert contests(standing, PEOPLE) == ()
    assert chosen > 100


def test_who_and_where_are_two_parts(salon: Salon) -> None:
    visit = booked(salon)
    form = form_of(visit, PEOPLE)
    entered = replace(form, lines=(replace(form.lines[0], staff_id=BEN.id), form.lines[1]))
    now = replace(visit, segments=(replace(visit.segments[0], resources=(ANA.id, CABIN.id)), visit.segments[1]))
    standing = meet(Standing(visit=visit, form=entered), now, PEOPLE)
    assert not is_open(standing, PEOPLE)
    assert (standing.form.lines[0].staff_id, standing.form.lines[0].room_id) == (BEN.id, CABIN.id)


def test_another_device_that_takes_part_stays_with_a_new_person(salon: Salon) -> None:
    laser = replace(CHAIR, id=ResourceId(made_id("laser")), name="Laser", kind=ResourceKind.EQUIPMENT)
    people: tuple[Resource, ...] = (*PEOPLE, laser)
    visit = booked(salon)
    form = form_of(visit, people)
    entered = replace(form, lines=(replace(form.lines[0], staff_id=BEN.id), form.lines[1]))
    now = replace(
        visit, segments=(replace(visit.segments[0], resources=(ANA.id, CHAIR.id, laser.id)), visit.segments[1])
    )
    standing = meet(Standing(visit=visit, form=entered), now, people)
    made = change_of(now, standing.form, people)
    assert made is not None
    assert made.args.segments[0].resources == (BEN.id, CHAIR.id, laser.id)


def test_another_clock_of_the_location_is_no_other_start(salon: Salon) -> None:
    visit = booked(salon)
    entered = replace(form_of(visit, PEOPLE), party=3)
    now = replace(visit, zone="Europe/London", starts_at=TEN + timedelta(hours=1))
    standing = meet(Standing(visit=visit, form=entered), now, PEOPLE)
    made = change_of(now, standing.form, PEOPLE)
    assert made is not None
    assert (made.args.start, made.args.party) == (None, 3)
    assert LOCATION.zone != now.zone
