"""What workers do in tests of those who watch over them; importable by a process that is started for it."""

import time
from multiprocessing.connection import Connection


def fails(tells: Connection) -> None:
    """End before being at work."""
    raise SystemExit(3)


def rests(tells: Connection) -> None:
    """Be at work until told to end."""
    while True:
        tells.send(None)
        time.sleep(0.2)


def hangs(tells: Connection) -> None:
    """Be at work, and never heard of again."""
    tells.send(None)
    time.sleep(600)
