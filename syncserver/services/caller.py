"""Where the request under way comes from; threads that work for it know, too."""

from contextvars import ContextVar
from typing import Final

called_from: Final[ContextVar[str | None]] = ContextVar("called_from", default=None)
"""The address of the other end; behind a proxy the one that it tells. None outside of requests."""
