"""What a grant opens as people do it: in Debian's Chromium, and in what the owner reads of it afterwards."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.model.member import Role
from shared.rules.grants import Action
from syncserver.services.platform import grants
from syncserver.store.users import User
from tests.support.admin_staff import hire
from tests.support.shop import Shop, open_shop, put_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import Hall, Seat
from tests.syncserver.test_gateway import booking, recorded
from tests.syncserver.test_masquerade_story import require_fit

HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}"


@pytest.fixture
def shop(floor: Engine) -> Shop:
    """A business with a visit tomorrow at ten of UTC, and a customer who was archived."""
    made = open_shop(floor)
    recorded(floor, made, booking(made, 10))
    put_rows(floor, made.tenant, Customer(id=CustomerId(new_id()), name=HOSTILE, archived=True))
    return made


def give(hall: Hall, sessions: dict[Role, tuple[User, str]], shop: Shop, user: User, *actions: Action) -> None:
    for action in actions:
        grants.create(hall[1], sessions[Role.SUPERUSER][0], user.id, shop.tenant, action, reason="the call")


def test_support_gets_a_grant_and_moves_a_visit_and_the_owner_reads_who_did_it(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], floor: Engine, shop: Shop
) -> None:
    user = hire(floor, Role.PLATFORM_SUPPORT, name="Suki Port")
    root, support = seat(Role.SUPERUSER), seat(Role.PLATFORM_SUPPORT, stranger=user)
    page = root.go("/admin/grants")
    page.get_by_role("button", name="Give a grant").click()
    card = page.get_by_role("dialog")
    card.get_by_label("To whom").select_option(user.id)
    card.get_by_label("Tenant’s short name").fill(shop.tenant.slug)
    card.get_by_label("Action").select_option("edit_schedule")
    card.get_by_label("Reason").fill("the call")
    card.get_by_role("button", name="Give").click()
    expect(page.get_by_role("status")).to_have_text("The grant counts from now on.")
    support.sign_in()
    page = support.go(f"/admin/tenants/{shop.tenant.id}")
    expect(page.get_by_role("link", name="Billing")).to_have_count(0)
    page.get_by_role("link", name="Schedule").click()
    day = next_day(10).date().isoformat()
    page.get_by_label("Another day").fill(day)
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Move").click()
    card = page.get_by_role("dialog")
    before = card.get_by_label("To when").input_value()
    card.get_by_label("To when").fill(f"{day}T15:30")
    card.get_by_label("Reason").fill("she is late")
    card.get_by_role("button", name="Move the visit").click()
    expect(page.get_by_role("status")).to_have_text("The visit is moved. Desks have it at once.")
    expect(page.locator(".visit")).to_contain_text("3:30 PM")
    assert before != f"{day}T15:30"
    page.get_by_role("button", name="Cancel").click()
    card = page.get_by_role("dialog")
    expect(card.get_by_label("Reason")).to_be_focused()
    card.get_by_label("Reason").fill("she is ill")
    card.get_by_role("button", name="Cancel the visit").click()
    expect(page.locator(".visit")).to_have_count(0)
    owner = WireDesk(hall[0], shop, Role.TENANT_OWNER).sign_in()
    read = [one for one in owner.http.get("/v1/audit").json()["events"] if one["kind"] == "book.edited"]
    assert [(one["actor"]["email"], one["subject"], one["reason"]) for one in read] == [
        (user.email, "appointment.cancel", "she is ill"), (user.email, "appointment.reschedule", "she is late"),
    ]  # fmt: skip
    owner.http.close()


def test_what_is_in_the_way_is_said_and_what_was_typed_stays(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], floor: Engine, shop: Shop
) -> None:
    recorded(floor, shop, booking(shop, 15))
    support = seat(Role.PLATFORM_SUPPORT)
    support.calm = False  # The browser tells of each answer that is a refusal.
    give(hall, sessions, shop, sessions[Role.PLATFORM_SUPPORT][0], Action.EDIT_SCHEDULE)
    day = next_day(10).date().isoformat()
    page = support.go(f"/admin/tenants/{shop.tenant.id}/book?day={day}")
    page.get_by_role("button", name="Move").last.click()
    taken = page.get_by_role("dialog").get_by_label("To when").input_value()
    page.get_by_role("button", name="Leave it").click()
    page.get_by_role("button", name="Move").first.click()
    card = page.get_by_role("dialog")
    card.get_by_label("To when").fill(taken)
    card.get_by_label("Reason").fill("she is late")
    card.get_by_role("button", name="Move the visit").click()
    expect(page.get_by_role("alert")).to_contain_text("is taken")
    expect(page.get_by_label("Reason")).to_have_value("she is late")
    expect(page.get_by_label("To when")).to_have_value(taken)
    page.get_by_role("link", name="Back to the day").click()
    expect(page.locator(".visit")).to_have_count(2)


def test_it_works_without_scripts(seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], shop: Shop) -> None:
    support = seat(Role.PLATFORM_SUPPORT, java_script_enabled=False)
    give(hall, sessions, shop, sessions[Role.PLATFORM_SUPPORT][0], Action.RESTORE_DELETED)
    page = support.go(f"/admin/tenants/{shop.tenant.id}/archived")
    page.get_by_role("button", name="Restore").click()
    card = page.get_by_role("dialog")
    card.get_by_label("Reason").fill("a slip")
    card.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("status")).to_have_text("It is there again. Desks have it at once.")
    expect(page.get_by_text("Nothing of this kind is archived")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_of_accessibility_or_runs_over_a_narrow_window(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], shop: Shop, scheme: str
) -> None:
    root = seat(Role.SUPERUSER, color_scheme=scheme, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    day = next_day(10).date().isoformat()
    for what in ("", "/billing", f"/book?day={day}", "/archived"):
        page = root.go(f"/admin/tenants/{shop.tenant.id}{what}")
        assert page.locator("img").count() == 0
        require_fit(page)
    page = root.go(f"/admin/tenants/{shop.tenant.id}/book?day={day}")
    page.get_by_role("button", name="Move").click()
    require_fit(page)
