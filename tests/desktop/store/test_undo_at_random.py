"""Any order of edits, undos, redos and restarts on one desk alone: each undo gives the book that was there before."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desktop.store.replica import Replica
from shared.clock import parse_instant
from shared.errors import Refusal
from shared.ids import new_id
from shared.model.appointment import Appointment, Status
from shared.model.attention import AttentionItem
from shared.model.base import AppointmentId, ResourceId
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.resource import ResourceKind
from shared.model.series import Series
from shared.protocol.codec import arguments_of
from shared.rules import series as rules
from shared.rules import wall_time
from tests.support.book_shown import Rows, book_of
from tests.support.edits_of_each_kind import ITEM, ROWS
from tests.support.moving_clock import frozen
from tests.support.replicas import KEY, filled, patch
from tests.support.salon import ANA, BEN, BUSINESS, CUT, LOCATION, MEMBER, MIRA, TEN, Salon, booking_of, made_id, wire

WISHED = AppointmentId(made_id("wished"))
VISITS = st.sampled_from([made_id(f"visit {number}") for number in range(4)] + [WISHED])
HOURS = st.integers(-3, 3)
STAFF = st.sampled_from([ANA.id, BEN.id])
STEPS = st.sampled_from(["confirm", "arrive", "start", "complete", "no_show", "cancel", "undo_step"])
JO = made_id("jo")
CUSTOMERS = st.sampled_from([MIRA.id, JO])
DAY, WEEK = timedelta(days=1), timedelta(days=7)
RULE = "FREQ=WEEKLY;COUNT=3"
EVENING = TEN + timedelta(hours=12)
ROOM = replace(BEN, id=ResourceId(made_id("room")), name="Room", kind=ResourceKind.ROOM)
"""Blocked is the evening, and hours are set of a room: a visit is not brought back to where one has closed since."""


class OneDesk(RuleBasedStateMachine):
    """One replica that nobody else writes to, and the books that it has shown."""

    @initialize()
    def begin(self) -> None:
        self.stopped = frozen(TEN)
        self.stopped.__enter__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "book.db"
        self.replica = filled(self.path, Salon())
        self.replica.apply_lines(patch(2, replace(MEMBER, role=Role.TENANT_OWNER), ROOM, *ROWS))
        self.shown: list[Rows] = [book_of(self.replica)]
        """Those before each step that can be undone, then the one that is there."""
        self.ahead: list[Rows] = []
        """Those after each step that can be done again, the next one last."""

    def teardown(self) -> None:
        if not hasattr(self, "replica"):
            return
        try:
            while len(self.shown) > 1:
                self.undo()
            assert self.replica.undo() is None
            assert book_of(self.replica) == self.shown[0]
        finally:
            self.replica.close()
            self.folder.cleanup()
            self.stopped.__exit__(None, None, None)

    def edit(self, name: str, args: Mapping[str, Any], macro: str = "") -> bool:
        """Make an edit; whether it is a step of its own."""
        steps = self.replica.undo_stack().done()
        try:
            edited = self.replica.edit(name, arguments_of(name, 1, args), label=name, macro=macro)
        except Refusal:
            return False
        if edited.step is None:
            return False
        self.ahead.clear()
        if steps is not None and steps.number == edited.step:
            self.shown[-1] = book_of(self.replica)
        else:
            self.shown.append(book_of(self.replica))
        return True

    @rule(visit=VISITS, hour=HOURS, staff=STAFF, customer=CUSTOMERS, override=st.booleans(), request=st.booleans())
    def book(self, visit: str, hour: int, staff: str, customer: str, *, override: bool, request: bool) -> None:
        wish = booking_of("", TEN + timedelta(hours=hour)) | {
            "appointment_id": visit, "customer_id": customer, "override": "A regular" if override else None,
            "segments": [{"service_id": CUT.id, "resources": [staff]}], "status": "requested" if request else "booked",
        }  # fmt: skip
        self.edit("appointment.book", wish)

    @rule(visit=VISITS, hour=HOURS, staff=STAFF, minutes=st.sampled_from([None, 30, 60]))
    def move(self, visit: str, hour: int, staff: str, minutes: int | None) -> None:
        segments = [{"service_id": CUT.id, "resources": [staff], "minutes": minutes}]
        self.change(visit, "reschedule", start=wire(TEN + timedelta(hours=hour)), segments=segments)

    @rule(visit=VISITS, step=STEPS)
    def step(self, visit: str, step: str) -> None:
        self.change(visit, step)

    def change(self, visit: str, what: str, **more: Any) -> None:
        seen = self.replica.tx().find(Appointment, visit)
        if seen is not None:
            was = {"status": seen.status.value, "start": wire(seen.starts_at)}
            self.edit(f"appointment.{what}", {"appointment_id": visit, "was": was, **more})

    @rule(visit=VISITS, hour=HOURS)
    def add_and_book(self, visit: str, hour: int) -> None:
        """A new customer with their first visit: one step."""
        one, macro = new_id(), new_id()
        self.edit("customer.create", {"customer_id": one, "name": "New"}, macro)
        wish = booking_of("", TEN + timedelta(hours=hour)) | {"appointment_id": visit, "customer_id": one}
        self.edit("appointment.book", wish, macro)

    @rule(hour=HOURS, staff=STAFF, weeks=st.integers(1, 3))
    def repeat(self, hour: int, staff: str, weeks: int) -> None:
        """A series of three, of which as many are booked; what stands in the way waits for a person."""
        first = TEN + DAY + timedelta(hours=hour)
        made = new_id()
        args = {
            "series_id": made, "customer_id": MIRA.id, "location_id": LOCATION.id,
            "first": wall_time.wall_text(first, LOCATION.zone), "rrule": RULE,
            "wishes": [{"service_id": CUT.id, "resources": [staff]}], "before": wire(first + weeks * WEEK),
        }  # fmt: skip
        self.edit("series.book", args)

    def series(self) -> list[Series]:
        """The series that go on, the eldest first."""
        ids = [row[0] for row in self.replica.database.rows("SELECT id FROM series WHERE NOT archived ORDER BY id")]
        return [one for one in (self.replica.tx().find(Series, row) for row in ids) if one is not None]

    @precondition(lambda self: self.series())
    @rule(number=st.integers(0, 5), hours=st.integers(-2, 2), staff=STAFF, place=st.integers(0, 2))
    def change_series(self, number: int, hours: int, staff: str, place: int) -> None:
        found = self.series()
        one = found[number % len(found)]
        dates = rules.dates(one, before=None, limit=3)
        if not dates:
            return
        since = dates[place % len(dates)]
        args = {
            "series_id": one.id, "new_id": new_id(), "was": one.rrule, "since": since.original,
            "first": (since.local + timedelta(hours=hours)).isoformat(), "rrule": "FREQ=WEEKLY;COUNT=2",
            "before": wire(TEN + 6 * WEEK), "wishes": [{"service_id": CUT.id, "resources": [staff]}],
        }  # fmt: skip
        self.edit("series.change", args)

    @precondition(lambda self: self.series())
    @rule(number=st.integers(0, 5), place=st.integers(0, 2), extend=st.booleans())
    def end_or_extend(self, number: int, place: int, *, extend: bool) -> None:
        found = self.series()
        one = found[number % len(found)]
        if extend:
            self.edit("series.extend", {"series_id": one.id, "before": wire(TEN + 6 * WEEK)})
            return
        dates = rules.dates(one, before=None, limit=3)
        since = dates[place % len(dates)].original if dates and place else ""
        self.edit("series.end", {"series_id": one.id, "was": one.rrule, "since": since, "reason": "Moves away"})

    @rule()
    def add(self) -> None:
        self.edit("customer.create", {"customer_id": JO, "name": "Jo Weiß", "tags": ["new"]})

    @rule(
        customer=CUSTOMERS,
        field=st.sampled_from(["name", "alert", "archived", "blocked"]),
        text=st.sampled_from(["x", "y"]),
        tag=st.sampled_from(["a", "b", "new"]),
    )
    def correct(self, customer: str, field: str, text: str, tag: str) -> None:
        seen = self.replica.tx().find(Customer, customer)
        if seen is None:
            return
        was = getattr(seen, field)
        edits = [{"field": field, "was": was, "value": (not was) if isinstance(was, bool) else text}]
        tags = {"tags_removed": [tag]} if tag in seen.tags else {"tags_added": [tag]}
        self.edit("customer.update", {"customer_id": customer, "edits": edits, **tags})

    @rule(number=st.integers(0, 1), staff=STAFF, minutes=st.sampled_from([15, 30]))
    def block(self, number: int, staff: str, minutes: int) -> None:
        args = {
            "block_id": made_id(f"block {number}"), "resource_id": staff, "start": wire(EVENING),
            "end": wire(EVENING + timedelta(minutes=minutes)),
        }  # fmt: skip
        self.edit("block.put", args)

    @rule(number=st.integers(0, 1))
    def free(self, number: int) -> None:
        if self.replica.tx().find(TimeBlock, made_id(f"block {number}")) is not None:
            self.edit("block.remove", {"block_id": made_id(f"block {number}")})

    @rule(openings=st.sampled_from([[], [(0, 1440)], [(0, 720), (780, 1440)]]))
    def set_hours(self, openings: list[tuple[int, int]]) -> None:
        listed = [{"opens": opens, "closes": closes} for opens, closes in openings]
        self.edit("hours.set", {"owner_id": ROOM.id, "weekday": 6, "openings": listed})

    @rule(opens=st.sampled_from([None, 480]), clear=st.booleans())
    def date_hours(self, opens: int | None, *, clear: bool) -> None:
        args: dict[str, Any] = {"owner_id": ROOM.id, "day": "2026-06-01"}
        if clear:
            self.edit("hours.clear", args)
        else:
            self.edit("hours.except", args | {"opens": opens, "closes": None if opens is None else 900})

    @rule(step=st.sampled_from([5, 15, 30]))
    def set_up(self, step: int) -> None:
        edits = [{"field": "slot_step", "was": self.replica.tx().business().slot_step, "value": step}]
        self.edit("business.update", {"business_id": BUSINESS.id, "edits": edits})

    @rule(choice=st.sampled_from(["move", "keep", "drop"]), hour=HOURS)
    def settle(self, choice: str, hour: int) -> None:
        start = wire(TEN + timedelta(hours=hour)) if choice == "move" else None
        item, ended = self.replica.tx().find(AttentionItem, ITEM), self.replica.tx().find(Appointment, WISHED)
        assert item is not None
        if choice != "drop" and ended is not None:
            goes_elsewhere = ended.starts_at != parse_instant(start or item.args["start"])
            if goes_elsewhere or ended.status is not Status.CANCELLED:
                # Booked by hand with the id of the item, as no program does: that it stood elsewhere is kept nowhere,
                # and where it stands nothing is made that could be taken back.
                return
        self.edit("attention.resolve", {"item_id": ITEM, "choice": choice, "start": start})

    @rule()
    def reopen(self) -> None:
        item = self.replica.tx().find(AttentionItem, ITEM)
        assert item is not None
        if item.state.value != "open":
            self.edit("attention.reopen", {"item_id": ITEM, "was": item.state.value})

    @precondition(lambda self: len(self.shown) > 1)
    @rule()
    def undo(self) -> None:
        turned = self.replica.undo()
        assert turned is not None
        assert turned.refusals == ()
        self.ahead.append(self.shown.pop())

    @precondition(lambda self: self.ahead)
    @rule()
    def redo(self) -> None:
        turned = self.replica.redo()
        assert turned is not None
        assert turned.refusals == ()
        self.shown.append(self.ahead.pop())

    @rule()
    def restart(self) -> None:
        self.replica.close()
        self.replica = Replica(self.path, KEY)

    @invariant()
    def shows_what_it_should(self) -> None:
        if hasattr(self, "replica"):
            assert book_of(self.replica) == self.shown[-1]


TestOneDesk = OneDesk.TestCase
# Not shrunk: a failure takes seconds to find and would take minutes to make small.
TestOneDesk.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
