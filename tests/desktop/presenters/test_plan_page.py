"""The owner's page of plan and limits over a real book without a server: what is in it, what is full, whom to ask."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel, QTabBar

from desktop.models.setup_rows import LimitRow
from desktop.operations import setup
from desktop.presenters.setup.plan import ASKING
from desktop.presenters.setup.plan_words import plan_page
from desktop.presenters.words import Words
from desktop.queries.plan_use import plan_use
from desktop.sync.office import PlanTerms
from desktop.views.layouts import widgets_in
from desktop.views.setup.plan import PlanView
from shared.model.member import Role
from shared.model.plan import Limit, Plan, Tier
from shared.model.resource import ResourceKind
from shared.rules.plans import DEFAULTS, plan_row
from shared.rules.wall_time import local
from tests.desktop.presenters.conftest import Place, tomorrow
from tests.support.replicas import patch
from tests.support.salon import BUSINESS, LOCATION, MEMBER


@pytest.fixture
def role() -> Role:
    return Role.TENANT_OWNER


def on(place: Place, plan: Plan, version: int = 2) -> None:
    """Put the business on a plan, as the server says."""
    place.desk.do(lambda replica: replica.apply_lines(patch(version, plan)))
    place.desk.changes.tell({"plan": frozenset({plan.id})})


def free(**otherwise: int | None) -> Plan:
    return replace(plan_row(BUSINESS.id, Tier.FREE, DEFAULTS[Tier.FREE]), **otherwise)  # type: ignore[arg-type]


def opened(place: Place) -> PlanView:
    place.act("go_setup")
    place.window.setup.show_part("plan")
    view = place.window.setup.plan
    place.until(lambda: bool(lines(view)))
    return view


def lines(view: PlanView) -> list[QFrame]:
    """The lines of limits and features that are shown, in their order."""
    shown = [*widgets_in(view._limits), *widgets_in(view._features)]
    return [one for one in shown if type(one) is QFrame]


def said(view: PlanView, title: str) -> str:
    """What is read aloud of a line."""
    found = [one.accessibleName() for one in lines(view) if one.accessibleName().startswith(f"{title}:")]
    assert len(found) == 1, [one.accessibleName() for one in lines(view)]
    return found[0]


def warned(view: PlanView, title: str) -> Sequence[str]:
    """The texts of a line that stand in the colour of what is wrong."""
    (line,) = (one for one in lines(view) if one.accessibleName().startswith(f"{title}:"))
    return [one.text() for one in line.findChildren(QLabel) if one.property("role") == "error" and one.text()]


def tabs(place: Place) -> list[str]:
    (bar,) = place.window.setup.findChildren(QTabBar)
    return [bar.tabText(at) for at in range(bar.count()) if bar.isTabVisible(at)]


PEOPLE = "People, rooms and pieces of equipment"


def test_the_owner_reads_each_limit_and_feature_from_the_book_without_a_server(place: Place) -> None:
    on(place, free(resources=10))
    place.book(tomorrow(9))
    view = opened(place)
    assert view._title.text() == "Plan Free"
    assert "ask the people who run http://127.0.0.1:1" in view._whom.text()
    resources = place.desk.do(lambda replica: plan_use(replica).counts[Limit.RESOURCES])
    assert said(view, PEOPLE) == f"{PEOPLE}: {resources} of 10. Room for {10 - resources} more"
    assert said(view, "Users").startswith("Users: 1 of 2. Room for 1 more")
    assert said(view, "Computers") == "Computers: 2 at most. Only the server counts them"
    assert said(view, "MiB of storage").startswith("MiB of storage: 100 at most. No files are kept yet")
    assert said(view, "Series of appointments") == "Series of appointments: In the plan"
    assert said(view, "The waitlist") == "The waitlist: Not in the plan. The plan Starter has it."
    place.until(lambda: view._server.text() != ASKING)
    assert "agreed apart from the plan, only the server knows." in view._server.text()
    assert not view._agreed.isVisible()


def test_visits_of_this_month_count_and_the_month_is_named(place: Place) -> None:
    on(place, free())
    place.book(tomorrow(9))
    view = opened(place)
    told = place.desk.do(plan_use)
    count = int(told.month.start <= tomorrow(9) < told.month.end)
    month = Words(locale="en_GB").month(local(told.month.start, BUSINESS.zone).date())
    said_of = said(view, "Appointments a month")
    assert said_of.startswith(f"Appointments a month: {count} of 100. Room for {100 - count} more")
    assert f"Those that start in {month}; each month counts by itself" in said_of


def test_a_limit_that_is_reached_says_so_in_colour_and_in_the_words_of_the_refusal(place: Place) -> None:
    on(place, free(resources=1))
    view = opened(place)
    resources = place.desk.do(lambda replica: plan_use(replica).counts[Limit.RESOURCES])
    refused = f"The plan Free has room for 1 person, room or piece of equipment, and there are {resources}."
    assert said(view, PEOPLE).startswith(f"{PEOPLE}: {resources} of 1. Full. {refused}")
    assert warned(view, PEOPLE)[:2] == ["Full", f"{resources} of 1"]
    assert refused in warned(view, PEOPLE)[2]
    assert warned(view, "Users") == []


def test_the_words_are_those_with_which_one_more_is_refused(place: Place) -> None:
    on(place, free(resources=1))
    view = opened(place)
    heard: list[str] = []
    wish = setup.add_resource(LOCATION.id, ResourceKind.STAFF, {"name": "Cleo"})
    place.work.edits.run(
        wish, "Added", refused=lambda refusal: heard.append(place.work.setup.places._sentence(refusal))
    )
    place.until(lambda: bool(heard))
    assert heard[0] in said(view, PEOPLE)


def test_one_location_is_all_there_is_without_the_feature_whatever_the_limit(place: Place) -> None:
    on(place, free(locations=None))
    view = opened(place)
    assert warned(view, "Locations")[0] == "Full"
    assert "does not include more than one location; the plan Enterprise does." in said(view, "Locations")
    on(place, plan_row(BUSINESS.id, Tier.ENTERPRISE, DEFAULTS[Tier.ENTERPRISE]), 3)
    place.until(lambda: said(view, "Locations") == "Locations: 1, without a limit")


def test_a_plan_that_changes_is_shown_at_once(place: Place) -> None:
    on(place, free(customers=1))
    view = opened(place)
    assert warned(view, "Customers")[0] == "Full"
    on(place, free(customers=500), 3)
    place.until(lambda: not warned(view, "Customers"))
    on(place, plan_row(BUSINESS.id, Tier.PROFESSIONAL, DEFAULTS[Tier.PROFESSIONAL]), 4)
    place.until(lambda: view._title.text() == "Plan Professional")
    place.until(lambda: "Reports: In the plan" in [one.accessibleName() for one in lines(view)])


def test_what_a_newer_server_names_is_shown_as_it_is(place: Place) -> None:
    on(place, replace(free(), tier="GALACTIC", features=("series", "tele_portation")))
    view = opened(place)
    assert view._title.text() == "Plan Galactic"
    assert said(view, "Tele portation") == "Tele portation: In the plan"
    assert said(view, "Reports") == "Reports: Not in the plan. The plan Professional has it."


def test_it_is_walked_by_keyboard(place: Place) -> None:
    on(place, free())
    view = opened(place)
    place.window.resize(960, 480)
    view.focus_first()
    bar = view._area.verticalScrollBar()
    place.until(lambda: bar.maximum() > 0)
    QTest.keyClick(view._area, Qt.Key.Key_PageDown)
    assert bar.value() > 0


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_has_the_set_up_and_not_the_plan(place: Place, role: Role) -> None:
    place.act("go_setup")
    assert tabs(place) == ["Services", "People and rooms", "Hours"]
    place.window.setup.show_part("plan")
    place.work.plan.look()
    assert lines(place.window.setup.plan) == []


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_have_neither(place: Place, role: Role) -> None:
    assert not place.window.actions_by_name["go_setup"].isEnabled()
    place.window.show_page("setup")
    place.window.setup.show_part("plan")
    place.work.plan.look()
    assert lines(place.window.setup.plan) == []


def test_an_owner_who_is_one_no_more_sees_it_no_more(place: Place) -> None:
    on(place, free())
    view = opened(place)
    lesser = replace(MEMBER, role=Role.TENANT_MANAGER)
    place.desk.do(lambda replica: replica.apply_lines(patch(3, lesser)))
    place.desk.changes.tell({"member": frozenset({lesser.id})})
    place.until(lambda: place.window.setup.part == "services")
    assert lines(view) == []
    assert view._title.text() == "Plan"
    assert "Plan and limits" not in tabs(place)


def test_what_was_agreed_is_marked_where_it_holds(place: Place) -> None:
    on(place, free(resources=12, customers=None))
    told = place.desk.do(plan_use)
    terms = PlanTerms(otherwise=frozenset({"resources", "customers", "features"}), devices=2)
    shown = plan_page(told, terms, Words(), server="https://book.example")
    marked = {one.name for one in shown.limits if one.agreed}
    assert marked == {"resources", "customers"}
    assert shown.agreed == (
        "Something else was agreed with you than the plan Free says by itself. It holds, and is marked below."
    )
    assert shown.features_note == "What is included was agreed with you."
    (computers,) = (one for one in shown.limits if one.name == "devices")
    assert computers == LimitRow(
        name="devices", title="Computers", used="2 of 2", mark="Full", is_full=True, share=1.0,
        note="The plan Free has room for 2 computers. What there is stays; another one is not taken.",
    )  # fmt: skip


def test_a_limit_of_nothing_is_full(place: Place) -> None:
    on(place, free(customers=0))
    view = opened(place)
    assert warned(view, "Customers")[0] == "Full"
    assert "has room for 0 customers, and there are" in said(view, "Customers")
