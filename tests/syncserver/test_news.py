"""What is written at one server is heard at the others, whatever becomes of the notice."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

from shared.ids import new_id
from syncserver.effects import news as news_module
from syncserver.effects.news import News
from syncserver.effects.pokes import Pokes
from syncserver.store.engine import make_engine
from syncserver.store.notices import NAME, Line
from syncserver.store.tenancy import TenantId, take_clock, tenant_transaction
from tests.support.server_process import ServerProcess
from tests.support.shop import Shop, open_shop
from tests.support.waiting import until
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.test_live import listening

NEVER = 3600.0


class Heard:
    """Who listens to some tenants at one server: the newest version that is heard of each."""

    def __init__(self, *tenants: TenantId) -> None:
        self.versions: dict[TenantId, int] = {}
        self._tenants = tenants

    def tenants(self) -> tuple[TenantId, ...]:
        return self._tenants

    def poke(self, tenant: TenantId, version: int) -> None:
        self.versions[tenant] = max(version, self.versions.get(tenant, 0))


@contextmanager
def carrying(engine: Engine, heard: Heard, *, line: bool = True) -> Iterator[News]:
    news = News(engine, cast(Pokes, heard), line=line)
    news.start()
    try:
        yield news
    finally:
        news.close()


def lines_of(engine: Engine) -> list[int]:
    """The processes of the database that hold a line."""
    with engine.connect() as connection:
        return list(
            connection.exec_driver_sql(
                f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '{NAME}'"
            ).scalars()
        )


def acquainted(news: News, there: Heard) -> None:
    """Wait until what is told here is heard there: who has just come may not be known yet."""
    stranger, versions = TenantId(new_id()), count(1)

    def heard() -> bool:
        news.tell(stranger, next(versions))
        return stranger in there.versions

    until(heard)


def write(engine: Engine, shop: Shop) -> int:
    """Write as a command does, which tells nobody; the version."""
    with tenant_transaction(engine, shop.tenant) as connection:
        return take_clock(connection, shop.tenant)


@pytest.fixture
def only_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the clocks, but for once when a line is open."""
    monkeypatch.setattr(news_module, "LOOK", NEVER)


def test_what_is_told_at_one_server_is_heard_at_the_other(only_told: None, new_engine: Engine) -> None:
    tenant, here, there = TenantId(new_id()), Heard(), Heard()
    with carrying(new_engine, here) as news, carrying(new_engine, there):
        acquainted(news, there)
        news.tell(tenant, 7)
        assert here.versions[tenant] == 7, "at once, whatever the database does"
        until(lambda: there.versions.get(tenant) == 7)


def test_what_is_told_last_of_all_is_heard_too(only_told: None, new_engine: Engine) -> None:
    tenant, there = TenantId(new_id()), Heard()
    with carrying(new_engine, there):
        until(lambda: len(lines_of(new_engine)) == 1)
        with carrying(new_engine, Heard()) as news:
            acquainted(news, there)
            for version in range(1, 5):
                news.tell(tenant, version)
        until(lambda: there.versions.get(tenant) == 4)


def test_a_server_by_itself_tells_nobody_until_another_comes(
    only_told: None, monkeypatch: pytest.MonkeyPatch, new_engine: Engine
) -> None:
    told: list[Mapping[TenantId, int]] = []
    tell = Line.tell

    def counted(self: Line, versions: Mapping[TenantId, int]) -> None:
        told.append(versions)
        tell(self, versions)

    monkeypatch.setattr(Line, "tell", counted)
    tenant, there = TenantId(new_id()), Heard()
    with carrying(new_engine, Heard()) as news:
        until(lambda: len(lines_of(new_engine)) == 1)
        news.tell(tenant, 1)
        until(lambda: not news._untold)
        with carrying(new_engine, there):
            acquainted(news, there)
    assert told
    assert {tenant: 1} not in told


def test_a_line_that_was_cut_is_opened_again_and_what_it_missed_is_found(only_told: None, new_engine: Engine) -> None:
    shop = open_shop(new_engine)
    there = Heard(shop.tenant.id)
    with carrying(new_engine, there):
        until(lambda: len(lines_of(new_engine)) == 1)
        until(lambda: bool(there.versions))
        (line,) = lines_of(new_engine)
        with tenant_transaction(new_engine, shop.tenant) as connection:
            version = take_clock(connection, shop.tenant)
            connection.exec_driver_sql("RESET ROLE")
            connection.exec_driver_sql(f"SELECT pg_terminate_backend({line}, 5000)")
        until(lambda: there.versions[shop.tenant.id] == version)
        assert lines_of(new_engine) not in ([], [line])


def test_notices_that_are_lost_are_made_good(monkeypatch: pytest.MonkeyPatch, new_engine: Engine) -> None:
    monkeypatch.setattr(news_module, "LOOK", 0.1)
    shop, lost = open_shop(new_engine), list[int]()
    monkeypatch.setattr(Line, "tell", lambda self, versions: lost.append(len(versions)))
    there = Heard(shop.tenant.id)
    with carrying(new_engine, Heard()) as news, carrying(new_engine, there):
        while not lost:
            version = write(new_engine, shop)
            news.tell(shop.tenant.id, version)
            until(lambda newest=version: there.versions.get(shop.tenant.id) == newest)  # type: ignore[misc]


@pytest.mark.parametrize("line", [True, False])
def test_what_a_command_writes_is_found_by_those_who_listen(
    monkeypatch: pytest.MonkeyPatch, new_engine: Engine, *, line: bool
) -> None:
    monkeypatch.setattr(news_module, "LOOK", 0.1)
    shop, other = open_shop(new_engine), open_shop(new_engine)
    there = Heard(shop.tenant.id)
    with carrying(new_engine, there, line=line):
        write(new_engine, other)
        version = write(new_engine, shop)
        until(lambda: there.versions == {shop.tenant.id: version})


def test_p40_the_news_of_five_hundred_tenants_takes_a_few_short_transactions(
    only_told: None, monkeypatch: pytest.MonkeyPatch, new_engine: Engine
) -> None:
    tenants = [TenantId(new_id()) for _ in range(500)]
    told: list[int] = []
    tell, may_go_on = Line.tell, threading.Event()
    may_go_on.set()

    def slow(self: Line, versions: Mapping[TenantId, int]) -> None:
        told.append(len(versions))
        assert may_go_on.wait(30)
        tell(self, versions)

    monkeypatch.setattr(Line, "tell", slow)
    here, there = Heard(), Heard()
    with carrying(new_engine, here) as news, carrying(new_engine, there):
        acquainted(news, there)
        may_go_on.clear()
        told.clear()
        for version in (1, 2, 3):
            for tenant in tenants:
                news.tell(tenant, version)
        until(lambda: bool(told))
        may_go_on.set()
        until(lambda: there.versions.items() >= dict.fromkeys(tenants, 3).items())
    # What was under way, what came meanwhile, and what came while that was told.
    assert len([many for many in told if many]) <= 3


def test_a_save_at_one_worker_is_heard_by_a_desk_at_another(new_database_url: str, tmp_path: Path) -> None:
    engine = make_engine(new_database_url)
    shop, elsewhere = open_shop(engine), open_shop(engine)
    with ServerProcess(new_database_url, tmp_path) as server, ExitStack() as stack:
        first, second = server.workers()
        saves = server.move(WireDesk(server.url, shop), first).ready()
        hears = server.move(WireDesk(server.url, shop), second).ready()
        for desk in (saves, hears):
            stack.callback(desk.http.close)
        with listening(hears) as events:
            assert events.next()
            # P2: what another business leaves open holds up neither the save nor the news of it.
            with tenant_transaction(engine, elsewhere.tenant) as idle:
                take_clock(idle, elsewhere.tenant)
                for hour in (9, 10, 11):
                    version = saves.try_push(saves.booking(next_day(hour))).json()["version"]
                    told = events.next()
                    assert told is not None
                    assert told["version"] == version
            for line in lines_of(engine):
                with engine.connect() as connection:
                    connection.exec_driver_sql(f"SELECT pg_terminate_backend({line}, 5000)")
            version = saves.try_push(saves.booking(next_day(12))).json()["version"]
            told = events.next()
            assert told is not None
            assert told["version"] == version
    engine.dispose()
