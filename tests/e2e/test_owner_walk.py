"""An owner's rarer deeds through the window, at a demo server of its own process, with somebody hostile beside them.

Plan and limits, an invite that is taken, everything exported, a calendar address, and the business closed.
"""

import email
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from email import policy
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx2
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.operations import customers
from desktop.presenters.sync_status import CLOSED
from desktop.widgets import theme
from shared.ids import new_id
from shared.model.member import Role
from tests.desktop.data.test_closed_business import banner, saved, status
from tests.desktop.masquerade.conftest import Front
from tests.desktop.presenters.test_plan_page import lines, said
from tests.support.demo_server import DemoServer, demo_server
from tests.support.http_client import TRUST
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk

NEW: Final = "seven quiet rivers"
FORGED: Final = "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiVEVOQU5UX09XTkVSIn0."
SECRETS: Final = ("password_hash", "$argon2", "refresh_token", "second_factor")


class _Shop:
    """A demo business as the parts of the tests know one: its short name, and who signs in as what."""

    def __init__(self, server: DemoServer, tenant: str) -> None:
        self._server, self.tenant = server, SimpleNamespace(slug=tenant)

    def account(self, role: Role) -> dict[str, Any]:
        return self._server.account(role.value, self.tenant.slug)

    def email(self, role: Role) -> str:
        return str(self.account(role)["email"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    with demo_server(tmp_path / "server") as made:
        yield made


def at_wire(server: DemoServer, shop: _Shop, role: Role, **other: str) -> WireDesk:
    """Somebody with an HTTP client and a real session."""
    made = WireDesk(server.url, shop, role)  # type: ignore[arg-type]
    wish = {"password": shop.account(role)["password"], **other}
    reply = made.try_sign_in(**wish)
    assert reply.status_code == 200, reply.text
    made.http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    return made


def mail_to(server: DemoServer, recipient: str) -> str:
    """The newest mail to somebody, as the server keeps it for want of a mail server."""
    found: list[str] = []

    def look() -> bool:
        for file in sorted((server.data / "mail").glob("*.eml"), key=lambda one: one.stat().st_mtime):
            read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
            if read["To"] == recipient:
                body = read.get_body(("plain",))
                assert body is not None
                found.append(body.get_content())
        return bool(found)

    until(look, within=30)
    return found[-1]


def code_of(reply: httpx2.Response) -> str:
    return "ok" if reply.is_success else str(reply.json().get("code"))


@pytest.mark.timeout(600)
def test_an_owners_walk(server: DemoServer, tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, theme.Scheme.LIGHT)
    shop = _Shop(server, server.account("TENANT_OWNER")["tenant"])
    stage = SimpleNamespace(url=server.url)
    password = shop.account(Role.TENANT_OWNER)["password"]
    front = Front(stage, shop, Role.TENANT_OWNER, tmp_path / "desk", qtbot, password=password)  # type: ignore[arg-type]
    stranger = httpx2.Client(base_url=server.url, verify=TRUST, timeout=30)
    try:
        front.until(lambda: front.work.book.setup is not None)
        with (
            closing(at_wire(server, shop, Role.TENANT_STAFF)) as staff,
            closing(at_wire(server, shop, Role.TENANT_MANAGER)) as manager,
        ):
            _reads_the_plan(front)
            invited = _invites(front, server, stranger, staff, manager)
            _exports(front, stranger, staff, manager, tmp_path)
            address = _shares_a_calendar(front, stranger, staff)
            _closes(front, server, shop, stranger, staff, manager, address, invited, tmp_path)
    finally:
        stranger.close()
        front.leave()


def _reads_the_plan(front: Front) -> None:
    front.desktop.actions["go_setup"].trigger()
    front.window.setup.show_part("plan")
    view = front.window.setup.plan
    front.until(lambda: bool(lines(view)) and "as the server said" in view._server.text())
    assert said(view, "Computers").startswith("Computers: ")
    assert "Only the server" not in said(view, "Computers")


def _invites(front: Front, server: DemoServer, stranger: httpx2.Client, staff: WireDesk, manager: WireDesk) -> str:
    """Somebody is invited through the window and comes; others do not get in by it. An invite that waits is left."""
    front.desktop.actions["go_team"].trigger()
    team = front.window.team
    front.until(lambda: bool(front.lines()) and team.send.isEnabled())
    newcomer = f"zoe-{new_id()[-8:]}@people.example"
    team.email.setText("not an address")
    team.send.click()
    assert team._invite_message.isVisible()
    for who in (newcomer, f"late-{newcomer}"):
        front.until(team.send.isEnabled)
        team.role.setCurrentIndex(team.role.findData("TENANT_STAFF"))
        team.email.setText(who)
        team.send.click()
        front.until(partial(_names, team.invites, who))
    link = re.search(r"/account/invite#(\S+)", mail_to(server, newcomer))
    assert link is not None
    form = {"code": link[1], "name": "Zoe Neu", "password": NEW, "again": NEW}
    assert stranger.post("/account/invite", data={**form, "code": link[1][:-1]}).status_code >= 400
    assert stranger.post("/account/invite", data={**form, "role": "TENANT_OWNER"}).status_code >= 400
    assert stranger.post("/account/invite", data={**form, "password": "short", "again": "short"}).status_code >= 400
    wish = {"email": "evil@people.example", "role": "TENANT_OWNER"}
    assert [code_of(one.http.post("/v1/team/invites", json=wish)) for one in (staff, manager)] == ["not_allowed"] * 2
    assert code_of(stranger.post("/v1/team/invites", json=wish, headers={"Authorization": FORGED})) == "reauth"
    assert stranger.post("/account/invite", data=form).status_code == 200
    assert stranger.post("/account/invite", data=form).status_code >= 400, "good once"
    team.refresh.click()
    front.until(partial(_names, team.people, "Zoe Neu"))
    late = re.search(r"/account/invite#(\S+)", mail_to(server, f"late-{newcomer}"))
    assert late is not None
    return late[1]


def _names(part: QWidget, words: str) -> bool:
    """Whether a part of the page has these words in it."""
    return any(words in one.text() for one in part.findChildren(QLabel))


def _exports(front: Front, stranger: httpx2.Client, staff: WireDesk, manager: WireDesk, folder: Path) -> None:
    target = folder / "everything.zip"
    front.desktop.actions["export_all"].trigger()
    dialog = front.work.data.dialog
    assert dialog is not None
    dialog.file.setText(str(target))
    dialog.write.click()
    front.until(lambda: "Saved" in dialog.message._words.text())
    dialog.reject()
    with zipfile.ZipFile(target) as told:
        assert told.testzip() is None
        names = told.namelist()
        whole = b"".join(told.read(name) for name in names).decode(errors="replace")
    assert any("customer" in name for name in names)
    assert not any(".." in name or name.startswith("/") for name in names)
    assert [one for one in SECRETS if one in whole] == []
    assert [code_of(one.http.get("/v1/export")) for one in (staff, manager)] == ["not_allowed"] * 2
    assert code_of(stranger.get("/v1/export", headers={"Authorization": FORGED})) == "reauth"
    assert code_of(stranger.get("/v1/export")) == "reauth"


def _shares_a_calendar(front: Front, stranger: httpx2.Client, staff: WireDesk) -> str:
    front.desktop.actions["calendar_feeds"].trigger()
    dialog = front.work.calendar_feeds.dialog
    assert dialog is not None
    front.until(dialog.make.isEnabled)
    dialog.make.click()
    front.until(lambda: bool(dialog.address.text()) and bool(front.work.calendar_feeds._feeds))
    address = dialog.address.text()
    feed = front.work.calendar_feeds._feeds[0].id
    dialog.leave.click()
    path = address[address.index("/feeds/") :]
    reply = stranger.get(path)
    assert (reply.status_code, reply.text[:15]) == (200, "BEGIN:VCALENDAR")
    assert reply.headers["cache-control"] == "private, no-cache"
    assert stranger.get(path, headers={"If-None-Match": reply.headers["etag"]}).status_code == 304
    guessed = (f"{path[:-5]}x.ics", path.removesuffix(".ics"), "/feeds/../v1/export.ics", f"/feeds/{'a' * 5000}.ics")
    for wrong in guessed:
        assert stranger.get(wrong).status_code in (404, 414), wrong
    assert stranger.post(path).status_code == 405
    assert staff.http.get("/v1/feeds").json()["feeds"] == [], "an owner's is not theirs to see"
    assert code_of(staff.http.post(f"/v1/feeds/{feed}/revoke", json={})) in ("not_found", "not_allowed")
    return path


def _closes(
    front: Front, server: DemoServer, shop: _Shop, stranger: httpx2.Client, staff: WireDesk, manager: WireDesk,
    feed: str, invite: str, folder: Path,
) -> None:  # fmt: skip
    password = shop.account(Role.TENANT_OWNER)["password"]
    wish = {"tenant": shop.tenant.slug, "password": shop.account(Role.TENANT_STAFF)["password"]}
    assert [code_of(one.http.post("/v1/business/close", json=wish)) for one in (staff, manager)] == ["not_allowed"] * 2
    assert code_of(stranger.post("/v1/business/close", json=wish)) == "reauth"
    front.desktop.actions["close_business"].trigger()
    dialog = front.work.closing.dialog
    dialog.typed.setText(shop.tenant.slug)
    dialog.password.setText(password)
    dialog.go.click()
    front.until(lambda: not dialog.isVisible())
    front.until(lambda: status(front).closed)
    front.work.link.desk.edit(customers.create(name="Entered afterwards"))
    front.until(lambda: status(front).waiting == 1)
    front.window.show_page("book")
    front.until(lambda: banner(front).startswith(CLOSED) and "1 edit waits here" in banner(front))
    (waits,) = saved(front, folder / "waits.csv")
    assert "Entered afterwards" in waits["Data"]
    assert "closed" in mail_to(server, shop.email(Role.TENANT_OWNER))
    for one in (staff, manager):
        for path in ("/v1/team", "/v1/feeds", "/v1/account/sessions"):
            assert code_of(one.http.get(path)) in ("tenant_suspended", "not_allowed"), path
        again = one.try_sign_in(password=shop.account(one.role)["password"])
        assert code_of(again) in ("tenant_suspended", "sign_in_failed")
        assert code_of(one.try_register()) == "tenant_suspended"
    assert stranger.get(feed).status_code == 404
    form = {"code": invite, "name": "Too Late", "password": NEW, "again": NEW}
    assert stranger.post("/account/invite", data=form).status_code >= 400
    assert status(front).waiting == 1
