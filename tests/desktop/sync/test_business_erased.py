"""A business is erased at the server: none of its desks shows it any more, and in the end nothing of it is left."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.desk import Desk
from desktop.sync import engine as engine_module
from desktop.sync.shut_out import finish_left
from shared.errors import StorageFault
from syncserver.services.data.erasing import erase_tenant
from syncserver.services.server import open_server
from syncserver.settings import Settings
from syncserver.store.events import OPERATOR
from tests.desktop.sync.computer import MANAGER, Computer
from tests.desktop.sync.test_shut_out import over, wait_with
from tests.support.moving_clock import moved
from tests.support.waiting import until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "server", port=0)


@pytest.fixture
def computer(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> Computer:
    monkeypatch.setattr(engine_module, "_LONGEST_WAIT", 0.3)
    return computer


def erase(computer: Computer, settings: Settings, desk: Desk) -> None:
    server, tenant = open_server(computer.stage.engine, settings), computer.shop.tenant

    def is_erased() -> bool:
        # The server is not stopped here, as the README has it: what it reads just then may be in the way.
        with suppress(StorageFault):
            erase_tenant(server, tenant, by=OPERATOR)
            return True
        return False

    until(is_erased, within=30)
    # As once it has grown too old.
    desk.session.forget_token()


def test_where_nothing_waits_the_book_goes_at_once(computer: Computer, settings: Settings) -> None:
    desk = computer.sign_in(MANAGER)
    erase(computer, settings, desk)
    desk.engine.sync_now()
    over(desk)
    (said,) = desk.clear()
    assert "Nothing was waiting in it." in said


def test_what_waits_is_kept_hidden_for_a_week_and_for_one_more_from_the_start_that_found_it_late(
    computer: Computer, settings: Settings
) -> None:
    computer.sign_in(MANAGER)
    desk = wait_with(computer, "Ida")
    erase(computer, settings, desk)
    computer.go_online()
    until(lambda: bool(computer.home.shut_out()), within=20)
    until(lambda: not desk.status.may_hold, within=20)
    assert "erased" in desk.status.message
    assert desk.status.waiting == 1
    book = computer.home.replica(computer.account(MANAGER).replica)
    desk.close()
    assert not finish_left(computer.home, computer.secrets)
    assert book.exists()
    with moved(timedelta(days=7, minutes=1)):
        assert not finish_left(computer.home, computer.secrets), "it was off, and has tried nothing"
        assert book.exists()
    with moved(timedelta(days=14, minutes=2)):
        (said,) = finish_left(computer.home, computer.secrets)
    assert "could not be handed in for 7 days" in said
    assert computer.home.account() is None
    assert not book.exists()
