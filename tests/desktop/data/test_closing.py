"""The owner closes their business from the desk: asked by its name and their password, and said what came of it."""

import pytest

from desktop.operations import customers
from desktop.presenters.closing import NOT_KNOWN, ClosingPresenter
from desktop.views.closing_dialog import ClosingDialog
from shared.model.member import Role
from syncserver.store.tenancy import TenantState
from syncserver.store.tenants import find_tenant
from tests.desktop.masquerade.conftest import Front, Stage
from tests.support.faults import Fault
from tests.support.shop import PASSWORD, Shop


def closing_of(front: Front) -> ClosingPresenter:
    return front.work.closing


def asked(front: Front) -> ClosingDialog:
    action = front.desktop.actions["close_business"]
    assert action.isVisible()
    action.trigger()
    dialog = closing_of(front).dialog
    assert dialog.isVisible()
    return dialog


def said(dialog: ClosingDialog) -> str:
    return dialog._message.text() if dialog._message.isVisible() else ""


def sent(front: Front, dialog: ClosingDialog, name: str, password: str) -> None:
    dialog.typed.setText(name)
    dialog.password.setText(password)
    dialog.go.click()


def state(stage: Stage, shop: Shop) -> TenantState:
    found = find_tenant(stage.engine, shop.tenant.id)
    assert found
    return found.state


@pytest.mark.parametrize("role", [Role.TENANT_MANAGER, Role.TENANT_STAFF])
def test_nobody_else_sees_it(front: Front, role: Role) -> None:
    assert not front.desktop.actions["close_business"].isVisible()


def test_it_is_closed_by_name_and_password_and_the_book_is_still_there_to_be_read(
    front: Front, stage: Stage, shop: Shop
) -> None:
    dialog = asked(front)
    assert shop.tenant.slug in dialog._typed_label.text()
    sent(front, dialog, "another", PASSWORD)
    assert said(dialog).startswith("That is not the short name")
    sent(front, dialog, shop.tenant.slug, "")
    assert said(dialog) == "Enter your password."
    sent(front, dialog, f" {shop.tenant.slug.upper()} ", "not the password")
    front.until(lambda: said(dialog) == "The password is wrong.")
    assert state(stage, shop) is TenantState.ACTIVE
    sent(front, dialog, shop.tenant.slug, PASSWORD)
    front.until(lambda: not dialog.isVisible())
    assert state(stage, shop) is TenantState.CLOSED
    assert dialog.typed.text() == dialog.password.text() == ""
    front.until(lambda: "suspended or closed" in front.work.link.desk.status.message)
    assert front.window.is_working


def test_keep_it_open_keeps_it_and_forgets_what_was_typed(front: Front, stage: Stage, shop: Shop) -> None:
    dialog = asked(front)
    dialog.typed.setText(shop.tenant.slug)
    dialog.password.setText(PASSWORD)
    dialog.keep.click()
    assert dialog.typed.text() == dialog.password.text() == ""
    assert state(stage, shop) is TenantState.ACTIVE


def test_where_no_answer_comes_that_is_said_and_asking_again_does_no_harm(
    front: Front, stage: Stage, shop: Shop
) -> None:
    dialog = asked(front)
    stage.faults.spoil("/business/close", Fault.LOST_REPLY)
    sent(front, dialog, shop.tenant.slug, PASSWORD)
    front.until(lambda: bool(said(dialog)))
    assert said(dialog) == NOT_KNOWN
    sent(front, dialog, shop.tenant.slug, PASSWORD)
    front.until(lambda: not dialog.isVisible())
    assert "suspended or closed" in front.window.toast.text()
    assert state(stage, shop) is TenantState.CLOSED


def test_it_says_what_waits_here(front: Front, stage: Stage, shop: Shop) -> None:
    stage.faults.spoil("/push", *[Fault.LOST_REQUEST] * 1000)
    front.work.link.desk.edit(customers.create(name="Unsent"))
    front.until(lambda: front.work.link.desk.status.waiting == 1)
    assert "1 edit of this computer is not sent yet" in asked(front)._words.text()
