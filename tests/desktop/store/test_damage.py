"""A book whose file is damaged: what is whole is read, and a new one takes its place with all that can be read."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from desktop.store import damage
from desktop.store.damage import MAY_LACK, REPLACED, give_way, note_damaged, require_not_noted
from desktop.store.faults import DamagedFile
from desktop.store.replica import Replica
from shared.errors import StorageFault
from shared.protocol.codec import arguments_of
from tests.support.damaged import spoil
from tests.support.replicas import KEY, filled, loaded_afresh
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


@pytest.mark.parametrize("step", ["_rescue", "_keep_beside", "put_in_place"])
def test_killed_at_any_step_the_next_time_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    class Killed(BaseException): ...

    def killed(*_: object) -> None:
        raise Killed

    path = book(tmp_path / "book.db", edits=3)
    with closing(Replica(path, KEY)) as replica:
        before = waiting(replica)
    with monkeypatch.context() as planted:
        planted.setattr(damage, step, killed)
        with pytest.raises(Killed):
            give_way(path, KEY)
    with pytest.raises(DamagedFile):
        require_not_noted(path)
    give_way(path, KEY)
    require_not_noted(path)
    with closing(Replica(path, KEY)) as replica:
        assert waiting(replica) == before


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
