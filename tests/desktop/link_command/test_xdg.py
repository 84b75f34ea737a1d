"""The scheme on a freedesktop.org desktop: what is written, read back by the system's own tools, and taken back."""

import configparser
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.link_command import xdg
from desktop.link_command.command import command
from desktop.link_command.xdg import ENTRY, exec_line, with_default, without_default
from shared.command import main
from shared.errors import StorageFault

TYPE = "x-scheme-handler/smoothschedule"
LINK = "smoothschedule://masquerade?server=http://127.0.0.1:1&code=abc"

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="another system's")


@pytest.fixture
def entry(private_folders: Path) -> Path:
    return private_folders / "data" / "applications" / ENTRY


@pytest.fixture
def defaults(private_folders: Path) -> Path:
    return private_folders / "config" / "mimeapps.list"


def links(*words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["links", *words])
    assert ended.value.code == 0


def exec_of(entry: Path) -> list[str]:
    """The words of `Exec` as a desktop reads them: the string's escapes, then the quotes."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(entry.read_text(encoding="utf-8"))
    return words_of(parser["Desktop Entry"]["Exec"])


def words_of(line: str) -> list[str]:
    told = ""
    escapes = iter(line)
    for letter in escapes:
        told += {"\\": "\\", "n": "\n", "t": "\t"}[next(escapes)] if letter == "\\" else letter
    lexer = shlex.shlex(told, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escapedquotes = True, "", '"', '"'
    # Inside of double quotes a backslash takes the meaning of `, $, " and itself away.
    lexer.escape = "\\"
    return [word.replace("\\$", "$").replace("\\`", "`").replace("%%", "%") for word in lexer]


def test_it_is_registered_for_this_user_and_taken_back(
    entry: Path, defaults: Path, private_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links("register")
    said = capsys.readouterr().out
    assert str(entry) in said
    assert "links unregister" in said
    assert exec_of(entry) == [sys.executable, "-P", "-m", "desktop", "open", "--", "%u"]
    assert f"MimeType={TYPE};" in entry.read_text()
    assert defaults.read_text() == f"[Default Applications]\n{TYPE}={ENTRY};\n"
    assert stat.S_IMODE(entry.stat().st_mode) & 0o022 == 0
    links("register")
    assert defaults.read_text().count(ENTRY) == 1
    links("unregister")
    left = {one.name for one in private_folders.rglob("*") if one.is_file()}
    # The index is the tool's, and says nothing of us any more.
    assert left <= {"mimeinfo.cache"}
    capsys.readouterr()
    links("unregister")
    assert capsys.readouterr().out == "There was nothing to take back.\n"


@pytest.mark.skipif(shutil.which("xdg-mime") is None, reason="no xdg-utils here")
def test_the_systems_own_tool_finds_it(entry: Path) -> None:
    links("register")
    asked = ["xdg-mime", "query", "default", TYPE]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == ENTRY
    links("unregister")
    assert subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == ""


def test_it_does_without_the_systems_tools(entry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    links("register")
    assert entry.exists()
    links("unregister")
    assert not entry.exists()


def test_a_desk_in_another_folder_is_opened_there(entry: Path, tmp_path: Path) -> None:
    home = tmp_path / 'a "home" of $HOME, 100 % `odd` \\ one'
    with pytest.raises(SystemExit):
        main(["--home", str(home), "links", "register"])
    assert exec_of(entry)[4:6] == ["--home", str(home)]


def test_the_command_that_is_registered_is_one(tmp_path: Path) -> None:
    words = (*command(tmp_path), LINK, "--home")
    told = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    # One word too many: it has read the link, and nothing that follows it as an option.
    assert told.returncode == 2
    assert "extra argument" in told.stderr


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=4))
def test_every_word_comes_back_as_it_was(words: list[str]) -> None:
    assert words_of(exec_line(words)) == [*words, "%u"]


OTHERS = f"# mine\n[Added Associations]\n{TYPE}=b.desktop;\n\n[Default Applications]\ntext/html=a.desktop\n"


@pytest.mark.parametrize("before", ["", OTHERS, "[Default Applications]", "text/html=loose.desktop", "\n\n[X]\n"])
def test_what_others_said_stays(before: str) -> None:
    after = with_default(before, ENTRY)
    assert f"{TYPE}={ENTRY};" in after.splitlines()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    back = without_default(after, ENTRY)
    assert ENTRY not in back
    assert [line for line in before.splitlines() if line not in back.splitlines()] == []


def test_whoever_opened_them_before_does_again_after_it() -> None:
    before = f"[Default Applications]\n{TYPE}=old.desktop;older.desktop\n"
    after = with_default(before, ENTRY)
    assert f"{TYPE}={ENTRY};old.desktop;older.desktop;" in after
    assert without_default(after, ENTRY) == f"[Default Applications]\n{TYPE}=old.desktop;older.desktop;\n"


def test_a_list_that_is_kept_elsewhere_stays_there(defaults: Path, tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles.list"
    kept.write_text(OTHERS)
    defaults.parent.mkdir(parents=True)
    defaults.symlink_to(kept)
    links("register")
    assert defaults.is_symlink()
    assert ENTRY in kept.read_text()


def test_a_list_that_cannot_be_read_is_left_alone(defaults: Path) -> None:
    defaults.parent.mkdir(parents=True)
    defaults.write_bytes(b"\xff\xfe")
    with pytest.raises(StorageFault):
        xdg.register(("x",))
    assert defaults.read_bytes() == b"\xff\xfe"


@pytest.mark.parametrize("words", ["register", "unregister"])
def test_a_mac_is_told_that_it_needs_a_bundle(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SystemExit) as ended:
        main(["links", words])
    assert ended.value.code == 1
    assert "app bundle" in capsys.readouterr().err
