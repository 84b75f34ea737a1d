"""The admin in Debian's Chromium: what people see and press, and what their browser keeps from everybody else."""

import email
from dataclasses import replace
from email import policy
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Request, expect
from sqlalchemy import Engine

from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Limit, Tier
from shared.rules.plans import DEFAULTS, Override
from syncserver.services.identity.passwords import hash_password
from syncserver.settings import Settings
from syncserver.store.plans import Deal, deal_of
from syncserver.store.tenancy import Tenant, control_transaction
from syncserver.store.tenants import create_tenant, find_tenant_by_slug
from syncserver.store.users import create_user
from tests.support.admin_staff import COOKIE, PLATFORM, hire
from tests.support.browser import chromium
from tests.support.masquerade import act_as_nobody
from tests.support.shop import PASSWORD, Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk
from tests.syncserver.conftest import Hall, Seat

NEW = "seven quiet rivers"
HOSTILE = "<img src=x onerror=alert(1)>'\"><script>alert(2)</script>{{7*7}}"
SEES = {
    Role.SUPERUSER: ["Tenants", "Users", "Devices", "Grants", "Audit"],
    Role.PLATFORM_MANAGER: ["Tenants", "Users", "Devices", "Grants", "Audit"],
    Role.PLATFORM_SALES: ["Tenants", "Users", "Devices", "Grants"],
    Role.PLATFORM_SUPPORT: ["Tenants", "Users", "Devices", "Grants"],
}
LEADS = {Role.SUPERUSER, Role.PLATFORM_MANAGER}
HELPERS = LEADS | {Role.PLATFORM_SUPPORT}
INVITERS = LEADS | {Role.PLATFORM_SALES}


@pytest.fixture(scope="module")
def demo(floor: Engine) -> Shop:
    return open_shop(floor)


@pytest.fixture(scope="module")
def real(floor: Engine) -> Tenant:
    """A business with an owner that is no demo."""
    tenant = create_tenant(floor, slug="acme", name="Acme Corp", tier=Tier.STARTER)
    create_user(floor, tenant, email="ann@acme.example", name="Ann", role=Role.TENANT_OWNER, password_hash="-")
    return tenant


def test_without_a_browser_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="no chromium on the path"), chromium():
        pass


def test_the_first_sign_in_sets_up_the_second_factor_and_the_next_asks_for_it(seat: Seat, floor: Engine) -> None:
    root = seat(Role.SUPERUSER, stranger=hire(floor, Role.SUPERUSER, name="Ruth Root"))
    root.calm = False  # The browser tells of each answer that is a refusal.
    page = root.go("/admin")
    page.get_by_label("E-mail").fill(root.email)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The e-mail, the password or the code is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    root.give_password()
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    expect(page.locator(".qr svg")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.get_by_label("The six digits").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    page.get_by_role("link", name="Draw another one").click()
    root.enrol()
    expect(page.get_by_role("heading", name="Tenants")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    root.give_password()
    expect(page.get_by_role("heading", name="Tenants")).to_be_visible()
    (session,) = [one for one in root.context.cookies() if one["name"] == COOKIE]
    assert (session["httpOnly"], session["sameSite"], session["expires"]) == (True, "Strict", -1)
    assert page.evaluate("document.cookie") == ""


def test_somebody_draws_other_recovery_codes_for_themselves(seat: Seat, floor: Engine) -> None:
    somebody = seat(Role.PLATFORM_SUPPORT, stranger=hire(floor, Role.PLATFORM_SUPPORT, name="Sue Support"))
    somebody.calm = False
    somebody.sign_in()
    page = somebody.page
    page.get_by_role("link", name="Sue Support").click()
    card = page.get_by_role("region", name="Other recovery codes")
    expect(card).to_contain_text("10 of your recovery codes are left.")
    card.get_by_label("Your password").fill("not the right one")
    card.get_by_label("Code from your authenticator app").fill("000000")
    card.get_by_role("button", name="Draw new codes").click()
    expect(card.get_by_role("alert")).to_have_text("The password is wrong.")
    expect(card.get_by_label("Your password")).to_have_value("")
    card.get_by_label("Your password").fill(somebody.password)
    card.get_by_label("Code from your authenticator app").fill(somebody.code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Keep your recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 10
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", name="Tenants")).to_be_visible()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    page = somebody.tab()
    page.goto(f"{somebody.url}/admin/account")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill(somebody.email)
    page.get_by_label("Password").fill(somebody.password)
    page.get_by_label("Code from your authenticator app").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Tenants")).to_be_visible()


@pytest.mark.parametrize("role", PLATFORM)
@pytest.mark.usefixtures("real")
def test_each_role_finds_its_pages_and_what_it_may_press(seat: Seat, demo: Shop, role: Role) -> None:
    somebody = seat(role)
    page = somebody.go("/admin")
    assert page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts() == SEES[role]
    expect(page.get_by_role("link", name="Acme Corp")).to_have_count(0 if role is Role.PLATFORM_SALES else 1)
    expect(page.get_by_role("link", name="Invite a tenant")).to_have_count(1 if role in INVITERS else 0)
    page.get_by_role("link", name=demo.tenant.name).click()
    expect(page.get_by_role("heading", name=demo.tenant.name)).to_be_visible()
    expect(page.get_by_role("button", name="Suspend…")).to_have_count(1 if role in LEADS else 0)
    expect(page.get_by_role("button", name="Set the plan")).to_have_count(1 if role in LEADS else 0)
    expect(page.get_by_role("button", name="Add a temporary user")).to_have_count(1 if role in INVITERS else 0)
    page.get_by_role("link", name="Users", exact=True).click()
    owner = page.locator(f'[data-user="{demo.email(Role.TENANT_OWNER)}"]')
    expect(owner.get_by_text("Tenant owner")).to_be_visible()
    expect(owner.get_by_role("button", name="Unlock")).to_have_count(1 if role in HELPERS else 0)
    expect(owner.get_by_role("button", name="Disable…")).to_have_count(1 if role in LEADS else 0)
    expect(page.get_by_role("button", name="Add a platform user…")).to_have_count(1 if role in LEADS else 0)
    assert (page.get_by_text("Superuser").count() > 0) is (role in LEADS), "others see no people of the platform"
    page.get_by_role("link", name="Devices").click()
    expect(page.get_by_role("heading", name="Devices")).to_be_visible()


def test_reasons_are_asked_for_in_place_and_what_was_done_is_said(seat: Seat, floor: Engine) -> None:
    shop = open_shop(floor)
    page = seat(Role.PLATFORM_MANAGER).go(f"/admin/tenants/{shop.tenant.id}")
    page.get_by_role("button", name="Suspend…").click()
    card = page.get_by_role("dialog", name=f"Suspend {shop.tenant.name}?")
    expect(card.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.get_by_role("button", name="Suspend…").click()
    card.get_by_label("Reason").fill("asked to")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The business is suspended: nobody of it is let in.")
    expect(page.get_by_text("Suspended", exact=True)).to_be_visible()
    page.get_by_role("button", name="Reopen…").click()
    page.get_by_role("textbox", name="Reason").fill("asked again")
    page.get_by_role("button", name="Reopen", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("The business is open again.")


# Inviting a tenant


def open_modal(page: Page) -> None:
    page.get_by_role("link", name="Invite a tenant").click()
    expect(page.get_by_role("dialog", name="Invite a tenant")).to_be_visible()


def fill_in(page: Page, *, tier: str = "Starter") -> str:
    """Fill in the plain part of the form; the name of the business."""
    name = f"Salon {new_id()[-12:]}"
    modal = page.get_by_role("dialog", name="Invite a tenant")
    modal.get_by_label("Owner’s e-mail").fill(f"{name[-12:]}@new.example")
    modal.get_by_label("Name of the business").fill(name)
    modal.get_by_label("Time zone").fill("Europe/Berlin")
    modal.get_by_label("Currency").fill("eur")
    modal.get_by_label("Tier", exact=True).select_option(tier)
    return name


def send(page: Page) -> dict[str, str]:
    """Send the form; what went over the wire."""
    with page.expect_request(lambda one: one.method == "POST") as asked:
        page.get_by_role("button", name="Send the invite").click()
    expect(page.get_by_role("status")).to_have_text("The business is made, and its owner is invited by mail.")
    request: Request = asked.value
    return {name: said for name, (said,) in parse_qs(request.post_data or "", keep_blank_values=True).items()}


def deal(engine: Engine, name: str) -> Deal:
    tenant = find_tenant_by_slug(engine, name.lower().replace(" ", "-"))
    assert tenant
    with control_transaction(engine, read_only=True) as connection:
        return deal_of(connection, tenant, held=False)


PLAIN = {"csrf", "key", "email", "name", "zone", "currency", "tier"}


def test_an_invite_without_an_override_sends_none(seat: Seat, floor: Engine) -> None:
    page = seat(Role.PLATFORM_MANAGER).go("/admin/tenants")
    open_modal(page)
    name = fill_in(page)
    assert set(send(page)) == PLAIN
    assert deal(floor, name) == Deal(tier=Tier.STARTER, override=None)


def test_an_override_that_is_changed_and_not_ticked_is_not_sent(seat: Seat, floor: Engine) -> None:
    page = seat(Role.PLATFORM_MANAGER).go("/admin/tenants")
    open_modal(page)
    name = fill_in(page)
    page.get_by_text("Override tier limits").click()
    modal = page.get_by_role("dialog", name="Invite a tenant")
    modal.get_by_label("Users").fill("99")
    modal.get_by_label("Plugins").check()
    assert set(send(page)) == PLAIN
    assert deal(floor, name) == Deal(tier=Tier.STARTER, override=None)


def test_an_override_that_is_ticked_is_sent_and_stored(seat: Seat, floor: Engine) -> None:
    page = seat(Role.SUPERUSER).go("/admin/tenants")
    open_modal(page)
    name = fill_in(page)
    page.get_by_text("Override tier limits").click()
    modal = page.get_by_role("dialog", name="Invite a tenant")
    for group in ("Payments", "Communication", "Customization", "Plugins", "Advanced", "Enterprise"):
        expect(modal.get_by_role("group", name=group)).to_be_visible()
    modal.get_by_label("Override the tier").check()
    modal.get_by_label("Users").fill("9")
    modal.get_by_label("Storage in MiB").fill("")
    sent = send(page)
    assert (sent["override"], sent["limit_users"], sent["limit_storage_mib"]) == ("on", "9", "")
    assert deal(floor, name).override == Override(features=None, limits={Limit.USERS: 9, Limit.STORAGE_MIB: None})
    expect(page.get_by_text("Override", exact=True).first).to_be_visible()


def test_the_override_follows_the_tier_until_it_is_touched_and_again_when_it_is_taken_back(seat: Seat) -> None:
    page = seat(Role.SUPERUSER).go("/admin/tenants")
    open_modal(page)
    page.get_by_text("Override tier limits").click()
    modal = page.get_by_role("dialog", name="Invite a tenant")
    tier, users, customers = (modal.get_by_label(one, exact=True) for one in ("Tier", "Users", "Customers"))
    plugins, back = modal.get_by_label("Web hooks"), modal.get_by_role("button", name="Back to the tier’s plan")
    for name, one in (("Free", Tier.FREE), ("Enterprise", Tier.ENTERPRISE), ("Starter", Tier.STARTER)):
        tier.select_option(name)
        most = DEFAULTS[one].limits[Limit.USERS]
        expect(users).to_have_value("" if most is None else str(most))
        expect(plugins).to_be_checked(checked=one is Tier.ENTERPRISE)
    expect(back).to_be_hidden()
    users.fill("77")
    tier.select_option("Enterprise")
    expect(users).to_have_value("77")
    expect(customers).to_have_value(str(DEFAULTS[Tier.STARTER].limits[Limit.CUSTOMERS]))
    back.click()
    expect(users).to_have_value("")
    expect(plugins).to_be_checked()
    expect(back).to_be_hidden()
    tier.select_option("Free")
    expect(users).to_have_value(str(DEFAULTS[Tier.FREE].limits[Limit.USERS]))


def test_sales_invite_demo_tenants_and_are_offered_no_override(seat: Seat, floor: Engine) -> None:
    page = seat(Role.PLATFORM_SALES).go("/admin/tenants")
    open_modal(page)
    expect(page.get_by_text("Override tier limits")).to_have_count(0)
    expect(page.get_by_role("dialog", name="Invite a tenant").get_by_text("demo")).to_be_visible()
    name = fill_in(page, tier="Professional")
    assert set(send(page)) == PLAIN
    tenant = find_tenant_by_slug(floor, name.lower().replace(" ", "-"))
    assert tenant
    assert tenant.is_demo


def test_the_modal_works_by_keyboard_and_gives_the_focus_back(seat: Seat) -> None:
    page = seat(Role.SUPERUSER).go("/admin/tenants")
    page.get_by_role("link", name="Invite a tenant").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Owner’s e-mail")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Invite a tenant")).to_be_hidden()
    expect(page.get_by_role("link", name="Invite a tenant")).to_be_focused()


def test_the_invited_owner_comes_from_the_mail_to_a_desk(seat: Seat, browser: Browser, hall: Hall, demo: Shop) -> None:
    url, server, settings = hall
    page = seat(Role.PLATFORM_MANAGER).go("/admin/tenants")
    open_modal(page)
    name = fill_in(page)
    send(page)
    slug = name.lower().replace(" ", "-")
    tenant = find_tenant_by_slug(server.engine, slug)
    assert tenant
    recipient = f"{name[-12:]}@new.example"
    until(lambda: bool(mails_to(settings, recipient)), within=15)
    (text,) = mails_to(settings, recipient)
    (path,) = [line.partition("/account/")[2] for line in text.splitlines() if "/account/invite#" in line]
    context = browser.new_context()
    visitor = context.new_page()
    visitor.goto(f"{url}/account/{path}")
    visitor.get_by_label("Your name").fill("Zoe Neu")
    visitor.get_by_label("New password").fill(NEW)
    visitor.get_by_label("The same again").fill(NEW)
    visitor.get_by_role("button", name="Join").click()
    expect(visitor.get_by_role("status")).to_contain_text("Welcome!")
    context.close()
    desk = WireDesk(url, replace(demo, tenant=tenant), Role.TENANT_OWNER)
    assert desk.try_sign_in(email=recipient, password=NEW).status_code == 200
    desk.http.close()
    page.reload()
    expect(page.get_by_role("region", name="People").get_by_role("strong")).to_have_text("Zoe Neu")


def mails_to(settings: Settings, recipient: str) -> list[str]:
    """The texts of the mails to somebody."""
    folder: Path = settings.data / "mail"
    found = []
    for file in folder.glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        if message["To"] == recipient and body is not None:
            found.append(body.get_content())
    return found


# What keeps others out


def test_a_session_that_is_ended_in_another_tab_is_over_at_the_next_request(seat: Seat, floor: Engine) -> None:
    root = seat(Role.SUPERUSER, stranger=hire(floor, Role.SUPERUSER))
    first = root.sign_in()
    first.get_by_role("link", name="Users").click()
    second = root.tab()
    second.goto(f"{root.url}/admin/account")
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("status")).to_have_text("You are signed out.")
    first.get_by_role("link", name="Devices").click()
    expect(first.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.fixture
def hostile(hall: Hall) -> Tenant:
    """A business in which everything that somebody can type is an attack."""
    url, server, _ = hall
    slug = f"hostile-{new_id()[-12:]}"
    tenant = create_tenant(server.engine, slug=slug, name=HOSTILE, tier=Tier.ENTERPRISE, is_demo=True)
    shop = replace(open_shop(server.engine), tenant=tenant)
    mail = f"<script>alert(3)</script>{slug}@x.example"
    create_user(
        server.engine, tenant, email=mail, name=HOSTILE, role=Role.TENANT_OWNER, password_hash=hash_password(PASSWORD)
    )
    desk = WireDesk(url, shop, Role.TENANT_OWNER)
    assert desk.try_sign_in(email=mail, device={"id": desk.device, "name": HOSTILE[:60]}).status_code == 200
    desk.http.close()
    return tenant


def test_nothing_that_anybody_types_becomes_a_part_of_a_page(seat: Seat, hostile: Tenant, floor: Engine) -> None:
    root = seat(Role.SUPERUSER, stranger=hire(floor, Role.SUPERUSER, name=HOSTILE), user_agent=f"Mozilla {HOSTILE}")
    page = root.sign_in()
    page.goto(f"{root.url}/admin/tenants/{hostile.id}")
    page.get_by_role("button", name="Suspend…").click()
    page.get_by_label("Reason").first.fill(HOSTILE)
    page.get_by_role("button", name="Suspend", exact=True).click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    quoted = "?q=%3Cscript%3Ealert(4)%3C/script%3E"
    for path in (
        "tenants", f"tenants/{hostile.id}", "users", "devices", "account", f"audit?tenant={hostile.slug}", "audit",
        f"tenants{quoted}", f"users{quoted}", f"devices{quoted}",
        "audit?person=%22%3E%3Cscript%3Ealert(5)%3C/script%3E",
        "tenants?said=%3Cscript%3Ealert(6)%3C/script%3E",
    ):  # fmt: skip
        page.goto(f"{root.url}/admin/{path}")
        assert page.locator("script").count() == 1, path
        assert page.locator("img").count() == 0, path
        assert "49" not in page.locator("h1").inner_text()
    page.goto(f"{root.url}/admin/audit?tenant={hostile.slug}")
    expect(page.get_by_text(HOSTILE, exact=True).first).to_be_visible()
    page.goto(f"{root.url}/admin/account")
    expect(page.get_by_text(f"Mozilla {HOSTILE}").first).to_be_visible()


def test_a_part_that_came_in_all_the_same_would_not_run(seat: Seat) -> None:
    root = seat(Role.SUPERUSER)
    root.calm = False
    page = root.go("/admin/tenants")
    page.evaluate(
        """document.body.insertAdjacentHTML('beforeend',
        '<img src=x onerror=alert(1)><a id=js href="javascript:alert(2)">x</a><style>h1 { display: none }</style>')"""
    )
    page.locator("#js").click()
    page.wait_for_timeout(100)
    expect(page.get_by_role("heading", name="Tenants")).to_be_visible()
    assert any("Content Security Policy" in one for one in root.complaints)


def test_no_other_page_frames_it_or_sends_its_forms(seat: Seat, hall: Hall, real: Tenant) -> None:
    root = seat(Role.SUPERUSER)
    root.calm = False
    foreign = hall[0].replace("127.0.0.1", "localhost")
    page = root.page
    page.goto(f"{foreign}/health")
    page.evaluate(
        """url => {
        const form = document.createElement("form");
        form.method = "post";
        form.action = url;
        form.innerHTML = '<input name="reason" value="forged">';
        document.body.append(form);
        // Later: what is evaluated must be answered before the page goes away.
        setTimeout(() => form.submit());
        }""",
        f"{hall[0]}/admin/tenants/{real.id}/suspend",
    )
    expect(page.get_by_text("not sent by a page of ours")).to_be_visible()
    page.goto(f"{foreign}/health")
    with page.expect_event("requestfailed") as framed:
        page.evaluate(
            "url => document.body.append(Object.assign(document.createElement('iframe'), {src: url}))",
            f"{hall[0]}/admin",
        )
    assert framed.value.url == f"{hall[0]}/admin"
    assert framed.value.failure == "net::ERR_BLOCKED_BY_RESPONSE"


# For everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_of_accessibility_or_runs_over_a_narrow_window(
    seat: Seat, demo: Shop, real: Tenant, scheme: str
) -> None:
    root = seat(Role.SUPERUSER, color_scheme=scheme, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = root.page
    for path in ("tenants", f"tenants/{demo.tenant.id}", "users", "devices", "audit", "account", "tenants/invite"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"{root.url}/admin/{path}")
        if path == "tenants":
            open_modal(page)
        for summary in page.locator(".override > summary:visible").all():
            summary.click()
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        page.set_viewport_size({"width": 320, "height": 700})
        wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, path


def test_it_works_without_scripts(seat: Seat, floor: Engine) -> None:
    page = seat(Role.SUPERUSER, java_script_enabled=False).go("/admin/tenants")
    page.get_by_role("link", name="Invite a tenant").click()
    name = f"Plain {new_id()[-12:]}"
    page.get_by_label("Owner’s e-mail").fill("plain@new.example")
    page.get_by_label("Name of the business").fill(name)
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_role("button", name="Send the invite").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert deal(floor, name) == Deal(tier=Tier.PROFESSIONAL, override=None), "sent without the tick, and ignored"


def test_a_mistake_keeps_what_was_typed(seat: Seat) -> None:
    root = seat(Role.SUPERUSER)
    root.calm = False
    page = root.go("/admin/tenants")
    open_modal(page)
    fill_in(page)
    modal = page.get_by_role("dialog", name="Invite a tenant")
    modal.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_text("Override tier limits").click()
    modal.get_by_label("Override the tier").check()
    modal.get_by_label("Users").fill("9")
    page.get_by_role("button", name="Send the invite").click()
    expect(page.get_by_role("alert")).to_contain_text("time zone")
    expect(page.get_by_label("Time zone")).to_have_value("Mars/Olympus")
    expect(page.get_by_label("Users")).to_have_value("9")
    expect(page.get_by_label("Override the tier")).to_be_checked()
    wrong = page.get_by_label("Time zone")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    assert page.locator(f"#{wrong.get_attribute('aria-describedby')}").inner_text().startswith("The time zone")


def send_wrong(page: Page, form: str, typed: dict[str, str]) -> None:
    """Fill in a form and send it past the browser's own checks."""
    card = page.locator(form)
    for label, text in typed.items():
        field = card.get_by_label(label)
        field.select_option(label=text) if label in ("Role", "Action", "To whom") else field.fill(text)
    card.evaluate("card => { card.querySelector('form').noValidate = true; }")
    card.locator("button.main").click()


def require_mistake(page: Page, label: str, said: str, kept: dict[str, str]) -> None:
    """Require that a sentence stands beside its field, which has the focus, and that all that was typed is there."""
    field = page.get_by_label(label)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{field.get_attribute('aria-describedby')}")).to_contain_text(said)
    for name, text in kept.items():
        shown = page.get_by_label(name).evaluate("one => one.selectedOptions ? one.selectedOptions[0].text : one.value")
        assert shown == text, name
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_a_grant_that_does_not_fit_keeps_what_was_typed(seat: Seat, floor: Engine, demo: Shop) -> None:
    root = seat(Role.SUPERUSER)
    root.calm = False
    friend = hire(floor, Role.PLATFORM_SUPPORT, name="Sam")
    typed = {
        "To whom": f"Sam, {friend.email}", "Tenant’s short name": "nowhere", "Action": "Restore deleted",
        "Reason": "They <lost> it", "Minutes": "7",
    }  # fmt: skip
    page = root.go("/admin/grants")
    page.get_by_role("button", name="Give a grant…").click()
    send_wrong(page, "#give", typed)
    require_mistake(page, "Tenant’s short name", "no tenant of this short name", typed)
    send_wrong(page, ".narrow", {"Tenant’s short name": demo.tenant.slug, "Minutes": "31"})
    require_mistake(page, "Minutes", "1 to 30", typed | {"Tenant’s short name": demo.tenant.slug, "Minutes": "31"})
    send_wrong(page, ".narrow", {"Minutes": "5", "Reason": "  "})
    require_mistake(page, "Reason", "reason", {"Minutes": "5"})
    send_wrong(page, ".narrow", {"Reason": "They lost it"})
    expect(page.get_by_role("status")).to_have_text("The grant counts from now on.")


def test_a_user_that_does_not_fit_keeps_what_was_typed(seat: Seat, floor: Engine, demo: Shop) -> None:
    root = seat(Role.SUPERUSER)
    root.calm = False
    taken = hire(floor, Role.PLATFORM_SUPPORT).email
    typed = {"E-mail": taken, "Name": "Nia <b>", "Role": "Platform sales"}
    page = root.go("/admin/users")
    page.get_by_role("button", name="Add a platform user…").click()
    send_wrong(page, "#add-user", typed)
    require_mistake(page, "E-mail", "somebody with this e-mail", typed)
    send_wrong(page, ".narrow", {"E-mail": f"{new_id()}@platform.example", "Name": " "})
    require_mistake(page, "Name", "A name is needed", {"Role": "Platform sales"})
    page = root.go(f"/admin/tenants/{demo.tenant.id}")
    page.get_by_role("button", name="Add a temporary user…").click()
    typed = {"E-mail": "none", "Name": "Tess", "Role": "Tenant staff"}
    send_wrong(page, "#add-user", typed)
    require_mistake(page, "E-mail", "no e-mail", typed)
    send_wrong(page, ".narrow", {"E-mail": f"{new_id()}@people.example"})
    expect(page.get_by_role("status")).to_contain_text("The account is made")


def test_a_reason_that_does_not_fit_keeps_what_was_typed(seat: Seat, floor: Engine, demo: Shop, hall: Hall) -> None:
    support = hire(floor, Role.PLATFORM_SUPPORT)
    somebody = seat(Role.PLATFORM_SUPPORT, stranger=support)
    somebody.calm = False
    somebody.sign_in()
    page = somebody.go(f"/admin/tenants/{demo.tenant.id}")
    form = f"#become-{demo.users[Role.TENANT_OWNER]}"
    page.locator(f"[popovertarget={form[1:]}]").first.click()
    send_wrong(page, form, {"Reason": "a\u202eb"})
    require_mistake(page, "Reason", "reason", {"Reason": "a\u202eb"})
    send_wrong(page, ".narrow", {"Reason": "to see what they see"})
    page.wait_for_url("**/admin/masquerade")
    act_as_nobody(hall[1], support)


def test_no_page_keeps_a_password_or_a_code(seat: Seat, floor: Engine) -> None:
    stranger = hire(floor, Role.PLATFORM_SUPPORT)
    somebody = seat(Role.PLATFORM_SUPPORT, stranger=stranger)
    somebody.calm = False
    page = somebody.go("/admin")
    page.get_by_label("E-mail").fill(somebody.email)
    page.get_by_label("Password").fill("not the right one")
    page.get_by_label("Code from your authenticator app").fill("123987")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(somebody.email)
    assert "not the right one" not in page.content()
    assert "123987" not in page.content()
