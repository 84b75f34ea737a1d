"""Invented people and things for demo tenants; the phone numbers are of the ranges kept free for fiction."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_NAMES = (
    "Amelia", "Noah", "Sofia", "Liam", "Chloé", "Mateo", "Hannah", "Elias", "Zoë", "Jonas", "Priya", "Omar", "Grace",
    "Lukas", "Mei", "Daniel", "Ingrid", "Samuel", "Aisha", "Henry", "Nadia", "Oscar", "Ruth", "Felix", "Camila",
    "Björn", "Leila", "Victor", "Hana", "Theo", "Marta", "Kofi", "Elena", "Ravi", "Julia", "Sven", "Yara", "Ivan",
    "Clara", "Ahmed",
)  # fmt: skip
LAST_NAMES = (
    "Brennan", "Okafor", "Lindqvist", "Moreno", "Kowalski", "Nguyen", "Fischer", "Haddad", "O'Neill", "Tanaka",
    "Rossi", "Petrov", "Müller", "Silva", "Andersen", "Patel", "Dubois", "Novak", "Walsh", "Castillo", "Schäfer",
    "Kim", "Larsen", "Adeyemi", "Whitfield", "Bianchi", "Costa", "Jansen", "Reyes", "Sørensen",
)  # fmt: skip
ALERTS = (
    "Allergic to ammonia: use the mild colour.",
    "Patch test needed before colouring.",
    "Uses a wheelchair: chair 2, please.",
    "Prefers to be called, not texted.",
)
NOTES = ("Likes the window seat.", "Brings a small dog.", "Short on the sides, longer on top.", "Pays by card.")
VISIT_NOTES = ("First visit, allow a little time.", "Wants to talk about a new colour.", "Running late is possible.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIdea:
    """One service of the demo salon: price in minor units, and where it is done."""

    name: str
    category: str
    colour: str
    price: int
    phases: tuple[int, int, int, int, int]
    """Before, active, processing, finishing, after."""
    room: str | None = None

    @property
    def before(self) -> int:
        """Minutes held before the visit."""
        return self.phases[0]

    @property
    def minutes(self) -> int:
        """Length of the visit without its buffers."""
        return sum(self.phases[1:4])

    @property
    def after(self) -> int:
        """Minutes held after the visit."""
        return self.phases[4]


SERVICES = (
    ServiceIdea(name="Women's cut", category="Hair", colour="#5b8def", price=6800, phases=(0, 45, 0, 0, 5)),
    ServiceIdea(name="Men's cut", category="Hair", colour="#3f9c8f", price=4200, phases=(0, 30, 0, 0, 0)),
    ServiceIdea(name="Children's cut", category="Hair", colour="#63a94f", price=2900, phases=(0, 30, 0, 0, 0)),
    ServiceIdea(name="Blow-dry", category="Hair", colour="#8b7bd8", price=3900, phases=(0, 30, 0, 0, 0)),
    ServiceIdea(name="Beard trim", category="Hair", colour="#7d8794", price=2200, phases=(0, 15, 0, 0, 0)),
    ServiceIdea(name="Root touch-up", category="Colour", colour="#c76b98", price=7900, phases=(0, 30, 30, 15, 0)),
    ServiceIdea(name="Full colour", category="Colour", colour="#b8559f", price=11900, phases=(5, 45, 45, 30, 10)),
    ServiceIdea(name="Highlights", category="Colour", colour="#d98a3d", price=14500, phases=(5, 60, 30, 30, 10)),
    ServiceIdea(name="Gloss", category="Colour", colour="#cf5f5f", price=5400, phases=(0, 30, 0, 0, 0)),
    ServiceIdea(
        name="Facial", category="Care", colour="#4aa3b8", price=8900, phases=(0, 60, 0, 0, 10), room="Quiet room"
    ),
    ServiceIdea(
        name="Manicure", category="Care", colour="#e0719c", price=4500, phases=(0, 45, 0, 0, 0), room="Nail studio"
    ),
    ServiceIdea(
        name="Scalp treatment", category="Care", colour="#5f9e6e", price=6200, phases=(0, 45, 0, 0, 5), room="Spa room"
    ),
)
STAFF_COLOURS = ("#5b8def", "#3f9c8f", "#d98a3d", "#b8559f", "#63a94f", "#8b7bd8", "#cf5f5f", "#4aa3b8")


def email(first: str, last: str) -> str:
    """An address as most people have one, in ASCII; the domain is kept free for examples (RFC 2606)."""
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".lower().replace("ø", "o").replace("'", ""))
    return f"{plain.encode('ascii', 'ignore').decode()}@example.com"


def people() -> Iterator[tuple[str, str]]:
    """Every pair of a first and a last name once, mixed so that neighbours share neither."""
    for turn in range(len(LAST_NAMES)):
        for place, first in enumerate(FIRST_NAMES):
            yield first, LAST_NAMES[(place * 7 + turn * 11) % len(LAST_NAMES)]
