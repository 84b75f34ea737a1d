"""Where a setting's value comes from, and what a person reads about it."""

from datetime import timedelta
from pathlib import Path

import pytest

from syncserver.settings import BadSetting, Settings, listed, load

EVERYWHERE = "0.0.0.0"  # noqa: S104 nothing is bound


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a settings file, and no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SMOOTHSCHEDULE_{name.upper()}", raising=False)
    monkeypatch.delenv("SMOOTHSCHEDULE_FILE", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


def shown(name: str) -> tuple[str, str]:
    one = next(one for one in listed() if one.name == name)
    return one.value, one.source


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (load().port, shown("port")) == (8080, ("8080", "default"))
    (nowhere / "smoothschedule.toml").write_text("port = 1")
    assert (load().port, shown("port")) == (1, ("1", "file"))
    monkeypatch.setenv("SMOOTHSCHEDULE_PORT", "2")
    assert (load().port, shown("port")) == (2, ("2", "environment"))
    assert load(port=3).port == 3


@pytest.mark.parametrize("name", ["DATABASE_URL", "SMOOTHSCHEDULE_DATABASE_URL"])
def test_the_database_is_named_by_either_variable_and_never_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "postgresql://me:secret@db/book")
    settings = load()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://me:secret@db/book"
    assert shown("database_url") == ("********", "environment")
    assert "secret" not in repr(settings)


def test_another_file_can_be_named(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / "other.toml").write_text('session_idle = "P3D"')
    monkeypatch.setenv("SMOOTHSCHEDULE_FILE", "other.toml")
    assert load().session_idle == timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prt = 1", "prt: Extra inputs are not permitted"),
        ("port = 70000", "port: Input should be less than or equal to 65535"),
        ("port = ", "settings file cannot be read"),
        ('offline_lease = "P31D"', "offline_lease: "),
        ('offline_lease = "PT59M"', "offline_lease: "),
    ],
)
def test_a_wrong_setting_is_named(nowhere: Path, text: str, said: str) -> None:
    (nowhere / "smoothschedule.toml").write_text(text)
    with pytest.raises(BadSetting, match=said):
        load()


def test_a_wrong_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOOTHSCHEDULE_PORT", "my-password")
    with pytest.raises(BadSetting) as wrong:
        load()
    assert "my-password" not in str(wrong.value)


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOOTHSCHEDULE_FILE", "nowhere.toml")
    with pytest.raises(BadSetting, match=r"no settings file nowhere\.toml"):
        load()


def test_every_setting_says_what_it_does() -> None:
    assert [one.name for one in listed() if not one.description.endswith(".")] == []
    assert {one.name for one in listed()} == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("given", "address", "leads_here"),
    [
        ({"host": "127.0.0.1", "port": 0}, "http://127.0.0.1:7070", True),
        ({"host": "::1"}, "http://[::1]:7070", True),
        ({"host": EVERYWHERE}, f"http://{EVERYWHERE}:7070", False),
        ({"host": "::"}, "http://[::]:7070", False),
        ({"host": EVERYWHERE, "public_url": "https://book.example/"}, "https://book.example", True),
    ],
)
def test_links_begin_with_the_address_that_people_reach(
    given: dict[str, str | int], address: str, *, leads_here: bool
) -> None:
    settings = load(**given).at_port(7070)
    assert (settings.address, settings.leads_here) == (address, leads_here)
