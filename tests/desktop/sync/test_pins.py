"""A PIN: what is refused, what is counted and for whom, and that it opens nothing by itself."""

import json
from pathlib import Path

import pytest

from desktop.config import Login
from desktop.sync.pins import TRIES, Pin, WeakPin, WrongPin, require_strong
from desktop.sync.secret_store import WrappedSecrets
from tests.support.file_secrets import FileSecrets

ANA = Login(server="http://127.0.0.1:1", tenant="salon", email="ana@salon.example")
OLGA = Login(server="http://127.0.0.1:1", tenant="salon", email="olga@salon.example")
NORD = Login(server="http://127.0.0.1:1", tenant="nord", email="ana@salon.example")


@pytest.fixture
def secrets(tmp_path: Path) -> FileSecrets:
    made = FileSecrets(tmp_path / "secrets.json")
    Pin(made, ANA).set("8205")
    return made


def miss(secrets: FileSecrets, times: int = 1, login: Login = ANA) -> str:
    said = ""
    for _ in range(times):
        with pytest.raises(WrongPin) as wrong:
            Pin(secrets, login).check("9713")
        said = str(wrong.value)
    return said


@pytest.mark.parametrize("pin", ["8205", "19283746", "0071", "99120"])
def test_digits_that_nobody_guesses_first_are_taken(pin: str) -> None:
    require_strong(pin)


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("0000", "same digit"), ("77777777", "same digit"), ("1234", "follow one another"),
        ("8901", "follow one another"), ("98765", "follow one another"), ("1212", "repeat"), ("471471", "repeat"),
        ("123", "4 to 8 digits"), ("123456789", "4 to 8 digits"), ("12a4", "4 to 8 digits"), ("", "4 to 8 digits"),
        ("١٢٥٤", "4 to 8 digits"),
    ],
)  # fmt: skip
def test_simple_ones_are_refused_with_a_sentence(pin: str, why: str, secrets: FileSecrets) -> None:
    with pytest.raises(WeakPin, match=why):
        Pin(secrets, ANA).set(pin)
    Pin(secrets, ANA).check("8205")


def test_the_right_pin_is_told_from_others(secrets: FileSecrets) -> None:
    Pin(secrets, ANA).check("8205")
    assert miss(secrets) == "The PIN is not right. 4 tries are left, then your password is asked."


def test_after_five_misses_the_right_one_opens_nothing_until_the_password_was_given(secrets: FileSecrets) -> None:
    assert miss(secrets, TRIES) == "The PIN was wrong 5 times. Enter your password."
    assert not Pin(secrets, ANA).is_usable
    with pytest.raises(WrongPin):
        Pin(secrets, ANA).check("8205")
    Pin(secrets, ANA).forget_misses()
    Pin(secrets, ANA).check("8205")


def test_misses_are_counted_over_restarts_and_forgotten_when_it_is_right(secrets: FileSecrets) -> None:
    miss(secrets, TRIES - 1)
    Pin(secrets, ANA).check("8205")
    miss(secrets, TRIES - 1)
    assert Pin(secrets, ANA).is_usable


def test_a_try_that_was_broken_off_counts(secrets: FileSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("desktop.sync.pins._derived", dies)
        for _ in range(TRIES):
            with pytest.raises(KeyboardInterrupt):
                Pin(secrets, ANA).check("8205")
    assert not Pin(secrets, ANA).is_usable


def test_each_person_at_each_business_has_their_own(secrets: FileSecrets) -> None:
    assert not Pin(secrets, OLGA).is_set
    assert not Pin(secrets, NORD).is_set
    Pin(secrets, OLGA).set("3141")
    miss(secrets, TRIES, OLGA)
    Pin(secrets, ANA).check("8205")


def test_it_can_be_removed(secrets: FileSecrets) -> None:
    Pin(secrets, ANA).remove()
    assert not Pin(secrets, ANA).is_set
    with pytest.raises(WrongPin):
        Pin(secrets, ANA).check("8205")


@pytest.mark.parametrize("told", ["", "{", "[]", "null", '{"salt": "*", "told": "", "misses": 0}', '{"misses": 0}'])
def test_what_cannot_be_read_opens_nothing(told: str, secrets: FileSecrets) -> None:
    (name,) = json.loads((secrets._path).read_text(encoding="utf-8"))
    secrets.set(name, told)
    assert not Pin(secrets, ANA).is_usable
    with pytest.raises(WrongPin):
        Pin(secrets, ANA).check("8205")


def test_it_opens_no_file_of_keys(tmp_path: Path) -> None:
    kept = WrappedSecrets(tmp_path / "keys.json")
    kept.open("correct horse battery")
    Pin(kept, ANA).set("8205")
    assert b"8205" not in (tmp_path / "keys.json").read_bytes()
    with pytest.raises(Exception, match="does not open"):
        WrappedSecrets(tmp_path / "keys.json").open("8205")
