"""The text of a file whose encoding nobody told us."""

import codecs
import re
from typing import Final

from desktop.files.verdict import Note, UnreadableFile, Why, note

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_ARCHIVES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_SAMPLE: Final = 65_536
_MOST_CONTROLS: Final = 0.02


def decode(data: bytes, *, wanted: str, megabytes: int) -> tuple[str, tuple[Note, ...]]:
    """The text of `data`, and a note where its encoding had to be guessed.

    UTF-8 and UTF-16 are known by their byte order mark, UTF-8 also by being valid; anything else is read as
    Windows-1252. Raises UnreadableFile for what is empty, larger than `megabytes`, or no text.
    """
    if not data.strip():
        raise UnreadableFile(Why.EMPTY_FILE)
    if len(data) > megabytes * 1_000_000:
        raise UnreadableFile(Why.TOO_LARGE, limit=megabytes)
    if data.startswith(_ARCHIVES):
        raise UnreadableFile(Why.SPREADSHEET)
    text, notes = _decoded(data)
    if not text.strip():
        raise UnreadableFile(Why.EMPTY_FILE)
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > len(sample) * _MOST_CONTROLS:
        raise UnreadableFile(Why.NOT_TEXT, wanted=wanted)
    return text, notes


def without_controls(text: str) -> str:
    """The text without the characters that no one can see or type, NUL among them."""
    return _CONTROLS.sub("", text)


def _decoded(data: bytes) -> tuple[str, tuple[Note, ...]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), ()
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), (note(Why.ENCODING_GUESSED),)
