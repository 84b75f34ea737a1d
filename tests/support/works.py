"""What workers do in tests of those who watch over them; importable by a process that is started for it."""

import time
from multiprocessing.connection import Connection
from pathlib import Path


def fails(tells: Connection) -> None:
    """End before being at work."""
    raise SystemExit(3)


def rests(tells: Connection) -> None:
    """Be at work until told to end."""
    while True:
        tells.send(None)
        time.sleep(0.2)


def hangs_in_its_second_life(tells: Connection, lives: Path) -> None:
    """Be at work and die; then hang while beginning; then be at work until told to end. `lives` is a file of marks."""
    with lives.open("a") as marks:
        marks.write("x")
    life = lives.stat().st_size
    if life == 2:
        time.sleep(600)
    tells.send(None)
    if life > 2:
        rests(tells)
