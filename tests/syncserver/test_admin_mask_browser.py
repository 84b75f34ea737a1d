"""Acting as somebody else in Debian's Chromium, where every name and reason is an attack."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import Engine

from shared import clock
from shared.ids import new_id
from shared.model.appointment import Appointment, Segment, Source, Status
from shared.model.base import AppointmentId, TimeBlockId
from shared.model.hours import TimeBlock
from shared.model.member import Role
from shared.model.plan import Tier
from shared.rules.grants import Action
from syncserver.services.platform import grants
from syncserver.store.tenants import create_tenant
from tests.support.admin_staff import hire
from tests.support.browser import Operator
from tests.support.masquerade import act_as_nobody
from tests.support.shop import Shop, open_shop, put_rows
from tests.syncserver.conftest import Hall, Seat

HOSTILE: Final = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}"
TURNED: Final = "\u202eneerG"
"""A name that turns what follows it around, where nothing holds it."""
PAGES: Final = ("masquerade", "masquerade/day", "tenants", "users", "devices", "grants")


def shop_named(engine: Engine, name: str) -> Shop:
    """A business in which everything bears one name, with a visit and a blocked time now."""
    slug = f"named-{new_id()[-12:]}"
    tenant = create_tenant(engine, slug=slug, name=name, tier=Tier.ENTERPRISE, is_demo=True)
    shop, now = open_shop(engine, tenant), clock.now().replace(microsecond=0)
    segment = Segment(
        service_id=shop.cut, name=name, colour="", price=100, before=0, active=60, processing=0, finishing=0, after=0,
        resources=(shop.ana,),
    )  # fmt: skip
    visit = Appointment(
        id=AppointmentId(new_id()), customer_id=shop.customer, location_id=shop.location, starts_at=now,
        ends_at=now + timedelta(hours=1), zone="UTC", wall_start=now.strftime("%Y-%m-%dT%H:%M:%S"), segments=(segment,),
        status=Status.BOOKED, source=Source.DESK, notes=name, price=100, currency="EUR", steps=(),
    )  # fmt: skip
    block = TimeBlock(
        id=TimeBlockId(new_id()), resource_id=shop.ben, starts_at=now, ends_at=now + timedelta(hours=1), reason=name
    )
    put_rows(engine, tenant, visit, block)
    return shop


@pytest.fixture
def acting(seat: Seat, hall: Hall) -> Iterator[Callable[..., Operator]]:
    """Makes somebody with a name, at a browser, who acts as the owner of a business that is named so, too."""
    server, begun = hall[1], []

    def make(name: str, reason: str = "to see what they see", **how: object) -> Operator:
        user = hire(server.engine, Role.SUPERUSER, name=name)
        begun.append(user)
        somebody = seat(Role.SUPERUSER, stranger=user, **how)
        somebody.sign_in()
        shop = shop_named(server.engine, name)
        owner = shop.users[Role.TENANT_OWNER]
        grants.create(
            server, user, hire(server.engine, Role.PLATFORM_SUPPORT, name=name).id, shop.tenant, Action.VIEW_BILLING,
            reason=reason,
        )  # fmt: skip
        page = somebody.go(f"/admin/tenants/{shop.tenant.id}")
        page.locator(f'[popovertarget="become-{owner}"]').first.click()
        page.locator(f"#become-{owner}-reason").fill(reason)
        page.locator(f"#become-{owner} button.main").click()
        page.wait_for_url("**/admin/masquerade")
        return somebody

    yield make
    for user in begun:
        act_as_nobody(server, user)


def test_no_name_and_no_reason_becomes_a_part_of_a_page(acting: Callable[..., Operator], floor: Engine) -> None:
    root = acting(HOSTILE, HOSTILE)
    for path in (*PAGES, "audit"):
        page = root.go(f"/admin/{path}")
        assert page.locator("script").count() == 1, path
        assert page.locator("img").count() == 0, path
        expect(page.locator("aside")).to_contain_text(f"{HOSTILE} acts as {HOSTILE}")
        assert "49" not in page.locator("h1").inner_text()
    page = root.go("/admin/masquerade/day")
    expect(page.locator(".visit")).to_contain_text(HOSTILE)
    expect(page.locator(".blocked")).to_contain_text(HOSTILE)
    page = root.go("/admin/masquerade")
    expect(page.locator("q")).to_have_text(HOSTILE)
    page.get_by_role("button", name="Show a code").click()
    expect(page.locator("#link")).to_contain_text("smoothschedule://masquerade?server=http")


def sides(page: Page) -> list[float]:
    """How far to the left the banner's names and the words between them begin."""
    found: list[float] = page.evaluate(
        """() => [...document.querySelector("aside p").childNodes].slice(0, 3).map(node => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getBoundingClientRect().left;
        })"""
    )
    return found


def test_no_name_turns_around_who_acts_as_whom(acting: Callable[..., Operator]) -> None:
    root = acting(TURNED, viewport={"width": 1280, "height": 800})
    for path in PAGES:
        page = root.go(f"/admin/{path}")
        assert sides(page) == sorted(sides(page)), path
        assert page.evaluate(LOOSE, TURNED) == [], path


LOOSE: Final = """name => {
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const around = node.parentElement;
        if (!node.data.includes(name) || !around.checkVisibility() || around.localName === "option") continue;
        const shown = around.closest("bdi") ?? around.closest("p, td, h1, h2, a, span, strong");
        const held = getComputedStyle(shown).unicodeBidi.startsWith("isolate");
        if (!held) found.push(`${shown.localName}: ${node.data.trim()}`);
    }
    return found;
}"""
"""The texts with a name that nothing holds apart from what stands around."""


def test_the_longest_names_and_reasons_fit_into_a_narrow_window(acting: Callable[..., Operator]) -> None:
    root = acting("W" * 200, "M" * 500, viewport={"width": 320, "height": 640})
    for path in (*PAGES, "audit"):
        page = root.go(f"/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        button = page.locator("aside").get_by_role("button", name="End").bounding_box()
        assert button, path
        assert button["x"] + button["width"] <= 320, path
    page = root.go("/admin/masquerade")
    page.get_by_role("button", name="Show a code").click()
    # The page is there before its style is.
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_going_back_shows_nothing_of_what_is_over(acting: Callable[..., Operator]) -> None:
    root = acting("Pat")
    root.calm = False
    page = root.page
    page.get_by_role("link", name="Open the day").click()
    expect(page.locator(".visit")).to_have_count(1)
    page.go_back()
    page.get_by_role("button", name="Show a code").click()
    expect(page.locator("#link")).to_be_visible()
    code = page.locator("#link").inner_text()
    page.locator("aside").get_by_role("button", name="End").click()
    expect(page.get_by_role("status")).to_have_text("The masquerade has ended, at the desk too.")
    for _ in range(3):
        _go_back(page)
        assert code not in page.content()
        expect(page.locator("aside")).to_have_count(0)


def _go_back(page: Page) -> None:
    """Back by one page, and there.

    What a form was answered with, a browser does not ask for again by itself: it says so on a page of its own.
    """
    try:
        page.go_back()
    except Error as told:
        if "ERR_CACHE_MISS" not in told.message:
            raise
        expect(page).to_have_url(re.compile("^chrome-error:"))
