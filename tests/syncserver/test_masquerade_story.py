"""Acting as somebody else as people do it: in Debian's Chromium, at a desk, and in what is read of it afterwards."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from shared.model.member import Role
from shared.rules.grants import Action
from syncserver.services.identity import masquerades
from syncserver.services.platform import grants
from syncserver.services.server import Server
from syncserver.store.users import User, create_user
from tests.support.admin_staff import COOKIE, PLATFORM, hire
from tests.support.browser import Operator
from tests.support.masquerade import REASON, MasqueradeDesk, member
from tests.support.shop import Shop, open_shop
from tests.support.trail import chain, logged
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.conftest import Hall, Seat

HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}"
BUTTONS = {
    Role.SUPERUSER: ["CUSTOMER", "PLATFORM_SALES", "TENANT_MANAGER", "TENANT_OWNER", "TENANT_STAFF"],
    Role.PLATFORM_MANAGER: [],
    Role.PLATFORM_SALES: [],
    Role.PLATFORM_SUPPORT: ["CUSTOMER", "TENANT_MANAGER", "TENANT_OWNER", "TENANT_STAFF"],
}
"""Beside whom each role finds the button."""


@pytest.fixture(scope="module")
def salon(floor: Engine) -> Shop:
    return open_shop(floor)


@pytest.fixture(autouse=True)
def over(hall: Hall, sessions: dict[Role, tuple[User, str]]) -> Iterator[None]:
    """Nobody acts as anybody beyond a test."""
    yield
    for user, _ in sessions.values():
        stop(hall[1], user)


def stop(server: Server, user: User) -> None:
    """End what somebody does as somebody else, if they do."""
    if (found := masquerades.running(server, user)) is not None:
        masquerades.stop(server, found)


def begin(page: Page, url: str, email: str, reason: str = REASON) -> None:
    """Find somebody by their e-mail, and act as them."""
    page.goto(f"{url}/admin/users")
    page.get_by_label("Name, e-mail or tenant").fill(email)
    page.keyboard.press("Enter")
    page.locator(f'[data-user="{email}"]').get_by_role("button", name="Masquerade…").click()
    card = page.get_by_role("dialog")
    expect(card.get_by_label("Reason")).to_be_focused()
    card.get_by_label("Reason").fill(reason)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Masquerade")).to_be_visible()


def test_support_helps_and_the_owner_reads_who_did_it_as_whom(seat: Seat, hall: Hall, floor: Engine) -> None:
    url, _, settings = hall
    shop, user = open_shop(floor), hire(floor, Role.PLATFORM_SUPPORT, name="Suki Port")
    support, staff = seat(Role.PLATFORM_SUPPORT, stranger=user), member(floor, shop, Role.TENANT_STAFF)
    page = support.sign_in()
    begin(page, url, staff.email)
    expect(page.get_by_role("heading", name=f"You act as {staff.name}")).to_be_visible()
    page.get_by_role("link", name="Open the day").click()
    banner = page.get_by_role("complementary", name="Masquerade")
    expect(banner).to_contain_text(f"Suki Port acts as {staff.name}")
    expect(banner.get_by_role("timer")).to_contain_text(":")
    tomorrow = next_day()
    page.get_by_label("Another day").fill(tomorrow.date().isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nothing that day.")).to_have_count(2)
    banner.get_by_role("link", name="What it opens").click()
    page.get_by_role("button", name="Show a code").click()
    link = page.get_by_role("link", name="Open the desktop app").get_attribute("href") or ""
    assert urlsplit(link)._replace(query="").geturl() == "smoothschedule://masquerade"
    told = {name: one for name, (one,) in parse_qs(urlsplit(link).query).items()}
    digits = page.locator(".digits").inner_text()
    assert told["server"] == url
    desk, opened = at_desk(shop, url, told["code"], digits)
    (outcome,) = desk.register().push(desk.booking(tomorrow))
    assert outcome["outcome"] == "applied"
    page.goto(f"{url}/admin/masquerade/day?day={tomorrow.date()}")
    expect(page.locator(".visit")).to_contain_text("Booked")
    assert desk.http.post("/v1/masquerade/stop", json={}).status_code == 204
    assert desk.try_pull().status_code == 401
    support.calm = False  # The browser tells of the answer that it is over.
    page.reload()
    expect(page.get_by_role("heading", name="This masquerade is over")).to_be_visible()
    owner = WireDesk(url, shop, Role.TENANT_OWNER).sign_in()
    events = [one for one in owner.http.get("/v1/audit").json()["events"] if one["kind"].startswith("masq")]
    assert [one["kind"] for one in events] == ["masquerade.ended", "masquerade.opened", "masquerade.started"]
    assert {(one["actor"]["email"], one["as_whom"]["email"], one["reason"]) for one in events} == {
        (user.email, staff.email, REASON)
    }
    lines = [one for one in logged(settings, "masquerade") if one["hijacker_email"] == user.email]
    assert [one["action"] for one in lines] == ["HIJACK_START", "HIJACK_END"]
    (session,) = [one["value"] for one in support.context.cookies() if one["name"] == COOKIE]
    written = b"".join(file.read_bytes() for file in (settings.data / "logs").glob("*.log")).decode()
    for secret in (told["code"], opened["access_token"], opened["session"], session, support.secret):
        assert secret not in written
    assert f'"{digits}"' not in written
    desk.http.close()
    owner.http.close()


def at_desk(shop: Shop, url: str, code: str, digits: str) -> tuple[MasqueradeDesk, dict[str, str]]:
    """A desk that has looked at a code and taken it, and what it was told."""
    stranger = WireDesk(url, shop)
    about = stranger.http.post("/v1/masquerade/code", json={"opening": code}).json()
    assert (about["actor"]["name"], about["reason"]) == ("Suki Port", REASON)
    opened = stranger.http.post("/v1/masquerade/redeem", json={"opening": code, "digits": digits}).json()
    stranger.http.close()
    return MasqueradeDesk.told(url, shop, opened), opened


@pytest.mark.parametrize("role", PLATFORM)
def test_each_role_finds_the_button_beside_those_whom_it_may_become(seat: Seat, floor: Engine, role: Role) -> None:
    shop = open_shop(floor)
    hire(floor, Role.PLATFORM_SALES, name=shop.canary)
    page = seat(role).go(f"/admin/users?q={shop.canary}")
    found = page.locator("tr[data-user]").filter(has=page.get_by_role("button", name="Masquerade…"))
    names = sorted(one.locator(".role").inner_text().upper().replace(" ", "_") for one in found.all())
    assert names == BUTTONS[role]


def test_sales_become_the_temporary_people_of_demos(seat: Seat, floor: Engine, salon: Shop) -> None:
    email = f"temp@{salon.tenant.slug}.example"
    create_user(
        floor, salon.tenant, email=email, name="Temp", role=Role.TENANT_MANAGER, password_hash="-", is_temporary=True
    )
    sales = seat(Role.PLATFORM_SALES)
    begin(sales.page, sales.url, email)
    expect(sales.page.get_by_role("heading", name="You act as Temp")).to_be_visible()


def test_a_code_and_a_masquerade_run_out_before_the_eyes(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], salon: Shop
) -> None:
    support = seat(Role.PLATFORM_SUPPORT)
    page = support.page
    page.clock.install()
    begin(page, support.url, salon.email(Role.TENANT_MANAGER))
    page.get_by_role("button", name="Show a code").click()
    # It runs down by itself: `1:00` stands on a page whose clock has not begun yet, too, and would miss what follows.
    expect(page.get_by_role("timer").last).to_have_text(re.compile("0:5[0-9]"))
    page.clock.fast_forward("00:30")
    expect(page.get_by_role("timer").last).to_have_text(re.compile("0:30|0:2[0-9]"))
    page.clock.fast_forward("00:31")
    expect(page.get_by_text("This code is good no more.")).to_be_visible()
    expect(page.locator(".digits")).to_have_count(0)
    page.get_by_role("button", name="Show another code").click()
    expect(page.locator(".digits")).to_be_visible()
    page.goto(f"{support.url}/admin/masquerade/day")
    support.calm = False
    stop(hall[1], sessions[Role.PLATFORM_SUPPORT][0])
    page.clock.fast_forward("31:00")
    expect(page.get_by_role("heading", name="This masquerade is over")).to_be_visible()


def test_a_superuser_sees_the_admin_as_somebody_of_the_platform_and_ends_it(seat: Seat, floor: Engine) -> None:
    sales = hire(floor, Role.PLATFORM_SALES, name="Sam Sales")
    root = seat(Role.SUPERUSER)
    page = root.page
    begin(page, root.url, sales.email)
    page.get_by_role("link", name="Open the pages").click()
    places = page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert places == ["Tenants", "Users", "Devices", "Grants"]
    expect(page.get_by_role("link", name="Invite a tenant")).to_have_count(0)
    expect(page.get_by_role("link", name="Sam Sales")).to_have_count(0)
    page.get_by_role("link", name="Users", exact=True).click()
    expect(page.get_by_role("button", name="Masquerade…")).to_have_count(0)
    page.get_by_role("button", name="End").click()
    expect(page.get_by_role("status")).to_have_text("The masquerade has ended, at the desk too.")
    expect(page.get_by_role("link", name="Audit")).to_be_visible()


def test_it_works_without_scripts(seat: Seat, salon: Shop) -> None:
    support = seat(Role.PLATFORM_SUPPORT, java_script_enabled=False)
    page = support.page
    begin(page, support.url, salon.email(Role.TENANT_OWNER))
    page.get_by_role("button", name="Show a code").click()
    expect(page.locator(".digits")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Open the day").click()
    expect(page.get_by_text("Nothing that day.").first).to_be_visible()
    page.get_by_role("button", name="End").click()
    expect(page.get_by_role("status")).to_have_text("The masquerade has ended, at the desk too.")


def test_nothing_that_is_typed_as_a_reason_becomes_a_part_of_a_page(
    seat: Seat, sessions: dict[Role, tuple[User, str]], salon: Shop
) -> None:
    root = seat(Role.SUPERUSER)
    page = root.page
    begin(page, root.url, salon.email(Role.TENANT_STAFF), HOSTILE)
    expect(page.get_by_text(HOSTILE, exact=True)).to_be_visible()
    for path in ("masquerade", "masquerade/day", f"audit?tenant={salon.tenant.slug}", "users"):
        page.goto(f"{root.url}/admin/{path}")
        assert (page.locator("script").count(), page.locator("img").count()) == (1, 0), path
    page.get_by_role("button", name="End").click()
    give(root, salon, sessions[Role.PLATFORM_SUPPORT][0], HOSTILE)
    expect(page.get_by_text(HOSTILE, exact=True)).to_be_visible()
    assert (page.locator("script").count(), page.locator("img").count()) == (1, 0)


def give(root: Operator, shop: Shop, to: User, reason: str) -> None:
    """Give somebody a grant in the admin."""
    page = root.go("/admin/grants")
    page.get_by_role("button", name="Give a grant…").click()
    card = page.get_by_role("dialog", name="Give a grant")
    card.get_by_label("To whom").select_option(f"{to.name}, {to.email}")
    card.get_by_label("Tenant’s short name").fill(shop.tenant.slug)
    card.get_by_label("Action").select_option("Edit schedule")
    card.get_by_label("Reason").fill(reason)
    expect(card.get_by_label("Minutes")).to_have_value("30")
    card.get_by_role("button", name="Give").click()
    expect(page.get_by_role("status")).to_have_text("The grant counts from now on.")


def test_grants_are_given_one_by_one_and_revoked_many_at_once(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], floor: Engine
) -> None:
    shop, server, root = open_shop(floor), hall[1], seat(Role.SUPERUSER)
    give(root, shop, sessions[Role.PLATFORM_SUPPORT][0], "by hand")
    granted(server, sessions, shop, 3)
    page = root.go("/admin/grants")
    rows = page.locator("tr[data-grant]").filter(has_text=shop.tenant.name)
    expect(rows).to_have_count(4)
    rows.first.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_have_text("What was still active of it is revoked.")
    expect(rows).to_have_count(3)
    for row in rows.all()[:2]:
        row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Revoke what is ticked").click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Revoked").click()
    expect(rows).to_have_count(3)
    theirs = seat(Role.PLATFORM_SUPPORT).go("/admin/grants")
    expect(theirs.locator("tr[data-grant]").filter(has_text=shop.tenant.name)).to_have_count(1)
    expect(theirs.get_by_role("button", name="Revoke")).to_have_count(0)
    kinds = [one.kind for one in chain(floor, shop.tenant)]
    assert (kinds.count("grant.created"), kinds.count("grant.revoked")) == (4, 3)


def granted(server: Server, sessions: dict[Role, tuple[User, str]], shop: Shop, count: int) -> None:
    """Grants for support of a shop."""
    giver, getter = sessions[Role.SUPERUSER][0], sessions[Role.PLATFORM_SUPPORT][0]
    for _ in range(count):
        grants.create(server, giver, getter.id, shop.tenant, Action.VIEW_BILLING, reason="an invoice")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_of_accessibility_or_runs_over_a_narrow_window(
    seat: Seat, hall: Hall, sessions: dict[Role, tuple[User, str]], salon: Shop, scheme: str
) -> None:
    granted(hall[1], sessions, salon, 1)
    root = seat(Role.SUPERUSER, color_scheme=scheme, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = root.page
    begin(page, root.url, salon.email(Role.TENANT_STAFF))
    page.get_by_role("button", name="Show a code").click()
    require_fit(page)
    page.goto(f"{root.url}/admin/masquerade/day")
    require_fit(page)
    page.get_by_role("button", name="End").click()
    page.goto(f"{root.url}/admin/grants")
    require_fit(page)


def require_fit(page: Page) -> None:
    """Fail where axe finds a fault, or a narrow window would have to be scrolled sideways."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    page.set_viewport_size({"width": 320, "height": 700})
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, page.url
    page.set_viewport_size({"width": 1280, "height": 900})
