"""What the demo's businesses are made of: their sites, the people and rooms there, and how much is booked."""

from dataclasses import dataclass

from shared.model.base import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One location of a demo tenant and the first names of the people who work there."""

    name: str
    zone: str
    address: str
    staff: tuple[str, ...]
    rooms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """What a demo tenant is made of. `phone` is a pattern with one place for the customer's number from 0 on."""

    slug: str
    sites: tuple[Site, ...]
    phone_areas: tuple[str, ...]
    """Each takes a hundred customers: `+1 212 555 01` and two digits."""
    customers: int = 400
    days_back: int = 7
    days_ahead: int = 14
    staff_user: UserId | None = None
    """The member behind the first of the staff."""


DEMO = DemoPlan(
    slug="demo",
    sites=(
        Site(
            name="Downtown",
            zone="America/New_York",
            address="214 Mercer Street, New York",
            staff=("Olivia", "Marcus", "Yuki", "Dana", "Theo"),
            rooms=("Quiet room", "Nail studio"),
        ),
        Site(
            name="River North",
            zone="America/Chicago",
            address="55 West Hubbard Street, Chicago",
            staff=("Carmen", "Ellis", "Jude"),
            rooms=("Spa room",),
        ),
    ),
    phone_areas=("+1 212 555 01", "+1 718 555 01", "+1 312 555 01", "+1 773 555 01"),
)
ACME = DemoPlan(
    slug="acme",
    sites=(
        Site(
            name="Berlin Mitte",
            zone="Europe/Berlin",
            address="Torstraße 88, Berlin",
            staff=("Anke", "Bruno", "Frieda", "Goran", "Lotte"),
            rooms=("Quiet room", "Nail studio"),
        ),
        Site(
            name="London Soho",
            zone="Europe/London",
            address="12 Frith Street, London",
            staff=("Imogen", "Rhys", "Tess"),
            rooms=("Spa room",),
        ),
    ),
    phone_areas=("+49 30 231250", "+49 30 231251", "+44 20 794600", "+44 20 794609"),
)
