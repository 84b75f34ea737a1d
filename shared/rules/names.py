"""How names are compared and searched, whoever types them on whichever keyboard."""

import unicodedata
from typing import Final

_STROKES: Final = str.maketrans(
    {"ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
"""Letters that Unicode has no accent of its own for, by what people type instead."""


def without_accents(text: str) -> str:
    """A text as it is searched and compared: small letters, no accents, strokes or ligatures."""
    if text.isascii():
        return text.casefold()
    # Some letters with an accent, such as ǿ, hide a stroke below it.
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter)).translate(_STROKES)
