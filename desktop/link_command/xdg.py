"""The scheme on a desktop of freedesktop.org: an entry of this user's, and their default for it.

Desktop Entry Specification 1.5 and MIME Applications 1.0. Both are read by every desktop environment; `xdg-mime` writes
the same file, so it is not needed.
"""

import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from desktop.durable import write_whole
from desktop.link_command.command import SCHEME
from shared.errors import StorageFault

ENTRY: Final = "smoothschedule-links.desktop"
_TYPE: Final = f"x-scheme-handler/{SCHEME}"
_DEFAULTS: Final = "[Default Applications]"
_RESERVED: Final = frozenset(" \t\n\"'\\><~|&;$*?#()`")
_QUOTED: Final = str.maketrans({one: f"\\{one}" for one in '"`$\\'})
_INDEX_IN: Final = 10.0
"""Seconds that the index of the desktop's entries may take."""


def register(command: Sequence[str]) -> tuple[Path, ...]:
    """Let this user's desktop open the links by a command; the files that say so. Raises StorageFault."""
    entry, defaults = _places()
    text = "\n".join(
        (
            "[Desktop Entry]", "Type=Application", "Name=SmoothSchedule", f"Exec={exec_line(command)}",
            "Terminal=false", "NoDisplay=true", f"MimeType={_TYPE};", "",
        )
    )  # fmt: skip
    _write(entry, text)
    _write(defaults, with_default(_read(defaults), ENTRY))
    _index(entry.parent)
    return entry, defaults


def unregister() -> bool:
    """Take it back; whether there was anything. Who opened them before opens them again. Raises StorageFault."""
    entry, defaults = _places()
    before = _read(defaults)
    after = without_default(before, ENTRY)
    was_there = entry.exists() or before != after
    if before != after:
        _write(defaults, after) if after.strip() not in ("", _DEFAULTS) else _remove(defaults)
    _remove(entry)
    _index(entry.parent)
    return was_there


def exec_line(command: Sequence[str]) -> str:
    """The value of `Exec`: the words quoted as the specification says, and the link last."""
    return " ".join((*(_quoted(word) for word in command), "%u"))


def _quoted(word: str) -> str:
    said = word.replace("%", "%%")
    if said and not _RESERVED & set(said):
        return said
    inside = f'"{said.translate(_QUOTED)}"'
    # The value is a string before it is a command line: its own escapes are read first.
    return inside.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def with_default(text: str, entry: str) -> str:
    """A `mimeapps.list` in which an entry opens the links; whoever did before comes after it."""
    lines, others = _split(text)
    if _DEFAULTS not in (line.strip() for line in lines):
        lines += [*([""] if lines and lines[-1].strip() else []), _DEFAULTS]
    return _joined(lines, (entry, *(one for one in others if one != entry)))


def without_default(text: str, entry: str) -> str:
    """The same without the entry; what is said about other types, and in comments, stays as it is."""
    lines, others = _split(text)
    return _joined(lines, [one for one in others if one != entry]) if entry in others else text


def _split(text: str) -> tuple[list[str], list[str]]:
    """The lines but those of the default for our links, and the entries that these name."""
    kept: list[str] = []
    entries: list[str] = []
    section = ""
    for line in text.splitlines():
        said = line.strip()
        if said.startswith("["):
            section = said
        name, equals, value = said.partition("=")
        if section == _DEFAULTS and equals and name.strip() == _TYPE:
            entries += [one.strip() for one in value.split(";") if one.strip()]
        else:
            kept.append(line)
    return kept, entries


def _joined(lines: Iterable[str], entries: Sequence[str]) -> str:
    """The lines with the default for our links at the top of the section of defaults."""
    said = list(lines)
    if entries:
        place = next(number for number, line in enumerate(said) if line.strip() == _DEFAULTS)
        said.insert(place + 1, f"{_TYPE}={';'.join(entries)};")
    return "".join(f"{line}\n" for line in said)


def _places() -> tuple[Path, Path]:
    data, config = _folder("XDG_DATA_HOME", ".local/share"), _folder("XDG_CONFIG_HOME", ".config")
    return data / "applications" / ENTRY, config / "mimeapps.list"


def _folder(name: str, otherwise: str) -> Path:
    told = Path(os.environ.get(name, ""))
    # The specification of base folders has relative ones ignored.
    return told if told.is_absolute() else Path.home() / otherwise


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise StorageFault(f"The file {path} cannot be read; nothing was changed in it.") from error


def _write(path: Path, text: str) -> None:
    try:
        # Where it is a link into a folder of settings, that is what is written.
        whole = path.resolve()
        whole.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(whole, text)
    except OSError as error:
        raise StorageFault(f"The file {path} cannot be written.") from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFault(f"The file {path} cannot be removed.") from error


def _index(folder: Path) -> None:
    # Some desktops look into this index alone; without the tool they make it themselves, or need none.
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["update-desktop-database", str(folder)], check=False, capture_output=True, timeout=_INDEX_IN
        )  # fmt: skip
