"""The real server behind a network that can be spoilt."""

from dataclasses import dataclass

from sqlalchemy import Engine

from tests.support.faults import Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The server, and the network before it."""

    url: str
    engine: Engine
    faults: Faults
