"""What busy people do to a book all day, as arguments of mutations that the rules take."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shared.clock import instant_text
from shared.ids import new_id
from tests.bench.shop_book import SEED, Book

Edit = tuple[str, dict[str, Any]]
"""A mutation's name and arguments."""


class Edits:
    """An endless day at the desk: of ten edits four book, two move, two confirm, one adds and one corrects a person.

    What is booked lies side by side from the book's first free day on; what is moved comes from these bookings.
    """

    def __init__(self, book: Book, *, after: int = 0, seed: int = SEED) -> None:
        """`after` skips so many days: of what an earlier maker has booked."""
        self._book = book
        self._first_day = book.free_from + timedelta(days=after)
        self._dice = random.Random(seed)
        self._number = 0
        self._open: list[tuple[str, datetime, str]] = []
        self._people: list[str] = []

    def __iter__(self) -> Iterator[Edit]:
        while True:
            yield self._book_visit()
            yield self._book_visit()
            yield self._move()
            yield self._add_person()
            yield self._step()
            yield self._book_visit()
            yield self._book_visit()
            yield self._move()
            yield self._correct_person()
            yield self._step()

    def _next_place(self) -> tuple[str, datetime]:
        self._number += 1
        return self._book.place(self._number, self._first_day)

    def _book_visit(self) -> Edit:
        resource, start = self._next_place()
        visit = new_id()
        self._open.append((visit, start, "booked"))
        return "appointment.book", {
            "appointment_id": visit,
            "customer_id": self._dice.choice(self._book.customers),
            "location_id": self._book.location,
            "start": instant_text(start),
            "segments": [{"service_id": self._dice.choice(self._book.services).id, "resources": [resource]}],
            "notes": "",
        }

    def _move(self) -> Edit:
        visit, start, status = self._open.pop(0)
        resource, to = self._next_place()
        service = self._dice.choice(self._book.services)
        self._open.append((visit, to, status))
        return "appointment.reschedule", {
            "appointment_id": visit,
            "was": {"status": status, "start": instant_text(start)},
            "start": instant_text(to),
            "segments": [{"service_id": service.id, "resources": [resource]}],
        }

    def _step(self) -> Edit:
        visit, start, status = self._open.pop(0)
        return "appointment.confirm", {
            "appointment_id": visit,
            "was": {"status": status, "start": instant_text(start)},
        }

    def _add_person(self) -> Edit:
        person, name = new_id(), f"New Person {self._number}"
        self._people.append(person)
        return "customer.create", {"customer_id": person, "name": name, "phones": [f"+4940{self._number:08d}"]}

    def _correct_person(self) -> Edit:
        person = self._people.pop(0)
        edit = {"field": "alert", "was": "", "value": "Prefers the window."}
        return "customer.update", {"customer_id": person, "edits": [edit]}
