"""What the process of a server is set to before it serves."""

import gc
import logging
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import orjson
import structlog

from syncserver.services.audit.redaction import mask_secrets

_YOUNG: Final = 50_000
"""Objects that may be new before the collector looks at them: a batch of edits makes fewer, and nearly all of them end
with it. At Python's 700 the looking took a fifth of the time of a push (measured)."""


_MOST_FILES: Final = 65_536


class Lines(structlog.BytesLogger):
    """Writes lines of log. One that cannot be written is lost, and nobody's work ends with it.

    A disk is full for a while, whoever reads a pipe has died; and what logs may be what starts the database again.
    """

    def msg(self, message: bytes) -> None:
        """Write a line, if it can be written."""
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def log_events(*, for_good: bool = False) -> None:
    """Log events as lines of JSON without credentials; `for_good` says that nobody decides otherwise later."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            mask_secrets,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: Lines(),
        cache_logger_on_first_use=for_good,
    )


def prepare() -> None:
    """Log events for good, take many connections, and have what lives for long collected no more as garbage."""
    log_events(for_good=True)
    # Many systems begin at 1,024 files, and each desk that listens is one.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = _MOST_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 50)


@contextmanager
def leaving_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that whatever was started is stopped."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, frame: object) -> None:
    raise SystemExit(0)
