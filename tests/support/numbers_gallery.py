"""Four weeks of a salon in figures, made up."""

from datetime import date

from shared.model.base import LocationId, ResourceId, ServiceId
from shared.rules.numbers.customers import Comers
from shared.rules.numbers.lead_time import LeadTime
from shared.rules.numbers.report import Numbers
from shared.rules.numbers.revenue import PersonRevenue, Revenue, ServiceRevenue
from shared.rules.numbers.stretches import HOUR, MINUTE
from shared.rules.numbers.turnout import Turnout
from shared.rules.numbers.utilisation import HourUse, ResourceUse

_LINES = (
    ("Ana Lindqvist", (35, 62, 88, 95, 71, 80, 92, 97, 90, 55), 3 * HOUR + 20 * MINUTE, 0),
    ("Ben Okafor", (12, 40, 66, 78, 50, 45, 70, 82, 64, 31), 0, 0),
    ("Chloe Martin", (20, 51, 73, 69, 44, 60, 85, 88, 70, 28), 0, 45 * MINUTE),
    ("Bartholomäus Freiherr von Oberwittelsbach", (0, 8, 15, 30, 22, 18, 25, 40, 12, 0), 0, 0),
    ("Treatment room with the window", (10, 30, 55, 60, 41, 52, 66, 71, 50, 20), 0, 0),
)
_SERVICES = (
    ("Cut & finish", 96, 460800), ("Balayage", 18, 378000), ("Colour refresh", 31, 294500), ("Perm", 11, 121000),
    ("Cut & beard", 22, 92400), ("Blow-dry", 24, 72000), ("Fringe trim", 9, 10800),
)  # fmt: skip


def _use(number: int, name: str, shares: tuple[int, ...], outside: int, over: int) -> ResourceUse:
    hours = tuple(
        HourUse(hour=9 + place, open=20 * HOUR, booked=20 * HOUR * share // 100) for place, share in enumerate(shares)
    )
    return ResourceUse(
        resource_id=ResourceId(f"r{number}"), name=name, open=sum(one.open for one in hours),
        booked=sum(one.booked for one in hours), outside=outside, over=over, hours=hours,
    )  # fmt: skip


_EARNED = sum(amount for _, _, amount in _SERVICES)
_SHARES = (46, 27, 22, 4)
FIGURES = Numbers(
    location_id=LocationId("l"),
    zone="Europe/Berlin",
    first=date(2026, 11, 2),
    last=date(2026, 11, 29),
    utilisation=tuple(_use(number, *line) for number, line in enumerate(_LINES)),
    turnout=Turnout(
        booked=262, came=211, no_shows=9, cancelled_by_customer=21, cancelled_by_business=4, late=7, unmarked=17
    ),
    lead_time=LeadTime(
        visits=198, lower=2 * 1440, median=6 * 1440 + 240, upper=15 * 1440, spread=(4, 12, 37, 61, 44, 30, 10)
    ),
    revenue=(
        Revenue(
            currency="EUR", visits=208, earned=_EARNED,
            services=tuple(
                ServiceRevenue(service_id=ServiceId(name), name=name, count=count, amount=amount)
                for name, count, amount in _SERVICES
            ),
            people=(
                *(
                    PersonRevenue(resource_id=ResourceId(line[0]), name=line[0], amount=_EARNED * share // 100)
                    for line, share in zip(_LINES, _SHARES, strict=False)
                ),
                PersonRevenue(resource_id=None, name="", amount=_EARNED // 100),
            ),
            deposits=84000, balances=1305400, fees=6000, tips=48650, refunds=11500,
        ),
    ),
    customers=Comers(new=38, returning=141, nameless=6),
)  # fmt: skip
