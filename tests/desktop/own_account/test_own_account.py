"""A person's own password and second factor at their desk, over the real server."""

import re
from contextlib import closing
from pathlib import Path

import pyotp
import pytest

from desktop.config import Home, Login
from desktop.desk import Desk
from desktop.presenters.forgotten import ASKED
from desktop.presenters.own_account import CHANGED, WITHOUT
from desktop.sync.key_files import KeyFiles
from desktop.sync.secret_store import WrongPassword
from desktop.sync.unlocking import unlock
from shared import clock
from shared.model.member import Role
from syncserver.effects.mail import mail_folder
from syncserver.services.identity.resets import answer_wishes
from tests.desktop.masquerade.conftest import Front, Stage
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until

NEW = "seven quiet rivers"


def change(front: Front, old: str, new: str, again: str | None = None) -> None:
    dialog = front.desktop.own_account.password
    dialog.old.setText(old)
    dialog.new.setText(new)
    dialog.again.setText(new if again is None else again)
    dialog.change.click()


def test_another_password_is_set_and_known_here_at_once(front: Front, shop: Shop) -> None:
    front.desktop.actions["change_password"].trigger()
    dialog = front.desktop.own_account.password
    assert dialog.isVisible()
    change(front, PASSWORD, NEW)
    front.until(lambda: front.window.toast.text() == CHANGED)
    assert not dialog.isVisible()
    assert (dialog.old.text(), dialog.new.text(), dialog.again.text()) == ("", "", "")
    front.window.lock_pages()
    lock = front.window.lock_page
    lock.unlockRequested.emit(PASSWORD)
    front.until(lambda: "not right" in lock._message.text())
    lock.unlockRequested.emit(NEW)
    front.until(lambda: front.window.is_working)


def test_what_is_refused_is_said_beside_its_field(front: Front) -> None:
    front.desktop.actions["change_password"].trigger()
    dialog = front.desktop.own_account.password
    for old, new, again, said, wrong in (
        ("", NEW, NEW, "of now first", dialog.old), (PASSWORD, "", "", "Enter a new", dialog.new),
        (PASSWORD, NEW, "another", "not the same", dialog.again), ("wrong", NEW, NEW, "wrong", dialog.old),
        (PASSWORD, "short", "short", "12", dialog.new),
    ):  # fmt: skip
        change(front, old, new, again)
        front.until(lambda said=said: said in dialog._message.text())  # type: ignore[misc]
        assert wrong.property("invalid"), said
        assert dialog.change.isEnabled()
    dialog.reject()


def test_without_a_keyring_the_keys_open_by_the_new_one(stage: Stage, shop: Shop, tmp_path: Path) -> None:
    home, email = Home(tmp_path), shop.email(Role.TENANT_STAFF)
    files = KeyFiles(home)
    form = {"tenant": shop.tenant.slug, "email": email, "password": PASSWORD}
    kept = files.open(Login(server=stage.url, tenant=shop.tenant.slug, email=email), PASSWORD)
    with closing(Desk.sign_in(home, kept, server=stage.url, **form)) as desk:
        desk.start()
        until(lambda: desk.do(lambda replica: replica.is_usable), within=20)
        desk.change_password(PASSWORD, NEW)
        account = desk.account
    with pytest.raises(WrongPassword):
        unlock(home, files, account, PASSWORD)
    assert unlock(home, files, account, NEW).get(f"key:{account.replica}")


def test_a_second_factor_is_set_up_and_given_up(front: Front) -> None:
    front.desktop.actions["second_factor"].trigger()
    dialog = front.desktop.own_account.factor
    dialog.password.setText("wrong")
    dialog.go.click()
    front.until(lambda: "wrong" in dialog._message.text())
    dialog.password.setText(PASSWORD)
    dialog.go.click()
    front.until(lambda: bool(dialog.secret.text()))
    assert not dialog._picture.pixmap().isNull()
    totp = pyotp.TOTP(dialog.secret.text().replace(" ", ""))
    dialog.code.setText("000000" if totp.now() != "000000" else "111111")
    dialog.go.click()
    front.until(lambda: "wrong" in dialog._message.text())
    dialog.code.setText(totp.at(clock.now()))
    dialog.go.click()
    front.until(lambda: bool(dialog.codes.text()))
    codes = dialog.codes.text().split()
    assert len(codes) == 10
    assert dialog.secret.text() == ""
    dialog.reject()
    assert dialog.codes.text() == "", "whoever comes next reads nothing"
    front.desktop.actions["second_factor"].trigger()
    dialog.password.setText(PASSWORD)
    dialog.go.click()
    front.until(lambda: dialog.go.text() == "Go on without")
    dialog.code.setText(codes[0])
    dialog.go.click()
    front.until(lambda: front.window.toast.text() == WITHOUT)
    assert not dialog.isVisible()


def test_whoever_has_the_desk_by_then_is_told_nothing_of_anothers_account(front: Front) -> None:
    front.desktop.actions["change_password"].trigger()
    dialog = front.desktop.own_account.password
    desk = front.work.link.desk
    change(front, "wrong", NEW)
    front.desktop._session._let_go()
    front.desktop._session.jobs.submit(lambda: None, lambda _: dialog.setObjectName("all answers are in"), print)
    front.until(lambda: dialog.objectName() == "all answers are in")
    assert dialog._message.text() == ""
    dialog.reject()
    desk.close()


def test_whoever_forgot_their_password_asks_for_a_link_where_they_sign_in(
    stage: Stage, front: Front, shop: Shop
) -> None:
    front.desktop._session._let_go()
    front.desktop._session._show_form(None)
    view, email = front.window.sign_in, shop.email(Role.TENANT_STAFF)
    view.show_values(stage.url, "", email)
    view.forgotten.click()
    assert "are needed" in view._message.text()
    view.show_values(stage.url, shop.tenant.slug, email)
    view.forgotten.click()
    front.until(lambda: view._message.text() == ASKED)
    assert view._submit.isEnabled()
    answer_wishes(stage.server)
    folder = mail_folder(stage.settings)
    until(lambda: any(email in one.read_text() for one in folder.glob("*.eml")), within=20)
    (mail,) = (one.read_text() for one in folder.glob("*.eml") if email in one.read_text())
    assert re.search(r"/account/reset#\S+", mail)


def test_where_no_server_is_reached_that_is_said(front: Front) -> None:
    front.desktop._session._let_go()
    front.desktop._session._show_form(None)
    view = front.window.sign_in
    view.show_values("http://127.0.0.1:1", "acme", "ann@acme.example")
    view.forgotten.click()
    front.until(lambda: "cannot be reached" in view._message.text())
    assert view.server.property("invalid")
