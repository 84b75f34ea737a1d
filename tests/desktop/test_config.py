"""What the desk remembers between two starts, written by several threads at once."""

from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from desktop.config import Account, Home
from desktop.durable import write_whole


def account(email: str, replica: str) -> Account:
    return Account(server="http://salon", tenant="salon", email=email, replica=replica, user_name=email)


def test_whom_one_thread_knows_another_does_not_forget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine notes what a book holds, while somebody comes to the desk."""
    home = Home(tmp_path)
    home.know(account("ana", "one"))
    meanwhile: list[Thread] = []

    def written(path: Path, text: str) -> None:
        if not meanwhile:
            meanwhile.append(Thread(target=lambda: Home(tmp_path).know(account("ben", "two"))))
            meanwhile[0].start()
            meanwhile[0].join(timeout=0.2)
        write_whole(path, text)

    monkeypatch.setattr("desktop.config.write_whole", written)
    home.note_book("one", "view", "")
    meanwhile[0].join(timeout=5)
    assert {one.email: one.known_view for one in home.accounts()} == {"ana": "view", "ben": ""}
    assert [one.name for one in tmp_path.iterdir()] == ["known.json"]


def test_a_book_that_is_nobody_elses_is_known_whatever_view_its_person_has_now(tmp_path: Path) -> None:
    """What waits in it would be sent by nobody: its key may only be away."""
    home = Home(tmp_path)
    home.know(account("ana", "one").with_view("before"))
    home.know(account("ana", "two").with_view("now"))
    assert [one.replica for one in home.accounts()] == ["one", "two"]
    home.know(account("ben", "one").with_view("before"))
    home.know(account("ana", "two").with_view("now"))
    assert [(one.email, one.replica) for one in home.accounts()] == [("ben", "one"), ("ana", "two")]


def test_a_book_goes_with_all_that_lies_beside_it(tmp_path: Path) -> None:
    """What was damaged and kept, too: it is of the same people."""
    home = Home(tmp_path)
    for name in ("db", "db-wal", "load", "load-journal", "fresh", "damaged", "damaged-1", "damaged-1-wal"):
        (tmp_path / f"book-one.{name}").touch()
    (tmp_path / "book-one-more.db").touch()
    home.remove_replica("one")
    assert [one.name for one in tmp_path.iterdir()] == ["book-one-more.db"]


def test_a_view_that_is_not_known_puts_no_book_out_of_mind(tmp_path: Path) -> None:
    """It may be the one that was there before."""
    home = Home(tmp_path)
    home.know(account("ana", "one").with_view("before"))
    home.know(account("ben", "one").with_view("before"))
    home.know(account("ana", "two"))
    assert {(one.email, one.replica) for one in home.accounts()} == {("ana", "one"), ("ben", "one"), ("ana", "two")}


def test_who_works_for_another_business_of_the_same_name_is_set_aside_until_it_is_theirs_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    before = replace(account("ana", "one"), business="before")
    home.keep_account(before)
    home.know(account("ben", "two"))
    home.go_on_with("after", before.login)
    assert (home.accounts(), home.account()) == ((), None)
    home.know(replace(account("ana", "three"), business="after"))
    assert [one.replica for one in home.accounts()] == ["three"]
    assert [one.replica for one in home.every_account()] == ["one", "two", "three"]
    assert home.has_set_aside("before")
    assert not home.has_set_aside("after")
    assert not home.has_set_aside("")
    home.go_on_with("before", before.login)
    assert home.accounts() == (before,)


def test_a_book_that_is_set_aside_is_known_whatever_others_have_by_then(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for email in ("ana", "ben"):
        home.know(account(email, "one").with_view("before"))
    home.go_on_with("after", account("ana", "one").login)
    made = replace(account("ana", "two").with_view("now"), business="after")
    home.know(made)
    home.forget_accounts([made])
    assert [(one.email, one.replica) for one in home.every_account()] == [("ana", "one"), ("ben", "one")]
