"""A server of its own, in which it is always the same morning."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from shared import clock
from syncserver.services.server import Server
from syncserver.settings import Settings
from syncserver.store.engine import make_engine
from tests.contract.scene import StoppedClock, set_scene
from tests.support.http_client import TRUST
from tests.support.postgres import Postgres
from tests.support.running import running


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the examples are played."""

    http: httpx2.Client
    document: dict[str, Any]
    """The server's own OpenAPI document."""
    short: dict[str, str]
    """The short ids that stand in the document for ids that are made anew."""
    server: Server


@pytest.fixture(scope="module")
def stage(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    settings = Settings(data=tmp_path_factory.mktemp("settings"), port=0)
    with postgres.fresh() as address, clock.using(StoppedClock()):
        engine = make_engine(address)
        short = set_scene(engine)
        with running(engine, settings) as (url, app), httpx2.Client(base_url=url, verify=TRUST) as http:
            document = http.get("/docs/openapi.json").json()
            yield Stage(http=http, document=document, short=short, server=app.state.wiring.server)
        engine.dispose()
