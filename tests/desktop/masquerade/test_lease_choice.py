"""The owner's choice of how long desks work without the server, at the desk over the real server."""

from datetime import timedelta

import pytest

from desktop.presenters.lease_choice import AWAY, CHANGED, UNKNOWN
from desktop.views.lease_choice import LeaseChoice
from shared.model.member import Role
from shared.rules.offline_lease import BOUNDS
from syncserver.store.tenancy import tenant_transaction
from syncserver.store.terms import offline_lease_of
from tests.desktop.masquerade.conftest import Front, Stage
from tests.support.faults import Fault
from tests.support.shop import Shop

DAY = timedelta(days=1)
OFFERED = ["1 hour", "8 hours", "1 day", "3 days", "7 days", "14 days", "30 days"]


@pytest.fixture
def card(front: Front) -> LeaseChoice:
    """The choice on the page of the team, once the server has said what holds."""
    front.team()
    made = front.window.team.lease
    front.until(made.isVisible)
    return made


def choose(front: Front, card: LeaseChoice, words: str) -> None:
    card.length.setCurrentIndex(card.length.findText(words))
    card.change.click()
    front.until(card.length.isEnabled)


def refresh(front: Front) -> None:
    front.until(front.window.team.refresh.isEnabled)
    front.window.team.refresh.click()


def kept(stage: Stage, shop: Shop) -> timedelta | None:
    with tenant_transaction(stage.engine, shop.tenant, read_only=True) as connection:
        return offline_lease_of(connection)


def length(front: Front) -> timedelta:
    """How long this desk goes on by what it was last told."""
    return front.work.link.desk.do(lambda replica: replica.lease().length)


def texts(card: LeaseChoice) -> list[str]:
    return [card.length.itemText(one) for one in range(card.length.count())]


def test_the_owner_chooses_and_the_desk_hears_it_without_another_start(
    front: Front, card: LeaseChoice, stage: Stage, shop: Shop
) -> None:
    assert (card.length.currentText(), texts(card), length(front)) == ("7 days", OFFERED, 7 * DAY)
    assert "works without the server" in card.length.accessibleName()
    assert not card.change.isEnabled()
    choose(front, card, "1 hour")
    assert (card.note.text(), card.length.currentText()) == (CHANGED, "1 hour")
    assert kept(stage, shop) == timedelta(hours=1)
    front.until(lambda: length(front) == timedelta(hours=1))
    choose(front, card, "30 days")
    front.until(lambda: length(front) == 30 * DAY)


def test_a_length_that_was_set_otherwise_is_shown_among_the_others(
    front: Front, card: LeaseChoice, stage: Stage
) -> None:
    front.work.link.desk.office.choose_lease(timedelta(hours=36))
    refresh(front)
    front.until(lambda: card.length.currentText() == "36 hours")
    assert texts(card) == [*OFFERED[:3], "36 hours", *OFFERED[3:]]


def test_without_the_server_it_says_what_it_needs(front: Front, card: LeaseChoice, stage: Stage) -> None:
    stage.faults.spoil("/v1/lease", Fault.LOST_REQUEST)
    refresh(front)
    front.until(lambda: not card.length.isEnabled())
    assert (card.note.text(), card.change.isEnabled()) == (AWAY, False)
    refresh(front)
    front.until(card.length.isEnabled)


@pytest.mark.parametrize(("fault", "holds"), [(Fault.LOST_REQUEST, "7 days"), (Fault.LOST_REPLY, "1 day")])
def test_a_wish_that_got_no_answer_is_not_said_to_have_failed(
    front: Front, card: LeaseChoice, stage: Stage, fault: Fault, holds: str
) -> None:
    stage.faults.spoil("/v1/lease", fault)
    choose(front, card, "1 day")
    assert card.note.text() == UNKNOWN
    refresh(front)
    front.until(lambda: card.note.text() != UNKNOWN)
    assert card.length.currentText() == holds


def test_what_the_server_has_against_it_is_said(front: Front, card: LeaseChoice, stage: Stage, shop: Shop) -> None:
    card.wanted.emit("59")
    front.until(lambda: card.note.text() == f"Nothing was changed. {BOUNDS}")
    assert kept(stage, shop) is None


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER])
def test_a_manager_does_not_see_it(front: Front) -> None:
    front.team()
    refresh(front)
    front.until(front.window.team.refresh.isEnabled)
    assert not front.window.team.lease.isVisible()
