"""A location whose clock becomes another: wall times stay, and what moved is listed."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.clock import instant_text
from shared.errors import Code
from shared.model.appointment import Allocation, Appointment
from shared.model.base import AppointmentId, LocationId, ResourceId
from shared.model.business import Location
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.resource import Resource
from shared.model.series import Series
from shared.mutations.decide import Decision, OutcomeKind
from shared.rules import rezoning, wall_time
from shared.rules.allocating import allocations_of
from shared.rules.capacity import has_room, span_of
from shared.rules.pieces import AT_ONCE, whole
from shared.store import Changes
from tests.support.edits_of_each_kind import REPEATED, SERIES
from tests.support.salon import BEN, LOCATION, NOW, TEN, Salon, made_id, wire


@pytest.fixture
def salon() -> Salon:
    return Salon()


def rezone(salon: Salon, zone: str = "America/New_York", was: str = "Europe/Berlin") -> Decision:
    return salon.send("location.rezone", role=Role.TENANT_OWNER, location_id=LOCATION.id, was=was, zone=zone)


def visit(salon: Salon, name: str = "visit") -> Appointment:
    found = salon.tx.find(Appointment, made_id(name))
    assert found is not None
    return found


def test_ten_o_clock_stays_ten_o_clock(salon: Salon) -> None:
    salon.book("visit")
    told = rezone(salon)
    assert told.outcome is OutcomeKind.ADJUSTED
    moved = visit(salon)
    assert (moved.zone, wall_time.wall_text(moved.starts_at, moved.zone)) == ("America/New_York", "2026-05-05T10:00:00")
    assert told.adjusted == {
        "moved": [{"kind": "visit", "id": moved.id, "was": "2026-05-05T08:00:00Z", "now": "2026-05-05T14:00:00Z"}],
        "count": 1,
    }
    (held,) = salon.tx.allocations_of(moved.id)
    assert held.starts_at == moved.starts_at


def test_what_is_over_stays_where_it_was(salon: Salon) -> None:
    salon.book("visit", NOW - timedelta(days=2))
    before = visit(salon)
    assert rezone(salon).outcome is OutcomeKind.APPLIED
    assert visit(salon) == before


def test_blocks_and_series_go_by_the_new_clock_too(salon: Salon) -> None:
    end = wire(TEN + timedelta(hours=3))
    salon.send(
        "block.put", role=Role.TENANT_OWNER, block_id=made_id("block"), resource_id=BEN.id, start=wire(TEN), end=end
    )
    salon.send("series.book", **REPEATED[1])
    rezone(salon)
    block, series = salon.tx.find(TimeBlock, made_id("block")), salon.tx.find(Series, SERIES)
    assert block is not None
    assert series is not None
    assert (instant_text(block.starts_at), series.zone) == ("2026-05-05T14:00:00Z", "America/New_York")
    starts = [one.starts_at for one in salon.tx.occurrences_of(series.id)]
    assert {wall_time.local(one, "America/New_York").hour for one in starts} == {10}


def test_rules_of_the_same_zone_that_have_changed_move_what_was_reckoned_by_the_old_ones(salon: Salon) -> None:
    salon.book("visit")
    reckoned = visit(salon)
    old = replace(
        reckoned, starts_at=reckoned.starts_at + timedelta(hours=1), ends_at=reckoned.ends_at + timedelta(hours=1)
    )
    salon.tx.apply(Changes(put=(old,)))
    assert rezone(salon, "Europe/Berlin").outcome is OutcomeKind.ADJUSTED
    assert visit(salon) == replace(reckoned, sequence=1)
    assert rezone(salon, "Europe/Berlin").outcome is OutcomeKind.APPLIED


def test_visits_that_two_clocks_bring_onto_one_another_stay_beyond_the_capacity(salon: Salon) -> None:
    """As an hour that one clock has twice and the other once does."""
    salon.book("first")
    salon.book("second", TEN + timedelta(hours=2))
    one, other = visit(salon, "first"), visit(salon, "second")
    meant = replace(other, wall_start=one.wall_start)
    salon.tx.apply(Changes(put=(meant,)))
    rezone(salon)
    over = [held.over for held in salon.tx.all(Allocation)]
    assert sorted(over) == [False, True]


def test_what_the_first_clock_had_apart_stands_by_the_rules_again(salon: Salon) -> None:
    salon.book("first")
    salon.book("second", TEN + timedelta(hours=2))
    one, other = visit(salon, "first"), visit(salon, "second")
    salon.tx.apply(Changes(put=(replace(other, wall_start=one.wall_start),)))
    rezone(salon)
    salon.tx.apply(Changes(put=(replace(visit(salon, "second"), wall_start=other.wall_start),)))
    rezone(salon, "Europe/Berlin", was="America/New_York")
    assert [held.over for held in salon.tx.all(Allocation)] == [False, False]


def test_what_another_location_has_booked_stays_and_takes_its_place(salon: Salon) -> None:
    salon.book("visit")
    noon = TEN + timedelta(hours=6)
    salon.book("elsewhere", noon)
    other = Location(id=LocationId(made_id("other")), name="Ost", zone="Europe/Berlin", address="")
    stays = replace(visit(salon, "elsewhere"), location_id=other.id)
    salon.tx.apply(Changes(put=(other, stays)))
    rezone(salon)
    assert visit(salon, "elsewhere") == stays
    assert visit(salon).starts_at == noon
    assert {one.appointment_id: one.over for one in salon.tx.all(Allocation)} == {
        stays.id: False,
        visit(salon).id: True,
    }


@pytest.mark.parametrize("piece", [7, AT_ONCE])
@pytest.mark.parametrize("seed", range(20))
def test_places_are_held_anew_as_if_each_visit_looked_at_all_the_others(salon: Salon, seed: int, piece: int) -> None:
    dice = random.Random(seed)
    rooms = [replace(BEN, id=ResourceId(made_id(f"room {most}")), capacity=most) for most in (1, 3)]
    salon.tx.apply(Changes(put=tuple(rooms)))
    salon.book("model")
    model = visit(salon, "model")
    visits = []
    for number in range(60):
        start = TEN + timedelta(minutes=15 * dice.randrange(4 * 96))
        length, taking = dice.choice([30, 90, 600, 1440]), dice.sample([one.id for one in rooms], dice.randrange(1, 3))
        segment = replace(
            model.segments[0], active=length, after=dice.choice([0, 20, 720]), before=dice.choice([0, 600]),
            resources=tuple(taking),
        )  # fmt: skip
        end = start + timedelta(minutes=segment.minutes)
        visits.append(
            replace(model, id=AppointmentId(made_id(str(number))), starts_at=start, ends_at=end, segments=(segment,))
        )
    visits = [replace(one, override_reason="A regular") if dice.random() < 0.2 else one for one in visits]
    # Some have no room by the clock before.
    over = [bool(one.override_reason) or dice.random() < 0.1 for one in visits]
    standing = [held for one, is_over in zip(visits, over, strict=True) for held in allocations_of(one, over=is_over)]
    salon.tx.apply(Changes(put=(*visits, *standing)))
    moving = [one for one in visits if dice.random() < 0.8]
    assert whole(rezoning.held_anew(lambda: salon.tx, moving, piece=piece)) == held_plainly(salon, moving)
    assert {one.over for one in held_plainly(salon, moving)} == {False, True}


def held_plainly(salon: Salon, moving: list[Appointment]) -> tuple[Allocation, ...]:
    """What moved visits hold, each compared with everything."""
    ids = {one.id for one in moving}
    taken = [one for one in salon.tx.all(Allocation) if one.appointment_id not in ids and not one.over]
    made: list[Allocation] = []
    for one in sorted(moving, key=lambda each: (each.starts_at, each.id)):
        held = allocations_of(one, over=bool(one.override_reason))
        for each in held:
            resource = salon.tx.find(Resource, each.resource_id)
            assert resource is not None
            beside = [other for other in taken if other.resource_id == each.resource_id]
            if not each.over and not has_room(beside, span_of(each), resource.capacity):
                held = allocations_of(one, over=True)
                break
        taken += [each for each in held if not each.over]
        made += held
    return tuple(made)


def test_an_unknown_zone_and_one_that_was_changed_meanwhile_are_refused(salon: Salon) -> None:
    assert rezone(salon, "Mars/Base").code is Code.INVALID
    assert rezone(salon, was="Europe/Paris").code is Code.CHANGED_MEANWHILE


def test_only_an_owner_may(salon: Salon) -> None:
    told = salon.send(
        "location.rezone", role=Role.TENANT_MANAGER, location_id=LOCATION.id, was="Europe/Berlin", zone="UTC"
    )
    assert told.code is Code.NOT_ALLOWED
    assert salon.tx.all(Location) == [LOCATION]
