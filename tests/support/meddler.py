"""Edits of every kind against a book, as busy and mistaken people make them."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.clock import instant_text, now
from shared.ids import new_id
from shared.model.apart import KeptApart
from shared.model.appointment import Appointment
from shared.model.attention import AttentionItem
from shared.model.business import Business, Location
from shared.model.customer import Customer
from shared.model.hours import TimeBlock
from shared.model.payment import Payment
from shared.model.registry import E, entity_type, unstructured
from shared.model.resource import Resource, ResourceKind
from shared.model.series import Series
from shared.model.service import Service
from shared.model.waitlist import WaitlistEntry
from shared.mutations.block.one import seen
from shared.mutations.waitlist import wish_of
from shared.rules.wall_time import wall_text
from tests.support.wire_desk import Json, WireDesk

Args = dict[str, Any]
_SEASON = timedelta(days=10)
_STEPS = ("confirm", "arrive", "start", "complete", "no_show", "undo_step")


class Meddler:
    """One person at a desk. What they saw last may be long gone, and some of what they name never was."""

    def __init__(self, desk: WireDesk, dice: random.Random) -> None:
        """Work at `desk`, of which `rows` and `edit` are used."""
        self.desk = desk
        self._dice = dice
        self._wished: list[str] = []
        self._kinds: dict[str, Callable[[], Args]] = {
            "appointment.book": self._book,
            "appointment.reschedule": self._reschedule,
            "appointment.swap": self._swap,
            "appointment.cancel": lambda: {**self._visit(), "reason": "ill", "by": "customer"},
            **{f"appointment.{step}": self._visit for step in _STEPS},
            "appointment.decline": lambda: {**self._visit(), "reason": "full"},
            "appointment.lock": lambda: {"appointment_id": self._visit()["appointment_id"]},
            "appointment.unlock": lambda: {"appointment_id": self._visit()["appointment_id"], "reason": "wrong price"},
            "attention.resolve": self._resolve,
            "attention.reopen": lambda: self._item("was"),
            "attention.close": lambda: self._item("settled"),
            "block.put": self._block,
            "block.remove": lambda: {"block_id": self._id(TimeBlock)},
            "block.repeat": self._lunch,
            "block.end_repeat": lambda: {
                **self._rule_seen()[0],
                "resource_id": self._id(Resource),
                "since": "",
            },
            "block.rule_back": lambda: {
                **self._rule_seen()[0],
                "resource_id": self._id(Resource),
                "was_archived": False,
                "rrule": "FREQ=DAILY",
                "archived": True,
                "ended": self._dice.choice((None, {"at": instant_text(now()), "since": ""})),
            },
            "business.update": self._business,
            "customer.consent": self._consent,
            "customer.create": lambda: {"customer_id": new_id(), "name": "Ida Brandt", "tags": ["new"]},
            "customer.keep_apart": self._pair,
            "customer.merge": lambda: {
                "kept_id": self._id(Customer),
                "merged_id": self._id(Customer),
                "though_apart": self._dice.random() < 0.3,
            },
            "customer.restore": lambda: {"customer_id": self._id(Customer)},
            "customer.suggest_again": self._pair,
            "customer.update": self._customer,
            "customer.withdraw": self._withdraw,
            "hours.clear": lambda: {name: self._exception()[name] for name in ("owner_id", "day")},
            "hours.except": self._exception,
            "hours.set": self._hours,
            "location.create": lambda: {"location_id": new_id(), "name": "Pop-up", "zone": "Europe/Paris"},
            "note.add": self._note,
            "location.update": lambda: {"location_id": self._id(Location), **self._change("address", "", "Elsewhere")},
            "payment.refund": self._refund,
            "payment.take": self._payment,
            "resource.create": self._resource,
            "resource.update": lambda: {
                "resource_id": self._id(Resource),
                **self._change_or_archive("capacity", 1, 1, 2, 3),
            },
            "series.book": self._repeat,
            "series.change": self._change_series,
            "series.end": self._end_series,
            "series.extend": lambda: {"series_id": self._id(Series), "before": instant_text(now() + _SEASON)},
            "series.turn_back": self._take_series_back,
            "location.rezone": self._rezone,
            "service.create": lambda: {
                "service_id": new_id(),
                "name": "Massage",
                "active": 50,
                "price": 6000,
                "capacity": 3,
            },
            "service.update": lambda: {
                "service_id": self._id(Service),
                **self._change_or_archive("price", 1000, 1500, 9000),
            },
            "waitlist.accept": self._accept,
            "waitlist.add": self._wait,
            "waitlist.change": self._other_wish,
            "waitlist.lapse": lambda: {"entry_id": self._id(WaitlistEntry)},
            "waitlist.offer": self._offer,
            "waitlist.put_back": self._put_back,
            "waitlist.withdraw": lambda: {"entry_id": self._id(WaitlistEntry)},
        }

    @property
    def kinds(self) -> set[str]:
        """The mutations that are made."""
        return set(self._kinds)

    def edits(self, bookings: int) -> Iterator[Json]:
        """One edit of each kind and some more bookings, in any order; then a change of what is booked."""
        names = [*self._kinds, *["appointment.book"] * bookings]
        self._dice.shuffle(names)
        for name in names:
            yield self.desk.edit(name, self._kinds[name]())
        if (seen := self._any(Appointment)) is not None:
            yield self.desk.edit("appointment.reschedule", self._booked_otherwise(seen))

    def wish(self) -> tuple[str, Args]:
        """One edit: a booking, or one of any kind."""
        name = "appointment.book" if self._dice.random() < 0.35 else self._dice.choice(list(self._kinds))
        return name, self._kinds[name]()

    def _seen(self, cls: type[E]) -> list[E]:
        kind = entity_type(cls)
        return [kind.decode(row) for row in self.desk.rows.get(kind.table, {}).values()]

    def _any(self, cls: type[E]) -> E | None:
        found = self._seen(cls)
        return self._dice.choice(found) if found else None

    def _id(self, cls: type[Any]) -> str:
        row = self._any(cls)
        return row.id if row and self._dice.random() < 0.9 else new_id()

    def _change(self, field: str, was: object, *values: object) -> Args:
        return {"edits": [{"field": field, "was": was, "value": self._dice.choice(values)}]}

    def _change_or_archive(self, field: str, was: object, *values: object) -> Args:
        gone = self._dice.random() < 0.6
        shown = self._change("archived", not gone, gone)
        return shown if self._dice.random() < 0.15 else self._change(field, was, *values)

    def _moment(self) -> datetime:
        day = (now() + timedelta(days=self._dice.randrange(1, 4))).replace(hour=0, minute=0, second=0)
        return day + timedelta(minutes=15 * self._dice.randrange(50, 90))

    def _book(self) -> Args:
        staff = [one for one in self._seen(Resource) if one.kind is ResourceKind.STAFF]
        worker, service = self._dice.choice(staff), self._dice.choice(self._seen(Service))
        rooms = [one for need in service.needs for one in need.any_of[:1]]
        # The same visit may be wished for twice: by two desks, or once more after a refusal.
        again = bool(self._wished) and self._dice.random() < 0.2
        self._wished.append(self._dice.choice(self._wished) if again else new_id())
        return {
            "appointment_id": self._wished[-1],
            "customer_id": self._id(Customer),
            "location_id": worker.location_id,
            "start": instant_text(self._moment()),
            "segments": [{"service_id": service.id, "resources": [worker.id, *rooms]}],
            "status": self._dice.choice(("requested", "booked", "booked")),
            "override": self._dice.choice((None, None, "a regular")),
        }

    def request(self) -> Args:
        """A booking that waits for an answer, wherever the hours stand in the way."""
        return self._book() | {"appointment_id": new_id(), "status": "requested", "override": "a regular"}

    def _repeat(self) -> Args:
        booking = self._book()
        return {
            "series_id": new_id(),
            "customer_id": booking["customer_id"],
            "location_id": booking["location_id"],
            "first": wall_text(self._moment(), self._seen(Location)[0].zone),
            "rrule": self._dice.choice(("FREQ=DAILY;COUNT=3", "FREQ=DAILY", "FREQ=WEEKLY;COUNT=4")),
            "wishes": booking["segments"],
            "before": instant_text(now() + timedelta(days=5)),
        }

    def _lunch(self) -> Args:
        return {
            "series_id": self._id(Series) if self._dice.random() < 0.3 else new_id(),
            "resource_id": self._id(Resource),
            "first": wall_text(self._moment(), self._seen(Location)[0].zone),
            "minutes": self._dice.choice((30, 60)),
            "rrule": self._dice.choice(("FREQ=DAILY", "FREQ=WEEKLY;COUNT=2")),
            "before": instant_text(now() + timedelta(days=4)),
            "reason": "Lunch",
        }

    def _change_series(self) -> Args:
        rule, since = self._rule_seen()
        first = wall_text(self._moment(), self._seen(Location)[0].zone)
        rrule = self._dice.choice((rule["was"], "FREQ=DAILY;INTERVAL=2;COUNT=3"))
        more = {"since": since or f"{first}/0", "first": first, "rrule": rrule, "before": instant_text(now() + _SEASON)}
        return {**rule, "new_id": new_id(), **more}

    def _end_series(self) -> Args:
        rule, since = self._rule_seen()
        return {**rule, "since": self._dice.choice(("", since))}

    def _take_series_back(self) -> Args:
        series = self._any(Series)
        if series is None:
            return {"series_id": new_id(), "rules": [], "visits": []}
        rule = {"was": series.rrule, "was_archived": series.archived, "rrule": series.rrule, "archived": True}
        seen = [one for one in self._seen(Appointment) if one.series_id == series.id]
        visits = [
            {
                "appointment_id": one.id,
                "was": {"status": one.status, "start": instant_text(one.starts_at)},
                "until": instant_text(one.ends_at),
                "resources": one.resources,
                "to": "restored" if one.status == "cancelled" else "ended",
                "series_id": series.id,
                "original_start": one.original_start,
            }
            for one in seen
            if one.status in ("booked", "cancelled")
        ]
        end = {"series_id": series.id, "was": series.rrule}
        ended = self._dice.choice((None, {"at": instant_text(now()), "end": end}))
        return {"series_id": series.id, "rules": [{"series_id": series.id, **rule}], "visits": visits, "ended": ended}

    def _rezone(self) -> Args:
        place = self._seen(Location)[0]
        return {
            "location_id": place.id,
            "was": place.zone,
            "zone": self._dice.choice((place.zone, "Europe/London", "Europe/Berlin")),
        }

    def _rule_seen(self) -> tuple[Args, str]:
        """A series as it was seen, and the original start of one of its visits."""
        series = self._any(Series)
        if series is None:
            return {"series_id": new_id(), "was": "FREQ=DAILY"}, ""
        starts = [one.original_start for one in self._seen(Appointment) if one.series_id == series.id]
        return {"series_id": series.id, "was": series.rrule}, self._dice.choice(starts) if starts else ""

    def _visit(self) -> Args:
        seen = self._any(Appointment)
        if self._wished and self._dice.random() < 0.4:
            # Perhaps it was refused meanwhile.
            chosen = self._dice.choice(self._wished)
            seen = next((one for one in self._seen(Appointment) if one.id == chosen), None)
        if seen is None:
            chosen = self._dice.choice(self._wished) if self._wished else new_id()
            return {"appointment_id": chosen, "was": {"status": "booked", "start": instant_text(now())}}
        return {"appointment_id": seen.id, "was": {"status": seen.status, "start": instant_text(seen.starts_at)}}

    def _reschedule(self) -> Args:
        return {**self._visit(), "start": instant_text(self._moment())}

    def _booked_otherwise(self, seen: Appointment) -> Args:
        """Another person, length, service, party or start of a visit; what is not changed is not said."""
        before: list[Args] = [
            {"service_id": one.service_id, "resources": list(one.resources), "minutes": one.minutes}
            for one in seen.segments
        ]  # fmt: skip
        was = {"status": seen.status, "start": instant_text(seen.starts_at), "segments": before, "party": seen.party}
        of = {"appointment_id": seen.id, "was": was}
        staff = [one.id for one in self._seen(Resource) if one.kind is ResourceKind.STAFF]
        lines = [dict(one) for one in before]
        line = self._dice.choice(lines)
        match self._dice.choice(("who", "who", "length", "more", "fewer", "party", "start")):
            case "who":
                line["resources"] = [self._dice.choice(staff)]
            case "length":
                line["minutes"] = self._dice.choice((15, 30, 90))
            case "more":
                service = self._dice.choice(self._seen(Service))
                more = {"service_id": service.id, "resources": [self._dice.choice(staff)], "minutes": service.minutes}
                lines.insert(self._dice.choice((0, len(lines))), more)
            case "fewer":
                lines.remove(line)
            case "party":
                return of | {"party": self._dice.choice((1, 2, 3))}
            case "start":
                return of | {"start": instant_text(self._moment())}
        return of | {"segments": lines}

    def _swap(self) -> Args:
        one, other = self._visit(), self._visit()
        taken = {seen.id: list(seen.resources) for seen in self._seen(Appointment)}
        return {
            **one,
            "resources": taken.get(one["appointment_id"], []),
            "other_id": other["appointment_id"],
            "other_was": other["was"],
            "other_resources": taken.get(other["appointment_id"], []),
        }

    def _resolve(self) -> Args:
        choice = self._dice.choice(("move", "keep", "restore", "drop"))
        start = instant_text(self._moment()) if choice == "move" else None
        return {"item_id": self._id(AttentionItem), "choice": choice, "start": start}

    def _item(self, state: str) -> Args:
        return {"item_id": self._id(AttentionItem), state: self._dice.choice(("moved", "kept", "dropped"))}

    def _withdraw(self) -> Args:
        return {"made": {"customer_id": self._id(Customer), "name": "Ida Brandt", "tags": ["new"]}}

    def _note(self) -> Args:
        about, of = self._dice.choice((("customer", Customer), ("appointment", Appointment)))
        lost = bool(self._wished) and self._dice.random() < 0.3
        subject = self._dice.choice(self._wished) if lost and about == "appointment" else self._id(of)
        return {"note_id": new_id(), "about": about, "subject_id": subject, "text": "Comes with a pram"}

    def _payment(self) -> Args:
        seen = self._any(Appointment)
        lost = bool(self._wished) and self._dice.random() < 0.3
        visit = self._dice.choice(self._wished) if lost else seen.id if seen else new_id()
        whole = seen.price if seen and seen.price else 1000
        return {
            "payment_id": new_id(), "appointment_id": visit, **self._till(),
            "kind": self._dice.choice(("deposit", "balance", "balance", "tip", "fee")),
            "amount": self._dice.choice((whole, whole, 500)),
        }  # fmt: skip

    def _refund(self) -> Args:
        return {
            "payment_id": new_id(), "refund_of": self._id(Payment), **self._till(),
            "amount": self._dice.choice((100, 500, 1000, 10_000)),
        }  # fmt: skip

    def _till(self) -> Args:
        method = self._dice.choice(("cash", "terminal", "transfer", "online"))
        return {"location_id": self._dice.choice(self._seen(Location)).id, "method": method, "currency": "EUR"}

    def _block(self) -> Args:
        start = self._moment()
        end = start + timedelta(hours=self._dice.randrange(3))
        place = {"resource_id": self._id(Resource), "start": instant_text(start), "end": instant_text(end)}
        known = self._any(TimeBlock)
        if known is None or self._dice.random() < 0.5:
            return {"block_id": self._id(TimeBlock), **place, "reason": "Training"}
        was = unstructured(seen(known))
        said = {name: was[name] for name in (*place, "reason")}
        # One changes the place alone, one the reason alone.
        changed = said | (place if self._dice.random() < 0.5 else {"reason": "Training"})
        return {"block_id": known.id, **changed, "origin": known.origin, "was": was}

    def _business(self) -> Args:
        holds = self._change("requests_hold", self._dice.random() < 0.5, True, False)
        return {"business_id": self._seen(Business)[0].id, **self._dice.choice((holds, self.late_from(60)))}

    def late_from(self, minutes: int) -> Args:
        """From how many minutes before its start on a visit is cancelled late."""
        return self._change("cancel_window", 24 * 60, minutes)

    def _customer(self) -> Args:
        tags = {"tags_added": ["met"], "tags_removed": ["regular", "new"]}
        return {
            "customer_id": self._id(Customer),
            **self._change_or_archive("name", "Ida Brandt", "Ida Brand", " "),
            **tags,
        }

    def _pair(self) -> Args:
        known = self._any(KeptApart)
        if known is not None and self._dice.random() < 0.5:
            return {"one_id": known.other_id, "other_id": known.one_id}
        return {"one_id": self._id(Customer), "other_id": self._id(Customer)}

    def _consent(self) -> Args:
        given = self._dice.random() < 0.5
        return {"customer_id": self._id(Customer), "to": self._dice.choice(("mail", "photos")), "given": given}

    def _wait(self) -> Args:
        location = self._dice.choice(self._seen(Location)).id
        wish = {"service_id": self._dice.choice(self._seen(Service)).id, "priority": self._dice.randrange(3)}
        return {"entry_id": new_id(), "customer_id": self._id(Customer), "location_id": location, "wish": wish}

    def _other_wish(self) -> Args:
        seen = self._any(WaitlistEntry)
        if seen is None:
            wish = {"service_id": self._id(Service)}
            return {"entry_id": new_id(), "was": wish, "wish": wish | {"party": 2}}
        was = unstructured(wish_of(seen))
        return {"entry_id": seen.id, "was": was, "wish": was | {"weekdays": [1, 3], "notes": "Window"}}

    def _offer(self) -> Args:
        start = self._moment()
        return {
            "entry_id": self._id(WaitlistEntry), "start": instant_text(start), "resources": [self._id(Resource)],
            "until": instant_text(start - timedelta(hours=1)),
        }  # fmt: skip

    def _accept(self) -> Args:
        seen, booking = self._any(WaitlistEntry), self._book()
        named = ("appointment_id", "start", "segments", "override")
        return {"entry_id": seen.id if seen else new_id(), **{name: booking[name] for name in named}}

    def _put_back(self) -> Args:
        seen = self._any(WaitlistEntry)
        state = seen.state if seen else "withdrawn"
        return {"entry_id": seen.id if seen else new_id(), "was": state, "state": "waiting"}

    def _exception(self) -> Args:
        day = self._moment().date().isoformat()
        return {"owner_id": self._id(Resource), "day": day, "opens": 600, "closes": 840, "reason": "Half a day"}

    def _hours(self) -> Args:
        season = self._dice.choice(({}, {"valid_from": "2026-06-01", "valid_to": "2026-08-31"}))
        openings = [{"opens": 540, "closes": 720}, {"opens": 780, "closes": 1140, **season}]
        return {"owner_id": self._id(Resource), "weekday": self._dice.randrange(7), "openings": openings}

    def _resource(self) -> Args:
        location = self._dice.choice(self._seen(Location)).id
        return {"resource_id": new_id(), "location_id": location, "kind": "ROOM", "name": "Annex", "position": 90}
