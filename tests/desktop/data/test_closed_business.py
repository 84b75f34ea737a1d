"""What waits at a desk of a business that was closed: said kindly, saved into a file, and sent once it is open."""

import csv
from pathlib import Path

import orjson
import pytest

from desktop.config import Home
from desktop.desk import Desk
from desktop.operations import customers
from desktop.presenters.saving_menu import NOTHING_WAITS
from desktop.presenters.sync_status import CLOSED
from desktop.sync.status import Connection, SyncStatus
from shared.model.member import Role
from syncserver.store.tenancy import TenantState, control_transaction
from syncserver.store.tenants import write_tenant_state
from tests.desktop.masquerade.conftest import Front, Stage
from tests.support.file_secrets import FileSecrets
from tests.support.shop import Shop, stored_rows
from tests.support.waiting import until


@pytest.fixture
def role() -> Role:
    return Role.TENANT_STAFF


@pytest.fixture
def front(front: Front) -> Front:
    """At a desk that has reached the server."""
    front.until(lambda: status(front).connection is Connection.ONLINE)
    return front


def status(front: Front) -> SyncStatus:
    return front.work.link.desk.status


def turned(stage: Stage, shop: Shop, state: TenantState) -> None:
    """Close the business, or open it again."""
    with control_transaction(stage.engine) as connection:
        version = write_tenant_state(connection, shop.tenant, state)
    stage.server.tell(shop.tenant.id, version)


def enter(front: Front, *names: str) -> None:
    for name in names:
        front.work.link.desk.edit(customers.create(name=name))
    front.work.link.desk.engine.sync_now()


def shut(front: Front, stage: Stage, shop: Shop, *names: str) -> None:
    """The business is closed, and something is entered at the desk that does not know it yet."""
    turned(stage, shop, TenantState.CLOSED)
    enter(front, *names)
    front.until(lambda: status(front).closed and status(front).waiting == len(names))


def banner(front: Front) -> str:
    shown = front.window.book_page.banner
    return shown._words.text() if shown.isVisible() else ""


def saved(front: Front, target: Path) -> list[dict[str, str]]:
    """What the menu's entry writes."""
    front.desktop.actions["save_waiting"].trigger()
    dialog = front.work.saving.dialog
    assert dialog is not None
    dialog.file.setText(str(target))
    dialog.write.click()
    front.until(target.exists)
    front.until(lambda: "Saved" in dialog.message._words.text())
    dialog.reject()
    with target.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def named(stage: Stage, shop: Shop) -> set[str]:
    """What stands in the fields of customers on the server."""
    rows = stored_rows(stage.engine, shop.tenant)["customer"].values()
    return {field for row in rows for field in row if isinstance(field, str)}


def test_the_desk_says_that_it_is_closed_what_waits_and_how_to_have_it(front: Front, stage: Stage, shop: Shop) -> None:
    shut(front, stage, shop, "Paula Stern", "Ida Brandt")
    front.until(lambda: banner(front).startswith(CLOSED))
    assert "2 edits wait here until then. Sync, Save what waits… writes them into a file to hand over." in banner(front)
    front.desktop.actions["sync_details"].trigger()
    details = front.window.details
    assert "They go to the server once the business is open again." in details._meaning.text()
    assert front.window.is_working, "the book is there to be read"


def test_what_waits_is_saved_with_everything_that_was_typed(
    front: Front, stage: Stage, shop: Shop, tmp_path: Path
) -> None:
    shut(front, stage, shop, "Paula Stern", '=HYPERLINK("evil")')
    first, second = saved(front, tmp_path / "waits.csv")
    assert (first["Edit"], orjson.loads(first["Data"])["name"]) == ("customer.create", "Paula Stern")
    assert orjson.loads(second["Data"])["name"] == '=HYPERLINK("evil")'
    assert not second["What"].startswith("=")
    assert first["By"] == second["By"] != ""
    assert status(front).waiting == 2, "it waits still"


def test_nothing_is_lost_over_a_new_start_and_all_is_sent_once_it_is_open(
    front: Front, stage: Stage, shop: Shop, tmp_path: Path
) -> None:
    shut(front, stage, shop, "Paula Stern")
    enter(front, "Ida Brandt")
    front.until(lambda: status(front).waiting == 2)
    front.desktop.stop()
    again = Desk.open(Home(front.folder), FileSecrets(tmp_path / "secrets.json"))
    assert again is not None
    try:
        again.start()
        until(lambda: again.status.closed, within=20)
        assert again.status.waiting == 2
        assert named(stage, shop) & {"Paula Stern", "Ida Brandt"} == set()
        turned(stage, shop, TenantState.ACTIVE)
        again.engine.sync_now()
        until(lambda: again.status.waiting == 0, within=20)
        until(lambda: again.status.connection is Connection.ONLINE and not again.status.closed, within=20)
    finally:
        again.close()
    assert {"Paula Stern", "Ida Brandt"} <= named(stage, shop)


def test_the_banner_goes_once_it_is_open(front: Front, stage: Stage, shop: Shop) -> None:
    shut(front, stage, shop, "Paula Stern")
    turned(stage, shop, TenantState.ACTIVE)
    front.window.book_page.banner.actionRequested.emit()
    front.until(lambda: status(front).waiting == 0)
    front.until(lambda: banner(front) == "")
    assert "Paula Stern" in named(stage, shop)


def test_whoever_signs_out_is_told_that_it_is_the_business_and_their_edits_are_sent_later(
    front: Front, stage: Stage, shop: Shop, tmp_path: Path
) -> None:
    shut(front, stage, shop, "Paula Stern")
    front.desktop.actions["sign_out"].trigger()
    leave = front.window.leave
    front.until(leave.isVisible)
    said = leave._text.text()
    assert "The business is suspended or closed, so that nothing can be sent now. Your edit is saved" in said
    assert "does not answer" not in said
    assert leave._text.height() >= leave._text.heightForWidth(leave._text.width()), "none of it is cut off"
    leave.reject()
    assert status(front).waiting == 1


def test_where_nothing_waits_there_is_nothing_to_save(front: Front) -> None:
    front.desktop.actions["save_waiting"].trigger()
    assert front.window.toast.text() == NOTHING_WAITS
    assert front.work.saving.dialog is None


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, Role.TENANT_STAFF])
def test_an_owner_saves_everybodys_and_staff_their_own(
    front: Front, stage: Stage, shop: Shop, tmp_path: Path, role: Role
) -> None:
    shut(front, stage, shop, "Paula Stern")
    other = shop.users[Role.TENANT_MANAGER]
    desk = front.work.link.desk
    desk.edit(customers.create(name="By another"))
    desk.do(
        lambda replica: replica.database.run(
            "UPDATE outbox SET user_id = ? WHERE seq = (SELECT max(seq) FROM outbox)", (other,)
        )
    )
    names = [orjson.loads(one["Data"])["name"] for one in saved(front, tmp_path / "waits.csv")]
    assert names == (["Paula Stern", "By another"] if role is Role.TENANT_OWNER else ["Paula Stern"])
