"""What the desk offers whom: pages that the plan has, and the way to the set-up from a book in which nothing is."""

from dataclasses import replace

import pytest

from shared.model.member import Role
from shared.model.plan import Feature, boundless
from tests.desktop.presenters.conftest import Place
from tests.support.replicas import patch
from tests.support.salon import BUSINESS


def have(place: Place, version: int, *features: Feature) -> None:
    """Let the plan include these alone, as the server says."""
    plan = replace(boundless(BUSINESS.id), tier="FREE", features=tuple(one.value for one in features))
    place.desk.do(lambda replica: replica.apply_lines(patch(version, plan)))
    place.desk.changes.tell({"plan": frozenset({plan.id})})


def offers_trail(place: Place) -> bool:
    shown = place.window.navigation._buttons["audit"].isVisible()
    assert place.window.actions_by_name["go_audit"].isEnabled() is shown
    return shown


@pytest.mark.parametrize("role", [Role.TENANT_OWNER])
def test_the_audit_trail_is_offered_where_the_plan_has_it(place: Place) -> None:
    place.until(lambda: offers_trail(place))
    place.act("go_audit")
    have(place, 2)
    place.until(lambda: not offers_trail(place))
    assert place.window.page == "book"
    have(place, 3, Feature.AUDIT_TRAIL)
    place.until(lambda: offers_trail(place))


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF])
def test_it_is_offered_to_owners_alone(place: Place) -> None:
    have(place, 2, Feature.AUDIT_TRAIL)
    place.until(lambda: not place.work.team._plans._asking)
    assert not offers_trail(place)


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_MANAGER, Role.TENANT_STAFF])
def test_a_book_in_which_nothing_is_leads_to_the_set_up_whoever_may_work_there(place: Place, role: Role) -> None:
    page = place.window.book_page
    page.show_columns(any_there=False)
    button = page._empty._action
    assert button.isVisible() is (role is not Role.TENANT_STAFF)
    if button.isVisible():
        button.click()
        assert place.window.page == "setup"
