"""Businesses side by side on a server whose database is behind PgBouncer in transaction mode, with two connections."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from sqlalchemy import Engine

from syncserver.settings import Settings
from tests.support.pooler import pooled_engine
from tests.support.postgres import Postgres
from tests.support.running import running
from tests.support.shop import Shop, open_shop, stored_rows
from tests.support.wire_desk import WireDesk, next_day

EDITS = 12


@pytest.fixture(scope="module")
def engine(postgres: Postgres) -> Iterator[Engine]:
    with postgres.fresh() as url, pooled_engine(url) as engine:
        yield engine


@pytest.fixture(scope="module")
def server(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data=tmp_path_factory.mktemp("server"), port=0, database_pooled=True)
    with running(engine, settings) as (url, _):
        yield url


def a_day(server: str, shop: Shop, number: int) -> WireDesk:
    """A desk that books one after the other and takes what is new in between."""
    desk = WireDesk(server, shop).ready()
    desk.pull()
    for hour in range(EDITS):
        (outcome,) = desk.push(desk.booking(next_day(8 + hour, days=10 + number)))
        assert outcome["outcome"] == "applied"
        if hour % 4 == 0:
            desk.pull()
    desk.pull()
    return desk


def test_businesses_share_two_connections_and_see_nothing_of_one_another(server: str, engine: Engine) -> None:
    shops = [open_shop(engine) for _ in range(3)]
    with ThreadPoolExecutor(6) as threads:
        working = [threads.submit(a_day, server, shop, number) for number in range(2) for shop in shops]
        desks = [one.result() for one in working]
    for desk in desks:
        desk.pull()
        held = orjson.dumps(desk.rows).decode()
        assert desk.shop.canary in held
        assert not any(other.canary in held for other in shops if other is not desk.shop)
        assert len(desk.rows["appointment"]) == 2 * EDITS
        assert desk.rows["appointment"] == stored_rows(engine, desk.shop.tenant)["appointment"]
        desk.http.close()


def test_a_desk_hears_of_an_edit_where_the_database_cannot_tell(server: str, engine: Engine) -> None:
    shop = open_shop(engine)
    writer, reader = WireDesk(server, shop).ready(), WireDesk(server, shop).ready()
    told = reader.pull()["version"]
    with reader.http.stream("GET", "/v1/sync/live", timeout=20) as live:
        assert live.status_code == 200
        writer.push(writer.booking(next_day(9)))
        assert any(f'"version":{told + 1}' in line.replace(" ", "") for line in live.iter_lines())
    for one in (writer, reader):
        one.http.close()
