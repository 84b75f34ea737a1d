"""The link that opens a masquerade at a desk, read strictly: it comes from outside and does nothing by itself."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote_to_bytes

from shared.errors import AppError
from shared.model.base import value

_START: Final = "smoothschedule://masquerade?"
_LONGEST: Final = 600
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")
_VALUE: Final = re.compile(r"(?:[A-Za-z0-9._~:/-]|%[0-9A-Fa-f]{2})+")
"""What a value may hold as it stands: the unreserved characters of RFC 3986, those of an address, and escapes."""
_PRINTABLE: Final = re.compile(rb"[\x21-\x24\x26-\x7e]+")
"""ASCII without blanks and without another percent sign, which would ask to be read twice."""

_PRINTABLE_LINK: Final = re.compile(r"[\x21-\x7e]+")


class BadLink(AppError):
    """This is no link that this desk opens; the message says why."""


def is_link(text: str) -> bool:
    """Whether it could be a link at all: so long at most, and nothing in it that is no part of an address."""
    return len(text) <= _LONGEST and text.startswith(_START) and bool(_PRINTABLE_LINK.fullmatch(text))


@value
class MasqueradeLink:
    """A server that this desk knows, and a code of it."""

    server: str
    code: str


def read_link(text: str, servers: Collection[str]) -> MasqueradeLink:
    """The server and the code of a link; `servers` are those that this desk knows. Raises BadLink."""
    if len(text) > _LONGEST or not text.startswith(_START):
        raise BadLink("This is no link to act as somebody at a desk. Copy it again, whole.")
    told = _told(text.removeprefix(_START))
    known = {one.rstrip("/"): one for one in servers}
    server = known.get(told["server"].rstrip("/"))
    if server is None:
        raise BadLink("This link is of a server that nobody at this computer has signed in to. It is not opened.")
    return MasqueradeLink(server=server, code=_code(told["code"]))


def read_code(text: str, server: str, servers: Collection[str]) -> MasqueradeLink:
    """What somebody has pasted: a whole link, or the code alone, which is of `server`. Raises BadLink."""
    said = text.strip()
    return read_link(said, servers) if ":" in said else MasqueradeLink(server=server, code=_code(said))


def _told(query: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for part in query.split("&"):
        name, equals, given = part.partition("=")
        if not equals or name in told or name not in ("server", "code"):
            raise BadLink("This link says more than it should, or something twice. It is not opened.")
        told[name] = _decoded(given)
    if len(told) != 2:
        raise BadLink("This link is not whole. Copy it again.")
    return told


def _decoded(given: str) -> str:
    raw = unquote_to_bytes(given) if _VALUE.fullmatch(given) else b""
    if not _PRINTABLE.fullmatch(raw):
        raise BadLink("This link holds characters that do not belong there. It is not opened.")
    return raw.decode("ascii")


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise BadLink("This is no code to act as somebody. Copy it again, whole.")
    return text
