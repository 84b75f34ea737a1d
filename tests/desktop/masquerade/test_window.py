"""The owner's desk over the real server: the team, a masquerade from it and by a code, and what is left of it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import build_app
from desktop.config import Home
from desktop.desk import Desk
from desktop.masquerading import MasqueradeDesk
from desktop.presenters.audit_words import DONE
from desktop.presenters.masquerade import RUNS, Acting
from desktop.presenters.masquerading import EARLIER
from desktop.sync.masquerade import Begun
from desktop.views.team import TeamLine
from desktop.widgets import theme
from shared import clock
from shared.errors import NotSignedIn
from shared.model.member import Role
from syncserver.services.identity import masquerades, second_factors
from syncserver.store.events import Kind
from syncserver.store.users import find_user
from tests.desktop.masquerade.conftest import Stage
from tests.desktop.masquerade.test_desk import booking, logged
from tests.desktop.runtime.test_door import second_start
from tests.support.faults import Fault
from tests.support.file_secrets import FileSecrets
from tests.support.masquerade import REASON, platform_person
from tests.support.moving_clock import moved
from tests.support.shop import PASSWORD, Shop
from tests.support.waiting import until
from tests.support.windows import discard


def files(folder: Path) -> dict[str, int]:
    return {str(one.relative_to(folder)): one.stat().st_ino for one in folder.rglob("*")}


class Front:
    """Somebody at their desk, the owner as a rule."""

    def __init__(
        self, stage: Stage, shop: Shop, folder: Path, qtbot: QtBot, role: Role = Role.TENANT_OWNER, *,
        password: str = PASSWORD,
    ) -> None:  # fmt: skip
        self.folder, self._qtbot = folder / "home", qtbot
        home, secrets = Home(self.folder), FileSecrets(folder / "secrets.json")
        form = {"tenant": shop.tenant.slug, "email": shop.email(role), "password": password}
        with closing(Desk.sign_in(home, secrets, server=stage.url, **form)) as first:
            first.start()
            until(lambda: first.do(lambda replica: replica.is_usable), within=20)
        _, self.desktop = build_app(home, secrets)
        self.window = self.desktop.window
        self.desktop.start()
        self.until(lambda: self.window.is_working)

    def leave(self) -> None:
        """Let go of everything."""
        self.desktop.stop()
        self.window.close()
        discard(self.window)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=20_000)

    def team(self) -> list[TeamLine]:
        self.desktop.actions["go_team"].trigger()
        self.until(lambda: bool(self.lines()))
        return self.lines()

    def lines(self) -> list[TeamLine]:
        return self.window.team.people.findChildren(TeamLine)

    @property
    def acting(self) -> Acting:
        found = self.desktop.masquerade.acting
        assert found is not None
        return found

    def masquerade(self, shop: Shop) -> Acting:
        self.team()
        self.window.team.wanted.emit("masquerade", shop.users[Role.TENANT_STAFF])
        dialog = self.desktop.masquerade.reason
        assert dialog.isVisible()
        dialog.reason.setText(REASON)
        dialog.begin.click()
        return self.begun()

    def begun(self) -> Acting:
        self.until(lambda: self.desktop.masquerade.acting is not None)
        self.until(lambda: self.acting.work is not None and self.acting.work.book.shown is not None)
        return self.acting


@pytest.fixture
def front(stage: Stage, shop: Shop, tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Front]:
    theme.apply(qapp, theme.Scheme.LIGHT)
    made = Front(stage, shop, tmp_path, qtbot)
    yield made
    made.leave()


def test_only_staff_have_the_button_and_what_is_refused_says_why(front: Front, shop: Shop) -> None:
    front.team()
    buttons = type(front.window.team.send)
    named = [one for one in front.lines() if any("Masq" in b.accessibleName() for b in one.findChildren(buttons))]
    assert [one.accessibleName().split(",")[0].endswith(Role.TENANT_STAFF) for one in named] == [True]
    greyed = [
        child for one in front.lines() for child in one.findChildren(buttons)
        if not child.isEnabled()
    ]  # fmt: skip
    assert greyed
    assert all(one.accessibleDescription() for one in greyed)


def test_an_owner_books_as_their_staff_and_nothing_is_left_on_disk(stage: Stage, front: Front, shop: Shop) -> None:
    before = files(front.folder)
    acting = front.masquerade(shop)
    names = acting.window._names.text()
    assert names == f"{shop.canary} {Role.TENANT_OWNER} as {shop.canary} {Role.TENANT_STAFF}"
    assert acting.window._left.text().startswith(("29:", "30:"))
    acting._desk.edit(booking(shop))
    front.until(lambda: bool(acting.work and acting.work.book.setup))
    assert logged(stage, shop)[0][1:3] == (shop.users[Role.TENANT_OWNER], shop.users[Role.TENANT_STAFF])
    front.window.team.wanted.emit("masquerade", shop.users[Role.TENANT_STAFF])
    assert front.window.toast.text() == RUNS
    acting.window.stop.click()
    front.until(lambda: acting.window.is_over)
    assert not hasattr(acting.window, "book")
    assert acting.work is None
    acting.window.close()
    front.until(lambda: front.desktop.masquerade.acting is None)
    assert files(front.folder) == before


def test_one_whose_window_was_killed_is_ended_to_begin_another(
    front: Front, shop: Shop, begin: Callable[[], Begun]
) -> None:
    """What the server takes for running, and no window shows."""
    lost = MasqueradeDesk(begin(), lambda why: None)
    dialog = front.desktop.masquerade.reason
    front.team()
    front.window.team.wanted.emit("masquerade", shop.users[Role.TENANT_STAFF])
    dialog.reason.setText(REASON)
    dialog.begin.click()
    front.until(lambda: dialog._message.text() == EARLIER)
    assert front.desktop.masquerade.acting is None
    assert dialog.begin.text() == "End that one and begin"
    dialog.begin.click()
    acting = front.begun()
    assert acting.names.endswith(Role.TENANT_STAFF)
    with closing(lost), pytest.raises(NotSignedIn):
        lost._transport.masquerade_stop(lost._token.token())
    acting.window.stop.click()
    front.until(lambda: acting.window.is_over)
    acting.window.close()
    # The next one is asked about as ever.
    front.until(lambda: front.desktop.masquerade.acting is None)
    front.window.team.wanted.emit("masquerade", shop.users[Role.TENANT_STAFF])
    assert dialog.begin.text() == "Masquerade"


def test_a_link_that_a_second_start_hands_over_opens_one(stage: Stage, front: Front, shop: Shop) -> None:
    support = platform_person(stage.engine)
    begun = masquerades.start(stage.server, support, shop.users[Role.TENANT_STAFF], reason=REASON)
    offer = masquerades.offer_code(stage.server, begun)
    link = f"smoothschedule://masquerade?{urlencode({'server': stage.url, 'code': offer.code})}"
    second = second_start(front.folder, link)
    front.until(lambda: second.poll() is not None)
    code = front.desktop.masquerade.code
    front.until(lambda: not code._second.isHidden())
    code.digits.setText(offer.digits)
    code.go.click()
    assert front.begun().names == f"{support.name} as {shop.canary} {Role.TENANT_STAFF}"


def test_the_lock_hides_it_and_its_time_ends_it(front: Front, shop: Shop) -> None:
    acting = front.masquerade(shop)
    acting.window.actions_by_name["lock"].trigger()
    assert front.window.is_locked
    assert acting.window.isHidden()
    front.desktop._session.go_on()
    assert acting.window.isVisible()
    with moved(timedelta(minutes=25, seconds=1)):
        acting._tick()
        assert acting.window.book.toast.text() == "5 minutes are left."
    with moved(timedelta(minutes=31)):
        acting._tick()
        front.until(lambda: acting.window.is_over)


def test_support_opens_one_by_a_pasted_link(stage: Stage, front: Front, shop: Shop) -> None:
    support = platform_person(stage.engine)
    begun = masquerades.start(stage.server, support, shop.users[Role.TENANT_STAFF], reason=REASON)
    offer = masquerades.offer_code(stage.server, begun)
    code = front.desktop.masquerade.code
    front.desktop.masquerade.open_link(f"smoothschedule://masquerade?server=https://evil.example&code={offer.code}")
    assert "not opened" in code._message.text()
    code.reject()
    front.desktop.masquerade.open_link(f"smoothschedule://masquerade?server={stage.url}&code={offer.code}")
    front.until(lambda: not code._second.isHidden())
    code.digits.setText(f"{(int(offer.digits) + 1) % 100:02}")
    code.go.click()
    front.until(lambda: "code or the digits were wrong" in code._message.text())
    assert front.desktop.masquerade.acting is None
    offer = masquerades.offer_code(stage.server, begun)
    code.code.setText(offer.code)
    code.go.click()
    front.until(lambda: not code._second.isHidden())
    code.digits.setText(offer.digits)
    code.go.click()
    assert front.begun().names == f"{support.name} as {shop.canary} {Role.TENANT_STAFF}"


def test_the_team_says_what_it_last_knew_where_the_server_is_away(stage: Stage, front: Front, shop: Shop) -> None:
    front.team()
    stage.faults.spoil("/team", Fault.LOST_REQUEST)
    front.window.team.refresh.click()
    front.until(lambda: front.window.team.banner.isVisible())
    assert front.lines()
    assert "cannot be reached" in front.window.team.banner.text()


def test_an_invite_goes_out_and_is_taken_back(front: Front, shop: Shop) -> None:
    front.team()
    view = front.window.team
    view.email.setText("nobody")
    view.send.click()
    assert view._invite_message.text() == "This is no e-mail address."
    view.email.setText("zoe@salon.example")
    view.send.click()
    front.until(lambda: bool(view.invites.findChildren(TeamLine)) and view.send.isEnabled())
    view.invites.findChildren(TeamLine)[0].findChildren(type(view.send))[0].click()
    view.question.yes.click()
    front.until(lambda: not view.invites.isVisible())


def test_a_second_factor_that_was_lost_is_taken_away(stage: Stage, front: Front, shop: Shop) -> None:
    staff = find_user(stage.engine, shop.users[Role.TENANT_STAFF])
    assert staff
    secret = second_factors.begin(stage.server, staff).secret
    second_factors.confirm(stage.server, staff, pyotp.TOTP(secret).at(clock.now()))
    front.team()
    view = front.window.team
    buttons = [one for line in front.lines() for one in line.findChildren(type(view.send))]
    (button,) = (one for one in buttons if "Reset second factor" in one.text())
    button.click()
    view.question.no.click()
    assert second_factors.is_on(stage.server, staff.id)
    button.click()
    view.question.yes.click()
    front.until(lambda: not second_factors.is_on(stage.server, staff.id))


def test_the_trail_is_read_in_plain_words(front: Front, shop: Shop) -> None:
    front.desktop.actions["go_audit"].trigger()
    table = front.window.audit.table
    front.until(lambda: table.model() is not None and table.model().rowCount() > 0)
    assert str(table.model().index(table.model().rowCount() - 1, 2).data()).startswith("Signed in")


def test_every_kind_of_event_has_words() -> None:
    assert [kind for kind in Kind if kind.value not in DONE] == []
