"""Headers of the wire that are not HTTP's own."""

import re
from typing import Final

REQUEST_ID: Final = "X-Request-Id"
"""A text of the client's that the answer gives back, so that nobody takes an answer to another request for it."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_request_id(text: str) -> bool:
    """Whether a text is one that is given back: strangers choose it."""
    return _ID.fullmatch(text) is not None
