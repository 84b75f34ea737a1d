"""A book that is loaded beside the one that people work with, and takes its place whole or not at all."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.durable import sync_folder
from desktop.store import carrying
from desktop.store import load as load_module
from desktop.store.carrying import carried, carry_over
from desktop.store.database import Database
from desktop.store.faults import FullDisk
from desktop.store.fork import OlderAnswer, ReplicaForked, begin_again
from desktop.store.load import Load, load_path
from desktop.store.rebase import RemovesTooMuch
from desktop.store.replica import Replica
from desktop.store.schema import INDEXES, INDEXES_BESIDE, create_tables
from shared.errors import StorageFault, Unreachable
from shared.model.base import CustomerId
from shared.model.customer import Customer
from shared.protocol.codec import arguments_of
from tests.support.moving_clock import stopped
from tests.support.replicas import KEY, Lines, changed_rows, contents, filled, loaded_afresh, patch, rows_of, tail
from tests.support.salon import MIRA, TEN, Salon, made_id

CY = CustomerId(made_id("c"))


@pytest.fixture(autouse=True)
def _a_day_before() -> Iterator[None]:
    with stopped(TEN - timedelta(days=1)):
        yield


@pytest.fixture(autouse=True)
def _every_line_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "SAVED_EVERY", 0.0)


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    made = filled(tmp_path / "book.db", Salon())
    yield made
    with suppress(StorageFault):
        made.close()


def add(replica: Replica, name: str) -> None:
    args = arguments_of("customer.create", 1, {"customer_id": made_id(name), "name": name})
    replica.edit("customer.create", args)


def full(*more: Customer, done: int = 0) -> Lines:
    """What a server answers that has the salon and these customers; `done` lines of rows have come before."""
    rows = [{**line, "resume": str(number)} for number, line in enumerate(rows_of([*Salon().tx.rows.values(), *more]))]
    return [{"kind": "head", "view": "v", "counts": {}}, *rows[done:], tail(9)]


def take(load: Load, lines: Lines) -> None:
    load.take(iter(lines), progress=lambda done, total: None)


def waiting(replica: Replica) -> list[Any]:
    return replica.database.rows("SELECT seq, id, name FROM outbox ORDER BY seq")


def names(replica: Replica) -> set[str]:
    return {row[0] for row in replica.database.rows("SELECT name FROM customer")}


def beside(path: Path) -> set[str]:
    return {one.name for one in path.parent.iterdir()}


def test_a_load_that_has_no_room_to_begin_leaves_no_file(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would count as one that is to be gone on with, and keep differences from being asked for."""

    def no_room(database: Database) -> None:
        database.row("PRAGMA max_page_count = 2")
        create_tables(database)

    monkeypatch.setattr(load_module, "create_tables", no_room)
    with pytest.raises(FullDisk):
        replica.load()
    assert not replica.is_loading


def test_the_book_that_was_loaded_takes_the_place_of_the_old_one_with_all_that_waits(replica: Replica) -> None:
    path = replica._path
    assert path is not None
    add(replica, "acknowledged")
    add(replica, "waits")
    held = path.open("rb")
    was = path.stat().st_ino
    touched = loaded_afresh(replica, *Salon().tx.rows.values(), replace(MIRA, id=CY, name="Cy"), last_seq=1)
    assert not any(touched.values())
    assert [row[0] for row in waiting(replica)] == [2]
    assert replica.database.rows("SELECT seq, outcome FROM sent") == [(1, "applied")]
    assert names(replica) == {"Cy", "waits", *(one.name for one in Salon().tx.all(Customer))}
    assert (replica.meta.get("cursor"), replica.meta.get("view"), replica.meta.get("next_seq")) == (
        "cursor-9",
        "v",
        "3",
    )
    assert changed_rows(replica, "customer") == {made_id("waits")}
    # The old file has no name any more: what is still open is the last of it.
    assert path.stat().st_ino != was
    held.close()
    replica.close()
    assert beside(path) == {"book.db"}


def test_a_row_that_the_new_book_lacks_is_in_no_page_of_its_file(replica: Replica, tmp_path: Path) -> None:
    """P21: what may not be held any more is gone from the bytes, free pages included."""
    canary = "canary of the old book"
    replica.apply_lines(patch(2, replace(MIRA, id=CustomerId(made_id("gone")), name=canary)))
    assert canary in plain(tmp_path / "book.db", tmp_path)
    loaded_afresh(replica, *Salon().tx.rows.values())
    replica.close()
    text = plain(tmp_path / "book.db", tmp_path)
    assert "Mira" in text
    assert canary not in text


def plain(path: Path, folder: Path) -> str:
    """Every byte of a book's pages, decrypted."""
    out = folder / "plain.db"
    out.unlink(missing_ok=True)
    database = Database(path, KEY)
    database.run("ATTACH DATABASE ? AS plain KEY ''", (str(out),))
    database.rows("SELECT sqlcipher_export('plain')")
    # What is exported are rows; what may lie in free pages is seen by their number.
    assert database.row("PRAGMA freelist_count") == (0,)
    database.run("DETACH DATABASE plain")
    database.close()
    return out.read_bytes().decode("utf-8", "replace")


def test_every_table_that_the_server_does_not_fill_is_carried_over(replica: Replica, tmp_path: Path) -> None:
    """A table that is added later is carried by itself; one that must not be has to be named in `carrying`."""
    database = replica.database
    for number, table in enumerate(carried(database)):
        columns = database.rows(f"PRAGMA table_info({table})")
        row = [number + 70 if kind == "INTEGER" else f"{table} {place}" for place, _, kind, *_ in columns]
        database.run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    fresh = Replica(tmp_path / "fresh.db", KEY)
    assert {*carried(database)} >= {"meta", "outbox", "sent", "draft"}
    for _ in range(2):
        with fresh.database.transaction():
            carry_over(database, fresh.database)
        for table in carried(database):
            rows = database.rows(f"SELECT * FROM {table} ORDER BY 1")
            assert rows
            assert fresh.database.rows(f"SELECT * FROM {table} ORDER BY 1") == rows
    fresh.close()


def test_tables_are_carried_or_made_anew_and_there_is_no_third_kind(replica: Replica) -> None:
    found = {row[0] for row in replica.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    index = {name for name in found if name.startswith("customer_search")}
    made_anew = {*contents(replica), "base", *index}
    assert found - made_anew == set(carried(replica.database))


def test_a_new_book_is_as_fast_to_search_as_the_old_one(replica: Replica) -> None:
    loaded_afresh(replica, *Salon().tx.rows.values())
    made = {row[0] for row in replica.database.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert made >= {statement.split()[2] for statement in (*INDEXES, *INDEXES_BESIDE)}
    assert replica.database.rows("SELECT 1 FROM customer_search WHERE name MATCH 'mira'")
    assert replica.database.row("PRAGMA journal_mode") == ("wal",)
    assert replica.database.row("PRAGMA integrity_check") == ("ok",)


def cut_after(lines: Lines, number: int) -> Iterator[Any]:
    yield from lines[:number]
    raise Unreachable("cut")


@pytest.mark.parametrize("restarts", [False, True])
def test_a_load_goes_on_after_the_last_line_that_came(replica: Replica, *, restarts: bool) -> None:
    """P35: cut after each line, none is asked for twice; with `restarts` nothing is left but the file."""
    lines, asked = full(), list[str | None]()
    for number in range(1, len(lines)):
        load = replica.load()
        asked.append(load.resume)
        done = 0 if load.resume is None else int(load.resume) + 1
        with closing(load), pytest.raises(Unreachable):
            # The head and one line.
            load.take(cut_after(full(done=done), 2 if number > 1 else 1), progress=lambda done, total: None)
        if restarts:
            replica.close()
            replica._open()
    assert asked == [None, None, *map(str, range(len(lines) - 3))]
    load = replica.load()
    take(load, full(done=int(load.resume or 0) + 1))
    load.catch_up(patch(9))
    replica.take_over(load)
    other = {table: sorted(rows) for table, rows in contents(replica).items()}
    loaded_afresh(replica, *Salon().tx.rows.values())
    assert {table: sorted(rows) for table, rows in contents(replica).items()} == other


def test_a_whole_load_waits_for_its_difference(replica: Replica) -> None:
    load = replica.load()
    take(load, full())
    with pytest.raises(Unreachable):
        load.catch_up(iter([*patch(11, replace(MIRA, name="Mia"))][:-1]))
    load.close()
    again = replica.load()
    assert again.cursor == "cursor-9"
    again.catch_up(patch(12, replace(MIRA, name="Mina")))
    assert "Mina" not in names(replica)
    replica.take_over(again)
    assert {"Mina"} <= names(replica)
    assert replica.meta.get("version") == "12"


def test_a_difference_from_before_what_was_loaded_closes_no_load(replica: Replica) -> None:
    """What stands between may give an answer again that it had kept; rows that a cut load went on with are newer."""
    load = replica.load()
    lines = full()
    with pytest.raises(Unreachable):
        take(load, [{**lines[0], "version": 9, "newest": 9}, *lines[1:3]])
    take(load, [{**lines[0], "version": 9, "newest": 12}, *lines[3:]])
    for version in (8, 9, 11):
        with pytest.raises(OlderAnswer):
            load.catch_up(patch(version, replace(MIRA, name="Mia")))
    load.close()
    again = replica.load()
    with pytest.raises(OlderAnswer):
        again.catch_up(patch(11, replace(MIRA, name="Mia")))
    again.catch_up(patch(12))
    replica.take_over(again)
    assert "Mia" not in names(replica)
    assert replica.meta.get("version") == "12"


def test_a_load_that_had_caught_up_is_closed_by_nothing_from_before(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It did not become the book: something held the file, or the process died. What had come was newer."""
    load = replica.load()
    take(load, full())
    load.catch_up(patch(12, replace(MIRA, name="Of version 12")))
    with monkeypatch.context() as patched:

        def held(*_: object) -> None:
            raise StorageFault("in use")

        patched.setattr("desktop.store.replica.put_in_place", held)
        with pytest.raises(StorageFault):
            replica.take_over(load)
    load.close()
    again = replica.load()
    with pytest.raises(OlderAnswer):
        again.catch_up(patch(10))
    again.catch_up(patch(12))
    replica.take_over(again)
    assert "Of version 12" in names(replica)
    assert replica.meta.get("version") == "12"


@pytest.mark.parametrize("times", [1, 3])
def test_a_book_that_is_held_as_it_takes_its_place_is_opened_a_moment_later(
    replica: Replica, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    load = replica.load()
    take(load, full())
    load.catch_up(patch(9))
    real, left = Replica._open, [times]

    def held(self: Replica) -> None:
        if left[0]:
            left[0] -= 1
            raise StorageFault("held")
        real(self)

    monkeypatch.setattr(Replica, "_open", held)
    monkeypatch.setattr("desktop.store.replica._HELD", (0.0,) * 4)
    replica.take_over(load)
    assert replica.meta.get("version") == "9"


def test_a_book_that_cannot_be_opened_again_says_so_each_time(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = replica.load()
    take(load, full())
    load.catch_up(patch(9))

    def held(self: Replica) -> None:
        raise StorageFault("held")

    with monkeypatch.context() as patched:
        patched.setattr(Replica, "_open", held)
        patched.setattr("desktop.store.replica._HELD", (0.0,) * 4)
        with pytest.raises(StorageFault, match="held"):
            replica.take_over(load)
        for _ in range(2):
            with pytest.raises(StorageFault, match="held"):
                replica.meta.get("version")
        replica.close()
    # Whatever held it has let go: nobody need start the program again.
    assert replica.meta.get("version") == "9"
    replica.edit("customer.create", arguments_of("customer.create", 1, {"customer_id": made_id("n"), "name": "n"}))
    assert replica.outbox.count() == 1


def test_progress_goes_on_where_it_was(replica: Replica) -> None:
    told: list[tuple[int, int]] = []
    lines = full()
    lines[0]["counts"] = {"all": sum(len(line.get("rows", ())) for line in lines)}
    load = replica.load()
    with closing(load), pytest.raises(Unreachable):
        load.take(cut_after(lines, 3), progress=lambda *one: told.append(one))
    load = replica.load()
    rest = full(done=2)
    rest[0]["counts"] = {"all": lines[0]["counts"]["all"] - told[-1][0]}
    load.take(iter(rest), progress=lambda *one: told.append(one))
    load.close()
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert {total for _, total in told} == {told[-1][0]}


def test_a_load_for_something_else_is_begun_again(replica: Replica) -> None:
    def left() -> str | None:
        load = replica.load()
        with closing(load):
            return load.resume

    changes: list[Callable[[], None]] = [
        lambda: begin_again(replica.database, made_id("other"), offer_sent=False),
        lambda: replica.meta.set("epoch", "two"),
    ]
    for change in changes:
        with closing(replica.load()) as load, suppress(Unreachable):
            load.take(cut_after(full(), 3), progress=lambda done, total: None)
        assert left() == "1"
        change()
        assert left() is None


def test_a_load_of_other_columns_is_begun_again(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(replica.load()) as load, suppress(Unreachable):
        load.take(cut_after(full(), 3), progress=lambda done, total: None)
    monkeypatch.setattr(load_module, "SCHEMA_VERSION", 99)
    with closing(replica.load()) as load:
        assert load.resume is None


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _rubbish(path: Path) -> None:
    path.write_bytes(b"rubbish" * 9999)


@pytest.mark.parametrize("damage", [_empty, _torn, _rubbish])
def test_a_damaged_load_is_begun_again(replica: Replica, damage: Callable[[Path], None]) -> None:
    with closing(replica.load()) as load, suppress(Unreachable):
        load.take(cut_after(full(), 3), progress=lambda done, total: None)
    assert load.path is not None
    damage(load.path)
    with closing(replica.load()) as load:
        assert load.resume is None
        take(load, full())


def test_damage_that_shows_later_ends_the_load_and_the_next_one_begins_again(replica: Replica) -> None:
    many = [replace(MIRA, id=CustomerId(f"{number:08}-0000-7000-8000-000000000000"), notes="x" * 900)
            for number in range(300)]  # fmt: skip
    with closing(replica.load()) as load, suppress(Unreachable):
        load.take(cut_after(full(*many), len(full()) - 1), progress=lambda done, total: None)
    assert load.path is not None
    raw = bytearray(load.path.read_bytes())
    middle = len(raw) // 2 // 4096 * 4096
    raw[middle : middle + 4096] = bytes(4096)
    load.path.write_bytes(raw)
    load = replica.load()
    assert load.path is not None
    assert load.resume is not None
    with pytest.raises(StorageFault):
        take(load, full(*many, done=int(load.resume) + 1))
    assert not load.path.exists()
    assert "Mira" in " ".join(names(replica))


def test_a_server_that_knows_edits_which_were_never_made_takes_nobodys_place(replica: Replica) -> None:
    """P28: a file that was put back from a copy, and is told to load afresh."""
    before = contents(replica)
    load = replica.load()
    take(load, full())
    load.catch_up(patch(9, last_seq=5))
    with pytest.raises(ReplicaForked):
        replica.take_over(load)
    assert contents(replica) == before


class Stop(Exception):
    """Planted: nothing goes on from here."""


STEPS = ["carry_over", "close", "sync_file", "sync_folder", "rename", "sync_folder again"]


def plant(monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException) -> None:
    """Let this step of the swap fail before it does anything."""
    calls = itertools.count(1)

    def stop(*_: Any, **__: Any) -> None:
        raise error

    def second(folder: Path) -> None:
        if next(calls) == 2:
            raise error
        sync_folder(folder)

    if step == "close":
        monkeypatch.setattr(Load, "close", stop)
    elif step == "sync_folder again":
        monkeypatch.setattr(carrying, "sync_folder", second)
    elif step == "carry_over":
        monkeypatch.setattr(load_module, "carry_over", stop)
    else:
        monkeypatch.setattr(carrying, step, stop)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("error", [OSError("no room"), Stop()], ids=["a fault", "a bug"])
def test_a_swap_that_fails_leaves_one_book_with_all_edits_and_can_be_done_again(
    replica: Replica, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    add(replica, "acknowledged")
    add(replica, "waits")
    load = replica.load()
    take(load, full(replace(MIRA, id=CY, name="Cy")))
    load.catch_up(patch(9, last_seq=1, of=replica))
    with monkeypatch.context() as planted:
        plant(planted, step, error)
        with pytest.raises((StorageFault, OSError, Stop)):
            replica.take_over(load)
    load.close()
    add(replica, "later")
    assert {"waits", "later"} <= names(replica)
    assert [row[0] for row in waiting(replica)][-2:] == [2, 3]
    again = replica.load()
    if again.cursor is None:
        # The book is the new one already.
        assert step == "sync_folder again"
        take(again, full(replace(MIRA, id=CY, name="Cy")))
    again.catch_up(patch(9, last_seq=1, of=replica))
    replica.take_over(again)
    assert [row[0] for row in waiting(replica)] == [2, 3]
    assert {"Cy", "waits", "later"} <= names(replica)
    assert changed_rows(replica, "customer") == {made_id("waits"), made_id("later")}
    assert replica.database.row("PRAGMA integrity_check") == ("ok",)
    assert not replica.is_loading


def test_the_log_of_the_old_book_is_never_left_to_the_new_one(replica: Replica, tmp_path: Path) -> None:
    """While somebody else has the old file open its log stays, and would be played into the new one."""
    add(replica, "waits")
    load = replica.load()
    take(load, full())
    load.catch_up(patch(9))
    with closing(Database(tmp_path / "book.db", KEY)) as other:
        other.rows("SELECT 1 FROM meta")
        with pytest.raises(StorageFault, match="in use"):
            replica.take_over(load)
    assert [row[0] for row in waiting(replica)] == [1]
    again = replica.load()
    again.catch_up(patch(9))
    replica.take_over(again)
    assert [row[0] for row in waiting(replica)] == [1]


def test_a_load_that_is_discarded_leaves_nothing(replica: Replica, tmp_path: Path) -> None:
    load = replica.load()
    with suppress(Unreachable):
        load.take(cut_after(full(), 3), progress=lambda done, total: None)
    assert load.path is not None
    assert load.path.exists()
    load.discard()
    assert not replica.is_loading
    assert not any(name.startswith(load_path(tmp_path / "book.db").name) for name in beside(tmp_path / "book.db"))


def many_customers(count: int) -> list[Customer]:
    return [replace(MIRA, id=CustomerId(made_id(f"many {number}"))) for number in range(count)]


@pytest.mark.parametrize(("held", "gone", "taken"), [(600, 500, True), (600, 501, False), (3000, 899, True)])
def test_a_difference_that_removes_too_much_is_refused(replica: Replica, held: int, gone: int, *, taken: bool) -> None:
    """P32: more than 500 rows and 30 % of a table, with no reset."""
    # The salon has customers of its own.
    many = many_customers(held - len(names(replica)))
    replica.apply_lines(patch(2, *many))
    before = contents(replica)
    lines = patch(3, gone={"customer": [one.id for one in many[:gone]]})
    if taken:
        replica.apply_lines(lines)
        assert len(contents(replica)["customer"]) == held - gone
        return
    with pytest.raises(RemovesTooMuch) as refused:
        replica.apply_lines(lines)
    assert (refused.value.table, refused.value.removed, refused.value.held) == ("customer", gone, held)
    assert contents(replica) == before
    loaded_afresh(replica, *Salon().tx.rows.values())
    assert len(names(replica)) == held - len(many)
