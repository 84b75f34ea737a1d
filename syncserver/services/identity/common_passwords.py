"""Passwords that are long enough and yet among the first that anybody tries, in small letters."""

from importlib.resources import files
from typing import Final

COMMON: Final = frozenset(
    files("syncserver.services.identity").joinpath("common_passwords.txt").read_text(encoding="utf-8").split()
)
