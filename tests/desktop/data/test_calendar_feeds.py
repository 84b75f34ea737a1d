"""Calendar addresses at the desk over the real server: made, shown once, read by a calendar, revoked."""

import httpx2
import pytest
from PySide6.QtGui import QGuiApplication

from desktop.views.calendar_feeds import CalendarFeedsDialog
from desktop.views.team import TeamLine
from shared.model.member import Role
from tests.desktop.masquerade.conftest import Front, Stage
from tests.support.faults import Fault
from tests.support.http_client import TRUST
from tests.support.shop import Shop


def opened(front: Front) -> CalendarFeedsDialog:
    front.desktop.actions["calendar_feeds"].trigger()
    dialog = front.work.calendar_feeds.dialog
    assert dialog is not None
    front.until(dialog.make.isEnabled)
    return dialog


def lines(dialog: CalendarFeedsDialog) -> list[TeamLine]:
    return [one for one in dialog.feeds.findChildren(TeamLine) if one.isVisibleTo(dialog)]


def make(front: Front, dialog: CalendarFeedsDialog, count: int) -> str:
    """The address that is shown once it was made, of `count` by then."""
    dialog.make.click()
    front.until(lambda: len(lines(dialog)) == count and dialog.make.isEnabled())
    return dialog.address.text()


def status(stage: Stage, address: str) -> int:
    """What a calendar is answered there."""
    with httpx2.Client(base_url=stage.url, verify=TRUST) as http:
        return http.get(address[address.index("/feeds/") :]).status_code


def test_an_address_is_made_copied_read_and_revoked(front: Front, stage: Stage) -> None:
    dialog = opened(front)
    address = make(front, dialog, 1)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == address
    assert status(stage, address) == 200
    front.until(lambda: bool(lines(dialog)))
    lines(dialog)[0].wanted.emit("revoke", front.work.calendar_feeds._feeds[0].id)
    dialog.question.yes.click()
    front.until(lambda: not lines(dialog))
    assert status(stage, address) == 404


def test_an_owner_makes_one_for_somebody_of_the_staff(front: Front, stage: Stage, shop: Shop) -> None:
    dialog = opened(front)
    front.until(lambda: dialog.whose.findData(shop.users[Role.TENANT_STAFF]) > 0)
    assert dialog.whose.findData(shop.users[Role.CUSTOMER]) < 0
    dialog.whose.setCurrentIndex(dialog.whose.findData(shop.users[Role.TENANT_STAFF]))
    assert status(stage, make(front, dialog, 1)) == 200


def test_an_address_is_shown_once(front: Front) -> None:
    dialog = opened(front)
    make(front, dialog, 1)
    dialog.leave.click()
    assert not opened(front).address.text()


@pytest.mark.parametrize("role", [Role.TENANT_STAFF])
def test_staff_have_addresses_of_their_own_alone(front: Front, stage: Stage, role: Role) -> None:
    dialog = opened(front)
    assert dialog.whose.count() == 1
    assert status(stage, make(front, dialog, 1)) == 200


def test_without_the_server_it_is_said_that_nothing_was_done(front: Front, stage: Stage) -> None:
    dialog = opened(front)
    stage.faults.spoil("/v1/feeds", Fault.LOST_REQUEST)
    dialog.make.click()
    front.until(lambda: bool(dialog.message.text()))
    assert "cannot be reached" in dialog.message.text()
    assert not lines(dialog)
