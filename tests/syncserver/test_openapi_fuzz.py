"""Whatever fits the published document, and whatever does not, from each role: answered as published, never with a 5xx.

Schemathesis makes the requests from the document alone. In the suite a few of each call, in the long lane many more.
"""

import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from shared.model.member import Role
from syncserver.settings import Settings
from tests.support.postgres import Postgres, fresh_engine
from tests.support.running import running
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.wire_desk import WireDesk

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
ROLES = (*(role for role in Role if not role.is_platform), None)
"""Who asks; None for nobody."""
STREAMS = frozenset({"/v1/sync/live"})
"""Calls that answer for as long as somebody listens: tests/syncserver/test_live.py and its kin have them."""


@pytest.fixture(scope="module")
def engine(postgres: Postgres) -> Iterator[Engine]:
    with fresh_engine(postgres) as engine:
        yield engine


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(engine, Settings(data=tmp_path_factory.mktemp("server"), port=0)) as (url, _):
        yield url


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


def headers(server: str, shop: Shop, role: Role | None) -> dict[str, str]:
    if role is None:
        return {}
    desk = WireDesk(server, shop, role).sign_in()
    desk.http.close()
    return {"Authorization": desk.http.headers["Authorization"]}


def operations(server: str) -> Iterator[Any]:
    document = httpx2.get(f"{server}/docs/openapi.json").json()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.path not in STREAMS:
            yield operation


def ask(server: str, said: dict[str, str], *, examples: int, start: int) -> int:
    """Ask every call so often, and return how many calls there are."""
    often = settings(
        max_examples=examples, deadline=None, database=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    count = 0
    with requests.Session() as session:
        for operation in operations(server):

            @seed(start)
            @often
            @given(case=operation.as_strategy())
            def holds(case: Any) -> None:
                reply = case.call(base_url=server, headers=said, timeout=20, session=session)
                case.validate_response(reply, checks=CHECKS)

            holds()
            count += 1
    return count


def require_published(server: str, engine: Engine, shop: Shop, role: Role | None, *, examples: int) -> None:
    start = random.randrange(2**32)
    print(f"schemathesis seed {start}")
    before = stored_rows(engine, shop.tenant)
    assert ask(server, headers(server, shop, role), examples=examples, start=start) > 20
    assert stored_rows(engine, shop.tenant) == before


@pytest.mark.parametrize("role", [Role.TENANT_OWNER, None])
def test_every_call_answers_as_published(server: str, engine: Engine, shop: Shop, role: Role | None) -> None:
    require_published(server, engine, shop, role, examples=5)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", ROLES)
def test_every_call_answers_as_published_again_and_again(
    server: str, engine: Engine, shop: Shop, role: Role | None
) -> None:
    require_published(server, engine, shop, role, examples=100)
