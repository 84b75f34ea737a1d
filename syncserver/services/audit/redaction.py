"""Takes what works as a credential out of what is logged, by the name of a field or by its shape."""

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final

MASKED: Final = "[masked]"
_SECRET: Final = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|credential|challenge|proof|private|totp|otp$|^pin$|^code$|api_?key|"
    r"database_url|^lease$",
    re.I,
)
_SHAPES: Final = re.compile(
    r"(?P<scheme>\b(?:Bearer|Basic)\s+)[\w.~+/=-]+"
    # A password in an address.
    r"|(?P<login>\w://[^\s:/@]*:)[^\s@/]+(?=@)"
    # Signed and sealed texts, and refresh tokens after the first dot: 43 characters are 32 bytes.
    r"|\beyJ[\w-]{5,}(?:\.[\w-]+)*"
    r"|[\w-]{12}\.(?:[\w-]+\.)?[\w-]{43}(?![\w-])"
    # The address of a calendar is its secret.
    r"|(?P<feed>/feeds/)[\w-]+"
    # One-time codes in links, and a password as a field of a form.
    r"|(?P<field>\b(?:code|token|password|secret)=)[^\s&\"']+"
)
# What each of these shapes has, where it is not as long as the one that has none of it.
_SIGN: Final = re.compile(r"[\s/=]|eyJ")
_LONG: Final = 12 + 1 + 43
_DEPTH: Final = 8


def masked(value: Any, depth: int = 0) -> Any:
    """A value of JSON's kinds, or what turns into text, without what works as a credential."""
    if isinstance(value, str):
        return value if len(value) < _LONG and _SIGN.search(value) is None else _SHAPES.sub(_without, value)
    if depth > _DEPTH:
        return MASKED
    if isinstance(value, Mapping):
        return {key: MASKED if _SECRET.search(str(key)) else masked(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(inner, depth + 1) for inner in value]
    return value if value is None or isinstance(value, (bool, int, float)) else masked(str(value))


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Of a name that stands in our own code: those of strangers are not remembered."""
    return _SECRET.search(name) is not None


def _without(found: re.Match[str]) -> str:
    kept = found["scheme"] or found["login"] or found["field"] or found["feed"] or ""
    return kept + MASKED


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """A processor of structlog's: no line of the log holds a credential."""
    return {key: MASKED if _is_secret(key) else masked(inner) for key, inner in event.items()}
