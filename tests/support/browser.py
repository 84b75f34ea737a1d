"""Debian's Chromium, driven by Playwright, and somebody of the platform who works in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from shared import clock

MISSING: Final = "There is no chromium on the path: `python3 packaging/dev.py setup` installs it on Debian."


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the block; the test fails where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(MISSING)
    # Its sandbox does not start for root, as tests run in a container.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Operator:
    """Somebody of the platform at a browser of their own; what the page complains about is kept."""

    url: str
    email: str
    password: str
    context: BrowserContext
    page: Page = field(init=False)
    secret: str = ""
    steps: int = 0
    complaints: list[str] = field(default_factory=list)
    calm: bool = True
    """Whether nothing is to be complained about; a browser complains of answers that refuse something, too."""
    alarms: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = self.tab()

    def tab(self) -> Page:
        """Another tab of the same browser."""
        page = self.context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", self._alarmed)
        return page

    def _alarmed(self, dialog: Dialog) -> None:
        self.alarms.append(dialog.message)
        dialog.dismiss()

    def require_calm(self) -> None:
        """Fail where a script of somebody else's has run, or a page has complained."""
        assert not self.alarms
        assert not (self.calm and self.complaints), self.complaints

    def go(self, path: str) -> Page:
        """Open a page of the admin."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self) -> Page:
        """Sign in as one does each day; the first time the second factor is set up on the way."""
        self.give_password()
        if not self.secret:
            self.enrol()
        return self.page

    def give_password(self) -> None:
        """Fill in the first page and send it."""
        page = self.go("/admin")
        page.get_by_label("E-mail").fill(self.email)
        page.get_by_label("Password").fill(self.password)
        if self.secret:
            page.get_by_label("Code from your authenticator app").fill(self.code())
        page.get_by_role("button", name="Sign in").click()

    def enrol(self) -> None:
        """Set up the second factor, and go on."""
        page = self.page
        page.get_by_text("Type it in instead").click()
        self.secret = page.locator("#secret").inner_text()
        page.get_by_label("The six digits").fill(self.code())
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("link", name="I have them").click()

    def code(self) -> str:
        """A code that was not used yet, within what the server takes."""
        steps = (0, 1, -1)
        totp = pyotp.TOTP(self.secret)
        made = totp.generate_otp(totp.timecode(clock.now()) + steps[self.steps % len(steps)])
        self.steps += 1
        return made
