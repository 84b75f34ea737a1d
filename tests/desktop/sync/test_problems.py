"""What HTTP and its library can say, and what the desk makes of each."""

import inspect
from typing import Any

import httpx2
import pytest

from desktop.sync.problems import (
    Busy,
    OlderServer,
    PutBack,
    ResetRequired,
    Revoked,
    SignInRefused,
    Stopped,
    TooLarge,
    UpgradeRequired,
)
from desktop.sync.replies import as_unreachable, require_success
from shared.errors import AppError, NotSignedIn, ProtocolMismatch, Unreachable

EXCEPTIONS = sorted(
    (one for _, one in inspect.getmembers(httpx2, inspect.isclass) if issubclass(one, Exception)),
    key=lambda one: one.__name__,
)


def test_the_library_has_exceptions_to_list() -> None:
    assert {httpx2.ConnectError, httpx2.ReadTimeout, httpx2.InvalidURL, httpx2.StreamClosed} <= set(EXCEPTIONS)


@pytest.mark.parametrize("kind", EXCEPTIONS, ids=lambda kind: kind.__name__)
def test_every_exception_of_the_library_means_that_nobody_is_reached(kind: type[Exception]) -> None:
    with pytest.raises(Unreachable), as_unreachable():
        raise kind.__new__(kind)


def test_a_bug_of_ours_is_not_taken_for_the_network() -> None:
    with pytest.raises(KeyError), as_unreachable():
        raise KeyError("seq")


def answered(status: int, code: str = "", after: str | None = None, **members: Any) -> httpx2.Response:
    body = {"code": code, "title": "No", "detail": "Said plainly.", **members} if code else "<html>"
    made = httpx2.Response(status, json=body, headers={} if after is None else {"Retry-After": after})
    made.request = httpx2.Request("POST", "http://127.0.0.1/")
    return made


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (302, "", Unreachable),
        (401, "reauth", NotSignedIn),
        (401, "revoked", Revoked),
        (401, "", NotSignedIn),
        (401, "sign_in_failed", SignInRefused),
        (403, "second_factor_required", SignInRefused),
        (404, "not_found", Stopped),
        (409, "epoch_changed", Stopped),
        (409, "replica_forked", Stopped),
        (409, "seq_gap", Stopped),
        (410, "reset_required", ResetRequired),
        (413, "too_large", TooLarge),
        (413, "", TooLarge),
        (422, "invalid", Stopped),
        (426, "upgrade_required", UpgradeRequired),
        (429, "", Busy),
        (429, "too_many_tries", SignInRefused),
        (500, "internal", Busy),
        (502, "", Busy),
        (503, "retry", Busy),
        (503, "recovering", PutBack),
        (504, "", Busy),
        (599, "", Busy),
    ],
)
def test_every_refusal_has_a_meaning(status: int, code: str, meant: type[AppError]) -> None:
    with pytest.raises(AppError) as raised:
        require_success(answered(status, code))
    assert type(raised.value) is meant


@pytest.mark.parametrize(
    ("status", "code", "meant"), [(426, "upgrade_required", UpgradeRequired), (503, "retry", OlderServer)]
)
def test_who_is_given_no_rows_hears_what_the_server_says_of_the_replica(
    status: int, code: str, meant: type[AppError]
) -> None:
    with pytest.raises(AppError) as raised:
        require_success(answered(status, code, push_ok=True, registered={"epoch": "one"}))
    assert isinstance(raised.value, UpgradeRequired | OlderServer)
    assert type(raised.value) is meant
    assert (raised.value.push_ok, raised.value.registered) == (True, {"epoch": "one"})


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_success(status: int) -> None:
    require_success(answered(status))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("2", 2.0), ("0", 0.0), ("-5", 0.0), ("86400", 60.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("nan", 0.0)],
)
def test_the_patience_that_is_asked_for_has_bounds(said: str, seconds: float) -> None:
    with pytest.raises(Busy) as raised:
        require_success(answered(503, "retry", said))
    assert raised.value.after == seconds


def test_a_stop_keeps_the_servers_word_for_it() -> None:
    with pytest.raises(Stopped) as raised:
        require_success(answered(409, "seq_gap"))
    assert (raised.value.code, str(raised.value)) == ("seq_gap", "Said plainly.")
    assert isinstance(raised.value, ProtocolMismatch)
