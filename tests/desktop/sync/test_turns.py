"""Who takes the desk while a round of somebody else is under way: what the server says is said to one of them alone."""

from collections.abc import Callable

import pytest

from desktop.store.meta import hidden_name
from desktop.sync.problems import Revoked
from desktop.sync.status import Connection
from shared.errors import NotSignedIn
from tests.desktop.sync.rig import Rig
from tests.support.salon import made_id

NEXT = made_id("another")
NO = "Not for you."


def comes(rig: Rig, *, hidden: str = NO) -> None:
    """The next person takes the desk, whom the server has told that they may hold no book."""
    rig.engine.make_way()
    rig.do(lambda replica: replica.meta.set("user_id", NEXT))
    rig.do(lambda replica: replica.meta.set(hidden_name(NEXT), hidden))
    rig.engine.begin_with_another()


def during(rig: Rig, call: str, act: Callable[[], object]) -> None:
    """Have something happen once, while a call is under way."""

    def fault(made: str) -> None:
        if made == call:
            rig.authority.fault = lambda call: None
            act()

    rig.authority.fault = fault


@pytest.mark.parametrize("call", ["register", "pull", "sign_out"])
def test_a_round_that_ends_well_for_the_one_before_shows_nothing_to_who_may_not_see_it(rig: Rig, call: str) -> None:
    if call == "sign_out":
        rig.do(lambda replica: replica.database.run("INSERT INTO leaving VALUES ('gone', 'token', 0)"))
        rig.engine._session.sign_out = lambda refresh_token: comes(rig)  # type: ignore[method-assign]
    else:
        during(rig, call, lambda: comes(rig))
    rig.engine._once()
    assert not rig.engine.status.may_hold
    assert rig.engine._store.hidden() == NO


def test_who_takes_the_desk_during_a_registration_is_registered_for_themselves(rig: Rig) -> None:
    """What the server says of the view is said of the person who asks."""
    during(rig, "register", lambda: comes(rig, hidden=""))
    rig.engine._once()
    rig.engine._once()
    assert rig.authority.calls.count("register") == 2


@pytest.mark.parametrize("error", [Revoked(), NotSignedIn("revoked")], ids=repr)
def test_that_the_one_before_was_shut_out_is_noted_of_nobody_else(rig: Rig, error: Exception) -> None:
    """The book names the next person first, and the engine hears of them last."""

    def half() -> None:
        rig.engine.make_way()
        rig.do(lambda replica: replica.meta.set("user_id", NEXT))
        raise error

    during(rig, "pull", half)
    rig.engine._once()
    rig.engine.begin_with_another()
    known = rig.do(lambda replica: replica.meta.all())
    assert hidden_name(NEXT) not in known
    assert rig.engine.status.may_hold


@pytest.mark.parametrize("call", ["register", "pull"])
def test_an_answer_to_the_one_before_renews_nobody_elses_lease(rig: Rig, call: str) -> None:
    def half() -> None:
        rig.engine.make_way()
        rig.do(lambda replica: replica.meta.set("user_id", NEXT))

    during(rig, call, half)
    rig.engine._once()
    assert f"confirmed:{NEXT}" not in rig.do(lambda replica: replica.meta.all())
    rig.engine.begin_with_another()
    rig.engine._once()
    assert f"confirmed:{NEXT}" in rig.do(lambda replica: replica.meta.all())


def test_no_round_begins_while_book_and_session_may_be_of_two_people(rig: Rig) -> None:
    rig.engine.start()
    rig.until(lambda: rig.engine.status.connection is Connection.ONLINE)
    rig.engine.make_way()
    asked = len(rig.authority.calls)
    rig.edit()
    rig.engine.sync_now()
    assert rig.rests()
    assert [call for call in rig.authority.calls[asked:] if call in ("register", "push", "pull")] == []
    rig.engine.begin_with_another()
    rig.drained()


def test_what_a_comparison_had_in_mind_for_the_one_before_is_not_taken_for_done(rig: Rig) -> None:
    """A load that was to mend a difference is not made after a change of hands; it is found anew, and mended."""
    rig.engine._verifying._tried = type(rig.engine._verifying._tried)(2)
    rig.engine.make_way()
    rig.engine.begin_with_another()
    rig.engine._served = 0
    rig.engine._once()
    assert rig.engine._verifying._tried == 0
