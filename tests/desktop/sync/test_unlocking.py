"""Unlocking by password on this computer: the right one, wrong ones ever more slowly, and what is kept of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.config import Account, Home
from desktop.sync.secret_store import WrongPassword
from desktop.sync.unlocking import NeverHere, TooManyTries, remember, unlock
from shared import clock
from tests.support.file_secrets import FileSecrets

ANA = Account(server="https://book.example", tenant="salon", email="ana@salon.example", replica="one", user_name="Ana")
BEN = Account(server="https://book.example", tenant="salon", email="ben@salon.example", replica="one", user_name="Ben")


class Wall:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 4, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def keyring(tmp_path: Path) -> FileSecrets:
    made = FileSecrets(tmp_path / "secrets.json")
    remember(made, ANA, "hers")
    return made


def missed(home: Home, keyring: FileSecrets, account: Account = ANA) -> float:
    """Seconds to wait before the next try; the try is wrong where there is none to wait."""
    try:
        unlock(home, keyring, account, "wrong")
    except TooManyTries as told:
        return told.seconds
    except WrongPassword:
        return 0.0
    raise AssertionError("a wrong password was taken")


def test_the_password_that_the_server_took_is_known_again(home: Home, keyring: FileSecrets) -> None:
    assert unlock(home, keyring, ANA, "hers") is keyring
    with pytest.raises(WrongPassword):
        unlock(home, keyring, ANA, "his")


def test_what_is_kept_is_not_the_password(tmp_path: Path, keyring: FileSecrets) -> None:
    assert "hers" not in "".join(json.loads((tmp_path / "secrets.json").read_text()).values())


def test_who_was_never_here_is_known_by_nothing(home: Home, keyring: FileSecrets) -> None:
    with pytest.raises(NeverHere):
        unlock(home, keyring, BEN, "hers")


def test_anothers_verifier_under_ones_own_name_is_of_another_password(home: Home, keyring: FileSecrets) -> None:
    remember(keyring, BEN, "his")
    (mine,) = (name for name in keyring._all() if ANA.login.person in name)
    (theirs,) = (name for name in keyring._all() if BEN.login.person in name)
    keyring.set(mine, keyring.get(theirs) or "")
    with pytest.raises(WrongPassword):
        unlock(home, keyring, ANA, "hers")


def test_misses_cost_ever_more_and_at_most_five_minutes(home: Home, keyring: FileSecrets) -> None:
    wall, waits = Wall(), list[float]()
    with clock.using(wall):
        while len(waits) < 15:
            waits.append(missed(home, keyring))
            wall.at += timedelta(seconds=waits[-1])
    assert waits[:5] == [0.0] * 5
    assert [one for one in waits if one] == [2.0, 4.0, 8.0, 16.0, 32.0]
    for _ in range(20):
        home.keep_misses(ANA.login, home.misses(ANA.login)[0] + 1, clock.now())
    assert 290 < missed(home, keyring) <= 300


def test_the_wait_holds_for_the_right_password_too_and_is_over_some_time(home: Home, keyring: FileSecrets) -> None:
    wall = Wall()
    with clock.using(wall):
        for _ in range(5):
            missed(home, keyring)
        with pytest.raises(TooManyTries, match="Try again in 2 seconds"):
            unlock(home, keyring, ANA, "hers")
        wall.at += timedelta(seconds=2)
        unlock(home, keyring, ANA, "hers")
        assert missed(home, keyring) == 0.0


def test_neither_a_restart_nor_a_clock_that_is_set_back_shortens_it(home: Home, keyring: FileSecrets) -> None:
    wall = Wall()
    with clock.using(wall):
        for _ in range(5):
            missed(home, keyring)
        wall.at -= timedelta(days=1)
        assert missed(Home(home.folder), keyring) == 2.0


def test_one_persons_misses_hold_up_nobody_else(home: Home, keyring: FileSecrets) -> None:
    remember(keyring, BEN, "his")
    with clock.using(Wall()):
        for _ in range(6):
            missed(home, keyring)
        assert unlock(home, keyring, BEN, "his") is keyring


def test_a_clock_that_was_ahead_makes_nobody_wait_until_it_comes_there_again(home: Home, keyring: FileSecrets) -> None:
    wall = Wall()
    with clock.using(wall):
        for _ in range(5):
            missed(home, keyring)
        wall.at -= timedelta(days=365)
        assert missed(home, keyring) == 2.0
        wall.at += timedelta(seconds=2)
        assert unlock(home, keyring, ANA, "hers") is keyring


@pytest.mark.parametrize("kept", ["", "many", "5", "five 2026-05-04T08:00:00Z", "5 yesterday", 5, None, ["5"]])
def test_misses_that_cannot_be_read_keep_nobody_out(home: Home, keyring: FileSecrets, kept: object) -> None:
    (home.folder / "misses.json").write_text(json.dumps({ANA.login.person: kept}))
    assert unlock(home, keyring, ANA, "hers") is keyring
