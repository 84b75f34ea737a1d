"""Loads of a whole book from the real server: cut anywhere, killed anywhere, under roles that change meanwhile."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.desk import Desk
from desktop.operations import customers as edits
from desktop.store import load as load_module
from desktop.store.database import Database
from desktop.store.replica import Replica
from desktop.store.rows import STORED
from desktop.sync import exchange
from desktop.sync.engine import Engine
from desktop.sync.json_lines import json_lines
from desktop.sync.status import Connection
from desktop.sync.transport import Transport, _json
from shared.errors import Refusal, Unreachable
from shared.ids import new_id
from shared.model.member import Role
from shared.model.plan import Feature, Tier
from shared.protocol.codec import arguments_of
from shared.rules.permissions import Capability
from shared.rules.plans import DEFAULTS, NEEDS
from shared.rules.views import HELD_BY, tables_of
from syncserver.store import feeds
from syncserver.store.users import change_user, find_user
from tests.desktop.sync.book import Tables, on_desk
from tests.desktop.sync.conftest import DeskMaker
from tests.desktop.sync.stage import Stage
from tests.support.dying_desk import STEPS
from tests.support.file_secrets import FileSecrets
from tests.support.replicas import filled
from tests.support.salon import Salon
from tests.support.shop import Shop, put_on_tier, put_rows, stored_rows
from tests.support.wire_desk import WireDesk, next_day
from tests.syncserver.test_resume import customers

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PAGE", 3)
    monkeypatch.setattr(load_module, "SAVED_EVERY", 0.0)


@pytest.fixture
def leaders_hold_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second view: staff may hold neither what needs attention nor blocked time."""
    for table in ("attention_item", "time_block"):
        monkeypatch.setitem(HELD_BY, table, Capability.MANAGE_SETUP)


def become(stage: Stage, shop: Shop, role: Role) -> None:
    """Give the person at the desks, who began as a manager, another role."""
    user = find_user(stage.engine, shop.users[Role.TENANT_MANAGER])
    assert user is not None
    change_user(stage.engine, shop.tenant, replace(user, role=role))


def held(stage: Stage, shop: Shop, role: Role) -> Tables:
    """What a desk of a role holds of what the server has."""
    rows = stored_rows(stage.engine, shop.tenant)
    return {
        table: rows[table] if table in tables_of(role, DEFAULTS[shop.tenant.tier].features) else {} for table in STORED
    }


def drained(desk: Desk) -> bool:
    status = desk.status
    return status.connection is Connection.ONLINE and not status.syncing and status.waiting == 0


def book_of(desk: Desk) -> Path:
    return desk.home.replica(desk.account.replica)


def texts(desk: Desk) -> str:
    """Every row of every table of a desk that is closed, and what its file's free pages may hold: nothing."""
    with closing(Database(book_of(desk), desk_key(desk))) as database:
        assert database.row("PRAGMA freelist_count") == (0,)
        tables = [row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return repr([database.rows(f"SELECT * FROM {table}") for table in tables])


def desk_key(desk: Desk) -> bytes:
    kept = desk._secrets.get(f"key:{desk.account.replica}")
    assert kept is not None
    return bytes.fromhex(kept)


# Cut anywhere


class Recorded:
    """A server's answers to one load, byte for byte as it gave them; each question for rows is asked once."""

    def __init__(self, desk: WireDesk) -> None:
        self._desk = desk
        self._known: dict[str, bytes] = {}

    def of(self, **asked: str) -> bytes:
        key = repr(asked)
        # Signing in is a version too: a difference of before would close none of the loads that come after it.
        if key not in self._known or "cursor" in asked:
            # Thousands of cuts take longer than a token is good for.
            self._desk.sign_in()
            reply = self._desk.try_pull(**asked)
            assert reply.status_code == 200, reply.text
            self._known[key] = reply.content
        return self._known[key]


def lines_of(raw: bytes, cut: int | None = None) -> Iterator[Any]:
    """What a transport gives of an answer of which so many bytes arrive."""

    def pieces() -> Iterator[bytes]:
        yield raw[:cut]

    yield from (_json(line) for line in json_lines(pieces()))


def take_cut(replica: Replica, server: Recorded, cut: int) -> None:
    """Load with the first answer cut after so many bytes, then to the end."""
    with closing(replica.load()) as load:
        # A tail that has come whole needs no line feed behind it.
        if cut < len(server.of()) - 1:
            with pytest.raises(Unreachable):
                load.take(lines_of(server.of(), cut), progress=lambda *_: None)
        else:
            load.take(lines_of(server.of(), cut), progress=lambda *_: None)
    with closing(replica.load()) as load:
        whole = [line for line in server.of()[: cut + 1].split(b"\n")[:-1] if b'"rows"' in line[:16]]
        assert (load.resume is None) == (not whole)
        if load.cursor is None:
            asked = {} if load.resume is None else {"resume": load.resume}
            load.take(lines_of(server.of(**asked)), progress=lambda *_: None)
        assert load.cursor is not None
        load.catch_up(lines_of(server.of(cursor=load.cursor)))
        replica.take_over(load)


def some_cuts(raw: bytes, count: int) -> list[int]:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    ends = [place for place, byte in enumerate(raw) if byte == 10]
    borders = {place + step for place in ends for step in (-1, 0, 1, 2)} | {0, 1}
    chosen = borders | set(random.Random(seed).choices(range(len(raw)), k=count))
    return sorted(cut for cut in chosen if cut <= len(raw))


def check_cuts(stage: Stage, shop: Shop, path: Path, cuts: Callable[[bytes], list[int]]) -> None:
    desk = WireDesk(stage.url, shop, Role.TENANT_MANAGER).ready()
    server = Recorded(desk)
    replica = filled(path, Salon())
    replica.database.run("PRAGMA synchronous = OFF")
    expected: dict[str, list[list[Any]]] = {}
    for cut in cuts(server.of()):
        take_cut(replica, server, cut)
        found = {table: sorted(map(how.from_file, replica.database.rows(how.select))) for table, how in STORED.items()}
        expected = expected or {table: sorted(rows.values()) for table, rows in held(stage, shop, desk.role).items()}
        assert found == expected, cut
    replica.close()
    desk.http.close()


def test_a_load_that_is_cut_at_some_byte_goes_on_and_ends_equal(stage: Stage, shop: Shop, tmp_path: Path) -> None:
    """P35: around every end of a line, and at bytes by chance."""
    check_cuts(stage, shop, tmp_path / "book.db", lambda raw: some_cuts(raw, 40))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_load_that_is_cut_at_any_byte_goes_on_and_ends_equal(stage: Stage, shop: Shop, tmp_path: Path) -> None:
    """P35: at every byte."""
    check_cuts(stage, shop, tmp_path / "book.db", lambda raw: list(range(len(raw) + 1)))


# A difference that no line lasts for


def loads(stage: Stage) -> list[bool]:
    """Whether each pull was of the whole book."""
    return ["cursor=" not in query for path, query in stage.faults.asked if path.endswith("/pull")]


def test_a_long_difference_that_no_line_lasts_for_is_loaded_instead(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "LONG", 50)
    one = desk("a")
    until_synced(one)
    one.edit(edits.create(name="Ida Brandt"))
    put_rows(stage.engine, shop.tenant, *customers(60))
    stage.faults.heal()
    stage.faults.longest_pull = 6000
    until_synced(one)
    assert on_desk(one) == held(stage, shop, Role.TENANT_MANAGER)
    assert outcomes(one) == ["applied"]
    assert loads(stage)[: exchange.CUT] == [False] * exchange.CUT
    asked = loads(stage)[exchange.CUT :]
    # In parts, each of which came further than the one before, and then the difference since it began.
    assert asked.count(True) > 1
    assert asked == sorted(asked, reverse=True)


def test_a_short_difference_is_waited_for_however_often_it_is_cut(stage: Stage, shop: Shop, desk: DeskMaker) -> None:
    one = desk("a")
    until_synced(one)
    put_rows(stage.engine, shop.tenant, *customers(60))
    stage.faults.heal()
    stage.faults.longest_pull = 6000
    for _ in range(3 * exchange.CUT):
        one.engine._once()
    assert loads(stage) == [False] * (3 * exchange.CUT)
    stage.faults.heal()
    until_synced(one)
    assert loads(stage) == [False]
    assert on_desk(one) == held(stage, shop, Role.TENANT_MANAGER)


def test_a_load_whose_difference_no_line_lasts_for_is_begun_anew(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of its rows had come, and then the computer was off for weeks."""
    monkeypatch.setattr(exchange, "LONG", 50)
    one = desk("a")
    until_synced(one)
    one.edit(edits.create(name="Ida Brandt"))
    one.engine._exchange.load_afresh()
    pull = Transport.pull

    @contextmanager
    def rows_alone(transport: Transport, token: str, replica: str, **asked: Any) -> Iterator[Iterator[Any]]:
        if asked.get("cursor") is not None:
            raise Unreachable("closed for the weekend")
        with pull(transport, token, replica, **asked) as lines:
            yield lines

    with monkeypatch.context() as closed:
        closed.setattr(Transport, "pull", rows_alone)
        one.engine._once()
    assert one.do(lambda replica: replica.is_loading)
    put_rows(stage.engine, shop.tenant, *customers(60))
    stage.faults.heal()
    stage.faults.longest_pull = 6000
    until_synced(one)
    assert on_desk(one) == held(stage, shop, Role.TENANT_MANAGER)
    assert outcomes(one) == ["applied"]
    asked = loads(stage)
    assert asked[: exchange.CUT] == [False] * exchange.CUT
    # In parts, and then the difference since it began.
    assert asked[exchange.CUT :] == sorted(asked[exchange.CUT :], reverse=True)


@pytest.mark.parametrize(("times", "is_same"), [(1, True), (2, False)])
def test_an_answer_of_before_that_closes_a_load_is_asked_for_once_more(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch, times: int, *, is_same: bool
) -> None:
    """A server that was put back says the same twice; something on the way that remembers answers does not."""
    one = desk("a")
    until_synced(one)
    put_rows(stage.engine, shop.tenant, *customers(5))
    until_synced(one)
    one.edit(edits.create(name="Ida Brandt"))
    name, pull, told = one.account.replica, Transport.pull, [1] * times
    known = one.do(lambda replica: replica.identity().replica)

    @contextmanager
    def older(transport: Transport, token: str, replica: str, **asked: str | None) -> Iterator[Iterator[Any]]:
        with pull(transport, token, replica, **asked) as lines:
            closes = asked.get("cursor") is not None and bool(told)
            yield (line | {"version": told.pop()} if closes and line["kind"] == "tail" else line for line in lines)

    monkeypatch.setattr(Transport, "pull", older)
    one.engine._exchange.load_afresh()
    until_synced(one)
    assert (one.do(lambda replica: replica.identity().replica) == known) is is_same
    assert (told, one.account.replica) == ([], name)
    assert on_desk(one) == held(stage, shop, Role.TENANT_MANAGER)
    assert outcomes(one) == ["applied"]


# Another role


def test_a_role_that_may_hold_less_leaves_nothing_of_the_rest_and_one_that_may_hold_more_gets_what_was_there(
    stage: Stage, shop: Shop, desk: DeskMaker, leaders_hold_more: None
) -> None:
    """P21, with edits that waited meanwhile: each is decided by what its author may do now."""
    other = WireDesk(stage.url, shop, Role.TENANT_OWNER).ready()
    other.pull()
    other.push(other.booking(next_day()), other.booking(next_day(), notes="secret of the leaders"))
    one = desk("a")
    until_synced(one)
    assert "secret of the leaders" in repr(on_desk(one)["attention_item"])
    one.edit(edits.create(name="Ida Brandt"))
    room = {"resource_id": new_id(), "location_id": shop.location, "kind": "ROOM", "name": "Annex"}
    one.do(lambda replica: replica.edit("resource.create", arguments_of("resource.create", 1, room)))
    become(stage, shop, Role.TENANT_STAFF)

    until_synced(one)
    assert on_desk(one) == held(stage, shop, Role.TENANT_STAFF)
    assert outcomes(one) == ["applied", "rejected"]
    one.close()
    assert "Ida Brandt" in texts(one)
    assert "secret of the leaders" not in texts(one)
    assert {file.name for file in one.home.folder.glob("book-*")} == {book_of(one).name}

    become(stage, shop, Role.TENANT_MANAGER)
    again = Desk.open(one.home, one._secrets)
    assert again is not None
    until_synced(again)
    assert on_desk(again) == held(stage, shop, Role.TENANT_MANAGER)
    assert "secret of the leaders" in repr(on_desk(again)["attention_item"])
    assert outcomes(again) == ["applied", "rejected"]
    again.close()
    other.http.close()


def test_a_plan_that_has_less_takes_tables_away_and_one_that_has_more_brings_them_with_what_was_there(
    stage: Stage, shop: Shop, desk: DeskMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P21 for a change of the plan, made while the desk was away with an edit that waits."""
    monkeypatch.setitem(HELD_BY, "attention_item", Capability.SETTLE_ATTENTION)
    monkeypatch.setitem(NEEDS, Capability.SETTLE_ATTENTION, Feature.REPORTS)
    other = WireDesk(stage.url, shop, Role.TENANT_OWNER).ready()
    other.pull()
    other.push(other.booking(next_day()), other.booking(next_day(), notes="wants the window"))
    one = desk("a")
    until_synced(one)
    assert "wants the window" in repr(on_desk(one)["attention_item"])
    one.edit(edits.create(name="Ida Brandt"))
    put_on_tier(stage.engine, shop.tenant, Tier.STARTER)
    until_synced(one)
    assert on_desk(one)["attention_item"] == {}
    assert outcomes(one) == ["applied"]
    put_on_tier(stage.engine, shop.tenant, Tier.ENTERPRISE)
    until_synced(one)
    assert "wants the window" in repr(on_desk(one)["attention_item"])
    other.http.close()


def until_synced(desk: Desk) -> None:
    """Rounds of the engine without its threads, until nothing is left to do."""
    for _ in range(200):
        desk.engine._once()
        # A round that was told to load afresh has failed, and says nothing of it yet.
        if drained(desk) and desk.engine._failures == 0:
            return
    raise AssertionError(desk.status)


def outcomes(desk: Desk) -> list[str]:
    return desk.do(lambda replica: [row[0] for row in replica.database.rows("SELECT outcome FROM sent ORDER BY seq")])


def test_whoever_may_hold_nothing_any_more_is_shown_nothing_and_gets_nothing(
    stage: Stage, shop: Shop, desk: DeskMaker
) -> None:
    one = desk("a")
    until_synced(one)
    one.edit(edits.create(name="Ida Brandt"))
    become(stage, shop, Role.CUSTOMER)
    put_rows(stage.engine, shop.tenant, *customers(1))
    before = on_desk(one)
    one.engine._once()
    assert (one.status.connection, one.status.may_hold) == (Connection.STOPPED, False)
    assert one.status.message == "This account may not keep a copy of the book."
    assert on_desk(one) == before
    assert one.status.waiting == 1
    become(stage, shop, Role.TENANT_STAFF)
    # After a start that does not reach the server, too.
    again = Engine(one._transport, one.session, one._replica_store)
    assert (again.status.may_hold, again.status.message) == (False, one.status.message)
    until_synced(one)
    assert one.status.may_hold
    assert Engine(one._transport, one.session, one._replica_store).status.may_hold
    assert on_desk(one) == held(stage, shop, Role.TENANT_STAFF)


# Killed anywhere


@pytest.mark.parametrize("step", STEPS)
def test_a_desk_that_is_killed_while_it_loads_has_one_book_with_all_edits(
    stage: Stage, shop: Shop, desk: DeskMaker, tmp_path: Path, leaders_hold_more: None, step: str
) -> None:
    """P5: a real process, ended (SIGKILL) before each step of a load and of the swap that ends it."""
    one = desk("a")
    until_synced(one)
    made = {one.edit(edits.create(name=name)).mutation_id for name in ("Ida Brandt", "Jo Falk")}
    key = desk_key(one)
    one.close()
    become(stage, shop, Role.TENANT_STAFF)
    command = [sys.executable, "-m", "tests.support.dying_desk", str(one.home.folder), str(tmp_path / "a.json"), step]
    ended = subprocess.run(command, cwd=ROOT, check=False, timeout=60, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr

    with closing(Replica(book_of(one), key)) as found:
        assert found.is_usable
        rows = found.database.rows
        assert {row[0] for row in rows("SELECT id FROM outbox UNION ALL SELECT id FROM sent")} == made
        assert {"Ida Brandt", "Jo Falk"} <= {row[0] for row in rows("SELECT name FROM customer")}
        assert found.database.row("PRAGMA integrity_check") == ("ok",)
    again = Desk.open(one.home, FileSecrets(tmp_path / "a.json"))
    assert again is not None
    until_synced(again)
    assert outcomes(again) == ["applied", "applied"]
    assert on_desk(again) == held(stage, shop, Role.TENANT_STAFF)
    again.close()
    assert {file.name for file in one.home.folder.glob("book-*")} == {book_of(one).name}


# Everything at once


class Weather:
    """A network that breaks streams off after some lines, as its dice say."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self._pull, self._dice = desk._transport.pull, dice
        self.bad = 0

    @contextmanager
    def pull(self, *args: Any, **named: Any) -> Iterator[Iterator[Any]]:
        with self._pull(*args, **named) as lines:
            yield self._cut(lines)

    def _cut(self, lines: Iterator[Any]) -> Iterator[Any]:
        left = self._dice.randrange(9) if self.bad > 0 else -1
        self.bad -= 1
        for line in lines:
            if left == 0:
                raise Unreachable("cut")
            left -= 1
            yield line


def one_run(stage: Stage, shop: Shop, desk: Desk, weather: Weather, dice: random.Random) -> int:
    """Edits here and elsewhere, roles that change, streams that break off; the edits that were made here."""
    made = 0
    weather.bad = dice.randrange(8)
    role = Role.TENANT_MANAGER
    for _ in range(dice.randrange(2, 9)):
        chance = dice.random()
        if chance < 0.3:
            role = dice.choice((Role.TENANT_MANAGER, Role.TENANT_STAFF))
            become(stage, shop, role)
        elif chance < 0.5:
            put_rows(stage.engine, shop.tenant, *customers(dice.randrange(1, 4)))
        elif chance < 0.75:
            made += edited(desk, shop, dice)
        else:
            desk.engine._once()
    weather.bad = 0
    until_synced(desk)
    assert on_desk(desk) == held(stage, shop, role)
    become(stage, shop, Role.TENANT_MANAGER)
    return made


def edited(desk: Desk, shop: Shop, dice: random.Random) -> bool:
    person = {"customer_id": new_id(), "name": "Ida Brandt"}
    room = {"resource_id": new_id(), "location_id": shop.location, "kind": "ROOM", "name": "Annex"}
    name, args = dice.choice((("customer.create", person), ("resource.create", room)))
    try:
        desk.do(lambda replica: replica.edit(name, arguments_of(name, 1, args)))
    except Refusal:
        return False
    return True


def check_runs(stage: Stage, shop: Shop, desk: Desk, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    until_synced(desk)
    seed = random.randrange(10**6)
    made = 0
    for number in range(count):
        print(f"seed {seed + number}")
        dice = random.Random(seed + number)
        with monkeypatch.context() as planted:
            weather = Weather(desk, dice)
            planted.setattr(desk._transport, "pull", weather.pull)
            made += one_run(stage, shop, desk, weather, dice)
    told = desk.do(lambda replica: replica.database.rows("SELECT seq, outcome FROM sent ORDER BY seq"))
    assert [seq for seq, _ in told] == list(range(1, made + 1))
    assert {outcome for _, outcome in told} <= {"applied", "rejected"}


def test_a_desk_ends_equal_whatever_happens_while_it_loads(
    stage: Stage, shop: Shop, desk: DeskMaker, leaders_hold_more: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P19."""
    check_runs(stage, shop, desk("a"), monkeypatch, 8)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_desk_ends_equal_a_hundred_times(
    stage: Stage, shop: Shop, desk: DeskMaker, leaders_hold_more: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P19."""
    check_runs(stage, shop, desk("a"), monkeypatch, 100)
