"""Made-up set-ups for the pictures of the set-up page, worded by its presenters' own words."""

from datetime import UTC, date, datetime
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.models.rows import Choice
from desktop.models.setup_rows import ConcernedRow, DatedRow, SetupRow, WeekRow
from desktop.presenters.concerned_words import concerned_note
from desktop.presenters.drafts import marked
from desktop.presenters.setup.place_form import place_rows, resource_form
from desktop.presenters.setup.plan import AWAY, ONLY_THERE, SAID
from desktop.presenters.setup.plan_words import plan_page
from desktop.presenters.setup.policies import policies_form
from desktop.presenters.setup.service_form import Typed, drawn, need_choices, need_rows, service_form, term_rows
from desktop.presenters.words import Words
from desktop.queries.business_setup import BusinessSetup
from desktop.queries.plan_use import PlanUse
from desktop.sync.office import PlanTerms
from desktop.views.main_window import MainWindow
from shared.model.base import ResourceId, ServiceId, Span
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.model.resource import Resource, ResourceKind
from shared.model.service import During, Need, Service, Terms
from shared.rules.plans import DEFAULTS, Override, effective, plan_row
from tests.support.salon import BUSINESS, LOCATION, MEMBER

WORDS = Words()
PEOPLE = (
    ("Ana Lindqvist", "#6c5ce7", "STAFF", ""), ("Ben Okafor", "#00897b", "STAFF", ""),
    ("Maximiliane von Hohenfels-Waldeck", "#d81b60", "STAFF", ""), ("Cabin 1", "#546e7a", "ROOM", "Treatment room"),
    ("Cabin 2", "#546e7a", "ROOM", "Treatment room"), ("Laser", "#ef6c00", "EQUIPMENT", ""),
)  # fmt: skip
RESOURCES = tuple(
    Resource(
        id=ResourceId(f"r{place}"), location_id=LOCATION.id, kind=ResourceKind(kind), name=name,
        capacity=8 if name == "Cabin 2" else 1, colour=colour, position=place, pool=pool,
    )
    for place, (name, colour, kind, pool) in enumerate(PEOPLE)
)  # fmt: skip


def _service(number: int, name: str, category: str, **more: Any) -> Service:
    values: dict[str, Any] = {"colour": "#6c5ce7", "price": 4800, "before": 0, "active": 45, "processing": 0,
                              "finishing": 0, "after": 0} | more  # fmt: skip
    return Service(id=ServiceId(f"s{number}"), name=name, category=category, **values)


BALAYAGE = _service(
    2, "Balayage", "Hair", price=16550, before=5, active=60, processing=35, finishing=30, after=10, colour="#d81b60",
    needs=(
        Need(kind=ResourceKind.STAFF, any_of=(ResourceId("r0"), ResourceId("r2")), during=During.HANDS_ON),
        Need(kind=ResourceKind.ROOM, pool="Treatment room"),
    ),
    terms=(Terms(resource_id=ResourceId("r2"), price=19000, active=75),),
)  # fmt: skip
SERVICES = (
    BALAYAGE, _service(1, "Cut & finish", "Hair"), _service(3, "Perm with a very long name for a list", "Hair"),
    _service(4, "Laser, small area", "Skin", colour="#ef6c00", archived=True),
)  # fmt: skip
TOLD = BusinessSetup(
    role=Role.TENANT_OWNER, today=date(2026, 11, 24), business=BUSINESS, locations=(LOCATION,), resources=RESOURCES,
    services=SERVICES, members=(MEMBER,), rules=(), dates=(), blocks=(),
)  # fmt: skip
OUTSIDE = (
    ConcernedRow(appointment_id="a1", text="Tue 1 Dec, 17:30 – 18:15 · Mira Holm",
                 detail="Ana Lindqvist is closed for some of Tue 1 Dec, 17:30 to 18:15."),
    ConcernedRow(appointment_id="a2", text="Tue 8 Dec, 17:45 – 19:15 · Maximiliane von Hohenfels-Waldeck",
                 detail="Ana Lindqvist: Training until Tue 8 Dec, 19:00."),
)  # fmt: skip


def show_services(window: MainWindow) -> None:
    """The services, one of them with everything that one can have."""
    window.setup.show_part("services")
    view = window.setup.services
    view.show_rows(_listed(), BALAYAGE.id)
    view.show_service(
        service_form(BALAYAGE, WORDS), need_rows(BALAYAGE), need_choices(BALAYAGE, TOLD),
        term_rows(BALAYAGE, TOLD, WORDS),
    )  # fmt: skip
    typed = Typed(texts=view.form.texts(), needs=view.needs.needs(), terms=view.terms.terms())
    phases = drawn(typed, WORDS)
    assert phases is not None
    view.show_phases(phases)


def _listed() -> tuple[SetupRow, ...]:
    rows = [SetupRow(title="Hair", is_heading=True)]
    for one in SERVICES:
        if one.category == "Skin":
            rows.append(SetupRow(title="Skin", is_heading=True))
        detail = WORDS.service(one)
        rows.append(SetupRow(id=one.id, title=one.name, detail=f"Archived · {detail}" if one.archived else detail,
                             colour=one.colour, is_archived=one.archived))  # fmt: skip
    return tuple(rows)


def show_wrong_service(window: MainWindow) -> None:
    """The same, with mistakes in it."""
    show_services(window)
    window.setup.services.form.touch()
    window.setup.services.show_errors(
        {"name": "Enter a name.", "price": "This is no amount in EUR. Write it like 45.50.",
         "needs.0": "Tick at least one.", "": "The plan Free has room for 3 people, rooms and pieces of equipment."}
    )  # fmt: skip


def show_begun_service(window: MainWindow) -> None:
    """The same half typed, as another one is that was looked at before."""
    show_services(window)
    view = window.setup.services
    view.show_rows(marked(_listed(), frozenset({"s1", "s3", BALAYAGE.id})), BALAYAGE.id)
    _type(view.form.editor("price").editor, "170")


def show_begun_place(window: MainWindow) -> None:
    """A person half typed."""
    show_places(window)
    view = window.setup.places
    rows = place_rows(TOLD, with_archived=True, chosen="r0")
    view.show_rows(marked(rows, frozenset({"r0", "r2"})), "r0")
    _type(view.form.editor("name").editor, "Ana Lindqvist-Berg")


def show_begun_hours(window: MainWindow) -> None:
    """A week half typed, of which one day is wrong."""
    show_hours(window)
    week = window.setup.hours.week
    _type(week.lines[1], "9-17")
    week.show_errors({"2": "Write it like 9:00–12:30."})


def _type(editor: QWidget, text: str) -> None:
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    editor.insert(text)


def show_places(window: MainWindow) -> None:
    """People, rooms and equipment."""
    window.setup.show_part("places")
    window.setup.places.show_rows(place_rows(TOLD, with_archived=True, chosen="r0"), "r0")
    window.setup.places.show_form(resource_form(RESOURCES[0], TOLD, LOCATION.id))


def show_hours(window: MainWindow) -> None:
    """The hours of a person."""
    window.setup.show_part("hours")
    view = window.setup.hours
    rows = (
        SetupRow(id="l", title="Mitte", detail="Location"),
        *(SetupRow(id=one.id, title=one.name, detail="As its location", colour=one.colour) for one in RESOURCES),
    )
    view.show_rows(rows, "r0")
    view.show_owner("r0", "Ana Lindqvist", may_be_blocked=True)
    view.show_calendar("en_GB", 0)
    days = ("09:00–12:30, 14:00–18:00", "09:00–18:00", "09:00–18:00", "12:00–20:00", "20:00–02:00", "18:00–24:00", "")
    view.week.show_week(
        WeekRow(owner_id="r0", days=days),
        (Choice(id="always", text="Always"), Choice(id="s", text="1 Jun 2027 to 31 Aug 2027")), "always", 0,
    )  # fmt: skip
    view.calendar.setCurrentPage(2026, 12)
    view.show_dates(
        (
            DatedRow(id="d1", text="Thu 24 Dec 2026: 09:00–13:00", day=date(2026, 12, 24)),
            DatedRow(
                id="d2", text="Fri 25 Dec 2026: closed", detail="Christmas", day=date(2026, 12, 25), is_closed=True
            ),
        )
    )
    view.show_blocks((DatedRow(id="b", text="Tue 1 Dec, 12:30 – 13:15", detail="Dentist"),))
    view.show_outside(OUTSIDE, "2 visits stand outside the hours or in blocked time. Nothing is deleted: open and "
                               "move each, or leave it.")  # fmt: skip


def show_consequences(window: MainWindow) -> None:
    """What shorter hours would leave outside."""
    show_hours(window)
    window.setup.consequences.ask("Visits outside the new hours", concerned_note(2), OUTSIDE, lambda: None)


def show_policies(window: MainWindow) -> None:
    """The policies of the business."""
    window.setup.show_part("policies")
    window.setup.policies.show_form(policies_form(BUSINESS, WORDS))


def show_plan(window: MainWindow) -> None:
    """A plan that is full here and there, with something agreed apart from it."""
    counts = {
        Limit.USERS: 2, Limit.RESOURCES: 4, Limit.LOCATIONS: 1, Limit.APPOINTMENTS_A_MONTH: 87, Limit.CUSTOMERS: 1412
    }  # fmt: skip
    allowed = effective(DEFAULTS[Tier.STARTER], Override(limits={Limit.RESOURCES: 3, Limit.CUSTOMERS: None}))
    month = Span(datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC))
    told = PlanUse(business=BUSINESS, plan=plan_row(BUSINESS.id, Tier.STARTER, allowed), month=month, counts=counts)
    terms = PlanTerms(otherwise=frozenset({"resources", "customers"}), devices=3)
    window.setup.show_part("plan")
    window.setup.plan.show_page(plan_page(told, terms, WORDS, server="https://book.example"))
    window.setup.plan.show_server(SAID.format(at="14:05"), may_ask=True)


def show_plan_offline(window: MainWindow) -> None:
    """The same where the server was not reached yet."""
    show_plan(window)
    counts = {Limit.USERS: 5, Limit.RESOURCES: 3, Limit.LOCATIONS: 1, Limit.APPOINTMENTS_A_MONTH: 0, Limit.CUSTOMERS: 9}
    month = Span(datetime(2026, 10, 31, 23, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC))
    plan = plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE])
    told = PlanUse(business=BUSINESS, plan=plan, month=month, counts=counts)
    window.setup.plan.show_page(plan_page(told, None, WORDS, server="https://book.example"))
    window.setup.plan.show_server(ONLY_THERE.format(why=AWAY), may_ask=True)
