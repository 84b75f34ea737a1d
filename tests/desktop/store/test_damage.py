"""A book whose file is damaged: what is whole is read, and a new one takes its place with all that can be read."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import count
from operator import attrgetter
from pathlib import Path

import pytest

from desktop.store import damage
from desktop.store.damage import MAY_LACK, REPLACED, give_way, giving_way, note_damaged, require_not_noted
from desktop.store.database import Database
from desktop.store.faults import DamagedFile
from desktop.store.fork import begin_again
from desktop.store.replica import Replica
from shared.errors import StorageFault
from shared.protocol.codec import arguments_of
from tests.desktop.store.test_fork import FIRST_VERSION
from tests.support.damaged import spoil
from tests.support.replicas import KEY, SEVENTH_INDEXES, SIXTH_TABLES, filled, indexes, loaded_afresh
from tests.support.salon import STAFF_USER, Salon, made_id


def book(path: Path, edits: int = 0) -> Path:
    """A book of the salon with so many edits that wait."""
    with closing(filled(path, Salon())) as replica:
        for number in range(edits):
            args = arguments_of("customer.create", 1, {"customer_id": made_id(str(number)), "name": "n" * 200})
            replica.edit("customer.create", args)
    return path


def waiting(replica: Replica) -> list[tuple[int, str]]:
    return [(edit.seq, edit.subject) for edit in replica.outbox.all()]


def test_what_is_whole_is_still_read_after_a_damaged_page_was_met(tmp_path: Path) -> None:
    """The library reads nothing more by a connection that has met one: not even what is whole."""
    path = book(tmp_path / "book.db")
    spoil(path, "SELECT * FROM customer")
    with closing(Replica(path, KEY)) as replica:
        for _ in range(2):
            with pytest.raises(DamagedFile):
                replica.database.rows("SELECT * FROM customer")
            assert replica.database.rows("SELECT * FROM service")


def test_a_load_mends_what_is_the_server_s(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=3)
    spoil(path, "SELECT * FROM service")
    with closing(Replica(path, KEY)) as replica:
        before = waiting(replica)
        with pytest.raises(DamagedFile):
            replica.database.rows("SELECT * FROM service")
        replica.note_damaged()
        loaded_afresh(replica, *Salon().tx.rows.values())
        assert replica.database.row("PRAGMA integrity_check") == ("ok",)
        assert waiting(replica) == before
    require_not_noted(path)


def test_a_new_book_has_all_that_waited_where_that_can_be_read(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=3)
    spoil(path, "SELECT * FROM person")
    damaged = path.read_bytes()
    with closing(Replica(path, KEY)) as replica:
        before, name = waiting(replica), replica.identity().replica
    assert str(give_way(path, KEY)) == REPLACED
    with closing(Replica(path, KEY)) as replica:
        assert waiting(replica) == before
        # The server may know numbers under the former name.
        assert replica.identity().replica != name
        assert replica.identity().user_id == STAFF_USER
        assert [replica.meta.get(name) for name in ("cursor", "last_contact")] == [None, None]
        loaded_afresh(replica, *Salon().tx.rows.values(), version=1)
        assert replica.is_usable
        assert waiting(replica) == before
    assert {one.name for one in tmp_path.iterdir()} == {"book.db", "book.damaged-1"}
    assert (tmp_path / "book.damaged-1").read_bytes() == damaged


def test_of_a_queue_with_a_gap_the_rest_is_kept_and_numbered_anew(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=60)
    with closing(Replica(path, KEY)) as replica:
        before = [subject for _, subject in waiting(replica)]
    spoil(path, "SELECT * FROM outbox WHERE seq < 40")
    assert str(give_way(path, KEY)) == REPLACED + MAY_LACK
    with closing(Replica(path, KEY)) as replica:
        after = waiting(replica)
    kept = [subject for _, subject in after]
    assert 0 < len(kept) < len(before)
    assert kept[0] == before[0]
    assert kept[-1] == before[-1]
    assert [subject for subject in before if subject in kept] == kept
    assert [seq for seq, _ in after] == list(range(1, len(kept) + 1))


@pytest.mark.parametrize("left", [100, 4096, 5 * 4096 + 7])
def test_a_file_of_which_nothing_can_be_read_gives_way_too(tmp_path: Path, left: int) -> None:
    path = book(tmp_path / "book.db", edits=3)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(DamagedFile):
        Replica(path, KEY).close()
    assert str(give_way(path, KEY)) == REPLACED + MAY_LACK
    with closing(Replica(path, KEY)) as replica:
        assert not replica.outbox.count()
    assert (tmp_path / "book.damaged-1").stat().st_size == left


def test_a_file_in_which_nothing_was_made_gives_way_too(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    Database(path, KEY).close()
    note_damaged(path)
    give_way(path, KEY)
    with closing(Replica(path, KEY)) as replica:
        assert not replica.outbox.count()


def test_a_second_one_takes_no_place_of_the_first(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db")
    for _ in range(2):
        path.write_bytes(b"damaged")
        give_way(path, KEY)
    assert {one.name for one in tmp_path.iterdir()} == {"book.db", "book.damaged-1", "book.damaged-2"}


@pytest.mark.parametrize("page", [0, 3])
def test_what_stands_in_a_log_beside_a_damaged_file_is_kept_with_it(tmp_path: Path, page: int) -> None:
    """As after a power cut; who puts the damaged bytes right has all of it again."""
    with closing(Replica(book(tmp_path / "live.db", edits=1), KEY)) as live:
        live.database.run("PRAGMA wal_autocheckpoint = 0")
        args = arguments_of("customer.create", 1, {"customer_id": made_id("last"), "name": "Last"})
        live.edit("customer.create", args)
        path = tmp_path / "book.db"
        shutil.copy(tmp_path / "live.db", path)
        shutil.copy(tmp_path / "live.db-wal", tmp_path / "book.db-wal")
    whole = path.read_bytes()
    start = page * 4096 + 500
    path.write_bytes(whole[:start] + bytes(100) + whole[start + 100 :])
    give_way(path, KEY)
    assert not (tmp_path / "book.db-wal").exists()
    kept = tmp_path / "book.damaged-1"
    found = kept.read_bytes()
    kept.write_bytes(found[:start] + whole[start : start + 100] + found[start + 100 :])
    with closing(Replica(kept, KEY)) as replica:
        assert [subject for _, subject in waiting(replica)] == [made_id("0"), made_id("last")]


def test_a_book_of_another_version_is_kept_and_not_mixed(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=1)
    with closing(Replica(path, KEY)) as replica:
        replica.database.run("ALTER TABLE outbox ADD COLUMN later TEXT")
    assert str(give_way(path, KEY)) == REPLACED + MAY_LACK
    with closing(Replica(path, KEY)) as replica:
        assert not replica.outbox.count()


def test_a_book_that_a_newer_version_has_written_is_kept_and_not_mixed(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=1)
    with closing(Replica(path, KEY)) as replica:
        replica.meta.set("replica_version", "99")
    assert str(give_way(path, KEY)) == REPLACED + MAY_LACK
    with closing(Replica(path, KEY)) as replica:
        assert not replica.outbox.count()


def test_a_book_that_an_earlier_version_made_keeps_what_waits(tmp_path: Path) -> None:
    """An upgrade puts new columns at the end, wherever a fresh file has them."""
    path = book(tmp_path / "book.db")
    with closing(Replica(path, KEY)) as replica:
        for statement in SIXTH_TABLES:
            replica.database.run(statement)
    with closing(Replica(path, KEY)) as upgraded:
        args = arguments_of("customer.create", 1, {"customer_id": made_id("0"), "name": "n"})
        upgraded.edit("customer.create", args)
        upgraded.edit("customer.create", replace(args, customer_id=made_id("1")))
        upgraded.undo()
        upgraded.database.run(
            "UPDATE outbox SET was_version = 5, was_outcome = 'rejected', was_code = 'x' WHERE seq = 1"
        )
        before = told(upgraded)
    assert len(before) == 3
    note_damaged(path)
    assert str(give_way(path, KEY)) == REPLACED
    with closing(Replica(path, KEY)) as fresh:
        assert told(fresh) == before


def told(replica: Replica) -> list[object]:
    """What waits, with what was once put at the end of the tables."""
    of = attrgetter("seq", "id", "name", "args", "was_version", "was_outcome", "was_code", "undoes")
    return [of(one) for one in replica.outbox.all()]


@pytest.mark.parametrize("of", [SEVENTH_INDEXES, SIXTH_TABLES, FIRST_VERSION])
def test_a_damaged_page_that_an_upgrade_meets_first_leaves_nothing_out(tmp_path: Path, of: tuple[str, ...]) -> None:
    """To change the columns of entities it reads their tables, which nothing else may have read for long."""
    path = book(tmp_path / "book.db", edits=int(of is not FIRST_VERSION))
    with closing(Database(path, KEY)) as old:
        for statement in of:
            old.run(statement)
        old.run("UPDATE meta SET value = '1' WHERE name = 'schema'")
        old.run("ALTER TABLE customer ADD COLUMN former TEXT")
    spoil(path, "SELECT * FROM customer NOT INDEXED")
    with pytest.raises(DamagedFile):
        Replica(path, KEY).close()
    assert str(give_way(path, KEY)) == REPLACED
    with closing(Replica(path, KEY)) as replica:
        assert [edit.name for edit in replica.outbox.all()] == ["customer.create"]
        with closing(filled(None, Salon())) as made_new:
            assert indexes(replica) == indexes(made_new)
        # All of it is as an upgrade makes it: what was sent can be offered again, and whoever was here is known.
        sent = replica.database.row("SELECT count(*) FROM sent")
        begin_again(replica.database, made_id("another"), offer_sent=True)
        assert sent == (replica.outbox.count() - 1,)
        assert [edit.author for edit in replica.outbox.all()] == [made_id("session")] * replica.outbox.count()
        assert replica.database.rows("SELECT user_id FROM person") == [(STAFF_USER,)]


class Killed(BaseException):
    """The program ends here."""


def dying(planted: pytest.MonkeyPatch, after: int) -> None:
    """End the program at the step that comes after so many."""
    steps = count()

    def counted(step: Callable[..., object]) -> Callable[..., object]:
        def made(*args: object, **kwargs: object) -> object:
            if next(steps) == after:
                raise Killed
            return step(*args, **kwargs)

        return made

    for name in ("touch", "unlink", "rename", "replace"):
        planted.setattr(Path, name, counted(getattr(Path, name)))
    for name in ("_rescue", "rename"):
        planted.setattr(damage, name, counted(getattr(damage, name)))


@pytest.mark.parametrize("what", ["person", "outbox"])
def test_killed_at_any_step_the_next_time_goes_on_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    spoilt = book(tmp_path / "spoilt.db", edits=60)
    spoil(spoilt, f"SELECT * FROM {what}")
    whole = tmp_path / "whole" / "book.db"
    whole.parent.mkdir()
    shutil.copy(spoilt, whole)
    said = str(give_way(whole, KEY))
    assert said == (REPLACED if what == "person" else REPLACED + MAY_LACK)
    with closing(Replica(whole, KEY)) as replica:
        kept = waiting(replica)
    assert (len(kept) == 60) is (what == "person")
    for survived in count():
        path = tmp_path / str(survived) / "book.db"
        path.parent.mkdir()
        shutil.copy(spoilt, path)
        with monkeypatch.context() as planted:
            dying(planted, survived)
            try:
                give_way(path, KEY)
                break
            except Killed:
                pass
        if survived:
            with pytest.raises(DamagedFile):
                require_not_noted(path)
        assert str(give_way(path, KEY)) == said, f"killed after {survived} steps"
        require_not_noted(path)
        with closing(Replica(path, KEY)) as replica:
            assert waiting(replica) == kept
    assert survived > 6, "each step was the last of a run"


def killed_before_it_is_noted(path: Path) -> None:
    with giving_way(path, KEY):
        raise Killed


def test_who_has_not_noted_elsewhere_what_is_missing_is_told_again(tmp_path: Path) -> None:
    path = book(tmp_path / "book.db", edits=60)
    spoil(path, "SELECT * FROM outbox")
    with pytest.raises(Killed):
        killed_before_it_is_noted(path)
    with giving_way(path, KEY) as replaced:
        assert not replaced.is_whole
    require_not_noted(path)
    note_damaged(path)
    assert give_way(path, KEY).is_whole, "it is said once"


def test_a_book_of_which_no_file_is_left_may_lack_something(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    note_damaged(path)
    assert not give_way(path, KEY).is_whole
    require_not_noted(path)


def test_what_the_disk_refuses_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "book.db", edits=1)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as planted:
        planted.setattr(Path, "rename", refused)
        with pytest.raises(StorageFault, match="set aside"):
            give_way(path, KEY)
    with monkeypatch.context() as planted:
        planted.setattr(Path, "touch", refused)
        with pytest.raises(StorageFault, match="written"):
            note_damaged(path)
    assert path.exists()
    give_way(path, KEY)
    with closing(Replica(path, KEY)) as replica:
        assert replica.outbox.count() == 1


def test_a_book_in_memory_has_no_file_to_note() -> None:
    with closing(filled(None, Salon())) as replica:
        replica.note_damaged()
        assert replica.outbox.count() == 0
