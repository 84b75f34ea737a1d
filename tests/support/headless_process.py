"""The process of a desk without a window: takes orders as JSON lines on stdin, answers each with one on stdout."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations import appointments, attention, customers
from desktop.operations.operation import Operation
from desktop.queries.attention_items import attention_items
from desktop.queries.free_slots import free_slots, free_slots_for_item
from desktop.queries.setup import setup
from desktop.store.replica import Replica
from desktop.store.rows import STORED
from desktop.store.turning import Turned
from shared.clock import instant_text, parse_instant
from shared.errors import Refusal
from shared.ids import new_id
from shared.model.appointment import Appointment
from shared.model.customer import Customer
from shared.model.registry import canonical
from tests.support.file_secrets import FileSecrets

Answer = Any


class Headless:
    """One desk and what it can be told to do; each public method is an order."""

    def __init__(self, home: Path) -> None:
        self._home, self._secrets = Home(home), FileSecrets(home / "secrets.json")
        self._desk: Desk | None = None

    @property
    def _open(self) -> Desk:
        assert self._desk is not None
        return self._desk

    def sign_in(self, **form: str) -> Answer:
        self._desk = Desk.sign_in(self._home, self._secrets, **form)
        self._desk.start()

    def open(self) -> Answer:
        self._desk = Desk.open(self._home, self._secrets)
        self._open.start()

    def close(self) -> Answer:
        self._open.close()

    def status(self) -> Answer:
        now = self._open.status
        return {
            "connection": now.connection.value,
            "waiting": now.waiting,
            "offline_since": instant_text(now.offline_since) if now.offline_since else None,
            "usable": self._open.do(lambda replica: replica.is_usable),
        }

    def sync_now(self) -> Answer:
        self._open.engine.sync_now()

    def stylists(self) -> Answer:
        known = self._open.do(setup)
        location = known.locations[0]
        staff = [one for one in known.resources if one.kind == "STAFF" and one.location_id == location.id]
        service = min(known.services, key=lambda one: one.minutes)
        return {
            "location": location.id,
            "staff": [one.id for one in staff],
            "service": service.id,
            "customers": [row[0] for row in self._open.do(_some_customers)],
        }

    def next_slots(self, start: str, **booking: str) -> Answer:
        wish = _booking(start=start, **booking)
        return [instant_text(one.start) for one in self._open.do(lambda replica: free_slots(replica, wish.args))]

    def book(self, **booking: str) -> Answer:
        return self._edit(_booking(**booking))

    def step(self, visit: str, name: str) -> Answer:
        return self._edit(appointments.step(self._find(Appointment, visit), name))

    def undo(self) -> Answer:
        return self._turn(Replica.undo)

    def redo(self) -> Answer:
        return self._turn(Replica.redo)

    def _turn(self, turn: Callable[[Replica], Turned | None]) -> Answer:
        turned, _ = self._open.turn(lambda replica: (turn(replica), None)).result()
        return None if turned is None else {"made": turned.made, "refused": [one.code for one in turned.refusals]}

    def edits(self, count: int, name: str, start: str, pause: float = 0.0, **booking: str) -> Answer:
        """So many edits of every kind that a desk makes, each printed once it is saved on this computer."""
        made: list[str] = []
        seen = ""
        for number in range(count):
            operation, seen = self._one(number, name, start, seen, booking)
            edited = self._edit(operation)
            assert "seq" in edited, edited
            made.append(edited["id"])
            print(json.dumps({"made": edited}), flush=True)
            time.sleep(pause)
        return made

    def add(self, name: str) -> Answer:
        return self._edit(customers.create(name=name, phones=[]))

    def warn(self, customer: str, alert: str, was: str = "") -> Answer:
        """Write an alert about a customer who is known here, with the alert that is expected; else nothing."""
        found = self._open.do(lambda replica: replica.tx().find(Customer, customer))
        if found is None or found.alert != was:
            return None
        return self._edit(customers.update(found, {"alert": alert}))

    def place(self) -> Answer:
        """The epoch and the cursor that the replica has."""
        return self._open.do(lambda replica: {name: replica.meta.get(name) for name in ("epoch", "cursor")})

    def _one(self, number: int, name: str, start: str, seen: str, booking: dict[str, str]) -> tuple[Operation, str]:
        kind = number % 7
        if kind == 0 or not seen:
            person = new_id()
            return customers.create(name=f"{name} {number}", phones=[f"+44 20 {number:06}"], customer_id=person), person
        if kind in (1, 2):
            return customers.update(self._find(Customer, seen), {"alert": f"{name} {number}"}), seen
        # A day of its own for each, so that no slot is anybody else's.
        day = instant_text(parse_instant(start) + timedelta(days=1 + number // 7))
        if kind == 3:
            visit = new_id()
            return _booking(start=self._free(day, booking), **(booking | {"customer": seen}), visit=visit), visit
        visited = self._find(Appointment, seen)
        if kind == 4:
            return appointments.step(visited, "confirm"), seen
        if kind == 5:
            return appointments.reschedule(visited, start=parse_instant(self._free(day, booking))), seen
        return appointments.cancel(visited, reason=f"{name} {number}"), seen

    def _free(self, day: str, booking: dict[str, str]) -> str:
        slots: list[str] = self.next_slots(day, **booking)
        return slots[0]

    def _find(self, cls: type[Any], row_id: str) -> Any:
        found = self._open.do(lambda replica: replica.tx().find(cls, row_id))
        assert found is not None
        return found

    def _edit(self, operation: Operation) -> Answer:
        try:
            edited = self._open.edit(operation)
        except Refusal as refusal:
            return {"refused": refusal.code.value}
        return {"seq": edited.seq, "id": edited.mutation_id, "subject": edited.subject}

    def attention(self) -> Answer:
        return [
            {
                "id": one.id,
                "name": one.name,
                "code": one.code,
                "why": one.why,
                "args": dict(one.args),
                "settling": one.settling,
                "slots": self._slots_of(one.id),
            }
            for one in self._open.do(attention_items)
        ]

    def _slots_of(self, item: str) -> list[str]:
        return [instant_text(one.start) for one in self._open.do(lambda replica: free_slots_for_item(replica, item))]

    def take_slot(self, item: str, start: str) -> Answer:
        return self._edit(attention.move(item, start=parse_instant(start)))

    def appointment(self, visit: str) -> Answer:
        found = self._open.do(lambda replica: replica.tx().find(Appointment, visit))
        return None if found is None else {"start": instant_text(found.starts_at), "status": found.status.value}

    def sums(self) -> Answer:
        """Rows and SHA-256 of every entity."""
        return self._open.do(lambda replica: {table: _sum(replica, table) for table in STORED})

    def queue(self) -> Answer:
        """What waits and what was sent: numbers and ids, in order, and outcomes by number."""

        def asked(replica: Replica) -> Answer:
            rows = replica.database.rows
            return {
                "waiting": [list(row) for row in rows("SELECT seq, id FROM outbox ORDER BY seq")],
                "sent": [list(row) for row in rows("SELECT seq, id, outcome FROM sent ORDER BY seq")],
                "base": len(rows("SELECT 1 FROM base")),
            }

        return self._open.do(asked)


def _some_customers(replica: Replica) -> list[tuple[Any, ...]]:
    return replica.database.rows("SELECT id FROM customer WHERE NOT archived AND NOT blocked ORDER BY id LIMIT 2")


def _booking(*, location: str, staff: str, service: str, start: str, customer: str = "", visit: str = "") -> Operation:
    return appointments.book(
        location_id=location,
        start=parse_instant(start),
        segments=[appointments.wish(service, [staff])],
        customer_id=customer or None,
        appointment_id=visit or None,
    )


def sum_of(rows: list[list[Any]]) -> list[Any]:
    """The number of rows and one SHA-256 over them: each as canonical JSON on a line, in the order of their ids."""
    lines = "\n".join(canonical(row) for row in sorted(rows))
    return [len(rows), hashlib.sha256(lines.encode()).hexdigest()]


def _sum(replica: Replica, table: str) -> list[Any]:
    how = STORED[table]
    return sum_of([how.from_file(row) for row in replica.database.rows(how.select)])


def obey(desk: Headless) -> None:
    """Take orders until stdin ends."""
    for line in sys.stdin:
        order = json.loads(line)
        todo: Callable[..., Answer] = getattr(desk, order.pop("do"))
        try:
            print(json.dumps({"answer": todo(**order)}), flush=True)
        except Exception as error:
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
            raise


if __name__ == "__main__":
    obey(Headless(Path(sys.argv[1])))
